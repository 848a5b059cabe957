"""A customer says it has paid: collecting waits for the money, cash looks for it, and it ends by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from openterms.apps.collecting.promise.models import Channel
from openterms.apps.collecting.strategy.actions import in_force
from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Attachment, Customer
from openterms.apps.receivables.claim import actions as claims
from openterms.apps.receivables.claim.actions import refuse_claim
from openterms.apps.receivables.open_item.locking import lock_items
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Role, Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.money import format_amount
from openterms.core.base.reasons import Reason, gettext_noop

from .models import PaidWay, ReportedPart, ReportedPayment

LONGEST_AGO = 60
MOST_OPEN = 20
FINDERS = (Role.CASH_CLERK, Role.COLLECTOR, Role.CREDIT_MANAGER, Role.CFO)
State = ReportedPayment.State

NOT_OPEN = Reason(
    "reported_not_open",
    gettext_noop("This reported payment is %(state)s; nobody looks for it any more."),
    remedy=gettext_noop("Report it again if there is something new."),
)
NO_FINDER = Reason(
    "reported_role",
    gettext_noop("The role %(role)s does not answer reported payments."),
    remedy=gettext_noop("Ask a cash clerk."),
)
HELD_BEFORE = Reason(
    "reported_before",
    gettext_noop("A payment was reported for these items before and did not arrive."),
    gettext_noop("We still look for the payment that you told us of."),
    gettext_noop("Record a promise, or ask for the proof of payment."),
)


@dataclass(frozen=True, kw_only=True)
class Reported:
    """What the customer says: the items (oldest due first where the amount is less), how much, when, by what way, with
    what reference; who says so by which way; and the file that proves it, kept with the customer."""

    item_ids: Sequence[UUID]
    amount_minor: int
    paid_on: date
    way: str = PaidWay.TRANSFER
    reference: str = ""
    note: str = ""
    reported_by: str = ""
    channel: str = Channel.PHONE
    proof_id: UUID | None = None


def report(
    seller: Seller, actor: Actor, customer: Customer, said: Reported, on: date, now: datetime
) -> ReportedPayment:
    """Keep a customer's word that it has paid. The items are left alone through the days that the strategy gives
    (`plans: in_flight_days`), and the payment stands in the list that cash looks through.

    Without a proof the same items are not held a second time in a row. Refused: that. Errors: an amount that is not
    positive or over what is open, a day in the future or over 60 days ago, items of several customers or currencies.
    """
    _refuse_said(said, on)
    with transaction.atomic():
        items = _items(seller, customer, said, on)
        if said.proof_id is None and _failed_before(seller, [item.id for item in items], on):
            raise Refused([HELD_BEFORE])
        if (
            said.proof_id is not None
            and not Attachment.objects.filter(seller=seller, customer=customer, id=said.proof_id).exists()
        ):
            raise BadInput(gettext_noop("There is no such file with this customer"), "proof")
        days = in_force(seller, on, now)[1].plans.in_flight_days
        made = ReportedPayment.objects.create(
            seller=seller, customer=customer, amount_minor=said.amount_minor, currency=items[0].currency,
            paid_on=said.paid_on, way=said.way, reference=said.reference.strip()[:200], note=said.note.strip(),
            proof_id=said.proof_id, channel=said.channel, reported_by=said.reported_by.strip()[:200], reported_on=on,
            waits_until=on + timedelta(days=days), state_on=on,
        )  # fmt: skip
        rest = said.amount_minor
        for item in items:
            minor = min(rest, item.open_minor - item.contested_minor - item.in_flight_minor)
            if minor <= 0:
                continue
            rest -= minor
            ReportedPart.objects.create(seller=seller, payment=made, item=item, amount_minor=minor)
            claims.place(item, "in_flight", minor, on, "reported", made.id)
        _note(seller, actor, made, "reported", now, {"items": [item.number for item in items], "channel": said.channel})
    return made


def _refuse_said(said: Reported, on: date) -> None:
    if said.way not in PaidWay.values or said.channel not in Channel.values:
        raise BadInput(
            gettext_noop("This way of payment or of telling us is not known"), "way", gettext_noop("one of: %(known)s"),
            {"known": ", ".join([*PaidWay.values, *Channel.values])},
        )  # fmt: skip
    if not 0 <= (on - said.paid_on).days <= LONGEST_AGO:
        raise BadInput(
            gettext_noop("%(day)s cannot be the day of this payment"), "paid_on",
            gettext_noop("Give today or a day within the last 60"), {"day": said.paid_on.isoformat()},
        )  # fmt: skip


def _items(seller: Seller, customer: Customer, said: Reported, on: date) -> list[Item]:
    locked = lock_items(seller, said.item_ids)
    if not locked or not set(said.item_ids) <= set(locked):
        raise BadInput(gettext_noop("There is no such item"), where="items")
    items = sorted(locked.values(), key=lambda item: (item.due_on, item.number))
    for item in items:
        refuse_claim(item, on)
    if len({item.currency for item in items}) != 1 or any(item.customer_id != customer.id for item in items):
        raise BadInput(
            gettext_noop("A payment is for items of one customer and one currency"),
            where="items",
            remedy=gettext_noop("Choose open invoices of this customer in one currency"),
        )
    room = sum(item.open_minor - item.contested_minor - item.in_flight_minor for item in items)
    currency = items[0].currency
    if not 0 < said.amount_minor <= room:
        raise BadInput(
            gettext_noop("%(amount)s cannot be under way for these items"), "amount",
            gettext_noop("Give a positive amount of at most %(free)s, which is open and not disputed"),
            {"amount": format_amount(said.amount_minor, currency), "free": format_amount(room, currency)},
        )  # fmt: skip
    return items


def _failed_before(seller: Seller, item_ids: Sequence[UUID], on: date) -> bool:
    """Whether the last word about one of the items, within 60 days, was of money that did not come."""
    last = (
        ReportedPayment.objects.filter(
            seller=seller, parts__item_id__in=item_ids, reported_on__gte=on - timedelta(days=LONGEST_AGO)
        )
        .order_by("-id")
        .values_list("state", flat=True)
        .first()
    )
    return last in (State.LAPSED, State.NOT_FOUND)


def answer(
    seller: Seller, actor: Actor, payment_id: UUID, state: str, on: date, now: datetime, note: str = ""
) -> ReportedPayment:
    """What cash found: `arrived`, or `not_found`; or the customer takes it back (`withdrawn`). What it held may be
    collected again as far as it is open. Refused: a role that answers none, answered already; busy. Errors: an unknown
    answer, not found without a note, no such payment."""
    if actor.role is not None and actor.role not in FINDERS:
        raise Refused([NO_FINDER.given(role=actor.role)])
    if state not in (State.ARRIVED, State.NOT_FOUND, State.WITHDRAWN):
        raise BadInput(
            gettext_noop("This is no answer"), "state", gettext_noop("one of: %(known)s"),
            {"known": ", ".join([State.ARRIVED, State.NOT_FOUND, State.WITHDRAWN])},
        )  # fmt: skip
    if state == State.NOT_FOUND and not note.strip():
        raise BadInput(gettext_noop("The note is empty"), "note", gettext_noop("Say where it was looked for"))
    with transaction.atomic():
        lock_items(seller, _item_ids([payment_id]))
        with locking():
            kept = ReportedPayment.objects.select_for_update().filter(seller=seller, id=payment_id).first()
        if kept is None:
            raise BadInput(gettext_noop("There is no such reported payment"), "payment")
        if kept.state != State.OPEN:
            raise Refused([NOT_OPEN.given(state=kept.state)])
        kept.answer = note.strip()[:500]
        _end(seller, actor, kept, state, on, now)
    return kept


ARRIVED = """
SELECT w.payment_id FROM (
    SELECT p.payment_id, sum(p.amount_minor) AS wanted,
        sum(least(p.amount_minor, greatest(coalesce(s.minor, 0), 0))) AS came
    FROM collecting_reportedpart p JOIN collecting_reportedpayment r ON r.id = p.payment_id
    CROSS JOIN LATERAL (SELECT sum(x.amount_minor) AS minor FROM receivables_settlement x
        WHERE x.item_id = p.item_id AND x.kind = 'cash' AND x.settled_on BETWEEN r.paid_on AND %(as_of)s) s
    WHERE p.payment_id = ANY(%(ids)s) GROUP BY p.payment_id
) w WHERE w.came >= w.wanted
"""


def derive_reported(seller: Seller, as_of: date, now: datetime) -> dict[str, int]:
    """End what is over: the money came (allocated to the items since the day it was paid), or its days have passed.
    Returns how many went to each state; run twice, it changes nothing more."""
    changed: dict[str, int] = {}
    with transaction.atomic():
        wanted = ReportedPayment.objects.filter(seller=seller, state=State.OPEN, reported_on__lte=as_of)
        ids = list(wanted.values_list("id", flat=True))
        lock_items(seller, _item_ids(ids))
        with locking():
            found = list(wanted.filter(id__in=ids).select_for_update().order_by("id"))
        with connection.cursor() as cursor:
            cursor.execute(ARRIVED, {"ids": ids, "as_of": as_of})
            arrived = {payment_id for (payment_id,) in cursor.fetchall()}
        for kept in found:
            state = State.ARRIVED if kept.id in arrived else State.LAPSED if as_of > kept.waits_until else None
            if state is not None:
                _end(seller, SYSTEM, kept, state, as_of, now)
                changed[state] = changed.get(state, 0) + 1
    return changed


def _item_ids(payment_ids: Sequence[UUID]) -> list[UUID]:
    return sorted(set(ReportedPart.objects.filter(payment_id__in=payment_ids).values_list("item_id", flat=True)))


def _end(seller: Seller, actor: Actor, kept: ReportedPayment, state: str, on: date, now: datetime) -> None:
    claims.end([kept.id], on, now)
    kept.state, kept.state_on = state, on
    kept.save(update_fields=["state", "state_on", "answer"])
    _note(seller, actor, kept, state, now, {"note": kept.answer})


def _note(
    seller: Seller, actor: Actor, kept: ReportedPayment, what: str, now: datetime, more: Mapping[str, object]
) -> None:
    record(
        seller.id, actor, f"payment_{what}", "reported_payment", kept.id, now, kept.customer_id,
        {"amount_minor": kept.amount_minor, "currency": kept.currency} | dict(more),
    )  # fmt: skip
