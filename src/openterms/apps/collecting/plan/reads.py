"""Plans as pages, the API and the command line show them."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from openterms.apps.tenancy.models import Seller

from .models import Plan
from .running import paid

MOST_SHOWN = 50


def plans_of(seller: Seller, customer_id: UUID | None = None, state: str = "") -> list[Plan]:
    """Plans, the latest first, of a customer or of all; at most 50."""
    found = Plan.objects.filter(seller=seller).select_related("customer").order_by("-id")
    if customer_id is not None:
        found = found.filter(customer_id=customer_id)
    return list((found.filter(state=state) if state else found)[:MOST_SHOWN])


def plan_rows(plan: Plan, as_of: date) -> list[dict[str, Any]]:
    """The instalments of a plan in order, each with what came in for it by a day: money meets the earliest first."""
    left, rows = (paid([plan.id], as_of).get(plan.id, 0) if plan.accepted_on else 0), []
    for one in plan.instalments.order_by("number"):
        met = min(left, one.amount_minor)
        left -= met
        rows.append(
            {
                "number": one.number, "due_on": one.due_on, "amount_minor": one.amount_minor,
                "interest_minor": one.interest_minor, "paid_minor": met, "open_minor": one.amount_minor - met,
                "is_overdue": met < one.amount_minor and one.due_on < as_of and plan.state == Plan.State.RUNNING,
            }
        )  # fmt: skip
    return rows
