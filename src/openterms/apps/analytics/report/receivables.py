"""Who owes what: ageing, open items, roll-forward, and the same in one currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import ibis

from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.portfolio.measures import ageing as measures
from openterms.portfolio.measures import roll

from . import snapshot
from .books import open_book, open_book_at
from .table import Column, Note, Report
from .texts import BUCKET_LABELS, CLAIM_LABELS, CURRENCY, CUSTOMER, NAME, TOTAL, UNAPPLIED, buckets_of, money

CLAIMS = tuple(CLAIM_LABELS)
BY = ("due", "invoice")


@dataclass(frozen=True, slots=True)
class Slice:
    """Which rows of a report are wanted: in an order (`-total` = largest first), from a place on, at most so many.

    `text` narrows to customers whose name or number has each of its words.
    """

    order: str = ""
    start: int = 0
    limit: int | None = None
    customer_id: UUID | None = None
    bucket: str = ""
    currency: str = ""
    text: str = ""


EVERYTHING = Slice()


def ageing(
    seller: Seller,
    as_of: date,
    known_at: datetime | None = None,
    by: str = "due",
    wanted: Slice = EVERYTHING,
) -> Report:
    """Who owes how much for how long: a row per customer and currency with anything open, by customer number.

    `by` is `due` (days past the due date) or `invoice` (age since the invoice date). On the date of the last day's run
    and as far as nothing changed since, the answer comes from the day's snapshot. Source: FACTBOOK 1.6.
    """
    if by not in BY:
        raise BadInput(gettext_noop("%(by)s is not a way to age"), "by", gettext_noop("Use due or invoice"), {"by": by})
    if by == "due" and known_at is None and snapshot.holds(seller, as_of):
        rows, totals, count = snapshot.ageing(seller, as_of, wanted)
        source = "snapshot"
    else:
        rows, totals, count = _ageing_of_book(seller, as_of, known_at, by, wanted)
        source = "book"
    columns = [
        CUSTOMER,
        NAME,
        CURRENCY,
        *(money(bucket, BUCKET_LABELS[bucket]) for bucket in buckets_of(by)),
        money("unapplied", UNAPPLIED),
        money("total", TOTAL),
        *(money(claim, CLAIM_LABELS[claim], is_wide=True) for claim in CLAIMS),
    ]
    notes = [
        Note(
            gettext_noop("Aged by days past the due date; an item due on the day itself is current.")
            if by == "due"
            else gettext_noop("Aged by days since the invoice date.")
        ),
        Note(gettext_noop("Unapplied receipts and credit notes stand apart, not aged; the total is net of them.")),
        Note(gettext_noop("Contested, promised and the like are parts of the buckets, not added to them.")),
    ]
    title = gettext_noop("Ageing by due date") if by == "due" else gettext_noop("Ageing by invoice date")
    return Report("ageing", title, columns, rows, as_of, known_at, totals, notes, source, count)


def _ageing_of_book(
    seller: Seller, as_of: date, known_at: datetime | None, by: str, wanted: Slice
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], int]:
    opened = open_book_at(seller, as_of) if known_at is None else open_book(seller)
    with opened as book, book.engine.scratch() as keep:
        table = keep(measures.ageing(book, as_of, known_at, by))
        sums = [*buckets_of(by), "unapplied", "total", *CLAIMS]
        totals = book.rows(
            table.group_by("currency")
            .agg(count=table.count(), **{name: table[name].sum() for name in sums})
            .order_by("currency")
        )
        rows = book.rows(cut(table, wanted, ("number", "currency")).rename(customer="number"))
    return rows, totals, sum(row["count"] for row in totals)


def cut(table: Any, wanted: Slice, usual: Sequence[str]) -> Any:
    """A measure narrowed to the rows wanted; `usual` is the order without a wish, and the tie-break with one."""
    if wanted.currency:
        table = table.filter(table.currency == wanted.currency)
    if wanted.customer_id is not None:
        table = table.filter(table.customer_id == ibis.literal(wanted.customer_id))
    for word in wanted.text.lower().split():
        table = table.filter(table.name.lower().contains(word) | table.number.lower().contains(word))
    name = wanted.order.lstrip("-")
    name = {"customer": "number"}.get(name, name)
    order: list[Any] = [one for one in usual if one in table.columns and one != name]
    if name in table.columns:
        order.insert(0, ibis.desc(name) if wanted.order.startswith("-") else ibis.asc(name))
    if order:
        table = table.order_by(order)
    if wanted.limit is not None:
        table = table.limit(wanted.limit, offset=wanted.start)
    return table


def open_items(
    seller: Seller, as_of: date, known_at: datetime | None = None, wanted: Slice = EVERYTHING, by: str = "due"
) -> Report:
    """Every open item, by customer, due date and number. What stands for a credit (receipts, credit notes) is negative.

    `wanted.bucket` narrows to one age: by the days past due, or, `by="invoice"`, since the invoice date. `unapplied`
    means the credit side.
    """
    with open_book(seller) as book, book.engine.scratch() as keep:
        table = keep(_in_bucket(measures.open_items(book, as_of, known_at), wanted.bucket, by, as_of))
        narrowed = cut(table, replace(wanted, limit=None), ()).order_by("number", "due_on", "invoice", "item_id")
        totals = book.rows(
            narrowed.group_by("currency")
            .agg(count=narrowed.count(), open=narrowed.balance_minor.sum())
            .order_by("currency")
        )
        found = cut(table, wanted, ("number", "due_on", "invoice", "item_id"))
        rows = [_item_row(row) for row in book.rows(found)]
    columns = [
        CUSTOMER,
        NAME,
        Column("invoice", gettext_noop("Invoice"), "code"),
        Column("kind", gettext_noop("Kind"), "status", is_wide=True),
        Column("invoice_date", gettext_noop("Invoice date"), "date"),
        Column("due_date", gettext_noop("Due date"), "date"),
        CURRENCY,
        money("amount", gettext_noop("Amount")),
        money("open", gettext_noop("Open")),
        Column("days_overdue", gettext_noop("Days overdue"), "days"),
        *(money(claim, CLAIM_LABELS[claim], is_wide=True) for claim in CLAIMS),
        money("collectable", gettext_noop("Collectable"), is_wide=True),
    ]
    notes = [
        Note(gettext_noop("Unapplied receipts and credit notes are negative.")),
        Note(gettext_noop("Days overdue are calendar days past the due date, negative before it.")),
    ]
    count = sum(row["count"] for row in totals)
    title = gettext_noop("Open items")
    return Report("open-items", title, columns, rows, as_of, known_at, totals, notes, "book", count)


def _in_bucket(table: Any, bucket: str, by: str, as_of: date) -> Any:
    if not bucket:
        return table
    credit = table.balance_minor < 0
    if bucket == "unapplied":
        return table.filter(credit)
    days = table.days_overdue if by == "due" else ibis.literal(as_of, type="date").delta(table.issued_on, unit="day")
    low, high = _bounds(bucket, by)
    table = table.filter(~credit)
    if low is not None:
        table = table.filter(days >= low)
    return table if high is None else table.filter(days <= high)


def _bounds(bucket: str, by: str) -> tuple[int | None, int | None]:
    if bucket not in buckets_of(by):
        raise BadInput(gettext_noop("There is no age %(bucket)s"), "bucket", params={"bucket": bucket})
    if bucket == "current" or bucket == "0-30":
        return None, 0 if bucket == "current" else 30
    if bucket == "90+":
        return 91, None
    low, high = bucket.split("-")
    return int(low), int(high)


def _item_row(row: Mapping[str, Any]) -> dict[str, Any]:
    sign = 1 if row["balance_minor"] >= 0 else -1
    return {
        "customer": row["number"],
        "customer_id": row["customer_id"],
        "item_id": row["item_id"],
        "name": row["name"],
        "invoice": row["invoice"],
        "kind": row["kind"],
        "invoice_date": row["issued_on"],
        "due_date": row["due_on"],
        "currency": row["currency"],
        "amount": sign * row["amount_minor"],
        "open": row["balance_minor"],
        "days_overdue": row["days_overdue"] if sign > 0 else 0,
        "collectable": row["collectable_minor"],
        **{claim: row[f"{claim}_minor"] for claim in CLAIMS},
    }


CHANGES = {
    "opening": gettext_noop("Opening"),
    "invoices": gettext_noop("Invoices"),
    "late_fees": gettext_noop("Late fees"),
    "late_interest": gettext_noop("Late interest"),
    "charity": gettext_noop("Charity undertakings"),
    "credit_notes": gettext_noop("Credit notes"),
    "receipts": gettext_noop("Receipts"),
    "discounts": gettext_noop("Discounts taken"),
    "small_differences": gettext_noop("Small differences"),
    "refunds": gettext_noop("Refunds"),
    "written_off": gettext_noop("Written off"),
    "recoveries": gettext_noop("Recovered after writing off"),
    "closing": gettext_noop("Closing"),
}


def roll_forward(seller: Seller, start: date, end: date, known_at: datetime | None = None) -> Report:
    """From the balance before `start` to the balance at `end`: a row per currency whose changes add up to closing."""
    check_period(start, end)
    with open_book(seller) as book:
        found = book.rows(roll.roll_forward(book, start, end, known_at))
    rows = [{"currency": row["currency"]} | {name: row[f"{name}_minor"] for name in CHANGES} for row in found]
    columns = [CURRENCY, *(money(name, label) for name, label in CHANGES.items())]
    notes = [
        Note(gettext_noop("Balances are net: what is owed less what is unapplied.")),
        Note(gettext_noop("Opening and all changes add up to closing.")),
        Note(gettext_noop("From %(start)s to %(end)s, both days included."), {"start": start, "end": end}),
    ]
    return Report("roll-forward", gettext_noop("Roll-forward"), columns, rows, end, known_at, (), notes)


def check_period(start: date, end: date) -> None:
    """Refuse a period that ends before it starts."""
    if end < start:
        raise BadInput(
            gettext_noop("The period ends before it starts"), "from", gettext_noop("Give a first day before the last")
        )
