"""What the ledger says: rates, the lock, balances of accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.receivables.postings import BaseRate

from .models import Rate

CONTROL = ("receivable_trade", "receivable_interest", "receivable_charity")
BESIDE = ("allowance", "agency_fee", "agency_paid", "court_cost", "cost_reversal")
"""Entries that cost or set aside money and move nothing that customers owe."""


def base_rate(seller: Seller, currency: str, on: date) -> BaseRate:
    """The rate into the seller's currency that holds on a day. Errors: none is on record for that day."""
    if currency == seller.currency:
        return BaseRate.same(currency)
    rate = (
        Rate.objects.filter(seller=seller, currency=currency, valid_from__lte=on)
        .order_by("-valid_from", "-recorded_at", "-id")
        .values_list("base_per_unit", flat=True)
        .first()
    )
    if rate is None:
        raise BadInput(
            gettext_noop("No exchange rate from %(currency)s to %(base)s is known for %(day)s"),
            where="currency",
            remedy=gettext_noop("Add one with `openterms rate set` or in Settings"),
            params={"currency": currency, "base": seller.currency, "day": on.isoformat()},
        )
    return BaseRate(currency, seller.currency, rate)


def locked_through(seller: Seller) -> date | None:
    """Through which day the seller's books are locked, as the record stands now (not when `seller` was read)."""
    return Seller.objects.filter(id=seller.id).values_list("locked_through", flat=True).first()


def refuse_locked(seller: Seller, *days: date) -> None:
    """Refuse days in a locked period."""
    locked = locked_through(seller) if days else None
    if locked is not None and min(days) <= locked:
        raise in_locked_period(min(days), locked)


def in_locked_period(day: date, locked: date) -> BadInput:
    """What is said of a day in a locked period."""
    return BadInput(
        gettext_noop("%(day)s lies in a locked period"),
        where="date",
        remedy=gettext_noop("Use a date after %(locked)s"),
        params={"day": day.isoformat(), "locked": locked.isoformat()},
    )


@dataclass(frozen=True)
class Balance:
    """The control accounts and unapplied cash in one currency: minor units, debit positive."""

    currency: str
    receivable_minor: int
    unapplied_cash_minor: int
    base_receivable_minor: int


KNOWN_POSTINGS = """
(SELECT p.* FROM receivables_posting p JOIN receivables_entry e ON e.id = p.entry_id
 WHERE e.recorded_at <= %(known_at)s) p
"""


def control_balances(seller_id: UUID, as_of: date, known_at: datetime | None = None) -> dict[str, Balance]:
    """Balances by currency of what is posted on or before a day and learnt by an instant.

    As known now they are sums of the accounts' days, whatever the number of postings; at an instant the postings are
    read.
    """
    source = "receivables_accountday p" if known_at is None else KNOWN_POSTINGS
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.currency, coalesce(sum(p.amount_minor) FILTER (WHERE p.account = ANY(%(control)s)), 0),"
            " coalesce(sum(p.amount_minor) FILTER (WHERE p.account = 'unapplied_cash'), 0),"
            " coalesce(sum(p.base_minor) FILTER (WHERE p.account = ANY(%(control)s)), 0)"
            f" FROM {source} WHERE p.seller_id = %(seller)s AND p.posted_on <= %(as_of)s"
            " AND p.account = ANY(%(all)s) GROUP BY p.currency ORDER BY p.currency",
            {
                "seller": seller_id,
                "as_of": as_of,
                "known_at": known_at,
                "control": list(CONTROL),
                "all": [*CONTROL, "unapplied_cash"],
            },
        )
        return {row[0]: Balance(row[0], int(row[1]), int(row[2]), int(row[3])) for row in cursor.fetchall()}


@dataclass(frozen=True)
class RollForward:
    """How what customers owe, net of unapplied money, moved over a period in one currency.

    Minor units; each movement has the sign with which it counts, so that the opening and all movements sum to the
    closing. `base` holds the same lines in the seller's currency, where exchange differences appear.
    """

    currency: str
    opening: int
    brought_over: int
    """Opening balances from another system."""
    invoices: int
    charges: int
    """Late fees, late interest, charity undertakings."""
    credits: int
    receipts: int
    refunds: int
    """Refunds and bank returns."""
    discounts: int
    differences: int
    written_off: int
    """Debts that left the books, less those brought back."""
    recoveries: int
    """Money on debts that had left the books: it is not owed any more, so it lowers nothing."""
    exchange: int
    """Money used for items of another currency; in base also realised differences."""
    closing: int
    base: RollForward | None = None

    @property
    def movements(self) -> int:
        """All lines between opening and closing."""
        return (
            self.brought_over + self.invoices + self.charges + self.credits + self.receipts + self.refunds
            + self.discounts + self.differences + self.written_off + self.recoveries + self.exchange
        )  # fmt: skip


# What moves the control accounts is the opposite of what an entry posts elsewhere. VAT and bank lines serve several.
ROLL = """
SELECT p.currency, CASE
    WHEN p.posted_on < %(first)s THEN 'opening'
    WHEN p.account = 'opening_balance' THEN 'brought_over'
    WHEN p.account = 'revenue' OR (p.account = 'vat_output' AND e.kind = 'invoice') THEN 'invoices'
    WHEN p.account IN ('loss_allowance', 'bad_debts', 'vat_bad_debts')
        OR (p.account = 'charity_payable' AND e.kind IN ('write_off', 'reversal')) THEN 'written_off'
    WHEN p.account = 'recoveries' OR (p.account = 'vat_output' AND e.kind IN ('recovery', 'reversal')) THEN 'recoveries'
    WHEN p.account IN ('late_fee_income', 'interest_income', 'charity_payable') THEN 'charges'
    WHEN p.account = 'sales_returns' OR (p.account = 'vat_output' AND e.kind = 'credit_note') THEN 'credits'
    WHEN p.account IN ('bank', 'bank_charges', 'collection_fees') AND e.kind = 'receipt' THEN 'receipts'
    WHEN p.account IN ('bank', 'bank_charges') THEN 'refunds'
    WHEN p.account IN ('discounts_allowed', 'vat_output') THEN 'discounts'
    WHEN p.account = 'small_differences' THEN 'differences'
    ELSE 'exchange' END AS line,
    -sum(p.amount_minor)::bigint, -sum(p.base_minor)::bigint
FROM receivables_posting p JOIN receivables_entry e ON e.id = p.entry_id
WHERE p.seller_id = %(seller)s AND e.seller_id = %(seller)s AND p.posted_on <= %(last)s
    AND (%(known_at)s::timestamptz IS NULL OR e.recorded_at <= %(known_at)s)
    AND p.account <> ALL(%(control)s) AND e.kind <> ALL(%(beside)s)
GROUP BY 1, 2 ORDER BY 1, 2
"""


def roll_forward(seller_id: UUID, first: date, last: date, known_at: datetime | None = None) -> dict[str, RollForward]:
    """Opening, movements and closing by currency, first and last day included, from the postings alone."""
    with connection.cursor() as cursor:
        cursor.execute(
            ROLL,
            {
                "seller": seller_id, "first": first, "last": last, "known_at": known_at,
                "control": [*CONTROL, "unapplied_cash"], "beside": list(BESIDE),
            },
        )  # fmt: skip
        rows = cursor.fetchall()
    found: dict[str, tuple[dict[str, int], dict[str, int]]] = {}
    for currency, line, amount, base in rows:
        document, in_base = found.setdefault(currency, ({}, {}))
        document[line], in_base[line] = amount, base
    return {
        currency: _rolled(currency, document, _rolled(currency, in_base))
        for currency, (document, in_base) in found.items()
    }


def _rolled(currency: str, lines: dict[str, int], base: RollForward | None = None) -> RollForward:
    names = ("opening", "brought_over", "invoices", "charges", "credits", "receipts", "refunds", "discounts",
             "differences", "written_off", "recoveries", "exchange")  # fmt: skip
    parts = {name: lines.get(name, 0) for name in names}
    return RollForward(currency, **parts, closing=sum(parts.values()), base=base)
