"""The forms of posting by hand: what a receipt, an invoice and a credit note say of themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from openterms.apps.parties.models import Customer
from openterms.apps.receivables.models import Rate
from openterms.apps.receivables.open_item.actions import (
    Document,
    post_credit_note,
    post_invoice,
    post_receipt,
)
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.models import Seller

from .doing import amount_field, attempt
from .files import KeptFileField, keep


def currencies(seller: Seller, customer: Customer) -> list[str]:
    """The currencies in which this customer may be booked: its own, the seller's, and those with a rate."""
    known = Rate.objects.filter(seller=seller).values_list("currency", flat=True).distinct().order_by("currency")
    return list(dict.fromkeys([customer.currency, seller.currency, *known]))


class DateInput(forms.DateInput):
    """A date as browsers ask for it."""

    input_type = "date"

    def __init__(self, **attrs: Any) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


def amount_input(**attrs: Any) -> forms.TextInput:
    """A field for an amount: figures of one width, the keyboard of figures on a phone."""
    return forms.TextInput(
        attrs={"inputmode": "decimal", "autocomplete": "off", "class": "amount-input", "dir": "ltr"} | attrs
    )


class PostingForm(forms.Form):
    """What every new item says of itself. `places` leads from the core's names to the fields."""

    amount = forms.CharField(label=_("Amount"), max_length=40, widget=amount_input(autofocus=True))
    currency = forms.ChoiceField(label=_("Currency"))
    on = forms.DateField(label=_("Date"), widget=DateInput())
    number = forms.CharField(label=_("Number"), max_length=80)
    file = KeptFileField()
    places = {"date": "on", "number": "number", "amount": "amount", "currency": "currency", "terms": "terms"}
    kind = ""

    def __init__(self, seller: Seller, customer: Customer, today: date, *args: Any, **more: Any) -> None:
        self.seller, self.customer = seller, customer
        more.setdefault("initial", {}).setdefault("on", today)
        super().__init__(*args, **more)
        self.order_fields([name for name in self.fields if name != "file"])
        codes = currencies(seller, customer)
        self.fields["currency"].choices = [(code, code) for code in codes]  # type: ignore[attr-defined]
        self.fields["currency"].initial = codes[0]

    def clean(self) -> dict[str, Any]:
        """Amounts in minor units of the chosen currency."""
        cleaned = super().clean() or {}
        currency = cleaned.get("currency")
        for name in ("amount", "vat", "charges"):
            if currency and cleaned.get(name):
                cleaned[f"{name}_minor"] = amount_field(cleaned[name], currency, self, name)
                if name == "amount" and cleaned["amount_minor"] is not None and cleaned["amount_minor"] <= 0:
                    self.add_error("amount", _("Give an amount above zero."))
        return cleaned

    def document(self) -> Document:
        """The item that is to be booked."""
        cleaned = self.cleaned_data
        return Document(
            number=cleaned["number"].strip() or made_number(self.kind, cleaned["on"]),
            on=cleaned["on"],
            amount_minor=cleaned["amount_minor"],
            currency=cleaned["currency"],
            reference=cleaned.get("reference", ""),
        )

    def post(self, actor: Actor, now: Any) -> Sequence[Item] | None:
        """Book it and keep its file; what is refused goes to the fields, and nothing is kept."""
        made = attempt(self, lambda: self.act(actor, now), self.places)
        if made is not None and self.cleaned_data["file"]:
            keep(self.customer, actor, self.cleaned_data["file"], now)
        return made

    def act(self, actor: Actor, now: Any) -> Sequence[Item]:
        """The action of this form."""
        raise NotImplementedError


def made_number(kind: str, on: date) -> str:
    """A number for something that came without one: `R-20260630-5F2A91`."""
    return f"{kind}-{on:%Y%m%d}-{new_id().hex[-6:].upper()}"


class ReceiptForm(PostingForm):
    """Money that came in."""

    number = forms.CharField(
        label=_("Number"), max_length=80, required=False, help_text=_("Of the bank line or cheque; made up when empty.")
    )
    reference = forms.CharField(
        label=_("What the payer wrote"), max_length=140, required=False,
        help_text=_("Invoice numbers in it are served first."),
    )  # fmt: skip
    charges = forms.CharField(
        label=_("Bank charges kept back"), max_length=40, required=False, widget=amount_input(),
        help_text=_("What the bank took before the money came; the customer is credited with the whole amount."),
    )  # fmt: skip
    kind = "R"

    def act(self, actor: Actor, now: Any) -> Sequence[Item]:
        """Book the receipt."""
        charges = self.cleaned_data.get("charges_minor") or 0
        return [post_receipt(self.seller, actor, self.customer, self.document(), now, charges)]


class InvoiceForm(PostingForm):
    """An invoice that was issued elsewhere."""

    vat = forms.CharField(label=_("VAT in it"), max_length=40, required=False, widget=amount_input())
    terms = forms.CharField(label=_("Payment terms"), max_length=120, required=False)
    due_on = forms.DateField(
        label=_("Due on"), required=False, widget=DateInput(), help_text=_("Instead of terms: one date for all of it.")
    )
    reference = forms.CharField(label=_("Their order number"), max_length=140, required=False)
    kind = "I"

    def __init__(self, seller: Seller, customer: Customer, today: date, *args: Any, **more: Any) -> None:
        super().__init__(seller, customer, today, *args, **more)
        usual = customer.terms or seller.terms
        self.fields["terms"].help_text = _("Such as net 30 or 2/10 net 30; usually %(terms)s.") % {"terms": usual}

    def act(self, actor: Actor, now: Any) -> Sequence[Item]:
        """Book the invoice."""
        cleaned = self.cleaned_data
        return post_invoice(
            self.seller, actor, self.customer, self.document(), now,
            vat_minor=cleaned.get("vat_minor") or 0, terms=cleaned["terms"].strip(), due_on=cleaned["due_on"],
        )  # fmt: skip


class CreditNoteForm(PostingForm):
    """A credit note."""

    vat = forms.CharField(label=_("VAT in it"), max_length=40, required=False, widget=amount_input())
    reference = forms.CharField(label=_("For which invoice, or why"), max_length=140, required=False)
    kind = "C"

    def act(self, actor: Actor, now: Any) -> Sequence[Item]:
        """Book the credit note."""
        vat = self.cleaned_data.get("vat_minor") or 0
        return [post_credit_note(self.seller, actor, self.customer, self.document(), now, vat)]


class RestForm(forms.Form):
    """What is to be given up or paid back of one item."""

    amount = forms.CharField(label=_("Amount"), max_length=40, widget=amount_input(autofocus=True))
    on = forms.DateField(label=_("Date"), widget=DateInput())
    file = KeptFileField()

    def __init__(self, item: Item, *args: Any, **more: Any) -> None:
        self.item = item
        super().__init__(*args, **more)

    def clean(self) -> dict[str, Any]:
        """The amount in minor units of the item's currency."""
        cleaned = super().clean() or {}
        if cleaned.get("amount"):
            cleaned["amount_minor"] = amount_field(cleaned["amount"], self.item.currency, self, "amount")
        return cleaned
