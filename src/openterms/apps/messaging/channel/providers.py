"""Short messages over a provider's API: one request each, bounded in time."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from django.conf import settings

from openterms.apps.tenancy import wire
from openterms.core.base.errors import BadInput
from openterms.formats.channels.calls import Provider, ShortMessage
from openterms.formats.channels.meta import Meta
from openterms.formats.channels.twilio import Twilio
from openterms.formats.channels.vonage import Vonage

from .models import MessageChannel
from .port import Down, Later, Parcel, Rejected

PROVIDERS: dict[str, Provider] = {one.name: one for one in (Twilio(), Vonage(), Meta())}
MOST_ANSWER = 100_000


def report_url(channel: MessageChannel) -> str:
    """Where providers report to; empty where no public address is known (`OPENTERMS_PUBLIC_URL`)."""
    if not settings.PUBLIC_URL:
        return ""
    return f"{settings.PUBLIC_URL}/hooks/messages/{channel.seller_id}/{channel.id}/"


class ProviderPort:
    """A provider of short messages."""

    def __init__(self, channel: MessageChannel, secrets: dict[str, str]) -> None:
        self.channel, self.secrets, self.provider = channel, secrets, PROVIDERS[channel.adapter]

    def __enter__(self) -> Self:
        missing = [name for name in self.provider.secrets if not self.secrets.get(name)]
        if missing:
            raise Down(f"the channel has no {missing[0]}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is kept open."""

    def send(self, parcel: Parcel) -> str:
        """One request; the provider's key. Errors: Later, Rejected, Down."""
        message = ShortMessage(
            key=parcel.id.hex, sender=self.channel.sender, number=parcel.address, text=parcel.text,
            language=parcel.language, report_url=report_url(self.channel),
            template=str(self.channel.options.get(f"template_{parcel.language}") or ""),
        )  # fmt: skip
        call = self.provider.call(message, self.channel.kind, self.secrets)
        try:
            answer = wire.send(
                self.channel.address, call, self.channel.timeout_seconds, settings.CHANNEL_LOCAL, MOST_ANSWER
            )
        except wire.WireFault as fault:
            if fault.was_sent:
                raise Later(fault.what) from fault
            raise Down(fault.what) from fault
        except BadInput as error:
            raise Down(str(error)) from error
        read = self.provider.read_answer(answer.status, answer.body)
        if read.outcome == "accepted":
            return read.key
        if read.outcome == "down":
            raise Down(read.what)
        if read.outcome == "later":
            raise Later(read.what)
        raise Rejected(read.what, read.outcome == "bad_number")
