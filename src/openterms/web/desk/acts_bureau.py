"""The act of getting a report on a customer from a bureau: what it costs, and whether it could change anything."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.credit.bureau import reads
from openterms.apps.credit.bureau.models import BureauAccount
from openterms.core.credit.information import Chance

from . import acts, display
from .display import reason_texts

OUTCOMES = {
    "approve": gettext_lazy("approve"),
    "counter_offer": gettext_lazy("make a counter-offer"),
    "refer": gettext_lazy("a person decides"),
    "decline": gettext_lazy("decline"),
}


@acts.register("report")
class ReportForm(acts.ActForm):
    """A report of one account. What could not change the decision needs a person's reason."""

    heading = gettext_lazy("Get a report")
    verb = gettext_lazy("Get report")
    intro = gettext_lazy("The bureau is asked in the background. A young report is used again, and free.")
    right = "bureau"

    account = forms.ChoiceField(label=gettext_lazy("From"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Needed only for a report that could not change the decision."),
    )  # fmt: skip

    def prepare(self) -> None:
        """Each account with its price and what it could change."""
        found = list(reads.accounts(self.place.seller))
        self.chances = {one.code: self._chance(one) for one in found}
        self.fields["account"].choices = [(one.code, self._label(one)) for one in found]  # type: ignore[attr-defined]
        if found and "account" not in self.initial:
            self.initial["account"] = found[0].code

    def _chance(self, account: BureauAccount) -> Chance | None:
        """Whether a report could change what the policy in force decides, whatever else is still to be learnt."""
        place, currency = self.place, self.place.customer.currency
        policy = reads.policy_in_force(place.seller, currency, place.today)
        if policy is None:
            return None
        told = reads.facts_from_reports(place.seller, place.customer, place.today, currency)
        facts = {**reads.own_facts(place.customer), **{name: value for name, (value, _s, _d) in told.items()}}
        return reads.worth(account, told, policy, facts, None, is_complete=False)

    def _label(self, account: BureauAccount) -> str:
        price = f"{display.amount(account.cost_minor, self.place.seller.currency)} {self.place.seller.currency}"
        label = f"{account.adapter} {account.product}, {price}"
        why = self._why_not(account.code)
        return f"{label}. {why}" if why else label

    def _why_not(self, code: str) -> str:
        """Why a report could not change the decision, in the person's language; empty where it could."""
        chance = self.chances.get(code)
        if chance is None or chance.reason is None:
            return ""
        reason = chance.reason
        params = {name: str(OUTCOMES.get(str(value), value)) for name, value in reason.params.items()}
        return reason_texts({"staff": reason.staff, "params": params})["text"]

    def clean(self) -> dict[str, Any]:
        """A reason where the report could not change the decision."""
        given = super().clean() or {}
        code = given.get("account", "")
        if code and not given.get("reason", "").strip() and (why := self._why_not(code)):
            self.add_error("reason", _("%(why)s Say why it is wanted all the same.") % {"why": why})
        return given

    def act(self) -> acts.Outcome:
        """Hand it to the worker, in this transaction."""
        from procrastinate.contrib.django import app

        given, place = self.cleaned_data, self.place
        app.configure_task("fetch_report", allow_unknown=True).defer(
            seller_id=str(place.seller.id),
            customer_id=str(place.customer.id),
            user_id=str(place.actor.user_id),
            account=given["account"],
            reason=given["reason"].strip(),
        )
        return acts.Outcome(_("The report is being fetched."))
