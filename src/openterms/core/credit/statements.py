"""Financial statements: what a customer reported, its ratios, and how two statements differ (FACTBOOK 2.3).

Amounts are minor units of the statement's currency; None means not given, which is never 0. A ratio is exact until it
is shown or used by a rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from openterms.core.base.calendar import add_months, end_of_month
from openterms.core.base.errors import BadInput
from openterms.core.base.money import exponent
from openterms.core.base.numbers import rounded
from openterms.core.base.reasons import gettext_noop
from openterms.core.base.rounding import BASIS_POINTS, divide

STALE_MONTHS = 18
"""A statement older than this is not scored (FACTBOOK 2.1)."""

MOST_MONTHS = 24
"""The longest period a statement may cover."""

NEVER_NEGATIVE = (
    "current_assets_minor", "inventory_minor", "prepaid_minor", "goodwill_minor", "intangibles_minor",
    "owner_loans_minor", "current_liabilities_minor",
)  # fmt: skip


class Flag(StrEnum):
    """What a reader of the figures must know."""

    NEGATIVE_EQUITY = "negative_equity"
    STALE = "stale"
    NOT_ENDED = "not_ended"
    OUT_OF_SCOPE = "out_of_scope"
    ANNUALISED = "annualised"
    DOES_NOT_BALANCE = "does_not_balance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One financial statement.

    ``ends_on`` is the last day of its period of ``months`` months; amounts are minor units of ``currency``, None where
    not given. ``market_equity_minor`` is the market value of equity; ``intangibles_minor`` are intangibles other than
    ``goodwill_minor``; ``owner_loans_minor`` is owed to the company by its owners. Raises BadInput, with the field.
    """

    ends_on: date
    currency: str
    months: int = 12
    total_assets_minor: int | None = None
    current_assets_minor: int | None = None
    inventory_minor: int | None = None
    prepaid_minor: int | None = None
    goodwill_minor: int | None = None
    intangibles_minor: int | None = None
    owner_loans_minor: int | None = None
    current_liabilities_minor: int | None = None
    total_liabilities_minor: int | None = None
    retained_earnings_minor: int | None = None
    equity_minor: int | None = None
    market_equity_minor: int | None = None
    sales_minor: int | None = None
    ebit_minor: int | None = None
    interest_minor: int | None = None
    net_income_minor: int | None = None
    funds_from_operations_minor: int | None = None

    def __post_init__(self) -> None:
        exponent(self.currency)
        if not 1 <= self.months <= MOST_MONTHS:
            raise BadInput(
                gettext_noop("a statement covers 1 to %(most)s months"),
                "months",
                gettext_noop("give the months between its first and its last day"),
                {"most": MOST_MONTHS},
            )
        for name in NEVER_NEGATIVE:
            given = getattr(self, name)
            if given is not None and given < 0:
                raise BadInput(
                    gettext_noop("this amount of a statement is never below zero"),
                    name,
                    gettext_noop("give zero or more, or leave it out"),
                )

    def yearly(self, minor: int | None) -> Fraction | None:
        """A flow of this statement's period (sales, EBIT, net income) as of twelve months; None stays None."""
        return None if minor is None else Fraction(minor * 12, self.months)

    def is_stale(self, as_of: date) -> bool:
        """Whether more than 18 months have passed since the period ended; ends of months count as such."""
        limit = add_months(self.ends_on, STALE_MONTHS)
        return as_of > (end_of_month(limit) if self.ends_on == end_of_month(self.ends_on) else limit)


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio, exact. ``rounded`` and ``hundredths`` each round the exact value once, halves away from zero."""

    exact: Fraction

    @property
    def rounded(self) -> Decimal:
        """To four digits, for people and the record."""
        return rounded(self.exact)

    @property
    def hundredths(self) -> int:
        """In whole hundredths, for rules: 1.6667 is 167."""
        return divide(self.exact.numerator * 100, self.exact.denominator)


def hundredths(ratio: Ratio | None) -> int | None:
    """The ratio in whole hundredths; None stays None."""
    return None if ratio is None else ratio.hundredths


def over(dividend: int | Fraction | None, divisor: int | Fraction | None) -> Ratio | None:
    """``dividend / divisor``; None where either is missing or the divisor is not above zero (FACTBOOK 0)."""
    if dividend is None or divisor is None or divisor <= 0:
        return None
    return Ratio(Fraction(dividend) / Fraction(divisor))


@dataclass(frozen=True, slots=True)
class Ratios:
    """Ratios of one statement; None where something needed is missing or the ratio means nothing. FACTBOOK 2.3.

    ``debt_to_equity`` and ``debt_ratio`` count all liabilities as debt, not interest-bearing debt alone. ``quick``
    needs the inventory; prepaid expenses that are not given count as none. ``tangible_net_worth_minor`` needs equity
    and at least one of goodwill and other intangibles; the one not given counts as none.
    """

    current: Ratio | None
    quick: Ratio | None
    debt_to_equity: Ratio | None
    debt_ratio: Ratio | None
    interest_cover: Ratio | None
    working_capital_minor: int | None
    tangible_net_worth_minor: int | None


def working_capital(statement: Statement) -> int | None:
    """Current assets less current liabilities, in minor units; None where one is missing."""
    if statement.current_assets_minor is None or statement.current_liabilities_minor is None:
        return None
    return statement.current_assets_minor - statement.current_liabilities_minor


def tangible_net_worth(statement: Statement, less_owner_loans: bool = False) -> int | None:
    """Equity less goodwill and other intangibles, in minor units; may be negative. FACTBOOK 2.3 (TV-29).

    None without equity, or where neither goodwill nor other intangibles are given. ``less_owner_loans`` also takes off
    what owners owe the company, where that is given.
    """
    soft = (statement.goodwill_minor, statement.intangibles_minor)
    if statement.equity_minor is None or soft == (None, None):
        return None
    loans = (statement.owner_loans_minor or 0) if less_owner_loans else 0
    return statement.equity_minor - sum(minor or 0 for minor in soft) - loans


def ratios(statement: Statement, less_owner_loans: bool = False) -> Ratios:
    """All ratios of a statement. Negative equity leaves debt to equity without an answer. FACTBOOK 2.3 (TV-29)."""
    quick_assets = None
    if statement.current_assets_minor is not None and statement.inventory_minor is not None:
        quick_assets = statement.current_assets_minor - statement.inventory_minor - (statement.prepaid_minor or 0)
    return Ratios(
        current=over(statement.current_assets_minor, statement.current_liabilities_minor),
        quick=over(quick_assets, statement.current_liabilities_minor),
        debt_to_equity=over(statement.total_liabilities_minor, statement.equity_minor),
        debt_ratio=over(statement.total_liabilities_minor, statement.total_assets_minor),
        interest_cover=over(statement.ebit_minor, statement.interest_minor),
        working_capital_minor=working_capital(statement),
        tangible_net_worth_minor=tangible_net_worth(statement, less_owner_loans),
    )


def flags(statement: Statement, as_of: date, in_scope: bool = True) -> tuple[Flag, ...]:
    """What a reader of the figures must know on ``as_of``, in the order of ``Flag``. FACTBOOK 2.1-2.3.

    ``in_scope`` is false for banks, insurers, start-ups and holding companies. A statement does not balance where
    assets differ from liabilities and equity by more than one hundredth of the assets.
    """
    assets, liabilities, equity = (
        statement.total_assets_minor, statement.total_liabilities_minor, statement.equity_minor,
    )  # fmt: skip
    known = assets is not None and liabilities is not None and equity is not None
    gap = abs((assets or 0) - (liabilities or 0) - (equity or 0))
    found = {
        Flag.NEGATIVE_EQUITY: equity is not None and equity < 0,
        Flag.STALE: statement.is_stale(as_of),
        Flag.NOT_ENDED: statement.ends_on > as_of,
        Flag.OUT_OF_SCOPE: not in_scope,
        Flag.ANNUALISED: statement.months != 12,
        Flag.DOES_NOT_BALANCE: known and 100 * gap > abs(assets or 0),
    }
    return tuple(flag for flag, is_so in found.items() if is_so)


@dataclass(frozen=True, slots=True)
class Trends:
    """How a later statement differs from an earlier one; None where either side is missing.

    Growth is in basis points of the earlier amount's size, so growth out of a loss is positive; None where the earlier
    amount is zero. Changes of ratios are in hundredths, later less earlier.
    """

    months_between: int
    sales_growth_bp: int | None
    ebit_growth_bp: int | None
    net_income_growth_bp: int | None
    assets_growth_bp: int | None
    tangible_net_worth_growth_bp: int | None
    current_change_c: int | None
    quick_change_c: int | None
    debt_ratio_change_c: int | None
    interest_cover_change_c: int | None


def trends(earlier: Statement, later: Statement) -> Trends:
    """What changed between two statements of one company in one currency; flows are compared as of twelve months.

    BadInput where the currencies differ or ``later`` does not end later. Convention of this room.
    """
    if earlier.currency != later.currency or later.ends_on <= earlier.ends_on:
        raise BadInput(
            gettext_noop("these two statements cannot be compared"),
            "statements",
            gettext_noop("give two of one currency, the earlier first"),
        )
    before, after = ratios(earlier), ratios(later)
    return Trends(
        months_between=_months(earlier.ends_on, later.ends_on),
        sales_growth_bp=_growth(earlier.yearly(earlier.sales_minor), later.yearly(later.sales_minor)),
        ebit_growth_bp=_growth(earlier.yearly(earlier.ebit_minor), later.yearly(later.ebit_minor)),
        net_income_growth_bp=_growth(earlier.yearly(earlier.net_income_minor), later.yearly(later.net_income_minor)),
        assets_growth_bp=_growth(earlier.total_assets_minor, later.total_assets_minor),
        tangible_net_worth_growth_bp=_growth(before.tangible_net_worth_minor, after.tangible_net_worth_minor),
        current_change_c=_change(before.current, after.current),
        quick_change_c=_change(before.quick, after.quick),
        debt_ratio_change_c=_change(before.debt_ratio, after.debt_ratio),
        interest_cover_change_c=_change(before.interest_cover, after.interest_cover),
    )


def _growth(before: int | Fraction | None, after: int | Fraction | None) -> int | None:
    if before is None or after is None or before == 0:
        return None
    share = (Fraction(after) - Fraction(before)) / abs(Fraction(before)) * BASIS_POINTS
    return divide(share.numerator, share.denominator)


def _change(before: Ratio | None, after: Ratio | None) -> int | None:
    return None if before is None or after is None else Ratio(after.exact - before.exact).hundredths


def _months(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month
