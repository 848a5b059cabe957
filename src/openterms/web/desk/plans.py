"""Plans in the desk: the calculator with its schedule, the plan, its acceptance and its end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.collecting.plan import actions
from openterms.apps.collecting.plan.agreement import agreement_in
from openterms.apps.collecting.plan.models import CollectionWay, Plan
from openterms.apps.collecting.plan.reads import plan_rows
from openterms.apps.collecting.plan.running import cancel
from openterms.apps.collecting.promise.models import Channel
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.open_item import reads as item_reads
from openterms.apps.receivables.open_item.models import DEBIT_KINDS
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput, Refused

from . import display
from .access import actor, staff, today
from .customer import customer_of
from .doing import amount_field, attempt, done, explain
from .posting_forms import DateInput

RHYTHMS = (
    ("month", gettext_lazy("every month")),
    ("fortnight", gettext_lazy("every two weeks")),
    ("week", gettext_lazy("every week")),
)
_TEXT = forms.Textarea(attrs={"rows": 3})


class PlanForm(forms.Form):
    """What is offered."""

    items = forms.MultipleChoiceField(
        label=gettext_lazy("Of these invoices"), widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose the invoices that the plan is for.")},
    )  # fmt: skip
    count = forms.IntegerField(label=gettext_lazy("Instalments"), min_value=1, max_value=120)
    first_on = forms.DateField(label=gettext_lazy("First instalment on"), widget=DateInput())
    rhythm = forms.ChoiceField(label=gettext_lazy("How often"), choices=RHYTHMS)
    first = forms.CharField(
        label=gettext_lazy("First payment"), max_length=40, required=False,
        help_text=gettext_lazy("Leave empty for equal instalments."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "dir": "ltr", "autocomplete": "off"}),
    )  # fmt: skip
    way = forms.ChoiceField(label=gettext_lazy("Paid by"), choices=CollectionWay.choices)
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=2000, widget=_TEXT)

    def __init__(self, customer: Customer, rows: list[dict[str, Any]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = {str(row["id"]): row for row in rows}
        self.fields["items"].choices = [  # type: ignore[attr-defined]
            (key, display.item_line(row["number"], row["due_on"], row["open_minor"], row["currency"]))
            for key, row in self.rows.items()
        ]

    def wanted(self) -> actions.Wanted | None:
        """What the action takes; nothing where the form is wrong."""
        if not self.is_valid():
            return None
        given = self.cleaned_data
        currency = self.rows[given["items"][0]]["currency"]
        first = amount_field(given["first"], currency, self, "first") if given["first"] else None
        if self.errors:
            return None
        return actions.Wanted(
            item_ids=[UUID(one) for one in given["items"]], count=given["count"], first_on=given["first_on"],
            rhythm=given["rhythm"], first_minor=first, way=given["way"], note=given["note"],
        )  # fmt: skip


@staff(right="work")
def plan_new_page(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """The calculator: the schedule follows what is typed; sending it makes the offer."""
    customer = customer_of(request, customer_id)
    seller, day = customer.seller, today(request)
    rows = [one for one in item_reads.open_items(seller, customer.id, day) if one["kind"] in DEBIT_KINDS]
    given = request.POST or (request.GET if "count" in request.GET else None)
    initial = {"items": [str(one["id"]) for one in rows if one["due_on"] < day], "count": 3, "rhythm": "month",
               "first_on": day + timedelta(days=7), "way": "link"}  # fmt: skip
    form = PlanForm(customer, rows, given, initial=initial)
    context: dict[str, Any] = {"form": form, "customer": customer, "place": "customers", "rows": rows}
    if request.method == "POST" and (wanted := form.wanted()) is not None:
        places = {"first": "first", "instalments": "count"}
        made = attempt(form, lambda: actions.offer(seller, actor(request), customer, wanted, clock.now()), places)
        if made is not None:
            return done(request, _("The plan is offered. It runs once the customer accepts."), _address(made.id))
    elif request.method == "GET" and given is not None:
        context |= _schedule(form, customer)
        if request.headers.get("HX-Request") == "true":
            return render(request, "desk/plans/schedule.html", context)
    return render(request, "desk/plans/new.html", context, status=422 if request.POST else 200)


def _schedule(form: PlanForm, customer: Customer) -> dict[str, Any]:
    wanted = form.wanted()
    if wanted is None:
        return {"faults": [str(text) for texts in form.errors.values() for text in texts]}
    try:
        made = actions.draft(customer.seller, customer, wanted, clock.now())
    except BadInput as error:
        return {"faults": [explain(error)]}
    return {"draft": made, "refusals": [explain(Refused([one])) for one in made.refusals]}


def _address(plan_id: UUID) -> str:
    return reverse("desk:plan", args=[plan_id])


def _plan(request: HttpRequest, plan_id: UUID) -> Plan:
    found = Plan.objects.select_related("customer", "offered_by")
    return get_object_or_404(found, seller=request.seller, id=plan_id)  # type: ignore[attr-defined]


@staff
def plan_page(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """A plan: what was agreed, what is paid, and what can be done about it."""
    plan = _plan(request, plan_id)
    agreement, its_language = agreement_in(plan.agreement, display.current().language)
    context = {
        "agreement": agreement, "its_language": its_language,
        "plan": plan, "customer": plan.customer, "rows": plan_rows(plan, today(request)), "place": "customers",
        "waits": plan.state == Plan.State.OFFERED, "runs": plan.state == Plan.State.RUNNING,
    }  # fmt: skip
    return render(request, "desk/plans/plan.html", context)


class AcceptForm(forms.Form):
    """Who accepted, and how they said so."""

    name = forms.CharField(label=gettext_lazy("Who accepts"), max_length=200)
    channel = forms.ChoiceField(label=gettext_lazy("How they told you"), choices=Channel.choices, initial="phone")


class EndForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500, widget=_TEXT)


@staff(right="work")
def plan_accept_page(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Keep the customer's yes."""
    plan = _plan(request, plan_id)
    form = AcceptForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = attempt(
            form,
            lambda: actions.accept(
                plan.seller, actor(request), plan.id, given["name"], request.META.get("REMOTE_ADDR", ""), clock.now(),
                agreement_hash=plan.agreement_hash, channel=given["channel"],
            ),
        )  # fmt: skip
        if made is not None:
            return done(request, _("The plan runs."), _address(plan.id))
    return _form(request, plan, form, _("Accept the plan"), reverse("desk:plan_accept", args=[plan.id]))


@staff(right="work")
def plan_end_page(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    """Withdraw an offer, or cancel a running plan: the original due dates count again."""
    plan = _plan(request, plan_id)
    form = EndForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        why, now, who = form.cleaned_data["reason"], clock.now(), actor(request)
        if plan.state == Plan.State.OFFERED:
            made = attempt(form, lambda: actions.withdraw(plan.seller, who, plan.id, now, why))
        else:
            made = attempt(form, lambda: cancel(plan.seller, who, plan.id, why, now))
        if made is not None:
            return done(request, _("The plan is ended."), _address(plan.id))
    return _form(request, plan, form, _("End the plan"), reverse("desk:plan_end", args=[plan.id]))


def _form(request: HttpRequest, plan: Plan, form: forms.Form, heading: str, address: str) -> HttpResponse:
    context = {
        "form": form, "heading": heading, "address": address, "customer": plan.customer, "place": "customers",
        "back": _address(plan.id),
    }  # fmt: skip
    return render(request, "desk/plans/form.html", context, status=422 if form.errors else 200)
