"""Reference rates of late interest: what each half-year's is, from where, and a form for one that is missing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.collecting.late_charge.actions import add_rate
from openterms.apps.collecting.late_charge.reads import rate_rows
from openterms.apps.tenancy import clock
from openterms.core.receivables.reference_rates import half_year

from . import display
from .access import actor, may, require, staff, today
from .doing import attempt, done
from .posting_forms import amount_input

SHOWN = 6
"""Half-years of each reference that are shown at once; the others fold away."""


class RateForm(forms.Form):
    """A reference rate of a half-year, with its source."""

    reference = forms.CharField(
        label=gettext_lazy("Reference"), max_length=40, widget=forms.TextInput(attrs={"dir": "ltr", "list": "names"}),
        help_text=gettext_lazy("As the credit policy names it, such as ecb_main."),
    )  # fmt: skip
    half = forms.CharField(
        label=gettext_lazy("Half-year"), max_length=6, widget=forms.TextInput(attrs={"dir": "ltr"}),
        help_text=gettext_lazy("Such as 2027H1."),
    )  # fmt: skip
    rate = forms.DecimalField(
        label=gettext_lazy("Percent a year"), max_digits=6, decimal_places=2, widget=amount_input()
    )
    source = forms.CharField(
        label=gettext_lazy("Source"), max_length=300, help_text=gettext_lazy("Where it is published, and on which day.")
    )


@staff
def rates_page(request: HttpRequest) -> HttpResponse:
    """The reference rates by half-year with their source."""
    seller, now = request.seller, today(request)  # type: ignore[attr-defined]
    found = rate_rows(seller)
    form = RateForm(request.POST or None, initial={"half": _missing(found, now)})
    if request.method == "POST":
        require(request, "post")
        if form.is_valid():
            given = form.cleaned_data
            made = attempt(
                form,
                lambda: add_rate(
                    seller, actor(request), given["reference"].strip(), given["half"].strip(),
                    int(given["rate"] * Decimal(100)), given["source"], clock.now(),
                ),
                {"half-year": "half"},
            )
            if made is not None:
                return done(request, _("The rate is kept."), reverse("desk:reference_rates"))
    references = [
        {"name": name, "shown": _said(rows[:SHOWN]), "rest": _said(rows[SHOWN:]),
         "source": next((one["source"] for one in rows if not one["is_own"]), ""),
         "is_missing": half_year(now) not in {one["half_year"] for one in rows}}
        for name, rows in found.items()
    ]  # fmt: skip
    context = {
        "references": references, "form": form, "place": "late_charges", "may_set": may(request, "post"),
        "this_half": half_year(now),
        "crumbs": [{"href": reverse("desk:late_charges"), "label": _("Late charges")},
                   {"label": _("Reference rates")}],
    }  # fmt: skip
    return render(request, "desk/late_charges/rates.html", context, status=422 if form.errors else 200)


def _said(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one | {"percent": display.percent(one["rate_bp"] / 100, 2)} for one in rows]


def _missing(found: dict[str, list[dict[str, Any]]], now: date) -> str:
    """This half-year where a reference lacks it, else the next one."""
    this = half_year(now)
    if any(this not in {one["half_year"] for one in rows} for rows in found.values()):
        return this
    return f"{now.year}H2" if this.endswith("1") else f"{now.year + 1}H1"
