"""Charts: what the browser draws, and the same as a table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from openterms.core.base.money import exponent

from .figures import day, money, number

register = template.Library()


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
