"""One customer on one page: who they are, what they owe, how they pay, what is next and why."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.collecting.worklist import reads as work_reads
from openterms.apps.credit.account.reads import kept_of
from openterms.apps.credit.authorisation.overrides import open_overrides
from openterms.apps.credit.decision.reads import decisions_of
from openterms.apps.credit.hold.models import Hold
from openterms.apps.credit.line.models import Line
from openterms.apps.parties.models import Customer
from openterms.apps.parties.reads import around
from openterms.apps.receivables.invoice.papers import with_papers
from openterms.apps.receivables.open_item import reads as item_reads
from openterms.apps.receivables.standing.models import Standing
from openterms.apps.tenancy import clock

from . import (
    bureaus,
    claims_section,
    late_charge_section,
    line_section,
    matter_section,
    page_section,
    strategy_section,
    worklist_record,
)
from .access import may, staff, today
from .columns import in_one_currency
from .tables import Column, Table
from .timeline import timeline_of

OPEN_SHOWN = 15
CASES_SHOWN = 3
MOST_SHOWN = 300
ITEM_COLUMNS = (
    Column("number", gettext_lazy("Number"), "link"),
    Column("due_on", gettext_lazy("Due"), "date", weight=2),
    Column("days_overdue", gettext_lazy("State"), "template", template="desk/cells/state.html"),
    Column("signed_minor", gettext_lazy("Open"), "money", mixed=True),
    Column("has_paper", gettext_lazy("Paper"), "template", template="desk/cells/paper.html", weight=3),
)


def customer_of(request: HttpRequest, customer_id: UUID) -> Customer:
    """The customer in the address, if it is the seller's; otherwise there is nothing at that address."""
    seller = request.seller  # type: ignore[attr-defined]
    found = Customer.objects.filter(seller=seller, id=customer_id).select_related("group", "collector").first()
    if found is None:
        raise Http404
    found.seller = seller
    return found


@staff
def customer_page(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """The page; in the side panel the parts that matter on a call."""
    customer = customer_of(request, customer_id)
    context = owed(request, customer) | {"place": "customers", "crumbs": _crumbs(customer)}
    if request.headers.get("HX-Panel") == "true":
        return render(request, "desk/customer_panel.html", context)
    context["claimed"] = claims_section.section(customer, context["as_of"])
    context["own_page"] = page_section.section(customer)
    context |= around(customer, context["kept"]) | _rest(request, customer, context)
    return render(request, "desk/customer.html", context)


def owed(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """What panel and page share: the account by currency, lines, holds, standing, the next step."""
    as_of = today(request)
    kept = kept_of(customer.seller, customer.id)
    account = item_reads.account(customer.seller, customer.id, as_of)
    standings = list(Standing.objects.filter(seller=customer.seller, customer=customer).order_by("currency"))
    several = Line.objects.filter(seller=customer.seller, customer=customer) if "lines" in kept else ()
    lines = {line.currency: line for line in several}
    work = work_reads.work_of(customer.seller, customer.id)
    standing_holds = Hold.objects.filter(seller=customer.seller, customer=customer, lifted_on__isnull=True)
    holds = list(standing_holds) if "holds" in kept else []
    currencies = list(dict.fromkeys([one["currency"] for one in account] + sorted(lines) + [customer.currency]))
    by_currency = {one["currency"]: one for one in account}
    cases = decisions_of(customer.seller, customer, CASES_SHOWN) if "cases" in kept else []
    return {
        "customer": customer,
        "kept": kept,
        "lines_kept": lines,
        "as_of": as_of,
        "account": account,
        "bucket_link": f"{reverse('desk:invoices')}?customer={customer.id}&bucket=",
        "standings": standings,
        "work": work,
        "holds": holds,
        "marks": _marks(customer, holds, by_currency, lines, as_of),
        "limits": [_limit(currency, by_currency.get(currency), lines.get(currency)) for currency in currencies],
        "cases": cases,
        "overrides": open_overrides(customer, clock.now()) if "overrides" in kept else [],
        "case_open": any(one["state"] == "open" and one["currency"] == customer.currency for one in cases),
        "behaviour": [_behaviour(one) for one in standings if one.paid_invoices],
        "segment": next((one for one in standings if one.currency == customer.currency), None)
        or (standings[0] if standings else None),
        "last": work_reads.activities(customer.seller, customer.id, 1),
        "contacts_short": customer.contact_set.filter(is_active=True).order_by("do_not_contact", "role", "name")[:3],
    }


def _limit(currency: str, owed: dict[str, Any] | None, line: Line | None) -> dict[str, Any]:
    return {
        "currency": currency,
        "limit": line.limit_minor if line else None,
        "unlimited": bool(line and line.is_unlimited),
        "open": max(owed["total"], 0) if owed else 0,
    }


def _marks(
    customer: Customer, holds: list[Hold], account: dict[str, dict[str, Any]], lines: dict[str, Line], as_of: Any
) -> list[str]:
    over = any(
        line.limit_minor is not None and account.get(currency, {"total": 0})["total"] > line.limit_minor
        for currency, line in lines.items()
    )
    paused = bool(customer.paused_until and customer.paused_until >= as_of)
    found = (("hold", bool(holds)), ("over_limit", over), ("insolvent", customer.insolvent_on), ("paused", paused))
    return [code for code, holds_true in found if holds_true]


def _behaviour(standing: Standing) -> dict[str, Any]:
    """The standing's figures in days and per cent, ready to read."""

    def days(value: int | None) -> float | None:
        return None if value is None else value / 100

    return {
        "currency": standing.currency,
        "as_of": standing.as_of,
        "paid_invoices": standing.paid_invoices,
        "wadtp": days(standing.wadtp_cd),
        "dbt": days(standing.dbt_cd),
        "trend": days(standing.dbt_trend_cd),
        "spread": days(standing.dbt_sd_cd),
        "share_late": None if standing.share_late_bp is None else standing.share_late_bp / 100,
        "index": None if standing.payment_index is None else standing.payment_index / 10,
        "largest": standing.largest_exposure_minor,
        "months": standing.months_known,
        "broken": standing.broken_promises,
    }


def _rest(request: HttpRequest, customer: Customer, context: dict[str, Any]) -> dict[str, Any]:
    """What only the page shows: open items, the plot, the timeline."""
    as_of = context["as_of"]
    shown = MOST_SHOWN if request.GET.get("items") == "all" else OPEN_SHOWN
    open_items = item_reads.open_items(customer.seller, customer.id, as_of, shown + 1)
    promises = work_reads.promises(customer.seller, customer.id)
    paid = item_reads.paid_invoices(customer.seller, customer.id)
    return {
        "items": _item_table(request, customer, open_items[:shown]),
        "more_items": len(open_items) > shown,
        "all_items": shown == MOST_SHOWN,
        "plot": _plot(paid, customer.currency),
        "paid_shown": len(paid),
        "promises": promises,
        "line": timeline_of(customer, as_of, promises, context["work"], may(request, "work")),
        "can_collect": may(request, "work"),
        "record": worklist_record.section(customer, as_of),
        "bureau": bureaus.section(customer, as_of, "reports" in context["kept"]),
        "matters": matter_section.section(customer),
        "made": late_charge_section.section(customer),
        "credit": line_section.section(customer, as_of, context["kept"], context["lines_kept"]),
        "ahead": strategy_section.section(customer, as_of),
    }


def _item_table(request: HttpRequest, customer: Customer, found: list[dict[str, Any]]) -> Table:
    with_papers(customer.seller, found)
    for one in found:
        one["signed_minor"] = one["open_minor"] if one["is_debit"] else -one["open_minor"]
        if one["instalments"] > 1:
            one["number"] = f"{one['number']} {one['instalment']}/{one['instalments']}"
    bulk = []
    if may(request, "work"):
        bulk = [
            {"href": reverse("desk:act", args=[customer.id, "promise"]), "label": _("Record promise")},
            {"href": reverse("desk:act", args=[customer.id, "dispute"]), "label": _("Record dispute")},
        ]
    table = Table.of(
        request, "items", ITEM_COLUMNS, row_href=lambda row: reverse("desk:invoice", args=[row["id"]]),
        select=bool(bulk), bulk=bulk, caption=_("Open items"),
        empty_title=_("Nothing is open."), empty_text=_("Everything this customer was billed is settled."),
    )  # fmt: skip
    table.rows = found
    return in_one_currency(table, list({one["currency"] for one in found}))


def _plot(paid: list[dict[str, Any]], currency: str) -> dict[str, Any]:
    """A dot per paid invoice: due date against days late, sized by amount; in the customer's currency if it has any."""
    mine = [one for one in paid if one["currency"] == currency] or paid
    return {
        "points": [
            {"x": one["due_on"].isoformat(), "y": one["days_late"], "size": one["amount_minor"], "name": one["number"]}
            for one in reversed(mine)
        ],
        "currency": mine[0]["currency"] if mine else currency,
    }


def _crumbs(customer: Customer) -> list[dict[str, Any]]:
    return [{"href": reverse("desk:customers"), "label": _("Customers")}, {"label": customer.name}]
