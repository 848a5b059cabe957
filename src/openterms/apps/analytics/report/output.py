"""A report as a file: CSV, XLSX or JSON."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date
from typing import IO, Any

from openterms.formats.tabular.write import write_csv, write_xlsx

from .table import Report

FORMATS = ("csv", "xlsx", "json")
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


def document(report: Report, wide: bool = False) -> Any:
    """A report as plain values for JSON: its own document where it has one, else its rows."""
    if report.document is not None and not report.rows:
        return dict(report.document)
    if report.name == "kpi" and report.document is not None:
        return dict(report.document)
    return report.records(wide)


def write_text(report: Report, target: IO[str], form: str, wide: bool = False) -> None:
    """Write CSV (names of the columns as the contract has them) or JSON to a text stream."""
    if form == "json":
        json.dump(document(report, wide), target, ensure_ascii=False, default=str)
        target.write("\n")
    else:
        write_csv(target, [column.name for column in report.shown(wide)], report.lines(wide))


def write_workbook(
    report: Report,
    target: IO[bytes],
    translate: Callable[[str], str] = str,
    right_to_left: bool = False,
    wide: bool = True,
) -> None:
    """Write XLSX with the columns' labels as people read them."""
    headers = [translate(column.label) for column in report.shown(wide)]
    write_xlsx(target, headers, report.lines(wide), sheet=translate(report.title), right_to_left=right_to_left)


def as_bytes(report: Report, form: str, translate: Callable[[str], str] = str, right_to_left: bool = False) -> bytes:
    """A whole report as the bytes of a file, all columns included. CSV starts with a mark that spreadsheets need."""
    if form == "xlsx":
        book = io.BytesIO()
        write_workbook(report, book, translate, right_to_left)
        return book.getvalue()
    text = io.StringIO(newline="")
    write_text(report, text, form, wide=True)
    return text.getvalue().encode("utf-8-sig" if form == "csv" else "utf-8")


def file_name(report: Report, seller_code: str, form: str) -> str:
    """`ageing-ACME-2025-03-14.csv`."""
    on: date = report.as_of
    return f"{report.name}-{seller_code}-{on.isoformat()}.{form}"
