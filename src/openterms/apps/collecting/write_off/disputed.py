"""What a dispute gives up is a loss, posted like any other write-off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from openterms.apps.receivables.loss.actions import give_up
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.models import Seller


def post(seller: Seller, actor: Actor, parts: Mapping[UUID, int], on: date, now: datetime, reason: str) -> UUID:
    """Write off amounts of items against the allowance; the authority is the decider's, checked there.

    `allocation.reverse` of the id that this gives brings them back. No VAT is claimed: its conditions are a matter's.
    Errors: as `give_up`.
    """
    return give_up(seller, actor, parts, on, now, reason=reason)
