"""The book: what the record says, as a handful of plain columnar tables, with the engine that reads them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from openterms.core.base.errors import BadInput
from openterms.portfolio.book.engines import DuckEngine, Engine, Table
from openterms.portfolio.book.tables import TABLES


@dataclass(frozen=True)
class Book:
    """The tables of ``tables.TABLES`` for one customer, one seller or all sellers, and the engine they live in.

    A book is read-only and belongs to one thread. It holds facts of every date; each measure takes ``as_of`` (the
    business date it is about) and ``known_at`` (what the record knew; ``None`` = everything it holds).
    """

    engine: Engine
    tables: Mapping[str, Table]

    @classmethod
    def from_arrow(cls, tables: Mapping[str, pa.Table], engine: Engine | None = None) -> Book:
        """A book of Arrow tables by short name (``customers``, ``items`` …); one that is not given is empty.

        Columns may be in any order and more may be present. Identifiers may be ``arrow.uuid``, 16 bytes or text.
        Raises ``BadInput`` for an unknown table and for a missing or unreadable column.
        """
        unknown = sorted(set(tables) - set(TABLES))
        if unknown:
            raise BadInput("there is no such table in the book", unknown[0], f"one of {', '.join(TABLES)}")
        engine = engine or DuckEngine()
        registered = {
            name: engine.register(spec, tables[name] if name in tables else spec.empty())
            for name, spec in TABLES.items()
        }
        return cls(engine, registered)

    @classmethod
    def from_parquet(cls, folder: Path | str, engine: Engine | None = None) -> Book:
        """A book from a folder of ``<table>.parquet`` files as ``to_parquet`` writes them; an absent file is an
        empty table."""
        folder = Path(folder)
        if not folder.is_dir():
            raise BadInput(
                "there is no such folder", str(folder), "name the folder that holds the book's Parquet files"
            )
        tables = {
            name: pq.read_table(folder / f"{name}.parquet") for name in TABLES if (folder / f"{name}.parquet").is_file()
        }
        return cls.from_arrow(tables, engine)

    def to_parquet(self, folder: Path | str) -> None:
        """Write every table to ``folder`` as ``<table>.parquet``, identifiers as text; the folder is made if need
        be."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for name in TABLES:
            pq.write_table(self.collect(self.tables[name]), folder / f"{name}.parquet")

    def for_customer(self, customer_id: uuid.UUID | str) -> Book:
        """The same book narrowed to one customer; nothing is copied."""
        key = str(customer_id)
        if self.engine.name == "duckdb":
            key = ibis.literal(uuid.UUID(key))
        return Book(self.engine, {name: table.filter(table.customer_id == key) for name, table in self.tables.items()})

    def collect(self, table: Table) -> pa.Table:
        """Rows of a measure as Arrow; identifiers are text."""
        return self.engine.collect(table)

    def rows(self, table: Table) -> list[dict[str, Any]]:
        """Rows of a measure as dictionaries; for a page or a file, not for a million."""
        return list(self.collect(table).to_pylist())

    def close(self) -> None:
        """Give the engine's memory back."""
        disconnect = getattr(self.engine.backend, "disconnect", None)
        if self.engine.name == "duckdb" and disconnect is not None:
            disconnect()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def customers(self) -> Table:
        """Grain: one customer."""
        return self.tables["customers"]

    @property
    def lines(self) -> Table:
        """Grain: one credit line of a customer in one currency over one period."""
        return self.tables["lines"]

    @property
    def items(self) -> Table:
        """Grain: one item."""
        return self.tables["items"]

    @property
    def settlements(self) -> Table:
        """Grain: one effect on one item."""
        return self.tables["settlements"]

    @property
    def claims(self) -> Table:
        """Grain: one claim on a slice of one item."""
        return self.tables["claims"]

    @property
    def schedules(self) -> Table:
        """Grain: one part of an item that an instalment of a plan makes due."""
        return self.tables["schedules"]

    @property
    def pauses(self) -> Table:
        """Items for which a pause asks nothing; see ``tables.PAUSES``."""
        return self.tables["pauses"]

    @property
    def promises(self) -> Table:
        """Grain: one state of one promise."""
        return self.tables["promises"]

    @property
    def touches(self) -> Table:
        """Grain: one contact or step."""
        return self.tables["touches"]


def known(table: Table, known_at: dt.datetime | None) -> Table:
    """The rows that the record knew at ``known_at`` (an aware instant); all rows for ``None``."""
    if known_at is None:
        return table
    if known_at.tzinfo is None:
        raise BadInput("the instant has no time zone", "known_at", "give an aware instant, in UTC")
    return table.filter(table.recorded_at <= instant(known_at))


def known_touches(book: Book, known_at: dt.datetime | None) -> Table:
    """The touches that the record knew at ``known_at`` and had not struck out; ``None`` = as it stands."""
    touches = known(book.touches, known_at)
    if known_at is None:
        return touches.filter(touches.struck_at.isnull())
    return touches.filter(touches.struck_at.isnull() | (touches.struck_at > instant(known_at)))


def instant(moment: dt.datetime) -> Any:
    """An aware instant as a literal that compares with ``recorded_at``."""
    return ibis.literal(moment.astimezone(dt.UTC), type="timestamp('UTC', 6)")


def day(date: dt.date) -> Any:
    """A business date as a literal."""
    return ibis.literal(date, type="date")
