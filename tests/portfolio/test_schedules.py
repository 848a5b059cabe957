"""An item under a plan ages by its instalments while the plan runs."""

from __future__ import annotations

import datetime as dt

import pytest

from openterms.portfolio.book.position import positions
from openterms.portfolio.measures.ageing import ageing
from tests.portfolio.books import empty_rows, identifier, noon, row, to_book

START = dt.date(2026, 3, 1)


@pytest.mark.parametrize(
    ("on", "due", "later", "current", "overdue"),
    [
        (dt.date(2026, 4, 30), "2026-03-31", 0, 0, 900),
        (dt.date(2026, 5, 2), "2026-05-10", 900, 900, 0),
        (dt.date(2026, 5, 12), "2026-05-10", 600, 600, 300),
        (dt.date(2026, 7, 1), "2026-03-31", 0, 0, 900),
    ],
)
def test_due_dates_and_buckets(on, due, later, current, overdue):
    rows = {name: [] for name in ("schedules",)} | empty_rows()
    customer, item = identifier(2, 1), identifier(4, 1)
    rows["customers"].append(row("customers", customer_id=customer, number="C1"))
    rows["items"].append(
        row("items", item_id=item, customer_id=customer, kind="invoice", number="I1", issued_on=START,
            due_on=dt.date(2026, 3, 31), amount_minor=900, base_minor=900, recorded_at=noon(START))
    )  # fmt: skip
    for number in (1, 2, 3):
        rows["schedules"].append(
            row("schedules", item_id=item, customer_id=customer, number=number, amount_minor=300,
                due_on=dt.date(2026, 4 + number, 10), starts_on=dt.date(2026, 5, 1), ends_on=dt.date(2026, 6, 20),
                recorded_at=noon(dt.date(2026, 5, 1)), ended_recorded_at=noon(dt.date(2026, 6, 20)))
        )  # fmt: skip
    with to_book(rows) as book:
        (stood,) = book.rows(positions(book, on))
        assert (stood["due_on"].isoformat(), stood["not_due_minor"]) == (due, later)
        (aged,) = book.rows(ageing(book, on))
        assert (aged["current"], aged["overdue"], aged["gross"]) == (current, overdue, 900)
