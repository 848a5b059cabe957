"""What would have to change for an approval: one fact at a time, by as little as possible, with all else equal.

Only facts that the customer can change are looked at (``facts.CHANGEABLE``), and only in the direction that helps.
Numbers are searched from the present value outwards: at the constants that the policy compares the fact with, just
beside them, and at distances that double; between the last value that fails and the first that passes, halving finds
the boundary. Every answer was tried and is an approval. It is the smallest change where the approval does not come
and go between those places, which holds when conditions compare the fact with constants.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from openterms.core.base.expressions import Compare, Constant, Fact, Member, Name, Node, Value, parts
from openterms.core.base.money import format_amount
from openterms.core.credit.evaluation import run
from openterms.core.credit.facts import CHANGEABLE, Changeable
from openterms.core.credit.outcomes import Change
from openterms.core.credit.policy import Policy
from openterms.core.credit.policy_parts import OfferedTerms
from openterms.core.credit.programme import Programme


def would_pass(programme: Programme, values: Mapping[str, Value], asked: OfferedTerms | None) -> tuple[Change, ...]:
    """The single changes that would turn the outcome into an approval, in the order of ``CHANGEABLE``.

    ``values`` are checked facts for which the outcome is not an approval.
    """
    found = []
    for name, way in CHANGEABLE.items():
        fact = programme.policy.facts.get(name)
        if fact is None:
            continue
        if name == "requested_terms_days":
            to = _other_terms(programme, values, asked)
        elif way.direction == "true":
            to = True if values[name] is not True and _passes(programme, values, asked, name, True) else None
        else:
            to = _nearest(programme, values, asked, fact, way)
        if to is not None:
            before = values[name]
            assert not isinstance(before, str)
            found.append(Change(name, before, to, way.words, _shown(programme.policy, fact, to)))
    return tuple(found)


def _passes(
    programme: Programme, values: Mapping[str, Value], asked: OfferedTerms | None, name: str, to: Value
) -> bool:
    return run(programme, {**values, name: to}, asked).outcome == "approve"


def _other_terms(programme: Programme, values: Mapping[str, Value], asked: OfferedTerms | None) -> int | None:
    """The longest terms shorter than those asked for with which it passes, in days."""
    if asked is None:
        return None
    offered = {terms.days: terms for one in programme.policy.risk_classes for terms in one.terms}
    for days in sorted(offered, reverse=True):
        if days < asked.days:
            changed = {**values, "requested_terms_days": days}
            if run(programme, changed, offered[days]).outcome == "approve":
                return days
    return None


def _nearest(
    programme: Programme, values: Mapping[str, Value], asked: OfferedTerms | None, fact: Fact, way: Changeable
) -> int | None:
    present = values[fact.name]
    if present is None and way.direction == "higher":
        present = fact.lo
    if not isinstance(present, int):
        return None
    failing = present
    for candidate in _candidates(programme.policy, fact, present, way.direction == "lower"):
        if _passes(programme, values, asked, fact.name, candidate):
            return _boundary(programme, values, asked, fact.name, failing, candidate)
        failing = candidate
    return None


def _boundary(
    programme: Programme, values: Mapping[str, Value], asked: OfferedTerms | None, name: str, failing: int, passing: int
) -> int:
    while abs(passing - failing) > 1:
        middle = (passing + failing) // 2
        if _passes(programme, values, asked, name, middle):
            passing = middle
        else:
            failing = middle
    return passing


def _candidates(policy: Policy, fact: Fact, present: int, lower: bool) -> list[int]:
    """Values to try, nearest first, strictly on the helping side of the present one."""
    least = 1 if fact.name == "requested_limit_minor" else fact.lo
    end = least if lower else fact.hi
    found = {end}
    for constant in constants(policy, fact.name):
        found.update((constant - 1, constant, constant + 1))
    distance = 1
    while distance <= abs(end - present):
        found.add(present - distance if lower else present + distance)
        distance *= 2
    inside = [one for one in found if (least <= one < present if lower else present < one <= fact.hi)]
    return sorted(inside, reverse=lower)


def constants(policy: Policy, name: str) -> tuple[int, ...]:
    """The numbers that the policy's conditions compare a fact with directly, rising; read once and kept."""
    kept: dict[str, tuple[int, ...]] = policy.__dict__.setdefault("_constants", {})
    if name not in kept:
        found = {one for _place, condition in policy.conditions() for one in _compared(condition.tree, name)}
        kept[name] = tuple(sorted(found))
    return kept[name]


def _compared(node: Node, name: str) -> Iterator[int]:
    match node:
        case Compare(left=Name(name=found), right=Constant(value=value)) if found == name:
            if isinstance(value, int):
                yield value
        case Compare(left=Constant(value=value), right=Name(name=found)) if found == name:
            if isinstance(value, int):
                yield value
        case Member(operand=Name(name=found), choices=choices) if found == name:
            yield from (choice for choice in choices if isinstance(choice, int))
    for part in parts(node):
        yield from _compared(part, name)


def _shown(policy: Policy, fact: Fact, to: int | bool) -> str:
    """A value as people read it: amounts with their currency, shares in percent."""
    if fact.unit == "minor":
        return f"{policy.currency} {format_amount(to, policy.currency)}"
    return str(to)
