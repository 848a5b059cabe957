"""Set credit lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.ledger.reads import base_rate
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.money import exponent, format_amount
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.credit.orders import LineState
from openterms.core.receivables.postings import BaseRate

from .models import Line, LineChange

MOST_ENDED_AT_ONCE = 500
WHY = gettext_noop("Say why the limit changes")
TEMPORARY_ENDED = gettext_noop("The temporary limit has ended.")


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a line becomes: a limit in minor units (None: none set) or unlimited, from a day on, and why.

    `until` is the last day of a temporary limit; `decision_id` the credit decision that it follows from.
    """

    limit_minor: int | None
    reason: str
    valid_from: date
    is_unlimited: bool = False
    until: date | None = None
    decision_id: UUID | None = None


def set_line(
    seller: Seller,
    actor: Actor,
    customer: Customer,
    currency: str,
    limit_minor: int | None,
    reason: str,
    valid_from: date,
    now: datetime,
    is_unlimited: bool = False,
) -> Line:
    """Set a customer's limit in a currency; `None` means no limit is set, which is neither zero nor unlimited.

    Holds at once, and ends a temporary limit; more than nothing opens a cancelled line again. Refused: a person beyond
    their authority. Errors: a date to come or before the last change.
    """
    exponent(currency)
    refuse_limit(limit_minor, is_unlimited)
    require_reason(reason)
    refuse_beyond_authority(seller, actor, currency, limit_minor, is_unlimited, now)
    change = Change(limit_minor=limit_minor, is_unlimited=is_unlimited, reason=reason.strip(), valid_from=valid_from)
    return _changed(seller, actor, customer, currency, change, now)


def change_line(
    seller: Seller, actor: Actor, customer: Customer, currency: str, change: Change, now: datetime
) -> Line:
    """Do to a line what a credit decision says. Authority was held by whoever approved it, so none is asked for here.

    A temporary limit (`until`) holds through that day; the lasting one comes back after it. Errors: no reason, a limit
    below zero, a last day before the first, a day to come or before the last change.
    """
    exponent(currency)
    refuse_limit(change.limit_minor, change.is_unlimited)
    require_reason(change.reason)
    refuse_end(
        change.valid_from, change.until, gettext_noop("A temporary limit does not end before it begins"), "until",
        gettext_noop("Give a last day from today on"),
    )  # fmt: skip
    return _changed(seller, actor, customer, currency, change, now)


def end_temporary(seller: Seller, now: datetime) -> int:
    """Bring the lasting limits back where the last day of a temporary one has passed; returns how many.

    Up to 500 in one transaction, lines locked in order of id; call again while it returns as many. Refused: busy.
    """
    today = local_date(now, seller.timezone)
    with transaction.atomic():
        with locking():
            due = list(
                Line.objects.select_for_update()
                .filter(seller=seller, temporary_until__lt=today)
                .order_by("id")[:MOST_ENDED_AT_ONCE]
            )
        customers = Customer.objects.in_bulk([line.customer_id for line in due])
        for line in due:
            change = Change(
                limit_minor=line.after_minor,
                is_unlimited=line.after_is_unlimited,
                reason=TEMPORARY_ENDED,
                valid_from=today,
            )
            _changed(seller, SYSTEM, customers[line.customer_id], line.currency, change, now)
    return len(due)


def locked_line(seller: Seller, customer: Customer, currency: str) -> Line:
    """A customer's line, made where there is none, locked until the transaction ends. Refused: busy."""
    with locking():
        line, _ = Line.objects.select_for_update().get_or_create(seller=seller, customer=customer, currency=currency)
    return line


def _changed(
    seller: Seller, actor: Actor, customer: Customer, currency: str, change: Change, now: datetime
) -> Line:
    """Write a change under the lock of its line, in one event."""
    with transaction.atomic():
        line = locked_line(seller, customer, currency)
        refuse_date(change.valid_from, last_set([line.id]).get(line.id), local_date(now, seller.timezone))
        before = become(line, change)
        line.save()
        row_of(seller, actor, line, change).save(force_insert=True)
        record(seller.id, actor, "line_set", "line", line.id, now, customer.id, said_of(line, change, before))
    return line


def become(line: Line, change: Change) -> int | str | None:
    """Let a line, locked and not yet written, be what a change makes of it. What it was before: a limit in minor units,
    none, or `unlimited`."""
    before = "unlimited" if line.is_unlimited else line.limit_minor
    if change.until is None:
        line.after_minor, line.after_is_unlimited = None, False
    elif line.temporary_until is None:
        line.after_minor, line.after_is_unlimited = line.limit_minor, line.is_unlimited
    line.temporary_until = change.until
    line.limit_minor, line.is_unlimited = change.limit_minor, change.is_unlimited
    if line.state == LineState.CANCELLED.value and (change.limit_minor or change.is_unlimited):
        line.state, line.state_on, line.valid_until = LineState.OPEN.value, None, None
    return before


def row_of(seller: Seller, actor: Actor, line: Line, change: Change) -> LineChange:
    """A change as the record keeps it, not yet written."""
    return LineChange(
        seller=seller, line=line, customer_id=line.customer_id, currency=line.currency,
        limit_minor=change.limit_minor, is_unlimited=change.is_unlimited, valid_from=change.valid_from,
        actor_id=actor.user_id, reason=change.reason.strip(), decision_id=change.decision_id, until=change.until,
    )  # fmt: skip


def said_of(line: Line, change: Change, before: int | str | None) -> dict[str, Any]:
    """What the journal says of a change."""
    data = {"before": before, "after": "unlimited" if change.is_unlimited else change.limit_minor,
            "currency": line.currency, "reason": change.reason.strip()}  # fmt: skip
    if change.until is not None:
        data["until"] = change.until.isoformat()
    if change.decision_id is not None:
        data["decision"] = str(change.decision_id)
    return data


BEYOND_AUTHORITY = Reason(
    "beyond_authority",
    gettext_noop("%(limit)s %(currency)s is more than this person may grant."),
    "",
    gettext_noop("Ask somebody with an authority of at least that amount."),
)
NO_AUTHORITY = Reason(
    "no_authority",
    gettext_noop("A person with the role %(role)s does not set credit limits."),
    "",
    gettext_noop("Ask a credit manager."),
)
GRANTERS = ("credit_manager", "analyst")


def refuse_beyond_authority(
    seller: Seller, actor: Actor, currency: str, limit_minor: int | None, is_unlimited: bool, now: datetime
) -> None:
    """Held here and not by a door: whoever calls, a person grants no more than the seller gave them to grant."""
    today = local_date(now, seller.timezone)
    refuse_grant(actor, currency, limit_minor, is_unlimited, lambda: base_rate(seller, currency, today))


def refuse_grant(
    actor: Actor, currency: str, limit_minor: int | None, is_unlimited: bool, rate: Callable[[], BaseRate]
) -> None:
    """As `refuse_beyond_authority`, of facts: `rate`, asked only where a figure is weighed, is the currency's into the
    seller's. Refused: the role, more than the authority. Errors: those of `rate`."""
    refuse_role(actor)
    if actor.role is None:
        return
    if is_unlimited:
        raise Refused([BEYOND_AUTHORITY.given(limit="\u221e", currency=currency)])
    if limit_minor is None:
        return
    if rate().to_base(limit_minor) > actor.authority_minor:
        raise Refused([BEYOND_AUTHORITY.given(limit=format_amount(limit_minor, currency), currency=currency)])


def refuse_role(actor: Actor, said: Reason = NO_AUTHORITY) -> None:
    """Refused: a person whose role does not set credit limits, in the words of what was asked for. To take credit away
    needs no money of one's own."""
    if actor.role is not None and actor.role not in GRANTERS:
        raise Refused([said.given(role=actor.role)])


def refuse_end(first: date, last: date | None, said: str, where: str, remedy: str) -> None:
    """Errors: a last day before the first, in the words of what was asked for (messages); no last day is an open end.
    """
    if last is not None and last < first:
        raise BadInput(said, where, remedy)


def require_reason(reason: str, remedy: str = WHY) -> None:
    """Errors: no reason; `remedy` is the message that asks for it."""
    if not reason.strip():
        raise BadInput(gettext_noop("The reason is empty"), "reason", remedy)


def refuse_limit(limit_minor: int | None, is_unlimited: bool) -> None:
    """Errors: a limit below zero, a figure of a line that is unlimited."""
    if limit_minor is not None and (limit_minor < 0 or is_unlimited):
        raise BadInput(
            gettext_noop("A limit is zero or more, and not both a figure and unlimited"),
            where="limit",
            remedy=gettext_noop("Give an amount such as 1000.00, or unlimited"),
        )


def last_set(line_ids: Sequence[UUID]) -> dict[UUID, date]:
    """The day of the last change of each of these lines; a line that was never changed is left out."""
    found = LineChange.objects.filter(line_id__in=line_ids).order_by().values_list("line_id")
    return dict(found.annotate(last=Max("valid_from")))


def refuse_date(valid_from: date, last: date | None, today: date) -> None:
    """A line holds what was set last (`last`), so changes are set in order and not ahead of their day (`today`)."""
    if valid_from > today or (last is not None and valid_from < last):
        raise BadInput(
            gettext_noop("A limit cannot be set for %(day)s"),
            where="valid_from",
            remedy=gettext_noop("Give a day from %(first)s to %(last)s"),
            params={
                "day": valid_from.isoformat(),
                "first": last.isoformat() if last else date.min.isoformat(),
                "last": today.isoformat(),
            },
        )
