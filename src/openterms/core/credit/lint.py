"""What is wrong with a policy that can be read: rules that never decide, cases nobody speaks of, gaps, missing words.

Everything is proved over the ranges of the facts, each fact taken as free of the others; what the decision makes
(score, class, limit) is taken as any value of its range. So "never" holds always, and an example of a gap is a case of
the conditions, which real customers may or may not reach. What could not be proved within the steps allowed is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

from openterms.core.base.expression_domains import Domain, whole_domain
from openterms.core.base.expressions import Expression, IsMissing, Value, parts
from openterms.core.base.reasons import fill
from openterms.core.base.reasons import gettext_noop as _
from openterms.core.credit.cases import IS_FALSE, IS_TRUE, NOT_TRUE, Ask, Found, find
from openterms.core.credit.policy import ALWAYS_READ, Policy
from openterms.core.credit.policy_parts import Card, Rule
from openterms.core.credit.policy_reading import LIMIT_FACTS

Severity = Literal["wrong", "doubtful", "unproved"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: ``code``; ``place`` in the document; ``what`` is a message with places that ``params`` fill.

    ``severity`` is wrong (will surprise), doubtful (perhaps meant) or unproved (could not be decided).
    ``example`` is a case that shows it, fact by fact.
    """

    severity: Severity
    code: str
    place: str
    what: str
    params: Mapping[str, str | int]
    example: Mapping[str, Value] | None = None

    def text(self) -> str:
        """One English line."""
        return f"{self.place}: {fill(self.what, self.params)}"


_UNPROVED = _("it could not be proved that %(what)s; the conditions are too wide")


def lint(policy: Policy) -> tuple[Finding, ...]:
    """Every finding, in the order of the document."""
    domains = {name: whole_domain(fact) for name, fact in policy.all_facts.items()}
    domains["score"] = _score_domain(policy, domains["score"])
    return (
        *_facts(policy),
        *(finding for card in policy.scorecards for finding in _card(card, domains)),
        *_later_cards(policy, domains),
        *_classes(policy, domains),
        *_limits(policy),
        *_rules(policy, domains),
        *_texts(policy),
        *_authority(policy),
        *_never_true(policy, domains),
    )


def _score_domain(policy: Policy, wide: Domain) -> Domain:
    """The least and the greatest sum of points that a card can give."""
    spans = []
    for card in policy.scorecards:
        each = [[one.otherwise, *(bin_.points for bin_ in one.bins)] for one in card.scorecard.attributes]
        spans.append((sum(map(min, each)), sum(map(max, each))))
    if not spans:
        return wide
    return replace(wide, lo=min(lo for lo, _ in spans), hi=max(hi for _, hi in spans))


def _facts(policy: Policy) -> Iterator[Finding]:
    used = {name for _place, condition in policy.conditions() for name in condition.names}
    used |= set(ALWAYS_READ) | {name for method in policy.limits.methods for name in LIMIT_FACTS[method.kind]}
    for name in policy.declared:
        if name not in used:
            yield Finding("doubtful", "fact_unused", f"facts, {name}", _("no condition speaks of it"), {})


def _card(card: Card, domains: Mapping[str, Domain]) -> Iterator[Finding]:
    for attribute, bins in zip(card.scorecard.attributes, card.scorecard.conditions, strict=True):
        place = f"scorecards, {card.scorecard.code}, {attribute.name}"
        labels = [bin_.label for bin_ in attribute.bins]
        for (first, one), (second, other) in combinations(zip(labels, bins, strict=True), 2):
            found = find([Ask(one.tree, IS_TRUE), Ask(other.tree, IS_TRUE)], domains)
            params: dict[str, str | int] = {"first": first, "second": second}
            if found.case is not None:
                what = _("the bins %(first)s and %(second)s overlap; the first counts")
                yield Finding("wrong", "bins_overlap", place, what, params, found.case)
            elif not found.is_proved:
                yield _unproved(place, f"the bins {first} and {second} do not overlap")
        known = {name: _without_missing(domains[name]) for condition in bins for name in condition.names}
        if any(_asks_for_missing(condition) for condition in bins):
            known = dict(domains)
        found = find([Ask(condition.tree, NOT_TRUE) for condition in bins], known)
        if found.case is not None:
            what = _("there is a gap between the bins; points are those of otherwise")
            yield Finding("wrong", "bins_gap", place, what, {}, found.case)
        elif not found.is_proved:
            yield _unproved(place, "the bins leave no gap")


def _without_missing(domain: Domain) -> Domain:
    return replace(domain, missing=False)


def _asks_for_missing(condition: Expression) -> bool:
    return any(isinstance(node, IsMissing) for node in _nodes(condition))


def _nodes(condition: Expression) -> Iterator[object]:
    walk = [condition.tree]
    while walk:
        node = walk.pop()
        walk.extend(parts(node))
        yield node


def _later_cards(policy: Policy, domains: Mapping[str, Domain]) -> Iterator[Finding]:
    entries = [(card.scorecard.code, card.when) for card in policy.scorecards]
    yield from _never_reached("scorecards", entries, domains)
    if policy.scorecards:
        found = find([Ask(when.tree, NOT_TRUE) for _code, when in entries], domains)
        if found.case is not None:
            yield Finding("doubtful", "no_card", "scorecards", _("no scorecard fits every case"), {}, found.case)


def _never_reached(
    place: str, entries: Sequence[tuple[str, Expression]], domains: Mapping[str, Domain]
) -> Iterator[Finding]:
    """Entries of a list in which the first that is true counts, and which can never be that."""
    for position, (name, when) in enumerate(entries):
        before = [Ask(earlier.tree, NOT_TRUE) for _name, earlier in entries[:position]]
        found = find([Ask(when.tree, IS_TRUE), *before], domains)
        if found.case is None and found.is_proved:
            yield Finding("wrong", "never_reached", f"{place}, {name}", _("it can never be the first that is true"), {})
        elif found.case is None:
            yield _unproved(f"{place}, {name}", "it can be the first that is true")


def _classes(policy: Policy, domains: Mapping[str, Domain]) -> Iterator[Finding]:
    entries = [(one.name, one.when) for one in policy.risk_classes]
    yield from _never_reached("risk_classes", entries, domains)
    found = find([Ask(when.tree, NOT_TRUE) for _name, when in entries], domains)
    if found.case is not None:
        yield Finding("wrong", "no_class", "risk_classes", _("some cases are in no risk class"), {}, found.case)
    for one in policy.risk_classes:
        if not one.terms:
            yield Finding("wrong", "class_without_terms", f"terms, {one.name}", _("the risk class offers no terms"), {})
        if one.cap_minor is None:
            place = f"risk_classes, {one.name}"
            yield Finding("doubtful", "class_without_cap", place, _("the risk class has no cap"), {})


def _limits(policy: Policy) -> Iterator[Finding]:
    caps = [one.cap_minor for one in policy.risk_classes if one.cap_minor is not None]
    starter = policy.limits.starter
    if starter and caps and starter.limit_minor > max(caps):
        what = _("the starter limit is above every cap")
        yield Finding("doubtful", "starter_above_caps", "limits, starter", what, {})
    for one in policy.risk_classes:
        if one.cap_minor is not None and 0 < one.cap_minor < policy.rounding:
            what = _("the cap is less than the step that limits are rounded to, so every limit becomes zero")
            yield Finding("wrong", "cap_below_step", f"risk_classes, {one.name}", what, {})


def _open_ways(rule: Rule) -> frozenset[bool | None]:
    """The answers with which a rule leaves the case to those after it."""
    return NOT_TRUE if rule.unknown == "skip" else IS_FALSE


def _acts(rule: Rule) -> frozenset[bool | None]:
    return frozenset((True, None)) if rule.unknown == "fire" else IS_TRUE


def _rules(policy: Policy, domains: Mapping[str, Domain]) -> Iterator[Finding]:
    for position, rule in enumerate(policy.rules):
        yield from _rule(rule, policy.rules[:position], domains)
    found = find([Ask(rule.when.tree, _open_ways(rule)) for rule in policy.rules], domains)
    if found.case is not None:
        what = _("some cases fall through to no rule and go to a person")
        yield Finding("wrong", "falls_through", "rules", what, {}, found.case)
    elif not found.is_proved:
        yield _unproved("rules", "every case is decided by a rule")


def _rule(rule: Rule, before: Sequence[Rule], domains: Mapping[str, Domain]) -> Iterator[Finding]:
    place = f"rules, {rule.code}"
    alone = find([Ask(rule.when.tree, _acts(rule))], domains)
    if alone.case is None and alone.is_proved:
        yield Finding("wrong", "rule_never_true", place, _("its condition can never be true"), {})
        return
    reached = _reached(rule, before, domains)
    if reached.case is None and not reached.is_proved:
        yield _unproved(place, "some case reaches it")
        return
    if reached.case is not None:
        return
    hiding = next((one for one in before if _hides(one, rule, domains)), None)
    if hiding:
        what, params = _("it never decides: whenever it is true, %(rule)s decides before it"), {"rule": hiding.code}
    else:
        what, params = _("it never decides: the rules before it decide every case in which it is true"), {}
    yield Finding("wrong", "rule_hidden", place, what, params)


def _reached(rule: Rule, before: Sequence[Rule], domains: Mapping[str, Domain]) -> Found:
    return find([Ask(rule.when.tree, _acts(rule)), *(Ask(one.when.tree, _open_ways(one)) for one in before)], domains)


def _hides(earlier: Rule, rule: Rule, domains: Mapping[str, Domain]) -> bool:
    found = find([Ask(rule.when.tree, _acts(rule)), Ask(earlier.when.tree, _open_ways(earlier))], domains)
    return found.case is None and found.is_proved


def _texts(policy: Policy) -> Iterator[Finding]:
    for rule in policy.rules:
        place = f"rules, {rule.code}, reason"
        if rule.reason and not rule.reason.customer and not rule.is_silent:
            what = _("the customer is told nothing; write customer, or silent: true")
            yield Finding("wrong", "reason_without_customer_text", place, what, {})
        languages = {language for texts in rule.texts.values() for language in texts}
        for language in sorted(languages - set(rule.texts.get("customer", {})) - {"en"}):
            if not rule.is_silent:
                what = _("the customer text is not given in the language %(language)s")
                yield Finding("doubtful", "text_without_language", place, what, {"language": language})


def _authority(policy: Policy) -> Iterator[Finding]:
    most = policy.authority.bands[-1].most_minor
    if most is not None:
        what = _("nobody has authority above %(most_minor)s; larger amounts are referred")
        yield Finding("wrong", "no_authority", "authority, bands", what, {"most_minor": most})
    last = policy.authority.bands[-1]
    if len(policy.authority.bands) == 1 and policy.authority.flags and not last.second:
        what = _("there is no band above this one to which a flag could lift a decision")
        yield Finding("doubtful", "flags_without_effect", "authority, flags", what, {})


def _never_true(policy: Policy, domains: Mapping[str, Domain]) -> Iterator[Finding]:
    """Flags, triggers, reviews and parts of the limit that never happen."""
    entries = [(f"limits, {method.name}, when", method.when) for method in policy.limits.methods]
    entries += [("limits, starter, when", policy.limits.starter.when)] if policy.limits.starter else []
    entries += [(f"authority, flags, {flag.code}", flag.when) for flag in policy.authority.flags]
    entries += [(f"reviews, triggers, {one.code}", one.when) for one in policy.reviews.triggers if one.when]
    entries += [("reviews, renew_when", policy.reviews.renew_when)] if policy.reviews.renew_when else []
    for place, when in entries:
        found = find([Ask(when.tree, IS_TRUE)], domains)
        if found.case is None and found.is_proved:
            yield Finding("wrong", "never_true", place, _("its condition can never be true"), {})
    cadence = [(str(number), one.when) for number, one in enumerate(policy.reviews.cadence, 1)]
    yield from _never_reached("reviews, cadence", cadence, domains)


def _unproved(place: str, what: str) -> Finding:
    return Finding("unproved", "not_proved", place, _UNPROVED, {"what": what})
