"""Figures, dates, words and statuses as the person reads them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from openterms.core.base.money import to_decimal

from .. import display as reading
from .. import words

register = template.Library()

NOTHING = mark_safe('<span class="nothing">–</span>')
KEPT = 32_768
"""So many amounts, numbers and dates stay as they were written for a display: pages repeat them."""


@register.simple_tag
def money(minor: int | None, currency: str, bare: bool = False, pad: bool = False, strong: bool = False) -> SafeString:
    """An amount of minor units with its currency; `bare` leaves the currency to the column or sentence.

    `pad` gives the fraction a fixed width, so that a column of several currencies lines up at the decimal mark.
    """
    return NOTHING if minor is None else _money(minor, currency, bare, pad, strong, reading.current())


@lru_cache(KEPT)
def _money(minor: int, currency: str, bare: bool, pad: bool, strong: bool, display: reading.Display) -> SafeString:
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
    return NOTHING if value is None else _number(str(value), places, reading.current())


@lru_cache(KEPT)
def _number(value: str, places: int | None, display: reading.Display) -> SafeString:
    return format_html('<bdi class="number" dir="ltr">{}</bdi>', reading.number(Decimal(value), places))


@register.filter
def percent(value: float | None, places: int = 1) -> SafeString:
    """A share from 0 to 100."""
    if value is None:
        return NOTHING
    return format_html('<bdi class="number" dir="ltr">{}</bdi>', reading.percent(value, places))


@register.filter
def day(value: date | None) -> SafeString:
    """A date in the person's calendar; the machine's form stays in the page."""
    return NOTHING if value is None else _day(value.date() if isinstance(value, datetime) else value, reading.current())


@lru_cache(KEPT)
def _day(value: date, display: reading.Display) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), reading.day(value))


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


@register.filter
def decimal_of(minor: int, currency: str) -> Decimal:
    """Minor units as a decimal, for the value of a field."""
    return to_decimal(minor, currency)


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
