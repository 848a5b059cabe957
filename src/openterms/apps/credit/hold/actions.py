"""Place and lift holds by hand."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction

from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop

from .models import Hold


def place_hold(seller: Seller, actor: Actor, customer: Customer, reason: str, on: date, now: datetime) -> Hold:
    """Stop new orders of a customer. Errors: held already, no reason."""
    if not reason.strip():
        raise BadInput(gettext_noop("The reason is empty"), "reason", gettext_noop("Say why orders stop"))
    with transaction.atomic():
        try:
            with transaction.atomic():
                hold = Hold.objects.create(
                    seller=seller, customer=customer, reason=reason.strip(), placed_on=on, placed_by_id=actor.user_id
                )
        except IntegrityError as error:
            raise BadInput(gettext_noop("This customer is on hold already"), "customer") from error
        record(seller.id, actor, "hold_placed", "hold", hold.id, now, customer.id, {"reason": hold.reason})
    return hold


def lift_hold(seller: Seller, actor: Actor, customer: Customer, on: date, now: datetime) -> Hold:
    """Let the customer order again."""
    with transaction.atomic():
        hold = Hold.objects.select_for_update().filter(
            seller=seller, customer=customer, cause="manual", lifted_on__isnull=True
        ).first()  # fmt: skip
        if hold is None:
            raise BadInput(gettext_noop("This customer is not on hold"), "customer")
        hold.lifted_on, hold.lifted_by_id = on, actor.user_id
        hold.save(update_fields=["lifted_on", "lifted_by"])
        record(seller.id, actor, "hold_lifted", "hold", hold.id, now, customer.id, {})
    return hold
