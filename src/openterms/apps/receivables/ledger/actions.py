"""Set exchange rates and lock periods."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction

from openterms.apps.journal.actions import record
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.money import exponent
from openterms.core.base.reasons import gettext_noop

from .models import Rate

RATE_PLACES = 10
MOST_RATE = Decimal(10) ** 10


def set_rate(
    seller: Seller, actor: Actor, currency: str, base_per_unit: Decimal, valid_from: date, now: datetime
) -> Rate:
    """Say what one unit of a currency is worth in the seller's currency from a day on.

    What is posted keeps the rate it was posted at. The same rate again changes nothing; another one for the same day is
    a correction for postings to come. Errors: not positive, too many digits, the seller's own or an unknown currency.
    """
    currency = currency.upper()
    exponent(currency)
    if currency == seller.currency:
        raise BadInput(
            gettext_noop("%(currency)s is the seller's own currency"), "currency",
            gettext_noop("Give another currency"), {"currency": currency},
        )  # fmt: skip
    finite = base_per_unit.is_finite()
    if not finite or not 0 < base_per_unit < MOST_RATE or base_per_unit != round(base_per_unit, RATE_PLACES):
        raise BadInput(
            gettext_noop("%(rate)s is not a rate"),
            where="rate",
            remedy=gettext_noop("Give the price of one %(currency)s in %(base)s with at most %(places)s decimals"),
            params={"rate": str(base_per_unit), "currency": currency, "base": seller.currency, "places": RATE_PLACES},
        )
    with transaction.atomic():
        before = Rate.objects.filter(seller=seller, currency=currency, valid_from=valid_from).order_by(
            "-recorded_at", "-id"
        ).first()  # fmt: skip
        if before is not None and before.base_per_unit == base_per_unit:
            return before
        rate = Rate.objects.create(seller=seller, currency=currency, valid_from=valid_from, base_per_unit=base_per_unit)
        record(
            seller.id, actor, "rate_set", "rate", rate.id, now, None,
            {"currency": currency, "valid_from": valid_from.isoformat(), "rate": format(base_per_unit, "f"),
             "before": format(before.base_per_unit, "f") if before else None},
        )  # fmt: skip
    return rate


def lock_period(seller: Seller, actor: Actor, through: date | None, now: datetime, reason: str = "") -> Seller:
    """Close the books through a day: nothing may be posted on or before it. `None` opens them whole.

    Waits for postings that are under way. Errors: a day that has not ended, moving the lock back without a reason.
    """
    with transaction.atomic():
        with locking(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('period:' || %s, 0))", [str(seller.id)])
        current = Seller.objects.get(id=seller.id)
        before = current.locked_through
        if through == before:
            return current
        if through is not None and through >= local_date(now, current.timezone):
            raise BadInput(
                gettext_noop("%(day)s has not ended"), "through", gettext_noop("Give a day before today"),
                {"day": through.isoformat()},
            )  # fmt: skip
        if before is not None and (through is None or through < before) and not reason.strip():
            raise BadInput(
                gettext_noop("The books are locked through %(day)s"),
                where="reason",
                remedy=gettext_noop("Say why a closed period is opened again"),
                params={"day": before.isoformat()},
            )
        current.locked_through = through
        current.save(update_fields=["locked_through"])
        record(
            seller.id, actor, "period_locked", "seller", seller.id, now, None,
            {"before": before.isoformat() if before else None, "through": through.isoformat() if through else None,
             "reason": reason.strip()},
        )  # fmt: skip
    seller.locked_through = through
    return current


def fold_days() -> int:
    """Make one row of each account's day of the rows that connections have added to; returns how many were taken up.

    Of the seller whose context is in force. The sums stay what they are; what another transaction is adding to waits
    for the next time.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT receivables_fold_days()")
        return int(cursor.fetchone()[0])
