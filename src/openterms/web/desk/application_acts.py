"""What staff do with applications: accept, decline, ask for more, ask registers and referees, set the form."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from openterms.apps.credit.application import deciding, reads
from openterms.apps.credit.application.agreement import standard
from openterms.apps.credit.application.casework import case_of
from openterms.apps.credit.application.models import Application, ApplicationFile, ApplicationReference
from openterms.apps.credit.application.recognition import matches
from openterms.apps.parties.models import Customer
from openterms.apps.parties.reads import find_customer
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput, Refused

from .access import actor, may, staff
from .application_mails import send_requests
from .applications import application_of, public
from .doing import attempt, done, refused
from .house import tabs

DAYS = 30
_TEXT = forms.Textarea(attrs={"rows": 4})


class AcceptForm(forms.Form):
    """For whom: a new customer under a number, or one that is there."""

    existing = forms.ChoiceField(label=gettext_lazy("Customer"), required=False)
    number = forms.CharField(
        label=gettext_lazy("Customer number"), max_length=80, required=False,
        help_text=gettext_lazy("For a new customer a number that is free; for another existing one, its number."),
        widget=forms.TextInput(attrs={"dir": "ltr"}),
    )  # fmt: skip
    note = forms.CharField(label=gettext_lazy("Note for us"), max_length=2_000, required=False, widget=_TEXT)

    def __init__(self, seller: Any, row: Application, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        found = [one for one in matches(seller, row) if one.is_customer]
        known = [(str(one.id), f"{one.name} ({one.number})") for one in found]
        self.fields["existing"].choices = [  # type: ignore[attr-defined]
            ("", _("A new customer")), *known, ("other", _("Another existing customer, by its number")),
        ]  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """A number where one is needed."""
        cleaned = super().clean() or {}
        if cleaned.get("existing") in ("", "other") and not cleaned.get("number"):
            self.add_error("number", _("Give the customer number."))
        return cleaned


class DeclineForm(forms.Form):
    """Why not: what the applicant reads, and what stays with us."""

    message = forms.CharField(
        label=gettext_lazy("What the applicant reads"), max_length=2_000, widget=_TEXT,
        help_text=gettext_lazy("Give the main reasons, such as the age of the company or missing statements."),
    )  # fmt: skip
    note = forms.CharField(label=gettext_lazy("Note for us"), max_length=2_000, required=False, widget=_TEXT)


class MoreForm(forms.Form):
    """What is needed, and until when the link works."""

    message = forms.CharField(label=gettext_lazy("What the applicant reads"), max_length=2_000, widget=_TEXT)
    days = forms.IntegerField(label=gettext_lazy("Days to answer"), min_value=1, max_value=365, initial=14)


class SettingsForm(forms.Form):
    """Whether the public may apply, and what is signed."""

    is_open = forms.BooleanField(label=gettext_lazy("Buyers may apply for credit"), required=False)
    valid_days = forms.IntegerField(label=gettext_lazy("Days that a link works"), min_value=1, max_value=365)
    agreement_en = forms.CharField(
        label=gettext_lazy("Agreement in English"), required=False, max_length=deciding.MOST_AGREEMENT,
        widget=forms.Textarea(attrs={"rows": 12, "dir": "ltr"}),
        help_text=gettext_lazy("Empty is the standard text. Have your lawyer look at it."),
    )  # fmt: skip
    agreement_ar = forms.CharField(
        label=gettext_lazy("Agreement in Arabic"), required=False, max_length=deciding.MOST_AGREEMENT,
        widget=forms.Textarea(attrs={"rows": 12, "dir": "rtl"}),
    )  # fmt: skip


@staff(right="application")
def accept_page(request: HttpRequest, application_id: UUID) -> HttpResponse:
    """Accept for a new or an existing customer."""
    seller, row = request.seller, application_of(request, application_id)  # type: ignore[attr-defined]
    form = AcceptForm(seller, row, request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data

        def act() -> Application:
            return deciding.accept(
                seller, actor(request), row.id, clock.now(), customer=_customer(request, given),
                number=given["number"], note=given["note"],
            )  # fmt: skip

        made = attempt(form, act, {"customer": "number"})
        if made is not None:
            case = case_of(made)
            then = reverse("desk:case", args=[case.id]) if case else reverse("desk:customer", args=[made.customer_id])
            return done(request, _("The application is accepted."), then)
    return _page(request, row, form, _("Accept the application"))


def _customer(request: HttpRequest, given: dict[str, Any]) -> Customer | None:
    if not given["existing"]:
        return None
    name = given["number"] if given["existing"] == "other" else given["existing"]
    return find_customer(request.seller, name)  # type: ignore[attr-defined]


@staff(right="application")
def decline_page(request: HttpRequest, application_id: UUID) -> HttpResponse:
    """Decline, with reasons."""
    row, form = application_of(request, application_id), DeclineForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        act = lambda: deciding.decline(  # noqa: E731
            request.seller, actor(request), row.id, given["message"], given["note"], clock.now()  # type: ignore[attr-defined]
        )
        if attempt(form, act) is not None:
            return done(request, _("The application is declined."), reverse("desk:application", args=[row.id]))
    return _page(request, row, form, _("Decline the application"))


@staff(right="application")
def more_page(request: HttpRequest, application_id: UUID) -> HttpResponse:
    """Open it again for the applicant."""
    row, form = application_of(request, application_id), MoreForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        act = lambda: deciding.ask_more(  # noqa: E731
            request.seller, actor(request), row.id, given["message"], given["days"], clock.now()  # type: ignore[attr-defined]
        )
        if attempt(form, act) is not None:
            return done(request, _("The applicant may write on."), reverse("desk:application", args=[row.id]))
    return _page(request, row, form, _("Ask for more"))


def _page(request: HttpRequest, row: Application, form: forms.Form, title: str) -> HttpResponse:
    context = {
        "form": form, "title": title, "place": "applications", "customer": row,
        "back": reverse("desk:application", args=[row.id]),
    }  # fmt: skip
    return render(request, "desk/form_page.html", context, status=422 if form.errors else 200)


@require_POST
@staff(right="application")
def check(request: HttpRequest, application_id: UUID) -> HttpResponse:
    """Have the worker ask the registers now."""
    from procrastinate.contrib.django import app

    row = application_of(request, application_id)
    task = app.configure_task("check_application", allow_unknown=True)
    task.defer(seller_id=str(row.seller_id), application_id=str(row.id))
    messages.success(request, _("The registers are asked. Their answers appear here in a moment."))
    return HttpResponseRedirect(reverse("desk:application", args=[row.id]))


@require_POST
@staff(right="application")
def ask_again_page(request: HttpRequest, reference_id: UUID) -> HttpResponse:
    """A fresh link for a referee: mailed, and shown once to pass on by hand."""
    seller = request.seller  # type: ignore[attr-defined]
    get_object_or_404(ApplicationReference, seller=seller, id=reference_id)
    try:
        row, secret = deciding.ask_again(seller, actor(request), reference_id, DAYS, clock.now())
    except (BadInput, Refused) as error:
        return refused(request, error, reverse("desk:applications"))
    send_requests(request, [(row, secret)], seller)
    link = request.build_absolute_uri(reverse("pages:reference", args=[secret]))
    context = {
        "link": link, "reference": row, "place": "applications",
        "back": reverse("desk:application", args=[row.application_id]),
    }  # fmt: skip
    response = render(request, "desk/applications/link.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@staff(right="application")
def scan(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Have a file in quarantine looked at again."""
    seller = request.seller  # type: ignore[attr-defined]
    get_object_or_404(ApplicationFile, seller=seller, id=file_id)
    back = reverse("desk:applications")
    try:
        row = deciding.scan_again(seller, actor(request), file_id, clock.now())
    except BadInput as error:
        return refused(request, error, back)
    messages.success(request, dict(ApplicationFile.State.choices)[row.state])
    return HttpResponseRedirect(reverse("desk:application", args=[row.application_id]) + "#files")


@staff
def form_page(request: HttpRequest) -> HttpResponse:
    """The public form: on or off, its address, its agreement."""
    seller = request.seller  # type: ignore[attr-defined]
    kept = reads.form_of(seller)
    initial = {"is_open": kept.is_open, "valid_days": kept.valid_days} | {
        f"agreement_{language}": kept.agreement.get(language, "") for language in ("en", "ar")
    }
    may_change = may(request, "application_form")
    form = SettingsForm(request.POST or None, initial=initial)
    if request.method == "POST" and may_change and form.is_valid():
        given = form.cleaned_data
        texts = {language: given[f"agreement_{language}"] for language in ("en", "ar")}
        made = attempt(
            form,
            lambda: deciding.set_form(
                seller, actor(request), given["is_open"], texts, given["valid_days"], clock.now()
            ),
        )
        if made is not None:
            return done(request, _("The form is set."), reverse("desk:settings_application"))
    context = {
        "place": "settings", "tabs": tabs(request, "settings_application"), "form": form,
        "may_change": may_change, "kept": kept, "address": public(request),
        "standards": [(language, standard(language)) for language in ("en", "ar")],
    }  # fmt: skip
    return render(request, "desk/settings/application.html", context, status=422 if form.errors else 200)
