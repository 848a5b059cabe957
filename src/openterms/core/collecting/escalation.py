"""Settle, place, sue or write off: which is worth most from here on (FACTBOOK 5.6).

The value of an action is the sum over its outcomes of probability x future cash x discount, less own cost to come. Only
what is still to come counts: what was spent before appears nowhere. Amounts are minor units of one currency,
probabilities, shares and the rate of interest basis points, delays whole months. Own costs of a suit are paid now;
its award, and what it costs to lose, come at its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Context, Decimal
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.base.rounding import BASIS_POINTS, divide

MOST_MINOR = 10**15
MOST_MONTHS = 240
_PLACES = 10**15
_EXACT = Context(prec=40)


class Choice(StrEnum):
    """What may be done with an account that does not pay. Of equals the first is taken."""

    SETTLE = "settle"
    PLACE = "place"
    SUE = "sue"
    WRITE_OFF = "write_off"


class Inputs(NamedTuple):
    """What the comparison looks at.

    ``settlement_minor`` is what the debtor would pay of the claim (None: there is no offer), ``settle_bp`` how likely
    it keeps to it, ``precedent_minor`` what giving in costs elsewhere. ``agency_bp`` is the share of the claim that an
    agency brings in, ``agency_fee_bp`` its fee of that. ``win_bp`` and ``collect_bp`` are the chances of a judgment and
    of its being paid; ``awarded_minor`` are costs the debtor would bear, ``own_costs_minor`` what suing costs us from
    now on, ``adverse_minor`` what losing costs. ``relief_minor`` is VAT that comes back on writing off. ``rate_bp`` is
    the yearly rate at which later money is worth less.
    """

    claim_minor: int
    settlement_minor: int | None = None
    settle_bp: int = BASIS_POINTS
    settle_months: int = 0
    precedent_minor: int = 0
    agency_bp: int = 0
    agency_fee_bp: int = 0
    agency_months: int = 0
    agency_cost_minor: int = 0
    win_bp: int = 0
    collect_bp: int = 0
    awarded_minor: int = 0
    own_costs_minor: int = 0
    adverse_minor: int = 0
    sue_months: int = 0
    relief_minor: int = 0
    relief_months: int = 0
    rate_bp: int = 0


CHANCES = ("settle_bp", "agency_bp", "agency_fee_bp", "win_bp", "collect_bp")
AMOUNTS = (
    "settlement_minor", "precedent_minor", "agency_cost_minor", "awarded_minor", "own_costs_minor", "adverse_minor",
    "relief_minor",
)  # fmt: skip
MONTHS = ("settle_months", "agency_months", "sue_months", "relief_months")
EDITABLE = (*CHANCES, *AMOUNTS, *MONTHS, "rate_bp")
"""What a person may set otherwise than history says; the claim follows from the items."""


class Comparison(NamedTuple):
    """The values of each action in minor units, best first by value; ``best`` is the first. Settling is left out where
    there is no offer. ``least_offer_minor`` is the smallest offer worth accepting, paid now and with certainty."""

    values: tuple[tuple[Choice, int], ...]
    least_offer_minor: int

    @property
    def best(self) -> Choice:
        """What is worth most."""
        return self.values[0][0]

    def value(self, choice: Choice) -> int | None:
        """What an action is worth; None where it cannot be taken."""
        return dict(self.values).get(choice)


class Turn(NamedTuple):
    """Where an input would change the choice: the nearest values below and above at which another action is best."""

    name: str
    now: int
    below: int | None
    below_best: Choice | None
    above: int | None
    above_best: Choice | None


class Swing(NamedTuple):
    """What each action is worth with one input a fifth lower and a fifth higher, within its range."""

    name: str
    low: int
    high: int
    at_low: Mapping[Choice, int]
    at_high: Mapping[Choice, int]


def compare(given: Inputs) -> Comparison:
    """The value of every action, rounded half up once. ``BadInput`` names an input out of its range.

    Source: FACTBOOK 5.6; TV-61, TV-62.
    """
    check(given)
    found: dict[Choice, int] = {}
    if given.settlement_minor is not None:
        found[Choice.SETTLE] = _discounted(
            given.settlement_minor * given.settle_bp, given.settle_months, given.rate_bp, -given.precedent_minor
        )
    kept = given.claim_minor * given.agency_bp * (BASIS_POINTS - given.agency_fee_bp)
    found[Choice.PLACE] = _discounted(
        kept, given.agency_months, given.rate_bp, -given.agency_cost_minor, BASIS_POINTS**2
    )
    won = given.win_bp * given.collect_bp * (given.claim_minor + given.awarded_minor)
    lost = (BASIS_POINTS - given.win_bp) * BASIS_POINTS * given.adverse_minor
    found[Choice.SUE] = _discounted(
        won - lost, given.sue_months, given.rate_bp, -given.own_costs_minor, BASIS_POINTS**2
    )
    found[Choice.WRITE_OFF] = _discounted(
        given.relief_minor * BASIS_POINTS, given.relief_months, given.rate_bp, 0
    )
    order = list(Choice)
    values = sorted(found.items(), key=lambda one: (-one[1], order.index(one[0])))
    others = max(minor for choice, minor in values if choice is not Choice.SETTLE)
    return Comparison(tuple(values), max(0, others + given.precedent_minor))


def turns(given: Inputs) -> tuple[Turn, ...]:
    """For each input the nearest values at which another action becomes best; inputs that never do are left out.

    The lead of the best action over the others is first up and then down in any one input, so the values at which it
    leads are an interval, whose ends are found by halving.
    """
    best = compare(given).best
    found = []
    for name in EDITABLE:
        now = getattr(given, name)
        if now is None:
            continue
        low, high = bounds(name, given)
        below, above = _edge(given, name, now, low, best), _edge(given, name, now, high, best)
        if below is not None or above is not None:
            found.append(Turn(name, now, below, _best_at(given, name, below), above, _best_at(given, name, above)))
    return tuple(found)


def swings(given: Inputs) -> tuple[Swing, ...]:
    """What a fifth less and a fifth more of each input that is not zero does to every action's value, the greatest
    effect first."""
    found = []
    for name in EDITABLE:
        now = getattr(given, name)
        if not now:
            continue
        least, most = bounds(name, given)
        low, high = max(least, now - max(divide(now, 5), 1)), min(most, now + max(divide(now, 5), 1))
        at = [dict(compare(given._replace(**{name: one})).values) for one in (low, high)]
        found.append(Swing(name, low, high, at[0], at[1]))
    return tuple(sorted(found, key=lambda one: -max(abs(one.at_high[c] - one.at_low[c]) for c in one.at_low)))


def bounds(name: str, given: Inputs) -> tuple[int, int]:
    """The least and greatest value that an input may have beside the others."""
    if name in CHANCES:
        return 0, BASIS_POINTS
    if name in MONTHS:
        return 0, MOST_MONTHS
    if name == "rate_bp":
        return 0, BASIS_POINTS
    if name in ("settlement_minor", "relief_minor"):
        return 0, given.claim_minor
    return 0, max(10 * given.claim_minor, getattr(given, name) or 0)


def check(given: Inputs) -> None:
    """Refuse inputs out of their ranges, by name."""
    if not 0 < given.claim_minor <= MOST_MINOR:
        raise _out("claim_minor", 1, MOST_MINOR)
    for name in EDITABLE:
        value = getattr(given, name)
        if value is None and name == "settlement_minor":
            continue
        low, high = bounds(name, given) if name not in AMOUNTS else (0, MOST_MINOR)
        if name in ("settlement_minor", "relief_minor"):
            high = given.claim_minor
        if type(value) is not int or not low <= value <= high:
            raise _out(name, low, high)


def _out(name: str, low: int, high: int) -> BadInput:
    return BadInput(
        gettext_noop("This is out of its range"), name, gettext_noop("Give a value from %(low)s to %(high)s"),
        {"low": low, "high": high},
    )  # fmt: skip


def _discounted(amount: int, months: int, rate_bp: int, now_minor: int, unit: int = BASIS_POINTS) -> int:
    """``amount / unit`` minor units after so many months, and what moves now, rounded once."""
    return divide(amount * _factor(months, rate_bp) + now_minor * unit * _PLACES, unit * _PLACES)


@cache
def _factor(months: int, rate_bp: int) -> int:
    """What 1 after so many months is worth now, in parts of 10^15: (1 + rate) ** (-months / 12)."""
    if not months or not rate_bp:
        return _PLACES
    growth = Decimal(BASIS_POINTS + rate_bp).scaleb(-4, _EXACT)
    power = _EXACT.exp(_EXACT.multiply(_EXACT.ln(growth), _EXACT.divide(Decimal(-months), Decimal(12))))
    return int(_EXACT.multiply(power, Decimal(_PLACES)).to_integral_value(context=_EXACT))


def _edge(given: Inputs, name: str, now: int, end: int, best: Choice) -> int | None:
    """The value nearest to ``now`` towards ``end`` at which another action is best; None where there is none."""
    if now == end or compare(given._replace(**{name: end})).best is best:
        return None
    inside, outside = now, end
    while abs(outside - inside) > 1:
        middle = (inside + outside) // 2
        if compare(given._replace(**{name: middle})).best is best:
            inside = middle
        else:
            outside = middle
    return outside


def _best_at(given: Inputs, name: str, value: int | None) -> Choice | None:
    return None if value is None else compare(given._replace(**{name: value})).best
