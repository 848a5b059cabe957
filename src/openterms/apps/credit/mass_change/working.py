"""Changes of very many lines, by the worker: looked at, and done, a few at a time, each few in one transaction.

Each line is changed wholly or not at all, by itself, as for a few lines. What was done stays done: broken off, the work
goes on where it stopped. Until its first line is tried, a change can be cancelled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q

from openterms.apps.credit.line.actions import refuse_role
from openterms.apps.journal.actions import record
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.context import acting
from openterms.apps.tenancy.models import Membership, Seller
from openterms.core.base.errors import Refused
from openterms.core.base.reasons import Reason, gettext_noop

from .actions import (
    NOT_LOOKED_AT,
    Target,
    Wanted,
    fault_of,
    finish,
    kept,
    locked,
    look_at,
    waiting,
)
from .doing import carry_out
from .models import MassChange, MassChangeRow
from .writing import write_rows

MOST_BY_WORKER = 50_000
AT_ONCE = 250
"""Lines done in one transaction: their orders wait for no longer than these take."""
LOOKED_AT_ONCE = 2_000
"""Lines looked at in one transaction: nothing is locked but the change."""

SEEN = {"stamp": "text", "before_minor": "bigint", "after_minor": "bigint", "fault": "jsonb", "is_looked": "boolean"}
"""What looking writes of a row: column -> type."""

State = MassChange.State

BEGUN = Reason(
    "change_has_begun",
    gettext_noop("The change has begun, or is over."),
    remedy=gettext_noop("Change the lines back by another change."),
)
GONE = Reason(
    "changer_gone",
    gettext_noop("Whoever asked for this works here no more."),
    remedy=gettext_noop("Let somebody else ask for it."),
)


@dataclass(frozen=True)
class Progress:
    """How far a change is: lines that were looked at, that may be done, that are done or were tried, of all."""

    total: int
    looked: int
    fine: int
    tried: int


def begin(seller: Seller, actor: Actor, wanted: Wanted, targets: Sequence[Target], now: datetime) -> MassChange:
    """Keep a change that the worker is to look at. Refused and errors as `actions.look`, up to 50,000 lines."""
    with transaction.atomic():
        change, found = kept(seller, actor, wanted, targets, now, State.LOOKING, MOST_BY_WORKER)
        for row in found:
            row.is_looked = False
        MassChangeRow.objects.bulk_create(found, batch_size=5_000)
    return change


def look_on(seller: Seller, change_id: UUID, now: datetime) -> int:
    """Look at some more lines; returns how many. None left: the change waits to be confirmed. Refused: busy."""
    with transaction.atomic():
        change = locked(seller, change_id)
        if change.state != State.LOOKING:
            return 0
        unseen = MassChangeRow.objects.filter(change=change, is_looked=False)
        found = list(unseen.order_by("place")[:LOOKED_AT_ONCE])
        actor = _who(seller, change.user_id)
        if actor is not None:
            look_at(seller, actor, change, found, now)
        for row in found:
            row.is_looked = True
            if actor is None:
                row.fault = fault_of(Refused([GONE]))
        write_rows(found, SEEN)
        if len(found) < LOOKED_AT_ONCE:
            change.state = State.PREVIEW
            change.save(update_fields=["state"])
    return len(found)


def ask_for(seller: Seller, actor: Actor, change_id: UUID, now: datetime) -> MassChange:
    """Confirm a change that the worker then carries out; asked twice, it is asked once. Refused: a role that sets no
    limits, not looked at yet, cancelled; busy. Errors: none such."""
    refuse_role(actor)
    with transaction.atomic():
        change = locked(seller, change_id)
        if change.state in (State.RUNNING, State.DONE):
            return change
        if change.state != State.PREVIEW:
            raise Refused([NOT_LOOKED_AT])
        change.state, change.confirmed_at, change.confirmed_by_id = State.RUNNING, now, actor.user_id
        change.save(update_fields=["state", "confirmed_at", "confirmed_by"])
        record(
            seller.id, actor, "lines_change_confirmed", "mass_change", change.id, now, None,
            {"verb": change.verb, "reason": change.reason},
        )  # fmt: skip
    return change


def carry_on(seller: Seller, change_id: UUID, now: datetime) -> int:
    """Do some more lines of a confirmed change; returns how many. None left: it is done. Refused: busy.

    With the authority that whoever confirmed it has now; of somebody who works here no more nothing is done any more.
    """
    with transaction.atomic():
        change = locked(seller, change_id)
        if change.state != State.RUNNING:
            return 0
        change.started_at = change.started_at or now
        actor, found = _who(seller, change.confirmed_by_id), waiting(change, AT_ONCE)
        if actor is None:
            left = MassChangeRow.objects.filter(change=change, outcome="", fault__isnull=True)
            left.update(fault=fault_of(Refused([GONE])), outcome="refused")
            found = []
        else:
            carry_out(seller, actor, change, found, now)
        change.save(update_fields=["started_at"])
        if len(found) < AT_ONCE:
            finish(seller, actor or SYSTEM, change, now)
    return len(found)


def cancel(seller: Seller, actor: Actor, change_id: UUID, now: datetime) -> MassChange:
    """Take back a change of which no line has been tried. Refused: a role that sets no limits, begun or over; busy.
    Errors: none such."""
    refuse_role(actor)
    with transaction.atomic():
        change = locked(seller, change_id)
        if change.started_at is not None or change.state in (State.DONE, State.CANCELLED):
            raise Refused([BEGUN])
        change.state = State.CANCELLED
        change.save(update_fields=["state"])
        record(
            seller.id, actor, "lines_change_cancelled", "mass_change", change.id, now, None,
            {"verb": change.verb, "reason": change.reason},
        )  # fmt: skip
    return change


def work_through(seller: Seller, change_id: UUID, now: Callable[[], datetime]) -> None:
    """Look at all lines of a change, or do all of them, whichever it waits for. Outside any transaction.

    May be broken off and called again, also by two at once.
    """
    for some, most in ((look_on, LOOKED_AT_ONCE), (carry_on, AT_ONCE)):
        while True:
            with acting(seller.id):
                if some(seller, change_id, now()) < most:
                    break


def progress_of(change: MassChange) -> Progress:
    """How far a change is."""
    found = MassChangeRow.objects.filter(change=change).aggregate(
        total=Count("id"), looked=Count("id", filter=Q(is_looked=True)),
        fine=Count("id", filter=Q(is_looked=True, fault__isnull=True)), tried=Count("id", filter=~Q(outcome="")),
    )  # fmt: skip
    return Progress(**found)


def _who(seller: Seller, user_id: UUID | None) -> Actor | None:
    """A person with the role and authority of now, or the product itself; None for who works here no more."""
    if user_id is None:
        return SYSTEM
    found = Membership.objects.filter(seller=seller, user_id=user_id, is_active=True).select_related("user").first()
    if found is None:
        return None
    return Actor(found.user.name or found.user.email, found.user.id, found.role, found.authority_minor)
