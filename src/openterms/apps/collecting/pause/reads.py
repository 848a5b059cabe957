"""Which pauses hold of customers and items on a day, and which consents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, QuerySet

from openterms.apps.tenancy.models import Seller

from .models import Consent, Pause


class Held(NamedTuple):
    """What pauses hold of a customer: all of it, for hardship, and the items that a pause is for."""

    paused: bool = False
    hardship: bool = False
    items: frozenset[UUID] = frozenset()


FREE = Held()


def holding(seller: Seller, on: date) -> QuerySet[Pause]:
    """The pauses of a seller that hold on a day."""
    return Pause.objects.filter(seller=seller, starts_on__lte=on, until__gte=on).filter(
        Q(ended_on__isnull=True) | Q(ended_on__gt=on)
    )


def held(seller: Seller, customer_ids: Sequence[UUID], on: date) -> dict[UUID, Held]:
    """What pauses hold of customers on a day; those that none holds are left out."""
    found: dict[UUID, Held] = {}
    several = holding(seller, on).filter(customer_id__in=list(customer_ids))
    named = several.annotate(item_ids=ArrayAgg("pauseitem__item_id", filter=Q(pauseitem__isnull=False), default=[]))
    for customer_id, kind, items in named.values_list("customer_id", "kind", "item_ids"):
        was = found.get(customer_id, FREE)
        if items:
            found[customer_id] = was._replace(items=was.items | frozenset(items))
        else:
            found[customer_id] = was._replace(paused=True, hardship=was.hardship or kind == Pause.Kind.HARDSHIP)
    return found


def pauses_of(seller: Seller, customer_id: UUID, on: date) -> list[Pause]:
    """The pauses of a customer that hold on a day, the longest first, each with how many items it is for."""
    several = holding(seller, on).filter(customer_id=customer_id)
    counted = several.annotate(item_ids=ArrayAgg("pauseitem__item_id", filter=Q(pauseitem__isnull=False), default=[]))
    return list(counted.order_by("-until", "id"))


def consents_of(seller: Seller, customer_id: UUID) -> list[Consent]:
    """A customer's consents, those that hold first, then the latest."""
    found = Consent.objects.filter(seller=seller, customer_id=customer_id).select_related("contact")
    return sorted(found.order_by("-given_on", "-id"), key=lambda one: one.withdrawn_on is not None)


def consenting(
    seller: Seller, customer_ids: Sequence[UUID], channel: str, on: date, contact_id: UUID | None = None
) -> set[UUID]:
    """Those of the customers of whom somebody (or one contact) agreed to a channel by a day."""
    several = Consent.objects.filter(
        seller=seller, customer_id__in=list(customer_ids), channel=channel, given_on__lte=on,
        contact__is_active=True, contact__do_not_contact=False,
    ).filter(Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gt=on))  # fmt: skip
    if contact_id is not None:
        several = several.filter(contact_id=contact_id)
    return set(several.values_list("customer_id", flat=True))
