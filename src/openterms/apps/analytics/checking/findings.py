"""What a check found: one line per thing that must hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection


@dataclass(frozen=True)
class Finding:
    """Whether one thing holds: the invariant's number, its figure (what was counted), and a sentence."""

    invariant: int
    ok: bool
    figure: str
    text: str


def rows(sql: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params or {})
        return list(cursor.fetchall())


def none_of(invariant: int, text: str, faults: Sequence[tuple[Any, ...]], looked_at: str) -> Finding:
    """Holds when a query for faults found none; the first few are named."""
    if not faults:
        return Finding(invariant, True, looked_at, text)
    named = "; ".join(", ".join(str(part) for part in fault) for fault in faults[:3])
    more = f" and {len(faults) - 3} more" if len(faults) > 3 else ""
    return Finding(invariant, False, f"{len(faults)} wrong", f"{text} Found: {named}{more}.")
