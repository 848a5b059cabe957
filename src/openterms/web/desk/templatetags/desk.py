"""Template tags of the desk: `{% load desk %}`.

Figures, bars, lists and charts are defined in `web/desk/tags`, one concept in a file, and gathered here beside the
smaller components and the shell. Tags that draw a component render the partial of the same name in
`templates/components/`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import template

from .. import display as reading
from ..navigation import KEY_GROUPS, PLACES
from ..tags import bars, charts, figures, lists
from ..tags.figures import money

__all__ = ["money", "register"]

register = template.Library()
for part in (figures, bars, lists, charts):
    register.tags.update(part.register.tags)
    register.filters.update(part.register.filters)


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
