"""The journal as people read it: its events newest first, and how far the chain is sealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from openterms.apps.tenancy.models import Seller

from .models import Event, Seal

MOST_COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are wanted; an empty field narrows nothing. `since` and `before` bound the instant of the action."""

    kind: str = ""
    customer_id: UUID | None = None
    actor_id: UUID | None = None
    since: datetime | None = None
    before: datetime | None = None


def events(seller: Seller, wanted: EventFilter, after: UUID | None, limit: int) -> Sequence[Event]:
    """Events newest first, from after an event's id on."""
    found = Event.objects.filter(seller=seller)
    if after is not None:
        found = found.filter(id__lt=after)
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    if wanted.customer_id is not None:
        found = found.filter(customer_id=wanted.customer_id)
    if wanted.actor_id is not None:
        found = found.filter(actor_id=wanted.actor_id)
    if wanted.since is not None:
        found = found.filter(at__gte=wanted.since)
    if wanted.before is not None:
        found = found.filter(at__lt=wanted.before)
    return list(found.order_by("-id")[:limit])


@dataclass(frozen=True, slots=True)
class Chain:
    """How far the chain reaches: its last link, the event it seals, and how many events wait (up to a thousand)."""

    links: int
    event: Event | None
    sealed_at: datetime | None
    waiting: int


def chain(seller: Seller) -> Chain:
    """The state of the seller's chain, cheaply: the newest events are looked at, the chain itself is not recomputed."""
    last = Seal.objects.filter(seller=seller).order_by("-number").first()
    newest = list(Event.objects.filter(seller=seller).order_by("-id").values_list("id", flat=True)[:MOST_COUNTED])
    sealed = set(Seal.objects.filter(event_id__in=newest).values_list("event_id", flat=True))
    event = Event.objects.filter(id=last.event_id).first() if last else None
    return Chain(last.number if last else 0, event, last.recorded_at if last else None, len(newest) - len(sealed))
