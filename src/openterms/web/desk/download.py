"""Lists as CSV and XLSX files: the same columns, exact values, amounts as decimals with their currency beside them."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import IO, Any

import xlsxwriter
from django.http import FileResponse, HttpRequest

from openterms.core.base.money import to_decimal

from .tables import Column, Table

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def wanted(request: HttpRequest) -> str:
    """`csv`, `xlsx`, or nothing: which file the address asks for."""
    kind = request.GET.get("format", "")
    return kind if kind in KINDS else ""


def download(table: Table, rows: Iterable[Any], name: str, kind: str) -> FileResponse:
    """The rows as a file that is written before it is sent."""
    columns = [column for column in table.visible if column.kind not in ("template", "ageing", "headroom")]
    spread = any(column.kind == "money" and not column.currency for column in columns)
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 the response closes it
    heads = [str(head) for column in columns for head in _heads(column)] + (["currency"] if spread else [])
    lines = ([value for column in columns for value in _values(table, column, row)]
             + ([table.cell(row, "currency")] if spread else []) for row in rows)  # fmt: skip
    (_write_csv if kind == "csv" else _write_xlsx)(file, heads, lines)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.{kind}", content_type=KINDS[kind])


def _heads(column: Column) -> Sequence[Any]:
    return (column.label, "number") if column.kind == "party" else (column.label,)


def _values(table: Table, column: Column, row: Any) -> list[Any]:
    value = table.cell(row, column.name)
    if column.kind == "party":
        if isinstance(value, dict):
            return [value.get("name"), value.get("number")]
        return [value, table.cell(row, "number")]
    if column.kind == "money" and value is not None:
        return [to_decimal(value, column.currency or table.cell(row, "currency"))]
    if column.kind == "statuses":
        return [", ".join(value or ())]
    return [value]


def _write_csv(file: IO[bytes], heads: Sequence[str], lines: Iterable[Sequence[Any]]) -> None:
    import io

    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow(heads)
    for line in lines:
        writer.writerow([_safe(value) for value in line])
    text.flush()
    text.detach()


def _safe(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula is led by an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value.isoformat() if isinstance(value, date | datetime) else value


def _write_xlsx(file: IO[bytes], heads: Sequence[str], lines: Iterable[Sequence[Any]]) -> None:
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
    book = xlsxwriter.Workbook(file, options)
    sheet = book.add_worksheet()
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    for at, head in enumerate(heads):
        sheet.write(0, at, head, bold)
    for place, line in enumerate(lines, 1):
        for at, value in enumerate(line):
            if value is None:
                continue
            if isinstance(value, date):
                sheet.write_datetime(place, at, value, day)  # type: ignore[arg-type]
            elif isinstance(value, str):
                sheet.write_string(place, at, value)
            else:
                sheet.write(place, at, value)
    sheet.freeze_panes(1, 0)
    book.close()
