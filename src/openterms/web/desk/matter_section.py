"""What a customer's page shows of its escalations."""

from __future__ import annotations

from typing import Any

from openterms.apps.collecting.escalation.models import Matter, MatterKind
from openterms.apps.parties.models import Customer

MOST_SHOWN = 8


def section(customer: Customer) -> dict[str, Any]:
    """The latest matters of a customer, and what may be begun."""
    found = Matter.objects.filter(seller_id=customer.seller_id, customer=customer).order_by("-opened_on", "-id")
    return {"rows": list(found[:MOST_SHOWN]), "kinds": MatterKind.choices}
