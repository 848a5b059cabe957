"""Open and close disputes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from openterms.apps.journal.actions import record
from openterms.apps.receivables.claim import actions as claims
from openterms.apps.receivables.open_item.locking import lock_items
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop

from .cases import Line, Raised, State, open_case
from .models import WITHDRAWN, Dispute, DisputeCase


def open_dispute(
    seller: Seller,
    actor: Actor,
    item_id: UUID,
    amount_minor: int,
    reason: str,
    on: date,
    now: datetime,
    note: str = "",
    file_ids: Sequence[UUID] = (),
) -> Dispute:
    """Record that the customer contests an amount of an item, with evidence that is kept with the customer.

    Errors: more than is open and not yet contested, another customer's file.
    """
    with transaction.atomic():
        item = Item.objects.filter(seller=seller, id=item_id).select_related("customer").first()
        if item is None:
            raise BadInput(gettext_noop("There is no such item"), where="item")
        raised = Raised(reason=reason, note=note, file_ids=file_ids)
        case = open_case(seller, actor, item.customer, [Line(item_id, amount_minor)], raised, on, now)
        dispute = case.lines.get()
        record(
            seller.id, actor, "dispute_opened", "dispute", dispute.id, now, item.customer_id,
            {"number": item.number, "amount_minor": amount_minor, "currency": item.currency, "reason": reason,
             "note": note},
        )  # fmt: skip
    return dispute


def close_dispute(
    seller: Seller, actor: Actor, dispute_id: UUID, outcome: str, on: date, now: datetime, note: str = ""
) -> Dispute:
    """Decide a dispute. What was contested may be chased again from that day; a credit note is booked apart."""
    with transaction.atomic():
        seen = Dispute.objects.filter(seller=seller, id=dispute_id).first()
        if seen is not None:
            lock_items(seller, [seen.item_id])
        dispute = Dispute.objects.select_for_update().filter(seller=seller, id=dispute_id).first()
        if dispute is None or dispute.closed_on is not None:
            raise BadInput(gettext_noop("This dispute is not open"), where="dispute")
        if outcome not in Dispute.Outcome.values or on < dispute.opened_on:
            raise BadInput(
                gettext_noop("A dispute ends as one of: %(outcomes)s, on or after the day it was opened"),
                where="outcome",
                params={"outcomes": ", ".join(Dispute.Outcome.values)},
            )
        dispute.closed_on, dispute.outcome = on, outcome
        dispute.save(update_fields=["closed_on", "outcome"])
        claims.end([dispute.id], on, now)
        _follow([dispute.case_id], outcome, on)
        record(
            seller.id, actor, "dispute_closed", "dispute", dispute.id, now, dispute.customer_id,
            {"outcome": outcome, "note": note},
        )  # fmt: skip
    return dispute


def withdraw_disputes(
    seller: Seller, actor: Actor, dispute_ids: Sequence[UUID], on: date, now: datetime
) -> list[Dispute]:
    """Take back disputes that were recorded by mistake, as of the day they were opened: nothing was ever contested.

    Only on that day; whoever comes later decides them. Errors: one that is not open, or was opened on another day.
    """
    with transaction.atomic():
        seen = Dispute.objects.filter(seller=seller, id__in=dispute_ids)
        lock_items(seller, list(seen.values_list("item_id", flat=True)))
        found = list(seen.select_for_update().order_by("id"))
        if not found or len(found) < len(set(dispute_ids)) or any(one.closed_on is not None for one in found):
            raise BadInput(gettext_noop("This dispute is not open"), where="dispute")
        if any(one.opened_on != on for one in found):
            raise BadInput(
                gettext_noop("A dispute is withdrawn on the day it was recorded alone"),
                where="dispute",
                remedy=gettext_noop("Decide it instead"),
            )
        claims.end([one.id for one in found], on, now)
        for one in found:
            one.closed_on, one.outcome = one.opened_on, WITHDRAWN
            one.save(update_fields=["closed_on", "outcome"])
            _follow([one.case_id], WITHDRAWN, on)
            record(
                seller.id, actor, "dispute_withdrawn", "dispute", one.id, now, one.customer_id,
                {"amount_minor": one.amount_minor, "currency": one.currency, "reason": one.reason},
            )  # fmt: skip
    return found


def _follow(case_ids: Sequence[UUID | None], outcome: str, on: date) -> None:
    """A case whose last line was decided by itself is decided too; its credit note is booked apart."""
    resolution = {"rejected": "rejected", WITHDRAWN: "withdrawn", "settled": "settled"}.get(outcome, "credit_note")
    state = State.CLOSED if outcome == WITHDRAWN else State.DECIDED
    for case in DisputeCase.objects.select_for_update().filter(id__in=[one for one in case_ids if one]):
        if not case.lines.filter(closed_on__isnull=True).exists():
            case.state, case.state_on, case.decided_on, case.resolution = state, on, on, resolution
            case.waiting_since = None
            case.upheld_minor = case.amount_minor if outcome == "upheld" else case.upheld_minor
            case.save(update_fields=DisputeCase.MOVING)


def recorded_together(seller: Seller, dispute_id: UUID) -> list[UUID]:
    """The open disputes that were recorded in the same act as one, itself included."""
    instant = Dispute.objects.filter(seller=seller, id=dispute_id).values("recorded_at", "customer_id").first()
    if instant is None:
        return []
    return list(Dispute.objects.filter(seller=seller, closed_on__isnull=True, **instant).values_list("id", flat=True))
