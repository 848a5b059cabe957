"""Loading the book from PostgreSQL: the ``book_*`` views by ADBC, column by column, without a Python object per row."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

import pyarrow as pa
from adbc_driver_postgresql import dbapi

from openterms.core.base.errors import BadInput
from openterms.portfolio.book.book import Book
from openterms.portfolio.book.engines import Engine
from openterms.portfolio.book.tables import TABLES, TableSpec


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
    with dbapi.connect(uri, autocommit=False) as connection, connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        if prepare_sql.strip():
            cursor.execute(prepare_sql)
        found = {}
        for name in names:
            cursor.execute(select(TABLES[name], seller_id, customer_id))
            found[name] = cursor.fetch_arrow_table()
        connection.rollback()
    return found


def select(spec: TableSpec, seller_id: uuid.UUID | str | None, customer_id: uuid.UUID | str | None) -> str:
    """The query for one table. Identifiers are checked to be UUIDs before they enter it."""
    conditions = [
        f"{column} = '{uuid.UUID(str(value))}'"
        for column, value in (("seller_id", seller_id), ("customer_id", customer_id))
        if value is not None
    ]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {', '.join(spec.column_names)} FROM {spec.view}{where}"
