"""Call mode: one customer after another, each before one person at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from openterms.apps.collecting.guard.reads import verdict
from openterms.apps.collecting.promise.actions import promise
from openterms.apps.collecting.promise.models import Promise
from openterms.apps.parties.models import Contact, Customer
from openterms.apps.receivables.open_item import reads as item_reads
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import row, rows
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.collecting.follow_up import next_day
from openterms.core.collecting.guard import Act

from .actions import log_activity
from .models import Activity, WorkItem

HELD_FOR = timedelta(minutes=20)
MOST_ITEMS = 200
TAKEN = Reason(
    "work_taken",
    gettext_noop("Somebody else has this customer before them."),
    remedy=gettext_noop("Go on with the next."),
)
NOTHING_TO_PROMISE = Reason(
    "nothing_to_promise", gettext_noop("Nothing is overdue that could be promised."),
    remedy=gettext_noop("Record the promise on the customer's page."),
)  # fmt: skip

NEXT = """
SELECT w.id FROM collecting_workitem w JOIN parties_customer c ON c.id = w.customer_id
WHERE w.seller_id = %(seller)s AND w.state = 'open' AND NOT w.id = ANY(%(skipped)s)
    AND (w.held_until IS NULL OR w.held_until <= %(now)s OR w.held_by_id = %(user)s)
    AND (NOT %(narrow)s OR c.collector_id = ANY(%(collectors)s)) AND (%(step)s = '' OR w.step = %(step)s)
ORDER BY w.per_minute_base_minor DESC, w.id LIMIT 1 FOR UPDATE OF w SKIP LOCKED
"""
ONE = """
SELECT w.id FROM collecting_workitem w WHERE w.seller_id = %(seller)s AND w.id = %(id)s AND w.state = 'open'
    AND (w.held_until IS NULL OR w.held_until <= %(now)s OR w.held_by_id = %(user)s) FOR UPDATE
"""
HOLD = """
UPDATE collecting_workitem SET held_by_id = CASE WHEN id = %(id)s THEN %(user)s::uuid END,
    held_at = CASE WHEN id = %(id)s THEN %(now)s::timestamptz END,
    held_until = CASE WHEN id = %(id)s THEN %(until)s::timestamptz END
WHERE seller_id = %(seller)s AND (id = %(id)s OR (held_by_id = %(user)s AND state IN ('open', 'snoozed')))
RETURNING id
"""


@dataclass(frozen=True)
class Call:
    """How a call ended. `promised_for` is for a promise of all that is overdue and free; `next_on` by the outcome."""

    outcome: str
    contact_id: UUID | None = None
    note: str = ""
    next_on: date | None = None
    promised_for: date | None = None


def take_next(
    seller: Seller, actor: Actor, now: datetime, collectors: Sequence[UUID] | None = None, step: str = "",
    skipped: Sequence[UUID] = (),
) -> UUID | None:  # fmt: skip
    """Put the piece of open work that is worth most before a person, whom it belongs to for twenty minutes; None when
    nothing is left.

    Two who ask at once get different ones. What the person had before is free again. It is no fact about the customer
    and stands in no journal: it only keeps two people from calling the same company.
    """
    wanted = {
        "seller": seller.id, "now": now, "user": actor.user_id, "narrow": collectors is not None,
        "collectors": list(collectors or ()), "step": step, "skipped": list(skipped),
    }  # fmt: skip
    with transaction.atomic():
        found = row(NEXT, wanted)
        return _hold(seller, actor, found["id"], now) if found else None


def take(seller: Seller, actor: Actor, work_item_id: UUID, now: datetime) -> UUID:
    """Put one piece of work before a person. Refused: another has it; busy. Errors: it is not open any more."""
    with transaction.atomic():
        with locking():
            found = row(ONE, {"seller": seller.id, "id": work_item_id, "now": now, "user": actor.user_id})
        if found is None:
            if WorkItem.objects.filter(seller=seller, id=work_item_id, state="open").exists():
                raise Refused([TAKEN])
            raise BadInput(gettext_noop("This is no longer on the list"), "work item")
        return _hold(seller, actor, found["id"], now)


def let_go(seller: Seller, actor: Actor, now: datetime) -> None:
    """Nothing is before the person any more."""
    with transaction.atomic():
        rows(HOLD, {"seller": seller.id, "id": None, "user": actor.user_id, "now": now, "until": now})


def record_call(
    seller: Seller, actor: Actor, work_item_id: UUID, call: Call, on: date, now: datetime
) -> tuple[Activity, Promise | None]:
    """Log a call of the customer that a person has before them, with its promise if there was one.

    The step is taken, and the customer comes back on `next_on`, else as the outcome says. Refused: by the guard, as it
    stood when the customer was put before the person; another has it. Errors: not open any more, outcome not known, a
    promise without a day, nothing to promise.
    """
    if (call.outcome == "promised") != (call.promised_for is not None):
        raise BadInput(
            gettext_noop("A promise needs its day"), "promised_for", gettext_noop("Choose the day of the promise")
        )
    with transaction.atomic():
        seen = _mine(WorkItem.objects.filter(seller=seller, id=work_item_id).first(), actor)
        _ask_guard(seen, now)
        customer = Customer.objects.get(seller=seller, id=seen.customer_id)
        contact = _contact(seller, customer, call.contact_id)
        made = None
        if call.promised_for is not None:
            ids, minor = promisable(seller, seen, on)
            if not ids:
                raise Refused([NOTHING_TO_PROMISE])
            who = contact.name if contact else ""
            made = promise(
                seller, actor, customer, ids, minor, call.promised_for, on, now, made_by=who, note=call.note.strip()
            )
        with locking():
            work = _mine(WorkItem.objects.select_for_update().filter(seller=seller, id=work_item_id).first(), actor)
        weekend = frozenset(seller.weekend)
        logged = log_activity(
            seller, actor, customer, "call", on, now, outcome=call.outcome, contact=contact, note=call.note,
            next_on=call.next_on or next_day(call.outcome, on, weekend), work_item_id=work.id,
        )  # fmt: skip
        WorkItem.objects.filter(id=work.id).update(held_by=None, held_at=None, held_until=None)
    return logged, made


def promisable(seller: Seller, work: WorkItem, on: date) -> tuple[list[UUID], int]:
    """The items of a piece of work that a promise would be for, with what is free of them: what is overdue, else what
    the step is about."""
    found = [
        one
        for one in item_reads.open_items(seller, work.customer_id, on, MOST_ITEMS)
        if one["is_debit"] and one["currency"] == work.currency and one["collectable_minor"] > 0
    ]
    overdue = [one for one in found if one["days_overdue"] > 0] or [one for one in found if one["id"] in work.items]
    return [one["id"] for one in overdue], sum(one["collectable_minor"] for one in overdue)


def _ask_guard(work: WorkItem, now: datetime) -> None:
    """The guard's word, as of when the customer was put before the person: a call may end after hours."""
    found = verdict(work.customer_id, Act.CALL, work.held_at or now, currency=work.currency)
    if not found.allowed:
        raise Refused(list(found.reasons))


def _mine(work: WorkItem | None, actor: Actor) -> WorkItem:
    if work is None or work.state != "open":
        raise BadInput(gettext_noop("This is no longer on the list"), "work item")
    if work.held_by_id != actor.user_id:
        raise Refused([TAKEN])
    return work


def _contact(seller: Seller, customer: Customer, contact_id: UUID | None) -> Contact | None:
    if contact_id is None:
        return None
    found = Contact.objects.filter(seller=seller, customer=customer, id=contact_id).first()
    if found is None:
        raise BadInput(gettext_noop("There is no such contact"), "contact")
    return found


def _hold(seller: Seller, actor: Actor, work_item_id: UUID, now: datetime) -> UUID:
    rows(
        HOLD,
        {"seller": seller.id, "id": work_item_id, "user": actor.user_id, "now": now, "until": now + HELD_FOR},
    )
    return work_item_id
