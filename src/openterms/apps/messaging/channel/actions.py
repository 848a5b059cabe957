"""Channels as their administrators keep them: set, switch on or off, test. Secrets are only written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from openterms.apps.journal.actions import record
from openterms.apps.tenancy import secrets, wire
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.formats.channels.mail import HOOK_HEADERS

from .models import MessageChannel
from .opening import open_port
from .port import NotSent, Parcel
from .providers import PROVIDERS
from .smtp import read_url

KEEPERS = ("admin",)
ADAPTERS: dict[str, tuple[str, ...]] = {
    "email": ("smtp",),
    "sms": tuple(name for name, one in PROVIDERS.items() if "sms" in one.kinds),
    "whatsapp": tuple(name for name, one in PROVIDERS.items() if "whatsapp" in one.kinds),
    "post": ("batch",),
    "portal": ("portal",),
}
"""Kind of channel -> what can send it. The telephone is a person's."""
HOOKS = tuple(HOOK_HEADERS)
"""Providers of mail that report back; the secret `hook_secret` is what makes a report believed."""

NOT_YOURS = Reason(
    "channels_not_yours", gettext_noop("Channels are kept by an administrator."), "",
    gettext_noop("Ask an administrator."),
)  # fmt: skip
NOT_SET = Reason("channel_not_set", gettext_noop("This channel is not set up yet."), "", gettext_noop("Set it up."))


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a channel is to be. `secrets` by name; empty keeps those that are there. `address` may carry user and
    password of a mail server, which go to the secrets."""

    kind: str
    adapter: str
    address: str = ""
    sender: str = ""
    sender_name: str = ""
    reply_to: str = ""
    hook: str = ""
    timeout_seconds: int = 30
    options: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)


def set_channel(seller: Seller, actor: Actor, wanted: Setting, now: datetime) -> MessageChannel:
    """Set a channel up or change it. It stays as it was switched; a new one is dry.

    Another address or adapter needs the secrets anew: what was given for one place is not sent to another. Refused: the
    role, busy. Errors: whatever cannot be.
    """
    _require(actor)
    fresh, given = _checked(wanted)
    folder, reference = Path(settings.CHANNEL_FOLDER), ""
    try:
        with transaction.atomic():
            channel = _locked(seller, wanted.kind) or MessageChannel(id=new_id(), seller=seller, kind=wanted.kind)
            is_new = channel._state.adding
            moved = not is_new and (channel.adapter, channel.address) != (fresh["adapter"], fresh["address"])
            if given:
                reference = secrets.keep(folder, seller.id, given)
            elif channel.credentials and moved:
                raise BadInput(
                    gettext_noop("Another address needs the credentials anew"), "address",
                    gettext_noop("Enter them, or keep the address"),
                )  # fmt: skip
            elif not channel.credentials:
                _require_secrets(wanted, given)
            before = {name: getattr(channel, name) for name in fresh if getattr(channel, name) != fresh[name]}
            old = channel.credentials
            if given and old:
                transaction.on_commit(lambda: secrets.forget(folder, old))
            for name, value in fresh.items():
                setattr(channel, name, value)
            channel.credentials = reference or channel.credentials
            channel.save(force_insert=is_new)
            said = {"kind": wanted.kind, "after": {name: fresh[name] for name in before}, "is_new": is_new,
                    "before": {} if is_new else before, "new_credentials": bool(reference)}  # fmt: skip
            record(seller.id, actor, "channel_set", "channel", channel.id, now, None, said)
    except BaseException:
        if reference:
            secrets.forget(folder, reference)
        raise
    return channel


def switch(seller: Seller, actor: Actor, kind: str, is_live: bool, now: datetime) -> MessageChannel:
    """Switch a channel on, or back to dry. What was kept while dry stays kept. Refused: role, not set up, busy."""
    _require(actor)
    with transaction.atomic():
        channel = _locked(seller, kind)
        if channel is None:
            raise Refused([NOT_SET])
        if channel.is_live != is_live:
            channel.is_live = is_live
            channel.save(update_fields=["is_live"])
            record(seller.id, actor, "channel_switched", "channel", channel.id, now, None,
                   {"kind": kind, "is_live": is_live})  # fmt: skip
    return channel


@dataclass(frozen=True, slots=True)
class Tried:
    """How a test went: whether the provider let us in (and took a message, where one was sent), and what it said."""

    is_in: bool
    what: str = ""


def try_channel(seller: Seller, actor: Actor, kind: str, address: str, now: datetime) -> Tried:
    """Open a channel and, with an `address`, send a test message there; also while it is dry. Refused: role, not set.

    A provider that does not answer is no error but the answer. Not for post and portal, which need nobody's answer.
    """
    _require(actor)
    channel = MessageChannel.objects.filter(seller=seller, kind=kind).first()
    if channel is None:
        raise Refused([NOT_SET])
    text = f"This is a test message of {seller.name}."
    parcel = Parcel(
        id=new_id(), address=address, name="", language="en", purpose="test", subject=f"Test: {seller.name}"[:150],
        text=text, html="",
    )  # fmt: skip
    try:
        with open_port(channel) as port:
            found = Tried(True, port.send(parcel) if address else "")
    except NotSent as fault:
        found = Tried(False, fault.what)
    with transaction.atomic():
        said = {"kind": kind, "is_in": found.is_in, "what": found.what[:300], "address": address}
        record(seller.id, actor, "channel_tried", "channel", channel.id, now, None, said)
    return found


def _checked(wanted: Setting) -> tuple[dict[str, Any], dict[str, str]]:
    """A channel's columns and its secrets. Errors: BadInput."""
    if wanted.adapter not in ADAPTERS.get(wanted.kind, ()):
        known = ", ".join(ADAPTERS.get(wanted.kind, ())) or ", ".join(ADAPTERS)
        raise BadInput(
            gettext_noop("%(given)s is not known here"), "adapter", gettext_noop("give one of: %(known)s"),
            {"given": wanted.adapter[:60] or wanted.kind[:60], "known": known},
        )  # fmt: skip
    if not 1 <= wanted.timeout_seconds <= 120:
        raise BadInput(gettext_noop("The time-out is from 1 to 120 seconds"), "timeout", gettext_noop("Correct it"))
    given = {name: text for name, text in wanted.secrets.items() if text}
    if any(len(text) > 4_000 or "\0" in text for text in given.values()):
        raise BadInput(gettext_noop("A credential is missing or is no text"), "secrets")
    address = wanted.address.strip()
    if wanted.kind == "email":
        place = read_url(address)
        address = place.address
        if place.user:
            given = {"user": place.user, "password": place.password} | given
        _mail_address(wanted.sender, "sender")
        if wanted.reply_to:
            _mail_address(wanted.reply_to, "reply_to")
        if wanted.hook and wanted.hook not in HOOKS:
            raise BadInput(
                gettext_noop("%(given)s is not known here"), "hook", gettext_noop("give one of: %(known)s"),
                {"given": wanted.hook[:60], "known": ", ".join(HOOKS)},
            )  # fmt: skip
    elif wanted.adapter in PROVIDERS:
        address = address or PROVIDERS[wanted.adapter].base_url
        wire.check_base_url(address, settings.CHANNEL_LOCAL)
        if not wanted.sender.strip():
            raise BadInput(gettext_noop("The sender is missing"), "sender", gettext_noop("Give the number or name"))
    fresh = {
        "adapter": wanted.adapter, "address": address, "sender": wanted.sender.strip(),
        "sender_name": " ".join(wanted.sender_name.split()), "reply_to": wanted.reply_to.strip(), "hook": wanted.hook,
        "timeout_seconds": wanted.timeout_seconds, "options": dict(wanted.options),
    }  # fmt: skip
    return fresh, given


def _require_secrets(wanted: Setting, given: Mapping[str, str]) -> None:
    needed = PROVIDERS[wanted.adapter].secrets if wanted.adapter in PROVIDERS else ()
    for name in needed:
        if not given.get(name):
            raise BadInput(
                gettext_noop("A credential is missing or is no text"), name, gettext_noop("Enter every one of them")
            )


def _mail_address(text: str, where: str) -> None:
    try:
        validate_email(text)
    except ValidationError as error:
        raise BadInput(
            gettext_noop("This is not an e-mail address"), where, gettext_noop("Write it like name@company.com")
        ) from error


def find_channel(seller: Seller, channel_id: UUID) -> MessageChannel | None:
    """A channel of the seller, or nothing."""
    return MessageChannel.objects.filter(seller=seller, id=channel_id).select_related("seller").first()


def _locked(seller: Seller, kind: str) -> MessageChannel | None:
    with locking():
        return MessageChannel.objects.select_for_update(of=("self",)).filter(seller=seller, kind=kind).first()


def _require(actor: Actor) -> None:
    if actor.role is not None and actor.role not in KEEPERS:
        raise Refused([NOT_YOURS])
