"""Post very many items and allocations set-wise, with the same meaning as one by one.

Rows are staged in temporary tables, compared with what is on record, and posted in one statement per table: entries,
items, postings, settlements. `tests/apps/receivables` holds this path and the scalar actions to the same record.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection

from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import joined_by_hash

from .bulk_sql import (
    ALLOCATION_COLUMNS,
    ANYTHING,
    ASKED,
    CHANGE,
    CONFLICTS,
    ENTRIES,
    EXISTING,
    FORGET,
    GIVE,
    GIVING_COLUMNS,
    ITEM_COLUMNS,
    ITEMS,
    KNOWN,
    LOCK,
    PLAN,
    POSTINGS,
    SAME,
    SETTLEMENTS,
    SPLIT,
    STAGE,
)


@dataclass(frozen=True)
class Conflict:
    """A staged row whose id is on record with other content."""

    row: int
    external_id: str


@dataclass(frozen=True)
class Posted:
    """How many items and allocations were posted, and which existing items changed.

    `same` counts the rows that were on record already; `conflicts` were left out.
    """

    items: int
    allocations: int
    changed: Sequence[UUID]
    same: int
    conflicts: Sequence[Conflict]


class BulkPosting:
    """Stage and post; inside the caller's transaction. What is on record already is passed over."""

    def __init__(self, seller: Seller, batch_id: UUID) -> None:
        self.params: dict[str, Any] = {"seller": seller.id, "batch": batch_id}
        self.items = self.same = 0
        self.conflicts: list[Conflict] = []
        self._is_plain = True
        with connection.cursor() as cursor:
            cursor.execute(STAGE)
            cursor.execute(ANYTHING, self.params)
            self._is_first = not cursor.fetchone()[0]

    def stage_items(self, rows: Iterable[Sequence[Any]]) -> None:
        """Stage items: rows of ITEM_COLUMNS."""
        _copy("stage_item", ITEM_COLUMNS, rows)

    def stage_lines(self, lines: Sequence[str]) -> None:
        """Stage items that are lines of COPY already: the fields of ITEM_COLUMNS with tabs between them."""
        if lines:
            _copy_lines("stage_item", ITEM_COLUMNS, lines)

    def stage_allocations(self, rows: Iterable[Sequence[Any]]) -> None:
        """Stage wishes to allocate: rows of ALLOCATION_COLUMNS, targets by external id or by number."""
        rows = list(rows)
        self._is_plain = self._is_plain and not rows
        _copy("stage_allocation", ALLOCATION_COLUMNS, rows)

    def stage_givings(self, rows: Iterable[Sequence[Any]]) -> None:
        """Stage discounts taken and small differences given up: rows of GIVING_COLUMNS, one for an invoice."""
        rows = list(rows)
        self._is_plain = self._is_plain and not rows
        _copy("stage_giving", GIVING_COLUMNS, rows)

    def post_so_far(self) -> None:
        """Post what is staged now, and empty the stage. Does nothing once a wish to allocate is among it."""
        if not self._is_plain:
            return
        with joined_by_hash(), connection.cursor() as cursor:
            self._analyse(cursor)
            self._pass_over(cursor)
            self._write(cursor)
            cursor.execute("TRUNCATE stage_item, stage_known")

    def _pass_over(self, cursor: Any) -> None:
        """Drop staged items that are on record already, and rows whose id is there with other content."""
        if self._is_first:
            return
        cursor.execute(KNOWN, self.params)
        cursor.execute("ANALYZE stage_known")
        cursor.execute(FORGET)
        cursor.execute(CONFLICTS)
        conflicts = [Conflict(row, external_id) for row, external_id in cursor.fetchall()]
        cursor.execute(SAME)
        self.same += cursor.fetchone()[0]
        if conflicts:
            rows = [conflict.row for conflict in conflicts]
            cursor.execute("DELETE FROM stage_item WHERE row = ANY(%s)", [rows])
            cursor.execute("DELETE FROM stage_allocation WHERE row = ANY(%s)", [rows])
            self.conflicts += conflicts

    def _write(self, cursor: Any) -> None:
        cursor.execute(ENTRIES, self.params)
        cursor.execute(ITEMS, self.params)
        self.items += cursor.rowcount
        cursor.execute(POSTINGS, self.params)

    def _analyse(self, cursor: Any) -> None:
        """Temporary tables have no statistics of their own accord, and joins of a million rows need them."""
        for table in ("stage_item", "stage_allocation", "stage_giving"):
            cursor.execute(f"ANALYZE {table}")

    def post(self) -> Posted:
        """Post everything that is still staged; tells of all that this posting did."""
        with joined_by_hash(), connection.cursor() as cursor:
            self._analyse(cursor)
            self._pass_over(cursor)
            cursor.execute(ASKED)
            cursor.execute("ANALYZE stage_asked")
            cursor.execute(LOCK, self.params)
            cursor.execute(PLAN, self.params)
            cursor.execute("ANALYZE stage_target")
            cursor.execute(SPLIT)
            allocations = cursor.rowcount
            cursor.execute(GIVE)
            allocations += cursor.rowcount
            cursor.execute(CHANGE)
            cursor.execute("ANALYZE stage_settlement")
            cursor.execute("ANALYZE stage_change")
            self._write(cursor)
            if allocations:
                cursor.execute(SETTLEMENTS, self.params)
                cursor.execute(EXISTING, self.params)
                changed = [row[0] for row in cursor.fetchall()]
            else:
                changed = []
        return Posted(self.items, allocations, changed, self.same, self.conflicts)


def _copy(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    _copy_lines(table, columns, ("\t".join([_field(value) for value in row]) for row in rows))


def _copy_lines(table: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    lines = iter(lines)
    first = next(lines, None)
    if first is None:
        return
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(first + "\n")
        while block := list(islice(lines, 2_000)):
            copy.write("\n".join(block) + "\n")


def _field(value: Any) -> str:
    """A value as PostgreSQL's text format of COPY."""
    if value is None:
        return "\\N"
    if type(value) is str:
        return copy_text(value)
    if type(value) is date:
        return value.isoformat()
    return str(value)


def copy_text(value: str) -> str:
    """A text as PostgreSQL's text format of COPY."""
    if "\\" in value or "\t" in value or "\n" in value or "\r" in value:
        return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    return value


def refresh_statistics() -> None:
    """Tell the planner of very many new rows at once. A role that may not is told so by a warning, and goes on."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE receivables_item, receivables_settlement")
