"""Promises as the API and the command line show them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from openterms.apps.tenancy.models import Seller

from .models import Promise, PromiseItem

MOST_SHOWN = 100


def promises_of(seller: Seller, customer_id: UUID | None = None, state: str = "") -> list[dict[str, Any]]:
    """Promises with their lines, the latest first; at most 100."""
    found = Promise.objects.filter(seller=seller).select_related("customer").order_by("-id")
    if customer_id is not None:
        found = found.filter(customer_id=customer_id)
    made = list((found.filter(state=state) if state else found)[:MOST_SHOWN])
    parts: dict[UUID, list[PromiseItem]] = {}
    for part in PromiseItem.objects.filter(promise_id__in=[one.id for one in made]).select_related("item"):
        parts.setdefault(part.promise_id, []).append(part)
    return [{"promise": one, "lines": parts.get(one.id, [])} for one in made]
