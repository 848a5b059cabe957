"""The supervisor's view: coverage, promises, results with how sure they are, and what lies open."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.collecting.team.results import team_results
from openterms.core.base.proportions import Share
from openterms.core.collecting.amounts import AmountShare

from . import display, download
from .access import may, staff, today
from .tables import Column, Table

PERIODS = (
    ("7", gettext_lazy("7 days")),
    ("30", gettext_lazy("30 days")),
    ("90", gettext_lazy("90 days")),
    ("365", gettext_lazy("A year")),
)
LONGEST_DAYS = 1_100
EXPORT = (
    Column("name", gettext_lazy("Collector")),
    Column("strategy", gettext_lazy("Strategy version"), "number"),
    Column("calls", gettext_lazy("Calls"), "number"),
    Column("spoken", gettext_lazy("Spoken"), "number"),
    Column("promised", gettext_lazy("Promised"), "number"),
    Column("judged", gettext_lazy("Promises judged"), "number"),
    Column("kept", gettext_lazy("Promises kept"), "number"),
    *(
        Column(f"{name}_{part}", label, "number")
        for name, said in (
            ("reached", gettext_lazy("Reached")),
            ("promising", gettext_lazy("Promises a conversation")),
            ("keeping", gettext_lazy("Kept")),
        )
        for part, label in (("bp", said), ("low_bp", gettext_lazy("from")), ("high_bp", gettext_lazy("to")))
    ),
    Column("others", gettext_lazy("Other contacts"), "number"),
)


def tabs(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """The places of the team."""
    places = [
        ("team", _("Results")),
        ("team_share", _("Customers")),
        ("team_rules", _("Rules")),
        ("team_absences", _("Absences")),
    ]
    return [{"href": reverse(f"desk:{code}"), "label": said, "current": code == current} for code, said in places]


@staff
def team_page(request: HttpRequest) -> HttpResponse:
    """How the team did in a period."""
    seller, now = request.seller, today(request)  # type: ignore[attr-defined]
    first, last = period(request, now)
    found = team_results(seller, first, last, now)
    kind = download.wanted(request)
    if kind:
        table = Table.of(request, "team", EXPORT)
        return download.download(table, (flat(one) for one in found["results"]), f"team-{first}-{last}", kind)
    for one in (*found["results"], *found["promises"], *found["arms"]):
        for name in ("reached", "promising", "keeping"):
            if name in one:
                one[f"{name}_said"] = said(one[name])
    for one in (*found["promises"], *found["amounts"]):
        one["amount_said"] = said_amount(one["keeping_amount"], one["currency"])
    for one in found["coverage"]:
        one["said"] = said(one["share"])
    most = max((one["works"] for one in found["ages"]), default=0)
    names = {"champion": _("Champion"), "challenger": _("Challenger"), "hold_out": _("Hold-out")}
    context = {
        "arms": [one | {"name": names[one["arm"]]} for one in found["arms"]],
        "place": "team", "tabs": tabs(request, "team"), "first": first, "last": last, "today": now, "found": found,
        "ages": [one | {"said": _age(one), "most_works": most} for one in found["ages"]], "leads": may(request, "team"),
        "periods": [{"code": code, "said": words, "href": f"?days={code}", "current": _days(first, last) == int(code)}
                    for code, words in PERIODS],
        "query": f"first={first}&last={last}",
    }  # fmt: skip
    return render(request, "desk/team/index.html", context)


def period(request: HttpRequest, now: date, usual: int = 30, longest: int = LONGEST_DAYS) -> tuple[date, date]:
    """The days asked for: `first` and `last`, or the last `days`; the `usual` number where that makes no sense."""
    try:
        if "first" in request.GET or "last" in request.GET:
            last = min(date.fromisoformat(request.GET.get("last", "") or now.isoformat()), now)
            first = date.fromisoformat(request.GET.get("first", ""))
            if 0 <= (last - first).days < longest:
                return first, last
        days = int(request.GET.get("days", usual))
        if 1 <= days <= longest:
            return now - timedelta(days=days - 1), now
    except ValueError:
        pass
    return now - timedelta(days=usual - 1), now


def _days(first: date, last: date) -> int:
    return (last - first).days + 1


def said(share: Share) -> dict[str, Any]:
    """A share in words: how large, between what and what, from how many; or that it says too little."""
    if share.share_bp is None or share.low_bp is None or share.high_bp is None:
        return {"share": "", "range": "", "enough": False, "cases": 0}
    low, high = (display.percent(bp / 100, 0) for bp in (share.low_bp, share.high_bp))
    return {
        "share": display.percent(share.share_bp / 100, 0), "low": low, "high": high, "enough": share.says_enough,
        "cases": share.whole, "part": share.part,
    }  # fmt: skip


def said_amount(share: AmountShare, currency: str) -> dict[str, Any]:
    """A share of money in words: how large, between what and what, from how much of how many customers."""
    if share.share_bp is None or share.low_bp is None or share.high_bp is None:
        return {"cases": 0}
    shown, low, high = (display.percent(bp / 100, 0) for bp in (share.share_bp, share.low_bp, share.high_bp))
    part, whole = (display.amount(minor, currency) for minor in (share.part_minor, share.whole_minor))
    return {
        "share": shown, "low": low, "high": high, "enough": share.says_enough, "cases": share.customers, "part": part,
        "whole": whole,
    }  # fmt: skip


def flat(one: dict[str, Any]) -> dict[str, Any]:
    """A row of results for a file: shares and their bounds in basis points."""
    found = dict(one)
    for name in ("reached", "promising", "keeping"):
        share: Share = one[name]
        found |= {
            f"{name}_bp": share.share_bp,
            f"{name}_low_bp": share.low_bp,
            f"{name}_high_bp": share.high_bp,
        }
    return found


def _age(one: dict[str, Any]) -> str:
    if one["most"] is None:
        return _("%(least)s days and more") % {"least": display.number(one["least"])}
    return _("%(least)s to %(most)s days") % {
        "least": display.number(one["least"]),
        "most": display.number(one["most"]),
    }
