"""Lists' filters and columns under a name, for oneself or for everybody at the seller."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from openterms.apps.parties.models import SavedView

from .access import staff

PAGES = {"customers": "desk:customers", "invoices": "desk:invoices", "worklist": "desk:worklist"}
LEFT_OUT = ("after", "format", "csrfmiddlewaretoken")


def views_of(request: HttpRequest, page: str) -> list[dict[str, Any]]:
    """The saved views of a list: its own address first, then everybody's and one's own by name."""
    base = reverse(PAGES[page])
    here = _plain(request.GET)
    found = SavedView.objects.filter(Q(owner=request.user) | Q(owner__isnull=True), seller=request.seller, page=page)  # type: ignore[attr-defined,misc]
    shown = [{"label": _("All"), "href": base, "current": not here, "id": None}]
    for view in found.order_by("name")[:20]:
        href = f"{base}?{view.query}"
        shown.append({"label": view.name, "href": href, "current": view.query == here, "id": view.id})
    return shown if len(shown) > 1 else []


def _plain(query: QueryDict) -> str:
    kept = query.copy()
    for name in LEFT_OUT:
        kept.pop(name, None)
    return kept.urlencode()


@require_POST
@staff
def save(request: HttpRequest) -> HttpResponse:
    """Keep the list's present filters under a name; the same name again replaces it."""
    page, name = request.POST.get("page", ""), request.POST.get("name", "").strip()[:80]
    query = _plain(QueryDict(request.POST.get("query", "")))[:1000]
    if page not in PAGES:
        raise Http404
    back = f"{reverse(PAGES[page])}?{query}"
    if not name:
        messages.error(request, _("Give the view a name."))
        return HttpResponseRedirect(back)
    SavedView.objects.update_or_create(
        seller=request.seller, owner=request.user, page=page, name=name, defaults={"query": query}  # type: ignore[attr-defined,misc]
    )
    messages.success(request, _("The view is saved."))
    return HttpResponseRedirect(back)


@require_POST
@staff
def delete(request: HttpRequest, view_id: UUID) -> HttpResponse:
    """Delete one of one's own views."""
    view = SavedView.objects.filter(seller=request.seller, owner=request.user, id=view_id).first()  # type: ignore[attr-defined,misc]
    if view is None:
        raise Http404
    page = view.page
    view.delete()
    return HttpResponseRedirect(reverse(PAGES[page]))
