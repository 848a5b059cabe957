"""Dates as files write them: how a column writes them, and each as a date."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from openterms.core.base.reasons import gettext_noop
from openterms.formats.tabular.cells import serial_date, western
from openterms.formats.tabular.faults import Fault

ORDERS = ("iso", "dmy", "mdy", "excel")
YEARS = range(1900, 2200)
_ISO = re.compile(r"(\d{4})[-/.]?(\d{1,2})[-/.]?(\d{1,2})(?:[T ].*)?", re.ASCII)
_PARTS = re.compile(r"(\d{1,2})([./ -])(\d{1,2})\2(\d{4}|\d{2})(?:[T ].*)?", re.ASCII)
_NAMED = re.compile(
    r"(?:(\d{1,2})[ ./-]*([a-z]{3,9})\.?|([a-z]{3,9})\.? *(\d{1,2}),?)[ ./,-]*(\d{4}|\d{2})(?: .*)?", re.ASCII
)
_MONTHS = {
    name[:length]: number
    for number, name in enumerate(
        [
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ],
        1,
    )
    for length in range(3, 10)
}

_NOT_A_DATE = gettext_noop("%(value)s is not a date")
_NO_SUCH_DAY = gettext_noop("%(value)s does not exist in the calendar")
_FAR = gettext_noop("the year of %(value)s cannot be meant")
_REMEDY = gettext_noop("write dates as %(example)s")
_EXAMPLES = {"iso": "2024-01-31", "dmy": "31/01/2024", "mdy": "01/31/2024", "excel": "45322"}


def read_date(text: str, formats: Sequence[str]) -> date | Fault:
    """One date by the first of ``formats`` that fits: ``iso``, ``dmy``, ``mdy``, ``excel`` or a ``%d.%m.%Y`` pattern.

    A full ISO date is understood under every format, because it can mean nothing else. A time of day behind the date is
    dropped. Two-digit years are 1969 to 2068.
    """
    text = western(text).strip()
    fault: Fault | None = None
    for form in formats:
        found = _read(text, form)
        if isinstance(found, date):
            return found
        if fault is None or found.what != _NOT_A_DATE:
            fault = found
    if "iso" not in formats and text[4:5] == "-" and isinstance(found := _read(text, "iso"), date):
        return found
    return fault if fault is not None else _fault(_NOT_A_DATE, text, "iso")


def _read(text: str, form: str) -> date | Fault:
    if form == "excel":
        text, form = serial_date(text), "iso"
    if form == "iso":
        match = _ISO.fullmatch(text)
        return _day(text, form, match[1], match[2], match[3]) if match else _fault(_NOT_A_DATE, text, form)
    if form in ("dmy", "mdy"):
        if match := _PARTS.fullmatch(text):
            first, second, year = match[1], match[3], match[4]
            day, month = (first, second) if form == "dmy" else (second, first)
            return _day(text, form, year, month, day)
        return _read_named(text, form)
    try:
        found = datetime.strptime(text, form).date()  # noqa: DTZ007
    except ValueError:
        return _fault(_NOT_A_DATE, text, form)
    return found if found.year in YEARS else _fault(_FAR, text, form)


def _read_named(text: str, form: str) -> date | Fault:
    match = _NAMED.fullmatch(text.casefold())
    month = _MONTHS.get(match[2] or match[3]) if match else None
    if match is None or month is None:
        return _fault(_NOT_A_DATE, text, form)
    return _day(text, form, match[5], str(month), match[1] or match[4])


def _day(text: str, form: str, year: str, month: str, day: str) -> date | Fault:
    number = int(year)
    if len(year) == 2:
        number += 1900 if number >= 69 else 2000
    if number not in YEARS:
        return _fault(_FAR, text, form)
    try:
        return date(number, int(month), int(day))
    except ValueError:
        return _fault(_NO_SUCH_DAY, text, form)


def _fault(what: str, text: str, form: str) -> Fault:
    example = _EXAMPLES.get(form) or date(2024, 1, 31).strftime(form)
    shown = text if text.isprintable() and len(text) <= 40 else ascii(text)[1:40]
    return Fault(what, _REMEDY, {"value": repr(shown), "example": example})


def possible_orders(values: Iterable[str]) -> tuple[set[str], int]:
    """Which of ``iso, dmy, mdy, excel`` every value of a sample allows, and how many values were dates at all.

    Values that are no date in any of them do not count (they become bad rows), unless they are the greater part: then
    nothing is possible. With points between (31.01.2024) the day comes first wherever that reads.
    """
    counts = dict.fromkeys(ORDERS, 0)
    points = dated = seen = 0
    for value in values:
        seen += 1
        fitting = [order for order in ORDERS if isinstance(_read(western(value).strip(), order), date)]
        dated += bool(fitting)
        points += bool(fitting) and "." in value[:3]
        for order in fitting:
            counts[order] += 1
    if 2 * dated < seen or not dated:
        return set(), dated
    best = max(counts.values())
    orders = {order for order, count in counts.items() if count == best and 2 * count > dated}
    if {"dmy", "mdy"} <= orders and points == dated:
        orders.discard("mdy")
    return orders, dated


def is_date_format(text: str) -> bool:
    """Whether a text names an order or is a pattern that writes a date and reads the same date back."""
    if text in ORDERS:
        return True
    try:
        probe = date(2024, 12, 31)
        return "%" in text and datetime.strptime(probe.strftime(text), text).date() == probe  # noqa: DTZ007
    except (ValueError, re.error):
        return False
