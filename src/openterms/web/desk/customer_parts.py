"""What is kept with a customer, each as one form: the account itself, contacts, addresses, numbers, purchasers,
billing profile.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.parties import actions
from openterms.apps.parties.models import BillingProfile, Contact, Customer, Identifier, Purchaser, Site
from openterms.apps.parties.reads import choices
from openterms.apps.tenancy import clock
from openterms.core.base.money import to_decimal

from .access import actor, staff
from .customer import customer_of
from .doing import amount_field, attempt, done
from .paging import uuid_of
from .templatetags.words_of import LANGUAGES, SCHEMES

_DAYS = re.compile(r"[\s,;،]+")


class CustomerForm(forms.Form):
    """The account: name, place, terms, who collects."""

    number = forms.CharField(label=gettext_lazy("Customer number"), max_length=80)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    country = forms.CharField(
        label=gettext_lazy("Country"), min_length=2, max_length=2, help_text=gettext_lazy("Two letters, such as DE.")
    )
    currency = forms.CharField(label=gettext_lazy("Currency"), min_length=3, max_length=3)
    terms = forms.CharField(
        label=gettext_lazy("Payment terms"), max_length=120, required=False,
        help_text=gettext_lazy("Such as net 30, 2/10 net 30 or eom+15. Empty means the seller's own terms."),
    )  # fmt: skip
    collector_id = forms.ChoiceField(label=gettext_lazy("Collector"), required=False)
    group_id = forms.ChoiceField(label=gettext_lazy("Group"), required=False)
    locale = forms.ChoiceField(label=gettext_lazy("Language of letters"), choices=list(LANGUAGES.items()))
    timezone = forms.CharField(label=gettext_lazy("Time zone"), max_length=64)
    is_sole_trader = forms.BooleanField(label=gettext_lazy("A person trading alone"), required=False)
    insolvent_on = forms.DateField(
        label=gettext_lazy("Insolvent since"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip

    def __init__(self, request: HttpRequest, customer: Customer | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = choices(request.seller)  # type: ignore[attr-defined]
        self.fields["collector_id"].choices = [("", _("Nobody")), *known["collectors"]]  # type: ignore[attr-defined]
        self.fields["group_id"].choices = [("", _("None")), *known["groups"]]  # type: ignore[attr-defined]
        for name in ("number", "country", "currency", "terms", "timezone"):
            self.fields[name].widget.attrs["dir"] = "ltr"
        if customer is not None:
            del self.fields["number"]

    def columns(self) -> dict[str, Any]:
        """The values as the action takes them."""
        given = dict(self.cleaned_data)
        for name in ("collector_id", "group_id"):
            given[name] = UUID(given[name]) if given[name] else None
        given["country"], given["currency"] = given["country"].upper(), given["currency"].upper()
        return given


@staff(right="parties")
def add_customer(request: HttpRequest) -> HttpResponse:
    """A new customer by hand."""
    seller = request.seller  # type: ignore[attr-defined]
    initial = {"currency": seller.currency, "country": seller.country, "timezone": seller.timezone, "locale": "en"}
    form = CustomerForm(request, None, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.columns()
        made = attempt(form, lambda: actions.add_customer(seller, actor(request), now=clock.now(), **given))
        if made is not None:
            return done(request, _("The customer is added."), reverse("desk:customer", args=[made.id]))
    context = {"form": form, "title": _("Add customer"), "back": reverse("desk:customers"), "place": "customers"}
    return render(request, "desk/form_page.html", context, status=422 if form.errors else 200)


@staff(right="parties")
def edit_customer(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Change the account; the journal keeps before and after."""
    customer = customer_of(request, customer_id)
    initial = {name: getattr(customer, name) for name in CustomerForm.base_fields}
    form = CustomerForm(request, customer, request.POST or None, initial=initial)
    back = reverse("desk:customer", args=[customer_id])
    if request.method == "POST" and form.is_valid():
        changes = {name: value for name, value in form.columns().items() if value != getattr(customer, name)}
        changed = attempt(form, lambda: actions.change_customer(customer, actor(request), changes, clock.now()))
        if changed is not None:
            return done(request, _("The customer is changed."), back)
    context = {"form": form, "title": customer.name, "back": back, "place": "customers"}
    return render(request, "desk/form_page.html", context, status=422 if form.errors else 200)


class ContactForm(forms.ModelForm):  # type: ignore[type-arg]
    """A person at the customer."""

    class Meta:
        model = Contact
        fields = ("name", "role", "phone", "email", "channel", "do_not_contact", "is_active")
        labels = {
            "name": gettext_lazy("Name"),
            "role": gettext_lazy("What for"),
            "phone": gettext_lazy("Telephone"),
            "email": gettext_lazy("E-mail"),
            "channel": gettext_lazy("Reach by"),
            "do_not_contact": gettext_lazy("Do not contact"),
            "is_active": gettext_lazy("Still works there"),
        }


class SiteForm(forms.ModelForm):  # type: ignore[type-arg]
    """An address."""

    class Meta:
        model = Site
        fields = ("purpose", "street", "postcode", "city", "region", "country")
        labels = {
            "purpose": gettext_lazy("What for"),
            "street": gettext_lazy("Street"),
            "postcode": gettext_lazy("Postcode"),
            "city": gettext_lazy("City"),
            "region": gettext_lazy("Region"),
            "country": gettext_lazy("Country"),
        }


class IdentifierForm(forms.ModelForm):  # type: ignore[type-arg]
    """A number by which a register or tax office knows the customer."""

    scheme = forms.ChoiceField(label=gettext_lazy("Kind"), choices=list(SCHEMES.items()))

    class Meta:
        model = Identifier
        fields = ("scheme", "value")
        labels = {"value": gettext_lazy("Number")}


class PurchaserForm(forms.ModelForm):  # type: ignore[type-arg]
    """A person who may order on the account; the limit of an order is in the customer's currency."""

    limit_minor = forms.CharField(
        label=gettext_lazy("May order up to"), max_length=40, required=False,
        help_text=gettext_lazy("For each order, in the customer's currency. Empty means no limit of the person's own."),
    )  # fmt: skip

    month_limit_minor = forms.CharField(
        label=gettext_lazy("May order in a month"), max_length=40, required=False,
        help_text=gettext_lazy("For a calendar month, in the customer's currency. Empty means no limit."),
    )  # fmt: skip

    class Meta:
        model = Purchaser
        fields = ("name", "email", "limit_minor", "month_limit_minor", "is_active")
        labels = {
            "name": gettext_lazy("Name"),
            "email": gettext_lazy("E-mail"),
            "is_active": gettext_lazy("May order"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("limit_minor", "month_limit_minor"):
            self.fields[name].widget.attrs |= {"inputmode": "decimal", "dir": "ltr", "autocomplete": "off"}
            minor = self.initial.get(name)
            self.initial[name] = "" if minor is None else f"{to_decimal(minor, self.currency):f}"

    @property
    def currency(self) -> str:
        """The customer's."""
        return str(self.instance.customer.currency)

    def clean_limit_minor(self) -> int | None:
        """In minor units, or nothing where the person has no limit of their own."""
        return self._limit("limit_minor")

    def clean_month_limit_minor(self) -> int | None:
        """In minor units, or nothing where the person has none for a month."""
        return self._limit("month_limit_minor")

    def _limit(self, name: str) -> int | None:
        text = self.cleaned_data[name]
        if not text:
            return None
        minor = amount_field(text, self.currency, self, name)
        if minor is not None and minor < 0:
            raise forms.ValidationError(_("Give an amount of zero or more."))
        return minor


class BillingForm(forms.ModelForm):  # type: ignore[type-arg]
    """How the customer wants its invoices."""

    recipients = forms.CharField(
        label=gettext_lazy("E-mail addresses"), required=False, widget=forms.Textarea(attrs={"rows": 2, "dir": "ltr"}),
        help_text=gettext_lazy("One or more, apart by spaces or lines."),
    )  # fmt: skip
    pay_run_days = forms.CharField(
        label=gettext_lazy("Pays on"), required=False,
        help_text=gettext_lazy("Weekdays such as mon thu, or days of the month such as 10 25."),
    )  # fmt: skip

    class Meta:
        model = BillingProfile
        fields = ("channel", "recipients", "needs_purchase_order", "only_purchasers", "pay_run_days", "note")
        labels = {
            "channel": gettext_lazy("Sent by"),
            "needs_purchase_order": gettext_lazy("Needs a purchase-order number"),
            "only_purchasers": gettext_lazy("Only named purchasers may order"),
            "note": gettext_lazy("Note"),
        }
        widgets = {"note": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("recipients", "pay_run_days"):
            self.initial[name] = " ".join(str(one) for one in self.initial.get(name) or ())

    def clean_recipients(self) -> list[str]:
        """Addresses, each of which could be one."""
        found = [one for one in _DAYS.split(self.cleaned_data["recipients"]) if one]
        for one in found:
            forms.EmailField().clean(one)
        return found

    def clean_pay_run_days(self) -> list[str]:
        """Weekdays or days of a month."""
        found = [one.lower() for one in _DAYS.split(self.cleaned_data["pay_run_days"]) if one]
        known = {"mon", "tue", "wed", "thu", "fri", "sat", "sun", *(str(day) for day in range(1, 32))}
        wrong = [one for one in found if one not in known]
        if wrong:
            said = _("“%(word)s” is neither a weekday nor a day of the month.")
            raise forms.ValidationError(said % {"word": wrong[0]})
        return found


PARTS: dict[str, tuple[type[forms.ModelForm], Any]] = {  # type: ignore[type-arg]
    "contact": (ContactForm, gettext_lazy("Contact")),
    "site": (SiteForm, gettext_lazy("Address")),
    "identifier": (IdentifierForm, gettext_lazy("Register or tax number")),
    "purchaser": (PurchaserForm, gettext_lazy("Purchaser")),
    "billing": (BillingForm, gettext_lazy("Billing profile")),
}


@staff(right="parties")
def part(request: HttpRequest, customer_id: UUID, name: str) -> HttpResponse:
    """Add or change one thing kept with a customer."""
    if name not in PARTS:
        raise Http404
    kind, title = PARTS[name]
    customer = customer_of(request, customer_id)
    existing = _existing(request, customer, kind, name)
    fillable = ("name", "email", "phone") if name == "contact" else ()
    said = {one: request.GET[one][:200] for one in fillable if one in request.GET}
    form = kind(request.POST or None, instance=existing or kind._meta.model(customer=customer), initial=said)  # type: ignore[attr-defined]
    back = reverse("desk:customer", args=[customer_id])
    if request.method == "POST" and form.is_valid():
        given = {field: form.cleaned_data[field] for field in kind._meta.fields}  # type: ignore[attr-defined,union-attr]
        kept = attempt(
            form, lambda: actions.keep_part(customer, actor(request), name, existing_id(existing), given, clock.now())
        )
        if kept is not None:
            return done(request, _("Saved."), back)
    query = f"?id={existing.id}" if existing is not None and name != "billing" else ""
    address = reverse("desk:part", args=[customer_id, name]) + query
    context = {"form": form, "title": title, "back": back, "customer": customer, "address": address}
    context["place"] = "customers"
    return render(request, "desk/form_page.html", context, status=422 if form.errors else 200)


def existing_id(existing: Any) -> UUID | None:
    """The id of what is changed, or nothing when it is new."""
    return existing.id if existing is not None else None


def _existing(request: HttpRequest, customer: Customer, kind: Any, name: str) -> Any:
    found = kind._meta.model.objects.filter(seller=customer.seller, customer=customer)
    if name == "billing":
        return found.first()
    text = request.GET.get("id", "")
    if not text:
        return None
    one = found.filter(id=uuid_of(text)).first() if uuid_of(text) else None
    if one is None:
        raise Http404
    return one
