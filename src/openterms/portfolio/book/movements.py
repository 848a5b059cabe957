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
    "item_currency",
    "kind",
    "is_debit",
    "issued_on",
    "due_on",
    "moved_on",
    "moved_minor",
)


def movements(
    book: Book, as_of: dt.date, known_at: dt.datetime | None = None, base: bool | str = False
) -> Table:
    """All changes up to ``as_of``: items as they were issued, settlements as they took effect.

    Columns in: ``items``, ``settlements``. Grain out: one item or one settlement. Columns out: ``customer_id, currency``
    (of the amounts), ``item_currency``, ``kind`` (of the item or of the settlement), ``is_debit`` (side of the item), ``issued_on, due_on`` (of the item),
    ``moved_on`` (a settlement cannot take effect before its item is issued), ``moved_minor`` = change of the net balance
    (debit side +, credit side -). Summed up to a date they give the balance at that date.
    """
    items = known(book.items, known_at)
    items = items.filter(items.issued_on <= day(as_of))
    settlements = known(book.settlements, known_at)
    settlements = settlements.filter(settlements.settled_on <= day(as_of))
    amount = "amount_minor" if base is False else "base_minor"
    debit = items.kind.isin(DEBIT_KINDS)
    issued = items.select(
        "item_id",
        "customer_id",
        "kind",
        "issued_on",
        "due_on",
        currency=items.currency if base is False else ibis.literal(base if isinstance(base, str) else "base"),
        item_currency=items.currency,
        is_debit=debit,
        moved_on=items.issued_on,
        moved_minor=debit.ifelse(items[amount], -items[amount]),
    )
    sides = issued.select("item_id", "customer_id", "currency", "item_currency", "is_debit", "issued_on", "due_on")
    effects = settlements.select("item_id", "settled_on", kind=settlements.kind, effect=settlements[amount])
    joined = sides.inner_join(effects, "item_id")
    settled = joined.select(
        "customer_id",
        "currency",
        "item_currency",
        "kind",
        "is_debit",
        "issued_on",
        "due_on",
        moved_on=ibis.greatest(joined.settled_on, joined.issued_on),
        moved_minor=joined.is_debit.ifelse(-joined.effect, joined.effect),
    )
    return issued.select(*COLUMNS).union(settled.select(*COLUMNS))
