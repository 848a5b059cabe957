"""Posting by hand: what waits to be allocated, and new receipts, invoices and credit notes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from openterms.apps.parties.models import Customer
from openterms.apps.parties.reads import search
from openterms.apps.receivables.allocation import actions, reads
from openterms.apps.receivables.open_item.models import CREDIT_KINDS, DEBIT_KINDS, Item
from openterms.apps.tenancy import clock
from openterms.core.base.money import to_decimal

from . import display, words
from .access import actor, may, staff, today
from .doing import attempt
from .event_words import title
from .files import keep
from .issue_form import IssueForm
from .links import customer_address, item_address
from .paging import uuid_of
from .posting_forms import CreditNoteForm, InvoiceForm, PostingForm, ReceiptForm, RestForm
from .tables import Column, Table

SHOWN = 50
FOUND = 12


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing that can be booked by hand."""

    code: str
    title: Promise | str
    verb: Promise | str
    form: type[PostingForm]
    done: Promise | str
    allocates: bool = True


KINDS = {
    kind.code: kind
    for kind in (
        Kind(
            "receipt",
            _("Record a receipt"),
            _("Record receipt"),
            ReceiptForm,
            _("Receipt %(number)s of %(amount)s is recorded."),
        ),
        Kind(
            "issue",
            _("Issue an invoice"),
            _("Issue invoice"),
            IssueForm,
            _("Invoice %(number)s of %(amount)s is issued."),
            allocates=False,
        ),
        Kind(
            "invoice",
            _("Record an invoice"),
            _("Record invoice"),
            InvoiceForm,
            _("Invoice %(number)s of %(amount)s is recorded."),
            allocates=False,
        ),
        Kind(
            "credit-note",
            _("Record a credit note"),
            _("Record credit note"),
            CreditNoteForm,
            _("Credit note %(number)s of %(amount)s is recorded."),
        ),
    )
}


@staff
def index(request: HttpRequest) -> HttpResponse:
    """What was booked last, and beside it what waits, which loads in place."""
    seller = request.seller  # type: ignore[attr-defined]
    context = {
        "place": "posting",
        "kinds": KINDS.values(),
        "lately": [_event(one) for one in reads.booked_lately(seller, 20)],
        "may_post": may(request, "post"),
    }
    return render(request, "desk/posting/index.html", context)


@staff
def waiting(request: HttpRequest) -> HttpResponse:
    """What waits, and what is nearly paid: the part of the page that searches."""
    rests = reads.small_rests(request.seller, 12)  # type: ignore[attr-defined]
    context = {"table": _waiting(request), "rests": rests, "may_post": may(request, "post")}
    return render(request, "desk/posting/waiting.html", context)


def _waiting(request: HttpRequest) -> Table:
    start = request.GET.get("after", "")
    place = int(start) if start.isascii() and start.isdecimal() and len(start) < 9 else 0
    found = reads.waiting(request.seller, SHOWN + 1, place)  # type: ignore[attr-defined]
    columns = [
        Column("customer", _("Customer"), "party", href="customer_href"),
        Column("number", _("Number"), "link", href="item_href"),
        Column("kind", _("Kind"), weight=2),
        Column("issued_on", _("Date"), "date", weight=2),
        Column("amount_minor", _("Amount"), "money", weight=3, mixed=True),
        Column("open_minor", _("Unapplied"), "money", mixed=True),
        Column("todo", "", "template", template="desk/posting/waiting_actions.html"),
    ]
    table = Table.of(
        request, "waiting", columns, caption=_("Money and credit that wait to be allocated"), panel=False, limit=SHOWN,
        empty_title=_("Nothing waits."), empty_text=_("Every receipt and credit note is allocated."),
    )  # fmt: skip
    can = may(request, "post")
    rows = [
        {
            "id": item.id,
            "customer": {"name": item.customer.name, "number": item.customer.number},
            "customer_href": customer_address(item.customer_id),
            "number": item.number,
            "item_href": item_address(item.id),
            "kind": words.word(item.kind),
            "issued_on": item.issued_on,
            "amount_minor": item.amount_minor,
            "open_minor": item.open_minor,
            "currency": item.currency,
            "may_post": can,
        }
        for item in found
    ]
    return table.fill(rows, lambda row: str(place + SHOWN))


def _event(one: dict[str, Any]) -> dict[str, Any]:
    event = one["event"]
    data = event.data
    minor, currency = data.get("amount_minor"), data.get("currency")
    return {
        "title": title(event.kind),
        "number": data.get("number", ""),
        "amount": {"minor": minor, "currency": currency} if minor is not None and currency else None,
        "items": data.get("items", []),
        "customer_href": customer_address(event.customer_id) if event.customer_id else "",
        "at": event.at,
        "actor": event.actor,
        "undo": one["allocation"] if not one["is_undone"] else None,
        "is_undone": one["is_undone"],
    }


@staff(right="post")
def post(request: HttpRequest, code: str) -> HttpResponse:
    """Book one thing: first the customer, then what it says."""
    kind = KINDS.get(code)
    if kind is None:
        raise Http404
    customer = _customer(request)
    context = {"place": "posting", "kind": kind, "crumbs": _crumbs(kind.title)}
    if customer is None:
        found = _found(request)
        if len(found) == 1 and request.GET.get("q") and "HX-Request" not in request.headers:
            return HttpResponseRedirect(f"{request.path}?customer={found[0].id}")
        context |= {"found": found, "text": request.GET.get("q", "")}
        partial = "HX-Request" in request.headers
        return render(request, f"desk/posting/{'found' if partial else 'choose'}.html", context)
    seller, day = request.seller, today(request)  # type: ignore[attr-defined]
    initial = {"on": day} | _of_item(request, customer)
    form = kind.form(seller, customer, day, request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid() and (items := form.post(actor(request), clock.now())):
        return _booked(request, kind, list(items))
    context |= {"customer": customer, "form": form, "account": _account(customer)}
    return render(request, "desk/posting/post.html", context, status=422 if request.method == "POST" else 200)


def _of_item(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """What an item in the address fills in: all that is open of it, named as what the money or the credit is for."""
    key = uuid_of(request.GET.get("item", ""))
    items = Item.objects.filter(seller_id=customer.seller_id, customer=customer, kind__in=DEBIT_KINDS)
    item = items.filter(id=key).first() if key else None
    if item is None:
        return {}
    amount = format(to_decimal(item.open_minor, item.currency), "f")
    return {"amount": amount, "currency": item.currency, "reference": item.number}


def _booked(request: HttpRequest, kind: Kind, items: list[Item]) -> HttpResponse:
    whole = sum(item.amount_minor for item in items)
    amount = f"{display.amount(whole, items[0].currency)} {items[0].currency}"
    messages.success(request, kind.done % {"number": items[0].number, "amount": amount})
    if kind.allocates and reads.debts(items[0], limit=1):
        return HttpResponseRedirect(reverse("desk:allocate", args=[items[0].id]))
    if kind.code == "issue":
        return HttpResponseRedirect(reverse("desk:invoice", args=[items[0].id]))
    return HttpResponseRedirect(reverse("desk:posting"))


def _customer(request: HttpRequest) -> Customer | None:
    key = uuid_of(request.GET.get("customer", ""))
    if key is None:
        return None
    customer = Customer.objects.filter(seller=request.seller, id=key).first()  # type: ignore[attr-defined]
    if customer is None:
        raise Http404
    return customer


def _found(request: HttpRequest) -> list[Customer]:
    text = request.GET.get("q", "").strip()
    found = (
        search(request.seller, text) if text else Customer.objects.filter(seller=request.seller).order_by("search_name")
    )  # type: ignore[attr-defined]
    return list(found[:FOUND])


def _account(customer: Customer) -> list[dict[str, Any]]:
    """What the customer owes and what is unapplied, by currency."""
    sums: dict[str, dict[str, Any]] = {}
    rows = Item.objects.filter(seller_id=customer.seller_id, customer=customer, open_minor__gt=0)
    for kind, currency, minor in rows.values_list("kind", "currency", "open_minor")[:5000]:
        place = sums.setdefault(currency, {"currency": currency, "owed": 0, "unapplied": 0})
        place["owed" if kind in DEBIT_KINDS else "unapplied"] += minor
    return [sums[currency] for currency in sorted(sums)]


def _crumbs(*labels: Any) -> list[dict[str, Any]]:
    return [{"label": gettext("Posting"), "href": reverse("desk:posting")}, *({"label": label} for label in labels)]


@staff(right="post")
def write_off(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """Give up a small rest of a debt."""
    item = item_of(request, item_id, DEBIT_KINDS)
    seller = request.seller  # type: ignore[attr-defined]
    return _rest(
        request, item, gettext("Write off a small rest"), gettext("Write off"),
        lambda form: actions.write_off_difference(
            seller, actor(request), item.id, form.cleaned_data["amount_minor"], form.cleaned_data["on"], clock.now()
        ),
        gettext("%(amount)s of %(number)s is written off."),
        gettext("At most %(most)s, the seller's tolerance. Larger losses need a write-off of their own.")
        % {"most": f"{display.amount(seller.small_difference_minor, item.currency)} {item.currency}"},
    )  # fmt: skip


@staff(right="post")
def refund(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """Pay back what is open of a receipt or credit note."""
    item = item_of(request, item_id, CREDIT_KINDS)
    return _rest(
        request, item, gettext("Refund"), gettext("Record refund"),
        lambda form: actions.refund(
            request.seller, actor(request), item.id, form.cleaned_data["amount_minor"], form.cleaned_data["on"],  # type: ignore[attr-defined]
            clock.now(),
        ),
        gettext("%(amount)s of %(number)s is recorded as paid back."),
        gettext("This records money that leaves; it does not send any."),
    )  # fmt: skip


def item_of(request: HttpRequest, item_id: UUID, kinds: tuple[str, ...]) -> Item:
    """An item of the seller's of one of the kinds, with something open or not."""
    found = Item.objects.filter(seller=request.seller, id=item_id, kind__in=kinds).select_related("customer").first()  # type: ignore[attr-defined]
    if found is None:
        raise Http404
    return found


def _rest(
    request: HttpRequest, item: Item, heading: str, verb: str, act: Callable[[RestForm], Any], done: str, intro: str
) -> HttpResponse:
    initial = {
        "amount": format(to_decimal(item.open_minor, item.currency), "f"),
        "on": max(today(request), item.issued_on),
    }
    form = RestForm(item, request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        result = attempt(form, lambda: act(form), {"date": "on", "difference": "amount", "amount": "amount"})
        if result is not None:
            if form.cleaned_data["file"]:
                keep(item.customer, actor(request), form.cleaned_data["file"], clock.now())
            undo = reverse("desk:undo_allocation", args=[result])
            amount = f"{display.amount(form.cleaned_data['amount_minor'], item.currency)} {item.currency}"
            messages.success(request, done % {"amount": amount, "number": item.number}, extra_tags=undo)
            return HttpResponseRedirect(reverse("desk:posting"))
    context = {
        "place": "posting", "item": item, "form": form, "heading": heading, "verb": verb, "intro": intro,
        "crumbs": _crumbs(heading), "customer_href": customer_address(item.customer_id),
    }  # fmt: skip
    return render(request, "desk/posting/rest.html", context, status=422 if request.method == "POST" else 200)
