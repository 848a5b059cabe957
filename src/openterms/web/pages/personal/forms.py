"""The forms of a personal page: what its reader may answer, each a few fields that fit a telephone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from openterms.apps.collecting.answering import actions
from openterms.apps.collecting.answering.actions import Reader
from openterms.apps.collecting.reported_payment.actions import LONGEST_AGO, Reported
from openterms.apps.collecting.reported_payment.models import PaidWay
from openterms.apps.messaging.page.models import PageRequest
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.dispute.cases import Line
from openterms.apps.receivables.dispute.models import DisputeReason
from openterms.apps.tenancy.clock import new_id
from openterms.core.base.money import format_amount
from openterms.core.collecting.answers import MOST_AHEAD_DAYS
from openterms.web.desk.doing import amount_field
from openterms.web.desk.files import keep
from openterms.web.desk.posting_forms import DateInput, amount_input

from .uploads import SentFileField

Row = dict[str, Any]
MOST_COUNT = 12


class AnswerForm(forms.Form):
    """A form of the page. `rows` are the items it may speak of; `places` leads from the core's places to fields."""

    heading: Any = ""
    intro: Any = ""
    verb: Any = ""
    thanks: Any = ""
    places: dict[str, str] = {}
    key = forms.UUIDField(widget=forms.HiddenInput())

    def __init__(self, rows: Sequence[Row], today: date, *args: Any, **more: Any) -> None:
        self.rows, self.today = rows, today
        more.setdefault("initial", {}).setdefault("key", new_id())
        super().__init__(*args, **more)
        self.prepare()

    def prepare(self) -> None:
        """Fill choices and initial values."""

    def act(self, reader: Reader, customer: Customer, now: Any) -> bool:
        """Do it; BadInput and Refused become errors of the form."""
        raise NotImplementedError


class ItemsForm(AnswerForm):
    """A form about some of the items: of one currency, all of what is overdue unless others are chosen."""

    items = forms.MultipleChoiceField(label=_("Invoices"), widget=forms.CheckboxSelectMultiple())
    amount = forms.CharField(label=_("Amount"), max_length=40, widget=amount_input())

    def prepare(self) -> None:
        """The items with their open amounts; chosen are those overdue, else all."""
        field: Any = self.fields["items"]
        field.choices = [(str(row["id"]), _label(row)) for row in self.rows]
        first = self.rows[0]["currency"] if self.rows else ""
        own = [row for row in self.rows if row["currency"] == first]
        chosen = [row for row in own if row["days_overdue"] > 0] or own
        field.initial = [str(row["id"]) for row in chosen]
        if first:
            self.fields["amount"].initial = format_amount(sum(row["free_minor"] for row in chosen), first)

    def lists(self) -> list[dict[str, Any]]:
        """The choices, those overdue first; the others folded where something is overdue."""
        boxes: Any = list(self["items"])
        late = {str(row["id"]) for row in self.rows if row["days_overdue"] > 0}
        first = [box for box in boxes if box.data["value"] in late]
        rest = [box for box in boxes if box.data["value"] not in late]
        opened = any(box.data["selected"] for box in rest)
        found = [{"boxes": first, "is_later": False}, {"boxes": rest, "is_later": bool(first), "is_open": opened}]
        return [one for one in found if one["boxes"]]

    def chosen(self, names: Sequence[str]) -> list[Row]:
        """The rows of the items that were chosen."""
        return [row for row in self.rows if str(row["id"]) in names]

    def clean(self) -> dict[str, Any]:
        """The amount in minor units of the one currency of what was chosen."""
        cleaned = super().clean() or {}
        rows = self.chosen(cleaned.get("items", []))
        if len({row["currency"] for row in rows}) > 1:
            self.add_error("items", gettext("Choose invoices of one currency, and do the others after it."))
        elif rows and cleaned.get("amount"):
            cleaned["minor"] = amount_field(cleaned["amount"], rows[0]["currency"], self, "amount")
            if cleaned["minor"] is not None and cleaned["minor"] <= 0:
                self.add_error("amount", gettext("Give an amount above zero."))
        return cleaned

    def ids(self) -> list[UUID]:
        """The chosen items."""
        return [row["id"] for row in self.chosen(self.cleaned_data["items"])]


class PaidForm(ItemsForm):
    """It is paid: when, how, with what reference, and the proof."""

    heading = _("I have paid")
    intro = _("Tell us what you paid and when. We look for it and do not write to you about it meanwhile.")
    verb = _("Send")
    thanks = _("Thank you. We look for your payment and will only write if we cannot find it.")
    places = {"date": "paid_on", "way": "way", "proof": "file", "items": "items", "amount": "amount"}

    paid_on = forms.DateField(label=_("Paid on"), widget=DateInput())
    way = forms.ChoiceField(label=_("How"), choices=PaidWay.choices)
    reference = forms.CharField(
        label=_("Payment reference"), max_length=200, required=False, help_text=_("As your bank shows it.")
    )
    file = SentFileField(label=_("Proof of payment"))

    def prepare(self) -> None:
        super().prepare()
        field = self.fields["paid_on"]
        field.initial = self.today
        field.widget.attrs |= {
            "max": self.today.isoformat(), "min": (self.today - timedelta(days=LONGEST_AGO)).isoformat()
        }  # fmt: skip

    def act(self, reader: Reader, customer: Customer, now: Any) -> bool:
        """Report the payment, with its proof kept."""
        given = self.cleaned_data
        file = given.get("file")
        proof = keep(customer, reader.actor(customer), file, now) if file else None
        said = Reported(
            item_ids=self.ids(), amount_minor=given["minor"], paid_on=given["paid_on"], way=given["way"],
            reference=given["reference"], reported_by=reader.actor(customer).name, channel="page",
            proof_id=proof.id if proof else None,
        )  # fmt: skip
        return actions.say_paid(reader, said, now)


class PromiseForm(ItemsForm):
    """It will be paid by a day."""

    heading = _("I will pay on a date")
    intro = _("Choose the day on which the money will be with us.")
    verb = _("Promise this payment")
    thanks = _("Thank you. We have noted your date and do not write about these invoices before it.")
    places = {"date": "day", "items": "items", "amount": "amount"}
    day = forms.DateField(label=_("Date"), widget=DateInput())

    def prepare(self) -> None:
        super().prepare()
        last = self.today + timedelta(days=MOST_AHEAD_DAYS)
        self.fields["day"].widget.attrs |= {"min": self.today.isoformat(), "max": last.isoformat()}

    def act(self, reader: Reader, customer: Customer, now: Any) -> bool:
        """Record the promise."""
        return actions.promise_day(reader, self.ids(), self.cleaned_data["minor"], self.cleaned_data["day"], now)


class ContestForm(AnswerForm):
    """Something is not right with an invoice."""

    heading = _("Something is not right")
    intro = _("Tell us which invoice and what is wrong. Only the amount that you name waits; the rest stays due.")
    verb = _("Send")
    thanks = _("Thank you. We look into it and come back to you; this amount waits until then.")
    places = {"item": "item", "lines": "amount", "amount": "amount", "reason": "reason", "note": "note"}
    item = forms.ChoiceField(label=_("Invoice"))
    amount = forms.CharField(
        label=_("Amount in question"), max_length=40, required=False, widget=amount_input(),
        help_text=_("Leave it empty for the whole invoice."),
    )  # fmt: skip
    reason = forms.ChoiceField(label=_("What is wrong"), choices=DisputeReason.choices)
    note = forms.CharField(
        label=_("In your words"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    file = SentFileField(label=_("A photograph or document"))

    def prepare(self) -> None:
        field: Any = self.fields["item"]
        field.choices = [(str(row["id"]), _label(row)) for row in self.rows]

    def clean(self) -> dict[str, Any]:
        """The amount in minor units; the whole of what is open and not in question yet where none is given."""
        cleaned = super().clean() or {}
        row = next((row for row in self.rows if str(row["id"]) == cleaned.get("item")), None)
        if row is not None:
            whole = row["open_minor"] - row["contested_minor"]
            given = cleaned.get("amount")
            cleaned["minor"] = amount_field(given, row["currency"], self, "amount") if given else whole
            cleaned["row"] = row
        return cleaned

    def act(self, reader: Reader, customer: Customer, now: Any) -> bool:
        """Open the case, with its evidence kept."""
        given = self.cleaned_data
        file = given.get("file")
        kept = [keep(customer, reader.actor(customer), file, now).id] if file else []
        line = Line(given["row"]["id"], given["minor"])
        return actions.contest(reader, [line], given["reason"], given["note"], kept, now)


class PlanForm(AnswerForm):
    """Ask for instalments."""

    heading = _("Pay in instalments")
    intro = _("Say how you could pay. We answer with an offer that you can accept on this page.")
    verb = _("Ask for instalments")
    thanks = _("Thank you. We answer with an offer.")
    count = forms.IntegerField(label=_("How many instalments"), min_value=2, max_value=MOST_COUNT, initial=3)
    first_on = forms.DateField(label=_("First payment on"), widget=DateInput())
    text = forms.CharField(
        label=_("What you want to tell us"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def prepare(self) -> None:
        last = self.today + timedelta(days=MOST_AHEAD_DAYS)
        self.fields["first_on"].widget.attrs |= {"min": self.today.isoformat(), "max": last.isoformat()}

    def clean_first_on(self) -> date:
        """A day from today on, not far ahead."""
        day: date = self.cleaned_data["first_on"]
        if not self.today <= day <= self.today + timedelta(days=MOST_AHEAD_DAYS):
            said = gettext("Choose a day within the next %(days)s days.")
            raise forms.ValidationError(said % {"days": MOST_AHEAD_DAYS})
        return day

    def act(self, reader: Reader, customer: Customer, now: Any) -> bool:
        """Keep the request."""
        given = self.cleaned_data
        said = {"count": given["count"], "first_on": given["first_on"].isoformat()}
        return actions.ask(reader, PageRequest.Kind.PLAN, said, given["text"], now)


class PersonForm(AnswerForm):
    """Somebody else is the right person."""

    heading = _("I am not the right person")
    intro = _("Who should we write to? Leave it empty if you do not know.")
    verb = _("Send")
    thanks = _("Thank you. We will not bother you with this again.")
    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False, widget=forms.EmailInput(attrs={"dir": "ltr"}))
    phone = forms.CharField(
        label=_("Telephone"), max_length=40, required=False, widget=forms.TextInput(attrs={"type": "tel", "dir": "ltr"})
    )
    text = forms.CharField(
        label=_("What you want to tell us"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def act(self, reader: Reader, customer: Customer, now: Any) -> bool:
        """Keep the request."""
        given = self.cleaned_data
        said = {name: given[name] for name in ("name", "email", "phone")} | {"is_wrong_person": True}
        return actions.ask(reader, PageRequest.Kind.PERSON, said, given["text"], now)


class QuestionForm(AnswerForm):
    """Anything else."""

    heading = _("Ask us")
    verb = _("Send")
    thanks = _("Thank you. We come back to you.")
    text = forms.CharField(label=_("Your question"), max_length=2000, widget=forms.Textarea(attrs={"rows": 5}))

    def act(self, reader: Reader, customer: Customer, now: Any) -> bool:
        """Keep the request."""
        return actions.ask(reader, PageRequest.Kind.QUESTION, {}, self.cleaned_data["text"], now)


FORMS: dict[str, type[AnswerForm]] = {
    "paid": PaidForm, "promise": PromiseForm, "instalments": PlanForm, "dispute": ContestForm, "person": PersonForm,
    "ask": QuestionForm,
}  # fmt: skip


def _label(row: Row) -> str:
    return f"{row['number']} · {format_amount(row['free_minor'], row['currency'])} {row['currency']}"
