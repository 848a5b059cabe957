"""The suggested limit: the smallest figure of the methods that have one (FACTBOOK 2.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """What one method says; None where its facts are missing."""

    name: str
    minor: int | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The limit (None: too few methods), the name of what bound it, and every figure."""

    limit_minor: int | None
    bound_by: str
    figures: tuple[Figure, ...]


def suggest(
    methods: Sequence[Figure],
    least_methods: int,
    cap_minor: int | None,
    starter_minor: int | None,
    round_down_minor: int,
) -> Suggestion:
    """The least of the figures that are there, capped, rounded down (TV-30, TV-31, TV-32).

    A missing figure is left out. With fewer than ``least_methods`` figures there is no limit, unless a starter limit
    is given; a starter limit also bounds the figures that are there.
    """
    there = [figure for figure in methods if figure.minor is not None]
    if starter_minor is not None:
        there.append(Figure("starter", starter_minor))
    elif len(there) < least_methods:
        return Suggestion(None, "too_few_methods", tuple(methods))
    if cap_minor is not None:
        there.append(Figure("cap", cap_minor))
    least = min(there, key=lambda figure: figure.minor or 0)
    limit = max(0, least.minor or 0) // round_down_minor * round_down_minor
    return Suggestion(limit, least.name, tuple(methods))
