"""Acts about what a customer says: a promise line by line, and a payment that is under way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.collecting.promise.actions import Line, promise_lines
from openterms.apps.collecting.promise.models import Channel
from openterms.apps.collecting.reported_payment.actions import Reported, report
from openterms.apps.collecting.reported_payment.models import PaidWay
from openterms.apps.receivables.open_item import reads
from openterms.apps.receivables.open_item.models import DEBIT_KINDS

from . import acts, display
from .doing import amount_field

MOST_LINES = 20


class _Items(acts.ActForm):
    """Knows the open items of the customer."""

    def open_items(self) -> list[dict[str, Any]]:
        """What the customer owes, oldest due first."""
        place = self.place
        found = reads.open_items(place.seller, place.customer.id, place.today)
        return [one for one in found if one["kind"] in DEBIT_KINDS]


@acts.register("promise-lines")
class PromiseLinesForm(_Items):
    """A promise with an amount and a date for each invoice."""

    heading = gettext_lazy("Record a promise line by line")
    verb = gettext_lazy("Record promise")

    made_by = forms.CharField(label=gettext_lazy("Who promised"), max_length=200, required=False)
    channel = forms.ChoiceField(label=gettext_lazy("How they told you"), choices=Channel.choices, initial="phone")
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=2000)

    def prepare(self) -> None:
        """An amount and a date for each open item."""
        self.rows = self.open_items()[:MOST_LINES]
        for row in self.rows:
            said = {"number": row["number"], "currency": row["currency"]}
            self.fields[f"amount_{row['id'].hex}"] = forms.CharField(
                label=_("%(number)s: amount in %(currency)s") % said, max_length=40, required=False,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "dir": "ltr", "autocomplete": "off"}),
            )  # fmt: skip
            self.fields[f"by_{row['id'].hex}"] = forms.DateField(
                label=_("%(number)s: by") % said, required=False, initial=self.place.today + timedelta(days=7)
            )

    def act(self) -> acts.Outcome:
        """One promise for each date."""
        given, place, lines = self.cleaned_data, self.place, []
        for row in self.rows:
            text, by = given.get(f"amount_{row['id'].hex}"), given.get(f"by_{row['id'].hex}")
            if text:
                minor = amount_field(text, row["currency"], self, f"amount_{row['id'].hex}")
                if minor is None:
                    raise forms.ValidationError(_("This is not an amount."))
                lines.append(Line(UUID(str(row["id"])), minor, by or place.today))
        made = promise_lines(
            place.seller, place.actor, place.customer, lines, place.today, place.now, given["made_by"], given["note"],
            given["channel"],
        )  # fmt: skip
        return acts.Outcome(
            _("Promise recorded, the last part by %(day)s.") % {"day": display.day(made[-1].promised_for)}
        )


@acts.register("reported-payment")
class ReportedForm(_Items):
    """A payment that the customer says is under way."""

    heading = gettext_lazy("The customer says it has paid")
    verb = gettext_lazy("Record the payment")
    intro = gettext_lazy("Nothing is asked for these invoices for some days, and cash looks for the money.")

    items = forms.MultipleChoiceField(label=gettext_lazy("Of these invoices"), widget=forms.CheckboxSelectMultiple)
    amount = forms.CharField(label=gettext_lazy("Amount"), max_length=40)
    paid_on = forms.DateField(label=gettext_lazy("Paid on"))
    way = forms.ChoiceField(label=gettext_lazy("Paid by"), choices=PaidWay.choices)
    reference = forms.CharField(label=gettext_lazy("Reference"), max_length=200, required=False)
    reported_by = forms.CharField(label=gettext_lazy("Who says so"), max_length=200, required=False)

    def prepare(self) -> None:
        """The open items; today."""
        self.found = {str(one["id"]): one for one in self.open_items()}
        self.fields["items"].choices = [  # type: ignore[attr-defined]
            (key, f"{one['number']} · {one['currency']}") for key, one in self.found.items()
        ]
        self.fields["amount"].widget.attrs |= {"inputmode": "decimal", "dir": "ltr", "autocomplete": "off"}
        self.initial.setdefault("paid_on", self.place.today)

    def clean(self) -> dict[str, Any]:
        """The amount in the items' currency."""
        given = super().clean() or {}
        if given.get("items") and given.get("amount"):
            currency = self.found[given["items"][0]]["currency"]
            given["minor"] = amount_field(given["amount"], currency, self, "amount")
        return given

    def act(self) -> acts.Outcome:
        """Keep the customer's word."""
        given, place = self.cleaned_data, self.place
        said = Reported(
            item_ids=[UUID(one) for one in given["items"]], amount_minor=given["minor"], paid_on=given["paid_on"],
            way=given["way"], reference=given["reference"], reported_by=given["reported_by"],
        )  # fmt: skip
        made = report(place.seller, place.actor, place.customer, said, place.today, place.now)
        return acts.Outcome(_("Collecting waits for it until %(day)s.") % {"day": display.day(made.waits_until)})
