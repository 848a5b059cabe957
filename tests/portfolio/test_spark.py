"""The same measures on Spark give what they give on DuckDB."""

from __future__ import annotations

from typing import Any

import pytest

from openterms.portfolio.book.engines import SparkEngine
from openterms.portfolio.measures.ageing import ageing, totals
from openterms.portfolio.measures.behaviour import behaviour
from tests.portfolio.books import AS_OF, noon, random_rows, to_book

pytestmark = [pytest.mark.deep, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def session() -> Any:
    """A small local Spark."""
    sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed (requirements/spark.txt)")
    builder = sql.SparkSession.builder.master("local[1]").appName("openterms-test")
    options = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.session.timeZone": "UTC",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
    }
    for name, value in options.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


def comparable(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with identifiers and whole numbers alike in both engines, in one order."""
    plain = [{k: round(v, 6) if isinstance(v, float) else v for k, v in r.items()} for r in rows]
    return sorted(plain, key=lambda r: (str(r.get("customer_id")), r["currency"]))


@pytest.mark.parametrize("seed", [4, 5])
def test_spark_and_duckdb_agree(session: Any, seed: int) -> None:
    rows = random_rows(seed)
    with to_book(rows) as duck, to_book(rows, SparkEngine(session)) as spark:
        known_at = noon(AS_OF)
        questions = (
            lambda book: ageing(book, AS_OF, known_at),
            lambda book: ageing(book, AS_OF, by="invoice"),
            lambda book: ageing(book, AS_OF, base="USD"),
            lambda book: totals(book, AS_OF),
            lambda book: behaviour(book, AS_OF, known_at),
        )
        for ask in questions:
            assert comparable(spark.rows(ask(spark))) == comparable(duck.rows(ask(duck)))
