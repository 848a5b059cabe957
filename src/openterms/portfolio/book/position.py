"""Who owes what at an instant: the state of every item, and the position of every open one.

Both readings are bitemporal. ``as_of`` is the business date of the question; ``known_at`` limits it to what the record
had learnt by then. The same pair gives the same answer for ever.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis

from openterms.portfolio.book.book import Book, day, instant, known
from openterms.portfolio.book.engines import Table, Value
from openterms.portfolio.book.tables import CLAIM_KINDS, DEBIT_KINDS


def item_states(book: Book, as_of: dt.date, known_at: dt.datetime | None = None, only_open: bool = False) -> Table:
    """Every item that counts at ``(as_of, known_at)``, settled or not; with ``only_open`` at least the open ones.

    Columns in: ``items``, ``settlements``. Grain out: one item. Columns out: those of ``items`` and
    ``settled_minor``, ``open_minor``, ``open_base_minor``, ``last_settled_on`` (date of the last settlement that was
    not a reversal, null when there is none), ``first_cash_on`` (of the first cash on it), ``is_debit``.
    """
    items = known(book.items, known_at)
    items = items.filter(items.issued_on <= day(as_of))
    settlements = known(book.settlements, known_at)
    settlements = settlements.filter(settlements.settled_on <= day(as_of))
    if only_open and known_at is None:
        items = items.filter(items.settled_on.isnull() | (items.settled_on > day(as_of)))
        settlements = settlements.semi_join(items, "item_id")
    settled = settlements.group_by(settled_item_id=settlements.item_id).agg(
        settled_sum=settlements.amount_minor.sum(),
        settled_base_sum=settlements.base_minor.sum(),
        last_settled_on=settlements.settled_on.max(where=settlements.amount_minor > 0),
        first_cash_on=settlements.settled_on.min(where=(settlements.amount_minor > 0) & (settlements.kind == "cash")),
    )
    joined = items.left_join(settled, items.item_id == settled.settled_item_id)
    settled_minor = _whole(joined.settled_sum)
    joined = joined.mutate(
        settled_minor=settled_minor,
        open_minor=_whole(joined.amount_minor - settled_minor),
        open_base_minor=_whole(joined.base_minor - _whole(joined.settled_base_sum)),
        is_debit=joined.kind.isin(DEBIT_KINDS),
    )
    return joined.drop("settled_item_id", "settled_sum", "settled_base_sum")


def positions(book: Book, as_of: dt.date, known_at: dt.datetime | None = None) -> Table:
    """Every open item at ``(as_of, known_at)`` with what may be collected of it.

    Columns in: ``items``, ``settlements``, ``claims``. Grain out: one open item (debit or credit side). Columns out:
    those of ``item_states`` and, in minor units, the disjoint slices ``contested_minor``, ``in_flight_minor``,
    ``planned_minor``, ``promised_minor`` (clamped to the open amount in that order), ``collectable_minor`` = open less
    the slices (0 on the credit side); ``days_overdue`` = as_of - due date (0 or less: not overdue, FACTBOOK 0) and
    ``age_days`` = as_of - issue date. Under a running plan ``due_on`` is the date of the first instalment that is not
    met (the item's own while a part stands outside the plan), and ``not_due_minor`` what later instalments make due
    after ``as_of``; 0 for all others.
    """
    return claimed(book, item_states(book, as_of, known_at, only_open=True), as_of, known_at)


def claimed(book: Book, states: Table, as_of: dt.date, known_at: dt.datetime | None = None) -> Table:
    """``positions`` from item states that are already at hand (see ``positions`` for the columns)."""
    opened = states.filter(states.open_minor != 0)
    claims = _claims(book, as_of, known_at)
    joined = opened.left_join(claims, opened.item_id == claims.claimed_item_id).drop("claimed_item_id")
    joined = scheduled(book, joined, as_of, known_at)
    free: Value = joined.is_debit.ifelse(joined.open_minor, 0)
    slices: dict[str, Value] = {}
    claimed_minor = taken = ibis.literal(0, type="int64")
    for kind in CLAIM_KINDS:
        claimed_minor = claimed_minor + joined[f"{kind}_minor"].fill_null(0)
        slices[f"{kind}_minor"] = ibis.least(claimed_minor, free) - taken
        taken = ibis.least(claimed_minor, free)
    today = day(as_of)
    return joined.mutate(
        **slices,
        collectable_minor=free - taken,
        days_overdue=today.delta(joined.due_on, unit="day"),
        age_days=today.delta(joined.issued_on, unit="day"),
    )


def scheduled(book: Book, opened: Table, as_of: dt.date, known_at: dt.datetime | None = None) -> Table:
    """Open items with the ``due_on`` that counts and ``not_due_minor``: see ``positions``. Columns in: those of
    ``item_states`` and ``contested_minor`` as claimed (null: none). What is open and not contested meets the latest
    instalments first (``core.collecting.plans.unmet``)."""
    parts = _running(book.schedules, as_of, known_at).select(
        part_item_id="item_id", part_number="number", part_due_on="due_on", part_minor="amount_minor"
    )
    free = opened.open_minor - ibis.least(opened.contested_minor.fill_null(0), opened.open_minor)
    covered = opened.select(item_id=opened.item_id, free_minor=free)
    joined = parts.inner_join(covered, parts.part_item_id == covered.item_id)
    back = ibis.cumulative_window(group_by=joined.part_item_id, order_by=ibis.desc(joined.part_number))
    later = joined.part_minor.sum().over(back) - joined.part_minor
    unmet = joined.mutate(
        unmet_minor=ibis.least(joined.part_minor, ibis.greatest(_whole(joined.free_minor - later), 0))
    )
    sums = unmet.group_by("part_item_id").agg(
        free_minor=unmet.free_minor.max(),
        unmet_minor=_whole(unmet.unmet_minor.sum()),
        next_on=unmet.part_due_on.min(where=unmet.unmet_minor > 0),
        later_minor=_whole(unmet.unmet_minor.sum(where=unmet.part_due_on >= day(as_of))),
    )
    rows = opened.left_join(sums, opened.item_id == sums.part_item_id)
    is_all = rows.next_on.notnull() & (rows.unmet_minor >= rows.free_minor)
    return rows.mutate(
        due_on=is_all.fill_null(False).ifelse(rows.next_on, rows.due_on), not_due_minor=_whole(rows.later_minor)
    ).drop("part_item_id", "free_minor", "unmet_minor", "next_on", "later_minor")


def _claims(book: Book, as_of: dt.date, known_at: dt.datetime | None) -> Table:
    """Claims that hold at ``(as_of, known_at)``; grain: one item, a column ``<kind>_minor`` for each kind."""
    claims = _running(book.claims, as_of, known_at)
    sums: dict[str, Any] = {
        f"{kind}_minor": _whole(claims.amount_minor.sum(where=claims.kind == kind)) for kind in CLAIM_KINDS
    }
    return claims.group_by(claimed_item_id=claims.item_id).agg(**sums)


def _running(table: Table, as_of: dt.date, known_at: dt.datetime | None) -> Table:
    """Claims, or parts of a schedule, that hold at ``(as_of, known_at)``."""
    found = known(table, known_at)
    found = found.filter(found.starts_on <= day(as_of))
    over = found.ends_on <= day(as_of)
    if known_at is not None:
        over = over & (found.ended_recorded_at.isnull() | (found.ended_recorded_at <= instant(known_at)))
    return found.filter(~over.fill_null(False))


def _whole(value: Value) -> Value:
    """A sum with nothing in it is 0; what is left is a 64-bit whole number."""
    return value.fill_null(0).cast("int64")
