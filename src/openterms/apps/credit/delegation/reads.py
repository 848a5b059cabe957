"""Which authority is held for others on a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from openterms.apps.tenancy.models import Seller

from .models import Delegation


def _in_force(seller: Seller, on: date) -> QuerySet[Delegation]:
    found = Delegation.objects.filter(seller=seller, first__lte=on, last__gte=on, ended_at__isnull=True)
    return found.select_related("giver", "holder")


def held_by(seller: Seller, holder_id: UUID | None, on: date) -> Sequence[Delegation]:
    """The delegations that a person holds on a day, in the order in which they were given."""
    return list(_in_force(seller, on).filter(holder_id=holder_id).order_by("id")) if holder_id else []


def stands_in_for(seller: Seller, giver_id: UUID, on: date) -> Delegation | None:
    """The delegation by which somebody stands in for a person on a day; None where the person is there."""
    return _in_force(seller, on).filter(giver_id=giver_id).first()


def delegations(seller: Seller, on: date, most: int = 200) -> Sequence[Delegation]:
    """Those in force and to come on a day, then past ones, the latest first."""
    found = Delegation.objects.filter(seller=seller).select_related("giver", "holder", "given_by", "ended_by")
    several = list(found.order_by("-last", "-id")[:most])
    return sorted(several, key=lambda one: one.ended_at is not None or one.last < on)
