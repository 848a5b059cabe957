"""Tables out: CSV and XLSX that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

import xlsxwriter

from openterms.core.base.money import Money, exponent, to_decimal
from openterms.formats.tabular.cells import as_text

# A cell of an export: texts, whole numbers, exact decimals, money, dates, flags, nothing. Never a float.
Value = str | int | Decimal | Money | date | datetime | bool | None
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_SAFE_DIGITS = 15


def guarded(text: str) -> str:
    """A text that a spreadsheet shows and does not calculate: an apostrophe before what looks like a formula."""
    return "'" + text if text.startswith(_DANGEROUS) else text


def written(value: Value) -> str:
    """A value as a CSV cell: money with its currency's digits and without its code, dates ISO, texts guarded."""
    if isinstance(value, str):
        return guarded(value)
    if isinstance(value, Money):
        return format(to_decimal(value.minor, value.currency), "f")
    if isinstance(value, Decimal):
        return format(value, "f")
    return as_text(value)


def write_csv(target: IO[str], headers: Sequence[str], rows: Iterable[Sequence[Value]], *, delimiter: str = ",") -> int:
    """Write a table as CSV (RFC 4180 quoting, line ends of ``\\r\\n``) row by row; returns how many rows.

    ``target`` is a text stream opened with ``newline=""``. Texts that look like formulas get an apostrophe in front;
    numbers do not, so negative amounts stay numbers.
    """
    writer = csv.writer(target, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow([guarded(name) for name in headers])
    count = 0
    for row in rows:
        writer.writerow([written(value) for value in row])
        count += 1
    return count


def csv_text(headers: Sequence[str], rows: Iterable[Sequence[Value]], *, delimiter: str = ",") -> str:
    """A small table as CSV text."""
    target = io.StringIO(newline="")
    write_csv(target, headers, rows, delimiter=delimiter)
    return target.getvalue()


def write_xlsx(
    target: IO[bytes],
    headers: Sequence[str],
    rows: Iterable[Sequence[Value]],
    *,
    sheet: str = "Report",
    right_to_left: bool = False,
) -> int:
    """Write a table as a workbook with one sheet, row by row and in flat memory; returns how many rows.

    Money becomes a number with its currency's digits where a spreadsheet can hold it exactly (15 digits), else text.
    Texts are always written as texts, so that none is calculated or made a link. The header is bold and stays in view.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(target, options)
    try:
        page = book.add_worksheet(sheet[:31].translate(dict.fromkeys(map(ord, "[]:*?/\\'"), " ")) or "Report")
        if right_to_left:
            page.right_to_left()
        formats = _Formats(book)
        for column, name in enumerate(headers):
            page.write_string(0, column, name[:32_767], formats.bold)
        page.freeze_panes(1, 0)
        count = 0
        for count, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                _write_cell(page, count, column, value, formats)
    finally:
        book.close()
    return count


class _Formats:
    def __init__(self, book: Any) -> None:
        self._book = book
        self._numbers: dict[int, Any] = {}
        self.bold = book.add_format({"bold": True})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})

    def number(self, places: int) -> Any:
        """A number format with grouped thousands and so many digits after the sign."""
        if places not in self._numbers:
            digits = "#,##0" + ("." + "0" * places if places else "")
            self._numbers[places] = self._book.add_format({"num_format": digits})
        return self._numbers[places]


def _write_cell(page: Any, row: int, column: int, value: Value, formats: _Formats) -> None:
    if value is None or value == "":
        return
    if isinstance(value, str):
        page.write_string(row, column, value[:32_767])
    elif isinstance(value, bool):
        page.write_boolean(row, column, value)
    elif isinstance(value, date):
        day = value.replace(tzinfo=None) if isinstance(value, datetime) else value
        if day.year >= 1900:
            page.write_datetime(row, column, day, formats.day)
        else:
            page.write_string(row, column, day.isoformat())
    else:
        number, places = _number(value)
        if len(number.as_tuple().digits) > _SAFE_DIGITS:
            page.write_string(row, column, format(number, "f"))
        else:
            page.write_number(row, column, number, formats.number(places) if places is not None else None)


def _number(value: int | Decimal | Money) -> tuple[Decimal, int | None]:
    if isinstance(value, Money):
        return to_decimal(value.minor, value.currency), exponent(value.currency)
    if isinstance(value, Decimal):
        shift = value.as_tuple().exponent
        return value, -shift if isinstance(shift, int) and shift < 0 else 0
    return Decimal(value), None
