"""The form that issues an invoice by hand: up to five lines, checked like one that a program sends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from openterms.apps.parties.models import BillingProfile, Customer
from openterms.apps.receivables.invoice.actions import issue
from openterms.apps.receivables.invoice.reading import to_issue
from openterms.apps.receivables.models import Item
from openterms.apps.tenancy.actor import Actor
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop

from .posting_forms import DateInput, PostingForm, amount_input

LINES = 5
CATEGORIES = (
    ("S", _("Taxed")), ("Z", _("Zero rate")), ("E", _("Exempt")), ("AE", _("Reverse charge")),
    ("K", _("Within the EU")), ("G", _("Export")), ("O", _("Outside VAT")),
)  # fmt: skip


class IssueForm(PostingForm):
    """An invoice that is issued here: it gets the next number, and a PDF and e-invoice."""

    amount = None  # type: ignore[assignment]
    number = None  # type: ignore[assignment]
    terms = forms.CharField(label=_("Payment terms"), max_length=120, required=False)
    purchase_order = forms.CharField(label=_("Their order number"), max_length=100, required=False)
    supplied_on = forms.DateField(label=_("Supplied on"), required=False, widget=DateInput())
    category = forms.ChoiceField(label=_("VAT"), choices=CATEGORIES)
    vat_rate = forms.CharField(label=_("VAT rate in percent"), max_length=8, required=False, widget=amount_input())
    exemption = forms.CharField(
        label=_("Why no VAT is charged"), max_length=200, required=False, help_text=_("For what is exempt.")
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"})
    )
    kind = "I"
    places = {"issued_on": "on", "terms": "terms", "currency": "currency", "date": "on"}

    def __init__(self, seller: Any, customer: Customer, today: Any, *args: Any, **more: Any) -> None:
        super().__init__(seller, customer, today, *args, **more)
        usual = customer.terms or seller.terms
        self.fields["terms"].help_text = _("Such as net 30 or 2/10 net 30; usually %(terms)s.") % {"terms": usual}
        profile = BillingProfile.objects.filter(seller=seller, customer=customer).first()
        self.fields["purchase_order"].required = bool(profile and profile.needs_purchase_order)
        for place in range(1, LINES + 1):
            self.fields[f"what_{place}"] = forms.CharField(
                label=_("Line %(place)s: what") % {"place": place}, max_length=200, required=place == 1,
                widget=forms.TextInput(attrs={"dir": "auto"}),
            )  # fmt: skip
            self.fields[f"quantity_{place}"] = forms.CharField(
                label=_("Quantity"), max_length=20, required=False, widget=amount_input()
            )
            self.fields[f"price_{place}"] = forms.CharField(
                label=_("Price of one, without VAT"), max_length=20, required=place == 1, widget=amount_input()
            )
        self.order_fields(
            ["currency", "on", "supplied_on", "terms", "purchase_order", "category", "vat_rate", "exemption",
             *(f"{name}_{place}" for place in range(1, LINES + 1) for name in ("what", "quantity", "price")), "note"]
        )  # fmt: skip

    def act(self, actor: Actor, now: Any) -> Sequence[Item]:
        """Issue it."""
        given = self.cleaned_data
        body = {
            "currency": given["currency"], "issued_on": given["on"].isoformat(), "terms": given["terms"].strip(),
            "purchase_order": given["purchase_order"].strip(), "note": given["note"].replace("\r", ""),
            "supplied_on": given["supplied_on"].isoformat() if given["supplied_on"] else "", "lines": self._lines(),
            "exemptions": {"E": given["exemption"]} if given["exemption"] else {},
        }  # fmt: skip
        made, _is_new = issue(self.seller, actor, self.customer, to_issue(body, given["on"]), now)
        return [made.item]

    def _lines(self) -> list[dict[str, Any]]:
        given, found = self.cleaned_data, []
        for place in range(1, LINES + 1):
            what, price = given[f"what_{place}"].strip(), given[f"price_{place}"].strip()
            if bool(what) != bool(price):
                raise BadInput(
                    gettext_noop("A line has both a text and a price"), f"lines {place}",
                    gettext_noop("Complete the line, or leave all of it out"),
                )  # fmt: skip
            if what:
                rate = given["vat_rate"].strip() or "0"
                found.append({"name": what, "quantity": given[f"quantity_{place}"].strip() or "1", "price": price,
                              "category": given["category"], "vat_rate": rate})  # fmt: skip
        return found
