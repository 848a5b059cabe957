"""What lies ahead with a customer and what lies behind: promises, dates, calls, receipts, decisions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from openterms.apps.collecting.worklist import reads as work_reads
from openterms.apps.collecting.worklist.models import Activity
from openterms.apps.journal.models import Event
from openterms.apps.messaging.page.models import PageTouch
from openterms.apps.messaging.page.reads import touches_of
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.open_item import reads as item_reads

from . import display, event_words

SHOWN = 12
AHEAD_SHOWN = 6
READ = (PageTouch.Kind.SEEN.value, PageTouch.Kind.DOWNLOADED.value)
"""Touches of the personal page of which the journal keeps no event."""
APART = ("receipt_posted", "invoice_posted", "allocated")
"""Kinds that the timeline shows from the record itself, imported ones included, or not at all."""


def timeline_of(customer: Customer, today: date, promises: list[dict[str, Any]], work: list[dict[str, Any]],
                can_strike: bool = False, limit: int = SHOWN) -> dict[str, Any]:  # fmt: skip
    """`ahead` (the farthest first) and `behind` (the latest first), each entry as the component `timeline` takes it.

    With `can_strike`, what was logged today carries the address that strikes it out.
    """
    return {
        "ahead": _ahead(customer, today, promises, work),
        "behind": _behind(customer, today if can_strike else None, limit),
    }


def _ahead(customer: Customer, today: date, promises: list[dict[str, Any]], work: list[dict[str, Any]]) -> list[Any]:
    entries = [
        {
            "at": one["promised_for"],
            "title": _("Promised: %(amount)s") % {"amount": event_words.money(one)},
            "detail": one["made_by"],
            "status": "promised" if one["promised_for"] >= today else "broken",
        }
        for one in promises
        if one["state"] == "pending"
    ]
    entries += [
        {"at": one["snoozed_until"], "title": _("Back on the worklist"), "detail": ""}
        for one in work
        if one["state"] == "snoozed" and one["snoozed_until"]
    ]
    if customer.paused_until and customer.paused_until >= today:
        entries.append({"at": customer.paused_until, "title": _("Dunning is paused until here"), "status": "hold"})
    entries += [
        {
            "at": one["due_on"],
            "title": _("%(number)s falls due") % {"number": one["number"]},
            "detail": f"{display.amount(one['open_minor'], one['currency'])} {one['currency']}",
            "href": reverse("desk:invoice", args=[one["id"]]),
        }
        for one in item_reads.next_due(customer.seller_id, customer.id, today)
    ]
    return sorted(entries, key=lambda entry: entry["at"])[:AHEAD_SHOWN][::-1]


def _behind(customer: Customer, strike_on: date | None, limit: int) -> list[Any]:
    events = Event.objects.filter(seller_id=customer.seller_id, customer_id=customer.id).exclude(kind__in=APART)
    shown = list(events.order_by("-id")[:limit])
    logged = _logged(customer, shown)
    entries = [
        {
            "at": event.at,
            "title": event_words.title(event.kind),
            "detail": event_words.detail(event.kind, event.data),
            "actor": event.actor,
            "status": event_words.status(event.kind),
        }
        | _links(event, logged, strike_on)
        for event in shown
    ]
    entries += [
        {
            "at": one["issued_on"],
            "title": _("Receipt: %(amount)s")
            % {"amount": f"{display.amount(one['amount_minor'], one['currency'])} {one['currency']}"},
            "detail": one["number"],
            "status": "done",
            "href": reverse("desk:invoice", args=[one["id"]]),
        }
        for one in item_reads.receipts(customer.seller_id, customer.id, limit)
    ]
    entries += [
        {"at": one.at, "title": one.get_kind_display(), "detail": one.contact.name if one.contact else ""}
        for one in touches_of(customer.seller, customer.id, limit, READ)
    ]
    return sorted(entries, key=lambda entry: _order(entry["at"]), reverse=True)[:limit]


def _logged(customer: Customer, events: list[Event]) -> dict[UUID, Activity]:
    """The activities that events tell of, by id."""
    ids = [event.subject_id for event in events if event.kind.endswith("_logged")]
    return Activity.objects.filter(seller_id=customer.seller_id).in_bulk(ids) if ids else {}


def _links(event: Event, logged: dict[UUID, Activity], strike_on: date | None) -> dict[str, Any]:
    """Where a file is; whether an activity was struck out, and the address that does it while it can be done."""
    if event.kind == "attachment_added":
        return {"href": reverse("desk:file", args=[event.subject_id])}
    if event.kind == "mail_received":
        return {"href": reverse("desk:reply", args=[event.subject_id])}
    activity = logged.get(event.subject_id) if event.kind.endswith("_logged") and event.subject_id else None
    if activity is None:
        return {}
    if activity.struck_at is not None:
        return {"is_gone": True, "status": ""}
    return {"strike": reverse("desk:strike", args=[activity.id])} if activity.done_on == strike_on else {}


def _order(at: date | datetime) -> tuple[date, float]:
    if isinstance(at, datetime):
        local = timezone.localtime(at)
        return local.date(), local.timestamp()
    return at, 0.0


def last_contact(customer: Customer) -> dict[str, Any] | None:
    """The last time somebody spoke or wrote to the customer."""
    found = work_reads.activities(customer.seller, customer.id, 1)
    return found[0] if found else None
