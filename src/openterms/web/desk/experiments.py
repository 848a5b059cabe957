"""Experiments in the desk: written by one person, begun by another, ended; what one shows is on its own page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from openterms.apps.collecting.experiment.actions import LEAST_DAYS, draft_experiment, end_experiment, start_experiment
from openterms.apps.collecting.experiment.models import Experiment
from openterms.apps.collecting.strategy.actions import in_force
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput, Refused

from .access import actor, staff, today
from .doing import attempt, done, refused
from .posting_forms import DateInput

ACTS = {"start": start_experiment, "end": end_experiment}
_SHARES = {"min_value": 0, "max_value": 100}


class ExperimentForm(forms.Form):
    """A changed strategy for a random share of customers, for some days."""

    code = forms.CharField(
        label=gettext_lazy("Code"), max_length=40, widget=forms.TextInput(attrs={"dir": "ltr"}),
        help_text=gettext_lazy("Small letters, digits and _."),
    )  # fmt: skip
    challenger = forms.IntegerField(label=gettext_lazy("Challenger, per cent of customers"), initial=50, **_SHARES)
    hold_out = forms.IntegerField(
        label=gettext_lazy("Held out, per cent of customers"), initial=10, **_SHARES,
        help_text=gettext_lazy("They get no message of a run; people may call."),
    )  # fmt: skip
    starts_on = forms.DateField(label=gettext_lazy("First day"), widget=DateInput())
    ends_on = forms.DateField(label=gettext_lazy("Last day"), widget=DateInput())
    document = forms.CharField(
        label=gettext_lazy("The challenger's strategy"), max_length=200_000, strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "dir": "ltr", "lang": "en", "spellcheck": "false"}),
    )  # fmt: skip


@staff(right="policy")
def add_page(request: HttpRequest) -> HttpResponse:
    """Write an experiment down; it starts from the strategy in force."""
    seller, on = request.seller, today(request)  # type: ignore[attr-defined]
    version, _strategy = in_force(seller, on, clock.now())
    first = on + timedelta(days=1)
    initial = {"document": version.document, "starts_on": first, "ends_on": first + timedelta(days=2 * LEAST_DAYS)}
    form, back = ExperimentForm(request.POST or None, initial=initial), reverse("desk:strategy")
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: _draft(request, form.cleaned_data),
                       {"share": "challenger", "ends on": "ends_on", "strategy": "document"})  # fmt: skip
        if made is not None:
            said = _("The experiment is written down. Another person begins it.")
            return done(request, said, reverse("desk:experiment", args=[made.code]))
    context = {
        "form": form, "title": _("New experiment"), "back": back, "address": reverse("desk:experiment_add"),
        "place": "strategy",
    }  # fmt: skip
    return render(request, "desk/form_page.html", context, status=422 if form.errors else 200)


@require_POST
@staff(right="approve_policy")
def act(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """Begin an experiment as a second person, or end it today."""
    seller = request.seller  # type: ignore[attr-defined]
    get_object_or_404(Experiment, seller=seller, code=code)
    if name not in ACTS:
        raise Http404
    back = reverse("desk:experiment", args=[code])
    try:
        ACTS[name](seller, actor(request), code, clock.now())
    except (BadInput, Refused) as error:
        return refused(request, error, back)
    return done(request, _("The experiment runs.") if name == "start" else _("The experiment has ended."), back)


def _draft(request: HttpRequest, given: dict[str, Any]) -> Experiment:
    return draft_experiment(
        request.seller, actor(request), given["code"], given["document"],  # type: ignore[attr-defined]
        challenger_bp=100 * given["challenger"], hold_out_bp=100 * given["hold_out"], starts_on=given["starts_on"],
        ends_on=given["ends_on"], now=clock.now(),
    )  # fmt: skip
