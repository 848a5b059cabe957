"""A group's line, what its customers could cost together, and what is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from openterms.apps.parties.models import Customer, Group
from openterms.apps.receivables.ledger.reads import base_rate
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import rows
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.credit.exposure import NO_LIMIT, Foreign, Headroom, Limit, counted, headroom

from .models import GroupLine, GroupLineChange

EXPOSED = """
SELECT e.customer_id, e.currency, e.exposure_minor, e.held_minor, c.name, c.number, l.limit_minor, l.is_unlimited
FROM credit_group_exposed(%(group)s, %(now)s, %(on)s) e
JOIN parties_customer c ON c.seller_id = %(seller)s AND c.id = e.customer_id
LEFT JOIN credit_line l ON l.seller_id = %(seller)s AND l.customer_id = e.customer_id AND l.currency = e.currency
WHERE e.exposure_minor > 0 OR l.limit_minor IS NOT NULL
ORDER BY e.exposure_minor DESC, c.search_name, e.currency
"""


@dataclass(frozen=True)
class GroupView:
    """A group's line as pages show it: `members` with what each could cost and `counted_minor` in the line's currency,
    margins for rates included; `fault` where a rate is missing, and then no headroom."""

    group: Group
    line: GroupLine | None
    currency: str
    members: list[dict[str, Any]]
    headroom: Headroom | None
    fault: BadInput | None
    changes: list[GroupLineChange]


def group_view(seller: Seller, group: Group, on: date, now: datetime) -> GroupView:
    """All that is known of a group's line. Minor units."""
    line = GroupLine.objects.filter(seller=seller, group=group).first()
    currency = line.currency if line else seller.currency
    members = rows(EXPOSED, {"group": group.id, "now": now, "on": on, "seller": seller.id})
    room, fault = None, None
    try:
        own, foreign = 0, []
        for one in members:
            one["counted_minor"] = one["exposure_minor"]
            if one["currency"] == currency:
                own += one["exposure_minor"]
                continue
            rate = Decimal(base_rate(seller, one["currency"], on).per_unit) / Decimal(
                base_rate(seller, currency, on).per_unit
            )
            foreign.append(Foreign(one["currency"], one["exposure_minor"], rate))
            one["counted_minor"] = counted(one["exposure_minor"], one["currency"], currency, rate)
        limit = Limit(line.limit_minor) if line and line.limit_minor is not None else NO_LIMIT
        room = headroom(limit, own, currency, foreign)
    except BadInput as error:
        fault = error
    changes = GroupLineChange.objects.filter(seller=seller, line__group=group).select_related("actor")
    return GroupView(group, line, currency, members, room, fault, list(changes.order_by("-id")[:8]))


def find_group(seller: Seller, name: str) -> Group:
    """A group by code or id. Errors: the seller has none such."""
    groups = Group.objects.filter(seller=seller)
    found = groups.filter(code=name).first()
    if found is None:
        try:
            found = groups.filter(id=UUID(name)).first()
        except ValueError:
            found = None
    if found is None:
        raise BadInput(
            gettext_noop("There is no group %(name)s"), "group", gettext_noop("Give the group's code"), {"name": name}
        )
    return found


def members_told(change: GroupLineChange) -> list[Customer]:
    """The members to whom a notice of a change is addressed, by number; those who were of the group when it was made,
    as far as they are still customers."""
    return list(Customer.objects.filter(seller_id=change.seller_id, id__in=change.told).order_by("number", "id"))


def group_line_of(seller: Seller, customer: Customer) -> GroupLine | None:
    """The line of a customer's group; None where it has none with a limit."""
    if customer.group_id is None:
        return None
    found = GroupLine.objects.filter(seller=seller, group_id=customer.group_id, limit_minor__isnull=False)
    return found.select_related("group").first()
