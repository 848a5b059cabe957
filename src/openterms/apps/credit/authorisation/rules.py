"""The rules that orders are answered by as long as the seller has published none of its own."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from openterms.core.base.money import exponent
from openterms.core.credit.orders import Rules

OVERDUE_UNITS = 100


def rules_of(currency: str) -> Rules:
    """Rules for orders in a currency: two weeks, 5 % tolerance, overdue stops orders after 30 days from 100 units on.

    A part is approved where the buyer takes one. Amounts are minor units of the currency.
    """
    return Rules(
        tolerance_bp=500,
        valid_days=14,
        most_valid_days=30,
        allows_part_approval=True,
        overdue_days=30,
        overdue_minor=OVERDUE_UNITS * 10 ** exponent(currency),
        materiality_bp=100,
    )


def written(rules: Rules) -> dict[str, Any]:
    """Rules as they are kept with an answer: plain values, sets in order."""
    found = {one.name: getattr(rules, one.name) for one in fields(rules)}
    exemptions = {document: sorted(codes) for document, codes in sorted(rules.exemptions.items())}
    return found | {"exemptions": exemptions, "referred": sorted(rules.referred)}
