"""The same table in four formats gives the same rows."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from openterms.formats.tabular import ParsedBatch
from tests.formats.tables import put, put_jsonl, put_parquet, put_xlsx, read

HEADER = ["customer", "number", "issued", "due", "amount", "purchase order"]
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).filter(
    str.strip
)
DAYS = st.dates(date(1990, 1, 1), date(2100, 1, 1))
ROWS = st.lists(
    st.tuples(NAMES, NAMES, DAYS, DAYS, st.decimals(Decimal("0.01"), Decimal("9999999"), places=2), NAMES),
    min_size=1,
    max_size=8,
)


def _csv(rows: list[tuple[Any, ...]]) -> str:
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=";", quoting=csv.QUOTE_ALL).writerows([HEADER, *rows])
    return target.getvalue()


def _content(batch: ParsedBatch) -> tuple[Any, ...]:
    """Everything but the line, because JSON lines have no header on line 1."""
    columns = {name: column for name, column in batch.columns.items() if name != "row"}
    return columns, [(one.position, one.field, one.what) for one in batch.errors], batch.rows


@settings(max_examples=25, deadline=None)
@given(ROWS)
def test_four_formats(rows: list[tuple[Any, ...]]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        first = _content(read(put(folder / "a.csv", _csv(rows))))
        assert first == _content(read(put(folder / "a.csv", _csv(rows), "utf-16")))
        assert first == _content(read(put_parquet(folder / "a.parquet", HEADER, rows)))
        assert first == _content(read(put_jsonl(folder / "a.jsonl", HEADER, rows)))
        typed = [[*row[:4], float(row[4]), row[5]] for row in rows]
        assert first == _content(read(put_xlsx(folder / "a.xlsx", [HEADER, *typed])))
