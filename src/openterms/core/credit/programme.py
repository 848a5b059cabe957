"""A policy made ready to be asked often: conditions as functions, points and figures laid out, nothing looked up twice.

A decision walks these in order: the card that fits, the class, the methods, the rules. Everything here answers about
one mapping of facts and never changes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from openterms.core.base.errors import BadInput
from openterms.core.base.expressions import Fact, Reader, Value
from openterms.core.base.reasons import gettext_noop as _
from openterms.core.base.rounding import BASIS_POINTS, divide
from openterms.core.credit import limits
from openterms.core.credit.authority import Need, needed
from openterms.core.credit.facts import CREDIT_FACTS, MADE_FACTS
from openterms.core.credit.limits import Figure, Suggestion, suggest
from openterms.core.credit.policy import Policy
from openterms.core.credit.policy_parts import Card, Flag, LimitMethod, RiskClass, Rule
from openterms.core.credit.policy_reading import LIMIT_FACTS
from openterms.core.credit.scorecards import Contribution, Score, Scorecard

Values = Mapping[str, Value]
FigureReader = Callable[[Values], Figure]


@dataclass(frozen=True, slots=True)
class ReadyCard:
    """A scorecard whose bins are functions; each bin's contribution is made once."""

    card: Scorecard
    fits: Reader
    attributes: tuple[tuple[tuple[tuple[Reader, Contribution], ...], Contribution], ...]
    chances: dict[int, int]

    def score(self, values: Values) -> Score:
        """The sum of points with what they come from; the first bin that is known to be true counts."""
        total, found = 0, []
        for bins, contribution in self.attributes:
            for reader, given in bins:
                if reader(values) is True:
                    contribution = given
                    break
            found.append(contribution)
            total += contribution.points
        chance = self.chances.get(total)
        if chance is None:
            chance = self.chances[total] = self.card.scale.pd_bp(total)
        return Score(total, tuple(found), chance)


@dataclass(frozen=True, slots=True)
class Programme:
    """A policy's parts in the form in which they are asked. ``nothing`` holds every fact, given or made, as missing."""

    policy: Policy
    facts: Mapping[str, tuple[type, int, int, frozenset[str], Fact]]
    nothing: Mapping[str, Value]
    cards: tuple[ReadyCard, ...]
    classes: tuple[tuple[Reader, RiskClass], ...]
    methods: tuple[FigureReader, ...]
    needs: tuple[tuple[int | None, Need, Need], ...]
    starter: Reader | None
    rules: tuple[tuple[Reader, Rule], ...]
    flags: tuple[tuple[Reader, Flag], ...]
    cadence: tuple[tuple[Reader, int], ...]

    def checked(self, given: Values) -> dict[str, Value]:
        """The policy's facts out of what was given, each within its range; what was not given is missing.

        Raises BadInput for a value of another type or outside its range (``Fact.check``), and for a name that neither
        the policy nor the product knows.
        """
        values = dict(self.nothing)
        facts = self.facts
        for name, value in given.items():
            try:
                kind, lo, hi, members, fact = facts[name]
            except KeyError:
                _refuse_unknown(self.policy, name)
                continue
            if type(value) is kind:
                if kind is int:
                    if lo <= value <= hi:  # type: ignore[operator]
                        values[name] = value
                        continue
                elif kind is bool or not members or value in members:
                    values[name] = value
                    continue
            fact.check(value)
        return values

    def score(self, values: Values) -> tuple[str, Score | None]:
        """The code and score of the first card that fits; empty and None where none does."""
        for ready in self.cards:
            if ready.fits(values) is True:
                return ready.card.code, ready.score(values)
        return "", None

    def risk_class(self, values: Values) -> RiskClass | None:
        """The first class that is known to fit."""
        for reader, found in self.classes:
            if reader(values) is True:
                return found
        return None

    def need(self, exposure_minor: int, is_flagged: bool) -> Need | None:
        """Who must decide on an exposure after the change; None where nobody may. Source: FACTBOOK 8.2 (TV-96)."""
        for most_minor, plain, flagged in self.needs:
            if most_minor is None or exposure_minor <= most_minor:
                found = flagged if is_flagged else plain
                return None if found.is_nobodys else found
        return None

    def suggestion(self, values: Values, cap_minor: int | None) -> Suggestion:
        """Every method's figure, and the limit they bind to. Source: FACTBOOK 2.4 (TV-30, TV-31, TV-32)."""
        rules = self.policy.limits
        figures = [reader(values) for reader in self.methods]
        begins = self.starter is not None and self.starter(values) is True
        starter = rules.starter.limit_minor if rules.starter and begins else None
        return suggest(figures, rules.least_methods, cap_minor, starter, rules.round_down_minor)


def prepare(policy: Policy) -> Programme:
    """The programme of a policy; made once and kept with it."""
    kept = policy.__dict__.get("_programme")
    if isinstance(kept, Programme):
        return kept
    made = Programme(
        policy,
        {f.name: (_PYTHON[f.type], f.lo, f.hi, frozenset(f.members), f) for f in policy.facts.values()},
        dict.fromkeys((*policy.facts, *MADE_FACTS)),
        tuple(_card(card) for card in policy.scorecards),
        tuple((one.when.reader(), one) for one in policy.risk_classes),
        tuple(_figure(method) for method in policy.limits.methods),
        _needs(policy),
        policy.limits.starter.when.reader() if policy.limits.starter else None,
        tuple((rule.when.reader(), rule) for rule in policy.rules),
        tuple((flag.when.reader(), flag) for flag in policy.authority.flags),
        tuple((one.when.reader(), one.every_months) for one in policy.reviews.cadence),
    )
    policy.__dict__["_programme"] = made
    return made


def _needs(policy: Policy) -> tuple[tuple[int | None, Need, Need], ...]:
    """For each band, who decides without a flag and with one."""
    bands = policy.authority.bands
    return tuple(
        (band.most_minor, needed(bands, band.most_minor), needed(bands, band.most_minor, ("flag",))) for band in bands
    )


def _refuse_unknown(policy: Policy, name: str) -> None:
    """A built-in fact that the policy does not use is passed over; any other name is a mistake."""
    if name not in CREDIT_FACTS:
        raise BadInput(
            _("there is no fact %(name)s"),
            "facts",
            _("use the facts of the policy: %(known)s"),
            {"name": str(name)[:60], "known": ", ".join(sorted(policy.facts))},
        )


def _card(card: Card) -> ReadyCard:
    laid_out = []
    for attribute, conditions in zip(card.scorecard.attributes, card.scorecard.conditions, strict=True):
        bins = tuple(
            (when.reader(), Contribution(attribute.name, bin_.label, bin_.points, attribute.most - bin_.points))
            for bin_, when in zip(attribute.bins, conditions, strict=True)
        )
        lost = attribute.most - attribute.otherwise
        otherwise = Contribution(attribute.name, attribute.otherwise_label, attribute.otherwise, lost)
        laid_out.append((bins, otherwise))
    return ReadyCard(card.scorecard, card.when.reader(), tuple(laid_out), {})


def _figure(method: LimitMethod) -> FigureReader:
    """A function of the facts that gives a method's figure, under the name that the policy gives it."""
    figure, fits = plain_figure(method), method.when.reader()
    nothing = Figure(method.name, None)
    if method.when.source == "True":
        return figure
    return lambda values: figure(values) if fits(values) is True else nothing


def plain_figure(method: LimitMethod) -> FigureReader:
    """The figure of a method by its kind; the arithmetic is that of ``limits``, laid out flat, and tests hold it so."""
    share, multiple = method.share_bp or 0, method.multiple_c or 0
    match method.kind:
        case limits.TRADE_REFERENCE | limits.EXPERIENCE:
            # The fact of references holds the best of those that count already.
            return _part(method, multiple, limits.WHOLE_C)
        case limits.NEED:
            return _need(method.name, method.buffer_days or 0)
        case kind if kind in _SHARES:
            return _part(method, share, BASIS_POINTS)
        case _:
            assert method.formula is not None
            return _formula(method.name, method.formula.reader())


_SHARES = (
    limits.TANGIBLE_NET_WORTH, limits.WORKING_CAPITAL, limits.BUREAU, limits.INSURER, limits.CONCENTRATION,
)  # fmt: skip
_PYTHON: Mapping[str, type] = {"int": int, "bool": bool, "text": str}


def _part(method: LimitMethod, part: int, whole: int) -> FigureReader:
    (fact,), name = LIMIT_FACTS[method.kind], method.name
    nothing, zero = Figure(name, None), Figure(name, 0)

    def read(values: Values) -> Figure:
        found: Any = values[fact]
        if found is None:
            return nothing
        return Figure(name, divide(found * part, whole)) if found > 0 else zero

    return read


def _formula(name: str, reader: Reader) -> FigureReader:
    nothing = Figure(name, None)

    def read(values: Values) -> Figure:
        found = reader(values)
        return Figure(name, max(found, 0)) if isinstance(found, int) else nothing

    return read


def _need(name: str, buffer_days: int) -> FigureReader:
    """A year's purchases over the terms that are asked for, no longer than those that the class offers."""
    nothing = Figure(name, None)

    def read(values: Values) -> Figure:
        year, days = values["expected_purchases_minor"], values["offered_terms_days"]
        if not isinstance(year, int) or not isinstance(days, int):
            return nothing
        asked = values["requested_terms_days"]
        if isinstance(asked, int) and asked < days:
            days = asked
        return Figure(name, divide(max(year, 0) * max(days + buffer_days, 0), limits.YEAR_DAYS))

    return read
