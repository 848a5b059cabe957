"""Money: integer minor units and an ISO 4217 currency. Never a float."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.base.rounding import divide, multiply

# Currency codes by their digits after the point (ISO 4217). The last row of the two-digit ones is retired money that
# still stands in imported history.
_CODES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY
        COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS
        INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR
        MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP
        STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
        ANG BGN CUC EEK HRK LTL LVL SKK SLL VEF ZWL
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_EXPONENTS = {code: digits for digits, codes in _CODES.items() for code in codes.split()}

CURRENCIES = frozenset(_EXPONENTS)
MOST_MINOR = 2**63 - 1
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def exponent(currency: str) -> int:
    """Digits after the point: JPY 0, EUR 2, KWD 3 (ISO 4217). ``BadInput`` for an unknown code."""
    try:
        return _EXPONENTS[currency]
    except KeyError:
        raise BadInput(
            gettext_noop("%(given)s is not a currency code"),
            remedy=gettext_noop("use three capital letters of ISO 4217, such as EUR"),
            params={"given": repr(currency)},
        ) from None


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of one currency. Adding two currencies is refused, ordering is not offered."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        exponent(self.currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __str__(self) -> str:
        return f"{self.currency} {format_amount(self.minor, self.currency)}"

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise BadInput(
                gettext_noop("%(first)s and %(second)s cannot be added"),
                remedy=gettext_noop("convert one of them at a dated rate first"),
                params={"first": self.currency, "second": other.currency},
            )
        return other.minor


def to_minor(amount: Decimal | str, currency: str) -> int:
    """A decimal amount as minor units, exactly: ``to_minor("12400.00", "EUR") == 1_240_000``.

    A text is a plain number with a point and no grouping. More digits than the currency has are refused unless they are
    zeros; three decimals in a text for a two-decimal currency are refused even as zeros, because ``1.500`` may mean one
    thousand five hundred. Amounts outside 64 bits are refused. Errors: ``BadInput``.
    """
    digits = exponent(currency)
    value = _decimal(amount, currency)
    shifted = value.as_tuple().exponent
    places = -shifted if isinstance(shifted, int) and shifted < 0 else 0
    numerator, denominator = value.as_integer_ratio()
    ambiguous = isinstance(amount, str) and places == 3 and digits == 2
    if ambiguous or (numerator * 10**digits) % denominator:
        raise _bad_amount(amount, currency, gettext_noop("%(amount)s has more digits than %(currency)s allows"))
    return _within_64_bits(numerator * 10**digits // denominator, amount, currency)


def round_to_minor(amount: Decimal | str, currency: str) -> int:
    """A decimal amount rounded half up to minor units: 2.675 EUR is 268 (TV-1). Only where a posting is made."""
    numerator, denominator = _decimal(amount, currency).as_integer_ratio()
    return _within_64_bits(divide(numerator * 10 ** exponent(currency), denominator), amount, currency)


def to_decimal(minor: int, currency: str) -> Decimal:
    """Minor units as an exact decimal with the currency's digits: ``to_decimal(268, "EUR") == Decimal("2.68")``."""
    digits = tuple(int(digit) for digit in str(abs(minor)))
    return Decimal((1 if minor < 0 else 0, digits, -exponent(currency)))


def format_amount(minor: int, currency: str) -> str:
    """An amount for people, without its currency: ``format_amount(1_240_000, "EUR") == "12,400.00"``."""
    places = exponent(currency)
    whole, rest = divmod(abs(minor), 10**places)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole:,}.{rest:0{places}d}" if places else f"{sign}{whole:,}"


def split(minor: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Parts of an amount in proportion to ``weights`` (non-negative, not all zero) that sum to it exactly.

    Largest remainder: every part is its exact share rounded towards zero, and the units left over go to the largest
    remainders, the earlier part first. A negative amount splits like the positive one, negated. Errors: ``ValueError``.
    """
    total = sum(weights)
    if total <= 0 or any(weight < 0 for weight in weights):
        raise ValueError(f"weights must be non-negative and not all zero: {list(weights)}")
    shares = [divmod(abs(minor) * weight, total) for weight in weights]
    left = abs(minor) - sum(part for part, _ in shares)
    favoured = set(sorted(range(len(shares)), key=lambda index: -shares[index][1])[:left])
    sign = -1 if minor < 0 else 1
    return tuple(sign * (part + (index in favoured)) for index, (part, _) in enumerate(shares))


def convert(minor: int, source: str, target: str, rate: Decimal) -> int:
    """``minor`` of ``source`` in minor units of ``target``, where one unit of ``source`` costs ``rate`` of ``target``.

    Rounded half up once: ``convert(1_000_000, "USD", "EUR", Decimal("0.92")) == 920_000`` (TV-123).
    """
    if rate <= 0:
        raise ValueError(f"an exchange rate is positive, not {rate}")
    return multiply(minor, rate.scaleb(exponent(target) - exponent(source)))


def _decimal(amount: Decimal | str, currency: str) -> Decimal:
    if isinstance(amount, Decimal):
        value = amount
    elif isinstance(amount, str) and _PLAIN_NUMBER.fullmatch(amount.strip()):
        value = Decimal(amount.strip())
    else:
        raise _bad_amount(amount, currency, gettext_noop("%(amount)s is not an amount"))
    if not value.is_finite():
        raise _bad_amount(amount, currency, gettext_noop("%(amount)s is not an amount"))
    return value


def _within_64_bits(minor: int, amount: Decimal | str, currency: str) -> int:
    if abs(minor) > MOST_MINOR:
        raise _bad_amount(amount, currency, gettext_noop("%(amount)s is too large"))
    return minor


def _bad_amount(amount: object, currency: str, what: str) -> BadInput:
    return BadInput(
        what,
        remedy=gettext_noop("write a plain number such as %(example)s"),
        params={"amount": repr(str(amount)), "currency": currency, "example": str(to_decimal(123456, currency))},
    )
