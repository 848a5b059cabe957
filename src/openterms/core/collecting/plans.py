"""Paying in instalments: what may be offered, the schedule, and what has become of a plan from the money that came in.

A plan spreads the open amount of some items over dates. While it runs, the instalments not yet due are left alone, a
due one that is unpaid may be collected again, and items age by the dates of their instalments. A missed instalment
(unpaid after its date and grace) is counted; at so many missed the plan is in default and the old due dates count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeVar

from openterms.core.base.calendar import add_months, end_of_month
from openterms.core.base.errors import BadInput
from openterms.core.base.money import split
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.base.rounding import BASIS_POINTS, basis_points, divide

PlanState = Literal["offered", "running", "completed", "defaulted", "cancelled", "declined", "withdrawn", "expired"]
K = TypeVar("K")
YEAR_DAYS = 365
MOST_COUNT = 120


class Rhythm(StrEnum):
    """How far the instalments lie apart."""

    WEEK = "week"
    FORTNIGHT = "fortnight"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class PlanPolicy:
    """What may be offered, and when a plan fails.

    ``most_instalments`` and ``longest_days`` (from the offer to the last date); ``least_first_bp`` of the whole is to
    be paid first; ``least_minor`` is the smallest instalment by currency; ``interest_bp`` a year is charged on what is
    still owed (0: none); ``grace_days`` after an instalment's date it is missed, and ``most_missed`` missed are a
    default; an offer stands ``offer_days``; a payment that a customer reports holds collecting back ``in_flight_days``.
    """

    most_instalments: int = 6
    longest_days: int = 183
    least_first_bp: int = 1_500
    least_minor: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    interest_bp: int = 0
    grace_days: int = 3
    most_missed: int = 1
    offer_days: int = 14
    in_flight_days: int = 5


STANDARD = PlanPolicy()

TOO_MANY = Reason(
    "plan_too_many",
    gettext_noop("%(count)s instalments are more than the %(most)s that the strategy allows."),
    gettext_noop("At most %(most)s instalments can be agreed."),
    gettext_noop("Ask for at most %(most)s."),
)
TOO_LONG = Reason(
    "plan_too_long",
    gettext_noop("The last instalment lies %(days)s days ahead; the strategy allows %(most)s."),
    gettext_noop("The last instalment has to lie within %(most)s days."),
    gettext_noop("Choose fewer instalments or an earlier first day."),
)
FIRST_TOO_SMALL = Reason(
    "plan_first_too_small",
    gettext_noop("The first instalment is under the least first payment of %(least_minor)s."),
    gettext_noop("The first payment is too small."),
    gettext_noop("Raise the first payment."),
)
INSTALMENT_TOO_SMALL = Reason(
    "plan_instalment_too_small",
    gettext_noop("An instalment is under the least of %(least_minor)s."),
    gettext_noop("The instalments are too small."),
    gettext_noop("Choose fewer instalments."),
)
TOO_MUCH_INTEREST = Reason(
    "plan_interest",
    gettext_noop("%(bp)s basis points of interest are more than the %(most_bp)s that the strategy allows."),
    remedy=gettext_noop("Ask for no more than the strategy says."),
)


class PlanInstalment(NamedTuple):
    """One payment of a plan, minor units."""

    number: int
    due_on: date
    principal_minor: int
    interest_minor: int

    @property
    def amount_minor(self) -> int:
        """Principal and interest."""
        return self.principal_minor + self.interest_minor


def dates(first_on: date, count: int, rhythm: Rhythm) -> tuple[date, ...]:
    """The days of ``count`` instalments. By month the day of the first is kept, the last day of a month stays the last
    day of each."""
    if rhythm is Rhythm.MONTH:
        anchor = 31 if first_on == end_of_month(first_on) else first_on.day
        return tuple(add_months(first_on, place, anchor) for place in range(count))
    step = 7 if rhythm is Rhythm.WEEK else 14
    return tuple(first_on + timedelta(days=step * place) for place in range(count))


def schedule(
    amount_minor: int,
    count: int,
    first_on: date,
    rhythm: Rhythm = Rhythm.MONTH,
    *,
    from_on: date,
    first_minor: int | None = None,
    interest_bp: int = 0,
) -> tuple[PlanInstalment, ...]:
    """The instalments of an amount: principals sum to it exactly (largest remainder), earliest first.

    ``first_minor`` sets the first principal, the others share the rest. Interest is simple, for the actual days over
    365 on what is still owed before each instalment, from ``from_on``, rounded half up once an instalment. BadInput for
    amounts or counts that make no schedule, and for a first day before ``from_on``.
    """
    if not 1 <= count <= min(MOST_COUNT, max(amount_minor, 0)):
        raise BadInput(
            gettext_noop("%(amount)s cannot be paid in %(count)s instalments"), "instalments",
            gettext_noop("Give from 1 to 120 instalments of a positive amount"),
            {"amount": amount_minor, "count": count},
        )  # fmt: skip
    if first_on < from_on:
        raise BadInput(
            gettext_noop("The first instalment lies in the past"), "first_on", gettext_noop("Give a later day")
        )
    if first_minor is not None and not _fits(first_minor, amount_minor, count):
        raise BadInput(
            gettext_noop("This first payment leaves no amounts for the others"), "first",
            gettext_noop("Give more than 0 and less than the whole"),
        )  # fmt: skip
    if first_minor is None or count == 1:
        parts = split(amount_minor, [1] * count)
    else:
        parts = (first_minor, *split(amount_minor - first_minor, [1] * (count - 1)))
    made, owed, since = [], amount_minor, from_on
    for number, (due_on, principal) in enumerate(zip(dates(first_on, count, rhythm), parts, strict=True), 1):
        interest = divide(owed * interest_bp * (due_on - since).days, BASIS_POINTS * YEAR_DAYS)
        made.append(PlanInstalment(number, due_on, principal, interest))
        owed, since = owed - principal, due_on
    return tuple(made)


def _fits(first_minor: int, amount_minor: int, count: int) -> bool:
    return first_minor == amount_minor if count == 1 else 0 < first_minor <= amount_minor - (count - 1)


def refusals(
    instalments: Sequence[PlanInstalment], currency: str, on: date, policy: PlanPolicy = STANDARD
) -> tuple[Reason, ...]:
    """All reasons why the policy does not let a plan be offered; none means it may be."""
    found: list[Reason] = []
    count, days = len(instalments), (instalments[-1].due_on - on).days
    if count > policy.most_instalments:
        found.append(TOO_MANY.given(count=count, most=policy.most_instalments))
    if days > policy.longest_days:
        found.append(TOO_LONG.given(days=days, most=policy.longest_days))
    least_first = basis_points(sum(one.principal_minor for one in instalments), policy.least_first_bp)
    if instalments[0].principal_minor < least_first:
        found.append(FIRST_TOO_SMALL.given(least_minor=least_first, currency=currency))
    least = policy.least_minor.get(currency, 0)
    if count > 1 and min(one.amount_minor for one in instalments) < least:
        found.append(INSTALMENT_TOO_SMALL.given(least_minor=least, currency=currency))
    return tuple(found)


def spread(owed: Sequence[tuple[K, int]], amounts: Sequence[int]) -> list[list[tuple[K, int]]]:
    """Which part of each owed sum (in the order given) each instalment pays. Both sides sum to the same, which is
    refused otherwise (``ValueError``); nothing is zero."""
    if sum(minor for _, minor in owed) != sum(amounts):
        raise ValueError("what is owed and the instalments differ")
    left, place, rows = [minor for _, minor in owed], 0, []
    for amount in amounts:
        row: list[tuple[K, int]] = []
        while amount:
            taken = min(amount, left[place])
            if taken:
                row.append((owed[place][0], taken))
            left[place] -= taken
            amount -= taken
            place += not left[place]
        rows.append(row)
    return rows


def unmet(parts: Sequence[int], covered_minor: int) -> tuple[int, ...]:
    """What is open of each planned part of an item, in order of date, when ``covered_minor`` of it is open and not
    contested: money meets the earliest first, so the latest are open first. Never more than the part."""
    left, found = max(covered_minor, 0), []
    for part in reversed(parts):
        taken = min(part, left)
        found.append(taken)
        left -= taken
    return tuple(reversed(found))


class PlanOutcome(NamedTuple):
    """The state of a running plan as of a day, the money counted, and the instalments missed."""

    state: PlanState
    paid_minor: int
    missed: tuple[int, ...]


def outcome_of(
    instalments: Iterable[PlanInstalment], paid_minor: int, as_of: date, grace_days: int, most_missed: int
) -> PlanOutcome:
    """``completed`` when all is paid; ``defaulted`` at so many instalments whose date and grace have passed while the
    money in does not reach them; else ``running``."""
    total, missed = 0, []
    for one in instalments:
        total += one.amount_minor
        if as_of > one.due_on + timedelta(days=grace_days) and paid_minor < total:
            missed.append(one.number)
    state: PlanState = "running"
    if paid_minor >= total:
        state = "completed"
    elif len(missed) >= most_missed:
        state = "defaulted"
    return PlanOutcome(state, paid_minor, tuple(missed))
