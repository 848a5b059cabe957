# ruff: noqa: E501
"""Keep a mail once; say whose it is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from openterms.apps.journal.actions import record
from openterms.apps.messaging.outgoing.models import Message
from openterms.apps.parties.models import Contact, Customer
from openterms.apps.tenancy import contents
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.formats.channels.mail import key_of
from openterms.formats.mail.message import Incoming

from .bounces import tell_reported
from .models import IncomingFile, IncomingMail, Mailbox

READERS = ("credit_manager", "analyst", "collector")
"""Roles that say whose a mail is."""

NOT_YOURS = Reason(
    "replies_not_yours", gettext_noop("Replies of customers are not for this role."), "",
    gettext_noop("Ask a credit manager or a collector."),
)  # fmt: skip


def keep_mail(
    seller: Seller, mail: Incoming, content: bytes, now: datetime, mailbox: Mailbox | None = None
) -> IncomingMail | None:
    """Keep a mail with its bytes and files; None where it was kept before. Its customer is not looked for here.

    What it reports of a message of ours is told to that message in the same transaction.
    """
    key = key_of_mail(mail)
    with transaction.atomic():
        if IncomingMail.objects.filter(seller=seller, key=key).exists():
            return None
        id = new_id()
        IncomingMail.objects.bulk_create([IncomingMail(
            id=id, seller=seller, mailbox=mailbox, key=key, message_id=mail.message_id[:410],
            in_reply_to=list(mail.in_reply_to), thread_ids=list(mail.references), sender_address=mail.sender.address,
            sender_name=mail.sender.name, reply_to=mail.reply_to, subject=mail.subject, text=mail.text, own=mail.own,
            sent_at=mail.sent_at, received_at=now, size=mail.size, digest=contents.store(content),
            is_automatic=mail.is_automatic, is_bounce=mail.is_bounce, is_list=mail.is_list, faults=list(mail.faults),
            answers=answered(seller, [*([mail.report.message_id] if mail.report else ()), *mail.in_reply_to, *reversed(mail.references)]),
        )], ignore_conflicts=True)  # fmt: skip
        kept = IncomingMail.objects.filter(seller=seller, id=id).first()
        if kept is None:  # somebody else kept it meanwhile
            return None
        IncomingFile.objects.bulk_create(
            IncomingFile(
                seller=seller, mail=kept, place=place, name=file.name, media_type=file.media_type, size=file.size,
                digest=contents.store(file.content) if file.is_kept else "",
            )
            for place, file in enumerate(mail.files)
        )  # fmt: skip
        tell_reported(seller, kept, mail.report, now)
    return kept


def key_of_mail(mail: Incoming) -> str:
    """What makes a mail the same one: its Message-ID with sender and words, since an id can be copied; else its bytes.

    Two copies of a mail, come by two ways, have other headers and the same key.
    """
    if not mail.message_id:
        return mail.digest
    parts = (mail.message_id, mail.sender.address, mail.subject, mail.text, *(one.name for one in mail.files))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


def answered(seller: Seller, ids: Sequence[str]) -> Message | None:
    """The message of ours that a mail answers, by the Message-IDs that it names, the nearest first."""
    keys = [UUID(hex=key) for one in ids if (key := key_of(one))]
    found = {one.id: one for one in Message.objects.filter(seller=seller, id__in=keys[:40])}
    return next((found[key] for key in keys if key in found), None)


def set_read(
    mail: IncomingMail, candidates: Sequence[Mapping[str, Any]], customer: Customer | None, contact: Contact | None,
    because: str, now: datetime,
) -> None:  # fmt: skip
    """A mail was read for proposals: what spoke for whom, and whose it is where that is sure."""
    mail.state, mail.candidates = IncomingMail.State.READ, list(candidates)
    mail.customer, mail.contact, mail.matched_by = customer, contact, because if customer else ""
    mail.save(update_fields=["state", "candidates", "customer", "contact", "matched_by"])
    if customer is not None:
        _note(mail, SYSTEM, now)


def assign(seller: Seller, actor: Actor, mail_id: UUID, customer_id: UUID, now: datetime) -> IncomingMail:
    """Say whose a mail is. The same answer again changes nothing. Refused: the role. Errors: no such mail or customer,
    a mail that is another customer's already."""
    if actor.role is not None and actor.role not in READERS:
        raise Refused([NOT_YOURS])
    with transaction.atomic(), locking():
        mail = IncomingMail.objects.select_for_update(of=("self",)).filter(seller=seller, id=mail_id).first()
        customer = Customer.objects.filter(seller=seller, id=customer_id).first()
        if mail is None:
            raise BadInput(gettext_noop("There is no such mail"), "mail")
        if customer is None:
            raise BadInput(gettext_noop("There is no such customer"), "customer")
        if mail.customer_id is not None and mail.customer_id != customer.id:
            raise BadInput(gettext_noop("This mail is another customer's already"), "customer")
        if mail.customer_id is None:
            mail.customer, mail.matched_by = customer, "person"
            mail.contact = contact_of(customer, mail.sender_address)
            mail.save(update_fields=["customer", "contact", "matched_by"])
            _note(mail, actor, now)
    return mail


def contact_of(customer: Customer, address: str) -> Contact | None:
    """The person of a customer at an address."""
    return Contact.objects.filter(seller_id=customer.seller_id, customer=customer, email__iexact=address).order_by(
        "-is_active", "id"
    ).first() if address else None  # fmt: skip


def _note(mail: IncomingMail, actor: Actor, now: datetime) -> None:
    said = {"name": mail.sender_name or mail.sender_address, "subject": mail.subject[:200], "matched_by": mail.matched_by}
    record(mail.seller_id, actor, "mail_received", "incoming_mail", mail.id, now, mail.customer_id, said)
