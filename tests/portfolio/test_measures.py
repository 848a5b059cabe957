"""Key figures, roll rates, roll-forward, concentration and risk against plain sums."""

from __future__ import annotations

import calendar
import datetime as dt
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from openterms.core.base.rounding import basis_points
from openterms.core.risk import measures as formulas
from openterms.portfolio.book.movements import movements
from openterms.portfolio.measures.at_risk import UNKNOWN_BP, at_risk, unpaid_rates
from openterms.portfolio.measures.concentration import concentration
from openterms.portfolio.measures.kpi import BASIS, kpi
from openterms.portfolio.measures.roll import roll_forward, roll_rates
from tests.portfolio import auditor
from tests.portfolio.books import AS_OF, empty_rows, identifier, random_rows, row, to_book

seeds = st.integers(0, 10**6)


@settings(max_examples=4, deadline=None)
@given(seeds, st.integers(0, 60), st.integers(10, 200))
def test_key_figures_are_the_formulas_over_the_auditors_sums(seed: int, back: int, length: int) -> None:
    rows = random_rows(seed)
    end = AS_OF - dt.timedelta(days=back)
    start = end - dt.timedelta(days=length - 1)
    with to_book(rows) as book:
        figures = kpi(book, start, end)
    assert [f.currency for f in figures] == sorted({i["currency"] for i in auditor.items_at(rows, end, None)})
    for figure in figures:
        own = [p for p in auditor.positions(rows, end, None).values() if p["item"]["currency"] == figure.currency]
        debit = [p for p in own if p["item"]["kind"] in auditor.DEBIT]
        gross = sum(p["open"] for p in debit)
        current = sum(p["open"] for p in debit if p["days_overdue"] <= 0)
        sales = _sales(rows, figure.currency, start, end)
        opening = auditor.balance(rows, start - dt.timedelta(days=1), None, figure.currency)
        closing = auditor.balance(rows, end, None, figure.currency)
        assert figure.dso == formulas.dso(gross, sales, length)
        assert figure.bpdso == formulas.bpdso(current, sales, length)
        assert figure.add == formulas.add_days(gross, current, sales, length)
        assert figure.cei_pct == formulas.cei_pct(opening, sales, closing, current)
        assert figure.turnover == formulas.turnover(sales, opening, closing)
        assert figure.pct_current == formulas.percent(current, gross)
        months = _months(rows, figure.currency, end)
        assert figure.dso_countback == formulas.dso_countback(gross, months).days
        assert figure.figures().keys() >= BASIS.keys()


def _sales(rows: Any, currency: str, start: dt.date, end: dt.date) -> int:
    signs = {"invoice": 1, "credit_note": -1}
    return sum(
        signs.get(i["kind"], 0) * i["amount_minor"]
        for i in rows["items"]
        if i["currency"] == currency and start <= i["issued_on"] <= end
    )


def _months(rows: Any, currency: str, end: dt.date) -> list[tuple[int, int]]:
    first = min(i["issued_on"] for i in rows["items"] if i["currency"] == currency)
    found, last = [], end
    while (last.year, last.month) >= (first.year, first.month):
        start = last.replace(day=1)
        found.append((_sales(rows, currency, start, last), last.day))
        last = start - dt.timedelta(days=1)
    assert all(days <= calendar.monthrange(2024, 1)[1] for _, days in found)
    return found


@settings(max_examples=4, deadline=None)
@given(seeds, st.integers(1, 90))
def test_the_roll_forward_ties_to_both_balances(seed: int, length: int) -> None:
    rows = random_rows(seed)
    start = AS_OF - dt.timedelta(days=length)
    with to_book(rows) as book:
        lines = book.rows(roll_forward(book, start, AS_OF))
    for line in lines:
        before = auditor.balance(rows, start - dt.timedelta(days=1), None, line["currency"])
        assert line["opening_minor"] == before
        assert line["closing_minor"] == auditor.balance(rows, AS_OF, None, line["currency"])
        changes = [v for k, v in line.items() if k.endswith("_minor") and not k.startswith(("opening", "closing"))]
        assert line["opening_minor"] + sum(changes) == line["closing_minor"]


@settings(max_examples=4, deadline=None)
@given(seeds)
@example(1277)  # a payment taken back between two snapshots
def test_roll_rates_are_snapshots_thirty_days_apart(seed: int) -> None:
    rows = random_rows(seed, items=60)
    with to_book(rows) as book:
        found = {
            (r["currency"], r["step"], r["bucket"]): r for r in book.rows(roll_rates(book, AS_OF, steps=4, base=False))
        }
    for step in range(1, 5):
        before, after = (AS_OF - dt.timedelta(days=30 * k) for k in (step, step - 1))
        then, now = auditor.positions(rows, before, None), auditor.positions(rows, after, None)
        sums: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for item in rows["items"]:
            if item["kind"] in auditor.DEBIT and item["issued_on"] <= before:
                key = item["currency"], step, auditor.bucket((before - item["due_on"]).days)
                sums[key]["from"] += then[item["item_id"]]["open"] if item["item_id"] in then else 0
                sums[key]["unpaid"] += now[item["item_id"]]["open"] if item["item_id"] in now else 0
        for key, want in sums.items():
            if not any(want.values()):
                assert key not in found
                continue
            assert (found[key]["from_minor"], found[key]["unpaid_minor"]) == (want["from"], want["unpaid"]), key


def test_roll_rates_of_one_item_follow_it_through_the_buckets() -> None:
    rows = empty_rows()
    rows["customers"].append(row("customers", customer_id=identifier(2, 0), number="C0"))
    rows["items"].append(_invoice(1, AS_OF - dt.timedelta(days=75), 1_000))
    rows["settlements"].append(_paid(1, AS_OF - dt.timedelta(days=20), 400))
    with to_book(rows) as book:
        found = {(r["step"], r["bucket"]): r for r in book.rows(roll_rates(book, AS_OF, steps=3))}
    assert {(k, r["from_minor"], r["next_minor"], r["roll_rate"]) for k, r in found.items()} == {
        ((1, "31-60"), 1_000, 600, 0.6),
        ((2, "1-30"), 1_000, 1_000, 1.0),
        ((3, "current"), 1_000, 1_000, 1.0),
    }


def _invoice(number: int, due_on: dt.date, amount: int, customer: int = 0) -> dict[str, Any]:
    return row(
        "items",
        item_id=identifier(4, number),
        customer_id=identifier(2, customer),
        kind="invoice",
        number=f"I{number}",
        issued_on=due_on - dt.timedelta(days=30),
        due_on=due_on,
        amount_minor=amount,
        base_minor=amount,
    )


def _paid(number: int, day: dt.date, amount: int) -> dict[str, Any]:
    return row(
        "settlements",
        settlement_id=identifier(5, number),
        item_id=identifier(4, number),
        customer_id=identifier(2, 0),
        kind="cash",
        settled_on=day,
        amount_minor=amount,
        base_minor=amount,
    )


def test_risk_of_a_new_seller_takes_the_conventional_shares() -> None:
    rows = empty_rows()
    rows["customers"].append(row("customers", customer_id=identifier(2, 0), number="C0"))
    rows["items"] = [_invoice(1, AS_OF - dt.timedelta(days=5), 999), _invoice(2, AS_OF - dt.timedelta(days=35), 10_001)]
    with to_book(rows) as book:
        (line,) = book.rows(at_risk(book, AS_OF))
    assert line["collectable_overdue_minor"] == 11_000
    expected = basis_points(999, UNKNOWN_BP["1-30"]) + basis_points(10_001, UNKNOWN_BP["31-60"])
    assert line["at_risk_minor"] == expected


def test_risk_learns_from_the_sellers_own_book() -> None:
    """Of ten items in 1-30 at every snapshot, three are still open a month later: 30 % of what is overdue is at
    risk."""
    rows = empty_rows()
    rows["customers"].append(row("customers", customer_id=identifier(2, 0), number="C0"))
    number = 0
    for step in range(1, 13):
        for place in range(10):
            number += 1
            due = AS_OF - dt.timedelta(days=30 * step + 5)
            rows["items"].append(_invoice(number, due, 1_000))
            rows["settlements"].append(_paid(number, due + dt.timedelta(days=20 if place >= 3 else 50), 1_000))
    rows["items"].append(_invoice(9_999, AS_OF - dt.timedelta(days=2), 50_000))
    with to_book(rows) as book:
        rates = book.rows(unpaid_rates(movements(book, AS_OF, None, True), AS_OF, book.engine))
        (line,) = [r for r in book.rows(at_risk(book, AS_OF)) if r["collectable_overdue_minor"]]
    share = next(r for r in rates if r["bucket"] == "1-30")
    assert (share["segment"], share["unpaid_bp"], share["steps"]) == ("all", 3_000, 12)
    still_open = 3_000
    assert line["collectable_overdue_minor"] == 50_000 + still_open


@pytest.mark.parametrize("by", ["customer", "group", "country"])
def test_concentration_is_the_formula_over_groups(by: str) -> None:
    rows = random_rows(3)
    with to_book(rows) as book:
        lines = [r for r in book.rows(concentration(book, AS_OF, by=by)) if r["currency"] == "USD"]
    gross: dict[Any, int] = defaultdict(int)
    net: dict[Any, int] = defaultdict(int)
    of = {c["customer_id"]: c for c in rows["customers"]}
    for position in auditor.positions(rows, AS_OF, None).values():
        item = position["item"]
        if item["currency"] != "USD":
            continue
        customer = of[item["customer_id"]]
        keys = {"customer": customer["customer_id"], "country": customer["country"]}
        keys["group"] = customer["group_id"] or customer["customer_id"]
        is_debit = item["kind"] in auditor.DEBIT
        gross[str(keys[by])] += position["open"] if is_debit else 0
        net[str(keys[by])] += position["open"] if is_debit else -position["open"]
    kept = {key: gross[key] for key in gross if net[key] > 0 and gross[key] > 0}
    assert {r["key"]: r["gross_minor"] for r in lines} == kept
    hhi = formulas.concentration(kept.values()).hhi
    assert hhi is not None
    assert abs(sum(r["hhi_part"] for r in lines) - float(hhi)) < 0.001
    assert [r["rank"] for r in lines] == list(range(1, len(kept) + 1))


def test_several_currencies_are_compared_in_base_only() -> None:
    with to_book(random_rows(3)) as book:
        lines = book.rows(concentration(book, AS_OF, by="currency", base="USD"))
        assert {r["currency"] for r in lines} == {"USD"}
        (figure,) = kpi(book, AS_OF - dt.timedelta(days=89), AS_OF, base="USD")
        assert figure.currency == "USD"
    with pytest.raises(ValueError, match="ends on"):
        kpi(book, AS_OF, AS_OF - dt.timedelta(days=1))
