"""Commands for what goes out to customers: the channels, and sending what is due."""

from __future__ import annotations

from typing import Any

import typer

from .common import JsonOption, SellerOption, emit, fail, find_seller, ready, refusals, say, seller_context

outreach = typer.Typer(no_args_is_help=True, help="Messages to customers.")
channel = typer.Typer(no_args_is_help=True, help="How messages go out: e-mail, SMS, WhatsApp, post, portal.")
outreach.add_typer(channel, name="channel")


@channel.command("set")
def channel_set(
    kind: str = typer.Argument(help="email, sms, whatsapp, post or portal."),
    seller_code: str = SellerOption,
    smtp: str = typer.Option("", "--smtp", help="smtp://user:password@host:587 or smtps://host:465."),
    provider: str = typer.Option("", "--provider", help="twilio, vonage or meta."),
    address: str = typer.Option("", "--url", help="The provider's address, where it is not its usual one."),
    sender: str = typer.Option("", "--from", help="The address or number that readers see."),
    sender_name: str = typer.Option("", "--name", help="The name beside it; the seller's without it."),
    reply_to: str = typer.Option("", "--reply-to", help="Where answers go."),
    hook: str = typer.Option("", "--reports", help="postmark, mailgun or sendgrid, where it reports back."),
    secret: list[str] = typer.Option([], "--secret", help="NAME=VALUE, or NAME=env:VARIABLE; several times."),
    timeout: int = typer.Option(30, "--timeout", help="Seconds to wait for each step."),
    live: bool | None = typer.Option(None, "--live/--dry", help="Switch it on, or back to keeping without sending."),
    as_json: bool = JsonOption,
) -> None:
    """Set a channel up or change it. It keeps what it would send until it is switched on."""
    with seller_context(seller_code) as seller:
        from openterms.apps.messaging.channel.actions import ADAPTERS, Setting, set_channel, switch
        from openterms.apps.messaging.models import MessageChannel
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM

        given = _secrets(secret)
        there = MessageChannel.objects.filter(seller=seller, kind=kind).first()
        named = (smtp, provider, address, sender, sender_name, reply_to, hook, given)
        only_switches = there is not None and live is not None and not any(named)
        if only_switches:
            made = there
        else:
            adapter = provider or (there.adapter if there else ADAPTERS.get(kind, ("",))[0] if kind != "sms" else "")
            wanted = Setting(
                kind=kind, adapter=adapter, address=smtp or address or (there.address if there else ""),
                sender=sender or (there.sender if there else _sender(smtp)), hook=hook or (there.hook if there else ""),
                sender_name=sender_name or (there.sender_name if there else seller.name),
                reply_to=reply_to or (there.reply_to if there else ""), timeout_seconds=timeout, secrets=given,
            )  # fmt: skip
            made = set_channel(seller, SYSTEM, wanted, clock.now())
        if live is not None:
            made = switch(seller, SYSTEM, kind, live, clock.now())
        answer = _told(made)
    if as_json:
        emit(answer)
    say(f"{kind}: {answer['state']}, by {answer['adapter']} {answer['address']}".rstrip())


@channel.command("show")
def channel_show(seller_code: str = SellerOption, as_json: bool = JsonOption) -> None:
    """The channels; secrets are never shown."""
    with seller_context(seller_code) as seller:
        from openterms.apps.messaging.models import MessageChannel

        found = [_told(one) for one in MessageChannel.objects.filter(seller=seller).order_by("kind")]
    if as_json:
        emit(found)
        return
    for one in found:
        typer.echo("\t".join(str(one[name]) for name in ("kind", "state", "adapter", "address", "from", "reports")))


@channel.command("test")
def channel_test(
    kind: str = typer.Argument(help="email, sms or whatsapp."),
    seller_code: str = SellerOption,
    to: str = typer.Option("", "--to", help="Send a test message there; without it only sign in."),
    as_json: bool = JsonOption,
) -> None:
    """Open a channel, also a dry one; 1 where it does not work."""
    with seller_context(seller_code) as seller:
        from openterms.apps.messaging.channel.actions import try_channel
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM

        tried = try_channel(seller, SYSTEM, kind, to, clock.now())
    if as_json:
        emit({"kind": kind, "works": tried.is_in, "said": tried.what})
    if not tried.is_in:
        fail(f"{kind} does not work: {tried.what}")
    say(f"{kind} works. {tried.what}".rstrip())


@outreach.command("deliver")
def deliver(seller_code: str = SellerOption, as_json: bool = JsonOption) -> None:
    """Send the messages that are due now; the worker does so every minute."""
    ready()
    from openterms.apps.messaging.outgoing.actions import send_due
    from openterms.apps.tenancy import clock

    seller = find_seller(seller_code)
    with refusals():
        counts = send_due(seller, clock.now())
    if as_json:
        emit(dict(counts))
    say(", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "Nothing is due.")


def _secrets(given: list[str]) -> dict[str, str]:
    """Secrets by name, from the command line or from the environment. Usage error where one is not so given."""
    import os

    found = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise typer.BadParameter("a secret is given as NAME=VALUE or NAME=env:VARIABLE")
        if value.startswith("env:"):
            value = os.environ.get(value.removeprefix("env:"), "")
            if not value:
                raise typer.BadParameter(f"the variable of the secret {name} is empty")
        found[name] = value
    return found


def _sender(smtp: str) -> str:
    """The user of a mail server, where that is an address."""
    from urllib.parse import unquote, urlsplit

    user = unquote(urlsplit(smtp).username or "") if smtp else ""
    return user if "@" in user else ""


def _told(one: Any) -> dict[str, Any]:
    return {
        "kind": one.kind, "adapter": one.adapter, "address": one.address, "from": one.sender, "name": one.sender_name,
        "reply_to": one.reply_to, "reports": one.hook, "timeout": one.timeout_seconds,
        "state": "live" if one.is_live else "dry", "has_secrets": bool(one.credentials),
    }  # fmt: skip
