"""Where providers of mail and short messages report: believed by their signature alone, taken in once each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from typing import Any
from uuid import UUID

from anymail.exceptions import AnymailError, AnymailWebhookValidationFailure
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from openterms.apps.messaging.channel.actions import find_channel
from openterms.apps.messaging.channel.models import MessageChannel
from openterms.apps.messaging.channel.opening import secrets_of
from openterms.apps.messaging.channel.providers import PROVIDERS
from openterms.apps.messaging.outgoing.reporting import ProviderEvent, Told, report
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.context import set_context
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.formats.channels.calls import Posted, same

MOST_BYTES = 1_000_000
VIEWS = {
    "postmark": "PostmarkTrackingWebhookView", "mailgun": "MailgunTrackingWebhookView",
    "sendgrid": "SendGridTrackingWebhookView",
}  # fmt: skip
KINDS = {
    "sent": "sent", "delivered": "delivered", "bounced": "bounced", "deferred": "deferred", "rejected": "failed",
    "failed": "failed", "complained": "complained", "opened": "opened",
}  # fmt: skip
"""What anymail calls it -> what a message's report is."""


class NotGenuine(Exception):
    """A report without the signature of its provider."""


@csrf_exempt
@require_http_methods(["POST", "HEAD", "GET"])
def messages_hook(request: HttpRequest, seller_id: UUID, channel_id: UUID) -> HttpResponse:
    """Take in a report. 403 without a signature, 404 where there is no such channel; nothing is changed then."""
    set_context(seller=seller_id)
    channel = find_channel(Seller(id=seller_id), channel_id)
    if channel is None:
        return HttpResponse(status=404)
    try:
        secrets = secrets_of(channel)
        if request.method != "POST":
            return _greet(request, channel, secrets)
        if len(request.body) > MOST_BYTES:
            return HttpResponse(status=413)
        events = _read(request, channel, secrets)
    except (NotGenuine, AnymailWebhookValidationFailure, BadInput):
        return HttpResponse("The signature is not this provider's.", status=403, content_type="text/plain")
    except (AnymailError, ValueError, KeyError, TypeError, AttributeError):
        return HttpResponse("This is no report.", status=400, content_type="text/plain")
    report(channel, events, clock.now())
    return HttpResponse(status=200)


messages_hook.enters_by_key = True  # type: ignore[attr-defined]


def _greet(request: HttpRequest, channel: MessageChannel, secrets: dict[str, str]) -> HttpResponse:
    """Meta asks once whether the address is ours; others look whether anybody is there."""
    if channel.adapter == "meta" and request.method == "GET":
        token = secrets.get("verify_token", "")
        if not token or not same(token, request.GET.get("hub.verify_token", "")):
            raise NotGenuine
        return HttpResponse(request.GET.get("hub.challenge", "")[:200], content_type="text/plain")
    return HttpResponse(status=200 if request.method == "HEAD" else 405)


def _read(request: HttpRequest, channel: MessageChannel, secrets: dict[str, str]) -> list[ProviderEvent]:
    """The events of a genuine report. Errors: NotGenuine, or anymail's own."""
    if channel.kind == "email":
        return _of_mail(request, channel, secrets)
    provider = PROVIDERS.get(channel.adapter)
    if provider is None:
        raise NotGenuine
    headers = {name.lower(): value for name, value in request.headers.items()}
    url = (settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}") + request.get_full_path()
    posted = Posted(url, headers, request.body)
    if any(not secrets.get(name) for name in provider.secrets) or not provider.is_genuine(posted, secrets):
        raise NotGenuine
    return [
        ProviderEvent(
            Told(fate.kind, fate.event_key, _at(fate.at), fate.what, fate.provider_key), _uuid(fate.key),
            fate.provider_key,
        )
        for fate in provider.read_report(posted)
    ]  # fmt: skip


def _of_mail(request: HttpRequest, channel: MessageChannel, secrets: dict[str, str]) -> list[ProviderEvent]:
    secret = secrets.get("hook_secret", "")
    if channel.hook not in VIEWS or not secret:
        raise NotGenuine
    named = {"webhook_signing_key": secret} if channel.hook == "mailgun" else {"webhook_secret": secret}
    view: Any = getattr(import_module(f"anymail.webhooks.{channel.hook}"), VIEWS[channel.hook])(**named)
    view.setup(request)
    view.run_validators(request)
    return _told(view.parse_events(request))


def _told(events: Sequence[Any]) -> list[ProviderEvent]:
    found = []
    for event in events:
        kind = KINDS.get(event.event_type or "")
        key = str((event.metadata or {}).get("message") or "")
        if kind is None:
            continue
        provider_key = str(event.message_id or "")
        what = " ".join(str(one) for one in (event.reject_reason, event.mta_response or event.description) if one)
        event_key = str(event.event_id or f"{provider_key}:{kind}:{event.timestamp}")
        at = event.timestamp or clock.now()
        found.append(ProviderEvent(Told(kind, event_key, at, what[:500], provider_key), _uuid(key), provider_key))
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < 4_102_444_800 else clock.now()
