"""What providers report of messages, taken in once each; an address that fails is marked and the message repaired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from openterms.apps.journal.actions import record
from openterms.apps.journal.announcing import announce
from openterms.apps.messaging.channel.models import MessageChannel
from openterms.apps.parties.models import Contact
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.messaging.channels import ROLE_ORDER

from .events import AddressFailed, MessageReported
from .letters import Letter, read_back, reason_json
from .models import BadAddress, Message, MessageReport, MessageState
from .queueing import queue

KINDS = ("sent", "delivered", "deferred", "bounced", "failed", "complained", "opened")
MOST_REPAIRS = 3

REPORTED = {
    "bounced": Reason("bounced", gettext_noop("It came back: %(what)s")),
    "failed": Reason("provider_failed", gettext_noop("The provider could not deliver it: %(what)s")),
    "complained": Reason("complained", gettext_noop("The reader marked it as unwanted: %(what)s")),
}
_FROM = {
    "sent": ("sending",),
    "delivered": ("sending", "sent"),
    "bounced": ("sending", "sent", "delivered"),
    "failed": ("sending", "sent"),
    "complained": ("sending", "sent", "delivered"),
}
"""Which states a report may end; later and out of order reports change nothing that is worse already."""


@dataclass(frozen=True, slots=True)
class Told:
    """One report: what, the provider's own key for it, when, its words."""

    kind: str
    event_key: str
    at: datetime
    what: str = ""
    provider_key: str = ""


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """A report that names its message by our id or by the provider's key."""

    told: Told
    message_id: UUID | None = None
    provider_key: str = ""


def report(channel: MessageChannel, events: Sequence[ProviderEvent], now: datetime) -> int:
    """Take in what a provider reports; how many were new. What is not this channel's is left out."""
    seller, taken = channel.seller, 0
    for event in events:
        mine = Message.objects.filter(seller=seller, channel=channel.kind)
        found = mine.filter(id=event.message_id).first() if event.message_id else None
        if found is None and event.provider_key:
            found = mine.filter(provider_key=event.provider_key).first()
        if found is not None and event.told.kind in KINDS:
            taken += tell(seller, found.id, event.told, now)
    return taken


def tell(seller: Seller, message_id: UUID, told: Told, now: datetime) -> bool:
    """Take in one report of a message; whether it was new. One journal event for each that changes something."""
    with transaction.atomic():
        with locking():
            message = Message.objects.select_for_update(of=("self",)).get(seller=seller, id=message_id)
        _row, is_new = MessageReport.objects.get_or_create(
            seller=seller, message=message, event_key=told.event_key[:200],
            defaults={"kind": told.kind, "at": told.at, "what": told.what[:500]},
        )  # fmt: skip
        if not is_new:
            return False
        if message.state in _FROM.get(told.kind, ()):
            _change(message, told, now)
            if told.kind not in ("sent", "delivered"):
                said = {"kind": told.kind, "what": told.what[:500], "address": message.address}
                record(seller.id, SYSTEM, f"message_{told.kind}", "message", message.id, now, message.customer_id, said)
            if told.kind in ("bounced", "complained"):
                _address_failed(seller, message, told, now)
        announce(MessageReported(seller=seller, message_id=message.id, kind=told.kind, now=now))
    return True


def _change(message: Message, told: Told, now: datetime) -> None:
    fields = ["state", "claimed_until", "reason", "sent_at"]
    message.state = MessageState(told.kind)
    message.claimed_until = None
    message.sent_at = message.sent_at or told.at
    if told.provider_key and not message.provider_key:
        message.provider_key = told.provider_key
        fields.append("provider_key")
    message.reason = reason_json(REPORTED[told.kind].given(what=told.what[:300])) if told.kind in REPORTED else {}
    if told.kind != "sent":
        message.ended_at = now
        fields.append("ended_at")
    message.save(update_fields=fields)


def _address_failed(seller: Seller, message: Message, told: Told, now: datetime) -> None:
    """Mark the address, and for a bounce write to the next contact by role who can be reached the same way."""
    with transaction.atomic():
        BadAddress.objects.bulk_create(
            [BadAddress(seller=seller, channel=message.channel, address=message.address, cause=told.kind,
                        message=message, what=told.what[:500], marked_at=now)],
            ignore_conflicts=True,
        )  # fmt: skip
    repaired = _repair(seller, message, now) if told.kind == "bounced" else None
    announce(
        AddressFailed(
            seller=seller, customer_id=message.customer_id, contact_id=message.contact_id, channel=message.channel,
            address=message.address, message_id=message.id, repaired_by=repaired.id if repaired else None, now=now,
        )
    )  # fmt: skip


def _repair(seller: Seller, message: Message, now: datetime) -> Message | None:
    """The same message to the next contact; None where there is nobody else, or too many were tried."""
    root, tried = message, 1
    while root.repairs_id is not None:
        root, tried = Message.objects.get(id=root.repairs_id), tried + 1
    if tried > MOST_REPAIRS:
        return None
    field = {"email": "email", "sms": "phone", "whatsapp": "phone"}.get(message.channel)
    if field is None:
        return None
    bad = BadAddress.objects.filter(seller=seller, channel=message.channel, cleared_at=None).values("address")
    people = Contact.objects.filter(customer_id=message.customer_id, is_active=True, do_not_contact=False)
    found = [one for one in people.exclude(**{f"{field}__in": bad}) if getattr(one, field)]
    found.sort(key=lambda one: (ROLE_ORDER.index(one.role) if one.role in ROLE_ORDER else 99, one.id))
    if not found:
        return None
    facts = {name: read_back(value) for name, value in message.variables.items() if name != "contact_name"}
    letter = Letter(
        key=f"{root.key[:190]}~{tried}", customer_id=message.customer_id, channel=message.channel,
        address=getattr(found[0], field), purpose=message.purpose, language=found[0].locale or message.language,
        tone=message.tone, segment=message.segment, variables=facts, contact_id=found[0].id,
        thread=message.thread_key, repairs_id=message.id,
    )  # fmt: skip
    return queue(seller, SYSTEM, [letter], now)[0] if message.purpose else None
