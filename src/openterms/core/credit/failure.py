"""Scores of financial distress from statements: Altman's Z in four forms, and Ohlson's O (FACTBOOK 2.1, 2.2).

They rank risk; only Ohlson's claims to be a probability, and that of another time and place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from openterms.core.base.errors import BadInput
from openterms.core.base.logarithms import ln, logistic
from openterms.core.base.money import exponent
from openterms.core.base.numbers import Number, exact, rounded
from openterms.core.base.reasons import gettext_noop
from openterms.core.base.rounding import BASIS_POINTS, divide
from openterms.core.credit.statements import Flag, Ratio, Statement, flags, working_capital


class Kind(StrEnum):
    """What a company does, as far as a score must know."""

    MANUFACTURER = "manufacturer"
    OTHER = "other"
    BANK = "bank"
    INSURER = "insurer"
    START_UP = "start_up"
    HOLDING = "holding"


IN_SCOPE = frozenset({Kind.MANUFACTURER, Kind.OTHER})
"""Kinds that a score of distress means something for (FACTBOOK 2.1)."""

UNSCORED = frozenset({Flag.STALE, Flag.NOT_ENDED, Flag.OUT_OF_SCOPE})
"""Flags under which nothing is scored."""


class Model(StrEnum):
    """Altman's forms: listed manufacturers, private manufacturers, others, and others in emerging markets."""

    Z = "z"
    Z_PRIME = "z_prime"
    Z_DOUBLE_PRIME = "z_double_prime"
    EMERGING = "emerging"


class Zone(StrEnum):
    """Where a score lies; the edges themselves are grey."""

    DISTRESS = "distress"
    GREY = "grey"
    SAFE = "safe"


@dataclass(frozen=True, slots=True)
class _Form:
    """Weights of X1 to X5 in thousandths, what is added, and the edges of the grey zone, in hundredths."""

    weights: tuple[int, int, int, int, int]
    added_c: int
    low_c: int
    high_c: int


_FORMS = {
    Model.Z: _Form((1200, 1400, 3300, 600, 1000), 0, 181, 299),
    Model.Z_PRIME: _Form((717, 847, 3107, 420, 998), 0, 123, 290),
    Model.Z_DOUBLE_PRIME: _Form((6560, 3260, 6720, 1050, 0), 0, 110, 260),
    Model.EMERGING: _Form((6560, 3260, 6720, 1050, 0), 325, 435, 585),
}


@dataclass(frozen=True, slots=True)
class Altman:
    """A Z of some form with its zone, which is read off the exact value."""

    model: Model
    z: Ratio
    zone: Zone


def model_for(kind: Kind, is_listed: bool, is_emerging: bool) -> Model | None:
    """The form made for a company; None for kinds that none was made for. FACTBOOK 2.1."""
    if kind not in IN_SCOPE:
        return None
    if is_emerging:
        return Model.EMERGING
    if kind is Kind.MANUFACTURER:
        return Model.Z if is_listed else Model.Z_PRIME
    return Model.Z_DOUBLE_PRIME


def altman(statement: Statement, model: Model) -> Altman | None:
    """Altman's Z in one form; X4 is at market value for ``Model.Z`` and at book value otherwise.

    None where something the form needs is missing, or total assets or total liabilities are not above zero. EBIT and
    sales of another period than a year are taken as of twelve months. Ask ``distress`` where age and kind matter.
    Source: FACTBOOK 2.1 (TV-25, TV-26, TV-27).
    """
    form = _FORMS[model]
    assets, liabilities = statement.total_assets_minor, statement.total_liabilities_minor
    equity = statement.market_equity_minor if model is Model.Z else statement.equity_minor
    if assets is None or liabilities is None or assets <= 0 or liabilities <= 0:
        return None
    parts = (
        (working_capital(statement), assets),
        (statement.retained_earnings_minor, assets),
        (statement.yearly(statement.ebit_minor), assets),
        (equity, liabilities),
        (statement.yearly(statement.sales_minor), assets),
    )
    z = Fraction(form.added_c, 100)
    for weight, (part, whole) in zip(form.weights, parts, strict=True):
        if weight:
            if part is None:
                return None
            z += Fraction(weight, 1000) * Fraction(part) / whole
    return Altman(model, Ratio(z), zone_of(model, z))


def zone_of(model: Model, z: Fraction) -> Zone:
    """The zone of a score in one form: below the grey zone, in it (both edges included) or above it. FACTBOOK 2.1."""
    form = _FORMS[model]
    if 100 * z < form.low_c:
        return Zone.DISTRESS
    return Zone.SAFE if 100 * z > form.high_c else Zone.GREY


@dataclass(frozen=True, slots=True)
class Ohlson:
    """Ohlson's O (model 1) and the probability it stands for, ``1 / (1 + e^-O)``."""

    o: Ratio
    probability: Fraction

    @property
    def probability_rounded(self) -> Decimal:
        """0-1, to six digits."""
        return rounded(self.probability, 6)

    @property
    def probability_bp(self) -> int:
        """In whole basis points."""
        return divide(self.probability.numerator * BASIS_POINTS, self.probability.denominator)


def ohlson(statement: Statement, previous: Statement, price_index: Number, usd_per_unit: Number = 1) -> Ohlson | None:
    """Ohlson's O-score, model 1.

    ``previous`` is the year before in the same currency; ``price_index`` the United States' GNP price index with
    1968 = 100 at the end of the statement; ``usd_per_unit`` the US dollars that one unit of the currency costs. The
    logarithm is natural. None where something is missing or total assets, total liabilities or current assets are not
    above zero. BadInput for another currency, a previous year that is not earlier, an index or rate at or below zero.
    Source: FACTBOOK 2.2 (TV-28).
    """
    index, rate = exact(price_index), exact(usd_per_unit)
    if index <= 0 or rate <= 0 or previous.currency != statement.currency or previous.ends_on >= statement.ends_on:
        raise BadInput(
            gettext_noop("the O-score cannot be computed from this"),
            "statements",
            gettext_noop("give the year before in the same currency, and an index and a rate above zero"),
        )
    assets, liabilities = statement.total_assets_minor, statement.total_liabilities_minor
    current, owed_soon = statement.current_assets_minor, statement.current_liabilities_minor
    funds = statement.yearly(statement.funds_from_operations_minor)
    income = statement.yearly(statement.net_income_minor)
    before = previous.yearly(previous.net_income_minor)
    if assets is None or liabilities is None or current is None or owed_soon is None:
        return None
    if funds is None or income is None or before is None or min(assets, liabilities, current) <= 0:
        return None
    size = Fraction(assets, 10 ** exponent(statement.currency)) * rate / index
    swing = abs(income) + abs(before)
    o = (
        _thousandths(-1320)
        - _thousandths(407) * ln(size)
        + _thousandths(6030) * Fraction(liabilities, assets)
        - _thousandths(1430) * Fraction(current - owed_soon, assets)
        + Fraction(757, 10_000) * Fraction(owed_soon, current)
        - _thousandths(1720) * (liabilities > assets)
        - _thousandths(2370) * income / assets
        - _thousandths(1830) * funds / liabilities
        + _thousandths(285) * (income < 0 and before < 0)
        - (_thousandths(521) * (income - before) / swing if swing else 0)
    )
    return Ohlson(Ratio(o), logistic(o))


@dataclass(frozen=True, slots=True)
class Distress:
    """What the scores say of a statement on a day, and what its reader must know."""

    altman: Altman | None
    ohlson: Ohlson | None
    flags: tuple[Flag, ...]


def distress(
    statement: Statement,
    as_of: date,
    kind: Kind,
    is_listed: bool = False,
    is_emerging: bool = False,
    previous: Statement | None = None,
    price_index: Number | None = None,
    usd_per_unit: Number = 1,
) -> Distress:
    """The scores that fit a company on a day: none for kinds out of scope, nor for a statement that is older than 18
    months or has not ended. Ohlson's needs the year before and the index. FACTBOOK 2.1, 2.2.
    """
    found = flags(statement, as_of, kind in IN_SCOPE)
    model = model_for(kind, is_listed, is_emerging)
    if model is None or UNSCORED & set(found):
        return Distress(None, None, found)
    o = None
    if previous is not None and price_index is not None:
        o = ohlson(statement, previous, price_index, usd_per_unit)
    return Distress(altman(statement, model), o, found)


def _thousandths(number: int) -> Fraction:
    return Fraction(number, 1000)
