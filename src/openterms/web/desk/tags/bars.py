"""What is owed by age and what is left of a limit, as bars and in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from .. import display as reading
from .. import words
from .figures import NOTHING

register = template.Library()

_PLACE_OF_SHARE = Decimal("0.01")


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
