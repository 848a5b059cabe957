"""Everything that changed a balance, one row per change: the flow behind the positions."""

from __future__ import annotations

import datetime as dt

import ibis

from openterms.portfolio.book.book import Book, day, known
from openterms.portfolio.book.engines import Table
from openterms.portfolio.book.tables import DEBIT_KINDS

COLUMNS: tuple[str, ...] = (
    "customer_id",
    "currency",
    "kind",
    "is_debit",
    "issued_on",
    "due_on",
    "moved_on",
    "moved_minor",
    "moved_base_minor",
)


def movements(book: Book, as_of: dt.date, known_at: dt.datetime | None = None, base: bool | str = False) -> Table:
    """All changes up to ``as_of``: items as they were issued, settlements as they took effect.

    Columns in: ``items``, ``settlements``. Grain out: one item or one settlement. Columns out: ``customer_id``,
    ``currency`` (of ``moved_minor``), ``kind`` (of the item or of the settlement), ``is_debit`` (side of the item),
    ``issued_on, due_on`` (of the item), ``moved_on`` (a settlement cannot take effect before its item is issued),
    ``moved_minor`` and ``moved_base_minor`` = change of the net balance (debit side +, credit side -), and with
    ``base`` also ``item_currency``. Summed up to a date they give the balance at that date.
    """
    items = known(book.items, known_at)
    items = items.filter(items.issued_on <= day(as_of))
    settlements = known(book.settlements, known_at)
    settlements = settlements.filter(settlements.settled_on <= day(as_of))
    debit = items.kind.isin(DEBIT_KINDS)
    issued = items.select(
        "item_id",
        "customer_id",
        "currency",
        "kind",
        "issued_on",
        "due_on",
        is_debit=debit,
        moved_on=items.issued_on,
        moved_minor=debit.ifelse(items.amount_minor, -items.amount_minor),
        moved_base_minor=debit.ifelse(items.base_minor, -items.base_minor),
    )
    sides = issued.select("item_id", "customer_id", "currency", "is_debit", "issued_on", "due_on")
    effects = settlements.select("item_id", "settled_on", "kind", "amount_minor", "base_minor")
    joined = sides.inner_join(effects, "item_id")
    settled = joined.mutate(
        moved_on=ibis.greatest(joined.settled_on, joined.issued_on),
        moved_minor=joined.is_debit.ifelse(-joined.amount_minor, joined.amount_minor),
        moved_base_minor=joined.is_debit.ifelse(-joined.base_minor, joined.base_minor),
    )
    moves = issued.select(*COLUMNS).union(settled.select(*COLUMNS))
    return moves if base is False else in_base(moves, base)


def in_base(moves: Table, base: bool | str = True) -> Table:
    """Movements in the seller's currency at booked rates; the currency of the item is kept as ``item_currency``."""
    return moves.mutate(
        item_currency=moves.currency,
        currency=ibis.literal(base if isinstance(base, str) else "base"),
        moved_minor=moves.moved_base_minor,
    )
