"""Beside the outbox: addresses that take no messages, and letters made ready for the post, to be fetched."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from openterms.apps.messaging.models import BadAddress, PostBatch
from openterms.apps.messaging.outgoing.actions import clear_address
from openterms.apps.tenancy import clock, contents
from openterms.core.base.errors import BadInput, Refused

from .access import actor, may, staff
from .doing import done, refused

MOST_SHOWN = 200
PARTS = {"letters": ("digest", "application/pdf", "pdf"), "manifest": ("manifest_digest", "text/csv", "csv")}


@staff
def addresses(request: HttpRequest) -> HttpResponse:
    """Addresses that take no messages, newest first, each with why; a button that clears it."""
    found = BadAddress.objects.filter(seller=request.seller, cleared_at=None)  # type: ignore[attr-defined]
    several = found.select_related("message__customer", "message__contact").order_by("-marked_at", "-id")
    causes = {"bounced": _("Came back"), "complained": _("Marked as unwanted")}
    rows = [{"one": one, "cause": causes.get(one.cause, one.cause)} for one in several[:MOST_SHOWN]]
    return render(request, "desk/messages/addresses.html", {
        "place": "outbox", "rows": rows, "may_clear": may(request, "messages"), "count": found.count(),
        "crumbs": [{"label": _("Outbox"), "href": reverse("desk:outbox")}, {"label": _("Addresses that fail")}],
    })  # fmt: skip


@require_POST
@staff(right="messages")
def clear(request: HttpRequest, address_id: UUID) -> HttpResponse:
    """Let an address take messages again."""
    seller = request.seller  # type: ignore[attr-defined]
    get_object_or_404(BadAddress, seller=seller, id=address_id)
    try:
        made = clear_address(seller, actor(request), address_id, clock.now())
    except (BadInput, Refused) as error:
        return refused(request, error, reverse("desk:bad_addresses"))
    return done(request, _("%(address)s takes messages again.") % {"address": made.address},
                reverse("desk:bad_addresses"))  # fmt: skip


@staff
def batches(request: HttpRequest) -> HttpResponse:
    """Letters made ready for the post, the newest batch first."""
    found = PostBatch.objects.filter(seller=request.seller).order_by("-number")  # type: ignore[attr-defined]
    return render(request, "desk/messages/batches.html", {
        "place": "outbox", "rows": found[:MOST_SHOWN], "may_fetch": may(request, "messages"),
        "crumbs": [{"label": _("Outbox"), "href": reverse("desk:outbox")}, {"label": _("Letters for the post")}],
    })  # fmt: skip


@staff(right="messages")
def batch_file(request: HttpRequest, number: int, part: str) -> HttpResponse:
    """The letters of a batch as one PDF, or its manifest."""
    seller = request.seller  # type: ignore[attr-defined]
    batch = get_object_or_404(PostBatch, seller=seller, number=number)
    if part not in PARTS:
        raise Http404
    name, kind, ending = PARTS[part]
    content = contents.content_of(getattr(batch, name))
    if content is None:
        raise Http404
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="post-{batch.number}-{part}.{ending}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
