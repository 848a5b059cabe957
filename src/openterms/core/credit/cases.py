"""Looking for a case: facts for which something is so, or the proof that there are none.

A goal is asked over domains (``base.expression_domains``) and answers yes, no, or cannot tell. Where it cannot tell,
the domain of one of the facts it speaks of is halved and both halves are asked: first missing or known, then code by
code, true or false, number ranges at the constants they are compared with, else in the middle. A "no" over a domain
holds for every case in it, so an exhausted search is a proof; a found case was evaluated as it stands. The search
gives up after a number of steps, and then nothing is claimed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from openterms.core.base.expression_domains import FALSE, MISSING, TRUE, Domain, only, reach
from openterms.core.base.expressions import Compare, Constant, Member, Name, Node, Value, parts

MOST_STEPS = 3_000

Domains = Mapping[str, Domain]
Answer = Literal["yes", "no", "open"]


@dataclass(frozen=True, slots=True)
class Ask:
    """A part of a goal: the condition ``tree`` must answer one of ``wanted`` (True, False, None for missing)."""

    tree: Node
    wanted: frozenset[bool | None]

    def answer(self, domains: Domains) -> Answer:
        """Whether it is so everywhere in the domains, nowhere, or neither is known."""
        found = reach(self.tree, domains)
        possible: set[bool | None] = set(found.truths) | ({None} if found.missing else set())
        if not possible & self.wanted:
            return "no"
        return "yes" if possible <= self.wanted else "open"


@dataclass(frozen=True, slots=True)
class Found:
    """``case`` holds facts for which every part of the goal is so; None where there are none, or where the search gave
    up (``is_proved`` False)."""

    case: Mapping[str, Value] | None
    is_proved: bool


def find(goal: Sequence[Ask], domains: Domains, most_steps: int = MOST_STEPS) -> Found:
    """A case within ``domains`` in which every part of the goal is so.

    Facts that the goal does not speak of stay out of the case.
    """
    names = list(dict.fromkeys(name for ask in goal for name in _names(ask.tree)))
    cuts = {name: cuts_of([ask.tree for ask in goal], name) for name in names}
    waiting: list[dict[str, Domain]] = [{name: domains[name] for name in names}]
    for _step in range(most_steps):
        if not waiting:
            return Found(None, True)
        here = waiting.pop()
        answers = [ask.answer(here) for ask in goal]
        if "no" in answers:
            continue
        if "open" not in answers:
            return Found({name: example(domain) for name, domain in here.items()}, True)
        point = {name: example(domain) for name, domain in here.items()}
        if all(ask.answer({name: only(value) for name, value in point.items()}) == "yes" for ask in goal):
            return Found(point, True)
        undecided = [ask for ask, answer in zip(goal, answers, strict=True) if answer == "open"]
        halves = _halves(undecided, here, cuts)
        if halves is None:
            continue  # every fact is down to one value, and it is not so there
        waiting += halves
    return Found(None, False)


def _halves(
    asks: Sequence[Ask], here: dict[str, Domain], cuts: Mapping[str, list[int]]
) -> list[dict[str, Domain]] | None:
    """The domains with one fact's domain divided: one that an undecided part compares with constants if there is."""
    names = dict.fromkeys(name for ask in asks for name in _names(ask.tree))
    divisible = [name for name in names if not here[name].is_single]
    if not divisible:
        return None
    at_cuts = (name for name in divisible if here[name].missing or _inner(here[name], cuts[name]))
    name = next(at_cuts, None) or max(divisible, key=lambda one: here[one].hi - here[one].lo)
    return [{**here, name: part} for part in reversed(divide(here[name], cuts[name]))]


def divide(domain: Domain, cuts: list[int]) -> list[Domain]:
    """A domain in two: missing or known, true or false, a code or the others, a range at one of ``cuts`` or in half."""
    if domain.missing and domain.known:
        return [replace(domain, missing=False), MISSING]
    if domain.truths:
        return [TRUE, FALSE]
    if domain.codes or domain.is_open:
        first = min(domain.codes, default=None)
        if first is None:
            return [domain]
        rest = replace(domain, codes=domain.codes - {first})
        return [only(first), rest] if rest.known else [only(first)]
    inner = _inner(domain, cuts)
    at = inner[len(inner) // 2] if inner else (domain.lo + domain.hi) // 2 + 1
    return [Domain(lo=domain.lo, hi=at - 1), Domain(lo=at, hi=domain.hi)]


def _inner(domain: Domain, cuts: list[int]) -> list[int]:
    """Where a range can be cut: the left ends of its right halves."""
    return cuts[bisect_left(cuts, domain.lo + 1) : bisect_left(cuts, domain.hi + 1)] if domain.lo < domain.hi else []


def example(domain: Domain) -> Value:
    """A value of a domain: the number nearest to zero, True before False, the first code."""
    if domain.lo <= domain.hi:
        return min(max(0, domain.lo), domain.hi)
    if domain.truths:
        return True in domain.truths
    if domain.codes:
        return min(domain.codes)
    return "other" if domain.is_open else None


def cuts_of(trees: Sequence[Node], name: str) -> list[int]:
    """The values at which comparisons of a fact with constants can change, rising."""
    found: set[int] = set()
    walk: list[Node] = list(trees)
    while walk:
        node = walk.pop()
        walk.extend(parts(node))
        match node:
            case (
                Compare(left=Name(name=one), right=Constant(value=value))
                | Compare(left=Constant(value=value), right=Name(name=one))
            ) if one == name and isinstance(value, int):
                found.update((value, value + 1))
            case Member(operand=Name(name=one), choices=choices) if one == name:
                found.update(at for choice in choices if isinstance(choice, int) for at in (choice, choice + 1))
    return sorted(found)


def _names(node: Node) -> list[str]:
    found: list[str] = []
    walk: list[Node] = [node]
    while walk:
        one = walk.pop()
        if isinstance(one, Name):
            found.append(one.name)
        walk.extend(reversed(parts(one)))
    return found


IS_TRUE: frozenset[bool | None] = frozenset((True,))
NOT_TRUE: frozenset[bool | None] = frozenset((False, None))
IS_FALSE: frozenset[bool | None] = frozenset((False,))
