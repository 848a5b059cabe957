"""Take back a promise that was recorded by mistake, with the call that was logged together with it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from openterms.apps.collecting.promise.actions import withdraw
from openterms.apps.collecting.promise.models import Promise
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.models import Seller

from .actions import strike_activity
from .models import Activity


def undo_promise(
    seller: Seller, actor: Actor, promise_id: UUID, on: date, now: datetime
) -> tuple[Promise, Activity | None]:
    """Withdraw a promise and strike out its call, in one transaction with an event for each.

    That is for the day on which it was made. Later the promise alone is withdrawn: the call took place. Errors: as
    `withdraw`.
    """
    with transaction.atomic():
        made = withdraw(seller, actor, promise_id, on, now)
        call = logged_with(made) if made.made_on == on else None
        if call is not None:
            call = strike_activity(seller, actor, call.id, on, now)
    return made, call


def logged_with(made: Promise) -> Activity | None:
    """The call that was logged in the very transaction that recorded a promise, unless it was struck out already."""
    return Activity.objects.filter(
        seller_id=made.seller_id, customer_id=made.customer_id, kind=Activity.Kind.CALL, outcome="promised",
        recorded_at=made.recorded_at, struck_at__isnull=True,
    ).first()  # fmt: skip
