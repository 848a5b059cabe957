"""Orders on credit: those that wait for a person, those that are held, and what became of the others."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.credit.authorisation import reads
from openterms.apps.credit.authorisation.answers import reasons_read
from openterms.apps.credit.authorisation.models import Authorisation
from openterms.apps.credit.authorisation.overrides import refuse_order, release_order
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy import clock

from . import display
from .access import actor, may, require, staff
from .doing import attempt, came_from, done
from .links import customer_address
from .paging import uuid_of
from .tables import Column, Filter, Table

PAGE = 50
STATES = (
    ("approved", gettext_lazy("Approved")),
    ("captured", gettext_lazy("Captured")),
    ("expired", gettext_lazy("Expired")),
    ("declined", gettext_lazy("Declined")),
    ("all", gettext_lazy("All orders")),
)
COLUMNS = (
    Column("order_ref", gettext_lazy("Order"), "link"),
    Column("requested_minor", gettext_lazy("Amount"), "money", mixed=True),
    Column("customer", gettext_lazy("Customer"), "party", href="customer_href"),
    Column("state", gettext_lazy("Status"), "status", weight=2),
    Column("authorised_at", gettext_lazy("Asked"), "moment", weight=3),
    Column("approved_minor", gettext_lazy("Approved"), "money", mixed=True, weight=3, hidden=True),
    Column("expires_at", gettext_lazy("Until"), "moment", weight=3, hidden=True),
    Column("why", gettext_lazy("Reason"), weight=4),
)


@staff
def orders_page(request: HttpRequest) -> HttpResponse:
    """The list; without a choice those that wait for a decision."""
    seller = request.seller  # type: ignore[attr-defined]
    filters = [
        Filter("state", gettext_lazy("State"), choices=STATES, blank=_("Waiting")),
        Filter("number", gettext_lazy("Customer number"), "text"),
    ]
    table = Table.of(
        request, "orders", COLUMNS, filters=filters, search="", search_label=_("Order"), limit=PAGE,
        row_href=lambda row: reverse("desk:order", args=[row["id"]]), caption=_("Orders"),
        empty_title=_("No order waits."), empty_text=_("Orders come from your shop through the API."),
    )  # fmt: skip
    given = {one.name: one.value.replace("\0", "") for one in table.filters}
    state = given["state"] if given["state"] in reads.LISTED else "waiting"
    customer = None
    if given["number"]:
        found = Customer.objects.filter(seller=seller, number=given["number"]).first()
        customer = found.id if found else UUID(int=0)
    wanted = reads.OrderFilter(
        state=state, customer=customer, order_ref=(table.search or "").strip().replace("\0", "")
    )
    rows = reads.orders(seller, wanted, clock.now(), uuid_of(table.after), PAGE + 1)
    table.fill([_row(one) for one in rows], lambda row: str(row["id"]))
    return render(request, "desk/orders/index.html", {"table": table, "place": "orders", "state": state})


def _row(one: dict[str, Any]) -> dict[str, Any]:
    kept = json.loads(one["reasons"]) if isinstance(one["reasons"], str) else one["reasons"]
    reasons = reasons_read(kept)
    return one | {
        "customer": {"name": one["customer_name"], "number": one["customer_number"]},
        "customer_href": customer_address(one["customer_id"]),
        "why": display.reason_texts(reasons[0])["text"] if reasons else "",
    }


@staff
def order_page(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """One order: what was asked, what was answered and why, and what became of it."""
    order = _order(request, order_id)
    now = clock.now()
    state = "released_by_person" if order.successor_id else reads.state_at(order, now)
    context = {
        "order": order,
        "state": state,
        "place": "orders",
        "crumbs": [{"href": reverse("desk:orders"), "label": _("Orders")}, {"label": order.order_ref}],
        "reasons": [display.reason_texts(one) for one in reasons_read(order.reasons)],
        "overridden": [display.reason_texts(one) for one in reasons_read(order.overridden)],
        "held_minor": reads.life_of(order).held_at(now),
        "captures": order.authorisationcapture_set.order_by("id")[:50],
        "can_decide": state == "referred" and may(request, "release_order"),
    }
    return render(request, "desk/orders/order.html", context)


def _order(request: HttpRequest, order_id: UUID) -> Authorisation:
    found = (
        Authorisation.objects.select_related("customer", "override", "successor")
        .filter(seller=request.seller, id=order_id)  # type: ignore[attr-defined]
        .first()
    )
    if found is None:
        raise Http404
    return found


class ReasonForm(forms.Form):
    """Why a person decides so."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


@staff
def release_page(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Let an order go ahead against the rules."""
    return _decide(
        request, order_id, release_order, "release_order", _("Release the order"), _("Release"),
        _("The order is held at once, against the rules. Your name and the reason go to its invoice and the journal."),
        _("The order is released."),
    )  # fmt: skip


@staff
def refuse_page(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Say no to an order that waits."""
    return _decide(
        request, order_id, refuse_order, "refuse_order", _("Refuse the order"), _("Refuse"),
        _("The shop is told that the order is declined."), _("The order is refused."),
    )  # fmt: skip


def _decide(
    request: HttpRequest, order_id: UUID, decide: Callable[..., Any], route: str, heading: str, verb: str, intro: str,
    said: str,
) -> HttpResponse:  # fmt: skip
    require(request, "release_order")
    order = _order(request, order_id)
    back = came_from(request, reverse("desk:order", args=[order_id]))
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():

        def act() -> bool:
            decide(request.seller, actor(request), order_id, form.cleaned_data["reason"], clock.now())  # type: ignore[attr-defined]
            return True

        if attempt(form, act):
            return done(request, said, back)
    context = {
        "form": form, "order": order, "back": back, "place": "orders", "heading": heading, "verb": verb,
        "intro": intro, "address": reverse(f"desk:{route}", args=[order_id]),
    }  # fmt: skip
    return render(request, "desk/orders/decide.html", context, status=422 if form.errors else 200)
