"""Receipts to open items, all at once: each receipt its best way, as long as no item is paid more than is open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from openterms.core.cash.calibration import Calibration
from openterms.core.cash.candidates import Book
from openterms.core.cash.values import Candidate, Known, Match, Receipt, Reference

POSTS_FROM_BP = 9_950
_MOST_TOGETHER, _MOST_STEPS = 12, 20_000


def match_all(
    receipts: Iterable[Receipt], book: Book, calibration: Calibration, posts_from_bp: int = POSTS_FROM_BP
) -> list[Match]:
    """A match for each receipt in the order given. Receipts that want the same items are weighed together, so that the
    sum of probabilities is the greatest; a receipt posts only from ``posts_from_bp``, never on its amount alone, and
    never where a rival is within reach of it."""
    given = list(receipts)
    options = [_ranked(book.candidates(one), calibration) for one in given]
    open_minor = {item.item: item.minor for item in book.items}
    chosen: dict[int, Candidate | None] = {}
    for together in _components(options):
        chosen.update(_assigned(together, options, open_minor))
    return [
        _match(one.receipt, options[at], chosen.get(at), posts_from_bp) for at, one in enumerate(given)
    ]  # fmt: skip


def _ranked(candidates: Sequence[Candidate], calibration: Calibration) -> list[Candidate]:
    rated = [one._replace(probability_bp=calibration.probability_bp(one.features)) for one in candidates]
    return sorted(rated, key=lambda one: -one.probability_bp)


def _match(receipt: str, options: Sequence[Candidate], taken: Candidate | None, posts_from_bp: int) -> Match:
    if taken is None:
        return Match(receipt, tuple(options))
    others = [one for one in options if one is not taken]
    said = taken.features.reference is not Reference.NONE or taken.features.payer is not Known.UNKNOWN
    equal = any(one.probability_bp >= taken.probability_bp for one in others)
    return Match(receipt, (taken, *others), said and not equal and taken.probability_bp >= posts_from_bp)


def _components(options: Sequence[Sequence[Candidate]]) -> list[list[int]]:
    """Receipts put together that want an item in common, each group in the order of receipts."""
    head = list(range(len(options)))

    def root(at: int) -> int:
        while head[at] != at:
            head[at] = head[head[at]]
            at = head[at]
        return at

    wanted: dict[str, int] = {}
    for at, candidates in enumerate(options):
        for share in (share for one in candidates for share in one.shares):
            other = wanted.setdefault(share.item, at)
            head[root(at)] = root(other)
    groups: dict[int, list[int]] = {}
    for at, candidates in enumerate(options):
        if candidates:
            groups.setdefault(root(at), []).append(at)
    return list(groups.values())


def _assigned(
    together: Sequence[int], options: Sequence[Sequence[Candidate]], open_minor: Mapping[str, int]
) -> dict[int, Candidate | None]:
    """The best assignment of a small group by search with a bound; of a large one the surest receipt chooses first."""
    order = sorted(together, key=lambda at: (-options[at][0].probability_bp, at))
    quick, quick_sum = _greedy(order, options, open_minor)
    most = sum(options[at][0].probability_bp for at in order)
    if len(order) > _MOST_TOGETHER or quick_sum == most:
        return quick
    best, best_sum, steps = quick, quick_sum, 0
    stack: list[tuple[int, int, int, dict[int, Candidate | None]]] = [(0, 0, most, {})]
    while stack and steps < _MOST_STEPS:
        depth, held, still, taken = stack.pop()
        steps += 1
        if held + still <= best_sum:
            continue
        if depth == len(order):
            best, best_sum = taken, held
            continue
        at = order[depth]
        rest = still - options[at][0].probability_bp
        stack.append((depth + 1, held, rest, {**taken, at: None}))
        for one in reversed(options[at]):
            if _room(one, taken.values(), open_minor):
                stack.append((depth + 1, held + one.probability_bp, rest, {**taken, at: one}))
    return best


def _greedy(
    order: Sequence[int], options: Sequence[Sequence[Candidate]], open_minor: Mapping[str, int]
) -> tuple[dict[int, Candidate | None], int]:
    used: dict[str, int] = {}
    taken: dict[int, Candidate | None] = {}
    held = 0
    for at in order:
        taken[at] = None
        for one in options[at]:
            if all(used.get(share.item, 0) + sum(share[1:]) <= open_minor[share.item] for share in one.shares):
                taken[at] = one
                held += one.probability_bp
                for share in one.shares:
                    used[share.item] = used.get(share.item, 0) + sum(share[1:])
                break
    return taken, held


def _room(one: Candidate, others: Iterable[Candidate | None], open_minor: Mapping[str, int]) -> bool:
    held = [share for other in others if other is not None for share in other.shares]
    return all(
        sum(share[1:]) + sum(sum(other[1:]) for other in held if other.item == share.item) <= open_minor[share.item]
        for share in one.shares
    )
