"""Cover in force on a day: as lists, as facts of a decision, and beside the exposure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db.models import Q

from openterms.apps.parties.models import Customer
from openterms.apps.receivables.ledger.reads import base_rate
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.money import convert
from openterms.core.credit import cover as core
from openterms.core.credit.cover import Covered, covered

from .models import Cover

SOURCE = "cover"


def covers(seller: Seller, customer: Customer, on: date | None = None) -> list[Cover]:
    """A customer's cover, all of it (`on` None) or what holds on a day, the one that lapses first first."""
    found = Cover.objects.filter(seller=seller, customer=customer).select_related("document", "actor")
    if on is not None:
        found = found.filter(valid_from__lte=on).filter(Q(valid_until__isnull=True) | Q(valid_until__gte=on))
        found = found.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=on))
    return sorted(found, key=lambda one: (one.valid_until or date.max, one.id))


def beside(seller: Seller, customer: Customer, currency: str, exposure_minor: int, on: date) -> Covered:
    """What of an exposure in a currency is covered on a day, by the covers in all currencies at the day's rates.

    Deposits count in their own currency only, as they do for orders. `exposure_minor` is before deposits. Errors: no
    exchange rate for the currency of a cover.
    """
    return covered(exposure_minor, in_currency(seller, covers(seller, customer, on), currency, on))


def in_currency(seller: Seller, several: Iterable[Cover], currency: str, on: date) -> list[core.Cover]:
    """The core's values of covers, amounts at the day's rates. Errors: no rate is known."""
    found = []
    for one in several:
        minor = one.amount_minor
        if one.currency != currency:
            if one.kind == core.DEPOSIT:
                continue
            rate = Decimal(base_rate(seller, one.currency, on).per_unit) / Decimal(
                base_rate(seller, currency, on).per_unit
            )
            minor = convert(minor, one.currency, currency, rate)
        found.append(core.Cover(one.kind, minor, one.share_bp))
    return found


def facts_from_cover(
    seller: Seller, customer: Customer, currency: str, exposure_minor: int | None, on: date
) -> dict[str, tuple[int, date]]:
    """Facts of a decision: name -> (value in minor units of the currency, day since which the newest of them holds).

    `deposit_minor`, `guarantee_minor` and `insurer_limit_minor` are there only where there is such a cover; nothing
    insured at all is not an insured limit of zero. `covered_minor` and `uncovered_minor` are of the exposure now. All
    are left out where an exchange rate is missing.
    """
    several = covers(seller, customer, on)
    if not several:
        return {}
    try:
        known = in_currency(seller, several, currency, on)
    except BadInput:
        return {}
    found = {}
    names = {core.DEPOSIT: "deposit_minor", core.GUARANTEE: "guarantee_minor", core.INSURED: "insurer_limit_minor"}
    for kind, name in names.items():
        if any(one.kind == kind for one in known):
            since = max(one.valid_from for one in several if one.kind == kind)
            found[name] = (sum(one.amount_minor for one in known if one.kind == kind), since)
    if exposure_minor is not None:
        newest = max(one.valid_from for one in several)
        sums = covered(exposure_minor, known)
        found["covered_minor"] = (sums.covered_minor, newest)
        found["uncovered_minor"] = (sums.uncovered_minor, newest)
    return found
