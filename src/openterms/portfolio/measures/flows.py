"""The sums the seller's key figures are made of, a few small rows from any size of book."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import Any

import ibis

from openterms.portfolio.book.book import Book, day
from openterms.portfolio.book.engines import Table
from openterms.portfolio.measures.amounts import total

_BALANCES = ("gross", "current", "90+", "unapplied")
SALES_KINDS: tuple[str, ...] = ("invoice", "credit_note")
"""Net credit sales = invoices less credit notes, by issue date. Late fees and interest are not sales."""


@dataclass(frozen=True)
class Flows:
    """Sums of one currency for a period ``start..end`` (both days included), in minor units.

    ``opening_minor`` and ``closing_minor`` are net balances (debit side less what is unapplied) before ``start`` and at
    ``end``; ``gross_minor``, ``current_minor`` and ``over_90_minor`` are the debit side at ``end``; ``sales_minor``
    is net; ``written_off_minor`` is what of the debit side was given up in the period, which
    nobody paid; ``months`` are (net sales, days) per calendar month, newest first, the newest cut off at ``end``, back
    to the first item; ``group_balances`` are gross amounts per obligor group without groups on credit.
    """

    currency: str
    start: dt.date
    end: dt.date
    opening_minor: int
    closing_minor: int
    gross_minor: int
    current_minor: int
    over_90_minor: int
    unapplied_minor: int
    sales_minor: int
    written_off_minor: int
    months: tuple[tuple[int, int], ...]
    group_balances: tuple[int, ...]

    @property
    def days(self) -> int:
        """Length of the period in days."""
        return (self.end - self.start).days + 1

    @property
    def overdue_minor(self) -> int:
        """What of the debit side is past due."""
        return self.gross_minor - self.current_minor


def flows(book: Book, moves: Table, aged: Table, start: dt.date, end: dt.date) -> tuple[Flows, ...]:
    """The sums for every currency in ``moves``, in order of the code.

    ``moves`` are ``movements`` and ``aged`` is ``ageing_of`` the positions at ``end``, both in the currency the figures
    speak (``spoken_in``).
    """
    whole = aged.group_by("currency").agg(**{name: total(aged[name]) for name in _BALANCES})
    balances = {row["currency"]: row for row in book.rows(whole)}
    groups: dict[str, list[int]] = {}
    for row in book.rows(_by_group(book, aged)):
        groups.setdefault(row["currency"], []).append(row["gross"])
    changes: dict[str, list[dict[str, Any]]] = {}
    for row in book.rows(_monthly(moves, start)):
        changes.setdefault(row["currency"], []).append(row)
    return tuple(
        _flows_of(currency, rows, balances.get(currency, {}), tuple(groups.get(currency, ())), start, end)
        for currency, rows in sorted(changes.items())
    )


def _by_group(book: Book, aged: Table) -> Table:
    """Gross balances of obligor groups that owe on balance. Grain: currency and ultimate parent, largest first."""
    customers = book.customers.select(
        "customer_id", group=ibis.coalesce(book.customers.group_id, book.customers.customer_id)
    )
    rows = customers.inner_join(aged.select("customer_id", "currency", "gross", "total"), "customer_id")
    sums = rows.group_by("currency", "group").agg(gross=total(rows.gross), net=total(rows.total))
    owing = sums.filter((sums.net > 0) & (sums.gross > 0))
    return owing.order_by(ibis.desc("gross")).select("currency", "gross")


def _monthly(moves: Table, start: dt.date) -> Table:
    """Change of the balance and net sales. Grain: currency, month, before the period or in it."""
    sales = moves.kind.isin(SALES_KINDS)
    rows = moves.mutate(year=moves.moved_on.year(), month=moves.moved_on.month(), within=moves.moved_on >= day(start))
    return rows.group_by("currency", "year", "month", "within").agg(
        moved=total(rows.moved_minor),
        sold=total(rows.moved_minor, sales),
        given_up=total(-rows.moved_minor, (rows.kind == "write_off") & rows.is_debit),
    )


def _flows_of(
    currency: str,
    changes: list[dict[str, Any]],
    balance: dict[str, Any],
    group_balances: tuple[int, ...],
    start: dt.date,
    end: dt.date,
) -> Flows:
    sold: dict[tuple[int, int], int] = {}
    for row in changes:
        month = (row["year"], row["month"])
        sold[month] = sold.get(month, 0) + row["sold"]
    opening = sum(row["moved"] for row in changes if not row["within"])
    return Flows(
        currency=currency,
        start=start,
        end=end,
        opening_minor=opening,
        closing_minor=opening + sum(row["moved"] for row in changes if row["within"]),
        gross_minor=balance.get("gross", 0),
        current_minor=balance.get("current", 0),
        over_90_minor=balance.get("90+", 0),
        unapplied_minor=balance.get("unapplied", 0),
        sales_minor=sum(row["sold"] for row in changes if row["within"]),
        written_off_minor=sum(row["given_up"] for row in changes if row["within"]),
        months=_months(sold, end),
        group_balances=group_balances,
    )


def _months(sold: dict[tuple[int, int], int], end: dt.date) -> tuple[tuple[int, int], ...]:
    """(net sales, days) newest first, without gaps, from the month of ``end`` back to the first month with anything."""
    first = min(sold, default=(end.year, end.month))
    year, month, days = end.year, end.month, end.day
    found = []
    while (year, month) >= first:
        found.append((sold.get((year, month), 0), days))
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
        days = calendar.monthrange(year, month)[1]
    return tuple(found)
