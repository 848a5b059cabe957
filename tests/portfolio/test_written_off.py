"""What was written off was not paid: in days to pay, days beyond terms, DSO and CEI."""

from __future__ import annotations

import datetime as dt

from openterms.core.risk import measures as formulas
from openterms.portfolio.measures.behaviour import behaviour
from openterms.portfolio.measures.kpi import kpi
from tests.portfolio.books import AS_OF, empty_rows, identifier, row, to_book

START = AS_OF - dt.timedelta(days=89)


def told(kind: str, minor: int = 1_000):
    """Two invoices of the period: one paid on its due date, one that ended otherwise, 40 days late."""
    rows = empty_rows()
    customer, issued = identifier(1, 1), AS_OF - dt.timedelta(days=80)
    rows["customers"].append(row("customers", customer_id=customer, number="C1"))
    for number, (how, late) in enumerate((("cash", 0), (kind, 40)), 1):
        item, due = identifier(2, number), issued + dt.timedelta(days=30)
        rows["items"].append(
            row("items", item_id=item, customer_id=customer, number=f"I{number}", kind="invoice", issued_on=issued,
                due_on=due, amount_minor=1_000, base_minor=1_000)
        )  # fmt: skip
        paid = minor if number == 2 else 1_000
        parts = [(how, paid), ("cash", 1_000 - paid)]
        rows["settlements"] += [
            row("settlements", settlement_id=identifier(3 + place, number), item_id=item, customer_id=customer,
                settled_on=due + dt.timedelta(days=late), amount_minor=part, base_minor=part, kind=way)
            for place, (way, part) in enumerate(parts) if part
        ]  # fmt: skip
    return rows


def test_a_written_off_invoice_is_none_that_was_paid() -> None:
    for kind, minor, count, beyond in (("cash", 1_000, 2, 2_000), ("write_off", 1_000, 1, 0), ("write_off", 1, 1, 0)):
        with to_book(told(kind, minor)) as book:
            (one,) = book.rows(behaviour(book, AS_OF))
        assert (one["paid_invoices"], one["dbt_cd"], one["share_late_bp"]) == (count, beyond, 5_000 * (count - 1))


def test_what_is_written_off_is_not_collected() -> None:
    with to_book(told("cash")) as book:
        (paid,) = kpi(book, START, AS_OF)
    with to_book(told("write_off")) as book:
        (lost,) = kpi(book, START, AS_OF)
    assert (paid.dso, paid.cei_pct) == (formulas.dso(0, 2_000, 90), formulas.cei_pct(0, 2_000, 0, 0))
    assert lost.flows.written_off_minor == 1_000
    assert lost.dso == formulas.dso(1_000, 2_000, 90)
    assert lost.add == lost.dso
    assert lost.dso_countback == formulas.dso_countback(1_000, lost.flows.months).days
    assert lost.cei_pct == formulas.cei_pct(0, 2_000, 1_000, 0)
    with to_book(told("write_off")) as book:
        (before,) = kpi(book, START, AS_OF - dt.timedelta(days=15))
    assert before.flows.written_off_minor == 0
