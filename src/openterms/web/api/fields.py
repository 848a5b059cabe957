"""Fields of a request, read strictly: a wrong one is refused by its name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from openterms.core.base.errors import BadInput
from openterms.core.base.money import exponent, to_minor
from openterms.core.base.reasons import gettext_noop

MOST_TEXT = {"purchaser": 200, "idempotency_key": 200, "return_url": 500}
USUAL_TEXT = 100
MOST_LINES = 500
MOST_MINOR = 10**15
"""Sums of thousands of such amounts still fit the record."""


def refuse_unknown(body: Mapping[str, Any], known: tuple[str, ...]) -> None:
    """Errors: a field that this address does not know, perhaps misspelt."""
    for name in body:
        if name not in known:
            raise BadInput(
                gettext_noop("This field is not known"),
                name,
                gettext_noop("Give only: %(fields)s"),
                {"fields": ", ".join(known)},
            )


def text(body: Mapping[str, Any], name: str, needed: bool = False) -> str:
    """A text without control characters, trimmed; empty where it is not given. Errors: another type, too long."""
    value = body.get(name)
    if value is None:
        value = ""
    most = MOST_TEXT.get(name, USUAL_TEXT)
    if not isinstance(value, str) or len(value) > most or not value.isprintable():
        raise BadInput(
            gettext_noop("This is not a text of at most %(most)s characters"),
            name,
            gettext_noop("Give a text on one line"),
            {"most": most},
        )
    if needed and not value.strip():
        raise BadInput(gettext_noop("This field is missing"), name, gettext_noop("Give it with the request"))
    return value.strip()


def flag(body: Mapping[str, Any], name: str) -> bool:
    """True or false; false where it is not given."""
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise BadInput(gettext_noop("This is neither true nor false"), name, gettext_noop("Give true or false"))
    return bool(value)


def currency_of(body: Mapping[str, Any]) -> str:
    """A currency's code."""
    code = text(body, "currency", needed=True).upper()
    try:
        exponent(code)
    except BadInput as error:
        raise error.at("currency") from error
    return code


def amount(body: Mapping[str, Any], currency: str, name: str = "amount") -> int:
    """A decimal text as minor units above zero. Errors: a number instead of a text, too many digits, nothing."""
    value = body.get(name)
    if value is None:
        raise BadInput(gettext_noop("This field is missing"), name, gettext_noop("Give it with the request"))
    if not isinstance(value, str):
        raise BadInput(
            gettext_noop("An amount is a text, so that no digit is lost"), name, gettext_noop('Give such as "1000.00"')
        )
    try:
        minor = to_minor(value, currency)
    except BadInput as error:
        raise error.at(name) from error
    if minor > MOST_MINOR:
        raise BadInput(gettext_noop("This amount is too large"), name, gettext_noop("Check the amount"))
    if minor <= 0:
        raise BadInput(gettext_noop("this amount is above zero"), name, gettext_noop("give one minor unit or more"))
    return minor


def prepaid(body: Mapping[str, Any], currency: str, minor: int) -> int:
    """What is paid in advance, in minor units: true for all of it, an amount, nothing where it is not given."""
    value = body.get("prepaid")
    if value is None or isinstance(value, bool):
        return minor if value else 0
    found = amount(body, currency, "prepaid")
    if found > minor:
        raise BadInput(
            gettext_noop("More is prepaid than the order comes to"), "prepaid", gettext_noop("Give at most the amount")
        )
    return found


def orders_of(body: Mapping[str, Any], most: int) -> list[dict[str, Any]]:
    """The orders of a batch: objects, one or more. Errors: none, too many, another type."""
    value = body.get("orders")
    if not isinstance(value, list) or not 1 <= len(value) <= most or not all(isinstance(one, dict) for one in value):
        raise BadInput(
            gettext_noop("This is not a list of one to %(most)s orders"),
            "orders",
            gettext_noop("Give one object for each order"),
            {"most": most},
        )
    return value


def instant(body: Mapping[str, Any], name: str, needed: bool = False) -> datetime | None:
    """An instant with its offset (RFC 3339); None where it is not given."""
    value = text(body, name, needed)
    if not value:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise BadInput(
            gettext_noop("This is not an instant with its offset"), name, gettext_noop("Give such as %(example)s"),
            {"example": "2026-06-30T12:00:00Z"},
        )  # fmt: skip
    return found


def lines_of(body: Mapping[str, Any], name: str = "lines") -> tuple[dict[str, Any], ...]:
    """A list of objects; empty where it is not given."""
    value = body.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MOST_LINES or not all(isinstance(one, dict) for one in value):
        raise BadInput(
            gettext_noop("This is not a list of at most %(most)s objects"),
            name,
            gettext_noop("Give one object for each line of the order"),
            {"most": MOST_LINES},
        )
    if "\\u0000" in json.dumps(value) or _has_floats(value):
        raise BadInput(
            gettext_noop("A line holds a number with a point, or a character that cannot be kept"),
            name,
            gettext_noop("Give numbers with a point as texts"),
        )
    return tuple(value)


def _has_floats(value: Any) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return isinstance(value, float) or any(_has_floats(one) for one in inner)
