"""Agencies: who they are, how they compare by results, placement files out and answers in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.collecting.escalation.models import Agency
from openterms.apps.collecting.placement import reads
from openterms.apps.collecting.placement.actions import AgencyWords, keep_agency
from openterms.apps.collecting.placement.taking_in import take_in
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.formats.placement.files import write_csv, write_xlsx

from .access import may, staff
from .doing import attempt, done
from .matter_forms import _doing

MEDIA = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


class AgencyForm(forms.Form):
    """An agency; fees on lines of days past due and per cent, the last with `*`."""

    code = forms.CharField(label=gettext_lazy("Short name"), max_length=40)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    countries = forms.CharField(
        label=gettext_lazy("Countries"), required=False, max_length=400, widget=forms.TextInput(attrs={"dir": "ltr"}),
        help_text=gettext_lazy("Codes of two letters; empty: everywhere."),
    )  # fmt: skip
    specialities = forms.CharField(label=gettext_lazy("Specialities"), required=False, max_length=400)
    fees = forms.CharField(
        label=gettext_lazy("Fees by days past due"), initial="180 25\n365 35\n* 50",
        widget=forms.Textarea(attrs={"rows": 4, "dir": "ltr"}),
        help_text=gettext_lazy("A line for each step: days and per cent; the last with *."),
    )  # fmt: skip
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    reference = forms.CharField(label=gettext_lazy("Licence or contract"), required=False, max_length=120)
    is_active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)


class AnswersForm(forms.Form):
    """An agency's file."""

    file = forms.FileField(
        label=gettext_lazy("File (CSV or XLSX)"),
        help_text=gettext_lazy("Columns: placement, kind, date, amount, fee, reference, note."),
    )


@staff
def agencies_page(request: HttpRequest) -> HttpResponse:
    """Agencies with what each brought in, and of how many cases, with an interval."""
    context = {
        "place": "matters", "rows": reads.results(request.seller),  # type: ignore[attr-defined]
        "may_keep": may(request, "work"), "may_post": may(request, "post"),
        "crumbs": [{"href": f"{reverse('desk:matters')}?kind=placement", "label": _("Escalations")},
                   {"label": _("Agencies")}],
    }  # fmt: skip
    return render(request, "desk/matters/agencies.html", context)


@staff(right="work")
def agency_page(request: HttpRequest, agency_id: UUID | None = None) -> HttpResponse:
    """Add or change an agency."""
    found = None
    if agency_id is not None:
        found = Agency.objects.filter(seller=request.seller, id=agency_id).first()  # type: ignore[attr-defined]
        if found is None:
            raise Http404
    form = AgencyForm(request.POST or None, initial=_initial(found) if found else None)
    if found is not None:
        del form.fields["code"]
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: keep_agency(_doing(request), _words(form.cleaned_data, found), agency_id))
        if made is not None:
            return done(request, _("The agency is kept."), reverse("desk:agencies"))
    context = {
        "shell": "desk/base.html", "place": "matters", "title": found.name if found else _("New agency"), "form": form,
        "back": reverse("desk:agencies"),
    }  # fmt: skip
    return render(request, "desk/form_page.html", context, status=422 if form.errors else 200)


@staff(right="work")
def file_out(request: HttpRequest, ending: str) -> HttpResponse:
    """The placement file of everything that lies with agencies."""
    if ending not in MEDIA:
        raise Http404
    found = reads.lines(request.seller)  # type: ignore[attr-defined]
    content = write_xlsx(found) if ending == "xlsx" else write_csv(found)
    response = HttpResponse(content, content_type=MEDIA[ending])
    response["Content-Disposition"] = f'attachment; filename="placements.{ending}"'
    return response


@staff(right="post")
def file_in(request: HttpRequest) -> HttpResponse:
    """Take in an agency's file: every row or none."""
    form = AnswersForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        told = attempt(form, lambda: take_in(_doing(request), form.cleaned_data["file"].read()))
        if told is not None:
            new = sum(count for kind, count in told.items() if kind != "before")
            said = _("%(new)s rows taken in, %(before)s were on record.") % {"new": new, "before": told["before"]}
            return done(request, said, reverse("desk:agencies"))
    context = {
        "title": _("Take in an agency's file"), "place": "matters", "form": form, "back": reverse("desk:agencies"),
    }  # fmt: skip
    return render(request, "desk/matters/answers.html", context, status=422 if form.errors else 200)


def _initial(one: Agency) -> dict[str, Any]:
    fees = [f"{'*' if step['most_days'] is None else step['most_days']} {step['fee_bp'] / 100:g}" for step in one.fees]
    return {
        "name": one.name, "countries": " ".join(one.countries), "specialities": ", ".join(one.specialities),
        "fees": "\n".join(fees), "email": one.email, "reference": one.reference, "is_active": one.is_active,
    }  # fmt: skip


def _words(given: dict[str, Any], found: Agency | None) -> AgencyWords:
    return AgencyWords(
        code=found.code if found else given["code"], name=given["name"],
        countries=given["countries"].replace(",", " ").split(), specialities=given["specialities"].split(","),
        fees=_fees(given["fees"]), email=given["email"], reference=given["reference"], is_active=given["is_active"],
    )  # fmt: skip


def _fees(text: str) -> list[dict[str, Any]]:
    found = []
    for line in text.splitlines():
        parts = line.split()
        if not parts:
            continue
        try:
            days, fee = parts
            found.append({"most_days": None if days == "*" else int(days), "fee_bp": round(100 * float(fee))})
        except ValueError as error:
            raise BadInput(
                gettext_noop("This is not a fee table"), "fees",
                gettext_noop("Give fees of 0 to 60 per cent by rising days past due, the last without an end"),
            ) from error  # fmt: skip
    return found
