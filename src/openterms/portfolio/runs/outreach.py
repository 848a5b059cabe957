"""Which items are owed a step on a day, under the strategy of each customer's arm: what a sending starts from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from openterms.core.collecting.strategies import Strategy
from openterms.portfolio.book.book import Book
from openterms.portfolio.book.engines import Table
from openterms.portfolio.book.position import claimed, item_states
from openterms.portfolio.measures.behaviour import paid_of
from openterms.portfolio.rules.next_steps import step_facts, stepped
from openterms.portfolio.rules.segments import segment_facts, segmented

COLUMNS = (
    "item_id", "customer_id", "currency", "due_on", "days_overdue", "collectable_minor", "segment", "step", "severity",
    "cause",
)  # fmt: skip


@dataclass(frozen=True)
class Challenge:
    """A strategy for some customers only, by id."""

    strategy: Strategy
    customer_ids: Sequence[str]


@dataclass(frozen=True)
class Owed:
    """``steps``: a row for each item that is owed one (``COLUMNS``), by customer, severest first. ``segments``: the
    payer segment of every customer and currency."""

    steps: pa.Table
    segments: pa.Table


def owed(book: Book, as_of: dt.date, strategy: Strategy, challenge: Challenge | None = None) -> Owed:
    """The steps that are owed on a day, read over columns in a handful of queries."""
    with book.engine.scratch() as keep:
        states = keep(item_states(book, as_of))
        rows = keep(claimed(book, states, as_of))
        paid = keep(paid_of(states, as_of, book.engine))
        facts = keep(segment_facts(book, states, paid, as_of))
        named = keep(segments_by_arm(book, facts, strategy, challenge).select("customer_id", "currency", "segment"))
        facts = keep(step_facts(book, rows, named, as_of))
        chosen = arms(book, facts, strategy, challenge)
        ordered = chosen.order_by("customer_id", "currency", "due_on", "item_id")
        return Owed(book.collect(ordered.select(*COLUMNS)), book.collect(named))


def arms(book: Book, facts: Table, strategy: Strategy, challenge: Challenge | None) -> Table:
    """``stepped`` facts, those of challenged customers by the challenger."""
    return by_arm(book, facts, strategy, challenge, lambda rows, one: stepped(rows, one, book.engine))


def segments_by_arm(book: Book, facts: Table, strategy: Strategy, challenge: Challenge | None) -> Table:
    """``segmented`` facts: every customer is sorted by the rules of the strategy that treats it."""
    return by_arm(book, facts, strategy, challenge, lambda rows, one: segmented(rows, one.segments, book.engine))


def by_arm(
    book: Book, rows: Table, strategy: Strategy, challenge: Challenge | None, ask: Callable[[Table, Strategy], Table]
) -> Table:
    """What `ask` says of the rows of each customer under the strategy of its arm. `rows` have `customer_id`."""
    if challenge is None or not challenge.customer_ids:
        return ask(rows, strategy)
    mine = book.engine.from_arrow(pa.table({"customer_id": pa.array(challenge.customer_ids, pa.string())}))
    mine = mine.mutate(customer_id=mine.customer_id.cast(rows.customer_id.type()))
    champion = ask(rows.anti_join(mine, "customer_id"), strategy)
    return champion.union(ask(rows.semi_join(mine, "customer_id"), challenge.strategy))
