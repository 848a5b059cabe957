"""Words for codes that only the customer's and invoice's pages show."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pycountry
from babel import Locale
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from openterms.apps.collecting.worklist.models import Outcome
from openterms.apps.parties.models import Contact
from openterms.apps.tenancy import clock

from .. import display

register = template.Library()

SETTLEMENTS = {
    "cash": gettext_lazy("Payment"),
    "credit": gettext_lazy("Credit note"),
    "discount": gettext_lazy("Discount"),
    "small_difference": gettext_lazy("Small difference"),
    "refund": gettext_lazy("Refund"),
    "write_off": gettext_lazy("Written off"),
    "recovery": gettext_lazy("Recovery of a written-off debt"),
}

SCHEMES = {
    "vat": gettext_lazy("VAT number"),
    "lei": gettext_lazy("LEI"),
    "duns": gettext_lazy("D-U-N-S number"),
    "register": gettext_lazy("Register number"),
    "tax": gettext_lazy("Tax number"),
    "gln": gettext_lazy("GLN"),
    "iban": gettext_lazy("IBAN"),
}

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

LANGUAGES = {"en": gettext_lazy("English"), "ar": gettext_lazy("Arabic")}


@register.filter
def outcome(code: str | None) -> str:
    """How a contact ended, in words."""
    return str(dict(Outcome.choices).get(code or "", ""))


@register.filter
def contact_role(code: str | None) -> str:
    """What a contact is there for, in words."""
    return str(dict(Contact.Role.choices).get(code or "", ""))


@register.filter
def settlement(code: str) -> str:
    """What settled an item, in words."""
    return str(SETTLEMENTS.get(code, code))


@register.filter
def scheme(code: str) -> str:
    """Which register knows the number."""
    return str(SCHEMES.get(code, code.upper()))


@register.filter
def language(code: str) -> str:
    """A language's name in the reader's language."""
    return str(LANGUAGES.get(code.split("-")[0], code))


@register.filter
def country(code: str) -> str:
    """A country's name in the reader's language."""
    known = Locale.parse(display.current().language).territories.get(code)
    found = None if known else pycountry.countries.get(alpha_2=code)
    return known or (found.name if found else code)


@register.filter
def pay_day(code: str) -> str:
    """A day on which a customer pays: a weekday, or a day of the month."""
    if code in WEEKDAYS:
        names = Locale.parse(display.current().language).days["format"]["wide"]
        return str(names[WEEKDAYS.index(code)])
    return gettext("day %(day)s of the month") % {"day": display.digits(code)}


@register.filter
def clock_there(zone: str) -> SafeString | str:
    """What time it is now in a time zone."""
    try:
        there: datetime = clock.now().astimezone(ZoneInfo(zone))
    except (ValueError, KeyError, OSError):
        return gettext("unknown")
    return format_html('<bdi dir="ltr">{}</bdi>', display.digits(there.strftime("%H:%M")))


@register.filter
def reason_line(reason: Any) -> str:
    """A reason in one line."""
    return display.reason_texts(reason)["text"] if reason else ""


@register.filter
def said_money(minor: int, currency: str) -> str:
    """An amount as plain text, for letters: `12,400.00 USD`."""
    return f"{display.amount(minor, currency)} {currency}"


@register.filter
def said_day(value: Any) -> str:
    """A date as plain text."""
    return display.day(value)
