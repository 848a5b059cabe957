"""When runs are planned by the clock: the form, and the words of it for the pages that show it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.collecting.outreach.models import OutreachTimetable
from openterms.apps.collecting.outreach.timetable import SETTERS, USUAL, set_timetable, timetable, waiting
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.models import Seller

from .access import actor, staff
from .doing import attempt, done


class TimetableForm(forms.Form):
    """At which time of day runs are planned, and whether they wait for a person."""

    mode = forms.ChoiceField(label=gettext_lazy("Runs go out"), choices=OutreachTimetable.Mode.choices)
    at = forms.TimeField(
        label=gettext_lazy("Time of day"), input_formats=["%H:%M"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time", "dir": "ltr"}),
    )  # fmt: skip


@staff(roles=SETTERS)
def timetable_page(request: HttpRequest) -> HttpResponse:
    """Say when runs are planned, and whether they go by themselves."""
    seller = request.seller  # type: ignore[attr-defined]
    kept = timetable(seller)
    initial = {"mode": kept.mode if kept else OutreachTimetable.Mode.WAITS, "at": kept.at if kept else USUAL}
    form, back = TimetableForm(request.POST or None, initial=initial), reverse("desk:outreach")
    form.fields["at"].help_text = _("In the time zone %(zone)s") % {"zone": seller.timezone}
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = attempt(form, lambda: set_timetable(seller, actor(request), given["mode"], given["at"], clock.now()))
        if made is not None:
            return done(request, _("The timetable is set. It begins with the next such time."), back)
    context = {
        "form": form, "title": _("When runs go out"), "back": back, "address": reverse("desk:outreach_timetable"),
        "place": "outreach",
    }  # fmt: skip
    return render(request, "desk/form_page.html", context, status=422 if form.errors else 200)


def clock_words(request: HttpRequest, seller: Seller) -> dict[str, Any]:
    """What pages say of the timetable, the run that waits, and whether this person may change the timetable."""
    membership = request.membership  # type: ignore[attr-defined]
    return {
        "timetable": timetable(seller), "waiting": waiting(seller), "zone": seller.timezone,
        "may_set": membership is not None and membership.role in SETTERS,
    }  # fmt: skip
