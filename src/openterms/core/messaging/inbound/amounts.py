# ruff: noqa: E501
"""The amounts of money that a mail names, as minor units of their currency. No floats."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from openterms.core.base.errors import BadInput
from openterms.core.base.money import CURRENCIES, exponent, to_minor

_SIGNS = {"€": "EUR", "£": "GBP", "¥": "JPY", "﷼": "SAR", "us$": "USD"}
_WORDS = {
    "dollars": "USD", "dollar": "USD", "euros": "EUR", "euro": "EUR", "pounds": "GBP", "riyals": "SAR", "riyal": "SAR",
    "dirhams": "AED", "dirham": "AED", "ريال سعودي": "SAR", "ريالا": "SAR", "ريال": "SAR", "ر.س": "SAR",
    "درهم اماراتي": "AED", "درهما": "AED", "درهم": "AED", "دولار امريكي": "USD", "دولارا": "USD", "دولار": "USD",
    "يورو": "EUR", "جنيه": "EGP",
}  # fmt: skip
_OWN = {"$": ("USD", "CAD", "AUD", "NZD", "SGD", "HKD"), "دينار": ("KWD", "BHD", "JOD", "IQD", "TND"),
        "dinars": ("KWD", "BHD", "JOD", "IQD", "TND")}  # fmt: skip
"""Words for several currencies: the customer's own where it is among them, else the first."""
_CODES = "|".join(sorted(one.lower() for one in CURRENCIES))
_UNIT = "|".join(re.escape(one) for one in sorted((*_SIGNS, *_WORDS, *_OWN), key=len, reverse=True)) + f"|{_CODES}"
_NUMBER = r"\d{1,3}(?:[,. ']\d{3})+(?:[.,]\d{1,3})?|\d{1,12}(?:[.,]\d{1,3})?"
_BEFORE = re.compile(rf"(?<![\w.])(?P<unit>{_UNIT})\s{{0,3}}(?P<number>{_NUMBER})(?P<many>\s?k\b|\s?m\b| الف)?(?![\d%])")
_AFTER = re.compile(rf"(?<![\w.,/\-])(?P<number>{_NUMBER})(?P<many>\s?k\b|\s?m\b| الف)?\s{{0,3}}(?P<unit>{_UNIT})(?!\w)")
_BARE = re.compile(r"(?<![\w.,/\-#])(?P<number>\d{1,3}(?:[,']\d{3})+(?:\.\d{1,3})?|\d{1,12}[.,]\d{2,3})(?![\w%/\-]|[.,]\d)")
MOST = 200


@dataclass(frozen=True, slots=True)
class FoundAmount:
    """An amount, where it stands in the folded text, and whether its currency was written beside it."""

    start: int
    end: int
    minor: int
    currency: str
    is_named: bool = True


def find_amounts(text: str, currency: str, taken: Collection[tuple[int, int]] = ()) -> list[FoundAmount]:
    """The amounts in a folded text, in order, leaving out places that are `taken` (dates, references).

    A number without a currency counts where it is written as money is: with groups or with its cents.
    """
    found: list[FoundAmount] = []

    def free(start: int, end: int) -> bool:
        return all(end <= a or start >= b for a, b in taken) and all(end <= f.start or start >= f.end for f in found)

    for pattern in (_BEFORE, _AFTER, _BARE):
        for match in pattern.finditer(text):
            if len(found) >= MOST or not free(*match.span()):
                continue
            unit = match.groupdict().get("unit") or ""
            code = _currency(unit, currency)
            minor = _minor(match["number"], code, (match.groupdict().get("many") or "").strip())
            if minor is not None and minor > 0:
                found.append(FoundAmount(match.start(), match.end(), minor, code, bool(unit)))
    return sorted(found, key=lambda one: one.start)


def _currency(unit: str, own: str) -> str:
    if unit in _OWN:
        return own if own in _OWN[unit] else _OWN[unit][0]
    return _SIGNS.get(unit) or _WORDS.get(unit) or (unit.upper() if unit else own)


def _minor(number: str, currency: str, many: str) -> int | None:
    """`12.500,00` and `12,500.00` alike; a last group of three is thousands unless the currency has three places."""
    try:
        places = exponent(currency)
    except BadInput:
        return None
    bare = number.replace(" ", "").replace("'", "")
    last = max(bare.rfind("."), bare.rfind(","))
    whole, rest = (bare[:last], bare[last + 1 :]) if last >= 0 else (bare, "")
    other = "," if last >= 0 and bare[last] == "." else "."
    is_groups = len(rest) == 3 and other not in whole and (places < 3 or bare.count(bare[last]) > 1)
    if is_groups:
        whole, rest = bare, ""
    digits = whole.replace(",", "").replace(".", "")
    rest = rest.rstrip("0") if len(rest) > places else rest
    try:
        minor = to_minor(f"{digits}.{rest}" if rest else digits, currency)
    except BadInput:
        return None
    factor = {"k": 1_000, "m": 1_000_000, "الف": 1_000}.get(many, 1)
    return minor * factor if minor * factor < 2**62 else None
