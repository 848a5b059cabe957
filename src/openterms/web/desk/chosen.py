"""Rows chosen on the list of invoices: an act for one customer's, or the question which customer is meant."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from openterms.apps.receivables.open_item.models import DEBIT_KINDS, Item

from . import display
from .access import may, require, staff
from .acts import REGISTRY, act
from .doing import came_from
from .paging import uuid_of

MOST_CHOSEN = 100
ACTS: dict[str, tuple[Promise | str, str]] = {
    "promise": (gettext_lazy("Record promise"), "p"),
    "dispute": (gettext_lazy("Record dispute"), "d"),
    "statement": (gettext_lazy("Statement of account"), ""),
}
"""Name of the act -> what its button says and the key that presses it."""


def bulk(request: HttpRequest) -> list[dict[str, Any]]:
    """The buttons below the list, for a person's rights."""
    return [
        {"href": reverse("desk:chosen", args=[name]), "label": label, "key": key}
        for name, (label, key) in ACTS.items()
        if name not in REGISTRY or may(request, REGISTRY[name].right)
    ]


@require_POST
@staff
def chosen(request: HttpRequest, name: str) -> HttpResponse:
    """Begin an act with the rows chosen. Where they are several customers', ask which; settled ones are left out."""
    if name not in ACTS:
        raise Http404
    if name in REGISTRY:
        require(request, REGISTRY[name].right)
    back = came_from(request, reverse("desk:invoices"))
    ids = list(dict.fromkeys(found for text in request.POST.getlist("chosen") if (found := uuid_of(text))))
    if len(ids) > MOST_CHOSEN:
        most = display.number(MOST_CHOSEN)
        return _back(request, back, _("Choose at most %(most)s rows at a time.") % {"most": most})
    groups = _groups(request, ids, name)
    if not groups:
        text = _("Choose at least one row first.") if not ids else _("Nothing is owed on the rows you chose.")
        return _back(request, back, text)
    if len(groups) > 1:
        context = {
            "place": "invoices", "groups": groups, "name": name, "verb": ACTS[name][0], "back": back,
            "customers": len({group["customer"].id for group in groups}),
            "crumbs": [{"href": back, "label": _("Invoices")}, {"label": ACTS[name][0]}],
        }  # fmt: skip
        return render(request, "desk/choose_customer.html", context)
    (group,) = groups
    if name == "statement":
        query = urlencode({"item": [str(one) for one in group["ids"]]}, doseq=True)
        return HttpResponseRedirect(f"{reverse('desk:statement', args=[group['customer'].id])}?{query}")
    return act(request, group["customer"].id, name)  # type: ignore[no-any-return]


def _back(request: HttpRequest, back: str, text: str) -> HttpResponse:
    messages.error(request, text)
    return HttpResponseRedirect(back)


def _groups(request: HttpRequest, ids: list[UUID], name: str) -> list[dict[str, Any]]:
    """What is open of the rows, by customer and, for acts about amounts, by currency; the most rows first."""
    items = Item.objects.filter(seller=request.seller, id__in=ids, open_minor__gt=0)  # type: ignore[attr-defined]
    if name != "statement":
        items = items.filter(kind__in=DEBIT_KINDS)
    groups: dict[tuple[UUID, str], dict[str, Any]] = {}
    for item in items.select_related("customer").order_by("due_on", "id"):
        key = (item.customer_id, "" if name == "statement" else item.currency)
        group = groups.setdefault(key, {"customer": item.customer, "ids": [], "sums": {}})
        group["ids"].append(item.id)
        sign = 1 if item.kind in DEBIT_KINDS else -1
        group["sums"][item.currency] = group["sums"].get(item.currency, 0) + sign * item.open_minor
    return sorted(groups.values(), key=lambda group: (-len(group["ids"]), group["customer"].name))
