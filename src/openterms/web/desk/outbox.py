"""The outbox: what waits, what went out, what was held or came back, and why; stop it, or let it go."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from openterms.apps.messaging.models import (
    BadAddress,
    Message,
    MessageAttachment,
    MessageAttempt,
    MessageChannel,
    MessageReport,
    MessageState,
)  # fmt: skip
from openterms.apps.messaging.outgoing import actions
from openterms.apps.messaging.outgoing.letters import reason_of
from openterms.apps.tenancy import clock
from openterms.core.base.errors import Refused

from .access import actor, may, staff
from .display import reason_texts
from .doing import explain
from .message_words import LANGUAGES, MARKS, PURPOSES

AT_ONCE = 50
ACTS = {"cancel": actions.cancel, "hold": actions.hold_back, "send": actions.let_go}


@staff
def index(request: HttpRequest) -> HttpResponse:
    """Messages of a state, newest first, and how many there are of each."""
    seller = request.seller  # type: ignore[attr-defined]
    counts = dict(Message.objects.filter(seller=seller).values_list("state").annotate(Count("id")))
    state = request.GET.get("state", "")
    state = state if state in MessageState.values else ""
    found = Message.objects.filter(seller=seller).select_related("customer", "contact").defer("html", "text")
    if state:
        found = found.filter(state=state)
    before = request.GET.get("before", "")
    if before:
        try:
            found = found.filter(id__lt=UUID(before))
        except ValueError:
            raise Http404 from None
    rows = [_row(one) for one in found.order_by("-id")[: AT_ONCE + 1]]
    views: list[dict[str, Any]] = [{"href": reverse("desk:outbox"), "label": gettext("All"), "current": not state}]
    views += [
        {"href": f"{reverse('desk:outbox')}?state={code}", "label": label, "current": state == code,
         "count": counts.get(code, 0)}
        for code, label in MessageState.choices if counts.get(code)
    ]  # fmt: skip
    live = set(MessageChannel.objects.filter(seller=seller, is_live=True).values_list("kind", flat=True))
    for row in rows:
        row["is_said"] = not live and row["one"].state == MessageState.DRY  # once above the list is enough
    context = {
        "place": "outbox", "rows": rows[:AT_ONCE], "views": views, "is_dry": not live,
        "bad": BadAddress.objects.filter(seller=seller, cleared_at=None).count(),
        "more": rows[AT_ONCE - 1]["one"].id if len(rows) > AT_ONCE else None, "state": state,
    }  # fmt: skip
    return render(request, "desk/messages/outbox.html", context)


@staff
def show(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """One message: its words, its tries, what its provider reported, and what can be done."""
    one = _message(request, message_id)
    row = _row(one)
    can = may(request, "messages")
    context = {
        "place": "outbox", "row": row, "one": one, "language": LANGUAGES.get(one.language, one.language),
        "tries": MessageAttempt.objects.filter(message=one).order_by("id"),
        "reports": MessageReport.objects.filter(message=one).order_by("at", "id"),
        "files": MessageAttachment.objects.filter(message=one).order_by("place"),
        "crumbs": [{"label": gettext("Outbox"), "href": reverse("desk:outbox")}, {"label": row["title"]}],
        "bad": BadAddress.objects.filter(
            seller=one.seller, channel=one.channel, address=one.address, cleared_at=None).first(), "may_clear": can,
        "may_cancel": can and one.state in ("queued", "held", "failed"), "may_hold": can and one.state == "queued",
        "may_send": can and one.state in ("held", "failed"),
    }  # fmt: skip
    return render(request, "desk/messages/message.html", context)


@staff
@xframe_options_sameorigin
def page(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """The page of an e-mail as its reader sees it; nothing in it runs."""
    one = _message(request, message_id)
    answer = HttpResponse(one.html or "", content_type="text/html; charset=utf-8")
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    return answer


@require_POST
@staff(right="messages")
def act(request: HttpRequest, message_id: UUID, name: str) -> HttpResponse:
    """Stop a message, hold it, or let it go."""
    one = _message(request, message_id)
    if name not in ACTS:
        raise Http404
    try:
        count = ACTS[name](one.seller, actor(request), [one.id], clock.now())
    except Refused as error:
        messages.error(request, explain(error))
    else:
        if count:
            messages.success(request, gettext("Done."))
        else:
            messages.error(request, gettext("Nothing was changed: look at its reason."))
    return HttpResponseRedirect(reverse("desk:message", args=[one.id]))


def _message(request: HttpRequest, message_id: UUID) -> Message:
    found = Message.objects.filter(seller=request.seller, id=message_id)  # type: ignore[attr-defined,misc]
    one = found.select_related("customer", "contact", "seller", "template_version").first()
    if one is None:
        raise Http404
    return one


def _row(one: Message) -> dict[str, Any]:
    reason = reason_of(one.reason)
    return {
        "one": one, "mark": MARKS[one.state], "word": one.get_state_display(),
        "purpose": PURPOSES.get(one.purpose, one.purpose), "title": one.subject or str(PURPOSES.get(one.purpose, "")),
        "reason": reason_texts(reason) if reason else None,
    }  # fmt: skip
