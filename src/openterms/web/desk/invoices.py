"""Invoices: the list, and one invoice with all that settled and claimed it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.parties.models import Customer
from openterms.apps.parties.reads import choices
from openterms.apps.receivables.dispute.actions import close_dispute
from openterms.apps.receivables.dispute.models import WITHDRAWN, Dispute, DisputeReason
from openterms.apps.receivables.open_item import reads
from openterms.apps.tenancy import clock

from . import download
from .access import actor, may, require, staff, today
from .chosen import bulk
from .columns import in_one_currency
from .doing import attempt, came_from, done
from .invoice_papers import papers_of
from .paging import cursor, every_row, read_cursor, uuid_of
from .saved_views import views_of
from .tables import Column, Filter, Table
from .words import BUCKETS, KINDS, word

COLUMNS = (
    Column("number", gettext_lazy("Number"), "link"),
    Column("customer_name", gettext_lazy("Customer"), "text", weight=1),
    Column("issued_on", gettext_lazy("Issued"), "date", sortable=True, weight=3),
    Column("due_on", gettext_lazy("Due"), "date", sortable=True, weight=2),
    Column("days_overdue", gettext_lazy("Days overdue"), "template", template="desk/cells/late.html", weight=3),
    Column("statuses", gettext_lazy("Status"), "template", template="desk/cells/statuses.html", weight=2),
    Column("kind_word", gettext_lazy("Kind"), weight=3, hidden=True),
    Column("amount_minor", gettext_lazy("Amount"), "money", mixed=True, weight=3),
    Column("open_minor", gettext_lazy("Open"), "money", mixed=True),
    Column("reference", gettext_lazy("Reference"), "code", weight=3, hidden=True),
    Column("settled_on", gettext_lazy("Settled on"), "date", weight=3, hidden=True),
)

STATES = (
    ("overdue", gettext_lazy("Overdue")),
    ("contested", gettext_lazy("Disputed")),
    ("promised", gettext_lazy("Promised")),
    ("settled", gettext_lazy("Settled")),
    ("all", gettext_lazy("Open and settled")),
)


@staff
def invoices_page(request: HttpRequest) -> HttpResponse:
    """The list, or a file of it."""
    seller, as_of = request.seller, today(request)  # type: ignore[attr-defined]
    customer = _customer(request)
    known = choices(seller)["currencies"]
    filters = [
        Filter("state", gettext_lazy("State"), choices=STATES, blank=_("Open")),
        Filter("bucket", gettext_lazy("By age"), choices=[(code, word(code)) for code in BUCKETS]),
        Filter("kind", gettext_lazy("Kind"), choices=list(KINDS.items())),
    ]
    if len(known) > 1:
        filters.append(Filter("currency", gettext_lazy("Currency"), choices=known))
    if customer is not None:
        filters.append(
            Filter("customer", gettext_lazy("Customer"), choices=[(str(customer.id), customer.name)])
        )
    table = Table.of(
        request, "invoices", COLUMNS, "due_on", filters=filters, search="", search_label=_("Number"),
        row_href=lambda row: reverse("desk:invoice", args=[row["id"]]), exports=True,
        select=True, bulk=bulk(request), views=views_of(request, "invoices"), caption=_("Invoices"),
        empty_title=_("Nothing is open."),
        empty_text=_("Invoices come in by import or by posting."),
    )  # fmt: skip
    in_one_currency(table, [code for code, _name in known])
    given = {one.name: one.value.replace("\0", "") for one in table.filters}
    state = given["state"] if given["state"] in reads.STATES else "open"
    wanted = reads.ItemFilter(
        state=state, bucket=given["bucket"] if given["bucket"] in BUCKETS else "",
        customer=customer.id if customer else None, kind=given["kind"], currency=given.get("currency", ""),
        text=(table.search or "").strip().replace("\0", ""),
    )  # fmt: skip
    if state in ("settled", "all") and table.sort_name == "due_on" and not wanted.bucket:
        table.sort = "-issued_on"

    def read(after: list[Any] | None, limit: int) -> list[dict[str, Any]]:
        found = reads.items(seller, wanted, as_of, table.sort, after, limit)
        return [one | {"kind_word": word(one["kind"])} for one in found]

    kind = download.wanted(request)
    if kind:
        return download.download(table, every_row(read), "invoices", kind)
    table.fill(read(read_cursor(table.after, "date", "uuid"), table.limit + 1), cursor)
    return render(request, "desk/invoices.html", {"table": table, "place": "invoices", "as_of": as_of})


def _customer(request: HttpRequest) -> Customer | None:
    customer_id = uuid_of(request.GET.get("customer", ""))
    if customer_id is None:
        return None
    found = Customer.objects.filter(seller=request.seller, id=customer_id).first()  # type: ignore[attr-defined,misc]
    if found is None:
        raise Http404
    return found


@staff
def invoice_page(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """One item: what it is, what is open of it, what claims it, what settled it."""
    item = reads.item(request.seller, item_id, today(request))  # type: ignore[attr-defined]
    if item is None:
        raise Http404
    reasons = dict(DisputeReason.choices)
    outcomes = dict(Dispute.Outcome.choices) | {WITHDRAWN: _("Withdrawn")}
    for one in item["disputes"]:
        one["reason_word"], one["outcome_word"] = reasons.get(one["reason"]), outcomes.get(one["outcome"])
        one["can_withdraw"] = may(request, "work") and one["closed_on"] is None and one["opened_on"] == today(request)
    crumbs = [{"href": reverse("desk:invoices"), "label": _("Invoices")}, {"label": item["number"]}]
    context = {
        "item": item,
        "place": "invoices",
        "crumbs": crumbs,
        "as_of": today(request),
        "can_work": may(request, "work"),
        "can_decide": may(request, "decide_dispute"),
        "is_small": item["open_minor"] <= request.seller.small_difference_minor,  # type: ignore[attr-defined]
    }
    return render(request, "desk/invoice.html", context | papers_of(request.seller, item))  # type: ignore[attr-defined]


class CloseForm(forms.Form):
    """How a dispute ended."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("Outcome"), choices=Dispute.Outcome.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


@staff
def close_dispute_page(request: HttpRequest, dispute_id: UUID) -> HttpResponse:
    """Decide a dispute."""
    require(request, "decide_dispute")
    seller = request.seller  # type: ignore[attr-defined]
    dispute = Dispute.objects.filter(seller=seller, id=dispute_id).select_related("item", "customer").first()
    if dispute is None:
        raise Http404
    back = came_from(request, reverse("desk:invoice", args=[dispute.item_id]))
    form = CloseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        closed = attempt(
            form,
            lambda: close_dispute(
                seller, actor(request), dispute_id, given["outcome"], today(request), clock.now(), given["note"]
            ),
        )
        if closed is not None:
            return done(request, _("The dispute is decided."), back)
    context = {"form": form, "dispute": dispute, "back": back, "place": "invoices"}
    return render(request, "desk/close_dispute.html", context, status=422 if form.errors else 200)
