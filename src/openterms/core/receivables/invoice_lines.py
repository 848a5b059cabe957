"""What an invoice charges: its lines, allowances and charges, and the arithmetic of EN 16931 that binds them.

Amounts are minor units of the invoice's currency; quantities, prices and percentages are exact decimals. A caller may
give the amounts it computed: they are held to the standard's own sums, and every sum that does not hold is named with
its rule. VAT is rounded once for each category and rate, never by line. Source: FACTBOOK 6.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from openterms.core.base.money import exponent
from openterms.core.base.rounding import divide, multiply

ZERO_RATED = {"Z": "BR-Z-05", "E": "BR-E-05", "AE": "BR-AE-05", "K": "BR-IC-05", "G": "BR-G-05", "O": "BR-O-05"}
"""Categories of VAT whose rate is zero, and the rule that says so."""
RATED = {"S": "BR-S-05", "L": "BR-AF-05", "M": "BR-AG-05"}
CATEGORIES = frozenset({*ZERO_RATED, *RATED})
EXPLAINED = {"E": "BR-E-10", "AE": "BR-AE-10", "K": "BR-IC-10", "G": "BR-G-10", "O": "BR-O-10"}
"""Categories whose breakdown says why no VAT is charged."""
LAW_TEXT = {
    "AE": "Reverse charge", "K": "Intra-Community supply", "G": "Export outside the EU",
    "O": "Not subject to VAT",
}  # fmt: skip
"""What such a breakdown says where the caller gave nothing; an exemption (E) has a law of its own and no default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """An allowance (or, where `is_charge`, a charge) of a positive amount with its reason; on a whole invoice it has a
    category and a rate of VAT of its own, on a line it has the line's."""

    amount_minor: int
    reason: str
    is_charge: bool = False
    category: str = ""
    percent: Decimal = Decimal(0)

    @property
    def signed_minor(self) -> int:
        """What it adds to a sum."""
        return self.amount_minor if self.is_charge else -self.amount_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line: so much of a thing at a net price for `price_per` of its units. `net_minor` is what the caller computed,
    None where it is left to us. `order_ref` names the customer's order line, `item_ref` the seller's article."""

    number: str
    name: str
    quantity: Decimal
    unit: str
    price: Decimal
    category: str
    percent: Decimal = Decimal(0)
    price_per: Decimal = Decimal(1)
    adjustments: Sequence[Adjustment] = ()
    net_minor: int | None = None
    description: str = ""
    item_ref: str = ""
    order_ref: str = ""


class VatPart(NamedTuple):
    """The breakdown for one category and rate: what is taxed, and the tax."""

    category: str
    percent: Decimal
    base_minor: int
    vat_minor: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the caller computed for the whole invoice; None where it is left to us. `vat` is by category and rate."""

    lines_minor: int | None = None
    allowances_minor: int | None = None
    charges_minor: int | None = None
    net_minor: int | None = None
    vat_minor: int | None = None
    gross_minor: int | None = None
    payable_minor: int | None = None
    vat: Sequence[VatPart] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """What an invoice charges in all: currency, lines, allowances and charges on the whole, what was paid before,
    rounding, why no VAT is charged (by category), and what the caller computed."""

    currency: str
    lines: Sequence[Line]
    adjustments: Sequence[Adjustment] = ()
    prepaid_minor: int = 0
    rounding_minor: int = 0
    exemptions: dict[str, str] = field(default_factory=dict)
    given: Given = field(default_factory=Given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The sums of an invoice, with their terms: BT-106, 107, 108, BG-23, 109, 110, 112, 113, 114, 115."""

    lines_minor: int
    allowances_minor: int
    charges_minor: int
    vat: tuple[VatPart, ...]
    net_minor: int
    vat_minor: int
    gross_minor: int
    prepaid_minor: int
    rounding_minor: int
    payable_minor: int


def line_net(line: Line, currency: str) -> int:
    """A line's net amount: quantity times price, for `price_per`, rounded once, with its allowances and charges."""
    given, per = line.quantity * line.price, line.price_per
    scaled = given.scaleb(exponent(currency))
    (top, bottom), (per_top, per_bottom) = scaled.as_integer_ratio(), per.as_integer_ratio()
    return divide(top * per_bottom, bottom * per_top) + sum(one.signed_minor for one in line.adjustments)


def net_of(line: Line, currency: str) -> int:
    """What counts as a line's net amount: what the caller gave, or our own."""
    return line_net(line, currency) if line.net_minor is None else line.net_minor


def breakdown(charged: Charged) -> tuple[VatPart, ...]:
    """VAT by category and rate, in the order in which they first appear, each rounded once (BR-CO-17)."""
    bases: dict[tuple[str, Decimal], int] = {}
    for line in charged.lines:
        key = (line.category, line.percent)
        bases[key] = bases.get(key, 0) + net_of(line, charged.currency)
    for one in charged.adjustments:
        key = (one.category, one.percent)
        bases[key] = bases.get(key, 0) + one.signed_minor
    return tuple(
        VatPart(category, percent, base, multiply(base, percent.scaleb(-2)),
                charged.exemptions.get(category) or LAW_TEXT.get(category, ""))
        for (category, percent), base in bases.items()
    )  # fmt: skip


def totals(charged: Charged) -> Totals:
    """The sums of an invoice by EN 16931 (TV-67), from its lines, allowances and charges alone."""
    lines = sum(net_of(one, charged.currency) for one in charged.lines)
    off = sum(one.amount_minor for one in charged.adjustments if not one.is_charge)
    on = sum(one.amount_minor for one in charged.adjustments if one.is_charge)
    parts = breakdown(charged)
    net, vat = lines - off + on, sum(one.vat_minor for one in parts)
    return Totals(
        lines_minor=lines, allowances_minor=off, charges_minor=on, vat=parts, net_minor=net, vat_minor=vat,
        gross_minor=net + vat, prepaid_minor=charged.prepaid_minor, rounding_minor=charged.rounding_minor,
        payable_minor=net + vat - charged.prepaid_minor + charged.rounding_minor,
    )  # fmt: skip
