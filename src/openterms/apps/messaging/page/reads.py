"""Links, touches and requests of personal pages, as the desk shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max

from openterms.apps.tenancy.models import Seller

from .models import PageLink, PageRequest, PageTouch

MOST_LINKS = 5
MOST_TOUCHES = 8
MOST_REQUESTS = 100


def links_of(seller: Seller, customer_id: UUID, now: datetime, limit: int = MOST_LINKS) -> tuple[list[PageLink], int]:
    """The links of a customer that open its page, the latest first, each with when it was last used; and how many."""
    running = PageLink.objects.filter(seller=seller, customer_id=customer_id, revoked_at=None, expires_at__gt=now)
    shown = running.select_related("contact").annotate(used_at=Max("pagetouch__at")).order_by("-id")
    return list(shown[:limit]), running.count()


def touches_of(
    seller: Seller, customer_id: UUID, limit: int = MOST_TOUCHES, kinds: tuple[str, ...] = ()
) -> list[PageTouch]:
    """What readers of a customer's page did, the latest first; of some kinds alone where they are named."""
    found = PageTouch.objects.filter(seller=seller, customer_id=customer_id).select_related("contact")
    return list((found.filter(kind__in=kinds) if kinds else found).order_by("-at")[:limit])


def open_requests(
    seller: Seller, customer_id: UUID | None = None, limit: int = MOST_REQUESTS
) -> list[dict[str, Any]]:
    """Requests that wait for an answer, the oldest first, with customer and contact: of everybody, or of one."""
    waiting = PageRequest.objects.filter(seller=seller, done_at=None)
    if customer_id is not None:
        waiting = waiting.filter(customer_id=customer_id)
    return [
        {"request": one, "customer": one.customer, "contact": one.contact}
        for one in waiting.select_related("customer", "contact").order_by("id")[:limit]
    ]


def waiting(seller: Seller) -> int:
    """How many requests wait for an answer."""
    return PageRequest.objects.filter(seller=seller, done_at=None).count()
