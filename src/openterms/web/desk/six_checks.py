"""The six checks before a customer is escalated, as a form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.collecting.checklist.actions import answer_checks
from openterms.apps.tenancy import clock
from openterms.core.collecting.checks import SIX_CHECKS, CheckAnswer

from .access import actor, staff, today
from .customer import customer_of
from .doing import attempt, done

ANSWERS = [
    ("", gettext_lazy("Choose")), ("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No")),
    ("unknown", gettext_lazy("Not known")),
]  # fmt: skip


class ChecksForm(forms.Form):
    """The six checks, each with an answer and a note."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for check in SIX_CHECKS:
            self.fields[check.code] = forms.ChoiceField(label=_(check.question), choices=ANSWERS)
            self.fields[f"{check.code}_note"] = forms.CharField(
                label=_("What was seen"), max_length=500, required=False
            )


@staff(right="work")
def checks_page(request: HttpRequest, customer_id: Any) -> HttpResponse:
    """Answer the six checks before escalating."""
    customer = customer_of(request, customer_id)
    form = ChecksForm(request.POST or None)
    back = reverse("desk:customer", args=[customer.id])
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        answers = {one.code: CheckAnswer(given[one.code], given[f"{one.code}_note"]) for one in SIX_CHECKS}
        places = {one.code: f"{one.code}_note" for one in SIX_CHECKS}
        made = attempt(
            form,
            lambda: answer_checks(customer.seller, actor(request), customer, answers, today(request), clock.now()),
            places,
        )
        if made is not None:
            return done(request, _("The six checks are answered."), back)
    context = {
        "form": form, "title": _("Six checks before escalating"), "customer": customer, "back": back,
        "address": reverse("desk:six_checks", args=[customer.id]), "place": "customers",
    }  # fmt: skip
    return render(request, "desk/form_page.html", context, status=422 if form.errors else 200)
