"""How much of an exposure is covered, and by what (FACTBOOK 8.5, 8.6, 2.5).

Each kind has its own effect, and they are never added up unsaid: a **deposit** is the customer's money and lowers the
exposure itself; a **guarantee** and an **insured limit** leave the exposure as it is and say how much of a loss
somebody else would bear. Amounts are minor units of one currency.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from openterms.core.base.rounding import basis_points

INSURED, GUARANTEE, DEPOSIT = "insured", "guarantee", "deposit"
KINDS = (DEPOSIT, GUARANTEE, INSURED)
"""Strongest first (FACTBOOK 8.6)."""


@dataclass(frozen=True, slots=True)
class Cover:
    """One cover in force: its kind, up to what it covers, and the share of a loss within it that would be paid."""

    kind: str
    amount_minor: int
    share_bp: int = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """What an exposure comes to beside its cover.

    ``exposure_minor`` is after deposits, never below zero. ``guaranteed_minor`` and ``insured_minor`` are what their
    covers would pay of it, guarantees first; ``uncovered_minor`` is what stays with the seller.
    """

    deposit_minor: int
    exposure_minor: int
    guaranteed_minor: int
    insured_minor: int

    @property
    def covered_minor(self) -> int:
        """What others would pay."""
        return self.guaranteed_minor + self.insured_minor

    @property
    def uncovered_minor(self) -> int:
        """What could be lost all the same."""
        return self.exposure_minor - self.covered_minor


def covered(exposure_minor: int, covers: Iterable[Cover]) -> Covered:
    """An exposure (before deposits) beside its cover: deposits come off first, then guarantees, then the insured limit.

    A cover pays its share of what is exposed up to its amount, of what stronger ones leave over: an insured limit of
    800 at 90 % on 1,000 pays 720. FACTBOOK 8.5 (TV-97 without its deductible), 8.6.
    """
    several = list(covers)
    deposit = sum(one.amount_minor for one in several if one.kind == DEPOSIT)
    exposed = max(exposure_minor - deposit, 0)
    left, paid = exposed, {GUARANTEE: 0, INSURED: 0}
    for kind in (GUARANTEE, INSURED):
        of_kind = [one for one in several if one.kind == kind]
        for one in sorted(of_kind, key=lambda each: (-each.share_bp, -each.amount_minor)):
            within = min(left, one.amount_minor)
            paid[kind] += basis_points(within, one.share_bp)
            left -= within
    return Covered(
        deposit_minor=deposit, exposure_minor=exposed, guaranteed_minor=paid[GUARANTEE], insured_minor=paid[INSURED]
    )
