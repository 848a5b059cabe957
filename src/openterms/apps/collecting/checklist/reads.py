"""The last answers to the six checks, and whether they are fresh enough to escalate on."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from openterms.apps.tenancy.models import Seller
from openterms.core.base.reasons import Reason
from openterms.core.collecting.checks import CHECKS_MISSING, VALID_DAYS

from .models import SixChecks


def latest(seller: Seller, customer_id: UUID, on: date) -> SixChecks | None:
    """The last answers about a customer by a day."""
    found = SixChecks.objects.filter(
        seller=seller, customer_id=customer_id, answered_on__lte=on
    ).select_related("answered_by")  # fmt: skip
    return found.order_by("-answered_on", "-id").first()


def against_escalating(seller: Seller, customer_id: UUID, on: date) -> Reason | None:
    """Why a customer is not to be escalated yet: the six checks have no answers of the last 30 days. None: it may."""
    since = on - timedelta(days=VALID_DAYS)
    fresh = SixChecks.objects.filter(
        seller=seller, customer_id=customer_id, answered_on__gt=since, answered_on__lte=on
    )
    return None if fresh.exists() else CHECKS_MISSING.given(days=VALID_DAYS)
