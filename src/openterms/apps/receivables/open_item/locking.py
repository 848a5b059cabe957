"""Lock what gets scarcer: an item's open amount."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller

from .models import Item


def lock_items(seller: Seller, ids: Sequence[UUID]) -> dict[UUID, Item]:
    """The items, locked in order of id; answers "busy, try again" after three seconds.

    Items that the seller does not have are left out.
    """
    with locking():
        found = Item.objects.select_for_update().filter(seller=seller, id__in=ids).order_by("id")
        return {item.id: item for item in found}
