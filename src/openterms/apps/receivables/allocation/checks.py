"""What is refused before items are settled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from django.db.models import Sum

from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.money import format_amount
from openterms.core.base.reasons import gettext_noop
from openterms.core.base.rounding import divide
from openterms.core.receivables.allocation import discount_left
from openterms.core.receivables.kinds import ItemKind, SettlementKind

from .models import Settlement


def found(items: Mapping[UUID, Item], item_id: UUID) -> Item:
    """The item, or a refusal where the seller has none such."""
    if item_id not in items:
        raise BadInput(gettext_noop("There is no such item"), where="item")
    return items[item_id]


def check_target(credit: Item, target: Item, on: date) -> None:
    """Refuse another customer's item and a date before either exists."""
    if target.customer_id != credit.customer_id:
        raise BadInput(
            gettext_noop("%(number)s belongs to another customer"),
            where="item",
            remedy=gettext_noop("Move the money to that customer first"),
            params={"number": target.number},
        )
    for item in (credit, target):
        check_date(item, on)


def check_date(item: Item, on: date) -> None:
    """Refuse a date before the item exists."""
    if on < item.issued_on:
        raise BadInput(
            gettext_noop("%(number)s does not exist before %(day)s"),
            where="date",
            remedy=gettext_noop("Use that date or a later one"),
            params={"number": item.number, "day": item.issued_on.isoformat()},
        )


def check_discount(credit: Item, target: Item, amount_minor: int) -> None:
    """Refuse a cash discount that the terms do not give, or that this money, on its own date, came too late for.

    Credit notes reduce the discount in proportion; what was taken before counts.
    """
    left = 0
    if target.discount_on is not None and credit.kind == ItemKind.RECEIPT and credit.issued_on <= target.discount_on:
        sums = _settled(target, SettlementKind.CREDIT, SettlementKind.DISCOUNT)
        credited, taken = sums.get(SettlementKind.CREDIT, 0), sums.get(SettlementKind.DISCOUNT, 0)
        left = discount_left(target.discount_minor, target.amount_minor, credited, taken)
    if amount_minor > left:
        raise BadInput(
            gettext_noop("A discount of %(amount)s %(currency)s is not earned"),
            where="discount",
            remedy=gettext_noop("Give at most %(most)s; book a credit note for anything else"),
            params={
                "amount": format_amount(amount_minor, target.currency),
                "currency": target.currency,
                "most": format_amount(left, target.currency),
            },
        )


def check_tolerance(seller: Seller, item: Item, amount_minor: int) -> None:
    """Refuse to give up more of one item, all small differences together, than the seller's tolerance.

    The tolerance is in the seller's currency; the item is read at its own rate.
    """
    most = divide(seller.small_difference_minor * item.amount_minor, max(item.base_minor, 1))
    before = _settled(item, SettlementKind.SMALL_DIFFERENCE).get(SettlementKind.SMALL_DIFFERENCE, 0)
    if amount_minor + before > most:
        raise BadInput(
            gettext_noop("%(amount)s %(currency)s is more than a small difference"),
            where="difference",
            remedy=gettext_noop("Give at most %(most)s, or leave the rest open"),
            params={
                "amount": format_amount(amount_minor, item.currency),
                "currency": item.currency,
                "most": format_amount(max(most - before, 0), item.currency),
            },
        )


def _settled(item: Item, *kinds: SettlementKind) -> dict[SettlementKind, int]:
    rows = Settlement.objects.filter(item=item, kind__in=kinds).values_list("kind").annotate(total=Sum("amount_minor"))
    return {SettlementKind(kind): int(total) for kind, total in rows}
