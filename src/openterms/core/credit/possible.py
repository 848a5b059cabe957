"""Every answer that a policy can give while facts lie in known domains: one evaluation read over what is possible.

The order is that of ``evaluation``: score, class, limit, rules, grant, authority. Each step keeps every value that the
evaluation can reach there, perhaps more, never less; so an answer that does not come out here is proved impossible.
Shapes: domains ``fact -> Domain`` in, possible answers out. Amounts in minor units.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from openterms.core.base.expression_domains import MISSING, Domain, only, reach
from openterms.core.base.expressions import Expression, Value
from openterms.core.base.rounding import basis_points
from openterms.core.credit import limits
from openterms.core.credit.authority import Need
from openterms.core.credit.evaluation import terms_for
from openterms.core.credit.facts import MOST_MINOR
from openterms.core.credit.outcomes import DEFAULT_QUEUE, Outcome
from openterms.core.credit.policy_parts import LimitMethod, OfferedTerms, RiskClass, Rule
from openterms.core.credit.policy_reading import LIMIT_FACTS
from openterms.core.credit.programme import Programme, plain_figure

Domains = dict[str, Domain]
Span = tuple[int, int]
One = TypeVar("One")
_NEED_FACTS = ("expected_purchases_minor", "offered_terms_days", "requested_terms_days")


@dataclass(frozen=True, slots=True)
class Answer:
    """What of an outcome counts as the decision: what is granted, on which conditions, and who must look or agree."""

    outcome: str
    queue: str
    limit_minor: int | None
    terms: str
    deposit_minor: int
    security: tuple[str, ...]
    authority: Need | None


def answer_of(outcome: Outcome) -> Answer:
    """The decision of an outcome, without its reasons, its score and its review."""
    return Answer(
        outcome.outcome,
        outcome.queue,
        outcome.limit_minor,
        outcome.terms,
        outcome.deposit_minor,
        outcome.security,
        outcome.authority,
    )


@dataclass(frozen=True, slots=True)
class Possible:
    """Answers alike in all but their amounts, which are ranges; ``limit`` None where none is given."""

    outcome: str
    queue: str
    limit: Span | None
    terms: str
    deposit: Span
    security: tuple[str, ...]
    authority: Need | None

    def is_just(self, answer: Answer) -> bool:
        """Whether it is this answer and no other."""
        limit = None if answer.limit_minor is None else (answer.limit_minor, answer.limit_minor)
        return self == Possible(
            answer.outcome,
            answer.queue,
            limit,
            answer.terms,
            (answer.deposit_minor, answer.deposit_minor),
            answer.security,
            answer.authority,
        )


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What the rules can say: an outcome with its queue, and the rule that decides where one does."""

    outcome: str
    queue: str
    decider: Rule | None = None


def possible(programme: Programme, given: Domains, asked: OfferedTerms | None) -> Iterator[Possible]:
    """Every answer over ``given``, which holds a domain for each fact of the policy; ``asked`` are the terms wished."""
    domains = dict(given)
    domains["score"], domains["pd_bp"] = _scores(programme, domains)
    domains |= dict.fromkeys(("risk_class", "offered_terms_days"), MISSING)
    classes, can_have_none = _firsts([(one.when, one) for one in programme.policy.risk_classes], domains)
    for found in [*classes, None] if can_have_none else classes:
        here = dict(domains)
        if found is not None:
            here["risk_class"] = only(found.name)
            here["offered_terms_days"] = only(found.longest_days if found.terms else None)
        figures = [_figure(method, here) for method in programme.policy.limits.methods]
        suggested = _suggested(programme, here, figures, found)
        _make_limit_facts(here, figures, suggested)
        for verdict in _verdicts(programme, here):
            yield from _answers(programme, verdict, here, suggested, found, asked)


def _can(held: Domain) -> bool:
    return True in held.truths


def _must(held: Domain) -> bool:
    return held.truths == {True} and not held.missing


def _firsts(entries: Sequence[tuple[Expression, One]], domains: Domains) -> tuple[list[One], bool]:
    """Those of a list that can be the first whose condition is true, and whether none of them may be."""
    found = []
    for when, one in entries:
        held = reach(when.tree, domains)
        if _can(held):
            found.append(one)
        if _must(held):
            return found, False
    return found, True


def _scores(programme: Programme, domains: Domains) -> tuple[Domain, Domain]:
    """The points that can come out, and the chances of default that go with them."""
    cards, can_have_none = _firsts([(card.when, card) for card in programme.policy.scorecards], domains)
    if not cards:
        return MISSING, MISSING
    spans, chances = [], []
    for card in cards:
        lo = hi = 0
        for attribute, bins in zip(card.scorecard.attributes, card.scorecard.conditions, strict=True):
            entries = [(when, bin_.points) for when, bin_ in zip(bins, attribute.bins, strict=True)]
            points, can_be_other = _firsts(entries, domains)
            points += [attribute.otherwise] if can_be_other else []
            lo, hi = lo + min(points), hi + max(points)
        spans.append((lo, hi))
        if _asks_for_chance(programme):
            chances += [card.scorecard.scale.pd_bp(lo), card.scorecard.scale.pd_bp(hi)]
    score = Domain(can_have_none, min(lo for lo, _ in spans), max(hi for _, hi in spans))
    return score, Domain(can_have_none, min(chances, default=0), max(chances, default=10_000))


def _asks_for_chance(programme: Programme) -> bool:
    """Whether a condition speaks of the chance of default, which takes time to compute."""
    kept: bool | None = programme.policy.__dict__.get("_asks_for_chance")
    if kept is None:
        kept = any("pd_bp" in condition.names for _place, condition in programme.policy.conditions())
        programme.policy.__dict__["_asks_for_chance"] = kept
    return kept


def _suggested(
    programme: Programme, domains: Domains, figures: Sequence[Domain], found: RiskClass | None
) -> Domain:  # fmt: skip
    """The limits that the methods can bind to, the starter and the cap of the class among them."""
    rules = programme.policy.limits
    sure = [one for one in figures if one.known and not one.missing]
    maybe = [one for one in figures if one.known]
    starter = reach(rules.starter.when.tree, domains) if rules.starter else MISSING
    start = rules.starter.limit_minor if rules.starter and _can(starter) else None
    cap = found.cap_minor if found else None
    begins = rules.starter is not None and _must(starter)
    can_be_few = len(sure) < rules.least_methods and not any(one.hi == 0 for one in sure)
    can_be_none = not begins and (can_be_few or (not sure and cap is None))
    is_enough = len(maybe) >= rules.least_methods and (bool(maybe) or cap is not None)
    if not (is_enough or start is not None or any(one.lo == 0 for one in maybe)):
        return MISSING
    lows = [one.lo for one in maybe] + [bound for bound in (start, cap) if bound is not None]
    highs = [one.hi for one in sure] + [bound for bound in (start if begins else None, cap) if bound is not None]
    if not highs:
        highs = [max([one.hi for one in maybe] + ([start] if start is not None else []))]
    step = rules.round_down_minor
    lo, hi = min(lows), min(highs)
    return Domain(can_be_none, lo - lo % step, max(lo, hi) - max(lo, hi) % step)


def _figure(method: LimitMethod, domains: Domains) -> Domain:
    """The amounts that a method can name; missing where it may say nothing. Methods rise with each of their facts."""
    fits = reach(method.when.tree, domains)
    if not _can(fits):
        return MISSING
    if method.formula is not None:
        read = reach(method.formula.tree, domains)
        said = replace(read, lo=max(read.lo, 0), hi=max(read.hi, 0)) if read.known else MISSING
    else:
        said = _corners(method, domains)
    return said if _must(fits) else replace(said, missing=True)


def _corners(method: LimitMethod, domains: Domains) -> Domain:
    names = _NEED_FACTS if method.kind == limits.NEED else LIMIT_FACTS[method.kind]
    needed = [domains[name] for name in names if name != "requested_terms_days"]
    if not all(one.known for one in needed):
        return MISSING
    low: dict[str, Value] = {name: domains[name].lo for name in names}
    high: dict[str, Value] = {name: domains[name].hi for name in names}
    if method.kind == limits.NEED:  # terms that are not asked for are as long as those offered
        asked = domains["requested_terms_days"]
        low["requested_terms_days"] = asked.lo if asked.known else None
        high["requested_terms_days"] = None if asked.missing else asked.hi
    figure = plain_figure(method)
    lo, hi = figure(low).minor, figure(high).minor
    assert lo is not None and hi is not None
    return Domain(any(one.missing for one in needed), max(lo, 0), max(hi, 0))


def _make_limit_facts(domains: Domains, figures: Sequence[Domain], suggested: Domain) -> None:
    """What the decision makes of the suggestion, as ``evaluation`` does, over ranges."""
    asked, group = domains["requested_limit_minor"], domains["group_exposure_minor"]
    bounded = replace(suggested, lo=min(suggested.lo, MOST_MINOR), hi=min(suggested.hi, MOST_MINOR))
    granted = suggested = bounded if suggested.known else MISSING
    if suggested.known and asked.known:
        lo, hi = min(asked.lo, suggested.lo), min(asked.hi, suggested.hi)
        granted = replace(suggested, lo=lo, hi=suggested.hi if asked.missing else hi)
    domains["suggested_limit_minor"], domains["granted_minor"] = suggested, granted
    sure = sum(one.known and not one.missing for one in figures)
    domains["limit_methods"] = Domain(lo=sure, hi=sum(one.known for one in figures))
    domains["exposure_after_minor"] = MISSING
    if granted.known and group.known:
        missing = granted.missing or group.missing
        domains["exposure_after_minor"] = Domain(missing, granted.lo + group.lo, granted.hi + group.hi)


def _verdicts(programme: Programme, domains: Domains) -> Iterator[_Verdict]:
    """What the rules can come to: each rule that can be the first true one, and open rules before it."""
    may_open: list[Rule] = []
    must_open: list[Rule] = []
    for rule in programme.policy.rules:
        held = reach(rule.when.tree, domains)
        fires = _can(held) or (held.missing and rule.unknown == "fire")
        if fires:
            if all(one.decide == rule.decide for one in must_open):
                yield _Verdict(rule.decide, rule.queue, rule)
            yield from _open([one for one in may_open if one.decide != rule.decide], may_open)
        passes = False in held.truths or (held.missing and rule.unknown != "fire")
        if not passes:
            return
        if held.missing and rule.unknown == "refer":
            may_open.append(rule)
            if False not in held.truths:
                must_open.append(rule)
    yield from _open(may_open, may_open)
    if not must_open:
        yield _Verdict("refer", DEFAULT_QUEUE)


def _open(against: Sequence[Rule], may_open: Sequence[Rule]) -> Iterator[_Verdict]:
    """The referrals for want of facts: the queue is that of the first open rule that names one."""
    if against:
        for queue in dict.fromkeys([*(one.queue for one in may_open if one.queue), DEFAULT_QUEUE]):
            yield _Verdict("refer", queue)


def _answers(
    programme: Programme,
    verdict: _Verdict,
    domains: Domains,
    suggested: Domain,
    found: RiskClass | None,
    asked: OfferedTerms | None,
) -> Iterator[Possible]:
    """What becomes of a verdict once the limit, the terms and the authority have had their word."""
    if verdict.outcome == "decline":
        yield Possible("decline", verdict.queue, None, "", (0, 0), (), None)
        return
    if verdict.outcome == "refer":
        yield from _referred(programme, verdict.queue, domains, suggested)
        return
    offer = verdict.decider.offer if verdict.decider else None
    limit = domains["granted_minor"]
    if offer and offer.limit_minor is not None:
        fixed = offer.limit_minor
        limit = replace(limit, lo=min(limit.lo, fixed), hi=min(limit.hi, fixed)) if limit.known else only(fixed)
        limit = Domain(lo=limit.lo, hi=fixed if domains["granted_minor"].missing else limit.hi)
    if limit.missing or not limit.known or found is None or not found.terms:
        yield from _referred(programme, DEFAULT_QUEUE, domains, suggested)
    if not limit.known or found is None or not found.terms:
        return
    lo, hi = limit.lo, limit.hi
    if offer and offer.limit_share_bp is not None:
        least = 0 if suggested.missing or not suggested.known else suggested.lo
        most = suggested.hi if suggested.known else 0
        lo = min(lo, basis_points(least, offer.limit_share_bp))
        hi = min(hi, basis_points(most, offer.limit_share_bp))
    terms = terms_for(found, asked)
    has_own_terms = offer is not None and offer.terms is not None
    is_other = asked is not None and terms.text != asked.text and not has_own_terms
    if offer and offer.terms is not None and offer.terms.days < terms.days:
        terms = offer.terms
    deposit = (basis_points(lo, offer.deposit_bp), basis_points(hi, offer.deposit_bp)) if offer else (0, 0)
    for outcome in _turned(verdict.outcome, is_other, (lo, hi), domains["requested_limit_minor"]):
        for need in _needs(programme, domains, (lo, hi)):
            if need is None:
                yield Possible("refer", DEFAULT_QUEUE, None, "", (0, 0), (), None)
            else:
                security = offer.security if offer else ()
                yield Possible(outcome, verdict.queue, (lo, hi), terms.text, deposit, security, need)


def _turned(outcome: str, is_other: bool, limit: Span, wanted: Domain) -> list[str]:
    """An approval that gives less than was asked for, nothing, or other terms is a counter-offer."""
    if outcome == "counter_offer" or is_other:
        return ["counter_offer"]
    found = []
    asks_nothing = wanted.known and wanted.lo <= 0 <= wanted.hi
    if limit[1] > 0 or asks_nothing:
        asks_no_more = wanted.missing or limit[1] >= wanted.lo
        found += ["approve"] if asks_no_more else []
    is_nothing = limit[0] == 0 and (wanted.missing or wanted.hi != 0 or wanted.lo != 0)
    if is_nothing or (wanted.known and limit[0] < wanted.hi):
        found.append("counter_offer")
    return found


def _referred(programme: Programme, queue: str, domains: Domains, suggested: Domain) -> Iterator[Possible]:
    wanted, amounts = domains["requested_limit_minor"], []
    if wanted.known:
        amounts.append((wanted.lo, wanted.hi))
    if wanted.missing:
        amounts += [(min(suggested.lo, MOST_MINOR), min(suggested.hi, MOST_MINOR))] if suggested.known else []
        amounts += [(0, 0)] if suggested.missing or not suggested.known else []
    for amount in amounts:
        for need in _needs(programme, domains, amount):
            yield Possible("refer", queue, None, "", (0, 0), (), need)


def _needs(programme: Programme, domains: Domains, amount: Span) -> list[Need | None]:
    """Who can be asked to agree to an amount, over what the group may owe and the flags that may be up."""
    group = domains["group_exposure_minor"]
    flags = [reach(flag.when.tree, domains) for _reader, flag in programme.flags]
    spans = [(group.lo, group.hi, any(map(_must, flags)), any(map(_can, flags)))] if group.known else []
    spans += [(0, 0, True, True)] if group.missing or not group.known else []
    found: dict[Need | None, None] = {}
    for lo, hi, must, can in spans:
        first, last = amount[0] + lo, amount[1] + hi
        ends = [most + 1 for most, _plain, _flagged in programme.needs if most is not None and first <= most < last]
        edges = [first, last, *ends]
        for edge in edges:
            for flagged in {must, can}:
                found[programme.need(edge, flagged)] = None
    return list(found)
