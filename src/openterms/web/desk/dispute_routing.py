"""Whose disputes are: the routes of reasons, a case given to somebody, and its evidence."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.receivables.dispute.cases import add_files, assign, set_route
from openterms.apps.receivables.dispute.models import Department, DisputeCase, DisputeReason
from openterms.apps.receivables.dispute.reads import handlers, routes
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.models import Seller

from .access import actor, may, require, staff
from .disputes import find
from .files import FilesField, keep
from .form_page import form_page
from .paging import uuid_of


@staff
def routes_page(request: HttpRequest) -> HttpResponse:
    """Who answers each reason, and in how many business days."""
    found = [
        one | {"word": DisputeReason(one["reason"]).label, "department_word": Department(one["department"]).label}
        for one in routes(request.seller)  # type: ignore[attr-defined]
    ]
    context = {
        "routes": found, "place": "disputes", "may_set": may(request, "dispute_routes"),
        "crumbs": [{"href": reverse("desk:disputes"), "label": _("Disputes")}, {"label": _("Routes")}],
    }  # fmt: skip
    return render(request, "desk/disputes/routes.html", context)


class OwnerForm(forms.Form):
    """A department and, if anybody, a person in it."""

    department = forms.ChoiceField(label=gettext_lazy("Department"), choices=Department.choices)
    owner = forms.ChoiceField(label=gettext_lazy("Owner"), required=False)

    def __init__(self, seller: Seller, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        people = [(str(one.id), one.name) for one in handlers(seller)]
        self.fields["owner"].choices = [("", _("Nobody yet")), *people]  # type: ignore[attr-defined]

    def clean_owner(self) -> UUID | None:
        """The person's id."""
        return uuid_of(self.cleaned_data["owner"])


class RouteForm(OwnerForm):
    """Who answers a reason, and how fast."""

    business_days = forms.IntegerField(
        label=gettext_lazy("Business days to decide"), min_value=1, max_value=90,
        widget=forms.NumberInput(attrs={"dir": "ltr"}),
    )  # fmt: skip


@staff
def route_page(request: HttpRequest, reason: str) -> HttpResponse:
    """Set the route of a reason; cases that are open keep what they have."""
    require(request, "dispute_routes")
    seller = request.seller  # type: ignore[attr-defined]
    usual = next((one for one in routes(seller) if one["reason"] == reason), None)
    if usual is None:
        raise Http404
    initial = usual | {"owner": usual["owner"].id if usual["owner"] else ""}
    form = RouteForm(seller, request.POST or None, initial=initial)
    title = _("Route of: %(reason)s") % {"reason": DisputeReason(reason).label}

    def act(given: dict[str, Any]) -> Any:
        days, owner = given["business_days"], given["owner"]
        return set_route(seller, actor(request), reason, given["department"], days, owner, clock.now())

    back = reverse("desk:dispute_routes")
    return form_page(request, form, title, None, back, act, _("The route is kept."), "disputes")


@staff
def assign_page(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Give a case to a department and a person."""
    require(request, "note")
    case = find(request, case_id)
    initial = {"department": case.department, "owner": case.owner_id or ""}
    form = OwnerForm(case.seller, request.POST or None, initial=initial)

    def act(given: dict[str, Any]) -> DisputeCase:
        return assign(case.seller, actor(request), case.id, given["department"], given["owner"], clock.now())

    title, back = _("Give the case to somebody"), reverse("desk:dispute", args=[case.id])
    return form_page(request, form, title, case.customer, back, act, _("The case is given."), "disputes")


class EvidenceForm(forms.Form):
    """Evidence of a case."""

    files = FilesField(label=gettext_lazy("Evidence"), required=True)


@staff
def evidence_page(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Add files to a case; they are kept with the customer too."""
    require(request, "note")
    case = find(request, case_id)
    posted = request.method == "POST"
    form = EvidenceForm(request.POST, request.FILES) if posted else EvidenceForm()

    def act(given: dict[str, Any]) -> DisputeCase:
        who, now = actor(request), clock.now()
        kept = [keep(case.customer, who, one, now) for one in given["files"]]
        return add_files(case.seller, who, case.id, [one.id for one in kept], now)

    title, back = _("Add evidence"), reverse("desk:dispute", args=[case.id])
    return form_page(request, form, title, case.customer, back, act, _("The evidence is kept."), "disputes")
