"""Personal pages in the desk: their links, what readers did there, and what they ask for."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.collecting.answering.actions import answer_request
from openterms.apps.messaging.page import reads
from openterms.apps.messaging.page.actions import make_link, revoke_links
from openterms.apps.messaging.page.models import PageLink, PageRequest
from openterms.apps.parties.models import Contact, Customer
from openterms.apps.receivables.open_item import reads as item_reads
from openterms.apps.tenancy import clock

from .access import actor, may, staff, today
from .customer import customer_of
from .doing import attempt, done
from .form_page import form_page

MOST_PLANNED = 40


class LinkForm(forms.Form):
    """For whom a link is."""

    contact = forms.ModelChoiceField(
        label=gettext_lazy("For whom"), queryset=Contact.objects.none(), required=False,
        empty_label=gettext_lazy("Nobody by name"),
        help_text=gettext_lazy("Whoever has the link can read the page. It is shown once; hand it over yourself."),
    )  # fmt: skip

    def __init__(self, customer: Customer, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        people = Contact.objects.filter(seller=customer.seller, customer=customer, is_active=True)
        self.fields["contact"].queryset = people.order_by("name")  # type: ignore[attr-defined]


class RevokeForm(forms.Form):
    """Nothing to fill in: sending it is the yes."""


class AnswerForm(forms.Form):
    """How a request was answered."""

    note = forms.CharField(
        label=gettext_lazy("How it was answered"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


@staff(right="page")
def link_new(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Make a link to copy."""
    customer = customer_of(request, customer_id)
    form = LinkForm(customer, request.POST or None if request.method == "POST" else None)
    if request.method == "POST":
        form = LinkForm(customer, request.POST)
        made = None
        if form.is_valid():
            made = attempt(
                form,
                lambda: make_link(
                    customer.seller, actor(request), customer, form.cleaned_data["contact"], clock.now()
                ),
            )
        if made is not None:
            context = {"customer": customer, "link": made[0], "address": made[1], "place": "customers"}
            response = render(request, "desk/pages/made.html", context)
            response["Cache-Control"] = "private, no-store"
            return response
    context = {
        "form": form, "title": _("Make a link to the personal page"), "customer": customer, "place": "customers",
        "address": request.path, "back": _back(customer.id),
    }  # fmt: skip
    return render(request, "desk/form_page.html", context, status=422 if form.errors else 200)


@staff(right="page")
def revoke(request: HttpRequest, customer_id: UUID, link_id: UUID | None = None) -> HttpResponse:
    """End one link, or all of them."""
    customer = customer_of(request, customer_id)
    if link_id and not PageLink.objects.filter(seller=customer.seller, customer=customer, id=link_id).exists():
        raise Http404
    title = _("End this link") if link_id else _("End every link of this customer")
    form = RevokeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        act = attempt(form, lambda: (revoke_links(customer.seller, actor(request), customer, clock.now(), link_id),))
        if act is not None:
            return done(request, _("It opens nothing any more."), _back(customer.id))
    context = {
        "form": form, "title": title, "customer": customer, "place": "customers", "address": request.path,
        "back": _back(customer.id), "verb": title,
    }  # fmt: skip
    return render(request, "desk/pages/revoke.html", context, status=422 if form.errors else 200)


@staff
def requests_page(request: HttpRequest) -> HttpResponse:
    """What readers of personal pages ask for, of all customers, the oldest first."""
    seller = request.seller  # type: ignore[attr-defined]
    found = reads.open_requests(seller)
    for one in found:
        one["next"] = _next_step(request, one["request"], one["customer"])
    context = {"requests": found, "count": reads.waiting(seller), "place": "requests"}
    return render(request, "desk/pages/requests.html", context)


@staff(right="page")
def request_answer(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Say how a request was answered; it leaves the list."""
    seller = request.seller  # type: ignore[attr-defined]
    asked = PageRequest.objects.filter(seller=seller, id=request_id).select_related("customer").first()
    if asked is None:
        raise Http404
    form = AnswerForm(request.POST or None if request.method == "POST" else None)
    return form_page(
        request, form, _("Answer the request"), asked.customer, reverse("desk:requests"),
        lambda given: answer_request(seller, actor(request), request_id, given["note"], clock.now()),
        _("The request is answered."),
    )  # fmt: skip


def _next_step(request: HttpRequest, asked: PageRequest, customer: Customer) -> dict[str, str]:
    """The form that the request leads to, filled in with what was said; empty where there is none, or no right."""
    said = asked.said
    if asked.kind == PageRequest.Kind.PLAN and may(request, "work"):
        day = today(request)
        rows = item_reads.open_items(customer.seller, customer.id, day, MOST_PLANNED)
        debit = [one for one in rows if one["is_debit"]]
        chosen = [one for one in debit if one["days_overdue"] > 0] or debit
        query = [("items", str(one["id"])) for one in chosen if one["currency"] == chosen[0]["currency"]]
        first = max(str(said.get("first_on") or ""), day.isoformat())
        query += [("count", str(said.get("count") or 3)), ("first_on", first), ("rhythm", "month"), ("way", "link")]
        address = reverse("desk:plan_new", args=[customer.id])
        return {"href": f"{address}?{urlencode(query)}", "label": _("Offer a plan")}
    if asked.kind == PageRequest.Kind.PERSON and may(request, "parties"):
        given = {name: str(said[name]) for name in ("name", "email", "phone") if said.get(name)}
        address = reverse("desk:part", args=[customer.id, "contact"])
        return {"href": f"{address}?{urlencode(given)}", "label": _("Add the contact")}
    return {}


def _back(customer_id: UUID) -> str:
    return reverse("desk:customer", args=[customer_id]) + "#personal-page"
