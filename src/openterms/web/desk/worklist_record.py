"""The follow-up record of a day, to read, print and take along."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.collecting.worklist.models import Activity, Outcome
from openterms.apps.collecting.worklist.record import last_day, record_of_day
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.dispute.models import DisputeReason

from . import display, download
from .access import staff, today
from .tables import Column, Table
from .words import WORK
from .worklist import whose

EXPORT = (
    Column("name", gettext_lazy("Customer"), "party"),
    Column("said", gettext_lazy("What was done")),
    Column("user_name", gettext_lazy("By whom")),
    Column("person", gettext_lazy("Person reached")),
    Column("note", gettext_lazy("Note")),
    Column("next_on", gettext_lazy("Next on"), "date"),
    Column("ahead_said", gettext_lazy("What comes next")),
    Column("collector_name", gettext_lazy("Collector")),
)


@staff
def record_page(request: HttpRequest) -> HttpResponse:
    """What was done on a day about each case, by whom, and what comes next."""
    seller, now = request.seller, today(request)  # type: ignore[attr-defined]
    day = _day(request.GET.get("day", ""), now)
    mine = request.GET.get("whose", "") == "mine"
    cases = [shown(one) for one in record_of_day(seller, day, None, whose(request) if mine else None)]
    kind = download.wanted(request)
    if kind:
        table = Table.of(request, "record", EXPORT)
        return download.download(table, _lines(cases), f"follow-up-{day.isoformat()}", kind)
    context = {"place": "worklist", "cases": cases, "day": day, "today": now, "mine": mine,
               "query": f"day={day.isoformat()}" + ("&whose=mine" if mine else "")}  # fmt: skip
    return render(request, "desk/record.html", context)


def section(customer: Customer, as_of: date) -> dict[str, Any] | None:
    """The record of the last day on which somebody did something about a customer, for its page."""
    day = last_day(customer.seller, customer.id, as_of)
    cases = record_of_day(customer.seller, day, customer.id) if day else []
    return {"day": day, "case": shown(cases[0])} if cases else None


def shown(case: dict[str, Any]) -> dict[str, Any]:
    """A case with its entries in words. The step of a logged contact is said with the contact alone."""
    contacts = any(one["kind"] == "activity" for one in case["done"])
    done = [one | {"said": _done(one)} for one in case["done"] if not (contacts and one["kind"] == "step")]
    ahead = [one | {"said": _ahead(one)} for one in case["ahead"]]
    return case | {"done": done, "ahead": ahead}


def _done(one: dict[str, Any]) -> str:
    code = one["code"] or ""
    if one["kind"] == "activity":
        kind, outcome = code.split(":", 1)
        words = (str(dict(Activity.Kind.choices).get(kind, kind)), str(dict(Outcome.choices).get(outcome, outcome)))
        return ": ".join(word for word in words if word)
    if one["kind"] == "promise":
        said = {"amount": _money(one), "day": display.day(one["next_on"])}
        return _("Promised: %(amount)s by %(day)s") % said
    if one["kind"] == "dispute":
        reason = str(dict(DisputeReason.choices).get(code, code))
        return _("Disputed: %(amount)s, %(reason)s") % {"amount": _money(one), "reason": reason}
    return _("Step done: %(step)s") % {"step": WORK.get(code, code)}


def _ahead(one: dict[str, Any]) -> str:
    if one["kind"] == "promise":
        return _("%(amount)s promised for %(day)s") % {"amount": _money(one), "day": display.day(one["next_on"])}
    step = str(WORK.get(one["step"], one["step"]))
    if one["next_on"]:
        return _("%(step)s, from %(day)s on") % {"step": step, "day": display.day(one["next_on"])}
    return _("%(step)s, on the list now") % {"step": step}


def _money(one: dict[str, Any]) -> str:
    return f"{display.amount(one['minor'], one['currency'])} {one['currency']}"


def _lines(cases: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for case in cases:
        ahead = "; ".join(one["said"] for one in case["ahead"])
        for one in case["done"]:
            yield one | {"name": {"name": case["name"], "number": case["number"]}, "ahead_said": ahead}


def _day(text: str, otherwise: date) -> date:
    try:
        return min(date.fromisoformat(text), otherwise)
    except ValueError:
        return otherwise
