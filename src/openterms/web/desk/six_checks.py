"""The six checks before a customer is escalated, as a form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.collecting.checklist.actions import answer_checks
from openterms.apps.collecting.checklist.reads import against_escalating, latest
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy import clock
from openterms.core.collecting.checks import SIX_CHECKS, CheckAnswer

from .access import actor, staff, today
from .customer import customer_of
from .doing import attempt, done

ANSWERS = [("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No")), ("unknown", gettext_lazy("Not known"))]


def check_fields(customer: Customer, on: date) -> dict[str, forms.Field]:
    """The six checks as fields of a form; what was answered lately stands there and is confirmed by saving."""
    is_fresh = against_escalating(customer.seller, customer.id, on) is None
    last = latest(customer.seller, customer.id, on) if is_fresh else None
    before = last.answers if last else {}
    fields: dict[str, forms.Field] = {}
    for check in SIX_CHECKS:
        said = before.get(check.code, {})
        fields[f"check_{check.code}"] = forms.ChoiceField(
            label=_(check.question), choices=ANSWERS, widget=forms.RadioSelect, initial=said.get("answer")
        )
        fields[f"check_{check.code}_note"] = forms.CharField(
            label=_("What was seen"), max_length=500, required=False, initial=said.get("note", "")
        )
    return fields


def check_answers(given: Mapping[str, Any]) -> dict[str, CheckAnswer]:
    """The six answers of a form."""
    return {
        one.code: CheckAnswer(given.get(f"check_{one.code}", ""), given.get(f"check_{one.code}_note", ""))
        for one in SIX_CHECKS
    }


class ChecksForm(forms.Form):
    """The six checks, each with an answer and a note."""

    def __init__(self, customer: Customer, on: date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= check_fields(customer, on)


@staff(right="work")
def checks_page(request: HttpRequest, customer_id: Any) -> HttpResponse:
    """Answer the six checks before escalating."""
    customer = customer_of(request, customer_id)
    form = ChecksForm(customer, today(request), request.POST or None)
    back = reverse("desk:customer", args=[customer.id])
    if request.method == "POST" and form.is_valid():
        answers = check_answers(form.cleaned_data)
        made = attempt(
            form,
            lambda: answer_checks(customer.seller, actor(request), customer, answers, today(request), clock.now()),
        )
        if made is not None:
            return done(request, _("The six checks are answered."), back)
    context = {
        "form": form, "title": _("Six checks before escalating"), "customer": customer, "back": back,
        "address": reverse("desk:six_checks", args=[customer.id]), "place": "customers",
    }  # fmt: skip
    return render(request, "desk/form_page.html", context, status=422 if form.errors else 200)
