"""What of an open item is spoken for, and what is left to collect.

A claim is a slice of an open item: contested in a dispute, in flight in a direct debit, planned in instalments, or
promised. Slices of one item never overlap. What was asked for (the dispute, the promise) stays in the record; the
slices follow from it and from the open amount, so a claim that a payment cut short grows back when it is reversed.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class ClaimKind(StrEnum):
    """Why a slice is not collected now, in the order in which slices are served when the open amount is short."""

    CONTESTED = "contested"
    IN_FLIGHT = "in_flight"
    PLANNED = "planned"
    PROMISED = "promised"


class Claims(NamedTuple):
    """The slices of one item in minor units of its currency, in clamp order. None is negative."""

    contested_minor: int = 0
    in_flight_minor: int = 0
    planned_minor: int = 0
    promised_minor: int = 0

    @property
    def total_minor(self) -> int:
        """All slices together."""
        return sum(self)

    def of(self, kind: ClaimKind) -> int:
        """The slice of one kind."""
        return self[_PLACES[kind]]


_PLACES = {kind: place for place, kind in enumerate(ClaimKind)}
NO_CLAIMS = Claims()


def gather(asked: Iterable[tuple[ClaimKind, int]]) -> Claims:
    """What several disputes, debits, plans and promises ask of one item, summed by kind. ``ValueError`` below zero."""
    sums = [0] * len(_PLACES)
    for kind, minor in asked:
        if minor < 0:
            raise ValueError(f"a claim is not negative: {kind.value} {minor}")
        sums[_PLACES[kind]] += minor
    return Claims(*sums)


def clamp(open_minor: int, asked: Claims) -> Claims:
    """The slices that the open amount can bear: each kind in order takes what it asked for or what is left.

    Run it on what was asked whenever the open amount changes. The slices sum to at most ``open_minor``, which is not
    negative; clamping again with the same open amount changes nothing. ``ValueError`` for negative amounts.
    """
    if open_minor < 0 or min(asked) < 0:
        raise ValueError(f"open amount and claims are not negative: {open_minor}, {tuple(asked)}")
    left = open_minor
    slices = []
    for minor in asked:
        taken = min(minor, left)
        slices.append(taken)
        left -= taken
    return Claims(*slices)


def collectable(open_minor: int, asked: Claims = NO_CLAIMS) -> int:
    """What the customer may be chased for, debited or charged interest on: open less all slices, never negative.

    ``collectable = open - contested - promised - planned - in_flight``. Also the most that a new claim can take.
    """
    return open_minor - clamp(open_minor, asked).total_minor
