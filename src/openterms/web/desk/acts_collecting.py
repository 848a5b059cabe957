"""The acts of collecting: call log, note, promise, dispute, pause."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django import forms
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.collecting.pause.actions import pause
from openterms.apps.collecting.pause.models import Pause
from openterms.apps.collecting.promise.actions import promise
from openterms.apps.collecting.worklist.actions import log_activity
from openterms.apps.collecting.worklist.models import Activity, Outcome
from openterms.apps.parties.actions import add_note
from openterms.apps.parties.models import Contact
from openterms.apps.receivables.dispute.actions import open_dispute
from openterms.apps.receivables.dispute.models import DisputeReason
from openterms.apps.receivables.open_item import reads as item_reads
from openterms.core.base.money import to_decimal

from . import acts, display, refusals
from .doing import amount_field
from .files import FilesField, keep
from .widgets import ItemChoice

MOST_ITEMS = 200


def _contacts(place: acts.Place) -> list[tuple[str, str]]:
    people = place.customer.contact_set.filter(is_active=True).order_by("do_not_contact", "role", "name")[:50]
    return [(str(one.id), f"{one.name}, {one.get_role_display()}") for one in people]


def _contact(place: acts.Place, given: str) -> Contact | None:
    if not given:
        return None
    return Contact.objects.filter(seller=place.seller, customer=place.customer, id=UUID(given)).first()


class PersonForm(acts.ActForm):
    """An act in which one spoke with somebody."""

    contact = forms.ChoiceField(label=gettext_lazy("Person reached"), required=False)
    person_reached = forms.CharField(label=gettext_lazy("Or another person"), max_length=200, required=False)

    def prepare(self) -> None:
        """The customer's contacts to choose from."""
        self.fields["contact"].choices = [("", _("Nobody, or another person")), *_contacts(self.place)]  # type: ignore[attr-defined]

    def person(self) -> str:
        """The name of who was reached."""
        contact = _contact(self.place, self.cleaned_data["contact"])
        return self.cleaned_data["person_reached"].strip() or (contact.name if contact else "")


@acts.register("call")
class CallForm(PersonForm):
    """The outcome of a call, letter, mail or visit."""

    heading = gettext_lazy("Log a call")
    verb = gettext_lazy("Record outcome")
    leaves_list = True

    kind = forms.ChoiceField(
        label=gettext_lazy("How"), choices=[c for c in Activity.Kind.choices if c[0] != "note"], initial="call",
        widget=forms.RadioSelect,
    )  # fmt: skip
    outcome = forms.ChoiceField(
        label=gettext_lazy("Outcome"), choices=Outcome.choices, widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how it ended.")},
    )  # fmt: skip
    note = forms.CharField(
        label=gettext_lazy("What was said"), required=False, max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    next_on = forms.DateField(
        label=gettext_lazy("Come back on"), required=False,
        help_text=gettext_lazy("The customer returns to the worklist that day."),
    )  # fmt: skip

    field_order = ("outcome", "contact", "person_reached", "note", "next_on", "kind")

    def prepare(self) -> None:
        """Whom one may reach, and why not now; what was done already is recorded all the same."""
        super().prepare()
        self.refusals = refusals.of_call(self.place.customer.id, self.place.now).reasons

    def act(self) -> acts.Outcome:
        """Log it; with a piece of work its step is taken."""
        given, place = self.cleaned_data, self.place
        logged = log_activity(
            place.seller, place.actor, place.customer, given["kind"], place.today, place.now,
            outcome=given["outcome"], contact=_contact(place, given["contact"]),
            person_reached=given["person_reached"].strip(), note=given["note"], next_on=given["next_on"],
            work_item_id=place.work["id"] if place.work else None,
        )  # fmt: skip
        said = _("Recorded: %(outcome)s.") % {"outcome": dict(Outcome.choices)[given["outcome"]]}
        return acts.Outcome(said, reverse("desk:strike", args=[logged.id]))


@acts.register("note")
class NoteForm(acts.ActForm):
    """A remark that stays with the customer."""

    heading = gettext_lazy("Write a note")
    verb = gettext_lazy("Save note")
    right = "note"

    text = forms.CharField(
        label=gettext_lazy("Note"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5, "autofocus": True})
    )

    def act(self) -> acts.Outcome:
        """Keep the remark."""
        place = self.place
        add_note(place.customer, place.actor, self.cleaned_data["text"], place.now)
        return acts.Outcome(_("The note is saved."))


class ItemsForm(PersonForm):
    """An act about some of the open items, all in one currency."""

    def open_items(self) -> list[dict[str, Any]]:
        """The open items of the debit side that the act can be about, in one currency."""
        found = item_reads.open_items(self.place.seller, self.place.customer.id, self.place.today, MOST_ITEMS)
        debit = [one for one in found if one["is_debit"]]
        chosen = [one for one in debit if one["id"] in self.place.chosen]
        wanted = chosen[0]["currency"] if chosen else self.place.work["currency"] if self.place.work else None
        wanted = wanted or (debit[0]["currency"] if debit else self.place.customer.currency)
        self.currency = wanted
        return [one for one in debit if one["currency"] == wanted]

    def preferred(self, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The items chosen before, else those the work is about, else all that are overdue, else all."""
        work = {str(item) for item in self.place.work["item_ids"]} if self.place.work else set()
        for wanted in (
            [one for one in found if one["id"] in self.place.chosen],
            [one for one in found if str(one["id"]) in work and one["collectable_minor"] > 0],
            [one for one in found if one["days_overdue"] > 0 and one["collectable_minor"] > 0],
        ):
            if wanted:
                return wanted
        return [one for one in found if one["collectable_minor"] > 0]


@acts.register("promise")
class PromiseForm(ItemsForm):
    """What a named person promised to pay, and when."""

    heading = gettext_lazy("Record a promise")
    verb = gettext_lazy("Record promise")
    leaves_list = True
    places = {"date": "promised_for"}

    amount = forms.CharField(label=gettext_lazy("Amount"), max_length=40)
    promised_for = forms.DateField(label=gettext_lazy("To be paid on"))
    items = forms.MultipleChoiceField(
        label=gettext_lazy("For these invoices"), widget=ItemChoice,
        error_messages={"required": gettext_lazy("Choose the invoices that it is for.")},
    )  # fmt: skip
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    field_order = ("amount", "promised_for", "contact", "person_reached", "items", "note")

    def prepare(self) -> None:
        """All that is overdue and free is proposed, a week from now."""
        super().prepare()
        found = self.open_items()
        preferred = self.preferred(found)
        free = sum(max(one["collectable_minor"], 0) for one in preferred)
        field = self.fields["items"]
        field.choices = [(str(one["id"]), SimpleNamespace(**one)) for one in found]  # type: ignore[attr-defined]
        field.widget.attrs["sum"] = "id_amount"
        self.initial.setdefault("items", [str(one["id"]) for one in preferred])
        self.initial.setdefault("amount", f"{to_decimal(free, self.currency):f}")
        self.initial.setdefault("promised_for", self.place.today + timedelta(days=7))
        self.fields["amount"].label = _("Amount in %(currency)s") % {"currency": self.currency}
        self.fields["amount"].widget.attrs |= {"inputmode": "decimal", "dir": "ltr", "autocomplete": "off"}

    def clean_amount(self) -> int | None:
        """Minor units."""
        return amount_field(self.cleaned_data["amount"], self.currency, self, "amount")

    def act(self) -> acts.Outcome:
        """Record the promise and that somebody was spoken to."""
        given, place = self.cleaned_data, self.place
        made = promise(
            place.seller, place.actor, place.customer, [UUID(one) for one in given["items"]], given["amount"],
            given["promised_for"], place.today, place.now, made_by=self.person(), note=given["note"].strip(),
        )  # fmt: skip
        if place.work:
            log_activity(
                place.seller, place.actor, place.customer, "call", place.today, place.now, outcome="promised",
                contact=_contact(place, given["contact"]), person_reached=given["person_reached"].strip(),
                work_item_id=place.work["id"],
            )  # fmt: skip
        said = {
            "amount": f"{display.amount(given['amount'], self.currency)} {self.currency}",
            "day": display.day(given["promised_for"]),
        }
        return acts.Outcome(
            _("Promise recorded: %(amount)s by %(day)s.") % said,
            reverse("desk:withdraw_promise", args=[made.id]) + "?together",
        )


@acts.register("dispute")
class DisputeForm(ItemsForm):
    """What the customer contests of an invoice, and why."""

    heading = gettext_lazy("Record a dispute")
    verb = gettext_lazy("Record dispute")

    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"), choices=DisputeReason.choices, widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what the customer objects to.")},
    )  # fmt: skip
    items = forms.MultipleChoiceField(
        label=gettext_lazy("Of these invoices"), widget=ItemChoice,
        error_messages={"required": gettext_lazy("Choose the invoices that are disputed.")},
    )  # fmt: skip
    amount = forms.CharField(
        label=gettext_lazy("Amount"), max_length=40, required=False,
        help_text=gettext_lazy("Leave empty to dispute all that is open of the invoices chosen."),
    )  # fmt: skip
    note = forms.CharField(
        label=gettext_lazy("What the customer says"), required=False, max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    files = FilesField(label=gettext_lazy("Evidence"))
    field_order = ("reason", "items", "amount", "note", "files")

    def prepare(self) -> None:
        """Nothing is chosen beforehand, unless it was chosen in the list."""
        super().prepare()
        del self.fields["contact"], self.fields["person_reached"]
        self.found = {str(one["id"]): one for one in self.open_items()}
        self.fields["items"].choices = [  # type: ignore[attr-defined]
            (key, SimpleNamespace(**one)) for key, one in self.found.items()
        ]
        self.initial.setdefault("items", [str(one) for one in self.place.chosen if str(one) in self.found])
        self.fields["amount"].label = _("Amount in %(currency)s") % {"currency": self.currency}
        self.fields["amount"].widget.attrs |= {"inputmode": "decimal", "dir": "ltr", "autocomplete": "off"}

    def clean(self) -> dict[str, Any]:
        """An amount is for one invoice; several are disputed whole."""
        given = super().clean() or {}
        if given.get("amount") and len(given.get("items", ())) > 1:
            self.add_error("amount", _("Give an amount for one invoice alone, or leave it empty."))
        elif given.get("amount"):
            given["minor"] = amount_field(given["amount"], self.currency, self, "amount")
        return given

    def act(self) -> acts.Outcome:
        """Open a dispute for each invoice, all with the same evidence; with a fault nothing is kept."""
        given, place = self.cleaned_data, self.place
        opened = None
        with transaction.atomic():
            kept = [keep(place.customer, place.actor, one, place.now).id for one in given["files"]]
            for item_id in given["items"]:
                item = self.found[item_id]
                minor = given.get("minor") or item["open_minor"] - item["contested_minor"]
                opened = open_dispute(
                    place.seller, place.actor, UUID(item_id), minor, given["reason"], place.today, place.now,
                    given["note"].strip(), kept,
                )  # fmt: skip
        undo = reverse("desk:withdraw_dispute", args=[opened.id]) + "?together=1" if opened else ""
        return acts.Outcome(_("The dispute is recorded. What is contested is not chased until it is decided."), undo)


@acts.register("pause")
class PauseForm(acts.ActForm):
    """No dunning until a day."""

    heading = gettext_lazy("Pause dunning")
    verb = gettext_lazy("Pause dunning")
    intro = gettext_lazy(
        "Nothing is asked of the customer until that day. Orders go on unless you also put it on hold."
    )

    kind = forms.ChoiceField(label=gettext_lazy("Why"), choices=Pause.Kind.choices, widget=forms.RadioSelect)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    until = forms.DateField(label=gettext_lazy("Until"))

    def prepare(self) -> None:
        """Two weeks are proposed."""
        self.initial.setdefault("kind", Pause.Kind.QUERY)
        self.initial.setdefault("until", self.place.customer.paused_until or self.place.today + timedelta(days=14))

    def clean_until(self) -> Any:
        """A day to come."""
        until = self.cleaned_data["until"]
        if until < self.place.today:
            raise forms.ValidationError(_("That day has passed. Give a later one."))
        return until

    def act(self) -> acts.Outcome:
        """Keep the pause; chosen items are paused alone."""
        place, given = self.place, self.cleaned_data
        until = given["until"]
        pause(
            place.seller, place.actor, place.customer, given["kind"], given["reason"], until, place.today, place.now,
            place.chosen,
        )  # fmt: skip
        undo = reverse("desk:unpause", args=[place.customer.id])
        return acts.Outcome(_("Dunning is paused until %(day)s.") % {"day": display.day(until)}, undo)
