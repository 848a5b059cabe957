"""Settings: the seller, its locked period, its people, its exchange rates, and its strategy to read."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from openterms.apps.analytics.report.reads import strategy_document, strategy_on
from openterms.apps.journal.house import add_person, change_person, change_seller
from openterms.apps.receivables.ledger.actions import lock_period, set_rate
from openterms.apps.receivables.models import Rate
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.models import Membership, Role, Seller
from openterms.core.base.money import CURRENCIES, to_decimal

from . import display
from .access import actor, may, staff, today
from .doing import amount_field, attempt
from .posting_forms import DateInput, amount_input

WEEKDAYS = [
    ("1", _("Monday")), ("2", _("Tuesday")), ("3", _("Wednesday")), ("4", _("Thursday")), ("5", _("Friday")),
    ("6", _("Saturday")), ("7", _("Sunday")),
]  # fmt: skip
LOCKERS = ("credit_manager", "admin")
RATERS = ("credit_manager", "cash_clerk", "admin")
ROLE_HELP = {
    "credit_manager": _("decides limits, works accounts, posts, locks periods"),
    "analyst": _("works accounts and credit cases, decides disputes, places holds"),
    "collector": _("works accounts"),
    "cash_clerk": _("posts and allocates, imports"),
    "sales": _("reads, opens credit cases"),
    "sales_director": _("agrees to credit cases, where the policy asks for it"),
    "cfo": _("decides large credit cases"),
    "board": _("decides the largest credit cases"),
    "auditor": _("reads"),
    "admin": _("imports, changes settings and people, locks periods"),
}


class SellerForm(forms.Form):
    """What the seller says of itself."""

    name = forms.CharField(label=_("Name"), max_length=200)
    address = forms.CharField(
        label=_("Address"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Its lines, as they stand on letters and agreements."),
    )  # fmt: skip
    registration = forms.CharField(
        label=_("Registration"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Such as the register with its number, and the VAT number; at the foot of letters."),
    )  # fmt: skip
    payment_details = forms.CharField(
        label=_("How to pay"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Lines such as bank, account and holder, as customers read them in messages and on their page."),
    )  # fmt: skip
    terms = forms.CharField(
        label=_("Payment terms"), max_length=120, help_text=_("For customers without terms of their own.")
    )
    timezone = forms.ChoiceField(label=_("Time zone"), help_text=_("Decides which day it is."))
    weekend = forms.MultipleChoiceField(
        label=_("Weekend"), choices=WEEKDAYS, required=False, widget=forms.CheckboxSelectMultiple
    )
    small_difference = forms.CharField(
        label=_("Small difference"), max_length=40, widget=amount_input(),
        help_text=_("What may be given up of one item without asking."),
    )  # fmt: skip

    def __init__(self, seller: Seller, *args: Any, **more: Any) -> None:
        self.seller = seller
        super().__init__(*args, **more)
        zones = [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones())]
        self.fields["timezone"].choices = zones  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The tolerance in minor units."""
        cleaned = super().clean() or {}
        if cleaned.get("small_difference"):
            given = cleaned["small_difference"]
            cleaned["minor"] = amount_field(given, self.seller.currency, self, "small_difference")
        return cleaned


class LockForm(forms.Form):
    """How far the books are closed."""

    through = forms.DateField(label=_("Locked through"), required=False, widget=DateInput())
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=500, help_text=_("Needed to open a closed period again.")
    )


class PersonForm(forms.Form):
    """A person and what they may do here."""

    name = forms.CharField(label=_("Name"), max_length=200)
    email = forms.EmailField(label=_("E-mail"), widget=forms.EmailInput(attrs={"dir": "ltr", "autocomplete": "off"}))
    role = forms.ChoiceField(label=_("Role"))
    authority = forms.CharField(label=_("May decide alone up to"), max_length=40, required=False, widget=amount_input())
    locale = forms.ChoiceField(label=_("Language"), choices=[("en", "English"), ("ar", "العربية")])
    is_active = forms.BooleanField(label=_("Works here"), required=False)

    def __init__(self, seller: Seller, *args: Any, is_new: bool = True, **more: Any) -> None:
        self.seller = seller
        super().__init__(*args, **more)
        self.fields["role"].choices = [(code, f"{label} ({ROLE_HELP[code]})") for code, label in Role.choices]  # type: ignore[attr-defined]
        self.fields["authority"].help_text = _("In %(currency)s; empty is nothing.") % {"currency": seller.currency}
        for name in ("is_active",) if is_new else ("name", "email", "locale"):
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """The authority in minor units."""
        cleaned = super().clean() or {}
        given = cleaned.get("authority") or ""
        cleaned["minor"] = amount_field(given, self.seller.currency, self, "authority") if given else 0
        return cleaned


class RateForm(forms.Form):
    """What a currency is worth from a day on."""

    currency = forms.CharField(
        label=_("Currency"), max_length=3, widget=forms.TextInput(attrs={"dir": "ltr", "list": "codes"})
    )
    rate = forms.DecimalField(
        label=_("Rate"), max_digits=20, decimal_places=10, widget=amount_input(), help_text=_("What one unit costs.")
    )
    valid_from = forms.DateField(label=_("From"), widget=DateInput())


def tabs(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    places = (
        ("settings", _("Seller")), ("settings_people", _("People")), ("settings_rates", _("Exchange rates")),
        ("settings_standing_in", _("Standing in")), ("settings_bureaus", _("Bureaus")),
        ("settings_strategy", _("Strategy")), ("templates", _("Templates")), ("channels", _("Channels")),
        ("mailboxes", _("Mailboxes")),
        ("settings_application", _("Application form")),
    )  # fmt: skip
    return [{"label": label, "href": reverse(f"desk:{code}"), "current": code == current} for code, label in places]


@staff
def seller_page(request: HttpRequest) -> HttpResponse:
    """The seller and its locked period."""
    seller = request.seller  # type: ignore[attr-defined]
    tolerance = format(to_decimal(seller.small_difference_minor, seller.currency), "f")
    initial = {
        "name": seller.name, "terms": seller.terms, "timezone": seller.timezone, "address": seller.address,
        "registration": seller.registration, "payment_details": seller.payment_details,
        "weekend": [str(one) for one in seller.weekend], "small_difference": tolerance,
    }  # fmt: skip
    which = request.POST.get("which", "")
    form = SellerForm(seller, request.POST if which == "seller" else None, initial=initial)
    lock = LockForm(
        request.POST if which == "lock" else None, initial={"through": seller.locked_through}, prefix="lock"
    )
    if which == "seller" and (answer := _change(request, form)):
        return answer
    if which == "lock" and (answer := _lock(request, lock)):
        return answer
    context = {
        "place": "settings", "tabs": tabs(request, "settings"), "form": form, "lock": lock, "seller": seller,
        "may_change": may(request, "settings"), "may_lock": request.membership.role in LOCKERS,  # type: ignore[attr-defined]
        "weekend": [str(word) for code, word in WEEKDAYS if int(code) in seller.weekend],
    }  # fmt: skip
    return render(request, "desk/settings/seller.html", context, status=422 if which else 200)


def _change(request: HttpRequest, form: SellerForm) -> HttpResponse | None:
    from .access import require

    require(request, "settings")
    if not form.is_valid():
        return None
    cleaned = form.cleaned_data
    changes = {
        "name": cleaned["name"].strip(), "terms": cleaned["terms"], "timezone": cleaned["timezone"],
        "address": cleaned["address"], "registration": cleaned["registration"],
        "payment_details": cleaned["payment_details"],
        "weekend": sorted(int(one) for one in cleaned["weekend"]), "small_difference_minor": cleaned["minor"],
    }  # fmt: skip
    places = {"small_difference_minor": "small_difference", "payment terms": "terms"}
    if attempt(form, lambda: change_seller(form.seller, actor(request), changes, clock.now()), places) is None:
        return None
    messages.success(request, gettext("The seller is changed."))
    return HttpResponseRedirect(reverse("desk:settings"))


def _lock(request: HttpRequest, form: LockForm) -> HttpResponse | None:
    from django.core.exceptions import PermissionDenied

    from .access import missing_right

    if request.membership.role not in LOCKERS:  # type: ignore[attr-defined]
        raise PermissionDenied(missing_right(LOCKERS))
    if not form.is_valid():
        return None
    seller, cleaned = request.seller, form.cleaned_data  # type: ignore[attr-defined]
    done = attempt(
        form, lambda: lock_period(seller, actor(request), cleaned["through"], clock.now(), cleaned["reason"])
    )
    if done is None:
        return None
    if done.locked_through:
        text = gettext("The books are locked through %(day)s.") % {"day": display.day(done.locked_through)}
    else:
        text = gettext("No period is locked.")
    messages.success(request, text)
    return HttpResponseRedirect(reverse("desk:settings"))


@staff
def people_page(request: HttpRequest) -> HttpResponse:
    """Who works for the seller, as what, and how much they may decide."""
    seller = request.seller  # type: ignore[attr-defined]
    found = Membership.objects.filter(seller=seller).select_related("user").order_by("-is_active", "user__name")
    context = {
        "place": "settings", "tabs": tabs(request, "settings_people"), "people": found,
        "may_change": may(request, "settings"),
    }  # fmt: skip
    return render(request, "desk/settings/people.html", context)


@staff(right="settings")
def add_person_page(request: HttpRequest) -> HttpResponse:
    """Let somebody new work here; the first password is shown once."""
    seller = request.seller  # type: ignore[attr-defined]
    form = PersonForm(seller, request.POST or None)
    context: dict[str, Any] = {"place": "settings", "form": form, "crumbs": _crumbs(gettext("Add a person"))}
    if request.method == "POST" and form.is_valid():
        password, cleaned = secrets.token_urlsafe(12), form.cleaned_data
        made = attempt(
            form,
            lambda: add_person(
                seller, actor(request), cleaned["email"], cleaned["name"], cleaned["role"], cleaned["minor"], password,
                clock.now(), cleaned["locale"],
            ),
        )  # fmt: skip
        if made is not None:
            return render(request, "desk/settings/person_added.html", context | {"person": made, "password": password})
    return render(request, "desk/settings/person.html", context, status=422 if request.method == "POST" else 200)


@staff(right="settings")
def person_page(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """Change what a person may do, or end it."""
    seller = request.seller  # type: ignore[attr-defined]
    found = Membership.objects.filter(seller=seller, id=membership_id).select_related("user").first()
    if found is None:
        raise Http404
    initial = {
        "role": found.role, "is_active": found.is_active,
        "authority": format(to_decimal(found.authority_minor, seller.currency), "f"),
    }  # fmt: skip
    form = PersonForm(seller, request.POST or None, is_new=False, initial=initial)
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        changed = attempt(
            form,
            lambda: change_person(
                seller, actor(request), found.id, cleaned["role"], cleaned["minor"], cleaned["is_active"], clock.now()
            ),
        )
        if changed is not None:
            messages.success(request, gettext("%(name)s is changed.") % {"name": found.user.name})
            return HttpResponseRedirect(reverse("desk:settings_people"))
    context = {"place": "settings", "form": form, "person": found, "crumbs": _crumbs(found.user.name)}
    return render(request, "desk/settings/person.html", context, status=422 if request.method == "POST" else 200)


def _crumbs(label: str) -> list[dict[str, Any]]:
    people = {"label": gettext("People"), "href": reverse("desk:settings_people")}
    return [{"label": gettext("Settings"), "href": reverse("desk:settings")}, people, {"label": label}]


@staff
def rates_page(request: HttpRequest) -> HttpResponse:
    """What other currencies were and are worth."""
    seller = request.seller  # type: ignore[attr-defined]
    may_set = request.membership.role in RATERS  # type: ignore[attr-defined]
    form = RateForm(request.POST or None, initial={"valid_from": today(request)})
    if request.method == "POST":
        if not may_set:
            from django.core.exceptions import PermissionDenied

            from .access import missing_right

            raise PermissionDenied(missing_right(RATERS))
        if form.is_valid() and _set_rate(request, form):
            return HttpResponseRedirect(reverse("desk:settings_rates"))
    found = Rate.objects.filter(seller=seller).order_by("currency", "-valid_from", "-recorded_at")[:300]
    context = {
        "place": "settings", "tabs": tabs(request, "settings_rates"), "form": form, "rates": found, "seller": seller,
        "may_set": may_set, "codes": sorted(CURRENCIES - {seller.currency}),
    }  # fmt: skip
    return render(request, "desk/settings/rates.html", context, status=422 if request.method == "POST" else 200)


def _set_rate(request: HttpRequest, form: RateForm) -> bool:
    seller, cleaned = request.seller, form.cleaned_data  # type: ignore[attr-defined]
    made = attempt(
        form,
        lambda: set_rate(
            seller, actor(request), cleaned["currency"], cleaned["rate"], cleaned["valid_from"], clock.now()
        ),
    )
    if made is None:
        if form.non_field_errors():
            form.add_error("currency", form.non_field_errors()[0])
            form.errors.pop("__all__", None)
        return False
    text = gettext("One %(currency)s is %(rate)s %(base)s from %(day)s on.") % {
        "currency": made.currency, "rate": f"{made.base_per_unit.normalize():f}", "base": seller.currency,
        "day": display.day(made.valid_from),
    }  # fmt: skip
    messages.success(request, text)
    return True


@staff
def strategy_page(request: HttpRequest) -> HttpResponse:
    """The strategy in force, as people read it; it cannot be changed here yet."""
    seller, day = request.seller, today(request)  # type: ignore[attr-defined]
    version, since, text = strategy_document(seller, day)
    context = {
        "place": "settings", "tabs": tabs(request, "settings_strategy"), "strategy": strategy_on(seller, day),
        "version": version, "since": since, "text": text,
    }  # fmt: skip
    return render(request, "desk/settings/strategy.html", context)
