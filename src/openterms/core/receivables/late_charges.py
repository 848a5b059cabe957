"""Late charges on one item: interest accrued by the day, a lump sum once, or an undertaking to charity.

**The rule.** Interest runs on what of an item could be collected on each day: open (a payment counts from the day
after it, so the day of payment still bears) less what was contested, in flight, planned or, unless the terms say
otherwise, promised on that day. It runs from the day after the due date, after any days of grace, through the day asked
about. The rate of a day is reference plus margin, never above the cap; a half-year without a rate is refused.

**Rounded once a stretch.** Days that follow each other with the same amount and the same rate are one stretch; its
interest is exact and rounded half up once, so that a debtor can work each out alone (TV-57: 83.42 to the payment, 50.75
after it). What has accrued is the sum of the stretches. A period is charged as the difference of two such sums, so
periods always sum to the whole, whoever cuts them and how often: a second run on a day finds nothing left, and a
receipt booked late makes the next period smaller. A stretch that a period cuts is told as such a difference too.

**Compound only where law and contract have it** (``compound_months``; TV-55): at the end of every so many months from
the first day of interest, what has accrued and was not paid bears too.

**Two readers.** ``charge`` reads one item; ``portfolio.rules.late_charges`` the same for a million.
Source: FACTBOOK 4.2, 4.3, 4.7, 4.8.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from openterms.core.base.calendar import add_months
from openterms.core.base.rounding import BASIS_POINTS, divide
from openterms.core.receivables.claims import ClaimKind, clamp, gather
from openterms.core.receivables.day_counts import DAY_COUNTS
from openterms.core.receivables.late_charge_law import ChargeTerms
from openterms.core.receivables.reference_rates import Rates, half_year, spans

ONE_DAY = timedelta(days=1)


class ClaimSpan(NamedTuple):
    """A claim on an item: from ``starts_on`` to the day before ``ends_on`` (None: still)."""

    kind: ClaimKind
    amount_minor: int
    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class LateItem:
    """What is known of one item for its charges; amounts in minor units of one currency.

    ``settlements`` are (day, amount), reversals negative. ``charged_minor`` is what interest was charged on it before,
    ``charged_through`` the last day of that; ``has_lump_sum`` whether its lump sum, or its charity undertaking, was
    charged.
    """

    item_id: str
    due_on: date
    amount_minor: int
    settlements: tuple[tuple[date, int], ...] = ()
    claims: tuple[ClaimSpan, ...] = ()
    charged_minor: int = 0
    charged_through: date | None = None
    has_lump_sum: bool = False
    interest_settlements: tuple[tuple[date, int], ...] = ()
    """What was paid or given up of the interest that was charged: it bears no more where interest is compounded."""


class Slice(NamedTuple):
    """Days ``starts_on..ends_on`` (both counted) on which the same amount bears interest."""

    starts_on: date
    ends_on: date
    principal_minor: int


class Line(NamedTuple):
    """One line of the explanation: so many days on so much at so many basis points a year."""

    starts_on: date
    ends_on: date
    days: int
    principal_minor: int
    rate_bp: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Charge:
    """What an item owes on top, through a day.

    ``interest_minor`` is what is left to charge (never negative), ``lines`` explain it together with
    ``correction_minor``: what earlier periods come to now less what was charged for them. ``overcharged_minor`` is
    what was charged beyond what has accrued (a receipt was booked late); it is to be waived. ``lump_sum_minor`` and
    ``charity_minor`` are charged once.
    """

    item_id: str
    through: date
    interest_minor: int = 0
    lump_sum_minor: int = 0
    charity_minor: int = 0
    accrued_minor: int = 0
    correction_minor: int = 0
    overcharged_minor: int = 0
    lines: tuple[Line, ...] = ()

    @property
    def total_minor(self) -> int:
        """Everything that is to be charged now."""
        return self.interest_minor + self.lump_sum_minor + self.charity_minor


def charge(item: LateItem, terms: ChargeTerms, rates: Rates, through: date) -> Charge:
    """What is to be charged on an item through a day. ``BadInput`` where a rate is missing."""
    bearing = bearing_slices(item, terms, through)
    if not bearing:
        return Charge(item.item_id, through, overcharged_minor=item.charged_minor)
    lump = charity = 0
    if not item.has_lump_sum:
        lump = terms.lump_sum(bearing[0].principal_minor)
        charity = terms.charity_minor or 0
    if not terms.bears_interest:
        return Charge(
            item.item_id, through, lump_sum_minor=lump, charity_minor=charity, overcharged_minor=item.charged_minor
        )
    before, lines, accrued = _told(item, terms, rates, bearing)
    left = accrued - item.charged_minor
    return Charge(
        item.item_id, through, max(left, 0), lump, charity, accrued, before - item.charged_minor, max(-left, 0), lines
    )


def bearing_slices(item: LateItem, terms: ChargeTerms, through: date) -> tuple[Slice, ...]:
    """The days after due date and grace through a day on which something bears, with how much; none else."""
    first = item.due_on + timedelta(days=terms.grace_days) + ONE_DAY
    starts = {first, *(on + ONE_DAY for on, _ in item.settlements)}
    for claim in item.claims:
        starts |= {claim.starts_on, claim.ends_on or first}
    days = sorted(day for day in starts if first <= day <= through)
    found: list[Slice] = []
    for place, start in enumerate(days):
        end = days[place + 1] - ONE_DAY if place + 1 < len(days) else through
        principal = principal_on(item, terms, start)
        if principal > 0:
            if found and found[-1].principal_minor == principal and found[-1].ends_on + ONE_DAY == start:
                found[-1] = found[-1]._replace(ends_on=end)
            else:
                found.append(Slice(start, end, principal))
    return tuple(found)


def principal_on(item: LateItem, terms: ChargeTerms, day: date) -> int:
    """What bears interest on a day: open before that day's payments, less the claims that do not bear."""
    opened = item.amount_minor - sum(minor for on, minor in item.settlements if on < day)
    asked = gather(
        (claim.kind, claim.amount_minor)
        for claim in item.claims
        if claim.starts_on <= day and (claim.ends_on is None or day < claim.ends_on)
    )
    if opened <= 0:
        return 0
    slices = clamp(opened, asked)
    spared = slices.total_minor - (slices.promised_minor if terms.promised_bears else 0)
    return opened - spared


def lines_of(
    slices: Iterable[Slice], terms: ChargeTerms, rates: Rates, due_on: date, asked_on: date,
    interest_settlements: Sequence[tuple[date, int]] = (),
) -> tuple[Line, ...]:  # fmt: skip
    """Slices cut at half-years, each at its rate, with amounts; where interest is compounded cut at its ends too, with
    the interest that bears in ``principal_minor``. ``BadInput``: no rate."""
    return _rounded(_lines(slices, terms, rates, due_on, asked_on, interest_settlements), terms)


def compound(principal_minor: int, rate_bp: int, periods: int, periods_a_year: int = 12) -> int:
    """Interest with interest added after every whole period, rounded once (TV-55); only where a contract has it and
    the law does not bar it."""
    whole = BASIS_POINTS * periods_a_year
    grown = principal_minor * (whole + rate_bp) ** periods
    return divide(grown, whole**periods) - principal_minor


def simple(principal_minor: int, rate_bp: int, days: int, day_count: str = "ACT/365") -> int:
    """Simple interest for so many days, rounded once."""
    return divide(principal_minor * rate_bp * days, BASIS_POINTS * DAY_COUNTS[day_count][1])


def _told(
    item: LateItem, terms: ChargeTerms, rates: Rates, bearing: Sequence[Slice]
) -> tuple[int, tuple[Line, ...], int]:
    """What accrued through the last charged day, the lines after it, and what accrued in all."""
    asked_on = bearing[-1].ends_on
    cut = _lines(bearing, terms, rates, item.due_on, asked_on, item.interest_settlements)
    old, new = [], []
    for line in cut:
        if item.charged_through is None or line.starts_on > item.charged_through:
            new.append(line)
        elif line.ends_on <= item.charged_through:
            old.append(line)
        else:
            old.append(_span(line, line.starts_on, item.charged_through, terms))
            new.append(_span(line, item.charged_through + ONE_DAY, line.ends_on, terms))
    all_lines = _rounded([*old, *new], terms)
    before = sum(line.amount_minor for line in all_lines[: len(old)])
    return before, all_lines[len(old) :], sum(line.amount_minor for line in all_lines)


def _lines(
    slices: Iterable[Slice], terms: ChargeTerms, rates: Rates, due_on: date, asked_on: date,
    interest_settlements: Sequence[tuple[date, int]],
) -> list[Line]:  # fmt: skip
    """Lines without amounts, what is compounded included."""
    plain = _cut(slices, terms, rates, due_on, asked_on)
    if not terms.compound_months:
        return plain
    first = due_on + timedelta(days=terms.grace_days) + ONE_DAY
    turns = _turns(first, terms.compound_months, asked_on)
    edges = sorted({*turns, *(on + ONE_DAY for on, _ in interest_settlements)})
    found: list[Line] = []
    grown, at = 0, 0
    for line in plain:
        starts = [line.starts_on, *(on for on in edges if line.starts_on < on <= line.ends_on)]
        for place, start in enumerate(starts):
            while at < len(turns) and turns[at] <= start:
                grown, at = sum(one.amount_minor for one in _rounded(found, terms)), at + 1
            paid = max(0, sum(minor for on, minor in interest_settlements if on < start))
            end = starts[place + 1] - ONE_DAY if place + 1 < len(starts) else line.ends_on
            bears = line._replace(principal_minor=line.principal_minor + max(0, grown - paid))
            found.append(_span(bears, start, end, terms))
    return found


def _turns(first: date, months: int, last: date) -> list[date]:
    """The days from which what has accrued before bears too."""
    found: list[date] = []
    while (turn := add_months(first, months * (len(found) + 1), first.day)) <= last:
        found.append(turn)
    return found


def _cut(slices: Iterable[Slice], terms: ChargeTerms, rates: Rates, due_on: date, asked_on: date) -> list[Line]:
    """Lines without amounts; with one rate for the whole delay, half-years do not cut."""
    one_rate = {
        "start": due_on + timedelta(days=terms.grace_days) + ONE_DAY, "due": due_on, "payment": asked_on
    }.get(terms.fixing)  # fmt: skip
    found: list[Line] = []
    for part in slices:
        pieces = [(part.starts_on, part.ends_on)] if one_rate else spans(part.starts_on, part.ends_on)
        for start, end in pieces:
            line = Line(start, end, 0, part.principal_minor, _rate_bp(terms, rates, one_rate or start), 0)
            found.append(_span(line, start, end, terms))
    return found


def _span(line: Line, start: date, end: date, terms: ChargeTerms) -> Line:
    """The line for other days."""
    between = DAY_COUNTS[terms.day_count][0]
    return line._replace(starts_on=start, ends_on=end, days=between(start - ONE_DAY, end))


def _rate_bp(terms: ChargeTerms, rates: Rates, on: date) -> int:
    rate = rates.rate_bp(terms.reference or "", on) + terms.margin_bp
    return max(0, rate if terms.most_bp is None else min(rate, terms.most_bp))


def _rounded(lines: Sequence[Line], terms: ChargeTerms) -> tuple[Line, ...]:
    """Lines with amounts: each the difference of its stretch's interest rounded before and after it."""
    whole = BASIS_POINTS * DAY_COUNTS[terms.day_count][1]
    exact = rounded = 0
    found: list[Line] = []
    for line in lines:
        if not (found and _goes_on(found[-1], line)):
            exact = rounded = 0
        exact += line.principal_minor * line.rate_bp * line.days
        after = divide(exact, whole)
        found.append(line._replace(amount_minor=after - rounded))
        rounded = after
    return tuple(found)


def _goes_on(before: Line, line: Line) -> bool:
    """Whether a line continues the stretch of the one before."""
    same = (before.principal_minor, before.rate_bp) == (line.principal_minor, line.rate_bp)
    return same and before.ends_on + ONE_DAY == line.starts_on


__all__ = [
    "Charge", "ClaimSpan", "LateItem", "Line", "Slice", "bearing_slices", "charge", "compound", "half_year", "lines_of",
    "principal_on", "simple",
]  # fmt: skip
