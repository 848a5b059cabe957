"""Dispute cases as pages show them, and what disputes come from."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import rows
from openterms.core.receivables.disputes import OPEN_STATES, is_late

from .models import DisputeCase

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


def late_cases(seller: Seller, as_of: date) -> int:
    """How many cases are past their clock."""
    return DisputeCase.objects.filter(seller=seller, state__in=["received", "investigating"], due_on__lt=as_of).count()


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
