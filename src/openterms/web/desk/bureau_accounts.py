"""Settings: the seller's accounts with bureaus, what they may cost, and what was bought."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from openterms.apps.credit.bureau import reads
from openterms.apps.credit.bureau.actions import Terms
from openterms.apps.credit.bureau.buying import spent_in_month
from openterms.apps.credit.bureau.fetching import ADAPTERS
from openterms.apps.credit.bureau.keeping import Change, change_account, open_account, try_account
from openterms.apps.credit.bureau.models import BureauAccount
from openterms.apps.tenancy import clock
from openterms.core.base.money import to_decimal

from . import display
from .access import actor, may, staff, today
from .doing import amount_field, attempt
from .house import tabs
from .posting_forms import amount_input

BUREAUS = {"dnb": "D&B", "experian": "Experian"}
ADDRESSES = {"dnb": "https://plus.dnb.com", "experian": "https://us-api.experian.com"}
SECRETS = {
    "key": _("Key"), "secret": _("Secret"), "username": _("User name"), "password": _("Password"),
    "client_id": _("Client id"), "client_secret": _("Client secret"),
}  # fmt: skip
STATES = {
    "reserved": _("Under way"), "kept": _("Report kept"), "spent": _("Paid, no report"), "failed": _("No report"),
}  # fmt: skip


class AccountForm(forms.Form):
    """One account. Credentials are written and never shown; left empty they stay as they are."""

    code = forms.CharField(label=_("Short name"), max_length=40, widget=forms.TextInput(attrs={"dir": "ltr"}))
    product = forms.ChoiceField(label=_("Product"))
    base_url = forms.CharField(label=_("Address"), max_length=200, widget=forms.TextInput(attrs={"dir": "ltr"}))
    cost = forms.CharField(label=_("Price of a report"), max_length=40, widget=amount_input())
    budget = forms.CharField(
        label=_("Budget for a month"), max_length=40, required=False, widget=amount_input(),
        help_text=_("Empty is no limit; 0 buys nothing."),
    )  # fmt: skip
    age_days = forms.IntegerField(
        label=_("Good for days"), min_value=0, max_value=3_650, help_text=_("A younger report is used again, and free.")
    )
    place = forms.IntegerField(
        label=_("Order"), min_value=0, max_value=1_000, initial=0,
        help_text=_("The lowest is asked first; equal ones go by price."),
    )  # fmt: skip
    timeout_seconds = forms.IntegerField(label=_("Seconds to wait"), min_value=1, max_value=60, initial=15)
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, *args: Any, adapter: str, currency: str, is_new: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        self.adapter, self.currency = ADAPTERS[adapter], currency
        self.fields["product"].choices = [(one, one) for one in self.adapter.products]  # type: ignore[attr-defined]
        for name in ("is_active",) if is_new else ("code", "product"):
            del self.fields[name]
        for name in self.adapter.secrets:
            self.fields[name] = forms.CharField(
                label=SECRETS[name], required=is_new, strip=False, max_length=2_000,
                help_text="" if is_new else _("Kept. Enter all of them to replace them."),
                widget=forms.PasswordInput(attrs={"dir": "ltr", "autocomplete": "new-password"}),
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Amounts in minor units; no budget is none."""
        given = super().clean() or {}
        given["cost_minor"] = amount_field(given["cost"], self.currency, self, "cost") if given.get("cost") else 0
        budget = given.get("budget") or ""
        given["budget_minor"] = amount_field(budget, self.currency, self, "budget") if budget else None
        return given

    def secrets(self) -> dict[str, str]:
        """The credentials that were entered, by name."""
        return {name: self.cleaned_data.get(name) or "" for name in self.adapter.secrets}


@staff
def page(request: HttpRequest) -> HttpResponse:
    """Every account with its price, age rule, budget and what this month has cost."""
    seller, on = request.seller, today(request)  # type: ignore[attr-defined]
    rows = [
        {"one": one, "bureau": BUREAUS.get(one.adapter, one.adapter), "spent_minor": spent_in_month(one, on)}
        for one in reads.all_accounts(seller)
    ]
    context = {
        "place": "settings", "tabs": tabs(request, "settings_bureaus"), "rows": rows, "seller": seller,
        "may_change": may(request, "settings"), "bureaus": BUREAUS,
        "total_minor": sum(row["spent_minor"] for row in rows),
    }  # fmt: skip
    return render(request, "desk/settings/bureaus.html", context)


@staff(right="settings")
def new_page(request: HttpRequest, adapter: str) -> HttpResponse:
    """Add an account with a bureau."""
    if adapter not in BUREAUS:
        raise Http404
    seller = request.seller  # type: ignore[attr-defined]
    form = AccountForm(
        request.POST or None, adapter=adapter, currency=seller.currency, is_new=True,
        initial={"base_url": ADDRESSES[adapter], "age_days": 90},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        terms = Terms(
            code=given["code"], adapter=adapter, product=given["product"], base_url=given["base_url"], credentials="",
            cost_minor=given["cost_minor"], age_days=given["age_days"], budget_minor=given["budget_minor"],
            timeout_seconds=given["timeout_seconds"],
        )  # fmt: skip
        made = attempt(
            form,
            lambda: open_account(seller, actor(request), terms, form.secrets(), given["place"], clock.now()),
        )
        if made is not None:
            messages.success(request, gettext("%(name)s is added. Test the connection.") % {"name": made.code})
            return HttpResponseRedirect(reverse("desk:settings_bureau", args=[made.id]))
    context = {
        "place": "settings", "form": form, "title": BUREAUS[adapter], "crumbs": _crumbs(BUREAUS[adapter]),
        "currency": seller.currency,
    }  # fmt: skip
    return render(request, "desk/settings/bureau.html", context, status=422 if request.method == "POST" else 200)


@staff
def account_page(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """One account: change it, test it, and see what was bought."""
    seller, account = request.seller, _account(request, account_id)  # type: ignore[attr-defined]
    may_change = may(request, "settings")
    form = AccountForm(
        request.POST or None if may_change else None, adapter=account.adapter, currency=seller.currency, is_new=False,
        initial=_initial(account, seller.currency),
    )  # fmt: skip
    if request.method == "POST" and may_change and form.is_valid():
        given = form.cleaned_data
        change = Change(
            base_url=given["base_url"], cost_minor=given["cost_minor"], age_days=given["age_days"],
            budget_minor=given["budget_minor"], timeout_seconds=given["timeout_seconds"], place=given["place"],
            is_active=given["is_active"], given=form.secrets(),
        )  # fmt: skip
        kept = attempt(form, lambda: change_account(seller, actor(request), account.id, change, clock.now()))
        if kept is not None:
            messages.success(request, gettext("%(name)s is changed.") % {"name": kept.code})
            return HttpResponseRedirect(reverse("desk:settings_bureau", args=[account.id]))
    bought = [{"one": one, "word": STATES[one.state]} for one in reads.purchases_of(account)]
    context = {
        "place": "settings", "form": form if may_change else None, "title": account.code, "account": account,
        "bureau": BUREAUS.get(account.adapter, account.adapter), "crumbs": _crumbs(account.code),
        "bought": bought, "spent_minor": spent_in_month(account, today(request)), "currency": seller.currency,
    }  # fmt: skip
    return render(request, "desk/settings/bureau.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@staff(right="settings")
def try_page(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """Ask the bureau whether it lets us in; at most six seconds."""
    account = _account(request, account_id)
    found = try_account(account.seller, actor(request), account.id, clock.now())
    if found.is_in:
        seconds = display.number(found.milliseconds / 1000, 1)
        messages.success(request, gettext("The bureau let us in after %(seconds)s seconds.") % {"seconds": seconds})
    else:
        messages.error(request, gettext("The bureau did not let us in: %(what)s") % {"what": found.what})
    return HttpResponseRedirect(reverse("desk:settings_bureau", args=[account.id]))


def _account(request: HttpRequest, account_id: UUID) -> BureauAccount:
    found = BureauAccount.objects.filter(seller=request.seller, id=account_id).select_related("seller").first()  # type: ignore[attr-defined,misc]
    if found is None:
        raise Http404
    return found


def _initial(account: BureauAccount, currency: str) -> dict[str, Any]:
    budget = account.budget_minor
    return {
        "base_url": account.base_url, "cost": f"{to_decimal(account.cost_minor, currency):f}",
        "budget": "" if budget is None else f"{to_decimal(budget, currency):f}", "age_days": account.age_days,
        "place": account.place, "timeout_seconds": account.timeout_seconds, "is_active": account.is_active,
    }  # fmt: skip


def _crumbs(label: str) -> list[dict[str, Any]]:
    bureaus = {"label": gettext("Bureaus"), "href": reverse("desk:settings_bureaus")}
    return [{"label": gettext("Settings"), "href": reverse("desk:settings")}, bureaus, {"label": label}]
