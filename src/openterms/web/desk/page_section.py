"""What a customer's page shows of its personal page: links, what readers did, what they ask for."""

from __future__ import annotations

from typing import Any

from openterms.apps.messaging.page import reads
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy import clock


def section(customer: Customer) -> dict[str, Any]:
    """The links that open it, the latest touches and the open requests."""
    links, count = reads.links_of(customer.seller, customer.id, clock.now())
    return {
        "links": links, "more": count - len(links), "touches": reads.touches_of(customer.seller, customer.id),
        "requests": reads.open_requests(customer.seller, customer.id),
    }  # fmt: skip
