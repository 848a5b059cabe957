"""What bureaus say of a customer: the section of the customer's page, and a report as it was received."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.credit.bureau import reads
from openterms.apps.credit.bureau.actions import read_raw
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput
from openterms.core.credit.facts import CREDIT_FACTS

from . import display
from .access import actor, staff

SHOWN = 6
FAULTS_SHOWN = 3
LABELS: dict[str, Promise | str] = {
    "bureau_score": gettext_lazy("Score, of 1,000"),
    "bureau_limit_minor": gettext_lazy("Recommended limit"),
    "payment_index": gettext_lazy("Payment index"),
    "bureau_dbt_days": gettext_lazy("Days beyond terms"),
    "insurer_limit_minor": gettext_lazy("Insured limit"),
    "insolvent": gettext_lazy("Insolvent"),
    "judgments": gettext_lazy("Court judgments"),
    "judgments_minor": gettext_lazy("Amount of judgments"),
    "register_status": gettext_lazy("In the register"),
    "months_trading": gettext_lazy("Months trading"),
    "director_changes": gettext_lazy("Changes of directors"),
    "accounts_late": gettext_lazy("Yearly accounts late"),
    "statements_age_months": gettext_lazy("Age of statements, months"),
    "total_assets_minor": gettext_lazy("Total assets"),
    "revenue_minor": gettext_lazy("Sales"),
    "tangible_net_worth_minor": gettext_lazy("Tangible net worth"),
    "working_capital_minor": gettext_lazy("Working capital"),
    "net_income_minor": gettext_lazy("Profit"),
    "current_ratio_c": gettext_lazy("Current ratio"),
    "quick_ratio_c": gettext_lazy("Quick ratio"),
    "debt_to_equity_c": gettext_lazy("Liabilities to equity"),
    "interest_cover_c": gettext_lazy("Interest cover"),
    "altman_z_c": gettext_lazy("Altman Z"),
    "ohlson_bp": gettext_lazy("Chance of failure"),
    "negative_equity": gettext_lazy("Negative equity"),
    "statements_kind": gettext_lazy("Statements are"),
}
"""Facts as people read them; `bureau_age_days` shows as the reports' days."""

CODES: dict[str, Promise | str] = {
    "active": gettext_lazy("active"),
    "dormant": gettext_lazy("dormant"),
    "closing": gettext_lazy("closing"),
    "closed": gettext_lazy("closed"),
    "not_found": gettext_lazy("not found"),
    "audited": gettext_lazy("audited"),
    "reviewed": gettext_lazy("reviewed"),
    "own": gettext_lazy("their own"),
}


def section(customer: Customer, as_of: date, has_reports: bool) -> dict[str, Any]:
    """What the page shows: facts with source and day, the reports, what is under way and what failed today; nothing
    for a seller who asks no bureau.
    """
    seller = customer.seller
    reports = list(reads.reports_of(seller, customer)) if has_reports else []
    has_accounts = reads.accounts(seller).exists()
    if not reports and not has_accounts:
        return {}
    known, purchases = reads.facts_of(reports, customer, as_of), reads.without_report(seller, customer, as_of)
    return {
        "facts": [
            {"label": LABELS[name], "value": shown(name, value, customer.currency), "source": source, "day": day}
            for name, (value, source, day) in known.items()
            if name in LABELS
        ],
        "reports": [
            {
                "id": row.id,
                "title": f"{row.bureau} {row.product}",
                "as_of": row.as_of,
                "age": (as_of - row.as_of).days,
                "is_old": not reads.is_valid(row, as_of),
                "cost_minor": row.cost_minor,
            }
            for row in reports[:SHOWN]
        ],
        "currency": seller.currency,
        "under_way": [one.account.code for one in purchases if one.state == "reserved"],
        "faults": [one for one in purchases if one.state != "reserved"][:FAULTS_SHOWN],
        "has_accounts": has_accounts,
    }


def shown(name: str, value: Any, currency: str) -> str:
    """A fact's value as people read it."""
    unit = CREDIT_FACTS[name].unit
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, str):
        return str(CODES.get(value, value))
    if unit == "minor":
        return f"{display.amount(value, currency)} {currency}"
    if unit in ("c", "bp"):
        return display.number(value / 100, 2) + (" %" if unit == "bp" else "")
    return display.number(value, 0)


@staff(right="bureau_raw")
def report_page(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """A report as it was received. That it was read goes to the journal."""
    seller = request.seller  # type: ignore[attr-defined]
    try:
        row = read_raw(seller, actor(request), report_id, clock.now())
    except BadInput as error:
        raise Http404 from error
    try:
        text = json.dumps(json.loads(row.raw), ensure_ascii=False, indent=2)
    except ValueError:
        text = row.raw
    context = {
        "row": row,
        "text": text,
        "figures": [
            {"label": LABELS[one["fact"]], "field": one["field"], "original": one["original"]}
            for one in row.figures
            if one["fact"] in LABELS and one["original"]
        ],
        "place": "customers",
        "currency": seller.currency,
        "crumbs": [
            {"href": reverse("desk:customers"), "label": _("Customers")},
            {"href": reverse("desk:customer", args=[row.customer_id]), "label": row.customer.name},
            {"label": f"{row.bureau} {row.product}"},
        ],
    }
    return render(request, "desk/bureau_report.html", context)
