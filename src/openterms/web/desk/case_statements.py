"""A customer's financial statement, as a form."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.credit.decision.actions import record_statement
from openterms.apps.credit.decision.given import FIGURES
from openterms.apps.credit.decision.models import FinancialStatement
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput
from openterms.core.base.money import exponent
from openterms.core.credit.failure import Kind

from .access import actor, require, staff
from .case_forms import amount_input, show_form
from .customer import customer_of
from .doing import amount_field, attempt, done
from .posting_forms import DateInput

FIGURE_WORDS: dict[str, Promise | str] = {
    "total_assets_minor": gettext_lazy("Total assets"),
    "current_assets_minor": gettext_lazy("Current assets"),
    "inventory_minor": gettext_lazy("Stock"),
    "prepaid_minor": gettext_lazy("Prepaid expenses"),
    "goodwill_minor": gettext_lazy("Goodwill"),
    "intangibles_minor": gettext_lazy("Other intangibles"),
    "owner_loans_minor": gettext_lazy("Owed by owners"),
    "current_liabilities_minor": gettext_lazy("Current liabilities"),
    "total_liabilities_minor": gettext_lazy("Total liabilities"),
    "retained_earnings_minor": gettext_lazy("Retained earnings"),
    "equity_minor": gettext_lazy("Equity"),
    "market_equity_minor": gettext_lazy("Equity at market value"),
    "sales_minor": gettext_lazy("Sales"),
    "ebit_minor": gettext_lazy("Profit before interest and tax"),
    "interest_minor": gettext_lazy("Interest"),
    "net_income_minor": gettext_lazy("Net profit"),
    "funds_from_operations_minor": gettext_lazy("Funds from operations"),
}


class StatementForm(forms.Form):
    """What a customer reported for a period."""

    currency = forms.CharField(
        label=gettext_lazy("Currency"), min_length=3, max_length=3, widget=forms.TextInput(attrs={"dir": "ltr"})
    )
    ends_on = forms.DateField(label=gettext_lazy("Last day of the period"), widget=DateInput())
    months = forms.IntegerField(label=gettext_lazy("Months"), min_value=1, max_value=24, initial=12)
    kind = forms.ChoiceField(
        label=gettext_lazy("Who stands behind it"), required=False,
        choices=[("", gettext_lazy("Nobody said")), ("audited", gettext_lazy("audited")),
                 ("reviewed", gettext_lazy("reviewed")), ("own", gettext_lazy("their own"))],
    )  # fmt: skip
    business = forms.ChoiceField(
        label=gettext_lazy("What they do"), initial=Kind.OTHER.value,
        choices=[(Kind.MANUFACTURER.value, gettext_lazy("Make goods")),
                 (Kind.OTHER.value, gettext_lazy("Trade, build or serve")), (Kind.BANK.value, gettext_lazy("Bank")),
                 (Kind.INSURER.value, gettext_lazy("Insurer")), (Kind.START_UP.value, gettext_lazy("Start-up")),
                 (Kind.HOLDING.value, gettext_lazy("Holding company"))],
    )  # fmt: skip
    is_listed = forms.BooleanField(label=gettext_lazy("Listed on an exchange"), required=False)
    is_emerging = forms.BooleanField(label=gettext_lazy("In an emerging market"), required=False)
    source = forms.CharField(label=gettext_lazy("Where from"), max_length=80, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in FIGURES:
            self.fields[name] = forms.CharField(
                label=FIGURE_WORDS[name], max_length=40, required=False, widget=amount_input()
            )

    def clean(self) -> dict[str, Any]:
        """The figures in minor units; those left empty are unknown."""
        given = super().clean() or {}
        given["figures"] = {}
        currency = str(given.get("currency") or "").upper()
        try:
            exponent(currency)
        except BadInput:
            self.add_error("currency", _("There is no currency %(code)s.") % {"code": currency})
            return given
        given["currency"] = currency
        for name in FIGURES:
            if given.get(name):
                given["figures"][name] = amount_field(given[name], currency, self, name)
        return given


@staff
def statement_page(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Keep a customer's financial statement; decisions take it from the next time on."""
    require(request, "credit")
    customer = customer_of(request, customer_id)
    form = StatementForm(request.POST or None, initial={"currency": customer.currency})
    back = reverse("desk:customer", args=[customer.id])
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: _keep_statement(request, customer, form.cleaned_data))
        if made is not None:
            return done(request, _("The statement is kept."), back)
    return show_form(
        request, form, _("Financial statement"), _("Keep it"), back, customer,
        reverse("desk:case_statement", args=[customer.id]),
    )  # fmt: skip


def _keep_statement(request: HttpRequest, customer: Customer, given: dict[str, Any]) -> FinancialStatement:
    ends_on: date = given["ends_on"]
    statement = FinancialStatement(
        customer=customer, currency=given["currency"], ends_on=ends_on, months=given["months"], kind=given["kind"],
        business=given["business"], is_listed=given["is_listed"], is_emerging=given["is_emerging"],
        figures=given["figures"], source=given["source"],
    )  # fmt: skip
    return record_statement(customer.seller, actor(request), statement, clock.now())
