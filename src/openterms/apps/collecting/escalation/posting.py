"""Letters of demand go out as messages: queued once, looked at again before they leave, their delivery heard of."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from openterms.apps.collecting.guard.reads import verdict
from openterms.apps.collecting.outreach.models import MessageItem
from openterms.apps.messaging.outgoing.actions import queue
from openterms.apps.messaging.outgoing.events import MessageReported
from openterms.apps.messaging.outgoing.last_look import Refusal
from openterms.apps.messaging.outgoing.letters import Enclosure, Letter
from openterms.apps.messaging.outgoing.models import BadAddress, Message
from openterms.apps.messaging.outgoing.reporting import MOST_REPAIRS
from openterms.apps.parties.models import Contact
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.clock import local_date
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.money import format_amount
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.collecting.guard import Act
from openterms.core.credit.authority import Person
from openterms.core.messaging.channels import ROLE_ORDER
from openterms.core.messaging.templates import Rendered
from openterms.formats.paper.demand import cover

from .authority import worker
from .demand import KIND, content_of
from .matters import Doing, Step, add_step, locked, parts_of
from .models import Matter, MatterStep

CHANNELS = ("email", "post")
HEARD = {"delivered": "deliver", "bounced": "bounce", "failed": "bounce"}
"""What a report of a message becomes: the step of the letter."""

NOT_NOW = frozenset({"too_often", "too_soon"})
"""Asked when it was queued: what went out since does not stop a letter."""
WITHDRAWN = Reason(
    "demand_withdrawn", gettext_noop("%(matter)s does not hold any more."), "", gettext_noop("Issue a new letter.")
)


def send(do: Doing, matter_id: UUID, channel: str) -> Message:
    """Queue an issued letter by e-mail, with the letter itself attached, or for the next batch of post as it was
    issued; once by each.

    Where only the hour forbids it now, it waits until it may. Refused: a role, the guard, a letter that was withdrawn.
    Errors: nobody to write to, no address, a letter whose bytes are gone.
    """
    if channel not in CHANNELS:
        raise BadInput(gettext_noop("This is none of the choices"), "channel", gettext_noop("Choose one of the list"))
    with transaction.atomic():
        person = worker(do.seller, do.actor, do.on)
        matter = locked(do.seller, KIND, matter_id, "issued", "delivered")
        contact, address = _to(matter, channel)
        said = verdict(
            matter.customer_id, Act.MESSAGE, do.now, channel=channel, contact_id=contact.id if contact else None,
            item_ids=list(parts_of(matter)),
        )  # fmt: skip
        if not said.allowed and said.not_before is None:
            raise Refused(said.reasons)
        key = f"{KIND}:{matter.id}:{channel}"
        is_new = not Message.objects.filter(seller=do.seller, key=key).exists()
        letter = Letter(
            key=key, customer_id=matter.customer_id, channel=channel, address=address, language=_language(matter),
            tone="formal", contact_id=contact.id if contact else None, words=_words(matter, channel),
            thread=f"matter:{matter.id}", not_before=said.not_before, enclosures=_enclosed(matter),
        )  # fmt: skip
        (message,) = queue(do.seller, do.actor, [letter], do.now)
        if is_new:
            _note_sent(do, matter, message, person)
    return message


def _note_sent(do: Doing, matter: Matter, message: Message, person: Person | None = None) -> None:
    """A letter was queued for the first time to an address: its items, and a step of the matter."""
    MessageItem.objects.bulk_create(
        MessageItem(seller=do.seller, message=message, customer=matter.customer, item_id=item_id, step=KIND,
                    cause=str(matter))
        for item_id in parts_of(matter)
    )  # fmt: skip
    data = {"channel": message.channel, "message": str(message.id), "address": message.address[:200]}
    add_step(do, matter, Step(kind="send", data=data, key=f"queued:{message.id}"), person)


def refusals(message_ids: Sequence[UUID], now: datetime) -> Mapping[UUID, Refusal]:
    """What is against letters of demand that are about to go: withdrawn since, or what the guard says today."""
    found: dict[UUID, Refusal] = {}
    for one in Message.objects.filter(id__in=list(message_ids), key__startswith=f"{KIND}:"):
        matter = _matter_of(one)
        if matter is None:
            continue
        if matter.state not in ("issued", "delivered"):
            found[one.id] = Refusal(WITHDRAWN.given(matter=str(matter)), is_final=True)
            continue
        said = verdict(
            matter.customer_id, Act.MESSAGE, now, channel=one.channel, contact_id=one.contact_id,
            item_ids=list(parts_of(matter)),
        )  # fmt: skip
        reasons = [reason for reason in said.reasons if reason.code not in NOT_NOW]
        if reasons:
            found[one.id] = Refusal(reasons[0], said.not_before)
    return found


def hear(said: MessageReported) -> None:
    """A report of a message that carried a letter: delivered is the proof; what came back is on record, and the letter
    goes to the next contact by role whose address is not known to be bad."""
    if said.kind not in HEARD:
        return
    message = Message.objects.filter(seller=said.seller, id=said.message_id, key__startswith=f"{KIND}:").first()
    matter = _matter_of(message) if message else None
    if message is None or matter is None:
        return
    key = f"heard:{message.id}:{said.kind}"
    matter = locked(said.seller, KIND, matter.id)
    if matter.state not in ("issued", "delivered") or MatterStep.objects.filter(seller=said.seller, key=key).exists():
        return
    on = max(local_date(said.now, said.seller.timezone), matter.opened_on)
    do = Doing(seller=said.seller, actor=SYSTEM, on=on, now=said.now)
    data = {"how": "email_receipt" if message.channel == "email" else message.channel, "message": str(message.id)}
    step = Step(kind=HEARD[said.kind], reference=(message.provider_key or str(message.id))[:120], data=data, key=key)
    add_step(do, matter, step, state="delivered" if said.kind == "delivered" else "")
    if said.kind == "bounced" and matter.state == "issued":
        _send_on(do, matter, message)


def _send_on(do: Doing, matter: Matter, came_back: Message) -> Message | None:
    """The letter that came back, queued for the next person; None where there is nobody, its paper is gone, or it is no
    e-mail. What the guard says of it is asked just before it goes, as of every letter."""
    root, tried = came_back, 1
    while root.repairs_id is not None:
        root, tried = Message.objects.get(seller=do.seller, id=root.repairs_id), tried + 1
    contact = next(iter(_people(matter)), None) if came_back.channel == "email" else None
    if contact is None or tried > MOST_REPAIRS or content_of(matter) is None:
        return None
    letter = Letter(
        key=f"{root.key[:190]}~{tried}", customer_id=matter.customer_id, channel="email", address=contact.email,
        language=_language(matter), tone="formal", contact_id=contact.id, words=_words(matter, "email"),
        thread=f"matter:{matter.id}", enclosures=_enclosed(matter), repairs_id=came_back.id,
    )  # fmt: skip
    (message,) = queue(do.seller, do.actor, [letter], do.now)
    _note_sent(do, matter, message)
    return message


def _matter_of(message: Message) -> Matter | None:
    """The letter that a message carries: its key names it, and that of a repair begins with it."""
    return Matter.objects.filter(seller_id=message.seller_id, kind=KIND, id=message.key.split(":")[1]).first()


def _to(matter: Matter, channel: str) -> tuple[Contact | None, str]:
    if channel == "post":
        lines = matter.terms.get("addressee", [])
        if not lines or not matter.terms.get("text"):
            raise BadInput(
                gettext_noop("This letter was issued without what the post needs"), "channel",
                gettext_noop("Send it by e-mail, or post it and record the proof"),
            )  # fmt: skip
        return None, "\n".join(lines)[:600]
    found = next(iter(_people(matter)), None)
    if found is None:
        raise BadInput(
            gettext_noop("Nobody there can be written to by e-mail"), "channel",
            gettext_noop("Add a contact with an address, or send it by post"),
        )  # fmt: skip
    return found, found.email


def _people(matter: Matter) -> list[Contact]:
    """Who may be written to by e-mail at a customer, in the order of their roles; nobody whose address is bad."""
    bad = BadAddress.objects.filter(seller_id=matter.seller_id, channel="email", cleared_at=None).values("address")
    people = Contact.objects.filter(
        seller_id=matter.seller_id, customer_id=matter.customer_id, is_active=True, do_not_contact=False
    )
    order = {role: place for place, role in enumerate(ROLE_ORDER)}
    found = people.exclude(email="").exclude(email__in=bad)
    return sorted(found, key=lambda one: (order.get(one.role, len(order)), one.id))


def _language(matter: Matter) -> str:
    return str(matter.terms["language"])


def _words(matter: Matter, channel: str) -> Rendered:
    """The words around the letter, or by post the letter's own words."""
    language = _language(matter)
    total = f"{format_amount(int(matter.terms['total_minor']), matter.currency)} {matter.currency}"
    subject, text = cover(
        str(matter), language, total, date.fromisoformat(matter.terms["deadline_on"]), matter.seller.name
    )
    if channel == "post":
        return Rendered(subject, "\n\n".join(matter.terms["text"]), "")
    said = "".join(f"<p>{html.escape(one)}</p>" for one in text.split("\n\n"))
    side = "rtl" if language == "ar" else "ltr"
    page = f'<!doctype html><html lang="{language}" dir="{side}"><meta charset="utf-8"><body>{said}</body></html>'
    return Rendered(subject, text, page)


def _enclosed(matter: Matter) -> list[Enclosure]:
    content = content_of(matter)
    if content is None:
        raise BadInput(
            gettext_noop("The letter itself is not kept any more"), "letter", gettext_noop("Issue a new letter")
        )
    return [Enclosure(f"{matter}.pdf", "application/pdf", content)]
