"""Late charges in the desk: what late invoices owe on top, why, line by line; booked once, and waived with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.analytics.late_charge.reads import Listed, Owing, owing
from openterms.apps.collecting.late_charge.actions import book, explanation, waive
from openterms.apps.collecting.late_charge.reads import charges_of, owed
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.models import Item
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput
from openterms.core.base.money import to_decimal
from openterms.core.receivables.kinds import ItemKind
from openterms.core.receivables.reference_rates import FIXED

from . import display
from .access import actor, may, require, staff, today
from .case_forms import amount_input
from .columns import in_one_currency
from .doing import amount_field, attempt, done, explain
from .paging import uuid_of
from .tables import Column, Filter, Table
from .words import word

MOST_SHOWN = 500
COLUMNS = (
    Column("name", gettext_lazy("Customer"), "party"),
    Column("invoice", gettext_lazy("Invoice"), "link"),
    Column("due_on", gettext_lazy("Due"), "date", weight=2),
    Column("interest", gettext_lazy("Interest"), "money", mixed=True, weight=2),
    Column("fixed", gettext_lazy("Fixed sum"), "money", mixed=True, weight=2),
    Column("total", gettext_lazy("To charge"), "money", mixed=True),
    Column("against", gettext_lazy("Not now, because"), "words", weight=3),
)
BASES: dict[str, Promise | str] = {
    "statutory": gettext_lazy("by law"),
    "contract": gettext_lazy("by the terms agreed"),
    "charity": gettext_lazy("an undertaking to charity"),
}
COMPOUNDS: dict[int, Promise | str] = {
    1: gettext_lazy("interest bears interest after every month"),
    3: gettext_lazy("interest bears interest after every three months"),
    12: gettext_lazy("interest bears interest after every year"),
}
FIXINGS: dict[str, Promise | str] = {
    "half_year": gettext_lazy("each half-year at its own rate"),
    "start": gettext_lazy("one rate: that of the day on which interest began"),
    "due": gettext_lazy("one rate: that of the due date"),
    "payment": gettext_lazy("one rate: that of the day of payment"),
}


@staff
def index(request: HttpRequest) -> HttpResponse:
    """What every late invoice owes on top through a day; nothing is booked by looking."""
    seller = request.seller  # type: ignore[attr-defined]
    on, customer = _day(request), _customer(request)
    filters = (Filter("as_of", gettext_lazy("Through"), kind="date"),)
    table = Table.of(
        request, "late-charges", COLUMNS, filters=filters, panel=True,
        row_href=lambda row: reverse("desk:late_charge_item", args=[row["id"]]) + f"?as_of={on.isoformat()}",
        caption=_("Late charges"), empty_title=_("No late invoice owes anything on top."),
        empty_text=_("What is charged follows from the credit policy and from the law of the customer's country."),
    )  # fmt: skip
    context: dict[str, Any] = {"table": table, "place": "late_charges", "on": on, "customer": customer, "fault": ""}
    try:
        found = owing(seller, on, clock.now(), None if customer is None else [customer.id], MOST_SHOWN)
    except BadInput as error:
        found, context["fault"] = Listed([]), explain(error)
    table.rows = [_row(one) for one in found.rows]
    in_one_currency(table, list({one.currency for one in found.rows}))
    return render(request, "desk/late_charges/index.html", context | {
        "shown": len(table.rows), "count": found.count, "chargeable": found.chargeable,
        "sums": [{"currency": code, "minor": minor} for code, minor in sorted(found.sums.items())],
        "may_book": may(request, "post") and bool(found.chargeable),
        "made": charges_of(seller, customer.id if customer else None, limit=20),
    })  # fmt: skip


def _day(request: HttpRequest) -> date:
    """The day that the address asks about, not after today; today where it says none."""
    given, now = (request.POST if request.method == "POST" else request.GET).get("as_of", ""), today(request)
    try:
        return min(date.fromisoformat(given), now)
    except ValueError:
        return now  # type: ignore[no-any-return]


def _customer(request: HttpRequest) -> Customer | None:
    given = (request.POST if request.method == "POST" else request.GET).get("customer", "")
    found = uuid_of(given) if given else None
    if not given:
        return None
    customer = Customer.objects.filter(seller=request.seller, id=found).first()  # type: ignore[attr-defined]
    if customer is None:
        raise Http404
    return customer


def _row(one: Owing) -> dict[str, Any]:
    return {
        "id": one.id, "customer_id": one.customer_id, "name": one.customer_name, "number": one.customer_number,
        "invoice": one.number, "due_on": one.due_on, "currency": one.currency, "interest": one.interest_minor,
        "fixed": one.lump_sum_minor + one.charity_minor, "total": one.total_minor,
        "against": display.reason_texts(one.refusals[0])["text"] if one.refusals else "",
    }  # fmt: skip


@staff
def item_page(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """What one late invoice owes on top through a day, line by line."""
    seller = request.seller  # type: ignore[attr-defined]
    item = Item.objects.filter(seller=seller, id=item_id, kind="invoice").select_related("customer").first()
    if item is None:
        raise Http404
    on = _day(request)
    context: dict[str, Any] = {
        "place": "late_charges", "customer": item.customer, "item": item, "on": on, "fault": "", "parts": [],
        "crumbs": [{"href": reverse("desk:late_charges"), "label": _("Late charges")}, {"label": item.number}],
    }  # fmt: skip
    try:
        found = [one for one in owed(seller, on, clock.now(), [item.customer_id]) if one.item["id"] == item_id]
    except BadInput as error:
        found, context["fault"] = [], explain(error)
    for one in found:
        context["refusals"] = one.refusals
        context["overcharged"] = one.charge.overcharged_minor
        kinds = (
            (ItemKind.LATE_INTEREST, one.charge.interest_minor), (ItemKind.LATE_FEE, one.charge.lump_sum_minor),
            (ItemKind.CHARITY, one.charge.charity_minor),
        )  # fmt: skip
        context["parts"] = [
            told_charge(kind, minor, explanation(one, kind), item.currency) for kind, minor in kinds if minor
        ]
    return render(request, "desk/late_charges/item.html", context)


def told_charge(kind: str, minor: int, told: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """A charge's explanation as people read it."""
    lines = [
        one | {"from": date.fromisoformat(one["from"]), "to": date.fromisoformat(one["to"]),
               "percent": display.percent(one["rate_bp"] / 100, 2)}
        for one in told.get("lines", ())
    ]  # fmt: skip
    margin = told.get("margin_bp")
    return {
        "title": word(kind), "minor": minor, "currency": currency, "lines": lines, "sources": told.get("sources", ()),
        "basis": str(BASES.get(told.get("basis", ""), "")), "fixing": str(FIXINGS.get(told.get("fixing", ""), "")),
        "reference": "" if told.get("reference") in (None, FIXED) else told["reference"],
        "margin": "" if margin is None else display.percent(margin / 100, 2),
        "day_count": told.get("day_count", ""), "compound": str(COMPOUNDS.get(told.get("compound_months", 0), "")),
        "correction": told.get("correction_minor") or 0,
        "beneficiary": told.get("beneficiary", ""),
    }  # fmt: skip


@staff
def charge_page(request: HttpRequest, charge_id: UUID) -> HttpResponse:
    """A charge that was made: what it is for, line by line, and what was waived of it."""
    charge = _charge(request, charge_id)
    context = {
        "place": "late_charges", "charge": charge, "waived": charge["waived_minor"],
        "told": told_charge(charge["kind"], charge["amount_minor"], charge["explanation"], charge["currency"]),
        "crumbs": [{"href": reverse("desk:late_charges"), "label": _("Late charges")}, {"label": charge["number"]}],
        "may_waive": may(request, "post") and charge["open_minor"] > 0,
    }  # fmt: skip
    return render(request, "desk/late_charges/charge.html", context)


def _charge(request: HttpRequest, charge_id: UUID) -> dict[str, Any]:
    found = charges_of(request.seller, charge_id=charge_id)  # type: ignore[attr-defined]
    if not found:
        raise Http404
    return found[0]


@staff
def book_page(request: HttpRequest) -> HttpResponse:
    """Book what is shown, after asking once."""
    require(request, "post")
    seller, on, customer = request.seller, _day(request), _customer(request)  # type: ignore[attr-defined]
    several = None if customer is None else [customer.id]
    back = reverse("desk:late_charges") + (f"?customer={customer.id}" if customer else "")
    form = forms.Form(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        made = attempt(form, lambda: book(seller, actor(request), on, clock.now(), several))
        if made is not None:
            said = _("%(count)s charges are booked.") % {"count": display.number(made.charges)}
            return done(request, said, back)
    context = {
        "form": form, "on": on, "customer": customer, "back": back, "place": "late_charges",
        "address": reverse("desk:late_charges_book"),
    }  # fmt: skip
    return render(request, "desk/late_charges/book.html", context, status=422 if form.errors else 200)


class WaiveForm(forms.Form):
    """How much is given up, and why."""

    amount = forms.CharField(label=gettext_lazy("Amount"), max_length=40, widget=amount_input())
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, currency: str, *given: Any, **more: Any) -> None:
        self.currency = currency
        super().__init__(*given, **more)

    def clean_amount(self) -> int | None:
        """In minor units."""
        return amount_field(self.cleaned_data["amount"], self.currency, self, "amount")


@staff
def waive_page(request: HttpRequest, charge_id: UUID) -> HttpResponse:
    """Give up what is open of a charge, or a part of it."""
    require(request, "post")
    charge = _charge(request, charge_id)
    back = reverse("desk:late_charge", args=[charge_id])
    open_amount = f"{to_decimal(charge['open_minor'], charge['currency']):f}"
    form = WaiveForm(charge["currency"], request.POST or None, initial={"amount": open_amount})
    if request.method == "POST" and form.is_valid():
        minor, reason = form.cleaned_data["amount"], form.cleaned_data["reason"]
        made = attempt(
            form,
            lambda: waive(
                request.seller, actor(request), charge_id, reason, today(request), clock.now(), minor  # type: ignore[attr-defined]
            ),
        )
        if made is not None:
            amount = f"{display.amount(made.amount_minor, charge['currency'])} {charge['currency']}"
            return done(request, _("%(amount)s is waived.") % {"amount": amount}, back)
    context = {
        "form": form, "charge": charge, "back": back, "place": "late_charges",
        "address": reverse("desk:late_charge_waive", args=[charge_id]),
    }  # fmt: skip
    return render(request, "desk/late_charges/waive.html", context, status=422 if form.errors else 200)


