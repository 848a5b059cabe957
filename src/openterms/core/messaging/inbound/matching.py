"""Whose mail it is: evidence by customer, weighed; what is not sure is asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Because(StrEnum):
    """What speaks for a customer."""

    THREAD = "thread"
    REFERENCE = "reference"
    ADDRESS = "address"
    BILLING = "billing"
    DOMAIN = "domain"
    NAME = "name"


WEIGHTS = {
    Because.THREAD: 90, Because.REFERENCE: 60, Because.ADDRESS: 70, Because.BILLING: 55, Because.DOMAIN: 40,
    Because.NAME: 20,
}  # fmt: skip
SURE, APART = 70, 30
"""A customer is taken without asking from so much evidence on, and so far ahead of the next one."""
_SHARED = (Because.ADDRESS, Because.BILLING, Because.DOMAIN, Because.NAME)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that speaks for a customer, and what was seen."""

    customer_id: UUID
    because: Because
    seen: str


@dataclass(slots=True)
class Candidate:
    """A customer with what speaks for it."""

    customer_id: UUID
    score: int = 0
    evidence: list[Evidence] = field(default_factory=list)


def ranked(evidence: Iterable[Evidence]) -> list[Candidate]:
    """The customers, most likely first. What points at several customers is shared out among them."""
    every = list(dict.fromkeys(evidence))
    holders: dict[tuple[Because, str], set[UUID]] = {}
    for one in every:
        holders.setdefault((one.because, one.seen), set()).add(one.customer_id)
    found: dict[UUID, Candidate] = {}
    for one in every:
        candidate = found.setdefault(one.customer_id, Candidate(one.customer_id))
        candidate.evidence.append(one)
    for candidate in found.values():
        best: dict[Because, int] = {}
        for one in candidate.evidence:
            shared = len(holders[one.because, one.seen]) if one.because in _SHARED else 1
            best[one.because] = max(best.get(one.because, 0), WEIGHTS[one.because] // shared)
        if best.get(Because.ADDRESS) or best.get(Because.BILLING):
            best.pop(Because.DOMAIN, None)  # the same fact once more
        candidate.score = sum(best.values())
        candidate.evidence.sort(key=lambda one: -WEIGHTS[one.because])
    return sorted(found.values(), key=lambda one: (-one.score, str(one.customer_id)))


def sure(candidates: list[Candidate]) -> Candidate | None:
    """The customer it is; None where a person has to say."""
    if not candidates or candidates[0].score < SURE:
        return None
    if len(candidates) > 1 and candidates[0].score - candidates[1].score < APART:
        return None
    return candidates[0]
