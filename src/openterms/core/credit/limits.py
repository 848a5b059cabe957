"""How high a limit should be: one figure for each method, and the smallest of them (FACTBOOK 2.4).

A method that cannot answer is left out; it is never 0. A method that answers 0 means it. Amounts are minor units of the
line's currency; shares are basis points, multiples hundredths. The percentages are the seller's to choose.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.base.rounding import BASIS_POINTS, basis_points, divide

YEAR_DAYS = 365
WHOLE_C = 100
"""A multiple of one, in hundredths."""

TANGIBLE_NET_WORTH = "tangible_net_worth"
WORKING_CAPITAL = "working_capital"
TRADE_REFERENCE = "trade_reference"
NEED = "need"
BUREAU = "bureau"
INSURER = "insurer"
EXPERIENCE = "experience"
CONCENTRATION = "concentration"
METHODS = (
    TANGIBLE_NET_WORTH, WORKING_CAPITAL, TRADE_REFERENCE, NEED, BUREAU, INSURER, EXPERIENCE, CONCENTRATION,
)  # fmt: skip
"""The names of all methods, in the order in which people read them."""

CAP = "cap"
STARTER = "starter"
"""What else can bind: the policy's cap, and the starter limit of a new business."""


class Figure(NamedTuple):
    """What one method says, in minor units; None where it cannot say."""

    name: str
    minor: int | None


@dataclass(frozen=True, slots=True)
class Reference:
    """What another supplier says: its highest recent credit, in minor units of the line's currency, how many days
    beyond its terms it is paid (0 within terms, None unknown), and how many months ago the high credit was.
    """

    high_credit_minor: int
    days_beyond_terms: int | None
    months_ago: int = 0


def share_of_tangible_net_worth(tangible_net_worth_minor: int | None, share_bp: int = 1_000) -> Figure:
    """A share of tangible net worth, usually 10 %; 0 where there is none or less. FACTBOOK 2.4 (TV-30, TV-32)."""
    return _share(TANGIBLE_NET_WORTH, tangible_net_worth_minor, share_bp)


def share_of_working_capital(working_capital_minor: int | None, share_bp: int = 1_500) -> Figure:
    """A share of working capital, usually 10-20 %; 0 where there is none or less. FACTBOOK 2.4 (TV-30)."""
    return _share(WORKING_CAPITAL, working_capital_minor, share_bp)


def multiple_of_best_reference(
    references: Iterable[Reference],
    multiple_c: int = WHOLE_C,
    most_days_beyond_terms: int = 10,
    most_months_ago: int = 12,
) -> Figure:
    """A multiple of the highest recent credit that another supplier gave and was paid for nearly within terms.

    References of payers that are later or unknown, or that are older, are passed over; None where none is left.
    FACTBOOK 2.4 (TV-30).
    """
    usable = [
        one.high_credit_minor
        for one in references
        if one.days_beyond_terms is not None
        and one.days_beyond_terms <= most_days_beyond_terms
        and one.months_ago <= most_months_ago
    ]
    return _multiple(TRADE_REFERENCE, max(usable, default=None), multiple_c)


def expected_purchases(yearly_minor: int | None, terms_days: int, buffer_days: int = 15) -> Figure:
    """What the customer will owe at once: expected yearly purchases x (terms + buffer days) / 365. FACTBOOK 2.4."""
    if yearly_minor is None:
        return Figure(NEED, None)
    return Figure(NEED, divide(max(yearly_minor, 0) * max(terms_days + buffer_days, 0), YEAR_DAYS))


def bureau_recommendation(recommended_minor: int | None, share_bp: int = BASIS_POINTS) -> Figure:
    """What the credit bureau recommends, or a share of it. FACTBOOK 2.4 (TV-30)."""
    return _share(BUREAU, recommended_minor, share_bp)


def insurers_limit(insured_minor: int | None, share_bp: int = BASIS_POINTS) -> Figure:
    """What the credit insurer covers for this customer, or a multiple of it; None where nothing is insured at all.

    An insurer that refused the customer answers 0. What is granted above it is unsecured. FACTBOOK 2.4, 8.5.
    """
    return _share(INSURER, insured_minor, share_bp)


def multiple_of_highest_paid(highest_paid_minor: int | None, multiple_c: int = WHOLE_C) -> Figure:
    """A multiple of the highest balance that the customer owed us and paid within terms; None without a history."""
    return _multiple(EXPERIENCE, highest_paid_minor, multiple_c)


def share_of_own_sales(own_yearly_sales_minor: int | None, share_bp: int = 1_000) -> Figure:
    """The most that one customer may be of the seller's own yearly sales, usually 10 %. FACTBOOK 2.4."""
    return _share(CONCENTRATION, own_yearly_sales_minor, share_bp)


class Advice(StrEnum):
    """What a suggestion comes to: a limit, a person's decision, or goods against security or prepayment only."""

    LIMIT = "limit"
    REFER = "refer"
    SECURED_OR_PREPAY = "secured_or_prepay"


class Suggestion(NamedTuple):
    """``limit_minor`` None where too few methods could answer; 0 where one of them says 0.

    ``bound_by`` names the figure that is the limit before it is rounded down (a method, ``cap`` or ``starter``; the
    first of equal ones), empty without a limit. ``figures`` are all that were given, those without an answer too.
    """

    limit_minor: int | None
    bound_by: str
    figures: tuple[Figure, ...]

    @property
    def advice(self) -> Advice:
        """What follows from the limit. FACTBOOK 2.4 (TV-31, TV-32)."""
        if self.limit_minor is None:
            return Advice.REFER
        return Advice.LIMIT if self.limit_minor else Advice.SECURED_OR_PREPAY

    @property
    def missing(self) -> tuple[str, ...]:
        """The methods that could not answer."""
        return tuple(figure.name for figure in self.figures if figure.minor is None)


def suggest(
    methods: Sequence[Figure],
    least_methods: int = 2,
    cap_minor: int | None = None,
    starter_minor: int | None = None,
    round_down_minor: int = 1,
) -> Suggestion:
    """The smallest available figure, no more than the policy's cap, rounded down to whole ``round_down_minor``.

    Fewer than ``least_methods`` answers give no limit, because an unknown method could have said less; an answer of 0
    stands all the same, because none could have said less than that. ``cap_minor`` None means no cap; it does not
    count as a method. ``starter_minor`` is given for a new business only: it then binds beside the other figures, and
    however few they are. A method that comes out below zero (a share of what is missing) says 0. BadInput for a cap or
    starter limit below zero, and for rounding to less than one minor unit.
    Source: FACTBOOK 2.4 (TV-30, TV-31, TV-32).
    """
    if round_down_minor < 1 or min(starter_minor or 0, cap_minor or 0) < 0:
        raise BadInput(
            gettext_noop("what bounds a limit is not below zero, and it is rounded to one minor unit or more"),
            "limit",
            gettext_noop("give amounts of zero or more"),
        )
    least: int | None = None
    bound_by, answers = "", 0
    for figure in methods:
        if figure.minor is not None:
            answers += 1
            minor = max(figure.minor, 0)
            if least is None or minor < least:
                least, bound_by = minor, figure.name
    if answers < least_methods and starter_minor is None and least != 0:
        return Suggestion(None, "", tuple(methods))
    for bound, name in ((starter_minor, STARTER), (cap_minor, CAP)):
        if bound is not None and (least is None or bound < least):
            least, bound_by = bound, name
    if least is None:
        return Suggestion(None, "", tuple(methods))
    return Suggestion(least - least % round_down_minor, bound_by, tuple(methods))


def _share(name: str, minor: int | None, share_bp: int) -> Figure:
    return Figure(name, None if minor is None else max(basis_points(minor, share_bp), 0))


def _multiple(name: str, minor: int | None, multiple_c: int) -> Figure:
    return Figure(name, None if minor is None else max(divide(minor * multiple_c, WHOLE_C), 0))
