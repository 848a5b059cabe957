"""Set-based reading in SQL: rows as mappings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import connection

HIGHEST = "\U0010ffff"
"""Sorts after any text: the end of a range of texts that begin alike."""


def rows(sql: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a query gives, each row by the names of its columns."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def row(sql: str, params: Mapping[str, Any]) -> dict[str, Any] | None:
    """The first row, or nothing."""
    found = rows(sql, params)
    return found[0] if found else None


@contextmanager
def joined_by_hash() -> Iterator[None]:
    """Statements that join very many rows with each other, in the running transaction.

    Statistics know little of a seller whose first rows arrive in this very transaction: the planner expects one row,
    chooses a nested loop and compares everything with everything.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = on")
