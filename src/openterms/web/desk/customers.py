"""Customers: who owes what, how late, over which limit; found as one types."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from openterms.apps.credit.account.reads import AccountFilter, accounts
from openterms.apps.parties.reads import choices

from . import download
from .access import may, staff
from .columns import in_one_currency
from .paging import cursor, every_row, read_cursor, uuid_of
from .saved_views import views_of
from .tables import Column, Filter, Table
from .words import SEGMENTS, STEPS, word

COLUMNS = (
    Column("name", _("Customer"), "party", sortable=True, under="desk/cells/late_money.html", mixed=True),
    Column("ageing", _("By age"), "ageing", weight=3),
    Column("total", _("Owed, net"), "money", sortable=True, mixed=True),
    Column("overdue", _("Overdue"), "money", sortable=True, mixed=True, weight=2),
    Column("days_overdue", _("Days overdue"), "days", sortable=True, weight=4),
    Column("at_risk", _("At risk"), "money", sortable=True, mixed=True, weight=4),
    Column(
        "limit_minor", _("Limit"), "template", template="desk/cells/limit.html", figure=True, mixed=True, weight=3
    ),
    Column("segment_word", _("Pays"), weight=3),
    Column("step_word", _("Next step"), weight=2),
    Column("marks", _("Marks"), "statuses", weight=3),
    Column("collector_name", _("Collector"), weight=3, hidden=True),
    Column("group_name", _("Group"), weight=3, hidden=True),
    Column("country", _("Country"), "code", weight=3, hidden=True),
    Column("dbt", _("Days beyond terms"), "number", sortable=True, weight=3, hidden=True),
)


@staff
def customers_page(request: HttpRequest) -> HttpResponse:
    """The list, or a file of it."""
    seller = request.seller  # type: ignore[attr-defined]
    known = choices(seller)
    filters = (
        Filter("collector", _("Collector"), choices=[("me", _("My accounts")), *known["collectors"]]),
        Filter("segment", _("Pays"), choices=list(SEGMENTS.items())),
        Filter("step", _("Next step"), choices=list(STEPS.items())),
        Filter("country", _("Country"), choices=known["countries"]),
        Filter("group", _("Group"), choices=known["groups"]),
        Filter("currency", _("Currency"), choices=known["currencies"]),
        Filter("overdue", _("Overdue"), "check"),
        Filter("over_limit", _("Over limit"), "check"),
        Filter("on_hold", _("On hold"), "check"),
    )
    shown = [one for one in filters if one.kind == "check" or len(one.choices) > 1 or request.GET.get(one.name)]
    table = Table.of(
        request, "customers", COLUMNS, "name", filters=shown, search="", search_label=_("Name or number"),
        row_href=lambda row: reverse("desk:customer", args=[row["id"]]), exports=True,
        select=may(request, "line"), bulk=[{"href": reverse("desk:lines_change"), "label": _("Change lines")}],
        views=views_of(request, "customers"), caption=_("Customers"),
        empty_title=_("No customers yet."), empty_text=_("Import a file of customers, or add the first one by hand."),
    )  # fmt: skip
    in_one_currency(table, [code for code, _name in known["currencies"]])
    wanted = _filter(request, table)

    def read(after: list[Any] | None, limit: int) -> list[dict[str, Any]]:
        return [_row(row) for row in accounts(seller, wanted, table.sort, after, limit)]

    kind = download.wanted(request)
    if kind:
        return download.download(table, every_row(read), "customers", kind)
    by_figure = table.sort_name != "name"
    after = read_cursor(table.after, *(("int", "uuid", "text") if by_figure else ("text", "uuid", "text")))
    if by_figure and after and len(after) == 2:
        after = read_cursor(table.after, "text", "uuid")
    table.fill(read(after, table.limit + 1), cursor)
    as_of = next((row["as_of"] for row in table.rows if row["as_of"]), None)
    matching = request.GET.copy()
    for name in ("after", "sort", "columns"):
        matching.pop(name, None)
    context = {"table": table, "place": "customers", "as_of": as_of, "matching": matching.urlencode()}
    return render(request, "desk/customers.html", context)


def _filter(request: HttpRequest, table: Table) -> AccountFilter:
    given = {one.name: one.value.replace("\0", "") for one in table.filters}
    collector = request.user.id if given.get("collector") == "me" else uuid_of(given.get("collector", ""))  # type: ignore[union-attr]
    return AccountFilter(
        text=(table.search or "").replace("\0", ""),
        segment=given.get("segment", ""),
        step=given.get("step", ""),
        collector=collector,
        country=given.get("country", ""),
        group=uuid_of(given.get("group", "")),
        currency=given.get("currency", ""),
        overdue=bool(given.get("overdue")),
        over_limit=bool(given.get("over_limit")),
        on_hold=bool(given.get("on_hold")),
    )


def _row(row: dict[str, Any]) -> dict[str, Any]:
    marks = [
        mark
        for mark, holds in (
            ("hold", row["on_hold"]),
            ("over_limit", row["is_over_limit"]),
            ("insolvent", row["insolvent_on"]),
            ("paused", row["paused_until"]),
        )
        if holds
    ]
    return row | {
        "segment_word": word(row["segment"]) if row["segment"] else "",
        "step_word": word(row["step"]) if row["step"] else "",
        "total": row["total_minor"],
        "overdue": row["overdue_minor"],
        "at_risk": row["at_risk_minor"],
        "dbt": None if row["dbt_cd"] is None else row["dbt_cd"] / 100,
        "marks": marks,
    }
