"""Small files for the tests: a table written in any format, and a file read as one batch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from openterms.formats.tabular import ParsedBatch, guess_map, open_table, parse, read_map


def put(path: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    """Write a file as it stands, without touching line ends."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def put_xlsx(path: Path, rows: Sequence[Sequence[Any]]) -> Path:
    """Write rows as a workbook: texts as texts, numbers as numbers, dates as dates."""
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False, "strings_to_formulas": False}) as book:
        page, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        for line, row in enumerate(rows):
            for column, value in enumerate(row):
                if hasattr(value, "isoformat"):
                    page.write_datetime(line, column, value, day)
                elif value is not None:
                    page.write(line, column, value)
    return path


def put_parquet(path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> Path:
    """Write rows as a Parquet file with the types that the values have."""
    columns = list(zip(*rows, strict=True)) or [[] for _ in header]
    pq.write_table(pa.table({name: pa.array(column) for name, column in zip(header, columns, strict=True)}), path)
    return path


def put_jsonl(path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> Path:
    """Write rows as JSON lines; dates as ISO texts, decimals as texts."""
    lines = [json.dumps(dict(zip(header, row, strict=True)), default=str, ensure_ascii=False) for row in rows]
    return put(path, "\n".join(lines) + "\n")


def read(path: Path, kind: str = "invoices", map_text: str | None = None, **defaults: str) -> ParsedBatch:
    """A whole small file as one batch, by a map or a guess."""
    source = open_table(path)
    map = read_map(map_text, kind) if map_text else guess_map(source.header, kind)
    batches = list(parse(source, map, kind, defaults or {"currency": "EUR"}))
    assert len(batches) == 1
    return batches[0]


def faults(batch: ParsedBatch) -> list[tuple[int, str, str]]:
    """The errors of a batch as (row, field, what)."""
    return [(error.row, error.field, error.what_text()) for error in batch.errors]


def values(batch: ParsedBatch, *names: str) -> list[tuple[Any, ...]]:
    """Some columns of a batch, row by row."""
    columns: Mapping[str, list[Any]] = batch.columns
    return list(zip(*(columns[name] for name in names), strict=True))
