"""The search field at the top: customers by any word's beginning, invoices by the beginning of their number."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from openterms.apps.parties.reads import search
from openterms.apps.receivables.open_item.reads import numbered

from .access import staff
from .doing import is_partial

SHOWN = 8


@staff
def search_page(request: HttpRequest) -> HttpResponse:
    """What was found; inside the field as one types, as a page for who presses enter."""
    text = request.GET.get("q", "").strip()[:100].replace("\0", "")
    seller = request.seller  # type: ignore[attr-defined]
    groups = []
    if text:
        customers = [
            {"href": reverse("desk:customer", args=[one.id]), "name": one.name, "number": one.number}
            for one in search(seller, text)[:SHOWN]
        ]
        items = [
            {"href": reverse("desk:invoice", args=[one["id"]]), "name": one["customer_name"], "number": one["number"]}
            for one in numbered(seller, text, SHOWN)
        ]
        groups = [{"label": _("Customers"), "results": customers}, {"label": _("Invoices"), "results": items}]
    context = {"groups": groups, "found": any(group["results"] for group in groups), "text": text}
    if is_partial(request):
        return render(request, "components/search_results.html" if text else "desk/nothing.html", context)
    return render(request, "desk/search.html", context)
