"""What it costs a customer to let a cash discount go, and so what early cash costs the seller (FACTBOOK 6.8)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import NamedTuple

_FOUR_PLACES = Decimal("0.0001")


class DiscountCost(NamedTuple):
    """Yearly rates in percent (0-100), four decimals: without and with compounding."""

    simple_pct: Decimal
    effective_pct: Decimal


def discount_cost(bp: int, discount_days: int, paid_days: int, year_days: int = 365) -> DiscountCost | None:
    """The yearly price of paying on day ``paid_days`` instead of on day ``discount_days`` with the discount.

    ``simple = d / (1 - d) * year / (N - x)``; ``effective = (1 + d / (1 - d)) ** (year / (N - x)) - 1`` (FACTBOOK 6.8).
    ``bp`` is the discount in basis points. ``paid_days`` is the net term, or the day on which the customer really pays.
    None where no days lie between: the ratio is undefined. ``ValueError`` unless 0 <= bp < 10,000.
    """
    if not 0 <= bp < 10_000:
        raise ValueError(f"a discount has 0 to 9,999 basis points, not {bp}")
    if paid_days <= discount_days:
        return None
    with localcontext() as context:
        context.prec = 34
        per_period = Decimal(bp) / (10_000 - bp)
        periods = Decimal(year_days) / (paid_days - discount_days)
        simple, effective = per_period * periods, (1 + per_period) ** periods - 1
        return DiscountCost(_percent(simple), _percent(effective))


def _percent(share: Decimal) -> Decimal:
    return (share * 100).quantize(_FOUR_PLACES, ROUND_HALF_UP)
