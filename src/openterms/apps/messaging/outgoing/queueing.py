"""Queue messages, set-wise and once for each key."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from openterms.apps.journal.actions import record
from openterms.apps.journal.announcing import announce
from openterms.apps.messaging.template.reads import Shelf
from openterms.apps.parties.models import Contact, Customer
from openterms.apps.tenancy import contents
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.messaging.templates import Rendered, TemplateFault, render

from . import links
from .events import MessagesHeld
from .letters import (
    BAD_ADDRESS,
    NO_ADDRESS,
    PAGE_CHANNELS,
    SHORT_CHANNELS,
    Letter,
    kept,
    reason_json,
)
from .models import BadAddress, Message, MessageAttachment, MessageState

AT_ONCE = 1_000
MOST_KEY = 200


def queue(seller: Seller, actor: Actor, letters: Sequence[Letter], now: datetime) -> list[Message]:
    """Render and keep letters, in the order given; the messages, old ones for keys that are there already.

    A letter whose template cannot be rendered, or whose address is bad, is held with its reason; the others go on. One
    journal event for the batch. Nothing is sent here. Errors: a letter without key, a contact of another customer, a
    customer of nobody's; then nothing is queued.
    """
    _check(seller, letters)
    with transaction.atomic():
        there = _there(seller, [one.key for one in letters])
        fresh = list({one.key: one for one in reversed(letters) if one.key not in there}.values())[::-1]
        made = _made(seller, fresh, now)
        batch = made[0].batch_id if made else None
        Message.objects.bulk_create(made, batch_size=AT_ONCE, ignore_conflicts=True)
        there |= _there(seller, [one.key for one in fresh])
        new = [one for one in made if there[one.key].id == one.id]
        _enclose(fresh, {one.key: one for one in new})
        if new:
            held = tuple(one.id for one in new if one.state == MessageState.HELD)
            said = {
                "messages": len(new), "held": len(held),
                "channels": {name: sum(one.channel == name for one in new) for name in {one.channel for one in new}},
                "digest": hashlib.sha256("\n".join(sorted(one.key for one in new)).encode()).hexdigest(),
            }  # fmt: skip
            only = new[0].customer_id if len({one.customer_id for one in new}) == 1 else None
            record(seller.id, actor, "messages_queued", "message_batch", batch, now, only, said)
            if held:
                announce(MessagesHeld(seller=seller, message_ids=held, now=now))
    return [there[one.key] for one in letters]


def _there(seller: Seller, keys: Sequence[str]) -> dict[str, Message]:
    found: dict[str, Message] = {}
    for start in range(0, len(keys), 5 * AT_ONCE):
        some = Message.objects.filter(seller=seller, key__in=keys[start : start + 5 * AT_ONCE])
        found |= {one.key: one for one in some}
    return found


def _check(seller: Seller, letters: Sequence[Letter]) -> None:
    """BadInput unless every letter can be one."""
    for letter in letters:
        if not letter.key or len(letter.key) > MOST_KEY:
            raise BadInput(gettext_noop("A letter needs a key of at most 200 characters"), "key")
        if letter.channel not in Contact.Channel.values:
            raise BadInput(gettext_noop("This is none of the choices"), "channel", gettext_noop("Choose one of them"))
    contacts = {one.contact_id: one.customer_id for one in letters if one.contact_id}
    owners = dict(Contact.objects.filter(seller=seller, id__in=contacts).values_list("id", "customer_id"))
    for letter in letters:
        if letter.contact_id and owners.get(letter.contact_id) != letter.customer_id:
            raise BadInput(gettext_noop("This person is not at this customer"), "contact")


def _made(seller: Seller, letters: Sequence[Letter], now: datetime) -> list[Message]:
    """Messages not yet written, each rendered or held."""
    names = dict(Customer.objects.filter(seller=seller, id__in={one.customer_id for one in letters})
                 .values_list("id", "name"))  # fmt: skip
    people = dict(Contact.objects.filter(seller=seller, id__in={one.contact_id for one in letters if one.contact_id})
                  .values_list("id", "name"))  # fmt: skip
    missing = [one for one in letters if one.customer_id not in names]
    if missing:
        raise BadInput(gettext_noop("There is no such customer"), "customer")
    addresses = {one.address for one in letters}
    bad = set(BadAddress.objects.filter(seller=seller, cleared_at=None, address__in=addresses)
              .values_list("channel", "address"))  # fmt: skip
    ids = [new_id() for _letter in letters]
    pairs = list(zip(ids, letters, strict=True))
    asked = [links.Wanted(id, one.customer_id, one.contact_id, one.address) for id, one in pairs]
    urls, shelf, batch = links.made(seller, asked, now), Shelf(seller), new_id()
    made = []
    for id, letter in pairs:
        facts = {"seller_name": seller.name, "customer_name": names[letter.customer_id]}
        if letter.contact_id:
            facts["contact_name"] = people[letter.contact_id]
        facts |= dict(letter.variables)
        if id in urls:
            facts["link"] = urls[id]
        message = Message(
            id=id, seller=seller, customer_id=letter.customer_id, contact_id=letter.contact_id, channel=letter.channel,
            address=letter.address, purpose=letter.purpose, language=letter.language, tone=letter.tone,
            segment=letter.segment, variables={name: kept(value) for name, value in facts.items()}, key=letter.key,
            batch_id=batch, thread_key=letter.thread, send_not_before=letter.not_before,
            next_try_at=max(letter.not_before or now, now), queued_at=now, repairs_id=letter.repairs_id,
        )  # fmt: skip
        fault = word(message, shelf, facts, letter.words)
        if fault is None and letter.channel not in ("portal", "phone") and not letter.address.strip():
            fault = NO_ADDRESS
        if fault is None and (letter.channel, letter.address) in bad:
            fault = BAD_ADDRESS.given(address=letter.address)
        if fault is not None:
            message.state, message.reason = MessageState.HELD, reason_json(fault)
        made.append(message)
    return made


def word(message: Message, shelf: Shelf, facts: dict[str, Any], words: Rendered | None) -> Reason | None:
    """Put a message in words; the fault where that cannot be."""
    if words is None:
        try:
            chosen = shelf.chosen(message.purpose, message.language, message.tone, message.segment)
            message.language, message.tone, message.segment = chosen.language, chosen.tone, chosen.segment
            message.template_version_id, message.template_hash = chosen.version_id, chosen.hash
            words = render(chosen.source, facts, chosen.language, message.channel in SHORT_CHANNELS)
        except TemplateFault as fault:
            return fault.reason
        except BadInput as fault:
            return Reason("template_none", fault.what, "", fault.remedy, fault.params)
    message.subject, message.text = words.subject, words.text
    message.html = words.html if message.channel in PAGE_CHANNELS else ""
    return None


def _enclose(letters: Sequence[Letter], messages: dict[str, Message]) -> None:
    """Keep the enclosures of messages that are new."""
    MessageAttachment.objects.bulk_create(
        MessageAttachment(
            seller_id=messages[letter.key].seller_id, message=messages[letter.key], place=place, name=file.name[:200],
            media_type=file.media_type, size=len(file.content), digest=contents.store(file.content),
        )
        for letter in letters if letter.key in messages
        for place, file in enumerate(letter.enclosures)
    )  # fmt: skip
