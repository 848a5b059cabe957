"""What the reader of a personal page does there: says it is paid, promises, contests, accepts, asks. Each once.

The link says for whom; nothing that the reader sends can name another customer. Whatever is done is kept as a touch of
the link, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from openterms.apps.collecting.plan import actions as plans
from openterms.apps.collecting.promise import actions as promises
from openterms.apps.collecting.promise.models import Channel, Promise
from openterms.apps.collecting.reported_payment.actions import Reported, report
from openterms.apps.journal.actions import record
from openterms.apps.messaging.page.actions import LINKERS, touch
from openterms.apps.messaging.page.models import PageLink, PageRequest, PageTouch
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.dispute.cases import Line, Raised, open_case
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.context import acting
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.collecting.answers import BROKEN_WITHIN_DAYS, promise_refusals

Kind = PageTouch.Kind
MOST_OPEN_REQUESTS = 10

TOO_MANY_REQUESTS = Reason(
    "page_requests_waiting",
    gettext_noop("%(count)s requests of this customer wait for an answer."),
    gettext_noop("Several of your requests wait for our answer. We will come back to you."),
    gettext_noop("Answer those first."),
)
REQUEST_DONE = Reason(
    "page_request_done", gettext_noop("This request was answered already."),
    remedy=gettext_noop("Look at the list again."),
)  # fmt: skip
NO_ANSWERER = Reason(
    "page_request_role", gettext_noop("The role %(role)s answers no requests of customers."),
    remedy=gettext_noop("Ask the collector of this customer."),
)  # fmt: skip


@dataclass(frozen=True)
class Reader:
    """Whoever acts on a personal page: by which link, from which network address, under which name, with which form.

    `key` is made with the form; the same form sent twice does nothing twice.
    """

    link: PageLink
    key: UUID
    address: str = ""
    name: str = ""

    def actor(self, customer: Customer) -> Actor:
        """The doer as the journal keeps it: the name that was typed, the contact's, or the customer's."""
        contact = self.link.contact.name if self.link.contact_id and self.link.contact else ""
        return Actor(self.name.strip()[:200] or contact or customer.name)


def say_paid(reader: Reader, said: Reported, now: datetime) -> bool:
    """The reader says that it is paid. False where this very form was sent before; errors and refusals as
    `reported_payment.actions.report`."""

    def act(seller: Seller, customer: Customer, who: Actor, today: date) -> UUID:
        return report(seller, who, customer, said, today, now).id

    return _once(reader, Kind.PAID, now, act)


def promise_day(reader: Reader, item_ids: Sequence[UUID], amount_minor: int, day: date, now: datetime) -> bool:
    """The reader promises to pay so much by a day. Refused: a day too far ahead, promises broken lately (then a person
    is asked); errors as `promise.actions.promise`. False where this very form was sent before."""

    def act(seller: Seller, customer: Customer, who: Actor, today: date) -> UUID:
        refused = promise_refusals(day, today, broken_lately(customer, today))
        if refused:
            raise Refused(list(refused))
        return promises.promise(
            seller, who, customer, item_ids, amount_minor, day, today, now, made_by=who.name, channel=Channel.PAGE
        ).id

    return _once(reader, Kind.PROMISED, now, act)


def contest(
    reader: Reader, lines: Sequence[Line], reason: str, note: str, file_ids: Sequence[UUID], now: datetime
) -> bool:
    """The reader contests amounts. Errors as `dispute.cases.open_case`. False where this very form was sent before."""

    def act(seller: Seller, customer: Customer, who: Actor, today: date) -> UUID:
        raised = Raised(reason=reason, note=note, raised_by=who.name, channel=Channel.PAGE, file_ids=file_ids)
        return open_case(seller, who, customer, lines, raised, today, now).id

    return _once(reader, Kind.DISPUTED, now, act)


def accept_plan(reader: Reader, plan_id: UUID, agreement_hash: str, now: datetime) -> bool:
    """The reader accepts the plan whose text it was shown, under a typed name. Refusals as `plan.actions.accept`."""

    def act(seller: Seller, customer: Customer, who: Actor, today: date) -> UUID:
        if not agreement_hash:
            raise BadInput(gettext_noop("The agreement that was read is not named"), "agreement")
        if not customer.plan_set.filter(id=plan_id).exists():  # type: ignore[attr-defined]
            raise BadInput(gettext_noop("There is no such plan"), "plan")
        return plans.accept(
            seller, who, plan_id, reader.name, reader.address, now, agreement_hash=agreement_hash, channel=Channel.PAGE
        ).id

    return _once(reader, Kind.PLAN, now, act)


def ask(reader: Reader, kind: str, said: dict[str, Any], text: str, now: datetime) -> bool:
    """The reader asks for something that a person answers. Errors: nothing said. Refused: many requests wait."""
    touches = {PageRequest.Kind.PLAN: Kind.PLAN, PageRequest.Kind.PERSON: Kind.WRONG_PERSON}

    def act(seller: Seller, customer: Customer, who: Actor, today: date) -> UUID:
        if not text.strip() and not any(said.values()):
            raise BadInput(gettext_noop("This is empty"), "text", gettext_noop("Write what you want to tell us"))
        waiting = PageRequest.objects.filter(seller=seller, customer=customer, done_at__isnull=True).count()
        if waiting >= MOST_OPEN_REQUESTS:
            raise Refused([TOO_MANY_REQUESTS.given(count=waiting)])
        made = PageRequest.objects.create(
            seller=seller, customer=customer, contact_id=reader.link.contact_id, kind=kind, said=said,
            text=text.strip()[:2000], language=reader.link.language, asked_at=now,
        )  # fmt: skip
        record(seller.id, who, "page_request_made", "page_request", made.id, now, customer.id, {"kind": kind})
        return made.id

    return _once(reader, touches.get(PageRequest.Kind(kind), Kind.ASKED), now, act)


def answer_request(seller: Seller, actor: Actor, request_id: UUID, note: str, now: datetime) -> PageRequest:
    """A person has answered: the request leaves the list, with a word about how. Refused: a role that answers none,
    answered before. Errors: no note, no such request."""
    if actor.role is not None and actor.role not in LINKERS:
        raise Refused([NO_ANSWERER.given(role=actor.role)])
    if not note.strip():
        raise BadInput(gettext_noop("The note is empty"), "note", gettext_noop("Say how it was answered"))
    with transaction.atomic():
        row = PageRequest.objects.select_for_update().filter(seller=seller, id=request_id).first()
        if row is None:
            raise BadInput(gettext_noop("There is no such request"), "request")
        if row.done_at is not None:
            raise Refused([REQUEST_DONE])
        row.done_at, row.done_by_id, row.done_note = now, actor.user_id, note.strip()[:500]
        row.save(update_fields=["done_at", "done_by", "done_note"])
        said = {"kind": row.kind, "note": row.done_note}
        record(seller.id, actor, "page_request_answered", "page_request", row.id, now, row.customer_id, said)
    return row


def seen(link: PageLink, address: str, now: datetime, is_document: bool = False) -> None:
    """Somebody read the page, or opened a document of it (a person moved on it, not merely a program that fetched it);
    each once a day for a link."""
    kind = Kind.DOWNLOADED if is_document else Kind.SEEN
    with acting(link.seller_id):
        today = now - timedelta(hours=24)
        if not PageTouch.objects.filter(link=link, kind=kind, at__gt=today).exists():
            touch(link, kind, address, now)


def broken_lately(customer: Customer, today: date) -> int:
    """How many promises of a customer were broken, or kept in part, within `BROKEN_WITHIN_DAYS`."""
    since = today - timedelta(days=BROKEN_WITHIN_DAYS)
    failed = (Promise.State.BROKEN, Promise.State.PART_KEPT)
    return Promise.objects.filter(customer=customer, state__in=failed, state_on__gt=since).count()


def was_sent(link: PageLink, key: UUID) -> bool:
    """Whether a form of this link was sent before and did what it says."""
    with acting(link.seller_id):
        return PageTouch.objects.filter(link=link, key=key).exists()


def _once(
    reader: Reader, kind: PageTouch.Kind, now: datetime, act: Callable[[Seller, Customer, Actor, date], UUID]
) -> bool:
    """Do it and keep the touch, or see that this very form did it before."""
    link = reader.link
    with acting(link.seller_id):
        if was_sent(link, reader.key):
            return False
        seller = Seller.objects.get(id=link.seller_id)
        customer = Customer.objects.get(seller=seller, id=link.customer_id)
        try:
            with transaction.atomic():
                subject = act(seller, customer, reader.actor(customer), local_date(now, seller.timezone))
                touch(link, kind, reader.address, now, subject, reader.key)
        except IntegrityError as error:
            if "page_touch_once" in str(error):
                return False
            raise
        except (BadInput, Refused):
            if was_sent(link, reader.key):  # it was refused because the same form was done while it waited
                return False
            raise
    return True
