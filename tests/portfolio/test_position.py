"""Positions, ageing and behaviour against the naive auditor, and against the fact book."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openterms.core.base.errors import BadInput
from openterms.core.risk import measures as formulas
from openterms.portfolio.book.book import Book
from openterms.portfolio.book.engines import DuckEngine
from openterms.portfolio.book.position import positions
from openterms.portfolio.measures.ageing import ageing, open_items, totals
from openterms.portfolio.measures.behaviour import behaviour
from openterms.portfolio.measures.exposure import exposure
from tests.portfolio import auditor
from tests.portfolio.books import AS_OF, empty_rows, identifier, noon, random_rows, row, to_arrow, to_book
from tests.shared import vector

seeds = st.integers(0, 10**6)
backs = st.integers(0, 200)


def questions(back: int) -> tuple[dt.date, dt.datetime | None]:
    """A past business date, and what was known a little later (or everything)."""
    as_of = AS_OF - dt.timedelta(days=back)
    return as_of, None if back % 3 == 0 else noon(as_of + dt.timedelta(days=back % 5))


@settings(max_examples=4, deadline=None)
@given(seeds, backs)
def test_positions_are_what_the_auditor_counts(seed: int, back: int) -> None:
    rows = random_rows(seed)
    as_of, known_at = questions(back)
    with to_book(rows) as book:
        found = {uuid.UUID(r["item_id"]): r for r in book.rows(positions(book, as_of, known_at))}
    expected = auditor.positions(rows, as_of, known_at)
    assert found.keys() == expected.keys()
    for item_id, position in expected.items():
        got = found[item_id]
        assert got["open_minor"] == position["open"]
        assert {kind: got[f"{kind}_minor"] for kind in auditor.CLAIMS} == {k: position[k] for k in auditor.CLAIMS}
        assert got["collectable_minor"] == position["collectable"]
        assert (got["days_overdue"], got["age_days"]) == (position["days_overdue"], position["age"])
        assert 0 <= got["collectable_minor"] <= got["open_minor"]


@settings(max_examples=4, deadline=None)
@given(seeds, backs, st.sampled_from(("due", "invoice")))
def test_ageing_is_what_the_auditor_counts_and_adds_up(seed: int, back: int, by: str) -> None:
    rows = random_rows(seed)
    as_of, known_at = questions(back)
    with to_book(rows) as book:
        lines = book.rows(ageing(book, as_of, known_at, by))
        whole = book.rows(totals(book, as_of, known_at, by))
    expected = auditor.ageing(rows, as_of, known_at, by)
    assert {(uuid.UUID(r["customer_id"]), r["currency"]) for r in lines} == expected.keys()
    buckets = formulas.BUCKETS if by == "due" else formulas.INVOICE_BUCKETS
    for line in lines:
        want = expected[uuid.UUID(line["customer_id"]), line["currency"]]
        for name in (*buckets, "unapplied", "total", *auditor.CLAIMS):
            assert line[name] == want[name], name
        assert line["total"] == sum(line[name] for name in buckets) + line["unapplied"]
        assert line["unapplied"] <= 0
    for total in whole:
        assert total["total"] == auditor.balance(rows, as_of, known_at, total["currency"])


@settings(max_examples=4, deadline=None)
@given(seeds, backs)
def test_behaviour_is_what_the_auditor_counts(seed: int, back: int) -> None:
    rows = random_rows(seed, customers=3)
    as_of, known_at = questions(back)
    with to_book(rows) as book:
        lines = book.rows(behaviour(book, as_of, known_at))
    expected = auditor.behaviour(rows, as_of, known_at)
    assert {(uuid.UUID(r["customer_id"]), r["currency"]) for r in lines if r["paid_invoices"]} == expected.keys()
    for line in lines:
        key = uuid.UUID(line["customer_id"]), line["currency"]
        if known_at is None:
            assert line["largest_exposure_minor"] == auditor.largest_exposure(rows, as_of, *key)
        if key not in expected:
            assert line["wadtp"] is line["dbt_cd"] is line["share_late"] is line["payment_index"] is None
            continue
        want = expected[key]
        for name in ("paid_invoices", "wadtp_cd", "dbt_cd", "dbt_trend_cd", "dbt_sd_cd", "share_late_bp"):
            assert line[name] == want[name], name
        index = formulas.payment_index(want["experiences"])
        assert index is not None
        assert abs(line["payment_index"] - index * 10) <= 1


def invoice(number: int, issued: str, due: str, amount: int, **more: Any) -> dict[str, Any]:
    return row(
        "items",
        item_id=identifier(4, number),
        customer_id=identifier(2, 0),
        kind="invoice",
        number=f"I{number}",
        issued_on=dt.date.fromisoformat(issued),
        due_on=dt.date.fromisoformat(due),
        amount_minor=amount,
        base_minor=amount,
        **more,
    )


def test_ageing_of_the_fact_book() -> None:
    tv13, tv14 = vector(13), vector(14)
    rows = empty_rows()
    rows["customers"].append(row("customers", customer_id=identifier(2, 0), number="C0"))
    for number, entry in enumerate(tv13["inputs"]["invoices"]):
        rows["items"].append(invoice(number, entry["invoice_date"], entry["due_date"], entry["open"]))
    credit = invoice(99, "2026-06-01", "2026-06-01", -tv13["inputs"]["unapplied_credit"]) | {"kind": "credit_note"}
    rows["items"].append(credit)
    as_of = dt.date.fromisoformat(tv13["inputs"]["as_of"])
    with to_book(rows) as book:
        due = book.rows(ageing(book, as_of))[0]
        age = book.rows(ageing(book, as_of, by="invoice"))[0]
        in_base = book.rows(ageing(book, as_of, base="EUR"))[0]
    expected = tv13["expected"]
    assert {name: due[name] for name in expected["buckets"]} == expected["buckets"]
    assert (due["gross"], due["unapplied"], due["total"]) == (expected["gross"], expected["unapplied"], expected["net"])
    assert {name: age[name] for name in tv14["expected"]["buckets"]} == tv14["expected"]["buckets"]
    assert in_base["currency"] == "EUR" and in_base["total"] == due["total"]


def test_days_to_pay_of_the_fact_book() -> None:
    tv19 = vector(19)
    rows = empty_rows()
    rows["customers"].append(row("customers", customer_id=identifier(2, 0), number="C0"))
    issued = dt.date(2026, 1, 1)
    for number, entry in enumerate(tv19["inputs"]["payments"]):
        due = issued + dt.timedelta(days=entry["terms"])
        rows["items"].append(invoice(number, str(issued), str(due), entry["amount"]))
        rows["settlements"].append(
            row(
                "settlements",
                settlement_id=identifier(5, number),
                item_id=identifier(4, number),
                customer_id=identifier(2, 0),
                kind="cash",
                settled_on=issued + dt.timedelta(days=entry["days_to_pay"]),
                amount_minor=entry["amount"],
                base_minor=entry["amount"],
            )
        )
    with to_book(rows) as book:
        found = book.rows(behaviour(book, AS_OF))[0]
    assert (found["wadtp"], found["dbt"]) == (tv19["expected"]["wadtp"], tv19["expected"]["dbt"])
    assert found["share_late"] == 0.6667 and found["months_known"] == 5


def test_exposure_counts_parts_against_the_line() -> None:
    rows = empty_rows()
    for number, limit in enumerate((20_000, None, None)):
        rows["customers"].append(row("customers", customer_id=identifier(2, number), number=f"C{number}"))
        if number < 2:
            rows["lines"].append(
                row(
                    "lines",
                    customer_id=identifier(2, number),
                    limit_minor=limit,
                    is_unlimited=number == 1,
                    valid_from=AS_OF,
                )
            )
    rows["items"] = [
        invoice(1, "2026-06-01", "2026-06-10", 25_000),
        invoice(2, "2026-06-01", "2026-07-10", 1_000) | {"kind": "receipt"},
    ]
    with to_book(rows) as book:
        capped, unlimited = book.rows(exposure(book, AS_OF))
    assert (capped["exposure_minor"], capped["headroom_minor"], capped["is_over_limit"]) == (24_000, -4_000, True)
    assert (capped["overdue_minor"], capped["unapplied_minor"], capped["utilisation_bp"]) == (25_000, -1_000, 12_000)
    assert (unlimited["exposure_minor"], unlimited["headroom_minor"], unlimited["is_unlimited"]) == (0, None, True)


def test_open_items_sum_to_the_ageing() -> None:
    rows = random_rows(11)
    with to_book(rows) as book:
        items = book.rows(open_items(book, AS_OF))
        assert sum(r["balance_minor"] for r in items) == sum(r["total"] for r in book.rows(ageing(book, AS_OF)))
        some = items[0]
        one = book.for_customer(some["customer_id"])
        assert one.rows(open_items(one, AS_OF)) == [r for r in items if r["customer_id"] == some["customer_id"]]


def test_a_book_survives_parquet(tmp_path: Any) -> None:
    with to_book(random_rows(5)) as book:
        book.to_parquet(tmp_path)
        expected = book.rows(ageing(book, AS_OF))
    with Book.from_parquet(tmp_path, DuckEngine(threads=1)) as again:
        assert again.rows(ageing(again, AS_OF)) == expected


def test_bad_tables_are_refused_by_name(tmp_path: Any) -> None:
    tables = to_arrow(random_rows(1))
    with pytest.raises(BadInput, match="table items, column due_on"):
        Book.from_arrow({"items": tables["items"].drop_columns(["due_on"])})
    with pytest.raises(BadInput, match="invoices"):
        Book.from_arrow({"invoices": tables["items"]})
    with pytest.raises(BadInput, match="no such folder"):
        Book.from_parquet(tmp_path / "absent")
    with pytest.raises(BadInput, match="known_at"):
        ageing(to_book(empty_rows()), AS_OF, dt.datetime(2026, 1, 1))


def test_an_empty_book_answers_with_no_rows() -> None:
    with to_book(empty_rows()) as book:
        assert book.rows(ageing(book, AS_OF)) == []
        assert book.rows(behaviour(book, AS_OF)) == []
        assert book.rows(totals(book, AS_OF)) == []
