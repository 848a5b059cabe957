"""Allocate a receipt or credit note to open items, with the remainder running along, and take an allocation back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from openterms.apps.receivables.allocation import actions, reads
from openterms.apps.receivables.allocation.actions import Part
from openterms.apps.receivables.allocation.models import Settlement
from openterms.apps.receivables.open_item.models import CREDIT_KINDS, Item
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.money import to_decimal, to_minor
from openterms.core.receivables.allocation import OpenItem, discount_earned

from . import display
from .access import actor, staff, today
from .doing import came_from, explain, refused
from .links import customer_address, item_address
from .posting import item_of

AMOUNTS = ("amount", "discount", "difference")
_FIGURES = str.maketrans("٠١٢٣٤٥٦٧٨٩٫٬", "0123456789.,")


@dataclass
class Row:
    """One debt on the page: what was typed beside it, what that means, and what is wrong with it."""

    item: Item
    debt: OpenItem
    typed: dict[str, str]
    minor: dict[str, int] = field(default_factory=dict)
    error: str = ""
    days: int = 0
    has_discount: bool = False
    """Whether this money came in time for the cash discount."""

    @property
    def rest_minor(self) -> int:
        """What would stay open."""
        return self.item.open_minor - sum(self.minor.values())

    @property
    def is_touched(self) -> bool:
        """Whether anything is to be settled here."""
        return any(self.minor.values())

    @property
    def status(self) -> str:
        """The bucket of its age, for the mark."""
        bounds = ((0, "current"), (30, "1-30"), (60, "31-60"), (90, "61-90"))
        return next((code for most, code in bounds if self.days <= most), "90+")

    @property
    def href(self) -> str:
        """The item's page."""
        return item_address(self.item.id)


@staff(right="post")
def allocate(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """The page; a POST books what was typed, or shows it again with what is wrong beside it."""
    credit = item_of(request, item_id, CREDIT_KINDS)
    rows = _rows(request, credit)
    dated = _date(request, credit, rows)
    context = _context(request, credit, rows) | {"dated": dated}
    if request.method != "POST":
        return render(request, "desk/posting/allocate.html", context)
    if "HX-Request" in request.headers:
        return render(request, "desk/posting/remainder.html", context | {"is_partial": True})
    if dated.fault or any(row.error for row in rows) or not any(row.is_touched for row in rows):
        if not dated.fault and not any(row.error for row in rows):
            context["error"] = _("There is nothing to allocate: give an amount to at least one item.")
        return render(request, "desk/posting/allocate.html", context, status=422)
    return _book(request, credit, rows, dated.on, context)


def _book(request: HttpRequest, credit: Item, rows: list[Row], on: date, context: dict[str, Any]) -> HttpResponse:
    parts = [
        Part(row.item.id, row.minor["amount"], row.minor["discount"], row.minor["difference"])
        for row in rows
        if row.is_touched
    ]
    try:
        made = actions.allocate(request.seller, actor(request), credit.id, parts, on, clock.now())  # type: ignore[attr-defined]
    except (BadInput, Refused) as error:
        context["error"] = explain(error)
        return render(request, "desk/posting/allocate.html", context, status=422)
    total = sum(part.amount_minor for part in parts)
    text = _("%(amount)s of %(number)s is allocated.") % {
        "amount": f"{display.amount(total, credit.currency)} {credit.currency}",
        "number": credit.number,
    }
    messages.success(request, text, extra_tags=reverse("desk:undo_allocation", args=[made]))
    return HttpResponseRedirect(reverse("desk:posting"))


def _context(request: HttpRequest, credit: Item, rows: list[Row]) -> dict[str, Any]:
    used = sum(row.minor.get("amount", 0) for row in rows)
    return {
        "place": "posting",
        "credit": credit,
        "rows": rows,
        "used": used,
        "left": credit.open_minor - used,
        "given_up": sum(row.minor.get("discount", 0) + row.minor.get("difference", 0) for row in rows),
        "has_discounts": any(row.has_discount for row in rows),
        "text": request.GET.get("q", ""),
        "is_suggested": request.method == "GET" and request.GET.get("suggest") != "0",
        "customer_href": customer_address(credit.customer_id),
        "most": reads.MOST_DEBTS,
        "is_cut": len(rows) >= reads.MOST_DEBTS,
        "wrong": sum(bool(row.error) for row in rows),
        "crumbs": [
            {"label": _("Posting"), "href": reverse("desk:posting")},
            {"label": _("Allocate %(number)s") % {"number": credit.number}},
        ],
    }


def _rows(request: HttpRequest, credit: Item) -> list[Row]:
    seller = request.seller  # type: ignore[attr-defined]
    items = reads.debts(credit, request.GET.get("q", "").strip())
    debts = reads.as_open_items(items)
    suggestion = {}
    if request.method == "GET" and request.GET.get("suggest") != "0" and credit.open_minor and debts:
        suggestion = {share.item: share for share in reads.suggested(seller, credit, debts).shares}
    rows = []
    for item, debt in zip(items, debts, strict=True):
        typed = {name: request.POST.get(f"{name}-{item.id}", "").strip() for name in AMOUNTS}
        if share := suggestion.get(item.id):
            minors = (share.cash_minor, share.discount_minor, share.difference_minor)
            typed = {
                name: format(to_decimal(minor, item.currency), "f") if minor else ""
                for name, minor in zip(AMOUNTS, minors, strict=True)
            }
        earns = discount_earned(debt, credit.issued_on, reads.rules_for(seller, credit)) > 0
        row = Row(item, debt, typed, days=(today(request) - item.due_on).days, has_discount=earns)
        _read(row, seller.small_difference_minor)
        rows.append(row)
    return rows


def _read(row: Row, tolerance: int) -> None:
    """What was typed as minor units, and the first thing that is wrong with it."""
    currency = row.item.currency
    for name in AMOUNTS:
        text = row.typed[name].translate(_FIGURES).replace("\u00a0", "").replace(" ", "").replace(",", "")
        row.minor[name] = 0
        if text:
            try:
                row.minor[name] = to_minor(text, currency)
            except BadInput as error:
                row.error = row.error or explain(error)
    if row.error:
        return
    if any(minor < 0 for minor in row.minor.values()):
        row.error = _("Give the amount as positive.")
    elif row.rest_minor < 0:
        open_text = f"{display.amount(row.item.open_minor, currency)} {currency}"
        row.error = _("More than is open: %(open)s.") % {"open": open_text}
    elif row.minor["difference"] > tolerance:
        row.error = _("At most %(most)s is a small difference.") % {"most": display.amount(tolerance, currency)}
    elif row.minor["discount"] > row.debt.discount_minor:
        row.error = _("At most %(most)s is left of the discount.") % {
            "most": display.amount(row.debt.discount_minor, currency)
        }


@dataclass(frozen=True)
class Dated:
    """The date of the allocation: the one given, the one proposed and why, and what is wrong with the one given."""

    on: date
    usual: date
    why: str = ""
    fault: str = ""
    is_moved: bool = False
    """Whether another date is proposed than the page shows, and nobody chose the one it shows."""


def _date(request: HttpRequest, credit: Item, rows: list[Row]) -> Dated:
    """The latest of the money's own date and those of the items chosen, unless the books are closed by then."""
    locked = request.seller.locked_through  # type: ignore[attr-defined]
    latest = max([credit, *(row.item for row in rows if row.is_touched)], key=lambda item: item.issued_on)
    named = {"number": latest.number, "day": display.day(latest.issued_on)}
    usual, why = latest.issued_on, ""
    if locked is not None and usual <= locked:
        usual = today(request)
        why = _("The books are closed through %(day)s, so it is today.") % {"day": display.day(locked)}
    elif latest is not credit:
        why = _("The day of %(number)s, the latest chosen: nothing is settled before it is issued.") % named
    text, shown = request.POST.get("on", ""), request.POST.get("usual", "")
    if not text or text == shown:
        return Dated(usual, usual, why, is_moved=bool(shown) and shown != usual.isoformat())
    try:
        on = date.fromisoformat(text)
    except ValueError:
        fault = _("%(text)s is not a date; give it as YYYY-MM-DD.") % {"text": text[:20]}
        return Dated(usual, usual, why, fault)
    fault = ""
    if on < latest.issued_on:
        fault = _("%(number)s is of %(day)s and cannot be settled before. Choose that day or a later one.") % named
    return Dated(on, usual, why if on == usual else "", fault)


@require_POST
@staff(right="post")
def undo(request: HttpRequest, allocation_id: UUID) -> HttpResponse:
    """Take an allocation, a small write-off or a refund back; the items are open again with their own due dates."""
    seller = request.seller  # type: ignore[attr-defined]
    back = came_from(request, reverse("desk:posting"))
    found = Settlement.objects.filter(seller=seller, allocation_id=allocation_id)
    dates = list(found.values_list("settled_on", flat=True))
    if not dates:
        raise Http404
    latest = max(dates)
    on = latest if seller.locked_through is None or latest > seller.locked_through else max(today(request), latest)
    try:
        actions.reverse(seller, actor(request), allocation_id, on, clock.now(), request.POST.get("reason", ""))
    except (BadInput, Refused) as error:
        return refused(request, error, back)
    messages.success(request, _("Taken back. The items are open again with their own due dates."))
    return HttpResponseRedirect(back)
