"""A report as a list on a page: its columns in the desk's words, its rows with their links, its totals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from openterms.apps.analytics.report.table import Column as ReportColumn
from openterms.apps.analytics.report.table import Note, Report

from . import display, words
from .asked import Asked
from .tables import Column, Table
from .templatetags.desk import money

PAGE = 100
CLAIMS = ("contested", "in_flight", "planned", "promised")
"""Columns that are shown when there is anything in them."""
Links = Mapping[str, Callable[[Mapping[str, Any]], str]]
_NARROW = {"customers", "months_known", "rank"}


def listed(
    request: HttpRequest,
    asked: Asked,
    report: Report,
    *,
    links: Links | None = None,
    sortable: Iterable[str] = (),
    hidden: Iterable[str] = (),
    without: Iterable[str] = (),
    searchable: bool = False,
    limit: int = PAGE,
    order: str = "",
    empty: str = "",
) -> Table:
    """The table of a report whose rows are those from `asked.place` on.

    `links` gives cells an address by the row; `hidden` columns can be chosen; `without` are left out. A party's name
    and number stand together in one column, which links to the customer.
    """
    links, sortable, hidden, left_out = links or {}, set(sortable), set(hidden), set(without)
    many = len({row.get("currency") for row in (*report.rows, *report.totals)} - {None}) > 1
    has_party = {"customer", "name"} <= {column.name for column in report.columns}
    columns = []
    for column in report.columns:
        if column.name in left_out or (has_party and column.name == "name"):
            continue
        columns.append(_column(column, many, has_party, links, column.name in sortable, column.name in hidden))
    query = request.GET.copy()
    for name in ("part", "after", "format"):
        query.pop(name, None)
    table = Table.of(
        request,
        report.name,
        columns,
        order,
        search=asked.text if searchable else None,
        search_label=_("Name or number"),
        caption=_(report.title),
        panel=False,
        limit=limit,
        empty_title=empty or _("Nothing is open on this day."),
    )
    table.query, table.after = query, str(asked.place) if asked.place else ""
    rows = [_row(row, has_party, links) for row in report.rows]
    table.fill(rows, lambda row: str(asked.place + limit))
    if len(report.totals) == 1 and not asked.text:
        table.totals = totals_row(report.totals[0], report.columns)
    nothing = {one for one in CLAIMS if not any(row.get(one) for row in report.totals)}
    if not request.GET.getlist("columns"):
        if not many and table.rows and any(column.kind == "money" for column in report.columns):
            code = str(report.rows[0].get("currency") or "")
            nothing |= {"currency"} if code else set()
            table.basis = _("Amounts in %(currency)s.") % {"currency": code} if code else ""
        table.shown = [name for name in table.shown if name not in nothing]
    if not asked.text and report.count is not None:
        table.count = report.count
    return table


def totals_row(sums: Mapping[str, Any], columns: Iterable[ReportColumn]) -> dict[str, Any]:
    """The foot of a list: sums of money as they are written, each under its column."""
    return {
        column.name: money(sums[column.name], sums["currency"], bare=True)
        for column in columns
        if column.kind == "money" and sums.get(column.name) is not None
    }


def _column(column: ReportColumn, many: bool, has_party: bool, links: Links, sortable: bool, hidden: bool) -> Column:
    kind: Any = "text" if column.name in ("kind", "segment") else column.kind
    if column.name == "customer" and has_party:
        kind = "party"
    elif column.kind == "money":
        kind = "template"
    elif column.name == "share_late":
        kind = "percent"
    elif column.name in links:
        kind = "link"
    return Column(
        column.name,
        _(column.label),
        kind,
        sortable=sortable,
        hidden=hidden,
        weight=_weight(column),
        mixed=many and column.kind == "money",
        currency=column.currency,
        places=1 if kind == "percent" else column.places,
        href="customer_href" if kind == "party" else f"{column.name}_href" if kind == "link" else "",
        template="desk/reports/amount.html" if kind == "template" else "",
    )


def _weight(column: ReportColumn) -> int:
    if column.name in CLAIMS:
        return 4
    if column.name in _NARROW or column.is_wide:
        return 3
    return 1 if column.name in ("customer", "total", "currency", "who", "invoice", "open", "excess", "segment") else 2


def _row(row: Mapping[str, Any], has_party: bool, links: Links) -> dict[str, Any]:
    shown = dict(row)
    for name in ("kind", "segment"):
        if shown.get(name):
            shown[name] = words.word(shown[name])
    if shown.get("share_late") is not None:
        shown["share_late"] = shown["share_late"] * 100
    because = shown.get("segment_rule")
    if because:
        shown["segment_rule"] = _(because)
    for name, link in links.items():
        shown[f"{name}_href"] = link(row)
    if has_party:
        shown["number"] = row["customer"]
        shown["customer"] = {"name": row["name"], "number": row["customer"]}
    return shown


def said(note: Note) -> str:
    """A note in the person's language."""
    params = {}
    for name, value in note.params.items():
        params[name] = display.day(value) if hasattr(value, "isoformat") else value
    text = _(note.text)
    return text % params if params else text


def notes_of(report: Report) -> list[str]:
    """All notes of a report in the person's language."""
    return [said(note) for note in report.notes]


def pages(rows: Sequence[Any], asked: Asked, limit: int = PAGE) -> list[Any]:
    """The rows from the asked place on, one more than a page where there are more."""
    return list(rows[asked.place : asked.place + limit + 1])
