"""Suspend, resume, reduce, extend and cancel credit lines: each with its reason, and a notice to the customer.

Every verb is one transaction under the lock of its line, with one event of its own. What is authorised stays held.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.money import exponent, format_amount
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.credit.orders import LineState

from .actions import Change, change_line, refuse_beyond_authority, refuse_role, require_reason
from .models import Line, LineStep

MOST_TOLD = 2_000

NO_LINE = Reason(
    "no_line",
    gettext_noop("The customer has no line in %(currency)s."),
    remedy=gettext_noop("Set a limit first."),
)
SUSPENDED_ALREADY = Reason(
    "suspended_already",
    gettext_noop("The line is suspended already."),
    remedy=gettext_noop("Resume it, or leave it as it is."),
)
NOT_SUSPENDED = Reason(
    "not_suspended",
    gettext_noop("The line is not suspended."),
    remedy=gettext_noop("Only a suspended line is resumed."),
)
CANCELLED_ALREADY = Reason(
    "cancelled_already",
    gettext_noop("The line is cancelled."),
    remedy=gettext_noop("A new limit opens it again."),
)
NOT_LESS = Reason(
    "not_less",
    gettext_noop("%(limit)s %(currency)s is not less than the limit in force."),
    remedy=gettext_noop("Give a lower amount; more is granted by a decision."),
)
NOT_LONGER = Reason(
    "not_longer",
    gettext_noop("The line holds through %(day)s already."),
    remedy=gettext_noop("Give a later day, or none for a line without an end."),
)


@dataclass(frozen=True, kw_only=True)
class Told:
    """Why a line changes: the reason that stays with us, and the text of the notice to the customer (empty: none)."""

    reason: str
    message: str = ""


def suspend_line(
    seller: Seller, actor: Actor, customer: Customer, currency: str, told: Told, now: datetime
) -> LineStep:
    """Take no new orders on a line until it is resumed; what is authorised stays. Refused: a role that sets no limits,
    no line, suspended or cancelled already, busy. Errors: no reason."""

    def step(line: Line) -> None:
        refuse_suspending(line)
        line.state, line.state_on = LineState.SUSPENDED.value, local_date(now, seller.timezone)

    return _stepped(seller, actor, customer, currency, LineStep.Kind.SUSPEND, told, now, step)


def resume_line(seller: Seller, actor: Actor, customer: Customer, currency: str, told: Told, now: datetime) -> LineStep:
    """Take orders again on a suspended line. Refused: a person whose authority is less than the limit, not suspended,
    busy. Errors: no reason."""

    def step(line: Line) -> None:
        refuse_resuming(line, granting(seller, actor, now))
        line.state, line.state_on = LineState.OPEN.value, None

    return _stepped(seller, actor, customer, currency, LineStep.Kind.RESUME, told, now, step)


def reduce_line(
    seller: Seller, actor: Actor, customer: Customer, currency: str, limit_minor: int, told: Told, now: datetime
) -> LineStep:
    """Set a lower limit, in minor units. Refused: a role that sets no limits, not less than what is in force, no line,
    cancelled, busy. Errors: no reason, a limit below zero."""

    def step(line: Line) -> None:
        refuse_reducing(line, limit_minor)
        _set(line, limit_minor)

    def _set(line: Line, minor: int) -> None:
        change = Change(limit_minor=minor, reason=told.reason, valid_from=local_date(now, seller.timezone))
        change_line(seller, actor, customer, currency, change, now)
        line.refresh_from_db()

    return _stepped(seller, actor, customer, currency, LineStep.Kind.REDUCE, told, now, step)


def extend_line(
    seller: Seller, actor: Actor, customer: Customer, currency: str, until: date | None, told: Told, now: datetime
) -> LineStep:
    """Let a line hold through a later day, or without an end (None). It is granted anew, so it takes the authority for
    its limit. Refused: no later than now, that authority, no line, cancelled, busy. Errors: no reason."""

    def step(line: Line) -> None:
        if line.valid_until is None or (until is not None and until <= line.valid_until):
            day = line.valid_until.isoformat() if line.valid_until else "\u221e"
            raise Refused([NOT_LONGER.given(day=day)])
        refuse_beyond_authority(seller, actor, currency, line.limit_minor, line.is_unlimited, now)
        line.valid_until = until

    return _stepped(seller, actor, customer, currency, LineStep.Kind.EXTEND, told, now, step)


def end_line(
    seller: Seller, actor: Actor, customer: Customer, currency: str, until: date | None, told: Told, now: datetime
) -> LineStep:
    """Set the last day of a line, earlier or later than before; None takes the end away. As `extend_line` where it is
    later, by the role alone where it is earlier. Errors: a day that has passed, no reason."""
    refuse_past(seller, until, now)

    def step(line: Line) -> None:
        refuse_ending(line, until, granting(seller, actor, now))
        line.valid_until = until

    return _stepped(seller, actor, customer, currency, LineStep.Kind.EXTEND, told, now, step)


def cancel_line(seller: Seller, actor: Actor, customer: Customer, currency: str, told: Told, now: datetime) -> LineStep:
    """End a line: its limit becomes zero and it takes no orders until a new limit is granted; what is authorised stays
    held. `collecting.handover` passes what is overdue on. Refused: a role that sets no limits, no line, cancelled
    already, busy. Errors: no reason."""

    def step(line: Line) -> None:
        today = local_date(now, seller.timezone)
        change = Change(limit_minor=0, reason=told.reason, valid_from=today)
        change_line(seller, actor, customer, currency, change, now)
        line.refresh_from_db()
        line.state, line.state_on, line.valid_until = LineState.CANCELLED.value, today, None

    return _stepped(seller, actor, customer, currency, LineStep.Kind.CANCEL, told, now, step)


Granting = Callable[[Line], None]
"""Refuses a person whose authority is less than a line's limit."""


def granting(seller: Seller, actor: Actor, now: datetime) -> Granting:
    """Whether a person may grant a line's limit anew, as the record stands now."""

    def refuse(line: Line) -> None:
        refuse_beyond_authority(seller, actor, line.currency, line.limit_minor, line.is_unlimited, now)

    return refuse


def refuse_asking(actor: Actor, currency: str, told: Told) -> None:
    """Whatever the line. Refused: a role that sets no limits. Errors: no reason, a text too long, no such currency."""
    exponent(currency)
    require_reason(told.reason, gettext_noop("Say why the line changes"))
    if len(told.message) > MOST_TOLD:
        raise BadInput(gettext_noop("The text is too long"), "message", gettext_noop("Make it shorter"))
    refuse_role(actor)


def standing(line: Line | None, currency: str) -> Line:
    """A line of which a step can be taken. Refused: no line, cancelled."""
    if line is None:
        raise Refused([NO_LINE.given(currency=currency)])
    if line.state == LineState.CANCELLED.value:
        raise Refused([CANCELLED_ALREADY])
    return line


def refuse_suspending(line: Line) -> None:
    """Refused: suspended already."""
    if line.state == LineState.SUSPENDED.value:
        raise Refused([SUSPENDED_ALREADY])


def refuse_resuming(line: Line, granting: Granting) -> None:
    """Refused: not suspended, an authority less than the limit."""
    if line.state != LineState.SUSPENDED.value:
        raise Refused([NOT_SUSPENDED])
    granting(line)


def refuse_reducing(line: Line, limit_minor: int) -> None:
    """Refused: not less than what is in force."""
    if not (line.is_unlimited or (line.limit_minor is not None and limit_minor < line.limit_minor)):
        limit = format_amount(limit_minor, line.currency)
        raise Refused([NOT_LESS.given(limit=limit, currency=line.currency)])


def refuse_ending(line: Line, until: date | None, granting: Granting) -> None:
    """Refused: that last day already; a later one, by an authority less than the limit."""
    if until == line.valid_until:
        raise Refused([NOT_LONGER.given(day=until.isoformat() if until else "\u221e")])
    if line.valid_until is not None and (until is None or until > line.valid_until):
        granting(line)


def refuse_past(seller: Seller, until: date | None, now: datetime) -> None:
    """Errors: a last day that has passed on the seller's day."""
    if until is not None and until < local_date(now, seller.timezone):
        raise BadInput(
            gettext_noop("A line does not end before today"), "until", gettext_noop("Give a last day from today on")
        )


def _stepped(
    seller: Seller,
    actor: Actor,
    customer: Customer,
    currency: str,
    kind: str,
    told: Told,
    now: datetime,
    step: Callable[[Line], None],
) -> LineStep:
    """Take a step of an existing line under its lock, and keep what was done and told."""
    refuse_asking(actor, currency, told)
    with transaction.atomic():
        with locking():
            wanted = Line.objects.select_for_update().filter(seller=seller, customer=customer, currency=currency)
            line = standing(wanted.first(), currency)
        before = line.limit_minor
        step(line)
        line.save(update_fields=["state", "state_on", "valid_until"])
        made = row_of(seller, actor, line, kind, told, before, now)
        made.save(force_insert=True)
        record(seller.id, actor, verb_of(kind), "line", line.id, now, customer.id, said_of(made))
    return made


def row_of(
    seller: Seller, actor: Actor, line: Line, kind: str, told: Told, before: int | None, now: datetime
) -> LineStep:
    """A step as the record keeps it, of a line as it is afterwards, not yet written."""
    return LineStep(
        seller=seller, line=line, customer_id=line.customer_id, currency=line.currency, kind=kind,
        before_minor=before, after_minor=line.limit_minor, valid_until=line.valid_until,
        reason=told.reason.strip()[:500], message=told.message.strip(), on_day=local_date(now, seller.timezone), at=now,
        actor_id=actor.user_id, actor_name=actor.name,
    )  # fmt: skip


def verb_of(kind: str) -> str:
    """The kind of the event of a step."""
    return f"line_{_PAST[LineStep.Kind(kind)]}"


def said_of(made: LineStep) -> dict[str, Any]:
    """What the journal says of a step."""
    return {
        "currency": made.currency, "before": made.before_minor, "after": made.after_minor, "reason": made.reason,
        "until": made.valid_until.isoformat() if made.valid_until else None, "told": bool(made.message),
        "step": str(made.id),
    }  # fmt: skip


_PAST = {
    LineStep.Kind.SUSPEND: "suspended",
    LineStep.Kind.RESUME: "resumed",
    LineStep.Kind.REDUCE: "reduced",
    LineStep.Kind.EXTEND: "extended",
    LineStep.Kind.CANCEL: "cancelled",
}
