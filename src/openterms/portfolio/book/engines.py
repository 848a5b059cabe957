"""The engines that answer questions about a book: DuckDB in process, Spark when a book outgrows a machine.

Measures are Ibis expressions and do not know which engine runs them. What engines do differently is here and nowhere
else: how a table is registered, how an intermediate result is kept, and how integers are divided. The last one is a
trap: Ibis writes ``a // b`` as a division of doubles, which loses money above 2**53; ``Engine.floor_divide`` stays in
integers.
"""

from __future__ import annotations

import heapq
import itertools
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeAlias

import ibis
import ibis.expr.operations as ops
import pyarrow as pa
from ibis.backends.duckdb import Backend

from openterms.core.base.errors import BadInput
from openterms.portfolio.book.tables import TableSpec

# Selects within selects cost an engine nothing, and joining them into one costs more than half of writing a query.
ibis.options.sql.fuse_selects = False

Table: TypeAlias = Any
"""An Ibis table expression."""

Value: TypeAlias = Any
"""An Ibis column or scalar expression."""


@ibis.udf.scalar.builtin(name="divide")  # type: ignore[untyped-decorator]
def _duckdb_divide(a, b) -> int:  # type: ignore[no-untyped-def]
    """DuckDB's integer division, which rounds towards zero."""
    raise NotImplementedError


@ibis.udf.scalar.builtin(name="div")  # type: ignore[untyped-decorator]
def _spark_divide(a, b) -> int:  # type: ignore[no-untyped-def]
    """Spark's integer division, which rounds towards zero."""
    raise NotImplementedError


_ASKED = MappingProxyType(
    {
        "uuid": "uuid",
        "text": "string",
        "date": "date",
        "instant": "timestamp('UTC', 6)",
        "minor": "int64",
        "count": "int32",
        "yes_no": "boolean",
    }
)
"""A column's kind as Ibis names its type."""


@lru_cache(maxsize=64)
def _schema(spec: TableSpec) -> ibis.Schema:
    return ibis.schema({column.name: _ASKED[column.kind] for column in spec.columns})


class _Names:
    """Names for what an engine keeps: the lowest free one, so that the same questions in the same order are written the
    same, word for word."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._next = itertools.count()
        self._free: list[int] = []

    def take(self) -> str:
        """A name that nothing else has."""
        return f"{self._prefix}{heapq.heappop(self._free) if self._free else next(self._next)}"

    def give_back(self, name: str) -> None:
        """Nothing has this name any more."""
        heapq.heappush(self._free, int(name.removeprefix(self._prefix)))


class Engine(ABC):
    """What a book needs of an engine. One engine serves one thread at a time."""

    name: str
    backend: Any

    def __init__(self) -> None:
        self._names = (f"ot_{number}" for number in itertools.count())

    @abstractmethod
    def register(self, spec: TableSpec, rows: pa.Table) -> Table:
        """Make Arrow rows of the given shape askable. Refuses a missing or unreadable column with ``BadInput``."""

    @abstractmethod
    def from_arrow(self, rows: pa.Table) -> Table:
        """Arrow rows of any shape, such as facts by their names."""

    @abstractmethod
    def stage(self, table: Table) -> Table:
        """Give an expression a name and run nothing: whoever reads the result does not write the expression out again,
        so that long chains of columns made of columns stay short."""

    @abstractmethod
    def materialise(self, table: Table) -> Table:
        """Run a table expression once and keep its rows; asking the result again does not run it again."""

    @abstractmethod
    def drop(self, table: Table) -> None:
        """Forget a materialised table."""

    @abstractmethod
    def collect(self, table: Table) -> pa.Table:
        """Run a table expression and return its rows as Arrow; identifiers come as text."""

    @abstractmethod
    def truncating_divide(self, a: Value, b: Value) -> Value:
        """Integer quotient towards zero, exact in 64 bits."""

    @abstractmethod
    def wide_sum(self, value: Value, where: Value | None = None) -> Value:
        """A sum of products of money and days, which may pass 64 bits on its way to ``divide``."""

    def divide(self, a: Value, b: Value) -> Value:
        """Half up, away from zero, as ``core.base.rounding.divide``; null where ``b`` is 0. ``b`` must not be
        negative."""
        half_up = self.truncating_divide(2 * a.abs() + b, (2 * b).nullif(0))
        return (a < 0).ifelse(-half_up, half_up)

    def basis_points(self, minor: Value, bp: Value) -> Value:
        """``bp`` hundredths of a percent of an amount that is not negative, half up, as ``core.base.rounding``.

        The amount is split at ten thousand first, so that no step passes 64 bits.
        """
        tens = self.truncating_divide(minor, ibis.literal(10_000, type="int64"))
        return tens * bp + self.divide((minor - tens * 10_000) * bp, ibis.literal(10_000, type="int64"))

    def proportion(self, part: Value, whole: Value, amount: Value) -> Value:
        """``amount * part / whole`` half up, nothing of it negative; exact while the answer is below 2**51.

        The product is taken in 38 digits and the rest is taken off before the division, so that the quotient is a
        whole number which a double holds. Null where ``whole`` is 0.
        """
        divisor = whole.nullif(0).cast("decimal(38, 0)")
        product = part.cast("decimal(38, 0)") * amount
        rest = product % divisor
        quotient = ((product - rest) / divisor).cast("float64").round().cast("int64")
        return quotient + (2 * rest >= divisor).cast("int64")

    @contextmanager
    def scratch(self) -> Iterator[Callable[[Table], Table]]:
        """``with engine.scratch() as keep: kept = keep(expression)``: kept tables are forgotten at the end."""
        kept: list[Table] = []

        def keep(table: Table) -> Table:
            result = self.materialise(table)
            kept.append(result)
            return result

        try:
            yield keep
        finally:
            for table in kept:
                self.drop(table)


_WRITER: Any = Backend()
"""What writes DuckDB's queries. It is connected to nothing, so that a question is the same question of every book."""


@dataclass
class _Query:
    """A question as DuckDB reads it; the schema of its answer once it has been kept."""

    text: str
    schema: ibis.Schema | None = None


@lru_cache(maxsize=128)
def _query(operation: ops.Relation, uuids: str) -> _Query:
    """The query of an expression with its columns cast to what its schema says, ``uuids`` to the type of that name.

    Writing one takes longer than DuckDB takes to answer it of a small book, so the last ones are remembered: sellers
    ask the same of their books, day after day and page after page.
    """
    table = operation.to_expr()
    types = ((column, {"int64": "BIGINT", "uuid": uuids}.get(str(dtype))) for column, dtype in table.schema().items())
    columns = ", ".join(f'CAST("{column}" AS {sql}) AS "{column}"' if sql else f'"{column}"' for column, sql in types)
    return _Query(f"SELECT {columns} FROM ({_WRITER.compile(table)})")


class DuckEngine(Engine):
    """DuckDB in memory, inside this process."""

    name = "duckdb"

    def __init__(self, threads: int | None = None, memory_limit: str | None = None) -> None:
        super().__init__()
        self._kept = _Names("kept_")
        options: dict[str, Any] = {"threads": threads or os.cpu_count() or 1}
        if memory_limit is not None:
            options["memory_limit"] = memory_limit
        self.backend = ibis.duckdb.connect(**options)
        self.connection = self.backend.con
        self.connection.execute("SET TimeZone = 'UTC'")
        # A bar of its own would go to standard output, where answers go.
        self.connection.execute("SET enable_progress_bar = false")

    def register(self, spec: TableSpec, rows: pa.Table) -> Table:
        """Register without copying; only identifiers that come as text are converted once."""
        name = f"book_{spec.name}_{next(self._names)}"
        rows = conform(spec, rows)
        as_text = [c.name for c in spec.columns if c.kind == "uuid" and rows.schema.field(c.name).type != pa.uuid()]
        if not as_text:
            self.connection.register(name, rows)
            return self._known(name, _schema(spec))
        raw = next(self._names)
        self.connection.register(raw, rows)
        casts = ", ".join(f'CAST("{column}" AS UUID) AS "{column}"' for column in as_text)
        self.connection.execute(f'CREATE TABLE "{name}" AS SELECT * REPLACE ({casts}) FROM "{raw}"')
        self.connection.unregister(raw)
        return self._known(name, _schema(spec))

    def _known(self, name: str, schema: ibis.Schema, **place: str) -> Table:
        """A table whose columns are known: asking the engine for them costs more than making it."""
        return ops.DatabaseTable(name, schema, _WRITER, ops.Namespace(**place)).to_expr()

    def from_arrow(self, rows: pa.Table) -> Table:
        """Register without copying."""
        name = next(self._names)
        self.connection.register(name, rows)
        return self._known(name, self.backend.get_schema(name))

    def stage(self, table: Table) -> Table:
        """A temporary view, whole numbers narrowed to 64 bits."""
        name = next(self._names)
        self.connection.execute(f'CREATE TEMP VIEW "{name}" AS {_query(table.op(), "UUID").text}')
        return self._known(name, table.schema(), catalog="temp", database="main")

    def materialise(self, table: Table) -> Table:
        """Keep the rows in a temporary table. Sums come back from DuckDB as 128-bit and are narrowed, or refused."""
        name = self._kept.take()
        query = _query(table.op(), "UUID")
        self.connection.execute(f'CREATE TEMP TABLE "{name}" AS {query.text}')
        if query.schema is None:
            query.schema = self.backend.get_schema(name, catalog="temp", database="main")
        return self._known(name, query.schema, catalog="temp", database="main")

    def collect(self, table: Table) -> pa.Table:
        """Stream the rows out as Arrow, whole numbers as 64-bit."""
        return self.connection.sql(_query(table.op(), "VARCHAR").text).to_arrow_table()

    def drop(self, table: Table) -> None:
        """Drop a temporary table."""
        name = table.op().name
        self.connection.execute(f'DROP TABLE IF EXISTS temp.main."{name}"')
        self._kept.give_back(name)

    def truncating_divide(self, a: Value, b: Value) -> Value:
        """DuckDB's ``divide``."""
        return _duckdb_divide(a, b)

    def wide_sum(self, value: Value, where: Value | None = None) -> Value:
        """DuckDB sums whole numbers in 128 bits."""
        return value.sum(where=where).fill_null(0)


class SparkEngine(Engine):
    """Spark SQL. Identifiers are text, because Spark has no such type."""

    name = "pyspark"
    _numbers = itertools.count()

    def __init__(self, session: Any) -> None:
        super().__init__()
        # Temporary views are the session's, which several books may share: a name of its own for each.
        own = next(SparkEngine._numbers)
        self._names = (f"ot_{own}_{number}" for number in itertools.count())
        self.backend = ibis.pyspark.connect(session)

    def register(self, spec: TableSpec, rows: pa.Table) -> Table:
        """Register as a temporary view."""
        name = f"book_{spec.name}_{next(self._names)}"
        rows = identifiers_as_text(conform(spec, rows))
        self.backend._session.createDataFrame(rows).createTempView(name)
        return self.backend.table(name)

    def collect(self, table: Table) -> pa.Table:
        """Rows by way of Spark's own Arrow conversion."""
        return table.to_pyarrow()

    def from_arrow(self, rows: pa.Table) -> Table:
        """A temporary view of the rows."""
        name = f"rows_{next(self._names)}"
        self.backend._session.createDataFrame(identifiers_as_text(rows)).createTempView(name)
        return self.backend.table(name)

    def stage(self, table: Table) -> Table:
        """A temporary view of the session."""
        name = f"stage_{next(self._names)}"
        self.backend._session.sql(self.backend.compile(table)).createTempView(name)
        return self.backend.table(name)

    def materialise(self, table: Table) -> Table:
        """Keep the rows in Spark's cache."""
        return table.cache()

    def drop(self, table: Table) -> None:
        """Release the cache."""
        table.release()

    def truncating_divide(self, a: Value, b: Value) -> Value:
        """Spark's ``div``."""
        return _spark_divide(a, b)

    def wide_sum(self, value: Value, where: Value | None = None) -> Value:
        """Spark sums whole numbers in 64 bits, so this sums decimals."""
        return value.cast("decimal(38, 0)").sum(where=where).fill_null(0)


def attach(left: Table, *others: tuple[Table, Sequence[str]]) -> Table:
    """``left`` with the other columns of other tables, each where its keys agree, null where it has no such row.

    The keys are columns of ``left``, and no two tables share another column. One join of many is written in a quarter
    of the time of many joins.
    """
    joined: Table = left
    spare: list[str] = []
    for place, (right, keys) in enumerate(others):
        names = {f"{key}_of_{place}": key for key in keys}
        renamed = right.rename(names)
        joined = joined.left_join(renamed, [left[key] == renamed[name] for name, key in names.items()])
        spare += names
    return joined.drop(*spare)


def conform(spec: TableSpec, rows: pa.Table) -> pa.Table:
    """The columns of ``spec`` in order and type; other columns are left out.

    Identifiers may come as ``arrow.uuid``, 16 bytes or text. Raises ``BadInput`` naming table and column when a column
    is missing or cannot be read as its type.
    """
    columns = []
    for column in spec.columns:
        where = f"book table {spec.name}, column {column.name}"
        if column.name not in rows.column_names:
            raise BadInput("the column is missing", where, "load every column of the table's description")
        values = rows.column(column.name)
        try:
            columns.append(_as_identifiers(values) if column.kind == "uuid" else values.cast(column.arrow_type))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
            raise BadInput(f"cannot be read as {column.kind}: {error}", where) from error
    return pa.table(dict(zip(spec.column_names, columns, strict=True)))


def identifiers_as_text(rows: pa.Table) -> pa.Table:
    """The same rows with ``arrow.uuid`` columns as text."""
    for position, field in enumerate(rows.schema):
        if field.type == pa.uuid():
            text = pa.array(
                [None if value is None else str(value) for value in rows.column(position).to_pylist()], pa.string()
            )
            rows = rows.set_column(position, field.name, text)
    return rows


def _as_identifiers(values: pa.ChunkedArray) -> pa.ChunkedArray:
    if values.type == pa.uuid() or pa.types.is_string(values.type):
        return values
    if pa.types.is_fixed_size_binary(values.type):
        return values.cast(pa.uuid())
    return values.cast(pa.string())
