"""A message as an e-mail (RFC 5322): text and page, files, its conversation, and how to get no more of these."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop

HOOK_HEADERS: Mapping[str, tuple[str, str]] = {
    "postmark": ("X-PM-Metadata-message", "%s"),
    "mailgun": ("X-Mailgun-Variables", json.dumps({"message": "%s"})),
    "sendgrid": ("X-SMTPAPI", json.dumps({"unique_args": {"message": "%s"}})),
}
"""How each provider is told our id of a message, so that its reports name it."""


@dataclass(frozen=True, kw_only=True)
class Mail:
    """What an e-mail is made of. `id`, `root` and `before` are our keys of messages; the domain is the sender's."""

    id: str
    at: datetime
    sender: str
    sender_name: str
    address: str
    name: str
    subject: str
    text: str
    html: str
    language: str
    reply_to: str = ""
    root: str = ""
    before: str = ""
    is_service: bool = False
    hook: str = ""
    files: Sequence[tuple[str, str, bytes]] = field(default=())


def message_id(key: str, sender: str) -> str:
    """The Message-ID of a key: the same at every try."""
    return f"<{key}@{sender.rpartition('@')[2]}>"


def key_of(header: str) -> str:
    """The key within a Message-ID of ours; empty for another's."""
    inner = header.strip().removeprefix("<").removesuffix(">")
    key = inner.partition("@")[0]
    return key if len(key) == 32 and all(letter in "0123456789abcdef" for letter in key) else ""


def _address(name: str, address: str, where: str) -> Address:
    try:
        user, _at, domain = address.rpartition("@")
        found = Address(name, user, domain)
        str(found).encode("utf-8")
    except (ValueError, IndexError, TypeError) as error:
        raise BadInput(
            gettext_noop("%(address)s is not an e-mail address"), where, gettext_noop("write it as name@company.com"),
            {"address": address[:100]},
        ) from error  # fmt: skip
    if not user or not domain or any(letter.isspace() or letter in "<>,;\"" for letter in address):
        raise BadInput(
            gettext_noop("%(address)s is not an e-mail address"), where, gettext_noop("write it as name@company.com"),
            {"address": address[:100]},
        )  # fmt: skip
    return found


def _line(text: str) -> str:
    """A header's value on one line."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def compose(mail: Mail) -> EmailMessage:
    """The e-mail. Headers hold one line each, whatever the names hold. Errors: BadInput for an address."""
    made = EmailMessage(policy=SMTP)
    made["From"] = _address(_line(mail.sender_name), mail.sender, "sender")
    made["To"] = _address(_line(mail.name), mail.address, "address")
    made["Subject"] = _line(mail.subject)
    made["Date"] = format_datetime(mail.at)
    made["Message-ID"] = message_id(mail.id, mail.sender)
    made["Content-Language"] = mail.language
    if mail.reply_to:
        made["Reply-To"] = _address("", mail.reply_to, "reply_to")
    if mail.before:
        known = dict.fromkeys((mail.root or mail.before, mail.before))
        made["In-Reply-To"] = message_id(mail.before, mail.sender)
        made["References"] = " ".join(message_id(one, mail.sender) for one in known)
    if mail.is_service:
        to = mail.reply_to or mail.sender
        made["List-Unsubscribe"] = f"<mailto:{to}?subject=unsubscribe%20{mail.id}>"
    if mail.hook in HOOK_HEADERS:
        name, value = HOOK_HEADERS[mail.hook]
        made[name] = value % mail.id
    made.set_content(mail.text + "\n", cte="quoted-printable")
    if mail.html:
        made.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    for name, media_type, content in mail.files:
        main, _slash, sub = media_type.partition("/")
        made.add_attachment(content, maintype=main, subtype=sub or "octet-stream", filename=_line(name))
    return made
