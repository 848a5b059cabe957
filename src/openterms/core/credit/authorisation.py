"""The life of an authorisation (FACTBOOK 7.7)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """What a policy says of authorisations."""

    tolerance_bp: int
    valid_days: int
    overdue_days: int
    overdue_minor: int
    overdue_materiality_bp: int
