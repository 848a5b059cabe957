"""Today: what is owed, what changed since the last day, and what to do first."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from openterms.apps.analytics.day import reads as day_reads
from openterms.apps.collecting.outreach.timetable import waiting as waiting_run
from openterms.apps.collecting.worklist import reads as work_reads
from openterms.apps.credit.review import reads as review_reads
from openterms.apps.messaging.outgoing.reads import stopped
from openterms.apps.messaging.page import reads as page_reads
from openterms.apps.receivables.dispute.models import DisputeReason
from openterms.apps.receivables.open_item import reads as item_reads
from openterms.apps.tenancy.models import Seller

from . import display
from .access import staff, today
from .worklist import whose

BUCKETS = {
    "current": "current_minor",
    "1-30": "days_1_30_minor",
    "31-60": "days_31_60_minor",
    "61-90": "days_61_90_minor",
    "90+": "over_90_minor",
}
FIRST = 10


@staff
def today_page(request: HttpRequest) -> HttpResponse:
    """The first page of the day, from the last run's snapshot and what came in since."""
    seller, now = request.seller, today(request)  # type: ignore[attr-defined]
    run = day_reads.latest_run(seller)
    if run is None:
        return render(request, "desk/today_empty.html", {"place": "today", "today": now})
    totals = day_reads.totals(seller, run.date)
    wanted = request.GET.get("currency", "")
    currency = wanted if wanted in totals else next(iter(totals), seller.currency)
    figures = totals.get(currency, {})
    mine = request.membership.role == "collector"  # type: ignore[attr-defined]
    first = work_reads.work(seller, whose(request), limit=FIRST) if mine else []
    first = first or work_reads.work(seller, limit=FIRST)
    context = {
        "place": "today",
        "today": now,
        "run": run,
        "behind": (now - run.date).days,
        "currency": currency,
        "currencies": [{"code": code, "current": code == currency} for code in totals],
        "figures": figures,
        "truth": _truth(seller, currency, figures, run.date, now),
        "ageing": {bucket: int(figures.get(name) or 0) for bucket, name in BUCKETS.items()},
        "claims": {kind: int(figures.get(f"{kind}_minor") or 0) for kind in ("contested", "promised")},
        "changes": _changes(seller, run.date),
        "work": first,
        "work_currency": first[0]["currency"] if len({one["currency"] for one in first}) == 1 else "",
        "left": day_reads.work_left(seller),
        "reviews": review_reads.waiting(seller, now),
        "asked": page_reads.waiting(seller),
        "outgoing": waiting_run(seller),
        "stopped": stopped(seller),
        **_courses(seller, currency, run.date),
    }
    return render(request, "desk/today.html", context)


def _truth(
    seller: Seller, currency: str, figures: dict[str, Any], day: date, now: date
) -> list[dict[str, Any]]:
    """Owed, overdue, collected yesterday, promised this week, each against a month before."""
    before = day_reads.totals_by(seller, _month_before(day), currency)
    against = _("against %(day)s") % {"day": display.day(before[0])} if before else ""
    past = before[1] if before else {}
    monday = now - timedelta(days=now.weekday())
    yesterday = now - timedelta(days=1)
    came = item_reads.received(seller, yesterday, yesterday).get(currency, 0)
    came_before = item_reads.received(seller, _month_before(yesterday), _month_before(yesterday)).get(currency, 0)
    week = work_reads.promised(seller, monday, monday + timedelta(days=6)).get(currency, 0)
    month_ago = monday - timedelta(days=28)
    week_before = work_reads.promised(seller, month_ago, month_ago + timedelta(days=6)).get(currency, 0)
    bare = _("against a month before")
    return [
        _stat(_("Owed"), figures.get("open_minor"), past.get("open_minor"), against, False,
              reverse("desk:invoices"), as_of=day),
        _stat(_("Overdue"), figures.get("overdue_minor"), past.get("overdue_minor"), against, True,
              reverse("desk:invoices") + "?state=overdue", as_of=day),
        _stat(_("Collected yesterday"), came, came_before, bare, False,
              reverse("desk:invoices") + "?state=all&kind=receipt", as_of=yesterday),
        _stat(_("Promised this week"), week, week_before, _("against four weeks before"), False,
              reverse("desk:invoices") + "?state=promised"),
    ]  # fmt: skip


def _stat(
    label: str, minor: Any, past: Any, against: str, less_is_better: bool, href: str, as_of: date | None = None
) -> dict[str, Any]:
    minor = int(minor or 0)
    change = (Decimal(minor - int(past)) * 100 / Decimal(abs(int(past)))) if past else None
    return {
        "label": label, "minor": minor, "change": change, "against": against if change is not None else "",
        "less_is_better": less_is_better, "href": href, "as_of": as_of,
    }  # fmt: skip


def _month_before(day: date) -> date:
    """The same day of the month before, or its last."""
    first = day.replace(day=1)
    last = first - timedelta(days=1)
    return last.replace(day=min(day.day, last.day))


def _changes(seller: Seller, day: date) -> list[dict[str, Any]]:
    """What happened since the run before: each group with a title, a colour and its first lines."""
    before = day_reads.run_before(seller, day)
    since = before.date if before else day - timedelta(days=1)
    reasons = dict(DisputeReason.choices)

    def customer(one: dict[str, Any]) -> str:
        return reverse("desk:customer", args=[one["customer_id"]])

    overdue = [
        _line(customer(one), one["customer_name"], one["amount_minor"], one["currency"],
              _("%(count)s invoices") % {"count": display.number(one["items"])} if one["items"] > 1 else "")
        for one in day_reads.newly_overdue(seller, since, day)
    ]  # fmt: skip
    over = [
        _line(customer(one), one["customer_name"], one["over_minor"], one["currency"],
              _("over a limit of %(limit)s") % {"limit": display.amount(one["limit_minor"], one["currency"])})
        for one in day_reads.newly_over_limit(seller, since)
    ]  # fmt: skip
    broken = [
        _line(customer(one), one["customer_name"], one["amount_minor"], one["currency"],
              _("promised for %(day)s") % {"day": display.day(one["promised_for"])})
        for one in work_reads.broken_promises(seller, since, day)
    ]  # fmt: skip
    receipts = [
        _line(reverse("desk:invoice", args=[one["id"]]), one["customer_name"], one["amount_minor"], one["currency"],
              one["number"])
        for one in item_reads.largest_receipts(seller, since, day)
    ]  # fmt: skip
    disputes = [
        _line(reverse("desk:invoice", args=[one["item_id"]]), one["customer_name"], one["amount_minor"],
              one["currency"], f"{one['number']}, {reasons.get(one['reason'], one['reason'])}")
        for one in work_reads.new_disputes(seller, since, day)
    ]  # fmt: skip
    groups = [
        {"title": _("Newly overdue"), "status": "1-30", "lines": overdue},
        {"title": _("Broken promises"), "status": "broken", "lines": broken},
        {"title": _("Newly over their limit"), "status": "over_limit", "lines": over},
        {"title": _("New disputes"), "status": "contested", "lines": disputes},
        {"title": _("Largest receipts"), "status": "kept", "lines": receipts},
    ]
    return [group | {"since": since} for group in groups if group["lines"]]


def _line(href: str, name: str, minor: int, currency: str, detail: str) -> dict[str, Any]:
    return {"href": href, "name": name, "minor": minor, "currency": currency, "detail": detail}


def _courses(seller: Seller, currency: str, day: date) -> dict[str, Any]:
    """DSO and CEI over the last year's days, thinned to at most about a hundred points."""
    course = day_reads.course(seller, currency, day - timedelta(days=365), day, ("dso", "dso_countback", "cei_pct"))
    step = max(1, len(course) // 100)
    kept = course[::-1][::step][::-1]
    names = [one["date"].isoformat() for one in kept]

    def values(name: str) -> list[float | None]:
        return [_float(one[name]) for one in kept]

    dso = {
        "x": names,
        "unit": "days",
        "series": [
            {"name": _("DSO"), "values": values("dso")},
            {"name": _("By count-back"), "values": values("dso_countback")},
        ],
    }
    cei = {"x": names, "unit": "%", "series": [{"name": _("CEI"), "values": values("cei_pct")}]}
    return {"dso": dso, "cei": cei, "points": len(kept)}


def _float(text: Any) -> float | None:
    try:
        return None if text is None else round(float(Decimal(str(text))), 2)
    except InvalidOperation:
        return None
