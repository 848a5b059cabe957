"""Lists: the table with its heads and cells."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template
from django.template.loader import get_template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from ..tables import Column, Table
from .bars import ageing_mini
from .figures import NOTHING, day, moment, money, number, overdue, percent, status

register = template.Library()


@register.inclusion_tag("components/table.html", takes_context=True)
def table(context: template.Context, table: Table) -> dict[str, Any]:
    """A list with its search, filters, columns, rows and next page."""
    return {
        "table": table,
        "columns": _heads(table),
        "request": context.get("request"),
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("components/table_body.html", takes_context=True)
def table_body(context: template.Context, table: Table) -> dict[str, Any]:
    """The part of a list that changes while one types: chips, rows and foot."""
    return {
        "table": table,
        "columns": _heads(table),
        "request": context.get("request"),
        "csrf_token": context.get("csrf_token"),
    }


def _heads(table: Table) -> list[dict[str, Any]]:
    heads = []
    for column in table.visible:
        sorted_by = column.name == table.sort_name and column.sortable
        heads.append(
            {
                "column": column,
                "href": table.sort_address(column) if column.sortable else "",
                "aria": ("descending" if table.descending else "ascending") if sorted_by else "",
                "arrow": ("▼" if table.descending else "▲") if sorted_by else "",
            }
        )
    return heads


@register.simple_tag
def row_href(table: Table, row: Any) -> str:
    """Where a row of a list leads."""
    return table.href(row)


@register.simple_tag
def row_key(table: Table, row: Any) -> str:
    """What a row of a list is called in a bulk action."""
    return table.key(row)


@register.simple_tag
def total_cell(table: Table, column: Column) -> SafeString | str:
    """The sum of a column, where it has one."""
    if not table.totals or column.name not in table.totals:
        return ""
    return _figure_cell(column, table.totals[column.name], table.totals, table)


@register.simple_tag
def cell(table: Table, column: Column, row: Any) -> SafeString | str:
    """One cell, by the kind of its column."""
    value = table.cell(row, column.name)
    if column.kind in ("party", "link"):
        return _linked(table, column, row, value)
    if column.kind == "template":
        return get_template(column.template).render({"row": row, "value": value, "column": column})
    return _figure_cell(column, value, row, table)


def _figure_cell(column: Column, value: Any, row: Any, table: Table) -> SafeString | str:
    kind = column.kind
    currency = str(table.cell(row, column.currency or "currency") or column.currency)
    if value is None or value == "":
        return NOTHING
    match kind:
        case "money":
            return money(value, currency, bare=not column.mixed, pad=column.mixed)
        case "number" | "days":
            return number(value, column.places if isinstance(value, (float, Decimal)) else None)
        case "percent":
            return percent(value, column.places)
        case "date":
            return day(value)
        case "moment":
            return moment(value)
        case "overdue":
            return overdue(value)
        case "status":
            return status(value)
        case "statuses":
            return format_html_join(" ", "{}", ((status(one),) for one in value)) or NOTHING
        case "ageing":
            return ageing_mini(value, currency)
        case "code":
            return format_html('<bdi dir="ltr">{}</bdi>', value)
    return format_html("<bdi>{}</bdi>", value)


def _linked(table: Table, column: Column, row: Any, value: Any) -> SafeString:
    href = str(table.cell(row, column.href) or "") if column.href else table.href(row)
    opens = mark_safe(" data-panel data-open") if table.panel else mark_safe(" data-open")
    if column.kind == "party":
        customer = value if not isinstance(value, str) else {"name": value, "number": table.cell(row, "number")}
        shown = {"party": customer, "href": href, "panel": table.panel, "under": column.under, "row": row}
        return get_template("components/party.html").render(shown | {"column": column})
    if value is None or value == "":
        return NOTHING
    if not href:
        return format_html("<bdi>{}</bdi>", value)
    return format_html('<a href="{}"{}><bdi>{}</bdi></a>', href, opens, value)
