"""Set, suspend, resume, reduce, end and cancel the lines of groups.

Every verb is one transaction under the lock that orders of all members wait for, with one event. What is authorised
stays held.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from openterms.apps.credit.line.actions import refuse_beyond_authority, refuse_limit, refuse_role, require_reason
from openterms.apps.credit.line.states import (
    CANCELLED_ALREADY,
    MOST_TOLD,
    NOT_LESS,
    NOT_LONGER,
    NOT_SUSPENDED,
    SUSPENDED_ALREADY,
    refuse_past,
)
from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Customer, Group
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.money import exponent, format_amount
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.credit.orders import LineState

from .models import GroupLine, GroupLineChange

Kind = GroupLineChange.Kind

OTHER_CURRENCY = Reason(
    "group_line_other_currency",
    gettext_noop("The group's line is in %(currency)s."),
    remedy=gettext_noop("Take its limit away first, or set it in that currency."),
)
NO_GROUP_LINE = Reason(
    "no_group_line",
    gettext_noop("The group has no limit of its own."),
    remedy=gettext_noop("Set a limit first."),
)


def set_group_line(
    seller: Seller, actor: Actor, group: Group, currency: str, limit_minor: int | None, reason: str, now: datetime
) -> GroupLine:
    """Set the limit of a group's customers together, in minor units; None takes the limit of the group away.

    Orders of every member are held to it beside their own lines. More than nothing opens a cancelled line again; one
    that is suspended stays so. Refused: a person beyond their authority (without a limit nobody is held back, so that
    takes as much as the highest limit that the line ever had); a line in another currency; busy. Errors: no reason, a
    limit below zero.
    """
    exponent(currency)
    refuse_limit(limit_minor, is_unlimited=False)
    _require(actor, reason)
    with transaction.atomic():
        with locking():
            line, _ = GroupLine.objects.select_for_update().get_or_create(
                seller=seller, group=group, defaults={"currency": currency}
            )
        if line.currency != currency and line.limit_minor is not None:
            raise Refused([OTHER_CURRENCY.given(currency=line.currency)])
        before = line.limit_minor
        if limit_minor is None:
            refuse_beyond_authority(seller, actor, currency, _highest(line), False, now)
        elif before is None or limit_minor > before:
            refuse_beyond_authority(seller, actor, currency, limit_minor, False, now)
        line.currency, line.limit_minor = currency, limit_minor
        if limit_minor is None or (line.state == LineState.CANCELLED.value and limit_minor):
            line.state, line.state_on, line.valid_until = LineState.OPEN.value, None, None
        _write(seller, actor, line, group, Kind.SET, before, reason, now)
    return line


def suspend_group_line(
    seller: Seller, actor: Actor, group: Group, reason: str, now: datetime, message: str = ""
) -> GroupLine:
    """Take no new orders of any member until the line is resumed; `message` is the notice to each (empty: none).
    Refused: a role that sets no limits, no limit, suspended or cancelled already, busy. Errors: no reason, a notice too
    long."""

    def step(line: GroupLine) -> None:
        if line.state == LineState.SUSPENDED.value:
            raise Refused([SUSPENDED_ALREADY])
        line.state, line.state_on = LineState.SUSPENDED.value, local_date(now, seller.timezone)

    return _stepped(seller, actor, group, Kind.SUSPEND, reason, now, step, message)


def resume_group_line(
    seller: Seller, actor: Actor, group: Group, reason: str, now: datetime, message: str = ""
) -> GroupLine:
    """Take orders of the members again; `message` is the notice to each (empty: none). Refused: a person whose
    authority is less than the limit, not suspended, busy. Errors: no reason, a notice too long."""

    def step(line: GroupLine) -> None:
        if line.state != LineState.SUSPENDED.value:
            raise Refused([NOT_SUSPENDED])
        refuse_beyond_authority(seller, actor, line.currency, line.limit_minor, False, now)
        line.state, line.state_on = LineState.OPEN.value, None

    return _stepped(seller, actor, group, Kind.RESUME, reason, now, step, message)


def reduce_group_line(
    seller: Seller, actor: Actor, group: Group, limit_minor: int, reason: str, now: datetime
) -> GroupLine:
    """Set a lower limit, in minor units of the line's currency. Refused: a role that sets no limits, not less than what
    is in force, no limit, cancelled, busy. Errors: no reason, a limit below zero."""
    refuse_limit(limit_minor, is_unlimited=False)

    def step(line: GroupLine) -> None:
        if limit_minor >= (line.limit_minor or 0):
            raise Refused([NOT_LESS.given(limit=format_amount(limit_minor, line.currency), currency=line.currency)])
        line.limit_minor = limit_minor

    return _stepped(seller, actor, group, Kind.REDUCE, reason, now, step)


def end_group_line(
    seller: Seller, actor: Actor, group: Group, until: date | None, reason: str, now: datetime
) -> GroupLine:
    """Set the last day of the line; None takes the end away. By the role alone where it is earlier than before, with
    an authority of the limit where it is later. Errors: a day that has passed, no reason."""
    refuse_past(seller, until, now)

    def step(line: GroupLine) -> None:
        if until == line.valid_until:
            raise Refused([NOT_LONGER.given(day=until.isoformat() if until else "\u221e")])
        if line.valid_until is not None and (until is None or until > line.valid_until):
            refuse_beyond_authority(seller, actor, line.currency, line.limit_minor, False, now)
        line.valid_until = until

    return _stepped(seller, actor, group, Kind.EXTEND, reason, now, step)


def cancel_group_line(seller: Seller, actor: Actor, group: Group, reason: str, now: datetime) -> GroupLine:
    """End the line: its limit becomes zero and no member orders on credit until a new one is granted. The members' own
    lines stay as they are. Refused: a role that sets no limits, no limit, cancelled already, busy. Errors: no reason.
    """

    def step(line: GroupLine) -> None:
        line.limit_minor, line.valid_until = 0, None
        line.state, line.state_on = LineState.CANCELLED.value, local_date(now, seller.timezone)

    return _stepped(seller, actor, group, Kind.CANCEL, reason, now, step)


def _stepped(
    seller: Seller,
    actor: Actor,
    group: Group,
    kind: Kind,
    reason: str,
    now: datetime,
    step: Callable[[GroupLine], None],
    message: str = "",
) -> GroupLine:
    """Take a step of a group's line under its lock, and keep what was done and told."""
    _require(actor, reason)
    if len(message) > MOST_TOLD:
        raise BadInput(gettext_noop("The text is too long"), "message", gettext_noop("Make it shorter"))
    with transaction.atomic():
        with locking():
            line = GroupLine.objects.select_for_update().filter(seller=seller, group=group).first()
        if line is None or line.limit_minor is None:
            raise Refused([NO_GROUP_LINE])
        if line.state == LineState.CANCELLED.value:
            raise Refused([CANCELLED_ALREADY])
        before = line.limit_minor
        step(line)
        _write(seller, actor, line, group, kind, before, reason, now, message.strip())
    return line


def _write(
    seller: Seller, actor: Actor, line: GroupLine, group: Group, kind: Kind, before: int | None, reason: str,
    now: datetime, message: str = "",
) -> None:  # fmt: skip
    """The line as it is now, one row of its record, one event."""
    members = Customer.objects.filter(seller=seller, group=group).order_by("number", "id") if message else ()
    told = [str(one.id) for one in members]
    line.save(update_fields=["currency", "limit_minor", "state", "state_on", "valid_until"])
    GroupLineChange.objects.create(
        seller=seller, line=line, currency=line.currency, kind=kind, limit_minor=line.limit_minor, state=line.state,
        valid_until=line.valid_until, reason=reason.strip()[:500], valid_from=local_date(now, seller.timezone),
        actor_id=actor.user_id, message=message, told=told,
    )  # fmt: skip
    data = {"group": group.code, "name": group.name, "before": before, "after": line.limit_minor,
            "currency": line.currency, "reason": reason.strip()}  # fmt: skip
    if told:
        data["told"] = len(told)
    if line.valid_until is not None:
        data["until"] = line.valid_until.isoformat()
    record(seller.id, actor, f"group_line_{_PAST[kind]}", "group_line", line.id, now, None, data)


def _highest(line: GroupLine) -> int | None:
    """The highest limit that the line ever had in its currency; None where it had none."""
    found = GroupLineChange.objects.filter(line=line, currency=line.currency)
    return found.aggregate(most=Max("limit_minor"))["most"]


def _require(actor: Actor, reason: str) -> None:
    require_reason(reason)
    refuse_role(actor)


_PAST = {
    Kind.SET: "set",
    Kind.SUSPEND: "suspended",
    Kind.RESUME: "resumed",
    Kind.REDUCE: "reduced",
    Kind.EXTEND: "extended",
    Kind.CANCEL: "cancelled",
}
