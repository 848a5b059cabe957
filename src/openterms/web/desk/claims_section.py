"""What a customer's page shows of plans, disputes and payments under way."""

from __future__ import annotations

from datetime import date
from typing import Any

from openterms.apps.collecting.plan.models import Plan
from openterms.apps.collecting.reported_payment.models import ReportedPayment
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.dispute.reads import open_cases

MOST_SHOWN = 4


def section(customer: Customer, on: date) -> dict[str, Any]:
    """The latest plans, the open disputes and the payments that are looked for."""
    mine = {"seller_id": customer.seller_id, "customer": customer}
    return {
        "plans": list(Plan.objects.filter(**mine).order_by("-id")[:MOST_SHOWN]),
        "cases": open_cases(customer.seller, on, customer.id)[:MOST_SHOWN],
        "payments": list(ReportedPayment.objects.filter(**mine, state="open").order_by("id")[:MOST_SHOWN]),
    }
