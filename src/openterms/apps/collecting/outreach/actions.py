"""Send a planned run; keep a customer out of it; finish the tasks that events brought."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from openterms.apps.collecting.strategy.models import StepTaken
from openterms.apps.journal.actions import record
from openterms.apps.messaging.outgoing.actions import queue
from openterms.apps.messaging.outgoing.letters import Letter, reason_json
from openterms.apps.messaging.outgoing.models import Message, MessageState
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import local_date, new_id
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop

from .models import EventStep, OutreachHold, OutreachRefusal, OutreachRun
from .planning import run_key
from .plans import OwedItem, Plan, Planned
from .timetable import release_planned

SENDERS = ("credit_manager", "collector")
"""Roles that send a run, and keep customers out of it."""
AT_ONCE = 500
LOCK = 7368

NOT_A_SENDER = Reason(
    "not_a_sender", gettext_noop("The role of %(name)s sends no messages to customers."), "",
    gettext_noop("Ask a credit manager or a collector."),
)  # fmt: skip
NO_REASON = Reason("no_reason", gettext_noop("Say why the customer is kept out."))

TAKE = """
INSERT INTO collecting_steptaken (id, seller_id, customer_id, item_id, step, cause, taken_on, outcome)
SELECT openterms_id(), %(seller)s, x.customer_id, x.item_id, x.step, x.cause, %(on)s, 'message_sent'
FROM unnest(%(customers)s::uuid[], %(items)s::uuid[], %(steps)s::text[], %(causes)s::text[])
    AS x (customer_id, item_id, step, cause)
ON CONFLICT DO NOTHING RETURNING item_id, step, cause, id
"""
TIE = """
INSERT INTO collecting_messageitem (id, seller_id, customer_id, message_id, item_id, step, cause)
SELECT openterms_id(), %(seller)s, x.customer_id, x.message_id, x.item_id, x.step, x.cause
FROM unnest(%(customers)s::uuid[], %(messages)s::uuid[], %(items)s::uuid[], %(steps)s::text[], %(causes)s::text[])
    AS x (customer_id, message_id, item_id, step, cause)
"""


def send(seller: Seller, actor: Actor, plan: Plan, now: datetime) -> OutreachRun:
    """Queue the messages of a plan and take their steps; the run with its figures.

    Each batch is one transaction: the steps that nobody took meanwhile, the messages that speak of exactly these items,
    and the links between them. Another run, or another worker, of the same day finds the customer's message there and
    leaves it. What was declined is kept with its reasons. Refused: a role that sends nothing. Errors: a day to come.
    """
    _require(actor)
    if plan.date > local_date(now, seller.timezone):
        raise BadInput(gettext_noop("That day has not come"), "date", gettext_noop("Give today or an earlier day"))
    counts: Counter[str] = Counter()
    for batch in _batches(plan.messages):
        with transaction.atomic():
            counts += _send_batch(seller, actor, plan, batch, now)
    with transaction.atomic():
        _one_at_a_time(seller)
        counts["tasks"] = _open_tasks(seller, plan)
        figures = {
            "messages": counts["messages"], "items": counts["items"], "held": counts["held"],
            "tasks": counts["tasks"], "declined": len(plan.declined), "already": plan.already + counts["already"],
        }  # fmt: skip
        run = OutreachRun.objects.create(
            seller=seller, date=plan.date, strategy_version=plan.strategy_version, done_at=now,
            done_by_id=actor.user_id, figures=figures,
        )  # fmt: skip
        _keep_declined(seller, run, plan)
        release_planned(seller, run, now)
        record(
            seller.id, actor, "outreach_sent", "outreach_run", run.id, now, None,
            {"date": plan.date.isoformat(), "strategy": plan.strategy_version, **figures},
        )  # fmt: skip
    return run


def hold_out(
    seller: Seller, actor: Actor, customer_id: UUID, day: date, reason: str, now: datetime
) -> OutreachHold:
    """Keep a customer out of a day's run. Refused: the role, no reason. Asked again, the first hold is answered."""
    _require(actor)
    if not reason.strip():
        raise Refused([NO_REASON])
    with transaction.atomic():
        if not Customer.objects.select_for_update().filter(seller=seller, id=customer_id).exists():
            raise BadInput(gettext_noop("There is no such customer"), "customer")
        there = OutreachHold.objects.filter(seller=seller, customer_id=customer_id, date=day, released_at=None).first()
        if there is not None:
            return there
        made = OutreachHold.objects.create(
            seller=seller, customer_id=customer_id, date=day, reason=reason.strip()[:500], held_by_id=actor.user_id
        )
        record(
            seller.id, actor, "outreach_held_out", "outreach_hold", made.id, now, customer_id,
            {"date": day.isoformat(), "reason": made.reason},
        )  # fmt: skip
    return made


def let_in(seller: Seller, actor: Actor, customer_id: UUID, day: date, now: datetime) -> bool:
    """Take back that a customer is kept out of a day's run; whether it was. Refused: the role."""
    _require(actor)
    with transaction.atomic():
        changed = OutreachHold.objects.filter(
            seller=seller, customer_id=customer_id, date=day, released_at=None
        ).update(released_at=now)
        if changed:
            record(
                seller.id, actor, "outreach_let_in", "customer", customer_id, now, customer_id,
                {"date": day.isoformat()},
            )  # fmt: skip
    return bool(changed)


def finish_task(seller: Seller, actor: Actor, event_step_id: UUID, on: date, now: datetime) -> EventStep:
    """Say that the task of an event was done. Refused: the role. Errors: it is no open task."""
    _require(actor)
    with transaction.atomic():
        task = EventStep.objects.select_for_update().filter(
            seller=seller, id=event_step_id, message=None, done_on=None
        ).first()  # fmt: skip
        if task is None:
            raise BadInput(gettext_noop("This is not waiting to be done"), "task")
        task.done_on, task.done_by_id = on, actor.user_id
        task.save(update_fields=["done_on", "done_by"])
        record(
            seller.id, actor, "event_task_done", "event_step", task.id, now, task.customer_id,
            {"code": task.code, "cause": task.cause},
        )  # fmt: skip
    return task


def _require(actor: Actor) -> None:
    if actor.role is not None and actor.role not in SENDERS:
        raise Refused([NOT_A_SENDER.given(name=actor.name)])


def _batches(messages: Sequence[Planned]) -> Iterator[Sequence[Planned]]:
    for start in range(0, len(messages), AT_ONCE):
        yield messages[start : start + AT_ONCE]


def _one_at_a_time(seller: Seller) -> None:
    """Batches of one seller wait for each other until the transaction's end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, zlib.crc32(seller.id.bytes) - 2**31])


def _send_batch(
    seller: Seller, actor: Actor, plan: Plan, batch: Sequence[Planned], now: datetime
) -> Counter[str]:
    """Take the steps, queue the messages, tie them together; counts of what was done."""
    _one_at_a_time(seller)
    keys = {one.customer.customer_id: run_key(plan.date, one.customer.customer_id) for one in batch}
    there = set(Message.objects.filter(seller=seller, key__in=keys.values()).values_list("key", flat=True))
    fresh = [one for one in batch if keys[one.customer.customer_id] not in there]
    won = _take(seller, plan, fresh)
    going = [one for one in fresh if _is_whole(one, won)]
    _give_back(seller, [one for one in fresh if not _is_whole(one, won)], won)
    events = _answer(seller, plan, going)
    going = [one for one in going if not one.code or (one.code, one.cause) in events]
    messages = queue(seller, actor, [_letter(one, keys[one.customer.customer_id]) for one in going], now)
    _tie(seller, going, messages)
    EventStep.objects.bulk_create(
        EventStep(
            id=events[one.code, one.cause], seller=seller, customer_id=one.customer.customer_id, code=one.code,
            cause=one.cause, by="run", happened_on=one.happened_on or plan.date, taken_on=plan.date, message=message,
        )
        for one, message in zip(going, messages, strict=True) if one.code
    )  # fmt: skip
    _leave_worklist(seller, actor, plan.date, going)
    return Counter(
        messages=len(going), items=sum(len(one.items) for one in going), already=len(batch) - len(going),
        held=sum(one.state == MessageState.HELD for one in messages),
    )  # fmt: skip


def _take(seller: Seller, plan: Plan, messages: Sequence[Planned]) -> dict[tuple[UUID, str, str], UUID]:
    """Steps on items that nobody took before, by item, step and cause; each with its id on record."""
    items = [item for one in messages for item in one.items]
    with connection.cursor() as cursor:
        cursor.execute(TAKE, _columns(items) | {"seller": seller.id, "on": plan.date})
        return {(item_id, step, cause): taken for item_id, step, cause, taken in cursor.fetchall()}


def _tie(seller: Seller, going: Sequence[Planned], messages: Sequence[Message]) -> None:
    """Say of each message which items it speaks of, by which step."""
    items = [item for one in going for item in one.items]
    ids = [message.id for one, message in zip(going, messages, strict=True) for _item in one.items]
    with connection.cursor() as cursor:
        cursor.execute(TIE, _columns(items) | {"seller": seller.id, "messages": ids})


def _columns(items: Sequence[OwedItem]) -> dict[str, Any]:
    return {
        "customers": [item.customer_id for item in items], "items": [item.item_id for item in items],
        "steps": [item.step for item in items], "causes": [item.cause for item in items],
    }  # fmt: skip


def _key(item: OwedItem) -> tuple[UUID, str, str]:
    return item.item_id, item.step, item.cause


def _is_whole(one: Planned, won: dict[tuple[UUID, str, str], UUID]) -> bool:
    """Whether every step of a message is this run's: what was planned is what is said, or nothing is."""
    return all(_key(item) in won for item in one.items)


def _give_back(seller: Seller, messages: Sequence[Planned], won: dict[tuple[UUID, str, str], UUID]) -> None:
    """Steps of messages that will not be: they were taken a moment ago, in this very transaction."""
    ids = [won[_key(item)] for one in messages for item in one.items if _key(item) in won]
    StepTaken.objects.filter(seller=seller, id__in=ids).delete()


def _answer(seller: Seller, plan: Plan, messages: Sequence[Planned]) -> dict[tuple[str, str], UUID]:
    """Events that nobody answered yet, each with the id of its answer."""
    asked = {(one.code, one.cause): new_id() for one in messages if one.code}
    done = EventStep.objects.filter(seller=seller, cause__in=[cause for _, cause in asked])
    for pair in done.values_list("code", "cause"):
        asked.pop(pair, None)
    return asked


def _letter(one: Planned, key: str) -> Letter:
    return Letter(
        key=key, customer_id=one.customer.customer_id, channel=one.channel, address=one.address, purpose=one.purpose,
        language=one.language, tone=one.tone, segment=one.segment, variables=one.variables, contact_id=one.contact_id,
        thread=f"customer:{one.customer.customer_id}", not_before=one.not_before,
    )  # fmt: skip


def _leave_worklist(seller: Seller, actor: Actor, day: date, messages: Sequence[Planned]) -> None:
    """Work whose every item is in a message that goes is done."""
    pairs = [(one.customer.customer_id, item.item_id) for one in messages for item in one.items]
    if not pairs:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE collecting_workitem w SET state = 'done', done_on = %(day)s, done_by_id = %(user)s"
            " FROM (SELECT customer_id, array_agg(item_id) AS items"
            " FROM unnest(%(customers)s::uuid[], %(items)s::uuid[]) AS x(customer_id, item_id) GROUP BY 1) sent"
            " WHERE w.seller_id = %(seller)s AND w.customer_id = sent.customer_id AND w.state = 'open'"
            " AND w.items <@ sent.items",
            {"seller": seller.id, "day": day, "user": actor.user_id, "customers": [one for one, _ in pairs],
             "items": [item for _, item in pairs]},
        )  # fmt: skip


def _open_tasks(seller: Seller, plan: Plan) -> int:
    """Tasks of events that are not there yet; how many are new."""
    rows = [
        EventStep(
            id=new_id(), seller=seller, customer_id=one.customer.customer_id, code=one.code, cause=one.cause, by=one.by,
            happened_on=one.happened_on, taken_on=plan.date,
        )
        for one in plan.tasks
    ]  # fmt: skip
    EventStep.objects.bulk_create(rows, ignore_conflicts=True)
    return EventStep.objects.filter(seller=seller, id__in=[row.id for row in rows]).count()


def _keep_declined(seller: Seller, run: OutreachRun, plan: Plan) -> None:
    OutreachRefusal.objects.bulk_create(
        (
            OutreachRefusal(
                seller=seller, run=run, customer_id=one.customer.customer_id, step=one.step, channel=one.channel,
                reasons=[_plain(reason) for reason in one.reasons], items=[item.item_id for item in one.items],
                not_before=one.not_before,
            )
            for one in plan.declined
        ),
        batch_size=2_000,
    )  # fmt: skip


def _plain(reason: Reason) -> dict[str, Any]:
    found: dict[str, Any] = reason_json(reason)
    return found
