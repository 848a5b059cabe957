"""The acts of credit: set a limit, hold, lift."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from openterms.apps.credit.authorisation.models import Override
from openterms.apps.credit.authorisation.overrides import USUAL_DAYS, give_override, take_back_override
from openterms.apps.credit.hold.actions import lift_hold, place_hold
from openterms.apps.credit.line.actions import set_line
from openterms.apps.credit.line.models import Line
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.money import exponent, to_decimal

from . import acts, display
from .access import actor, staff
from .doing import amount_field, explain
from .links import customer_address


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


@acts.register("override")
class OverrideForm(acts.ActForm):
    """One order to come may go ahead against the rules, up to an amount, until a day."""

    heading = gettext_lazy("Allow an order to come")
    verb = gettext_lazy("Allow the order")
    intro = gettext_lazy(
        "For one order, used once. Suspension and insolvency are not set aside. Your name goes to its invoice."
    )
    right = "release_order"
    places = {"order_ref": "order", "until": "until"}

    order = forms.CharField(
        label=gettext_lazy("Order"), max_length=100, widget=forms.TextInput(attrs={"dir": "ltr"}),
        help_text=gettext_lazy("The order's number, exactly as the shop will send it."),
    )  # fmt: skip
    currency = forms.CharField(label=gettext_lazy("Currency"), max_length=3, min_length=3)
    amount = forms.CharField(label=gettext_lazy("The whole order, at most"), max_length=40)
    until = forms.DateField(label=gettext_lazy("Until"), help_text=gettext_lazy("The last day, included."))
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

    def prepare(self) -> None:
        """The customer's currency, and a week."""
        self.initial.setdefault("currency", self.place.customer.currency)
        self.initial.setdefault("until", self.place.today + timedelta(days=USUAL_DAYS))
        self.fields["amount"].widget.attrs |= {"inputmode": "decimal", "dir": "ltr", "autocomplete": "off"}
        self.fields["currency"].widget.attrs |= {"dir": "ltr", "autocapitalize": "characters"}

    clean_currency = LineForm.clean_currency

    def clean(self) -> dict[str, Any]:
        """The amount in minor units."""
        given = super().clean() or {}
        if given.get("amount") and given.get("currency"):
            given["minor"] = amount_field(given["amount"], given["currency"], self, "amount")
        return given

    def act(self) -> acts.Outcome:
        """Give the override, until the end of its last day at the seller."""
        given, place = self.cleaned_data, self.place
        zone = ZoneInfo(place.seller.timezone)
        until = datetime.combine(given["until"], time(23, 59, 59), zone)
        made = give_override(
            place.seller, place.actor, place.customer, given["order"], given["currency"], given["minor"] or 0,
            given["reason"], until, place.now,
        )  # fmt: skip
        amount = f"{display.amount(made.most_minor, made.currency)} {made.currency}"
        said = _("The order %(order)s may go ahead up to %(amount)s.")
        return acts.Outcome(said % {"order": made.order_ref, "amount": amount})


@require_POST
@staff(right="release_order")
def take_back(request: HttpRequest, override_id: UUID) -> HttpResponse:
    """End an override before its order comes."""
    found = Override.objects.filter(seller=request.seller, id=override_id).first()  # type: ignore[attr-defined]
    if found is None:
        raise Http404
    try:
        take_back_override(found.seller, actor(request), found.id, clock.now())
    except (BadInput, Refused) as error:
        messages.error(request, explain(error))
    else:
        messages.success(request, _("The override is taken back."))
    return HttpResponseRedirect(customer_address(found.customer_id))


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
