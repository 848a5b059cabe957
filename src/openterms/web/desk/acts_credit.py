"""The acts of credit: set a limit, hold, lift."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.credit.hold.actions import lift_hold, place_hold
from openterms.apps.credit.line.actions import set_line
from openterms.apps.credit.line.models import Line
from openterms.core.base.errors import BadInput
from openterms.core.base.money import exponent, to_decimal

from . import acts, display
from .doing import amount_field


@acts.register("line")
class LineForm(acts.ActForm):
    """The customer's limit in a currency. No limit, zero and unlimited are three different things."""

    heading = gettext_lazy("Set the credit limit")
    verb = gettext_lazy("Set limit")
    right = "line"
    places = {"limit": "amount"}

    currency = forms.CharField(label=gettext_lazy("Currency"), max_length=3, min_length=3)
    kind = forms.ChoiceField(
        label=gettext_lazy("The limit is"), widget=forms.RadioSelect,
        choices=[
            ("amount", gettext_lazy("an amount")),
            ("zero", gettext_lazy("zero: nothing on credit")),
            ("unlimited", gettext_lazy("unlimited")),
            ("none", gettext_lazy("not set")),
        ],
    )  # fmt: skip
    amount = forms.CharField(label=gettext_lazy("Amount"), max_length=40, required=False)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

    def prepare(self) -> None:
        """The line as it is."""
        currency = str(self.initial.get("currency") or self.place.customer.currency).upper()
        line = Line.objects.filter(seller=self.place.seller, customer=self.place.customer, currency=currency).first()
        self.initial["currency"] = currency
        kind = "amount" if line is None or line.limit_minor else "unlimited" if line.is_unlimited else "none"
        if line is not None and line.limit_minor == 0:
            kind = "zero"
        self.initial.setdefault("kind", kind)
        if kind != "unlimited":  # no person grants an unlimited line; one that came by import may stay
            choices = self.fields["kind"].choices  # type: ignore[attr-defined]
            self.fields["kind"].choices = [one for one in choices if one[0] != "unlimited"]  # type: ignore[attr-defined]
        if line is not None and line.limit_minor:
            self.initial.setdefault("amount", f"{to_decimal(line.limit_minor, currency):f}")
        self.fields["amount"].widget.attrs |= {"inputmode": "decimal", "dir": "ltr", "autocomplete": "off"}
        self.fields["currency"].widget.attrs |= {"dir": "ltr", "autocapitalize": "characters"}

    def clean_currency(self) -> str:
        """A currency that exists."""
        currency: str = self.cleaned_data["currency"].upper()
        try:
            exponent(currency)
        except BadInput as error:
            raise forms.ValidationError(_("There is no currency %(code)s.") % {"code": currency}) from error
        return currency

    def clean(self) -> dict[str, Any]:
        """An amount where the limit is one."""
        given = super().clean() or {}
        if given.get("kind") == "amount" and given.get("currency"):
            if not given.get("amount"):
                self.add_error("amount", _("Give the limit, for example 10000.00."))
            else:
                given["minor"] = amount_field(given["amount"], given["currency"], self, "amount")
                if given["minor"] is not None and given["minor"] <= 0:
                    self.add_error("amount", _("Give a positive amount, or choose zero above."))
        return given

    def act(self) -> acts.Outcome:
        """Set the line from today on."""
        given, place = self.cleaned_data, self.place
        minor = {"amount": given.get("minor"), "zero": 0}.get(given["kind"])
        set_line(
            place.seller, place.actor, place.customer, given["currency"], minor, given["reason"], place.today,
            place.now, is_unlimited=given["kind"] == "unlimited",
        )  # fmt: skip
        if minor:
            amount = f"{display.amount(minor, given['currency'])} {given['currency']}"
            return acts.Outcome(_("The limit is now %(amount)s.") % {"amount": amount})
        return acts.Outcome(_("The limit is changed."))


@acts.register("hold")
class HoldForm(acts.ActForm):
    """New orders stop."""

    heading = gettext_lazy("Put on hold")
    verb = gettext_lazy("Put on hold")
    intro = gettext_lazy("New orders stop until the hold is lifted. What is owed stays as it is.")
    right = "hold"

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def act(self) -> acts.Outcome:
        """Place the hold."""
        place = self.place
        place_hold(place.seller, place.actor, place.customer, self.cleaned_data["reason"], place.today, place.now)
        return acts.Outcome(_("New orders are on hold."), reverse("desk:lift_hold", args=[place.customer.id]))


@acts.register("lift")
class LiftForm(acts.ActForm):
    """The customer may order again."""

    heading = gettext_lazy("Lift the hold")
    verb = gettext_lazy("Lift hold")
    intro = gettext_lazy("The customer may order on credit again.")
    right = "hold"

    def act(self) -> acts.Outcome:
        """Lift it."""
        place = self.place
        lift_hold(place.seller, place.actor, place.customer, place.today, place.now)
        return acts.Outcome(_("The hold is lifted."))
