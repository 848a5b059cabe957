"""In which currency a measure speaks, and the sums that several measures share."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import ibis

from openterms.portfolio.book.engines import Engine, Table, Value
from openterms.portfolio.book.tables import BUCKETS, CLAIM_KINDS, INVOICE_BUCKETS

SLICES: tuple[str, ...] = (*(f"{kind}_minor" for kind in CLAIM_KINDS), "collectable_minor")
"""The disjoint slices of an open amount."""

BY: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {"due": ("days_overdue", BUCKETS), "invoice": ("age_days", INVOICE_BUCKETS)}
)
"""How to age: the column of days and the buckets (FACTBOOK 1.6)."""


def spoken_in(positions: Table, engine: Engine, base: bool | str) -> Table:
    """Positions in document currency, or, for ``base``, in the seller's.

    ``base`` is false (amounts stay in the currency of the item), the seller's currency code, or true (the column
    ``currency`` then says ``base``). The rate is the booked one. Slices follow the open amount in proportion and still
    sum to no more than it.
    """
    if base is False:
        return positions
    changed: dict[str, Value] = {}
    so_far = taken = ibis.literal(0, type="int64")
    for kind in CLAIM_KINDS:
        so_far = so_far + positions[f"{kind}_minor"]
        share = engine.proportion(so_far, positions.open_minor, positions.open_base_minor)
        changed[f"{kind}_minor"] = share - taken
        taken = share
    changed["collectable_minor"] = positions.is_debit.ifelse(positions.open_base_minor - taken, 0)
    changed["not_due_minor"] = engine.proportion(
        positions.not_due_minor, positions.open_minor, positions.open_base_minor
    )
    return positions.mutate(
        **changed,
        amount_minor=positions.base_minor,
        open_minor=positions.open_base_minor,
        currency=ibis.literal(base if isinstance(base, str) else "base"),
    )


def bucket_of(days: Value, by: str = "due") -> Value:
    """The ageing bucket of a number of days: by due date days overdue, by invoice date age in days (FACTBOOK 1.6)."""
    names = BY[by][1]
    bounds = (0, 30, 60, 90) if by == "due" else (30, 60, 90)
    return ibis.cases(*((days <= bound, name) for bound, name in zip(bounds, names, strict=False)), else_=names[-1])


def total(value: Value, where: Value | None = None) -> Value:
    """A sum of money; of nothing it is 0."""
    return value.sum(where=where).fill_null(0).cast("int64")


def ageing_sums(positions: Table, by: str = "due") -> dict[str, Any]:
    """Aggregates over positions: a column for each bucket, ``unapplied`` (never positive), ``gross``, ``total`` (net),
    ``overdue`` and the slices ``contested, in_flight, planned, promised``, all in minor units."""
    days_column, names = BY[by]
    bucket = bucket_of(positions[days_column], by)
    debit, amount = positions.is_debit, positions.open_minor
    later = positions.not_due_minor if by == "due" else ibis.literal(0, type="int64")
    sums: dict[str, Any] = {name: total(amount - later, debit & (bucket == name)) for name in names}
    if by == "due":
        sums[names[0]] = sums[names[0]] + total(later, debit)
    gross = total(amount, debit)
    unapplied = -total(amount, ~debit)
    sums["unapplied"] = unapplied
    sums["total"] = gross + unapplied
    sums["gross"] = gross
    sums["overdue"] = total(amount - positions.not_due_minor, debit & (positions.days_overdue > 0))
    for kind in CLAIM_KINDS:
        sums[kind] = total(positions[f"{kind}_minor"])
    return sums
