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


def base_rate(seller: Seller, currency: str, on: date) -> BaseRate:
    """The rate into the seller's currency that holds on a day. Errors: none is on record for that day."""
    if currency == seller.currency:
        return BaseRate.same(currency)
    rate = (
        Rate.objects.filter(seller=seller, currency=currency, valid_from__lte=on)
        .order_by("-valid_from")
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


def refuse_locked(seller: Seller, posted_on: date) -> None:
    """Refuse a date in a locked period."""
    if seller.locked_through is not None and posted_on <= seller.locked_through:
        raise BadInput(
            gettext_noop("%(day)s lies in a locked period"),
            where="date",
            remedy=gettext_noop("Use a date after %(locked)s"),
            params={"day": posted_on.isoformat(), "locked": seller.locked_through.isoformat()},
        )


@dataclass(frozen=True)
class Balance:
    """The control accounts and unapplied cash in one currency: minor units, debit positive."""

    currency: str
    receivable_minor: int
    unapplied_cash_minor: int
    base_receivable_minor: int


def control_balances(seller_id: UUID, as_of: date, known_at: datetime | None = None) -> dict[str, Balance]:
    """Balances by currency of what is posted on or before a day and learnt by an instant."""
    with connection.cursor() as cursor:
        known = "" if known_at is None else " AND e.recorded_at <= %(known_at)s"
        join = "" if known_at is None else " JOIN receivables_entry e ON e.id = p.entry_id"
        cursor.execute(
            "SELECT p.currency, coalesce(sum(p.amount_minor) FILTER (WHERE p.account = ANY(%(control)s)), 0),"
            " coalesce(sum(p.amount_minor) FILTER (WHERE p.account = 'unapplied_cash'), 0),"
            " coalesce(sum(p.base_minor) FILTER (WHERE p.account = ANY(%(control)s)), 0)"
            f" FROM receivables_posting p{join} WHERE p.seller_id = %(seller)s AND p.posted_on <= %(as_of)s{known}"
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
