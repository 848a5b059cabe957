"""The same questions asked of a CSV file by plain Python: slow, short, and independent of the product."""

from __future__ import annotations

import csv
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

BUCKETS = ("current", "1-30", "31-60", "61-90", "90+")


@dataclass(frozen=True)
class Bill:
    """An invoice and the day it was settled in full. Money that came before the invoice waits until its issue."""

    customer: str
    number: str
    issued: date
    due: date
    paid: date
    minor: int

    @property
    def settled(self) -> date:
        return max(self.paid, self.issued)

    def is_open(self, on: date) -> bool:
        return self.issued <= on < self.settled

    def waits(self, on: date) -> bool:
        return self.paid <= on < self.issued

    def days_late(self, on: date) -> int:
        return (on - self.due).days


def american(file: Path) -> list[Bill]:
    def day(text: str) -> date:
        return datetime.strptime(text, "%m/%d/%Y").date()

    with file.open(newline="", encoding="utf-8") as rows:
        return [
            Bill(row["customerID"], row["invoiceNumber"], day(row["InvoiceDate"]), day(row["DueDate"]),
                 day(row["SettledDate"]), int(Decimal(row["InvoiceAmount"]) * 100))
            for row in csv.DictReader(rows)
        ]  # fmt: skip


def brazilian(file: Path) -> list[Bill]:
    day = date.fromisoformat
    with file.open(newline="", encoding="utf-8") as rows:
        return [
            Bill(row["ID_CLIENTE"], str(place), day(row["DATA_EMISSAO_DOCUMENTO"]), day(row["DATA_VENCIMENTO"]),
                 day(row["DATA_PAGAMENTO"]), int(Decimal(row["VALOR_A_PAGAR"]) * 100))
            for place, row in enumerate(csv.DictReader(rows, delimiter=";")) if row["VALOR_A_PAGAR"].strip()
        ]  # fmt: skip


def decimal(minor: int) -> str:
    return f"{Decimal(minor) / 100:.2f}"


def bucket(days: int) -> str:
    return next((name for name, last in zip(BUCKETS, (0, 30, 60, 90), strict=False) if days <= last), "90+")


def ageing(bills: Iterable[Bill], on: date) -> dict[str, list[str]]:
    """Customer -> the five buckets, unapplied and total, as the report writes them."""
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for bill in bills:
        if bill.is_open(on):
            sums[bill.customer][bucket(bill.days_late(on))] += bill.minor
        if bill.waits(on):
            sums[bill.customer]["unapplied"] -= bill.minor
    return {
        customer: [decimal(found[name]) for name in (*BUCKETS, "unapplied")] + [decimal(sum(found.values()))]
        for customer, found in sums.items()
    }


def paid_before(bills: Iterable[Bill], on: date) -> dict[str, list[Bill]]:
    """Customer -> invoices settled in the 365 days that end with a day."""
    found: dict[str, list[Bill]] = defaultdict(list)
    for bill in bills:
        if on - timedelta(365) < bill.settled <= on:
            found[bill.customer].append(bill)
    return found


def weighted(bills: Iterable[Bill], since: str) -> Fraction:
    """Days from the issue or due date to settlement, weighted by amount."""
    bills = list(bills)
    days = sum(bill.minor * (bill.settled - getattr(bill, since)).days for bill in bills)
    return Fraction(days, sum(bill.minor for bill in bills))


def kpi(bills: Iterable[Bill], first: date, last: date) -> dict[str, Fraction]:
    """The key figures of a period without credit notes."""
    bills = list(bills)
    days = (last - first).days + 1
    sales = sum(bill.minor for bill in bills if first <= bill.issued <= last)
    owed = [bill for bill in bills if bill.is_open(last)]
    gross, current = (sum(b.minor for b in owed if b.days_late(last) <= most) for most in (10**6, 0))
    old = sum(bill.minor for bill in owed if bill.days_late(last) > 90)
    opening, closing = (_net(bills, on) for on in (first - timedelta(1), last))
    shares: dict[str, int] = defaultdict(int)
    for bill in bills:
        shares[bill.customer] += bill.minor * (bill.is_open(last) - bill.waits(last))
    found = {
        "dso": Fraction(gross * days, sales),
        "dso_countback": countback(bills, first, last, gross),
        "bpdso": Fraction(current * days, sales),
        "turnover": Fraction(sales * 2, opening + closing),
        "cei_pct": Fraction((opening + sales - closing) * 100, opening + sales - current),
        "pct_current": Fraction(current * 100, gross),
        "pct_over_90": Fraction(old * 100, gross),
    }
    found["add"] = found["dso"] - found["bpdso"]
    if not any(bill.waits(last) for bill in bills):
        found["hhi"] = 10_000 * sum(Fraction(share, gross) ** 2 for share in shares.values())
    return found


def _net(bills: Iterable[Bill], on: date) -> int:
    return sum(bill.minor * (bill.is_open(on) - bill.waits(on)) for bill in bills)


def countback(bills: Iterable[Bill], first: date, last: date, owed: int) -> Fraction:
    """Months back from the end until their sales make up what is owed; the last of them in part."""
    days, end = Fraction(0), last
    while end >= first:
        start = end.replace(day=1)
        sales = sum(bill.minor for bill in bills if start <= bill.issued <= end)
        length = (end - start).days + 1
        if sales > owed:
            return days + Fraction(owed * length, sales)
        days, owed, end = days + length, owed - sales, start - timedelta(1)
    return days


def month_ends(first: date, last: date) -> list[date]:
    """The last days of the months from one to another."""
    found = []
    for month in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        year, place = divmod(month, 12)
        found.append(date(year, place + 1, monthrange(year, place + 1)[1]))
    return [day for day in found if first <= day <= last]
