"""Take promises, withdraw them, and derive how they ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.claim import actions as claims
from openterms.apps.receivables.claim.actions import refuse_claim
from openterms.apps.receivables.open_item.locking import lock_items
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.money import format_amount
from openterms.core.base.reasons import gettext_noop
from openterms.core.collecting.promises import PromiseFacts, PromiseRule, after_earlier, outcome_of

from .models import Channel, Promise, PromiseItem

JUDGED = (Promise.State.KEPT, Promise.State.PART_KEPT, Promise.State.BROKEN)
LOOK_BACK = 120
MOST_LINES = 200


class Line(NamedTuple):
    """So much of an item by a day; minor units of the item's currency."""

    item_id: UUID
    amount_minor: int
    promised_for: date


class Given(NamedTuple):
    """When and how a promise was given, by whom, and what it was given together with."""

    on: date
    now: datetime
    made_by: str
    note: str
    channel: str
    given_id: UUID | None = None


def promise(
    seller: Seller,
    actor: Actor,
    customer: Customer,
    item_ids: Sequence[UUID],
    amount_minor: int,
    promised_for: date,
    on: date,
    now: datetime,
    made_by: str = "",
    note: str = "",
    channel: str = Channel.PHONE,
) -> Promise:
    """Record what a customer promised to pay of some items by one day, oldest due first.

    A promise still pending on the same items is replaced (renegotiated). Errors: a date in the past, an amount over
    what is collectable, items of several currencies or of other customers.
    """
    if promised_for < on:
        raise BadInput(
            gettext_noop("%(day)s has passed"), "date", gettext_noop("Give today or a later date"),
            {"day": promised_for.isoformat()},
        )  # fmt: skip
    given = Given(on, now, made_by, note, channel)
    with transaction.atomic():
        items = _promisable(seller, actor, customer, item_ids, on, now)
        _refuse_beyond(amount_minor, items)
        rest, parts = amount_minor, []
        for item in items:
            part = min(rest, item.collectable_minor)
            if part > 0:
                rest -= part
                parts.append((item, part))
        return _make(seller, actor, customer, parts, promised_for, given)


def promise_lines(
    seller: Seller,
    actor: Actor,
    customer: Customer,
    lines: Sequence[Line],
    on: date,
    now: datetime,
    made_by: str = "",
    note: str = "",
    channel: str = Channel.PHONE,
) -> list[Promise]:
    """Record what a customer promised line by line: so much of an item by a day. One promise for each day, earliest
    first; together they share `given_id`, and each counts as kept or broken by itself.

    Money for an item counts to the earlier days first. A promise still pending on one of the items is replaced. Errors
    name the line: a day that has passed, more of an item than is collectable, several currencies or customers.
    """
    _refuse_lines(lines, on)
    given = Given(on, now, made_by, note, channel, new_id())
    with transaction.atomic():
        found = _promisable(seller, actor, customer, [one.item_id for one in lines], on, now)
        items = {item.id: item for item in found}
        wanted: dict[UUID, int] = {}
        for one in lines:
            wanted[one.item_id] = wanted.get(one.item_id, 0) + one.amount_minor
        for item_id, minor in wanted.items():
            _refuse_beyond(minor, [items[item_id]])
        days: dict[date, dict[UUID, int]] = {}
        for one in sorted(lines, key=lambda line: line.promised_for):
            of_day = days.setdefault(one.promised_for, {})
            of_day[one.item_id] = of_day.get(one.item_id, 0) + one.amount_minor
        return [
            _make(seller, actor, customer, [(items[key], minor) for key, minor in parts.items()], promised_for, given)
            for promised_for, parts in days.items()
        ]


def _refuse_lines(lines: Sequence[Line], on: date) -> None:
    if not 1 <= len(lines) <= MOST_LINES:
        raise BadInput(
            gettext_noop("A promise has from 1 to %(most)s lines"), "lines", gettext_noop("Give fewer lines, or some"),
            {"most": MOST_LINES},
        )  # fmt: skip
    for place, one in enumerate(lines, 1):
        if one.promised_for < on:
            raise BadInput(
                gettext_noop("%(day)s has passed"), f"lines, {place}, date", gettext_noop("Give today or a later date"),
                {"day": one.promised_for.isoformat()},
            )  # fmt: skip
        if one.amount_minor <= 0:
            raise BadInput(
                gettext_noop("The amount is not positive"), f"lines, {place}, amount",
                gettext_noop("Give an amount above zero"),
            )  # fmt: skip


def _make(
    seller: Seller,
    actor: Actor,
    customer: Customer,
    parts: Sequence[tuple[Item, int]],
    promised_for: date,
    given: Given,
) -> Promise:
    if given.channel not in Channel.values:
        raise BadInput(
            gettext_noop("%(channel)s is no way in which a customer tells us"), "channel",
            gettext_noop("one of: %(known)s"), {"channel": given.channel, "known": ", ".join(Channel.values)},
        )  # fmt: skip
    made = Promise.objects.create(
        seller=seller, customer=customer, amount_minor=sum(minor for _, minor in parts), currency=parts[0][0].currency,
        promised_for=promised_for, made_on=given.on, made_by=given.made_by[:200], taken_by_id=actor.user_id,
        note=given.note, state_on=given.on, channel=given.channel, given_id=given.given_id,
    )  # fmt: skip
    for item, minor in parts:
        PromiseItem.objects.create(
            seller=seller, promise=made, item=item, amount_minor=minor, open_before_minor=item.open_minor
        )
        claims.place(item, "promised", minor, given.on, "promise", made.id)
    record(
        seller.id, actor, "promise_made", "promise", made.id, given.now, customer.id,
        _data(made) | {"made_by": made.made_by, "items": [item.number for item, _ in parts], "channel": made.channel},
    )  # fmt: skip
    return made


def _promisable(
    seller: Seller, actor: Actor, customer: Customer, item_ids: Sequence[UUID], on: date, now: datetime
) -> list[Item]:
    """The items, locked, oldest due first, once a pending promise on them is replaced; or a refusal."""
    locked = lock_items(seller, item_ids)
    if not set(item_ids) <= set(locked):
        raise BadInput(gettext_noop("There is no such item"), where="items")
    for item in locked.values():
        refuse_claim(item, on)
    items = sorted(locked.values(), key=lambda item: (item.due_on, item.number))
    if len({item.currency for item in items}) != 1 or any(item.customer_id != customer.id for item in items):
        raise BadInput(
            gettext_noop("A promise is for items of one customer and one currency"),
            where="items",
            remedy=gettext_noop("Choose open invoices of this customer in one currency"),
        )
    replace_pending(seller, actor, customer, [item.id for item in items], on, now)
    for item in items:
        item.refresh_from_db()
    return items


def _refuse_beyond(amount_minor: int, items: Sequence[Item]) -> None:
    free, currency = sum(item.collectable_minor for item in items), items[0].currency
    if not 0 < amount_minor <= free:
        raise BadInput(
            gettext_noop("%(amount)s cannot be promised"),
            where="amount",
            remedy=gettext_noop("Give a positive amount of at most %(free)s, which is open and not disputed"),
            params={"amount": format_amount(amount_minor, currency), "free": format_amount(free, currency)},
        )


def withdraw(seller: Seller, actor: Actor, promise_id: UUID, on: date, now: datetime) -> Promise:
    """Take a pending promise off the record's claims; it counts neither as kept nor as broken."""
    with transaction.atomic():
        _lock_items_of(seller, [promise_id])
        made = Promise.objects.select_for_update().filter(seller=seller, id=promise_id).first()
        if made is None or made.state != Promise.State.PENDING:
            raise BadInput(gettext_noop("This promise is not pending"), "promise")
        _finish(seller, actor, [made], Promise.State.WITHDRAWN, on, now)
    return made


def _lock_items_of(seller: Seller, promise_ids: Sequence[UUID]) -> None:
    """Items before promises: the order in which everybody locks."""
    ids = PromiseItem.objects.filter(seller=seller, promise_id__in=promise_ids).values_list("item_id", flat=True)
    lock_items(seller, list(ids))


def replace_pending(
    seller: Seller, actor: Actor, customer: Customer, item_ids: list[UUID], on: date, now: datetime
) -> None:
    """Promises still pending on some items, whose locks the caller holds, are replaced by what it agrees now."""
    pending = list(
        Promise.objects.select_for_update()
        .filter(seller=seller, customer=customer, state=Promise.State.PENDING, promiseitem__item_id__in=item_ids)
        .order_by("id")
    )
    if pending:
        _finish(seller, actor, list({p.id: p for p in pending}.values()), Promise.State.RENEGOTIATED, on, now)


def _finish(seller: Seller, actor: Actor, promises: list[Promise], state: str, on: date, now: datetime) -> None:
    claims.end([made.id for made in promises], on, now)
    for made in promises:
        made.state, made.state_on = state, on
        record(
            seller.id, actor, f"promise_{state}", "promise", made.id, now, made.customer_id,
            _data(made),
        )  # fmt: skip
    Promise.objects.bulk_update(promises, ["state", "state_on"])


def _data(made: Promise) -> dict[str, Any]:
    promised_for = made.promised_for.isoformat()
    return {"amount_minor": made.amount_minor, "currency": made.currency, "promised_for": promised_for}


RECEIVED = """
SELECT pi.promise_id, pi.item_id, s.settled_on, sum(s.amount_minor)::bigint, coalesce((
    SELECT sum(e.amount_minor) FROM collecting_promiseitem e JOIN collecting_promise q ON q.id = e.promise_id
    WHERE e.item_id = pi.item_id AND q.given_id = p.given_id AND q.promised_for < p.promised_for), 0)::bigint
FROM collecting_promiseitem pi JOIN collecting_promise p ON p.id = pi.promise_id
JOIN receivables_settlement s ON s.item_id = pi.item_id
WHERE pi.promise_id = ANY(%(ids)s) AND s.settled_on BETWEEN p.made_on AND %(as_of)s
GROUP BY pi.promise_id, pi.item_id, s.settled_on, p.given_id, p.promised_for
ORDER BY pi.promise_id, pi.item_id, s.settled_on
"""


def derive_states(seller: Seller, as_of: date, now: datetime) -> dict[str, int]:
    """Give promises the state that settlements and the date imply; returns how many changed to each state.

    A promise is kept as soon as it is fully met; it is judged part kept or broken once its date and grace have passed.
    Promises judged before are judged again for a while, so that a receipt that comes back from the bank, or one booked
    late, is heard of even if nobody told. An earlier date than the state's own changes nothing.
    """
    changed: dict[str, int] = {}
    with transaction.atomic():
        wanted = Promise.objects.filter(seller=seller, made_on__lte=as_of, state_on__lte=as_of).filter(
            Q(state=Promise.State.PENDING) | Q(state__in=JUDGED, promised_for__gte=as_of - timedelta(days=LOOK_BACK))
        )
        _lock_items_of(seller, list(wanted.values_list("id", flat=True)))
        with locking():
            promises = list(wanted.select_for_update().order_by("id"))
        received = _received([made.id for made in promises], as_of)
        moved: dict[str, list[tuple[Promise, date]]] = {}
        for made in promises:
            facts = PromiseFacts(
                str(made.id), made.amount_minor, made.promised_for, made.made_on, tuple(received.get(made.id, ()))
            )
            outcome = outcome_of(facts, as_of, PromiseRule(grace_days=made.grace_days))
            if outcome.state != made.state:
                moved.setdefault(outcome.state, []).append((made, outcome.on))
        for state, group in moved.items():
            if state == Promise.State.PENDING:
                _revive(seller, [made for made, _ in group], as_of, now)
            else:
                _finish(seller, SYSTEM, [made for made, _ in group], state, as_of, now)
            changed[state] = len(group)
    return changed


def _received(ids: list[UUID], as_of: date) -> dict[UUID, list[tuple[date, int]]]:
    """The money that counts to each promise. Of promises given together the earlier days take theirs first."""
    received: dict[UUID, list[tuple[date, int]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(RECEIVED, {"ids": ids, "as_of": as_of})
        for (promise_id, _, earlier), found in groupby(cursor.fetchall(), key=itemgetter(0, 1, 4)):
            money = after_earlier([(on, minor) for _, _, on, minor, _ in found], earlier)
            received.setdefault(promise_id, []).extend(money)
    return received


def _revive(seller: Seller, promises: list[Promise], on: date, now: datetime) -> None:
    """A promise kept before its date whose money was taken back is pending again, with its claims."""
    for made in promises:
        made.state, made.state_on = Promise.State.PENDING, on
        for part in PromiseItem.objects.filter(promise=made).select_related("item"):
            claims.place(part.item, "promised", part.amount_minor, on, "promise", made.id)
        record(
            seller.id, SYSTEM, "promise_pending", "promise", made.id, now, made.customer_id,
            _data(made),
        )  # fmt: skip
    Promise.objects.bulk_update(promises, ["state", "state_on"])
