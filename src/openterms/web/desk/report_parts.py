"""What each report shows: how its page asks for it, its table, its charts, its links down to customers and items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext as translated

from openterms.apps.analytics.report import reads
from openterms.apps.analytics.report.table import Report
from openterms.apps.analytics.report.texts import buckets_of
from openterms.apps.analytics.report.tie_out import tie_out
from openterms.apps.parties.reads import find_customer

from . import display, words
from .asked import Asked
from .links import customer_address, item_address
from .report_tables import PAGE, listed, pages

CLAIMS = ("contested", "in_flight", "planned", "promised")
WHOLE = -1
"""The place that stands for a file: all rows."""


def everything(asked: Asked) -> Asked:
    """The same question about all rows."""
    return replace(asked, place=WHOLE)


def _slice(request: HttpRequest, asked: Asked, order: str = "") -> reads.Slice:
    customer = find_customer(request.seller, asked.customer).id if asked.customer else None  # type: ignore[attr-defined]
    whole = asked.place == WHOLE
    return reads.Slice(
        order=asked.order or order,
        start=0 if whole else asked.place,
        limit=None if whole else PAGE + 1,
        customer_id=customer,
        bucket=asked.bucket,
        currency=asked.currency,
        text=asked.text,
    )


def _customer(row: Mapping[str, Any]) -> str:
    return customer_address(row["customer_id"])


# ---------------------------------------------------------------------------------------------------- ageing


def make_ageing(request: HttpRequest, asked: Asked) -> Report:
    """The rows of one page, largest first unless asked otherwise."""
    order = "" if asked.place == WHOLE else "-total"
    return reads.ageing(request.seller, asked.as_of, asked.known_at, asked.by or "due", _slice(request, asked, order))  # type: ignore[attr-defined]


def ageing(request: HttpRequest, asked: Asked, report: Report) -> dict[str, Any]:
    """Bars by currency, the tie-out, and the customers with a way down to their items."""
    path = reverse("desk:report", args=["open-items"])
    ages = buckets_of(asked.by or "due")

    def down(bucket: str) -> Any:
        return lambda row: (
            asked.address(path, customer=row["customer"], bucket=bucket, currency=row["currency"], q=None, sort=None)
            if row.get(bucket)
            else ""
        )

    links: dict[str, Any] = {name: down(name) for name in (*ages, "unapplied")}
    links["customer"] = _customer
    links["total"] = lambda row: asked.address(path, customer=row["customer"], bucket=None, q=None, sort=None)
    table = listed(
        request, asked, report, links=links, sortable=("customer", "total", *ages, "unapplied"),
        hidden=("in_flight", "planned"), searchable=True, order="-total",
    )  # fmt: skip
    bars = [
        {
            "currency": row["currency"],
            "buckets": {age: row[age] for age in ages},
            "unapplied": row["unapplied"],
            "claims": {name: row.get(name) or 0 for name in CLAIMS},
            "link": asked.address(path, currency=row["currency"], customer=None, bucket=None, q=None, sort=None)
            + "&bucket=",
        }
        for row in report.totals
    ]
    ties = tie_out(request.seller, asked.as_of, asked.known_at, report.totals)  # type: ignore[attr-defined]
    return {"table": table, "bars": bars, "ties": ties}


def make_open_items(request: HttpRequest, asked: Asked) -> Report:
    """The items of one page."""
    return reads.open_items(  # type: ignore[no-any-return]
        request.seller,
        asked.as_of,
        asked.known_at,
        _slice(request, asked),
        asked.by or "due",  # type: ignore[attr-defined]
    )


def open_items(request: HttpRequest, asked: Asked, report: Report) -> dict[str, Any]:
    """The items, and in words what they were narrowed to."""
    links = {"customer": _customer, "invoice": lambda row: item_address(row["item_id"])}
    table = listed(
        request, asked, report, links=links, hidden=("in_flight", "planned", "collectable"),
        searchable=True, sortable=("days_overdue",),
        empty=_("No open item is of this age.") if asked.bucket else "",
    )  # fmt: skip
    chips = []
    if asked.customer:
        customer = find_customer(request.seller, asked.customer)  # type: ignore[attr-defined]
        chips.append(_chip(asked, request.path, "customer", _("Customer"), customer.name))
    if asked.bucket:
        chips.append(_chip(asked, request.path, "bucket", _("Age"), words.word(asked.bucket)))
    if asked.currency:
        chips.append(_chip(asked, request.path, "currency", _("Currency"), asked.currency))
    return {"table": table, "narrowed": chips}


def _chip(asked: Asked, path: str, name: str, label: str, said: str) -> dict[str, str]:
    return {"label": label, "said": said, "href": asked.address(path, **{name: None})}


def one_currency(request: HttpRequest, asked: Asked, report: Report) -> dict[str, Any]:
    """Each currency at its rate, and the bar of their sum."""
    table = listed(request, asked, report, without=("currency",))
    bars = [
        {
            "currency": row["currency"],
            "buckets": {age: row[age] for age in buckets_of("due")},
            "unapplied": row["unapplied"],
            "claims": {},
            "link": "",
        }
        for row in report.totals
    ]
    return {"table": table, "bars": bars}


def grouped(request: HttpRequest, asked: Asked, report: Report) -> dict[str, Any]:
    """Sums of the ageing, with the share that is overdue drawn as a bar."""
    return {"table": listed(request, asked, report, hidden=("in_flight", "planned")), "bars": []}


def over_limit(request: HttpRequest, asked: Asked, report: Report) -> dict[str, Any]:
    """Whoever is over the limit, a page at a time."""
    shown = replace(report, rows=pages(report.rows, asked), count=len(report.rows))
    empty = _("Nobody is over the limit.")
    return {"table": listed(request, asked, shown, links={"customer": _customer}, empty=empty), "bars": []}


# ---------------------------------------------------------------------------------------------------- behaviour


def make_behaviour(request: HttpRequest, asked: Asked) -> Report:
    """The rows of one page: who got slowest first, unless asked otherwise."""
    order = "" if asked.place == WHOLE else "-paid_minor"
    by_column = {"-dbt_trend": "-dbt_trend_cd", "dbt_trend": "dbt_trend_cd"}
    wanted = _slice(request, asked, order)
    wanted = replace(wanted, order=by_column.get(wanted.order, wanted.order))
    return reads.behaviour(request.seller, asked.as_of, asked.known_at, wanted)  # type: ignore[attr-defined]


def behaviour(request: HttpRequest, asked: Asked, report: Report) -> dict[str, Any]:
    """How each customer pays, and who got slower."""
    table = listed(
        request, asked, report, links={"customer": _customer}, searchable=True,
        sortable=("customer", "paid_invoices", "wadtp", "dbt", "share_late", "dbt_trend"),
        hidden=("dbt_sd", "index", "largest_exposure_minor", "months_known", "segment_rule"),
        empty=_("No customer has an item yet."),
    )  # fmt: skip
    slower = sorted(
        (row for row in report.rows if row.get("dbt_trend") is not None and row["dbt_trend"] > 0),
        key=lambda row: -row["dbt_trend"],
    )[:10]
    chart = {
        "names": [row["name"] for row in slower],
        "flat": True,
        "unit": _("days"),
        "series": [{"name": _("Slower by"), "values": [float(row["dbt_trend"]) for row in slower]}],
        "head": _("Customer"),
    }
    return {"table": table, "chart": chart if slower and not asked.place and not asked.text else None}


def concentration(request: HttpRequest, asked: Asked, report: Report) -> dict[str, Any]:
    """The largest as bars, the shares of the first ones in figures."""
    shown = replace(report, rows=pages(report.rows, asked), count=len(report.rows))
    by = asked.by or "customer"
    name = "name" if by in ("customer", "group") else "label" if by == "currency" else by
    top = list(report.rows[:10])
    chart = {
        "names": [str(row[name] or row.get(by) or "") for row in top],
        "flat": True,
        "currency": request.seller.currency,  # type: ignore[attr-defined]
        "series": [{"name": _("Owed"), "values": [row["gross"] for row in top]}],
        "head": {"customer": _("Customer"), "group": _("Group"), "country": _("Country"), "currency": _("Currency")}[
            by
        ],
    }
    links = {"customer": lambda row: customer_address(row["key"])} if by == "customer" else {}
    without = ("currency",) if by in ("customer", "group", "country", "currency") else ()
    keep = () if by in ("customer", "group") else ("name",)
    table = listed(request, asked, shown, links=links, without=(*without, *keep))
    return {"table": table, "chart": chart if top else None, "figures": report.document, "by": by}


# ---------------------------------------------------------------------------------------------------- figures


def key_figures(request: HttpRequest, asked: Asked, report: Report) -> dict[str, Any]:
    """Every figure with what it is made of."""
    figures = [
        {
            "code": row["figure"],
            "label": translated(row["label"]),
            "value": row["value"],
            "unit": {"days": _("days"), "percent": "%", "times": _("times"), "index": _("of 10,000")}[row["unit"]],
            "places": 0 if row["unit"] == "index" else 1,
            "basis": translated(row["basis"]),
        }
        for row in report.rows
    ]
    return {"figures": figures, "series_address": asked.address(reverse("desk:report_series"))}


def series(report: Report) -> dict[str, Any]:
    """Three questions about the last months, as charts."""
    x = [row["month"].isoformat() for row in report.rows]

    def line(name: str, label: str, dashed: bool = False) -> dict[str, Any]:
        return {"name": label, "values": [row[name] for row in report.rows], "dashed": dashed}

    head = _("Month end")
    waits = [line("dso", _("DSO")), line("bpdso", _("Best possible"), True)]
    waiting = {"x": x, "unit": _("days"), "series": waits, "head": head}
    collecting = {"x": x, "unit": "%", "series": [line("cei_pct", _("CEI"))], "head": head}
    currency = report.rows[0]["currency"] if report.rows else "USD"
    ages = {
        "x": x,
        "currency": currency,
        "series": [
            {"name": words.word(age), "code": age, "values": [row[age] for row in report.rows]}
            for age in buckets_of("due")
        ],
        "head": head,
    }
    return {"waiting": waiting, "collecting": collecting, "ages": ages, "currency": currency}


def roll_forward(request: HttpRequest, asked: Asked, report: Report) -> dict[str, Any]:
    """One column of figures per currency, opening at the top and closing at the foot."""
    names = [column for column in report.columns if column.kind == "money"]
    used = [
        column
        for column in names
        if column.name in ("opening", "closing", "invoices", "receipts", "credit_notes")
        or any(row[column.name] for row in report.rows)
    ]
    lines = [
        {
            "label": translated(column.label),
            "is_sum": column.name in ("opening", "closing"),
            "amounts": [{"minor": row[column.name], "currency": row["currency"]} for row in report.rows],
        }
        for column in used
    ]
    ties = tie_out(request.seller, asked.as_of, asked.known_at, _closing(report.rows))  # type: ignore[attr-defined]
    days = {"start": display.day(asked.start), "end": display.day(asked.as_of)}
    return {"lines": lines, "currencies": [row["currency"] for row in report.rows], "ties": ties, "days": days}


def _closing(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"currency": row["currency"], "total": row["closing"], "unapplied": 0} for row in rows]
