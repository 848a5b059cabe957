"""Back-tests over columns against a plain reading of the same rows."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openterms.core.credit.orders import Rules
from openterms.portfolio.book.book import Book
from openterms.portfolio.book.engines import DuckEngine
from openterms.portfolio.book.orders import completed
from openterms.portfolio.runs.backtest import answered_twice, later, summary
from openterms.portfolio.runs.backtest_decisions import decided_twice, decisions_summary
from openterms.portfolio.runs.history import orders_of_invoices
from tests.core.credit.policies import GOOD, SMALL, small
from tests.portfolio.books import AS_OF, Rows, identifier, random_rows, to_book

DEBIT = ("invoice", "late_fee")
FIRST = AS_OF - dt.timedelta(days=300)
DAYS = (0, 30)


def open_of(rows: Rows, item: dict[str, Any], day: dt.date) -> int:
    """What was open of an item the evening before a day."""
    settled = [one for one in rows["settlements"] if one["item_id"] == item["item_id"] and one["settled_on"] < day]
    issued = item["amount_minor"] if item["issued_on"] < day else 0
    return issued - sum(one["amount_minor"] for one in settled)


def naive(rows: Rows, invoice: dict[str, Any]) -> dict[str, Any]:
    """How its customer stood when an invoice came."""
    day, own = invoice["issued_on"], []
    for item in rows["items"]:
        if (item["customer_id"], item["currency"]) == (invoice["customer_id"], invoice["currency"]):
            own.append((item, open_of(rows, item, day)))
    same_day = sum(
        item["amount_minor"]
        for item, _ in own
        if item["kind"] == "invoice" and item["issued_on"] == day and item["item_id"] < invoice["item_id"]
    )
    debit = [(item, minor) for item, minor in own if item["kind"] in DEBIT]
    found = {
        "open_minor": sum(minor for _, minor in debit) + same_day,
        "exposure_minor": sum(minor if item["kind"] in DEBIT else -minor for item, minor in own) + same_day,
    }
    for n in DAYS:
        late = [((day - item["due_on"]).days, minor) for item, minor in debit if minor]
        late = [(days, minor) for days, minor in late if days > n]
        found[f"overdue_{n}_minor"] = sum(minor for _, minor in late)
        found[f"oldest_{n}_days"] = max((days for days, _ in late), default=0)
    return found


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 10**6))
def test_invoices_taken_as_orders_see_the_account_of_the_evening_before(seed: int) -> None:
    rows = random_rows(seed, items=90)
    with to_book(rows) as book:
        found = {row["order_id"]: row for row in book.rows(orders_of_invoices(book, "USD", FIRST, AS_OF, DAYS))}
    wanted = [
        one
        for one in rows["items"]
        if one["kind"] == "invoice" and one["currency"] == "USD" and FIRST <= one["issued_on"] <= AS_OF
    ]
    assert len(found) == len(wanted)
    for invoice in wanted:
        seen = naive(rows, invoice)
        got = found[str(invoice["item_id"])]
        assert {name: got[name] for name in seen} == seen, invoice


def test_losses_avoided_are_no_more_than_what_is_not_sold_any_more() -> None:
    rows = random_rows(3, customers=40, items=300)
    with to_book(rows) as book:
        orders = completed(orders_of_invoices(book, "USD", FIRST, AS_OF, (30, 5)))
        answered = answered_twice(orders, Rules(overdue_days=30), Rules(overdue_days=5), book.engine)
        found = summary(answered, later(book, AS_OF), book.customers, book.engine)
    totals = found.totals
    assert totals["flips"] == sum(row["orders"] for row in found.flips) == sum(r["flips"] for r in found.customers) > 0
    assert totals["less_minor"] == sum(row["less_minor"] for row in found.customers)
    assert 0 < totals["avoided_minor"] == sum(row["avoided_minor"] for row in found.customers) <= totals["less_minor"]
    assert totals["kept_minor"] + totals["less_minor"] == totals["approved_before_minor"]
    assert totals["kept_minor"] + totals["more_minor"] == totals["approved_after_minor"]
    assert sum(row["orders"] for row in found.months) == totals["orders"]
    assert sum(row["after"] for row in found.workload) == totals["referred_after"]


@pytest.mark.parametrize("stored", [True, False], ids=["against what was decided", "against another policy"])
def test_decisions_are_made_again(stored: bool) -> None:
    """Four cases: one is granted less under the new policy, one is declined instead of looked at by a person."""
    dice, engine = random.Random(1), DuckEngine(threads=1)
    facts = [GOOD, GOOD | {"days_overdue": 31}, GOOD | {"insolvent": True}, GOOD | {"bureau_limit_minor": 900_000}]
    first, late, last = SMALL["rules"]
    declined = {key: value for key, value in late.items() if key != "queue"} | {"decide": "decline"}
    new = small(
        rules=[first, declined, last],
        risk_classes=[{"risk_class": "A", "when": True, "cap_minor": 1_000_000}],
        terms={"A": ["net 30"]},
    )
    cases = pa.table(
        {
            "case_id": [f"c{n}" for n in range(4)],
            "customer_id": [str(identifier(2, n)) for n in range(4)],
            "decided_on": [AS_OF - dt.timedelta(days=dice.randint(0, 9)) for _ in range(4)],
            **{name: [row[name] for row in facts] for name in GOOD},
            "answered_outcome": ["approve", "refer", "decline", "approve"],
            "answered_rule": ["fits", "overdue", "insolvent", "fits"],
            "answered_queue": ["", "analyst", "", ""],
            "answered_limit_minor": pa.array([4_000_000, None, None, 900_000], pa.int64()),
        }
    )
    with Book.from_arrow({}, engine) as book:
        customers = book.customers.mutate(customer_id=book.customers.customer_id.cast("string"))
        answered = decided_twice(engine.from_arrow(cases), None if stored else small(), new, engine)
        found = decisions_summary(answered, customers, engine)
    totals = found.totals
    assert (totals["decisions"], totals["flips"], totals["referred_before"], totals["referred_after"]) == (4, 2, 1, 0)
    assert (totals["limit_before_minor"], totals["limit_after_minor"]) == (4_900_000, 1_900_000)
    assert {(row["before"], row["after"], row["reason"], row["change_minor"]) for row in found.flips} == {
        ("approve", "approve", "fits", -3_000_000),
        ("refer", "decline", "overdue", 0),
    }
    assert found.workload == [{"queue": "analyst", "before": 1, "after": 0}]
    assert [row["change_minor"] for row in found.customers] == [-3_000_000, 0]
