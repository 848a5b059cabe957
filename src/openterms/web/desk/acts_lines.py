"""The acts of credit lines: suspend, resume, reduce, set the last day, cancel, offer; and cover."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.collecting.handover.actions import cancel_and_collect
from openterms.apps.credit.cover import actions as cover
from openterms.apps.credit.cover.models import Cover
from openterms.apps.credit.line import states
from openterms.apps.credit.line.models import Line
from openterms.apps.credit.line.states import Told
from openterms.apps.credit.offer.actions import Offered, make_offer
from openterms.apps.parties.models import Attachment
from openterms.core.base.money import to_decimal

from . import acts, display
from .doing import amount_field
from .posting_forms import currencies

AMOUNT = {"inputmode": "decimal", "dir": "ltr", "autocomplete": "off"}
OFFER_DAYS = 14


def _text(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class LineAct(acts.ActForm):
    """A verb of one line, with the reason that stays with us and the notice that the customer reads."""

    right = "line"
    currency = forms.ChoiceField(label=gettext_lazy("Currency"))
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500, widget=_text(2))
    message = forms.CharField(
        label=gettext_lazy("Notice to the customer"), max_length=2000, required=False, widget=_text(3),
        help_text=gettext_lazy("The principal reasons, as the customer reads them. Empty: no notice."),
    )  # fmt: skip
    said: Promise | str = ""

    def prepare(self) -> None:
        """The currencies in which the customer has a line."""
        lines = Line.objects.filter(seller=self.place.seller, customer=self.place.customer).order_by("currency")
        known = [line.currency for line in lines] or [self.place.customer.currency]
        self.fields["currency"].choices = [(code, code) for code in known]  # type: ignore[attr-defined]
        self.lines = {line.currency: line for line in lines}

    @property
    def told(self) -> Told:
        """Reason and notice."""
        return Told(reason=self.cleaned_data["reason"], message=self.cleaned_data["message"])

    def where(self) -> tuple[Any, ...]:
        """Whose line it is, and who acts."""
        place = self.place
        return (place.seller, place.actor, place.customer, self.cleaned_data["currency"])

    def done(self) -> acts.Outcome:
        """What is said afterwards."""
        return acts.Outcome(str(self.said))


@acts.register("suspend-line")
class SuspendForm(LineAct):
    """No new orders for now."""

    heading = gettext_lazy("Suspend the line")
    verb = gettext_lazy("Suspend")
    intro = gettext_lazy("New orders wait for a person until the line is resumed. What is authorised stays held.")
    said = gettext_lazy("The line is suspended.")

    def act(self) -> acts.Outcome:
        """Suspend it."""
        states.suspend_line(*self.where(), self.told, self.place.now)
        return self.done()


@acts.register("resume-line")
class ResumeForm(LineAct):
    """Orders again."""

    heading = gettext_lazy("Resume the line")
    verb = gettext_lazy("Resume")
    intro = gettext_lazy("Orders are taken on the line again.")
    said = gettext_lazy("The line is resumed.")

    def act(self) -> acts.Outcome:
        """Resume it."""
        states.resume_line(*self.where(), self.told, self.place.now)
        return self.done()


@acts.register("reduce-line")
class ReduceForm(LineAct):
    """A lower limit at once, with a notice."""

    heading = gettext_lazy("Reduce the limit")
    verb = gettext_lazy("Reduce")
    intro = gettext_lazy("The lower limit holds at once. What is owed and authorised stays as it is.")
    places = {"limit": "amount"}
    amount = forms.CharField(
        label=gettext_lazy("New limit"), max_length=40, widget=forms.TextInput(attrs=AMOUNT)
    )
    field_order = ("currency", "amount", "reason", "message")

    def clean(self) -> dict[str, Any]:
        """The limit in minor units."""
        given = super().clean() or {}
        if given.get("amount") and given.get("currency"):
            given["minor"] = amount_field(given["amount"], given["currency"], self, "amount")
        return given

    def act(self) -> acts.Outcome:
        """Reduce it."""
        given = self.cleaned_data
        states.reduce_line(*self.where(), given["minor"], self.told, self.place.now)
        amount = f"{display.amount(given['minor'], given['currency'])} {given['currency']}"
        return acts.Outcome(_("The limit is now %(amount)s.") % {"amount": amount})


@acts.register("end-line")
class EndForm(LineAct):
    """Through which day the line holds."""

    heading = gettext_lazy("Set the last day of the line")
    verb = gettext_lazy("Set the last day")
    said = gettext_lazy("The last day is set.")
    until = forms.DateField(
        label=gettext_lazy("Last day"), required=False, help_text=gettext_lazy("Empty: the line has no end.")
    )
    field_order = ("currency", "until", "reason", "message")

    def act(self) -> acts.Outcome:
        """Set it."""
        states.end_line(*self.where(), self.cleaned_data["until"], self.told, self.place.now)
        return self.done()


@acts.register("cancel-line")
class CancelForm(LineAct):
    """No orders any more; collecting takes over."""

    heading = gettext_lazy("Cancel the line")
    verb = gettext_lazy("Cancel the line")
    intro = gettext_lazy(
        "The limit becomes zero and no order is taken any more. What is overdue goes to the worklist today."
    )

    def act(self) -> acts.Outcome:
        """Cancel it, and pass on what is overdue."""
        passed = cancel_and_collect(*self.where(), self.told, self.place.now)
        if not passed.overdue_minor:
            return acts.Outcome(_("The line is cancelled."))
        amount = f"{display.amount(passed.overdue_minor, passed.step.currency)} {passed.step.currency}"
        return acts.Outcome(_("The line is cancelled; %(amount)s goes to collecting.") % {"amount": amount})


@acts.register("offer-limit")
class OfferForm(LineAct):
    """A limit that waits for the customer's yes."""

    heading = gettext_lazy("Offer a limit")
    verb = gettext_lazy("Make the offer")
    intro = gettext_lazy("The limit changes once the customer accepts, by a personal link or through you.")
    places = {"limit": "amount"}
    amount = forms.CharField(label=gettext_lazy("Limit"), max_length=40, widget=forms.TextInput(attrs=AMOUNT))
    terms = forms.CharField(
        label=gettext_lazy("Payment terms"), max_length=120, required=False,
        help_text=gettext_lazy("Empty: they stay as they are."), widget=forms.TextInput(attrs={"dir": "ltr"}),
    )  # fmt: skip
    until = forms.DateField(
        label=gettext_lazy("Only until"), required=False,
        help_text=gettext_lazy("The last day of a temporary limit. Empty: it lasts."),
    )  # fmt: skip
    answer_by = forms.DateField(label=gettext_lazy("Last day to answer"))
    field_order = ("currency", "amount", "terms", "until", "answer_by", "reason", "message")

    def prepare(self) -> None:
        """Any currency of the seller, two weeks to answer."""
        super().prepare()
        known = currencies(self.place.seller, self.place.customer)
        self.fields["currency"].choices = [(code, code) for code in known]  # type: ignore[attr-defined]
        self.fields["message"].label = gettext_lazy("Reasons for the customer")
        self.fields["message"].help_text = ""
        self.initial.setdefault("answer_by", self.place.today + timedelta(days=OFFER_DAYS))
        line = self.lines.get(str(self.initial.get("currency") or known[0]))
        if line is not None and line.limit_minor:
            self.initial.setdefault("amount", f"{to_decimal(line.limit_minor, line.currency):f}")

    def clean(self) -> dict[str, Any]:
        """The limit in minor units."""
        given = super().clean() or {}
        if given.get("amount") and given.get("currency"):
            given["minor"] = amount_field(given["amount"], given["currency"], self, "amount")
        return given

    def act(self) -> acts.Outcome:
        """Make it; its link is made on its own page."""
        given, place = self.cleaned_data, self.place
        wanted = Offered(
            limit_minor=given["minor"], currency=given["currency"], answer_by=given["answer_by"],
            reason=given["reason"], message=given["message"], terms=given["terms"], until=given["until"],
        )  # fmt: skip
        make_offer(place.seller, place.actor, place.customer, wanted, place.now)
        return acts.Outcome(_("The offer waits for the customer. Make its link on the customer's page."))


@acts.register("cover")
class CoverForm(acts.ActForm):
    """What covers a customer: an insured limit, a guarantee, a deposit."""

    heading = gettext_lazy("Add cover")
    verb = gettext_lazy("Add cover")
    intro = gettext_lazy(
        "A deposit gives room for orders. A guarantee and an insured limit say what others would bear."
    )
    right = "line"
    places = {"document": "document_id", "share": "share"}

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Cover.Kind.choices, widget=forms.RadioSelect)
    currency = forms.ChoiceField(label=gettext_lazy("Currency"))
    amount = forms.CharField(label=gettext_lazy("Amount"), max_length=40, widget=forms.TextInput(attrs=AMOUNT))
    share = forms.DecimalField(
        label=gettext_lazy("Share covered, in per cent"), min_value=0, max_value=100, decimal_places=2, initial=100,
        widget=forms.TextInput(attrs=AMOUNT),
    )  # fmt: skip
    valid_from = forms.DateField(label=gettext_lazy("First day"))
    valid_until = forms.DateField(
        label=gettext_lazy("Last day"), required=False, help_text=gettext_lazy("Empty: an open end.")
    )
    issuer = forms.CharField(
        label=gettext_lazy("Issued by"), max_length=200, required=False,
        help_text=gettext_lazy("The insurer, bank or parent company."),
    )  # fmt: skip
    reference = forms.CharField(
        label=gettext_lazy("Reference"), max_length=100, required=False, widget=forms.TextInput(attrs={"dir": "ltr"})
    )
    document_id = forms.ChoiceField(label=gettext_lazy("Document"), required=False)

    def prepare(self) -> None:
        """Currencies, and the files that are kept with the customer."""
        place = self.place
        known = currencies(place.seller, place.customer)
        self.fields["currency"].choices = [(code, code) for code in known]  # type: ignore[attr-defined]
        files = Attachment.objects.filter(seller=place.seller, customer=place.customer).order_by("-id")[:50]
        choices = [("", _("None")), *((str(one.id), one.name) for one in files)]
        self.fields["document_id"].choices = choices  # type: ignore[attr-defined]
        self.initial.setdefault("kind", Cover.Kind.INSURED.value)
        self.initial.setdefault("valid_from", place.today)

    def clean(self) -> dict[str, Any]:
        """The amount in minor units."""
        given = super().clean() or {}
        if given.get("amount") and given.get("currency"):
            given["minor"] = amount_field(given["amount"], given["currency"], self, "amount")
        return given

    def act(self) -> acts.Outcome:
        """Keep it."""
        given, place = self.cleaned_data, self.place
        terms = cover.Terms(
            kind=given["kind"], amount_minor=given["minor"], currency=given["currency"],
            share_bp=int(given["share"] * 100), valid_from=given["valid_from"], valid_until=given["valid_until"],
            issuer=given["issuer"], reference=given["reference"], document_id=given["document_id"] or None,
        )  # fmt: skip
        cover.add_cover(place.seller, place.actor, place.customer, terms, place.now)
        return acts.Outcome(_("The cover is kept."))
