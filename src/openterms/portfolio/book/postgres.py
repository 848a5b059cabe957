"""Loading the book from PostgreSQL: the ``book_*`` views by ADBC, column by column, without a Python object per row."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import pyarrow as pa
from adbc_driver_postgresql import dbapi

from openterms.core.base.errors import BadInput
from openterms.portfolio.book.book import Book
from openterms.portfolio.book.engines import Engine
from openterms.portfolio.book.tables import TABLES, TableSpec

NEEDED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "items": ("item_id", "customer_id", "kind", "issued_on", "due_on", "currency", "amount_minor", "base_minor"),
        "settlements": ("item_id", "kind", "settled_on", "amount_minor", "base_minor"),
    }
)
"""What ``load_needed`` reads of items and settlements."""

HALVES = ("uuid_hash(item_id) & 1 = 0", "uuid_hash(item_id) & 1 = 1")
"""Either half of the rows of a large table, whichever rows they are."""

PAGEWISE = "SET LOCAL enable_indexscan = off"
"""What was open on a day lies all over the table: an index says which pages, and they are read in their order."""


def load(
    uri: str,
    prepare_sql: str,
    seller_id: uuid.UUID | str | None = None,
    customer_id: uuid.UUID | str | None = None,
    tables: Iterable[str] | None = None,
    engine: Engine | None = None,
) -> Book:
    """The book of one customer, one seller, or everything the database lets this caller see.

    ``prepare_sql`` (may be empty) runs first in the same transaction and sets the row-level-security context.
    ``seller_id`` and ``customer_id`` narrow what is read; ``tables`` names the only ones to read (the others are
    empty). All tables are read at one instant (repeatable read, read only). Raises ``BadInput`` for an unknown
    table; database errors come as ADBC raises them.
    """
    return Book.from_arrow(fetch(uri, prepare_sql, seller_id, customer_id, tables), engine)


def load_needed(
    uri: str,
    prepare_sql: str,
    seller_id: uuid.UUID | str,
    customer_id: uuid.UUID | str | None = None,
    open_on: dt.date | None = None,
    engine: Engine | None = None,
) -> Book:
    """The book of a seller, or of one of its customers, without what the day and the ageing have no use for.

    Of items and settlements only the columns ``NEEDED`` are read, the others are null: such a book says nothing of what
    was known at an instant. With ``open_on`` it holds no more than ageing at that date asks for: customers, the items
    that were open then as the record stands now, their settlements up to the date, their claims; ask it for nothing
    else. Rows come over two connections that see one instant.
    """
    queries = {name: select(spec, seller_id, customer_id, NEEDED.get(name)) for name, spec in TABLES.items()}
    if open_on is not None:
        day, own = open_on.isoformat(), _where(seller_id, customer_id)
        was_open = f"{own} AND issued_on <= '{day}' AND (settled_on IS NULL OR settled_on > '{day}')"
        queries["items"] = f"SELECT {', '.join(NEEDED['items'])} FROM book_items{was_open}"
        queries["settlements"] += (
            f" AND settled_on <= '{day}' AND item_id IN (SELECT item_id FROM book_items{was_open})"
        )
        pieces = [(name, queries[name]) for name in ("items", "settlements", "customers", "claims")]
    else:
        pieces = [(name, f"{queries[name]} AND {half}") for name in NEEDED for half in HALVES]
        pieces += [(name, sql) for name, sql in queries.items() if name not in NEEDED]
    waiting = deque(pieces)
    with _reading(uri, prepare_sql) as cursor, ThreadPoolExecutor(1) as other:
        cursor.execute("SELECT pg_export_snapshot()")
        beside = other.submit(_beside, uri, prepare_sql, cursor.fetchone()[0], waiting)
        found = _drained(cursor, waiting) + beside.result()
    tables = {name: pa.concat_tables(part for one, part in found if one == name) for name, _ in pieces}
    return Book.from_arrow({name: _filled(TABLES[name], table) for name, table in tables.items()}, engine)


def _beside(uri: str, prepare_sql: str, snapshot: str, waiting: deque[tuple[str, str]]) -> list[tuple[str, pa.Table]]:
    """What a second connection reads, as another transaction's snapshot shows it."""
    with _reading(uri, prepare_sql, snapshot) as cursor:
        return _drained(cursor, waiting)


def _drained(cursor: Any, waiting: deque[tuple[str, str]]) -> list[tuple[str, pa.Table]]:
    """The tables of the queries that this connection came to first; two connections take from one heap."""
    found = []
    while waiting:
        try:
            name, sql = waiting.popleft()
        except IndexError:
            break
        found.append((name, _table(cursor, sql)))
    return found


def _filled(spec: TableSpec, table: pa.Table) -> pa.Table:
    """The table with nulls for the columns that were not read."""
    for column in spec.columns:
        if column.name not in table.column_names:
            table = table.append_column(column.name, pa.nulls(table.num_rows, column.arrow_type))
    return table


def _table(cursor: Any, sql: str) -> pa.Table:
    cursor.execute(sql)
    return cursor.fetch_arrow_table()


@contextmanager
def _reading(uri: str, prepare_sql: str, snapshot: str | None = None) -> Iterator[Any]:
    """A cursor in a read-only transaction that sees one instant (its own, or that of a snapshot)."""
    with dbapi.connect(uri, autocommit=False) as connection, connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        if snapshot is not None:
            cursor.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
        if prepare_sql.strip():
            cursor.execute(prepare_sql)
        cursor.execute(PAGEWISE)
        yield cursor
        connection.rollback()


def fetch(
    uri: str,
    prepare_sql: str,
    seller_id: uuid.UUID | str | None = None,
    customer_id: uuid.UUID | str | None = None,
    tables: Iterable[str] | None = None,
) -> dict[str, pa.Table]:
    """The tables of ``load`` as Arrow, by short name."""
    names = tuple(TABLES) if tables is None else tuple(tables)
    for name in names:
        if name not in TABLES:
            raise BadInput("there is no such table in the book", name, f"one of {', '.join(TABLES)}")
    with _reading(uri, prepare_sql) as cursor:
        return {name: _table(cursor, select(TABLES[name], seller_id, customer_id)) for name in names}


def select(
    spec: TableSpec,
    seller_id: uuid.UUID | str | None,
    customer_id: uuid.UUID | str | None,
    columns: Iterable[str] | None = None,
) -> str:
    """The query for one table. Identifiers are checked to be UUIDs before they enter it."""
    return f"SELECT {', '.join(columns or spec.column_names)} FROM {spec.view}{_where(seller_id, customer_id)}"


def _where(seller_id: uuid.UUID | str | None, customer_id: uuid.UUID | str | None) -> str:
    conditions = [
        f"{column} = '{uuid.UUID(str(value))}'"
        for column, value in (("seller_id", seller_id), ("customer_id", customer_id))
        if value is not None
    ]
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def query(uri: str, prepare_sql: str, sql: str) -> pa.Table:
    """What one query gives as Arrow, read at one instant after ``prepare_sql``; nothing of it is a Python object."""
    with _reading(uri, prepare_sql) as cursor:
        return _table(cursor, sql)


def queries(uri: str, prepare_sql: str, several: Mapping[str, str]) -> dict[str, pa.Table]:
    """What several queries give as Arrow, by their names, all of them at one instant."""
    with _reading(uri, prepare_sql) as cursor:
        return {name: _table(cursor, sql) for name, sql in several.items()}
