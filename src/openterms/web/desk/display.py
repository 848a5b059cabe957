"""How a person reads: language, numerals, calendar, theme. And money, numbers, dates and shares written that way.

The middleware puts the display of the person who asks in force; everything written for that request follows it, also
inside templates that were included without their context.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext, ngettext, pgettext
from hijridate import Gregorian

from openterms.core.base.money import exponent, format_amount

COOKIE = "openterms_display"
LANGUAGES = ("en", "ar")
NUMERALS = ("latn", "arab")
CALENDARS = ("gregorian", "hijri")
THEMES = ("auto", "light", "dark")

MINUS = "\N{MINUS SIGN}"
_ARABIC_INDIC = str.maketrans("0123456789,.", "٠١٢٣٤٥٦٧٨٩٬٫")
_ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


@dataclass(frozen=True, slots=True)
class Display:
    """One person's choices. The values are those stored on the user."""

    language: str = "en"
    numerals: str = "latn"
    calendar: str = "gregorian"
    theme: str = "auto"

    @property
    def direction(self) -> str:
        """`rtl` for Arabic, else `ltr`: the page's `dir`."""
        return "rtl" if self.language == "ar" else "ltr"


_active: ContextVar[Display | None] = ContextVar("openterms_display", default=None)


def current() -> Display:
    """The display in force; without one, Latin numerals and the Gregorian calendar in the active language."""
    display = _active.get()
    language = (translation.get_language() or "en").split("-")[0]
    if display is None:
        return Display(language=language)
    return display if display.language == language else replace(display, language=language)


def activate(display: Display | None) -> None:
    """Write for this person from now on (in this thread or task)."""
    _active.set(display)


def of_request(request: HttpRequest) -> Display:
    """The choices of the signed-in person, else those kept in the cookie of the login pages."""
    language = _known((translation.get_language() or "en").split("-")[0], LANGUAGES)
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return Display(
            language=_known(user.locale.split("-")[0], LANGUAGES),
            numerals=_known(user.numerals, NUMERALS),
            calendar=_known(user.calendar, CALENDARS),
            theme=_known(user.theme, THEMES),
        )
    return Display(language=language, **of_cookie(request.COOKIES.get(COOKIE, "")))


def of_cookie(text: str) -> dict[str, str]:
    """The choices in a cookie; anything unknown in it is left out."""
    try:
        kept = json.loads(text or "{}")
    except ValueError:
        return {}
    if not isinstance(kept, dict):
        return {}
    allowed = {"numerals": NUMERALS, "calendar": CALENDARS, "theme": THEMES}
    return {name: kept[name] for name, values in allowed.items() if kept.get(name) in values}


def _known(value: str, values: tuple[str, ...]) -> str:
    return value if value in values else values[0]


class DisplayMiddleware:
    """Answers in the language and numerals of the person who asks, and leaves nothing behind for the next request.

    Stands where the person is known: after the middleware that loads them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Put the person's display in force for this request."""
        display = of_request(request)
        before = _active.set(display)
        try:
            with translation.override(display.language):
                request.LANGUAGE_CODE = display.language
                response = self.get_response(request)
                response.headers.setdefault("Content-Language", display.language)
                return response
        finally:
            _active.reset(before)


# ---------------------------------------------------------------------------------------------------- writing


def digits(text: str) -> str:
    """Latin digits of a text in the person's numerals; the rest of the text stays as it is."""
    return text.translate(_ARABIC_DIGITS) if current().numerals == "arab" else text


def _figure(text: str) -> str:
    text = text.replace("-", MINUS)
    return text.translate(_ARABIC_INDIC) if current().numerals == "arab" else text


def amount(minor: int, currency: str) -> str:
    """An amount without its currency, with the currency's digits and a true minus: `-1240000 EUR` is `−12,400.00`."""
    return _figure(format_amount(int(minor), currency))


def amount_parts(minor: int, currency: str) -> tuple[str, str]:
    """The amount before and from the decimal mark, so that columns of several currencies line up at the mark."""
    whole = format_amount(int(minor), currency)
    cut = whole.find(".") if exponent(currency) else len(whole)
    return _figure(whole[:cut]), _figure(whole[cut:])


def item_line(number: str, due_on: date, minor: int, currency: str) -> str:
    """An item to be chosen: its number, the day it is due, what is open of it."""
    return f"\u2068{number}\u2069 · {day(due_on)} · \u2068{amount(minor, currency)}\u00a0{currency}\u2069"


def number(value: int | float | Decimal, places: int | None = None) -> str:
    """A count or a measure with grouped thousands; `places` digits after the mark, half up."""
    exact = Decimal(str(value))
    if places is not None:
        exact = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    if not exact:
        exact = abs(exact)  # what rounds to nothing has no sign
    return _figure(f"{exact:,f}")


def percent(value: int | float | Decimal, places: int = 1) -> str:
    """A share from 0 to 100 with its sign: `12.4%`; the Arabic sign with Arabic numerals."""
    sign = "٪" if current().numerals == "arab" else "%"
    return number(value, places) + sign


def day(value: date | datetime, calendar: str | None = None) -> str:
    """A business date in the person's calendar and language: `14 Mar 2025`, `14 Ramadan 1446 AH`.

    Dates outside the tables of the Hijri calendar (1924-2077) are written in the Gregorian one.
    """
    on = value.date() if isinstance(value, datetime) else value
    if (calendar or current().calendar) == "hijri":
        written = _hijri(on)
        if written:
            return written
    return digits(f"{on.day} {month(on.month)} {on.year}")


def moment(value: datetime) -> str:
    """An instant in the time zone in force, to the minute: `14 Mar 2025, 09:30`."""
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    comma = "،" if current().language == "ar" else ","
    return f"{day(local)}{comma} {digits(local.strftime('%H:%M'))}"


def _hijri(on: date) -> str | None:
    try:
        hijri = Gregorian(on.year, on.month, on.day).to_hijri()
    except (OverflowError, ValueError):
        return None
    language = "ar" if current().language == "ar" else "en"
    return digits(f"{hijri.day} {hijri.month_name(language)} {hijri.year} {hijri.notation(language)}")


def month(number_of_month: int) -> str:
    """The short English name of a month, the full Arabic one."""
    return _months(current().language)[number_of_month - 1]


@cache
def _months(language: str) -> tuple[str, ...]:
    """The names in the language in force, which `language` names."""
    return (
        pgettext("month", "Jan"),
        pgettext("month", "Feb"),
        pgettext("month", "Mar"),
        pgettext("month", "Apr"),
        pgettext("month", "May"),
        pgettext("month", "Jun"),
        pgettext("month", "Jul"),
        pgettext("month", "Aug"),
        pgettext("month", "Sep"),
        pgettext("month", "Oct"),
        pgettext("month", "Nov"),
        pgettext("month", "Dec"),
    )


def overdue(days_overdue: int) -> str:
    """`18 days overdue`, `due today`, `due in 3 days`."""
    if days_overdue > 0:
        text = ngettext("%(days)s day overdue", "%(days)s days overdue", days_overdue)
    elif days_overdue == 0:
        return gettext("due today")
    else:
        text = ngettext("due in %(days)s day", "due in %(days)s days", -days_overdue)
    return text % {"days": number(abs(days_overdue))}


def days(count: int) -> str:
    """`3 days`, in the right plural."""
    return ngettext("%(days)s day", "%(days)s days", abs(count)) % {"days": number(count)}


def reason_texts(reason: Any) -> dict[str, str]:
    """A reason in the person's language, as `{code, text, remedy, source}`.

    Takes a `core.base.reasons.Reason`, a stored one (a mapping with the same fields) or a plain text. Money in the
    params (`..._minor` beside a `currency`) and dates are written for people.
    """
    if isinstance(reason, str):
        return {"code": "", "text": reason, "remedy": "", "source": ""}
    given = reason.get if isinstance(reason, dict) else lambda name, default="": getattr(reason, name, default)
    raw = given("params", {}) or {}
    params = {name: _param(name, value, raw) for name, value in raw.items()}
    staff = given("staff") or given("text") or given("code") or ""
    return {
        "code": given("code") or "",
        "text": _filled(str(staff), params),
        "remedy": _filled(str(given("remedy") or ""), params),
        "source": str(given("source") or ""),
    }


def _filled(text: str, params: dict[str, str]) -> str:
    if not text:
        return ""
    translated = gettext(text)
    return translated % params if params else translated


STEP_PARAMS = ("step", "awaited")
"""Params of reasons that hold the code of a step, read as its word."""
CODE_PARAMS = ("role", "roles", "bound_by", "facts", "channels")
"""Params that hold codes of roles, limit methods or facts, with commas between them."""


def _param(name: str, value: Any, params: Any) -> str:
    if name in STEP_PARAMS and isinstance(value, str):
        from .words import word

        return word(value)
    if name in CODE_PARAMS and isinstance(value, str):
        from .words import codes_said

        return codes_said(value)
    if name == "because" and isinstance(value, str):
        return gettext(value)
    if isinstance(value, bool) or value is None:
        return str(value)
    if name.endswith("_minor") and isinstance(value, int) and params.get("currency"):
        return f"{amount(value, params['currency'])} {params['currency']}"
    if isinstance(value, int):
        return number(value) if abs(value) > 9999 or name != "year" else digits(str(value))
    if isinstance(value, date):
        return day(value)
    if isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-":
        try:
            return day(date.fromisoformat(value))
        except ValueError:
            return value
    return str(value)
