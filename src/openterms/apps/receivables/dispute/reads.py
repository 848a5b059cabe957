"""Dispute cases as pages show them, and what disputes come from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from openterms.apps.tenancy.models import Membership, Seller, User
from openterms.apps.tenancy.sql import rows
from openterms.core.receivables.disputes import OPEN_STATES, ROUTES, RUNNING_STATES, is_late

from .cases import HANDLERS
from .models import DisputeCase, DisputeReason, DisputeRoute

MOST_SHOWN = 200
CAUSES_BY = ("reason", "department", "customer", "month")
_BY = {
    "reason": "d.reason::text",
    "department": "d.department::text",
    "customer": "c.number::text",
    "month": "to_char(d.opened_on, 'YYYY-MM')",
}


def open_cases(seller: Seller, as_of: date, customer_id: UUID | None = None) -> list[DisputeCase]:
    """Cases that wait for a decision, those past their clock first, each with `is_late`."""
    found = DisputeCase.objects.filter(seller=seller, state__in=OPEN_STATES).select_related("customer", "owner")
    if customer_id is not None:
        found = found.filter(customer_id=customer_id)
    cases = list(found.order_by("due_on", "id")[:MOST_SHOWN])
    for case in cases:
        case.is_late = is_late(case.state, case.due_on, as_of)  # type: ignore[attr-defined]
    return sorted(cases, key=lambda case: (not case.is_late, case.due_on))  # type: ignore[attr-defined]


def late_cases(seller: Seller, as_of: date, whose: Sequence[UUID] | None = None) -> QuerySet[DisputeCase]:
    """Cases past their clock, the latest first: work of the day for whoever has to decide them.

    `whose` narrows to the cases of these people, and to those of nobody about their customers.
    """
    found = DisputeCase.objects.filter(seller=seller, state__in=RUNNING_STATES, due_on__lt=as_of)
    if whose is not None:
        theirs = Q(owner__in=whose) | Q(owner=None, customer__collector__in=whose)
        found = found.filter(theirs)
    return found.select_related("customer", "owner").order_by("due_on", "id")


def routes(seller: Seller) -> list[dict[str, Any]]:
    """Who answers each reason, in the order of the catalogue: `reason`, `department`, `business_days`, `owner` (or
    None), and whether it is the seller's own route (`is_own`) or the usual one."""
    own = {one.reason: one for one in DisputeRoute.objects.filter(seller=seller).select_related("owner")}
    found = []
    for reason in DisputeReason.values:
        kept, usual = own.get(reason), ROUTES[reason]
        found.append({
            "reason": reason, "department": kept.department if kept else usual.department,
            "business_days": kept.business_days if kept else usual.business_days,
            "owner": kept.owner if kept else None, "is_own": kept is not None,
        })  # fmt: skip
    return found


def handlers(seller: Seller) -> list[User]:
    """Who may be given a case at a seller, by name."""
    members = Membership.objects.filter(seller=seller, is_active=True, role__in=HANDLERS)
    return list(User.objects.filter(id__in=members.values("user_id")).order_by("name", "id"))


def causes(seller: Seller, first: date, last: date, by: str = "reason") -> list[dict[str, Any]]:
    """What disputes opened in some days come from, a row for each cause and currency, the largest amount first.

    `count`, `amount_minor`, `decided` of them, `upheld_minor`, `upheld_bp` (of the amount decided; null where nothing
    was) and `days_to_decide_c` (mean, hundredths of a day; null likewise). What was recorded by mistake is left out.
    """
    return rows(
        f"SELECT {_BY[by]} AS cause, d.currency, count(*)::int AS count, sum(d.amount_minor)::bigint AS amount_minor,"
        " count(d.decided_on)::int AS decided, sum(d.upheld_minor)::bigint AS upheld_minor,"
        " round(10000 * sum(d.upheld_minor) FILTER (WHERE d.decided_on IS NOT NULL)"
        "  / nullif(sum(d.amount_minor) FILTER (WHERE d.decided_on IS NOT NULL), 0))::int AS upheld_bp,"
        " round(100 * avg(d.decided_on - d.opened_on))::int AS days_to_decide_c"
        " FROM receivables_disputecase d JOIN parties_customer c ON c.id = d.customer_id"
        " WHERE d.seller_id = %(seller)s AND d.opened_on BETWEEN %(first)s AND %(last)s"
        " AND d.resolution <> 'withdrawn' GROUP BY 1, 2 ORDER BY 4 DESC, 1, 2",
        {"seller": seller.id, "first": first, "last": last},
    )
