"""Pause dunning of a customer or of items, end a pause, and keep what people agreed to be reached by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from openterms.apps.journal.actions import record
from openterms.apps.parties.actions import change_customer
from openterms.apps.parties.models import Contact, Customer
from openterms.apps.receivables.open_item.models import DEBIT_KINDS, Item
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop

from .models import Consent, Pause, PauseItem

LONGEST_DAYS = 366


def pause(
    seller: Seller,
    actor: Actor,
    customer: Customer,
    kind: str,
    reason: str,
    until: date,
    on: date,
    now: datetime,
    item_ids: Sequence[UUID] = (),
) -> Pause:
    """Ask nothing of a customer, or for some items of it, through a day. A later pause does not end an earlier one.

    Errors: unknown kind, no reason, a day that has passed or is more than a year ahead, items that are not the
    customer's own.
    """
    if kind not in Pause.Kind.values:
        raise BadInput(
            gettext_noop("%(kind)s is no kind of pause"), "kind", gettext_noop("Give one of: %(kinds)s"),
            {"kind": kind, "kinds": ", ".join(Pause.Kind.values)},
        )  # fmt: skip
    if not reason.strip():
        raise BadInput(gettext_noop("The reason is empty"), "reason", gettext_noop("Say why nothing is asked"))
    if not on <= until or (until - on).days > LONGEST_DAYS:
        raise BadInput(
            gettext_noop("A pause ends on a day to come, within a year"), "until", gettext_noop("Give such a day")
        )
    with transaction.atomic():
        Customer.objects.select_for_update().get(id=customer.id)
        own = Item.objects.filter(seller=seller, customer=customer, kind__in=DEBIT_KINDS, id__in=list(item_ids))
        if own.count() != len(set(item_ids)):
            raise BadInput(
                gettext_noop("These are not all items that this customer owes"),
                where="items",
                remedy=gettext_noop("Choose open invoices or charges of this customer"),
            )
        made = Pause.objects.create(
            seller=seller, customer=customer, kind=kind, reason=reason.strip()[:500], starts_on=on, until=until,
            made_by_id=actor.user_id,
        )  # fmt: skip
        PauseItem.objects.bulk_create(PauseItem(seller=seller, pause=made, item=item) for item in own.order_by("id"))
        if not item_ids:
            _follow(customer, on)
        record(
            seller.id, actor, "dunning_paused", "pause", made.id, now, customer.id,
            {"kind": kind, "reason": made.reason, "until": until.isoformat(), "items": [str(one) for one in item_ids]},
        )  # fmt: skip
    return made


def end_pause(seller: Seller, actor: Actor, pause_id: UUID, on: date, now: datetime) -> Pause:
    """End a pause before its last day: from `on` it no longer holds. Errors: unknown, or over already."""
    with transaction.atomic():
        found = Pause.objects.select_for_update().filter(seller=seller, id=pause_id).first()
        if found is None or found.ended_on is not None or found.until < on:
            raise BadInput(gettext_noop("This pause is over already"), "pause")
        found.ended_on, found.ended_recorded_at, found.ended_by_id = on, now, actor.user_id
        found.save(update_fields=["ended_on", "ended_recorded_at", "ended_by"])
        if not PauseItem.objects.filter(pause=found).exists():
            _follow(found.customer, on)
        record(seller.id, actor, "dunning_resumed", "pause", found.id, now, found.customer_id, {"kind": found.kind})
    return found


def resume(seller: Seller, actor: Actor, customer: Customer, on: date, now: datetime) -> int:
    """End every pause of a customer that holds, of items too, and a day of imported data; how many ended."""
    with transaction.atomic():
        running = Pause.objects.filter(seller=seller, customer=customer, ended_on__isnull=True, until__gte=on)
        ids = list(running.order_by("id").values_list("id", flat=True))
        for one in ids:
            end_pause(seller, actor, one, on, now)
        customer = Customer.objects.get(seller=seller, id=customer.id)
        if customer.paused_until is not None:
            change_customer(customer, actor, {"paused_until": None}, now)
    return len(ids)


def _follow(customer: Customer, on: date) -> None:
    """Leave in the customer's record until when it is paused: the farthest day of the pauses that hold."""
    holding = Pause.objects.filter(
        seller_id=customer.seller_id, customer=customer, ended_on__isnull=True, until__gte=on, pauseitem__isnull=True
    )
    until = holding.order_by("-until").values_list("until", flat=True).first()
    Customer.objects.filter(id=customer.id).update(paused_until=until)
    customer.paused_until = until


def give_consent(
    seller: Seller, actor: Actor, contact: Contact, channel: str, source: str, on: date, now: datetime
) -> Consent:
    """Keep that a contact agreed to be reached by a channel, with the proof. Errors: kept already, no proof, a day to
    come."""
    if channel not in Contact.Channel.values or not source.strip():
        raise BadInput(
            gettext_noop("The consent says no channel, or not how it was given"), "consent",
            gettext_noop("Give the channel, and where or how the person agreed"),
        )  # fmt: skip
    if on > local_date(now, seller.timezone):
        raise BadInput(
            gettext_noop("%(day)s is to come"), "given_on", gettext_noop("Give today or an earlier day"),
            {"day": on.isoformat()},
        )  # fmt: skip
    with transaction.atomic():
        try:
            with transaction.atomic():
                made = Consent.objects.create(
                    seller=seller, customer_id=contact.customer_id, contact=contact, channel=channel, given_on=on,
                    source=source.strip()[:300],
                )  # fmt: skip
        except IntegrityError as error:
            raise BadInput(gettext_noop("This consent is kept already"), "consent") from error
        record(
            seller.id, actor, "consent_given", "consent", made.id, now, contact.customer_id,
            {"channel": channel, "contact": contact.name, "source": made.source},
        )  # fmt: skip
    return made


def withdraw_consent(seller: Seller, actor: Actor, consent_id: UUID, on: date, now: datetime) -> Consent:
    """The contact takes a consent back. Errors: unknown, or taken back already."""
    with transaction.atomic():
        found = Consent.objects.select_for_update().filter(seller=seller, id=consent_id).first()
        if found is None or found.withdrawn_on is not None:
            raise BadInput(gettext_noop("This consent is taken back already"), "consent")
        found.withdrawn_on = on
        found.save(update_fields=["withdrawn_on"])
        record(
            seller.id, actor, "consent_withdrawn", "consent", found.id, now, found.customer_id,
            {"channel": found.channel},
        )  # fmt: skip
    return found
