# ruff: noqa: E501
"""Read mailboxes: each mail once, in order, kept before it counts as read. Nothing is lost by a break anywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from openterms.apps.tenancy import secrets
from openterms.apps.tenancy.context import acting
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.formats.mail.message import read_mail

from .actions import keep_mail
from .imap import ImapBox, MailboxDown, read_url
from .models import Mailbox

MOST_AT_ONCE = 500
CLAIM = timedelta(minutes=20)
"""Longer than a reading may take: whoever died leaves the mailbox to the next one after it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a reading went: mails kept, mails that were there before, and why it ended early."""

    code: str
    kept: int = 0
    known: int = 0
    fault: str = ""


Opener = Callable[[Mailbox], ImapBox]


def open_box(mailbox: Mailbox) -> ImapBox:
    """The mailbox with its secrets, to be entered. Errors: MailboxDown where they cannot be read."""
    try:
        given = secrets.read(Path(settings.CHANNEL_FOLDER), mailbox.credentials, ("user", "password"))
        place = read_url(mailbox.address)
    except BadInput as error:
        raise MailboxDown(str(error)) from error
    return ImapBox(place, mailbox.folder, given, mailbox.timeout_seconds, mailbox.marks_seen)


def read_mailboxes(seller: Seller, now: datetime, opener: Opener = open_box, code: str = "") -> list[Reading]:
    """Read every active mailbox of a seller, or one. One that somebody else reads now is left out. Not in a transaction.

    A mail is kept and the place in the mailbox moved on in one transaction: a break loses nothing, and what is met again
    is known by its key.
    """
    with acting(seller.id):
        ids = list(Mailbox.objects.filter(seller=seller, is_active=True, **({"code": code} if code else {}))
                   .order_by("code").values_list("id", flat=True))  # fmt: skip
    return [done for id in ids if (done := _read(seller, id, now, opener)) is not None]


def _read(seller: Seller, mailbox_id: UUID, now: datetime, opener: Opener) -> Reading | None:
    with acting(seller.id):
        mailbox = _claimed(seller, mailbox_id, now)
    if mailbox is None:
        return None
    kept = known = 0
    fault = ""
    try:
        with opener(mailbox) as box:
            start = mailbox.last_uid if mailbox.uid_validity == box.uid_validity else 0
            for uid, content in box.since(start, MOST_AT_ONCE):
                with acting(seller.id):
                    is_new = bool(content) and keep_mail(seller, read_mail(content), content, now, mailbox) is not None
                    _move_on(mailbox, box.uid_validity, uid)
                kept, known = kept + is_new, known + (not is_new)
                box.mark(uid)
    except MailboxDown as down:
        fault = down.what
    finally:
        with acting(seller.id):
            Mailbox.objects.filter(seller=seller, id=mailbox_id).update(claimed_until=None, read_at=now, fault=fault)
    return Reading(mailbox.code, kept, known, fault)


def _claimed(seller: Seller, mailbox_id: UUID, now: datetime) -> Mailbox | None:
    """The mailbox, ours for a while; None where it is somebody else's."""
    with transaction.atomic():
        free = Q(claimed_until=None) | Q(claimed_until__lte=now)
        found = Mailbox.objects.select_for_update(skip_locked=True, of=("self",)).filter(free, seller=seller, id=mailbox_id)
        mailbox = found.first()
        if mailbox is not None:
            mailbox.claimed_until = now + CLAIM
            mailbox.save(update_fields=["claimed_until"])
    return mailbox


def _move_on(mailbox: Mailbox, uid_validity: int, uid: int) -> None:
    """So far it was read; never back within one numbering."""
    found = Mailbox.objects.select_for_update(of=("self",)).get(seller_id=mailbox.seller_id, id=mailbox.id)
    if found.uid_validity != uid_validity or found.last_uid < uid:
        found.uid_validity, found.last_uid = uid_validity, uid
        found.save(update_fields=["uid_validity", "last_uid"])
