"""The journal: who did what, newest first, and whether anything was changed since."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from openterms.apps.journal.actions import Verdict, seal, verify
from openterms.apps.journal.reads import MOST_COUNTED, EventFilter, chain, events
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.models import Membership

from . import event_words
from .access import staff
from .download import download, wanted
from .links import customer_address
from .paging import uuid_of
from .tables import Column, Filter, Table

PAGE = 60
MOST_EXPORTED = 100_000
MOST_VERIFIED = 100_000
"""Events that are verified while one waits; a longer chain is verified by the command."""

COLUMNS = [
    Column("at", _("When"), "moment"),
    Column("what", _("What"), "template", template="desk/journal/what.html"),
    Column("customer", _("Customer"), "link", href="customer_href", weight=2),
    Column("actor", _("By"), weight=2),
    Column("number", _("Event"), "code", weight=3, hidden=True),
]


@staff
def index(request: HttpRequest) -> HttpResponse:
    """The events, and how far the chain is sealed."""
    table = _table(request)
    question = _filter(request, table)
    if kind := wanted(request):
        found = events(request.seller, question, None, MOST_EXPORTED)  # type: ignore[attr-defined]
        return download(_exported(request), _rows(request, list(found)), "journal", kind)
    found = events(request.seller, question, uuid_of(table.after), PAGE + 1)  # type: ignore[attr-defined]
    table.fill(_rows(request, list(found)), lambda row: str(row["id"]))
    state = chain(request.seller)  # type: ignore[attr-defined]
    context = {"place": "journal", "table": table, "chain": state, "is_many": state.waiting >= MOST_COUNTED}
    return render(request, "desk/journal/index.html", context)


def _table(request: HttpRequest) -> Table:
    people = Membership.objects.filter(seller=request.seller).select_related("user").order_by("user__name")  # type: ignore[attr-defined]
    filters = [
        Filter("kind", _("What"), choices=sorted(event_words.TITLES.items(), key=lambda one: str(one[1]))),
        Filter("person", _("Person"), choices=[(str(one.user_id), one.user.name) for one in people]),
        Filter("number", _("Customer number"), "text"),
        Filter("since", _("From"), "date"),
        Filter("through", _("To"), "date"),
    ]  # fmt: skip
    return Table.of(
        request, "journal", COLUMNS, filters=filters, panel=False, limit=PAGE, exports=True, caption=_("Events"),
        empty_title=_("Nothing has happened yet."),
    )  # fmt: skip


def _exported(request: HttpRequest) -> Table:
    columns = [Column("at", "at"), Column("kind", "kind"), Column("title", "what"), Column("detail", "detail"),
               Column("customer", "customer"), Column("actor", "by"), Column("id", "event")]  # fmt: skip
    return Table.of(request, "journal", columns)


def _filter(request: HttpRequest, table: Table) -> EventFilter:
    given = {one.name: one.value for one in table.filters}
    zone = ZoneInfo(request.seller.timezone)  # type: ignore[attr-defined]
    customer = None
    if given["number"]:
        found = Customer.objects.filter(seller=request.seller, number=given["number"]).first()  # type: ignore[attr-defined]
        customer = found.id if found else uuid_of("00000000-0000-0000-0000-000000000000")
    through = _midnight(given["through"], zone, 1)
    return EventFilter(
        kind=given["kind"], customer_id=customer, actor_id=uuid_of(given["person"]),
        since=_midnight(given["since"], zone, 0), before=through,
    )  # fmt: skip


def _midnight(text: str, zone: ZoneInfo, days: int) -> datetime | None:
    """The beginning of a day at the seller, or of the one after it; nothing for what is no date."""
    try:
        on = date.fromisoformat(text) + timedelta(days=days)
        return datetime.combine(on, time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _rows(request: HttpRequest, found: list[Any]) -> list[dict[str, Any]]:
    ids = {event.customer_id for event in found if event.customer_id}
    names = dict(Customer.objects.filter(seller=request.seller, id__in=ids).values_list("id", "name"))  # type: ignore[attr-defined]
    return [
        {
            "id": event.id,
            "at": event.at,
            "kind": event.kind,
            "title": event_words.title(event.kind),
            "detail": event_words.detail(event.kind, event.data),
            "status": event_words.status(event.kind),
            "customer": names.get(event.customer_id, ""),
            "customer_href": customer_address(event.customer_id) if event.customer_id in names else "",
            "actor": event.actor,
            "number": str(event.id),
        }
        for event in found
    ]


@require_POST
@staff
def verify_chain(request: HttpRequest) -> HttpResponse:
    """Recompute every event's digest and the whole chain, sealing first what is not sealed yet."""
    seller = request.seller  # type: ignore[attr-defined]
    state = chain(seller)
    verdict: Verdict | None = None
    if state.links <= MOST_VERIFIED:
        seal(seller.id)
        verdict = verify(seller.id)
        state = chain(seller)
    context = {"verdict": verdict, "chain": state, "seller": seller, "is_many": state.waiting >= MOST_COUNTED}
    return render(request, "desk/journal/chain.html", context)
