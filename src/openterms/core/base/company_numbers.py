"""Numbers by which registers, tax offices and banks know a company, checked by themselves.

A number that is wrong by its check digits is wrong; one without a known rule is *unknown*, which is not wrong. Rules:
python-stdnum (its modules name their sources); LEI ISO 17442; IBAN ISO 13616; Saudi VAT: 15 digits that begin and end
with 3 (ZATCA, FACTBOOK 6.3); Saudi register: 10 digits; UAE TRN: 15 digits that begin with 1 (Federal Tax Authority).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from stdnum import get_cc_module, iban, lei
from stdnum.exceptions import ValidationError

State = Literal["right", "wrong", "unknown"]
SCHEMES = ("vat", "tax", "register", "lei", "duns", "iban")
_VIES = """
    AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI
"""
EU_VAT = frozenset(_VIES.split())
"""Prefixes of VAT numbers that VIES knows: Greece writes EL, Northern Ireland XI."""

_PREFIX = {"GR": "EL"}
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_REGISTERS = {"FR": ("siren",), "SE": ("orgnr",), "NO": ("orgnr",), "FI": ("ytunnus",), "DK": ("cvr",), "BE": ("vat",)}
_TAXES = {"US": ("ein",), "FR": ("siren",), "TR": ("vkn",), "IN": ("gstin", "pan"), "EG": ("tn",)}


@dataclass(frozen=True, slots=True)
class Checked:
    """A number in its compact form, and what its own digits say of it."""

    scheme: str
    value: str
    state: State


def compact(text: str) -> str:
    """A number without spaces and punctuation, capitals, Latin digits: `de 136-695 976` is `DE136695976`."""
    return re.sub(r"[^0-9A-Za-z]", "", text.translate(_DIGITS)).upper()


def vat_parts(value: str, country: str) -> tuple[str, str]:
    """Prefix and rest of a VAT number; the country gives the prefix where the number has none (Greece: EL)."""
    value = compact(value)
    prefix = _PREFIX.get(country.upper(), country.upper())
    if value[:2] in EU_VAT or value[:2] == prefix:
        return value[:2], value[2:]
    return prefix, value


def check_number(scheme: str, text: str, country: str = "") -> Checked:
    """Check a number of a scheme (`vat`, `tax`, `register`, `lei`, `duns`, `iban`) of a country (two letters).

    A VAT number of a country that VIES knows comes back with its prefix.
    """
    value, country = compact(text), country.upper()
    if scheme == "lei":
        return Checked(scheme, value, _by(lei.validate, value))
    if scheme == "iban":
        return Checked(scheme, value, _by(lambda given: iban.validate(given, check_country=False), value))
    if scheme == "duns":
        return Checked(scheme, value, "right" if re.fullmatch(r"\d{9}", value) else "wrong")
    if scheme == "vat":
        return _vat(value, country)
    if country == "SA" and scheme == "register":
        return Checked(scheme, value, "right" if re.fullmatch(r"\d{10}", value) else "wrong")
    names = (_REGISTERS if scheme == "register" else _TAXES).get(country, ())
    return Checked(scheme, value, _by_modules(country, names, value))


def _vat(value: str, country: str) -> Checked:
    prefix, rest = vat_parts(value, country)
    if prefix in EU_VAT:
        module = get_cc_module("gb" if prefix == "XI" else "gr" if prefix == "EL" else prefix.lower(), "vat")
        return Checked("vat", prefix + rest, _by(module.validate, rest) if module else "unknown")
    if country == "SA":
        return Checked("vat", value, "right" if re.fullmatch(r"3\d{13}3", value) else "wrong")
    if country == "AE":
        return Checked("vat", value, "right" if re.fullmatch(r"1\d{14}", value) else "wrong")
    return Checked("vat", value, _by_modules(country, ("vat",), value))


def _by_modules(country: str, names: tuple[str, ...], value: str) -> State:
    modules = [found for name in names if (found := _module(country, name)) is not None]
    if not modules:
        return "unknown"
    return "right" if any(_by(module.validate, value) == "right" for module in modules) else "wrong"


def _module(country: str, name: str) -> Any:
    return get_cc_module(country.lower(), name) if re.fullmatch(r"[A-Z]{2}", country) else None


def _by(validate: Callable[[str], object], value: str) -> State:
    try:
        validate(value)
    except (ValidationError, ValueError):
        return "wrong"
    return "right"
