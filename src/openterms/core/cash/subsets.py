"""Which sets of open items come to a sum: whole answers for few items, the sets that people pay for many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

FEW_ITEMS, MOST_STEPS, ENOUGH = 24, 60_000, 3


class Subsets(NamedTuple):
    """Up to three sets of positions that come to the sum. ``is_complete`` where there can be no others.

    A single complete solution is unique (TV-89); two make the sum ambiguous (TV-88).
    """

    solutions: tuple[tuple[int, ...], ...]
    is_complete: bool


def subsets_of(amounts: Sequence[int], total: int) -> Subsets:
    """Sets of ``amounts`` (positive, oldest item first) that come to ``total``; each position at most once.

    Up to 24 amounts not above the total are searched through. Of more (fifty thousand take well under a second)
    singles, pairs and runs of neighbours are found, and the answer is never complete: among so many amounts a sum
    proves nothing.
    """
    usable = [position for position, amount in enumerate(amounts) if 0 < amount <= total]
    if len(usable) <= FEW_ITEMS:
        return _search(amounts, usable, total)
    found: dict[tuple[int, ...], None] = {}
    for one in _common(amounts, usable, total):
        found[one] = None
        if len(found) >= ENOUGH:
            break
    return Subsets(tuple(found), False)


def _search(amounts: Sequence[int], usable: Sequence[int], total: int) -> Subsets:
    """Depth first, largest amounts first, with what the rest can still give as the bound."""
    order = sorted(usable, key=lambda position: -amounts[position])
    rest = [0] * (len(order) + 1)
    for at in range(len(order) - 1, -1, -1):
        rest[at] = rest[at + 1] + amounts[order[at]]
    found: list[tuple[int, ...]] = []
    stack: list[tuple[int, int, tuple[int, ...]]] = [(0, total, ())]
    steps = 0
    while stack and len(found) < ENOUGH and steps < MOST_STEPS:
        at, left, taken = stack.pop()
        steps += 1
        if not left:
            found.append(tuple(sorted(taken)))
            continue
        if at == len(order) or rest[at] < left:
            continue
        stack.append((at + 1, left, taken))
        if amounts[order[at]] <= left:
            stack.append((at + 1, left - amounts[order[at]], (*taken, order[at])))
    return Subsets(tuple(found), not stack)


def _common(amounts: Sequence[int], usable: Sequence[int], total: int) -> Iterator[tuple[int, ...]]:
    for position in usable:
        if amounts[position] == total:
            yield (position,)
    yield from _runs(amounts, usable, total)
    seen: dict[int, int] = {}
    for position in usable:
        other = seen.get(total - amounts[position])
        if other is not None:
            yield (other, position)
        seen.setdefault(amounts[position], position)


def _runs(amounts: Sequence[int], usable: Sequence[int], total: int) -> Iterator[tuple[int, ...]]:
    """Two and more neighbours in the order given, by two pointers."""
    first, held = 0, 0
    for last, position in enumerate(usable):
        held += amounts[position]
        while held > total:
            held -= amounts[usable[first]]
            first += 1
        if held == total and last > first:
            yield tuple(usable[first : last + 1])
