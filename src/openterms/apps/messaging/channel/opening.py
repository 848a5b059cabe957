"""Open a channel's port, with its secrets read for the time it is open."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from openterms.apps.tenancy import clock, secrets
from openterms.core.base.errors import BadInput

from .models import MessageChannel
from .port import Down, Port
from .providers import PROVIDERS, ProviderPort
from .smtp import SmtpPort


def secrets_of(channel: MessageChannel) -> dict[str, str]:
    """The channel's secrets by name; none where it has none. Errors: BadInput, without a word of them."""
    return secrets.read(Path(settings.CHANNEL_FOLDER), channel.credentials, ()) if channel.credentials else {}


def open_port(channel: MessageChannel) -> Port:
    """The port of a channel, to be entered. Errors: Down, where its secrets cannot be read or nothing sends so."""
    try:
        given = secrets_of(channel)
    except BadInput as error:
        raise Down(str(error)) from error
    if channel.adapter == "smtp":
        return SmtpPort(channel, given, clock.now)
    if channel.adapter in PROVIDERS:
        return ProviderPort(channel, given)
    raise Down(f"nothing sends by {channel.adapter}")
