"""Add, change, switch and try mailboxes. What signs in is written to a file and never shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from openterms.apps.journal.actions import record
from openterms.apps.tenancy import secrets
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop

from .imap import MailboxDown, read_url
from .models import Mailbox
from .reading import open_box

OWNERS = ("credit_manager", "admin")
"""Roles that add, change and stop mailboxes."""

MAILBOXES_NOT_YOURS = Reason(
    "mailboxes_not_yours", gettext_noop("Mailboxes are not for this role."), "",
    gettext_noop("Ask a credit manager or an administrator."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tried:
    """How a try went: how many mails are there, or why it cannot be opened."""

    mails: int = 0
    fault: str = ""


def add_mailbox(
    seller: Seller, actor: Actor, code: str, url: str, now: datetime, *, credentials: str = "", folder: str = "INBOX",
    marks_seen: bool = False, timeout_seconds: int = 30, user: str = "", password: str = "",
) -> Mailbox:  # fmt: skip
    """Add a mailbox. User and password, in the address or beside it, are written to a file that the service alone
    reads; `credentials` names one that is there. Refused: the role. Errors: the address, a code that is taken, a folder
    that is no name."""
    _require(actor)
    place = read_url(url)
    if not code or not code.replace("-", "").replace("_", "").isalnum() or len(code) > 40:
        raise BadInput(gettext_noop("this is no short name"), "code", gettext_noop("letters, figures and dashes"))
    _check(folder, timeout_seconds)
    user, password = user or place.user, password or place.password
    if not credentials and not (user and password):
        raise BadInput(
            gettext_noop("the user and password are missing"), "address",
            gettext_noop("write it as imaps://user:password@mail.company.com:993"),
        )  # fmt: skip
    with transaction.atomic():
        if Mailbox.objects.filter(seller=seller, code=code).exists():
            raise BadInput(gettext_noop("There is a mailbox of this name already"), "code")
        made = Mailbox.objects.create(
            seller=seller, code=code, address=place.address, folder=folder, marks_seen=marks_seen,
            credentials=credentials or _kept(seller, user, password), timeout_seconds=timeout_seconds,
        )  # fmt: skip
        said = {"name": code, "address": place.address, "folder": folder}
        record(seller.id, actor, "mailbox_added", "mailbox", made.id, now, None, said)
    return made


def change_mailbox(
    seller: Seller, actor: Actor, code: str, url: str, now: datetime, *, folder: str = "INBOX",
    marks_seen: bool = False, timeout_seconds: int = 30, user: str = "", password: str = "",
) -> Mailbox:  # fmt: skip
    """Change how a mailbox is read. Without user and password those kept stay, unless the server or its port changes:
    nobody sends them elsewhere who does not know them. Another server or folder is read from its beginning.

    Refused: the role. Errors: as `add_mailbox`; one of user and password without the other.
    """
    _require(actor)
    place = read_url(url)
    _check(folder, timeout_seconds)
    user, password = user or place.user, password or place.password
    if bool(user) != bool(password):
        raise BadInput(gettext_noop("The user or the password is missing"), "password", gettext_noop("Give both"))
    with transaction.atomic():
        found = _locked(seller, code)
        is_elsewhere = (found.address, found.folder) != (place.address, folder)
        if found.address != place.address and not password:
            raise BadInput(
                gettext_noop("Another server needs its user and password"), "password", gettext_noop("Give both")
            )
        if password:
            before, found.credentials = found.credentials, _kept(seller, user, password)
            transaction.on_commit(lambda: secrets.forget(Path(settings.CHANNEL_FOLDER), before))
        found.address, found.folder, found.marks_seen = place.address, folder, marks_seen
        found.timeout_seconds = timeout_seconds
        if is_elsewhere:
            found.uid_validity, found.last_uid, found.fault = None, 0, ""
        found.save()
        said: dict[str, Any] = {"name": code, "address": place.address, "folder": folder}
        said["credentials_changed"] = bool(password)
        record(seller.id, actor, "mailbox_changed", "mailbox", found.id, now, None, said)
    return found


def switch_mailbox(seller: Seller, actor: Actor, code: str, is_active: bool, now: datetime) -> Mailbox:
    """Read a mailbox, or stop reading it; as it is already changes nothing. Refused: the role. Errors: none there."""
    _require(actor)
    with transaction.atomic():
        found = _locked(seller, code)
        if found.is_active != is_active:
            found.is_active = is_active
            found.save(update_fields=["is_active"])
            kind = "mailbox_switched_on" if is_active else "mailbox_switched_off"
            record(seller.id, actor, kind, "mailbox", found.id, now, None, {"name": code})
    return found


def try_mailbox(seller: Seller, actor: Actor, mailbox: Mailbox) -> Tried:
    """Sign in and open the folder; nothing is read and nothing kept. Refused: the role."""
    _require(actor)
    try:
        with open_box(mailbox) as box:
            return Tried(mails=box.count)
    except MailboxDown as down:
        return Tried(fault=down.what)


def _require(actor: Actor) -> None:
    if actor.role is not None and actor.role not in OWNERS:
        raise Refused([MAILBOXES_NOT_YOURS])




def _check(folder: str, timeout_seconds: int) -> None:
    if not folder or len(folder) > 200 or any(letter in '"\\' or not letter.isprintable() for letter in folder):
        raise BadInput(gettext_noop("this is not the name of a folder"), "folder", gettext_noop("such as INBOX"))
    if not 1 <= timeout_seconds <= 120:
        raise BadInput(
            gettext_noop("This is too long or too short"), "timeout_seconds", gettext_noop("1 to 120 seconds")
        )


def _kept(seller: Seller, user: str, password: str) -> str:
    return secrets.keep(Path(settings.CHANNEL_FOLDER), seller.id, {"user": user, "password": password})


def _locked(seller: Seller, code: str) -> Mailbox:
    with locking():
        found = Mailbox.objects.select_for_update(of=("self",)).filter(seller=seller, code=code).first()
    if found is None:
        raise BadInput(gettext_noop("There is no such mailbox"), "code")
    return found
