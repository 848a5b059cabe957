"""What a customer's page shows of its late charges."""

from __future__ import annotations

from typing import Any

from openterms.apps.collecting.late_charge.reads import charges_of
from openterms.apps.parties.models import Customer

SHOWN = 5


def section(customer: Customer) -> list[dict[str, Any]]:
    """The charges made last."""
    return charges_of(customer.seller, customer.id, limit=SHOWN)
