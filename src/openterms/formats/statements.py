"""The workbook in which an applicant gives financial statements: made, and read back.

One sheet: names of figures in column A (hidden), their labels in B, one year each in C and D.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import python_calamine as calamine
import xlsxwriter

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.credit.application_shape import STATEMENTS

MARK = "openterms-statements-1"
YEARS = STATEMENTS.rows
MOST_BYTES = 2 * 2**20


def workbook(labels: Mapping[str, str], choices: Mapping[str, str], currency: str, title: str, is_rtl: bool) -> bytes:
    """An empty template: ``labels`` of the section's fields by name, ``choices`` of who stands behind the figures."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet("statements")
    if is_rtl:
        sheet.right_to_left()
    bold, entry = book.add_format({"bold": True}), book.add_format({"bg_color": "#F0F2EF", "border": 1})
    day = book.add_format({"bg_color": "#F0F2EF", "border": 1, "num_format": "yyyy-mm-dd"})
    sheet.set_column(0, 0, None, None, {"hidden": True})
    sheet.set_column(1, 1, 42)
    sheet.set_column(2, 1 + YEARS, 18)
    sheet.write(0, 0, MARK)
    sheet.write(0, 1, f"{title} ({currency})", bold)
    for line, field in enumerate(STATEMENTS.fields, 1):
        sheet.write(line, 0, field.name)
        sheet.write(line, 1, labels.get(field.name, field.name))
        for year in range(YEARS):
            sheet.write_blank(line, 2 + year, None, day if field.kind == "date" else entry)
            if field.name == "kind":
                sheet.data_validation(line, 2 + year, line, 2 + year, {"validate": "list", "source": list(choices)})
    for offset, (code, word) in enumerate(choices.items()):
        sheet.write(len(STATEMENTS.fields) + 2 + offset, 1, f"{code}: {word}")
    book.close()
    return target.getvalue()


def read_workbook(content: bytes) -> dict[str, str]:
    """The texts of a filled-in template by the names of a form: ``0-ends_on``, ``1-sales_minor`` …

    Amounts are plain decimals as the cells show them, to two places at most where a cell holds a binary number. Errors:
    not such a workbook, a cell that is neither a number nor a text nor a date.
    """
    if len(content) > MOST_BYTES:
        raise BadInput(gettext_noop("The workbook is larger than 2 MB"), "workbook", gettext_noop("Give the template"))
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False, nrows=len(STATEMENTS.fields) + 40)
    except BaseException as error:  # the Rust reader's panics are not Exceptions
        if isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit)):
            raise
        raise _not_ours() from None
    if not rows or not rows[0] or rows[0][0] != MARK:
        raise _not_ours()
    names = {field.name for field in STATEMENTS.fields}
    given: dict[str, str] = {}
    for line, row in enumerate(rows[1:], 2):
        if not row or row[0] not in names:
            continue
        for year, cell in enumerate(row[2 : 2 + YEARS]):
            given[f"{year}-{row[0]}"] = _text(cell, f"{'CD'[year]}{line}")
    return given


def _not_ours() -> BadInput:
    return BadInput(
        gettext_noop("This is not the filled-in template"),
        "workbook",
        gettext_noop("Fill in the template of this page"),
    )


def _text(cell: Any, where: str) -> str:
    if isinstance(cell, bool) or not isinstance(cell, str | int | float | date | datetime):
        raise BadInput(
            gettext_noop("This cell is not a number, a date or a text"), where, gettext_noop("Correct the cell")
        )
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else f"{cell:.2f}"
    return str(cell).strip()
