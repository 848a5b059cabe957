"""What a report is worth: whether what it would tell could still change the decision, asked before it is paid for.

Facts that may still be learnt lie in domains, all others are as they are. ``possible`` says which answers can come out
of such a box of facts. Where only today's answer can, the box is done with; otherwise some of its points are decided,
and where none of them is decided otherwise the box is halved. So "cannot change" is proved, over every value that the
report could bring, its silence included; "can change" comes with a case that was decided, unless the search gave up,
which counts as "can change": nothing is left unbought for want of a proof.

The decision is outcome, queue, limit, terms, deposit, security, and who must agree; reasons, score and the day of the
next review are not it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from openterms.core.base.expression_domains import Domain, only, whole_domain
from openterms.core.base.expressions import Value
from openterms.core.base.reasons import Reason
from openterms.core.base.reasons import gettext_noop as _
from openterms.core.credit.cases import cuts_of, divide, example
from openterms.core.credit.evaluation import asked_terms, given_values, run
from openterms.core.credit.outcomes import Request
from openterms.core.credit.policy import ALWAYS_READ, Policy
from openterms.core.credit.policy_parts import OfferedTerms
from openterms.core.credit.policy_reading import LIMIT_FACTS
from openterms.core.credit.possible import Answer, answer_of, possible
from openterms.core.credit.programme import Programme, prepare

MOST_STEPS = 250
"""Boxes looked at before the search gives up."""

COULD_NOT_CHANGE = Reason(
    "could_not_change",
    _("Whatever the report says, the decision would stay: %(outcome)s."),
    "",
    _("decide without it, or say why it is wanted all the same"),
)
BRINGS_NOTHING = Reason(
    "brings_nothing",
    _("The policy asks for nothing that this report would tell."),
    "",
    _("choose another report"),
)

Box = dict[str, Domain]


@dataclass(frozen=True, slots=True)
class Chance:
    """``now`` is the decision on what is known. ``can_change`` is False only where that is proved.

    ``example`` holds values of the facts to be learnt with which the decision is ``then``; None where none was found.
    """

    can_change: bool
    now: Answer
    example: Mapping[str, Value] | None = None
    then: Answer | None = None
    relevant: tuple[str, ...] = ()

    @property
    def reason(self) -> Reason | None:
        """Why the report is not worth its price; None where it may be."""
        if self.can_change:
            return None
        return COULD_NOT_CHANGE.given(outcome=self.now.outcome) if self.relevant else BRINGS_NOTHING


def whole(policy: Policy, names: tuple[str, ...] | frozenset[str] | set[str]) -> dict[str, Domain]:
    """Everything that facts of a policy can be, missing included; names that it does not know are left out."""
    return {name: whole_domain(policy.facts[name]) for name in sorted(names) if name in policy.facts}


def could_change(
    facts: Mapping[str, Value],
    policy: Policy,
    request: Request | None,
    brings: Mapping[str, Domain],
    open_facts: frozenset[str] = frozenset(),
    most_steps: int = MOST_STEPS,
) -> Chance:
    """Whether a report that brings values of ``brings`` (each in its domain, or missing) could change the decision.

    ``facts`` are known values; one that the report would bring again is taken as unknown. ``open_facts`` are others
    that may still become known, to any value: then "cannot change" holds whatever they turn out to be. What the
    request itself says never changes. BadInput as ``decide``.
    """
    programme, asked_for = prepare(policy), request or Request()
    values = given_values(programme, facts, asked_for)
    asked = asked_terms(asked_for.terms)
    now = answer_of(run(programme, dict(values), asked))
    used = _used(policy) - {"requested_limit_minor", "requested_terms_days"}
    relevant = tuple(name for name in policy.facts if name in brings and name in used)
    if not relevant:
        return Chance(False, now)
    box = {name: only(values[name]) for name in policy.facts}
    for name in policy.facts:
        if name in used and name in open_facts and values[name] is None:
            box[name] = whole_domain(policy.facts[name])
    for name in relevant:
        box[name] = _within(brings[name], whole_domain(policy.facts[name]))
    return _search(programme, values, box, asked, now, relevant, most_steps)


def _search(
    programme: Programme,
    values: Mapping[str, Value],
    start: Box,
    asked: OfferedTerms | None,
    now: Answer,
    relevant: tuple[str, ...],
    most_steps: int,
) -> Chance:
    free = [name for name, domain in start.items() if not domain.is_single]
    trees = [condition.tree for _place, condition in programme.policy.conditions()]
    cuts = {name: cuts_of(trees, name) for name in free}
    waiting = [start]
    for _step in range(most_steps):
        if not waiting:
            return Chance(False, now, relevant=relevant)
        box = waiting.pop()
        if all(one.is_just(now) for one in possible(programme, box, asked)):
            continue
        for point in _points(box, free):
            then = answer_of(run(programme, {**programme.nothing, **values, **point}, asked))
            if then != now:
                return Chance(True, now, point, then, relevant)
        name = _widest(box, free, cuts)
        if name is not None:
            waiting += [{**box, name: part} for part in reversed(divide(box[name], cuts[name]))]
        elif not all(box[one].is_single for one in free):  # an open set of codes: its cases cannot be told apart
            return Chance(True, now, relevant=relevant)
    return Chance(True, now, relevant=relevant) if waiting else Chance(False, now, relevant=relevant)


def _points(box: Box, free: list[str]) -> Iterator[dict[str, Value]]:
    """Some cases of a box: in the middle of things, at its corners, and with all missing that may be."""
    yield {name: example(box[name]) for name in free}
    yield {name: box[name].hi if box[name].lo <= box[name].hi else example(box[name]) for name in free}
    yield {name: box[name].lo if box[name].lo <= box[name].hi else _other(box[name]) for name in free}
    yield {name: None if box[name].missing else example(box[name]) for name in free}


def _other(domain: Domain) -> Value:
    """Another value than ``example`` gives, where there is one."""
    if domain.truths:
        return False not in domain.truths
    return max(domain.codes) if domain.codes else example(domain)


def _widest(box: Box, free: list[str], cuts: Mapping[str, list[int]]) -> str | None:
    """The fact to halve: one that may be missing, then one with a constant inside its range, then the widest."""
    divisible = [name for name in free if _is_divisible(box[name])]
    for name in divisible:
        domain = box[name]
        if domain.missing or domain.truths or domain.codes:
            return name
        if any(domain.lo < cut <= domain.hi for cut in cuts[name]):
            return name
    return max(divisible, key=lambda one: box[one].hi - box[one].lo, default=None)


def _is_divisible(domain: Domain) -> bool:
    """Whether it has parts; an open set of codes has none that could be told apart, but for missing and known."""
    if domain.is_open and not domain.codes:
        return domain.missing
    return not domain.is_single


def _used(policy: Policy) -> set[str]:
    """The facts that a decision under the policy looks at."""
    used = {name for _place, condition in policy.conditions() for name in condition.names}
    return used | set(ALWAYS_READ) | {name for method in policy.limits.methods for name in LIMIT_FACTS[method.kind]}


def _within(brought: Domain, known: Domain) -> Domain:
    """What a report can bring of a fact: its own range within the fact's, or nothing."""
    return Domain(
        True,
        max(brought.lo, known.lo),
        min(brought.hi, known.hi),
        brought.truths & known.truths,
        brought.codes if known.is_open else brought.codes & known.codes,
        brought.is_open and known.is_open,
    )
