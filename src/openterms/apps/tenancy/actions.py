"""Make sellers, users and memberships."""

from __future__ import annotations

import re
from collections.abc import Sequence
from zoneinfo import ZoneInfo, available_timezones

import pycountry
from django.db import IntegrityError, transaction

from openterms.core.base.errors import BadInput
from openterms.core.base.money import exponent
from openterms.core.receivables.terms import parse_terms

from .models import Membership, Seller, User

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
GULF_WEEKEND = {"SA", "KW", "BH", "OM", "QA", "JO", "EG", "IQ", "YE", "SY", "LY", "SD", "DZ"}


def parse_weekend(text: str) -> list[int]:
    """`sat,sun` -> [6, 7] (ISO days). Errors: a word that is no day."""
    days = [part.strip().lower()[:3] for part in text.split(",") if part.strip()]
    unknown = [day for day in days if day not in WEEKDAYS]
    if unknown:
        raise BadInput(f"'{unknown[0]}' is not a day", "weekend", "Give days as mon, tue, … separated by commas.")
    return sorted({WEEKDAYS.index(day) + 1 for day in days})


def usual_weekend(country: str) -> list[int]:
    """The country's usual weekend: Friday and Saturday in most Arab states, else Saturday and Sunday."""
    return [5, 6] if country in GULF_WEEKEND else [6, 7]


def add_seller(
    code: str,
    name: str,
    currency: str,
    country: str,
    timezone: str = "UTC",
    weekend: Sequence[int] | None = None,
    terms: str = "net 30",
) -> Seller:
    """Make a seller. Errors: code taken or malformed, unknown currency, country, time zone or terms."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", code):
        raise BadInput(f"'{code}' is not a seller code", "code", "Use up to 32 letters, digits, - or _.")
    if not name.strip():
        raise BadInput("The name is empty", "name", "Give the company's name.")
    currency, country = currency.upper(), country.upper()
    exponent(currency)
    if pycountry.countries.get(alpha_2=country) is None:
        raise BadInput(f"'{country}' is not a country", "country", "Give a two-letter code, for example DE.")
    if timezone not in available_timezones():
        raise BadInput(f"'{timezone}' is not a time zone", "timezone", "Give one such as Europe/Berlin.")
    ZoneInfo(timezone)
    try:
        with transaction.atomic():
            return Seller.objects.create(
                code=code,
                name=name.strip(),
                currency=currency,
                country=country,
                timezone=timezone,
                weekend=list(usual_weekend(country) if weekend is None else weekend),
                terms=str(parse_terms(terms)),
            )
    except IntegrityError as error:
        raise BadInput(f"The seller code '{code}' is taken", "code", "Choose another code.") from error


def add_user(email: str, password: str | None, name: str, locale: str = "en") -> User:
    """Make a user. Errors: address taken."""
    try:
        with transaction.atomic():
            return User.objects.create_user(email, password, name=name, locale=locale)
    except IntegrityError as error:
        raise BadInput(f"'{email}' is a user already", "email", "Use the existing user.") from error


def add_membership(seller: Seller, user: User, role: str, authority_minor: int = 0) -> Membership:
    """Give a person a role at a seller, or change it."""
    membership, _ = Membership.objects.update_or_create(
        seller=seller, user=user, defaults={"role": role, "authority_minor": authority_minor, "is_active": True}
    )
    return membership
