"""The loader against a real PostgreSQL: the views by ADBC, narrowed, in the context that was prepared."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pyarrow as pa
import pytest

from openterms.core.base.errors import BadInput
from openterms.portfolio.book import postgres
from openterms.portfolio.book.tables import TABLES
from openterms.portfolio.measures.ageing import ageing
from tests.portfolio.books import AS_OF, identifier, random_rows, row, to_book

SQL = {"uuid": "uuid", "text": "text", "date": "date", "instant": "timestamptz", "minor": "bigint", "count": "integer"}


@pytest.fixture
def published(django_db_setup: Any, home: Any) -> Any:
    """A scratch schema whose tables look like the views and hold a random book; gives (uri, prepare_sql, rows)."""
    import psycopg

    uri = home.database_url("owner")
    schema = f"book_test_{uuid.uuid4().hex[:8]}"
    rows = random_rows(21)
    rows["customers"].append(row("customers", customer_id=identifier(2, 77), number="X", seller_id=identifier(1, 5)))
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        for name, spec in TABLES.items():
            columns = ", ".join(f"{c.name} {SQL.get(c.kind, 'boolean')}" for c in spec.columns)
            connection.execute(f"CREATE TABLE {schema}.{spec.view} ({columns})")
            places = ", ".join(["%s"] * len(spec.columns))
            with connection.cursor() as cursor:
                values = [[entry[c] for c in spec.column_names] for entry in rows[name]]
                cursor.executemany(f"INSERT INTO {schema}.{spec.view} VALUES ({places})", values)
    yield uri, f"SELECT set_config('search_path', '{schema}', true)", rows
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


def test_a_book_from_postgres_is_the_book_of_its_rows(published: Any) -> None:
    uri, prepare, rows = published
    known_at = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
    with postgres.load(uri, prepare) as loaded, to_book(rows) as given:
        assert loaded.rows(ageing(loaded, AS_OF, known_at)) == given.rows(ageing(given, AS_OF, known_at))
    tables = postgres.fetch(uri, prepare)
    for name, spec in TABLES.items():
        assert tables[name].num_rows == len(rows[name])
        assert tables[name].schema.names == list(spec.column_names)


def test_it_narrows_to_a_seller_a_customer_and_tables(published: Any) -> None:
    uri, prepare, rows = published
    other = postgres.fetch(uri, prepare, seller_id=identifier(1, 5))
    assert other["customers"]["number"].to_pylist() == ["X"] and other["items"].num_rows == 0
    one = postgres.fetch(uri, prepare, customer_id=str(identifier(2, 1)), tables=["items"])
    assert set(one) == {"items"}
    assert one["items"].num_rows == sum(i["customer_id"] == identifier(2, 1) for i in rows["items"])
    with pytest.raises(BadInput, match="invoices"):
        postgres.fetch(uri, prepare, tables=["invoices"])
    with pytest.raises(ValueError, match="badly formed"):
        postgres.fetch(uri, prepare, seller_id="x' OR 'x' = 'x")


def test_the_published_views_have_the_columns_of_the_description(django_db_setup: Any, home: Any) -> None:
    """The real ``book_*`` views, read as the owner with nothing prepared, in the types the description names."""
    for name, table in postgres.fetch(home.database_url("owner"), "").items():
        for column in TABLES[name].columns:
            found = table.schema.field(column.name).type
            assert found == column.arrow_type or (found == pa.large_string() and column.kind == "text"), column.name
