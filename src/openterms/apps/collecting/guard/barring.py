"""Debts that look time-barred by their due dates alone, looked at again with what began the time anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from openterms.apps.collecting.legal.reads import restarts_of
from openterms.apps.receivables.open_item.models import DEBIT_KINDS, Item
from openterms.apps.tenancy.models import Seller
from openterms.core.receivables.limitation import limitation


def not_barred(
    seller: Seller, customer_ids: Sequence[UUID], item_ids: Sequence[UUID], on: date, *, is_any: bool
) -> set[UUID]:
    """Of these customers those whose debts can be sued for after all: a payment, an acknowledgement or a demand in
    writing came in time.

    With `is_any` one barred item is enough to bar; otherwise one that is not barred is enough to be free.
    """
    if not customer_ids:
        return set()
    items = Item.objects.filter(
        seller=seller, customer_id__in=list(customer_ids), kind__in=DEBIT_KINDS, open_minor__gt=0
    ).select_related("customer")
    items = items.filter(id__in=list(item_ids)) if item_ids else items
    chosen = list(items)
    restarts = restarts_of(seller, [one.id for one in chosen])
    free: dict[UUID, list[bool]] = {}
    for one in chosen:
        owner = one.customer
        found = limitation(
            owner.country, one.due_on, on, restarts.get(one.id, ()), is_consumer=owner.is_sole_trader
        )
        free.setdefault(one.customer_id, []).append(found is None or found.last_day >= on)
    return {key for key, each in free.items() if (all(each) if is_any else any(each))}
