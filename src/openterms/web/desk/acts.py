"""What people do about a customer, each as one form: log a call, note, promise, dispute, hold, limit, pause.

Every act has an address of its own, works in the side panel and as a page, and goes back to where one came from. In the
worklist the row leaves and the focus moves to the next piece of work.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise

from openterms.apps.collecting.worklist import reads as work_reads
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.models import Seller

from .access import actor, require, staff, today
from .customer import customer_of
from .doing import attempt, came_from, done
from .paging import uuid_of


@dataclass(frozen=True)
class Place:
    """Where and when an act happens: what its form and its action need."""

    seller: Seller
    customer: Customer
    actor: Actor
    today: date
    now: datetime
    chosen: tuple[UUID, ...] = ()
    work: dict[str, Any] | None = None


@dataclass(frozen=True)
class Outcome:
    """What to say afterwards, and the address that takes it back."""

    text: str
    undo: str = ""


class ActForm(forms.Form):
    """A form that knows its place. `places` leads from the core's names of places to field names."""

    heading: Promise | str = ""
    verb: Promise | str = ""
    intro: Promise | str = ""
    right = "work"
    refusals: tuple[Any, ...] = ()
    """Why the guard would not have it done now; shown, not held against what was done already."""
    places: dict[str, str] = {}
    leaves_list = False
    """Whether doing this takes the customer off today's list."""

    def __init__(self, place: Place, *args: Any, **kwargs: Any) -> None:
        self.place = place
        super().__init__(*args, **kwargs)
        self.prepare()
        for name, field in self.fields.items():
            if isinstance(field, forms.DateField):
                field.widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
                field.widget.is_required = field.required
            if name in self.errors_shown:
                field.widget.attrs["aria-invalid"] = "true"

    @property
    def errors_shown(self) -> list[str]:
        """Fields known to be wrong."""
        return []

    def prepare(self) -> None:
        """Fill choices and initial values from the place."""

    def act(self) -> Outcome:
        """Do it; BadInput and Refused become errors of the form."""
        raise NotImplementedError


REGISTRY: dict[str, type[ActForm]] = {}


def register(name: str) -> Any:
    """Give an act its place in the addresses: `/customers/<id>/<name>/`."""

    def keep(form: type[ActForm]) -> type[ActForm]:
        REGISTRY[name] = form
        return form

    return keep


@staff
def act(request: HttpRequest, customer_id: UUID, name: str) -> HttpResponse:
    """Show an act's form, or do it."""
    kind = REGISTRY.get(name)
    if kind is None:
        raise Http404
    require(request, kind.right)
    place = _place(request, customer_of(request, customer_id))
    back = came_from(request, reverse("desk:customer", args=[customer_id]))
    if back.split("?")[0].rstrip("/").endswith(f"/{name}"):
        back = reverse("desk:customer", args=[customer_id])
    if request.method == "POST" and "send" in request.POST:
        form = kind(place, request.POST, request.FILES)
        if form.is_valid():
            outcome = attempt(form, form.act, form.places)
            if outcome is not None:
                work_id = place.work["id"] if place.work and form.leaves_list else None
                return done(request, outcome.text, back, outcome.undo, work_id)
        return _show(request, form, name, back, 422)
    return _show(request, kind(place, initial=_given(request)), name, back, 200)


def _place(request: HttpRequest, customer: Customer) -> Place:
    data = request.POST if request.method == "POST" else request.GET
    chosen = tuple(found for text in data.getlist("chosen") if (found := uuid_of(text)))
    work_id = uuid_of(data.get("work", ""))
    work = work_reads.work_item(customer.seller, work_id) if work_id else None
    if work is not None and work["customer_id"] != customer.id:
        raise Http404
    return Place(customer.seller, customer, actor(request), today(request), clock.now(), chosen, work)


def _given(request: HttpRequest) -> dict[str, Any]:
    """Values that an address carries into a new form."""
    return {name: value for name, value in request.GET.items() if name not in ("chosen", "work", "next")}


def _show(request: HttpRequest, form: ActForm, name: str, back: str, status: int) -> HttpResponse:
    context = {
        "form": form,
        "name": name,
        "customer": form.place.customer,
        "work": form.place.work,
        "back": back,
        "place": "customers",
        "address": reverse("desk:act", args=[form.place.customer.id, name]),
    }
    return render(request, "desk/act.html", context, status=status)
