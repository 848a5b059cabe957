"""The ``plans`` part of a strategy document: within what limits instalments may be offered.

Keys, all optional: ``most_instalments``, ``longest_days``, ``least_first_bp``, ``least_minor`` (currency: minor units),
``interest_bp``, ``grace_days``, ``most_missed``, ``offer_days``, ``in_flight_days``.
"""

from __future__ import annotations

from types import MappingProxyType

from openterms.core.base.money import exponent
from openterms.core.base.rounding import BASIS_POINTS
from openterms.core.collecting.documents import Section
from openterms.core.collecting.plans import MOST_COUNT, STANDARD, PlanPolicy

MOST_MINOR = 10**15
KEYS = (
    "most_instalments", "longest_days", "least_first_bp", "least_minor", "interest_bp", "grace_days", "most_missed",
    "offer_days", "in_flight_days",
)  # fmt: skip


def read_plans(part: Section) -> PlanPolicy:
    """The limits; what is not written is the standard. BadInput names the key and what would be right."""
    part.only(*KEYS)
    least = part.numbers("least_minor", None, 0, MOST_MINOR)
    for currency in least:
        exponent(currency)
    return PlanPolicy(
        most_instalments=part.number("most_instalments", 1, MOST_COUNT, STANDARD.most_instalments),
        longest_days=part.number("longest_days", 1, 3_650, STANDARD.longest_days),
        least_first_bp=part.number("least_first_bp", 0, BASIS_POINTS, STANDARD.least_first_bp),
        least_minor=MappingProxyType(least),
        interest_bp=part.number("interest_bp", 0, BASIS_POINTS, STANDARD.interest_bp),
        grace_days=part.number("grace_days", 0, 60, STANDARD.grace_days),
        most_missed=part.number("most_missed", 1, 12, STANDARD.most_missed),
        offer_days=part.number("offer_days", 1, 90, STANDARD.offer_days),
        in_flight_days=part.number("in_flight_days", 1, 30, STANDARD.in_flight_days),
    )
