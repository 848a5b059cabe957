"""Template tags of the desk: money, numbers and dates as the person reads them, and the components.

`{% load desk %}`. Tags that draw a component render the partial of the same name in `templates/components/`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import get_template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from openterms.core.base.money import exponent, to_decimal

from .. import display as reading
from .. import words
from ..navigation import KEY_GROUPS, PLACES
from ..tables import Column, Table

register = template.Library()

NOTHING = mark_safe('<span class="nothing">–</span>')
_PLACE_OF_SHARE = Decimal("0.01")


# ---------------------------------------------------------------------------------------------------- figures


@register.simple_tag
def money(minor: int | None, currency: str, bare: bool = False, pad: bool = False, strong: bool = False) -> SafeString:
    """An amount of minor units with its currency; `bare` leaves the currency to the column or sentence.

    `pad` gives the fraction a fixed width, so that a column of several currencies lines up at the decimal mark.
    """
    if minor is None:
        return NOTHING
    if pad:
        whole, fraction = reading.amount_parts(minor, currency)
        figure = format_html('{}<span class="fraction-pad">{}</span>', whole, fraction)
    else:
        figure = format_html("{}", reading.amount(minor, currency))
    code = "" if bare else format_html(' <span class="currency">{}</span>', currency)
    css = "money money-strong" if strong else "money"
    return format_html('<bdi class="{}" dir="ltr"><span class="amount">{}</span>{}</bdi>', css, figure, code)


@register.filter("money")
def money_filter(minor: int | None, currency: str) -> SafeString:
    """`{{ minor|money:currency }}`: for use inside `{% blocktranslate with ... %}`."""
    return money(minor, currency)


@register.filter("amount")
def amount_filter(minor: int | None, currency: str) -> SafeString:
    """`{{ minor|amount:currency }}`: the figure without its currency."""
    return money(minor, currency, bare=True)


@register.filter
def number(value: float | None, places: int | None = None) -> SafeString:
    """A count or measure with grouped thousands."""
    if value is None:
        return NOTHING
    return format_html('<bdi class="number" dir="ltr">{}</bdi>', reading.number(value, places))


@register.filter
def percent(value: float | None, places: int = 1) -> SafeString:
    """A share from 0 to 100."""
    if value is None:
        return NOTHING
    return format_html('<bdi class="number" dir="ltr">{}</bdi>', reading.percent(value, places))


@register.filter
def day(value: date | None) -> SafeString:
    """A date in the person's calendar; the machine's form stays in the page."""
    if value is None:
        return NOTHING
    return format_html('<time datetime="{}">{}</time>', value.isoformat()[:10], reading.day(value))


@register.filter
def moment(value: datetime | None) -> SafeString:
    """An instant to the minute, in the time zone in force."""
    if value is None:
        return NOTHING
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), reading.moment(value))


@register.filter
def when(value: date | datetime | None) -> SafeString:
    """A date or an instant, whichever it is."""
    return moment(value) if isinstance(value, datetime) else day(value)


@register.filter
def overdue(days: int | None) -> str | SafeString:
    """`18 days overdue`, `due today`, `due in 3 days`."""
    return NOTHING if days is None else reading.overdue(days)


@register.filter
def days(count: int | None) -> str | SafeString:
    """`3 days`."""
    return NOTHING if count is None else reading.days(count)


@register.filter
def digits(text: object) -> str:
    """Digits of a text in the person's numerals."""
    return reading.digits(str(text))


@register.filter
def word(code: str | None) -> str:
    """The word for a status, bucket, step, segment or kind of item."""
    return words.word(code) if code else ""


# ---------------------------------------------------------------------------------------------------- status


@register.simple_tag
def mark(code: str) -> SafeString:
    """The small sign of a status (tally strokes for the buckets, others for claims and holds)."""
    look = words.look(code)
    return format_html(
        '<svg class="mark" data-status="{}" viewBox="0 0 12 12" aria-hidden="true"><use href="#mark-{}"/></svg>',
        look,
        look.replace("+", "-plus"),
    )


@register.simple_tag
def status(code: str | None, text: str = "", plain: bool = False) -> SafeString:
    """A status as mark, word and colour."""
    if not code:
        return NOTHING
    css = "status status-plain" if plain else "status"
    said = text or words.word(code)
    return format_html('<span class="{}" data-status="{}">{}{}</span>', css, words.look(code), mark(code), said)


# ---------------------------------------------------------------------------------------------------- bars


def _shares(parts: Sequence[tuple[str, int]]) -> list[tuple[str, Decimal, Decimal]]:
    """Code, start and width in per cent of each part with something in it; parts touch."""
    whole = sum(minor for _, minor in parts)
    at = Decimal(0)
    cuts = []
    for code, minor in parts:
        width = Decimal(minor) * 100 / Decimal(whole) if whole else Decimal(0)
        if width > 0:
            cuts.append((code, at, width))
        at += width
    return cuts


def _bar(parts: Sequence[tuple[str, int]], css: str = "bar", attribute: str = "status") -> SafeString:
    rects = format_html_join(
        "",
        '<rect data-{}="{}" x="{}%" width="{}%" height="100%"/>',
        (
            (attribute, code, start.quantize(_PLACE_OF_SHARE), width.quantize(_PLACE_OF_SHARE))
            for code, start, width in _shares(parts)
        ),
    )
    return format_html('<svg class="{}" width="100%" aria-hidden="true">{}</svg>', css, rects)


def _pairs(buckets: Mapping[str, int] | Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    pairs = dict(buckets.items() if isinstance(buckets, Mapping) else buckets)
    known = [code for code in (*words.BUCKETS, "0-30") if code in pairs]
    return [(code, int(pairs[code] or 0)) for code in (*known, *(code for code in pairs if code not in known))]


@register.inclusion_tag("components/ageing_bar.html")
def ageing_bar(
    buckets: Mapping[str, int] | Iterable[tuple[str, int]],
    currency: str,
    as_of: date | None = None,
    link: str = "",
    unapplied: int = 0,
    claims: Mapping[str, int] | None = None,
    words_shown: bool = True,
) -> dict[str, Any]:
    """What is owed by age, as a bar and in words. `link` is an address to which the bucket is added."""
    parts = _pairs(buckets)
    whole = sum(minor for _, minor in parts)
    return {
        "parts": [
            {
                "code": code,
                "minor": minor,
                "share": Decimal(minor) * 100 / Decimal(whole) if whole else Decimal(0),
                "href": f"{link}{quote(code)}" if link and minor else "",
            }
            for code, minor in parts
        ],
        "bar": _bar([(words.look(code), minor) for code, minor in parts]),
        "whole": whole,
        "net": whole + unapplied,
        "unapplied": unapplied,
        "claims": [{"code": code, "minor": minor} for code, minor in (claims or {}).items() if minor],
        "currency": currency,
        "as_of": as_of,
        "words_shown": words_shown,
    }


@register.simple_tag
def ageing_mini(buckets: Mapping[str, int] | Iterable[tuple[str, int]] | None, currency: str) -> SafeString:
    """The bar alone, for a table cell; the words are there for those who do not see it."""
    if not buckets:
        return NOTHING
    parts = _pairs(buckets)
    said = ", ".join(f"{words.word(code)} {reading.amount(minor, currency)}" for code, minor in parts if minor)
    bar = _bar([(words.look(code), minor) for code, minor in parts], "bar bar-small")
    return format_html('{}<span class="visually-hidden">{} {}</span>', bar, said, currency)


@register.inclusion_tag("components/headroom.html")
def headroom(
    currency: str,
    limit: int | None = None,
    unlimited: bool = False,
    open_minor: int = 0,
    authorised: int = 0,
    as_of: date | None = None,
    valid_to: date | None = None,
    heading: str = "",
) -> dict[str, Any]:
    """How much credit is left. No limit set, a limit of zero and an unlimited line are three different things."""
    used = max(0, open_minor) + max(0, authorised)
    parts = [("open", max(0, open_minor)), ("authorised", max(0, authorised))]
    state, free = "limited", 0
    if unlimited:
        state = "unlimited"
    elif limit is None:
        state = "none"
    elif limit == 0:
        state = "zero"
    else:
        free = limit - used
        if free >= 0:
            parts.append(("free", free))
        else:
            state = "over"
            parts = [*_up_to(limit, parts), ("over", -free)]
    return {
        "state": state,
        "currency": currency,
        "limit": limit,
        "open_minor": open_minor,
        "authorised": authorised,
        "used": used,
        "free": free,
        "over": used - (limit or 0),
        "utilisation": Decimal(used) * 100 / Decimal(limit) if limit else None,
        "bar": _bar(parts, "bar", "part") if state in ("limited", "over") else "",
        "as_of": as_of,
        "valid_to": valid_to,
        "heading": heading,
    }


def _up_to(limit: int, parts: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    left, kept = limit, []
    for code, minor in parts:
        kept.append((code, min(minor, left)))
        left -= min(minor, left)
    return kept


# ---------------------------------------------------------------------------------------------------- components


@register.inclusion_tag("components/stat.html")
def stat(
    label: str,
    minor: int | None = None,
    currency: str = "",
    value: Any = None,
    unit: str = "",
    places: int | None = None,
    change: float | None = None,
    against: str = "",
    less_is_better: bool = False,
    basis: str = "",
    as_of: date | None = None,
    href: str = "",
) -> dict[str, Any]:
    """A number with its basis, currency, date and comparison. `change` is in per cent (or in `unit` for a `value`)."""
    direction = "" if not change else "up" if change > 0 else "down"
    good = "" if not change else "better" if (change < 0) == less_is_better else "worse"
    return {
        "label": label,
        "minor": minor,
        "currency": currency,
        "value": value,
        "unit": unit,
        "places": places,
        "change": change,
        "size": abs(change) if change is not None else None,
        "direction": direction,
        "good": good,
        "against": against,
        "basis": basis,
        "as_of": as_of,
        "href": href,
    }


@register.inclusion_tag("components/reasons.html")
def reasons(given: Iterable[Any] | None, open: bool = False, label: str = "") -> dict[str, Any]:
    """Why: the reasons of a step, a decision or a refusal, in their order."""
    return {"reasons": [reading.reason_texts(one) for one in given or ()], "open": open, "label": label}


@register.inclusion_tag("components/timeline.html")
def timeline(ahead: Iterable[Any] = (), behind: Iterable[Any] = (), today: date | None = None) -> dict[str, Any]:
    """What is coming (nearest to today last) and what happened (latest first)."""
    return {"ahead": list(ahead or ()), "behind": list(behind or ()), "today": today}


@register.inclusion_tag("components/party.html")
def party(customer: Any, href: str = "", panel: bool = False, full: bool = False) -> dict[str, Any]:
    """A customer by name and number, with what stops business marked beside it."""
    return {"party": customer, "href": href, "panel": panel, "full": full}


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


# ---------------------------------------------------------------------------------------------------- charts


@register.inclusion_tag("components/chart.html")
def chart(
    kind: str,
    data: Mapping[str, Any],
    title: str,
    name: str,
    basis: str = "",
    height: str = "",
) -> dict[str, Any]:
    """A chart that answers the question in its title, with its table and downloads. See docs/desk.md for `data`."""
    ready = dict(data)
    if ready.get("currency"):
        ready["exponent"] = exponent(ready["currency"])
    return {
        "kind": kind,
        "json": json.dumps(ready, cls=DjangoJSONEncoder, ensure_ascii=False),  # a script would be lost in a partial
        "chart_id": f"chart-{name}",
        "title": title,
        "name": name,
        "basis": basis,
        "height": height,
        "heads": _chart_heads(kind, ready),
        "lines": _chart_lines(kind, ready),
        "empty": not (ready.get("points") if kind == "dots" else any(one["values"] for one in ready.get("series", ()))),
    }


def _chart_heads(kind: str, data: Mapping[str, Any]) -> list[str]:
    if kind == "dots":
        return [gettext("Invoice"), gettext("Due"), gettext("Days late"), gettext("Amount")]
    return [data.get("head", ""), *(str(one["name"]) for one in data.get("series", ()))]


def _chart_lines(kind: str, data: Mapping[str, Any]) -> list[list[Any]]:
    currency = data.get("currency", "")

    def figure(value: float | int | None) -> SafeString:
        return money(int(value), currency, bare=True) if currency and value is not None else number(value)

    if kind == "dots":
        return [
            [one.get("name", ""), _named(one["x"]), number(one["y"]), figure(one.get("size"))]
            for one in data.get("points", ())
        ]
    names = data.get("x") or data.get("names") or ()
    return [
        [_named(name), *(figure(one["values"][at]) for one in data.get("series", ()))] for at, name in enumerate(names)
    ]


def _named(name: Any) -> Any:
    try:
        return day(date.fromisoformat(str(name)))
    except ValueError:
        return name


@register.filter
def decimal_of(minor: int, currency: str) -> Decimal:
    """Minor units as a decimal, for the value of a field."""
    return to_decimal(minor, currency)


# ---------------------------------------------------------------------------------------------------- the shell


@register.simple_tag
def display() -> reading.Display:
    """The display in force: `{% display as reader %}`."""
    return reading.current()


@register.simple_tag(takes_context=True)
def places(context: template.Context) -> list[dict[str, Any]]:
    """The places of the desk; the one we are in is marked."""
    request = context.get("request")
    here = context.get("place") or ""
    path = request.path if request else ""
    shown = []
    for place in PLACES:
        address = place.address
        inside = path == address if address == "/" else path.startswith(address)
        shown.append({"place": place, "address": address, "current": here == place.code or (not here and inside)})
    return shown


@register.simple_tag
def key_groups() -> Any:
    """The list of keys, by where they work."""
    return KEY_GROUPS


@register.simple_tag
def route(name: str, fallback: str = "#", **kwargs: Any) -> str:
    """The address of a route, or `fallback` while the route does not exist."""
    from django.urls import NoReverseMatch, reverse

    try:
        return reverse(name, kwargs=kwargs or None)
    except NoReverseMatch:
        return fallback
