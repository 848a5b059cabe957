"""Placement files as CSV or XLSX: debts go out, acknowledgements and payments come back. Bytes in, values out.

**Out**, one row for each placed item (``OUT``): ``placement`` is our number, which every answer repeats; amounts are
plain decimals of ``currency``, days ISO, ``fee_percent`` the agreed fee.

**In** (``IN``): ``kind`` is ``ack`` (taken on, with the agency's reference), ``decline``, ``payment`` (collected by the
agency; ``amount`` is gross, ``fee`` what it kept), ``direct`` (the debtor paid the seller; ``fee`` is asked for) or
``close``. ``reference`` names a payment once and for all. Every bad row is told, and then nothing is taken.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import python_calamine as calamine
import xlsxwriter

from openterms.core.base.errors import BadInput
from openterms.core.base.money import format_amount, to_minor
from openterms.core.base.reasons import gettext_noop

OUT = (
    "placement", "customer_number", "customer_name", "country", "street", "postcode", "city", "contact", "email",
    "phone", "invoice", "issued_on", "due_on", "currency", "amount", "placed", "open", "reference", "fee_percent",
)  # fmt: skip
IN = ("placement", "kind", "date", "amount", "fee", "reference", "note")
KINDS = ("ack", "decline", "payment", "direct", "close")
MOST_BYTES, MOST_ROWS = 10 * 2**20, 100_000
_MONEY = {"amount": "amount_minor", "placed": "placed_minor", "open": "open_minor"}


class Answer(NamedTuple):
    """A row that an agency sent: its number in the file, and what it says; amounts stay texts."""

    row: int
    placement: str
    kind: str
    on: date
    amount: str
    fee: str
    reference: str
    note: str

    def minor(self, name: str, currency: str) -> int:
        """``amount`` or ``fee`` in minor units; an empty fee is 0. ``BadInput`` names the row."""
        text = getattr(self, name) or "0"
        try:
            return to_minor(text, currency)
        except BadInput as error:
            raise error.at(f"row {self.row}, {name}") from error


def write_csv(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Placed items as CSV (UTF-8 with its mark, so that spreadsheets read it)."""
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(OUT)
    for row in rows:
        writer.writerow([_safe(one) for one in _cells(row)])
    return target.getvalue().encode("utf-8-sig")


def write_xlsx(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Placed items as a workbook of one sheet; every cell is text, none is a formula."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("placements")
    bold = book.add_format({"bold": True})
    for column, name in enumerate(OUT):
        sheet.write_string(0, column, name, bold)
    for line, row in enumerate(rows, 1):
        for column, text in enumerate(_cells(row)):
            sheet.write_string(line, column, text)
    book.close()
    return target.getvalue()


def read_answers(content: bytes) -> list[Answer]:
    """The rows of an agency's file, CSV or XLSX by its content. ``BadInput`` lists every row that is wrong and why."""
    if not content or len(content) > MOST_BYTES:
        raise BadInput(
            gettext_noop("The file is empty or larger than 10 MB"), "file", gettext_noop("Send a part of it")
        )
    table = _sheet(content) if content.startswith(b"PK\x03\x04") else _text(content)
    if not table or [str(one).strip().lower() for one in table[0][: len(IN)]] != list(IN):
        raise BadInput(
            gettext_noop("The first row does not name the columns"), "file",
            gettext_noop("Begin with: %(columns)s"), {"columns": ", ".join(IN)},
        )  # fmt: skip
    found, faults = [], []
    for number, cells in enumerate(table[1:], 2):
        if not any(str(cell).strip() for cell in cells):
            continue
        try:
            found.append(_answer(number, cells))
        except BadInput as error:
            faults.append(str(error))
    if faults:
        raise BadInput(
            gettext_noop("%(count)s rows are wrong: %(rows)s"), "file", gettext_noop("Correct them and send it again"),
            {"count": len(faults), "rows": "; ".join(faults[:20])},
        )  # fmt: skip
    return found


def _cells(row: Mapping[str, Any]) -> list[str]:
    currency = row["currency"]
    texts = []
    for name in OUT:
        if name in _MONEY:
            texts.append(format_amount(row[_MONEY[name]], currency).replace(",", ""))
        elif name == "fee_percent":
            whole, rest = divmod(row["fee_bp"], 100)
            texts.append(f"{whole}.{rest:02d}")
        else:
            value = row[name]
            texts.append(value.isoformat() if isinstance(value, date) else str(value or ""))
    return texts


def _safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _answer(number: int, cells: Sequence[Any]) -> Answer:
    texts = [str(cell).strip() for cell in (*cells, *[""] * len(IN))[: len(IN)]]
    placement, kind, on, amount, fee, reference, note = texts
    where = f"row {number}"
    if kind not in KINDS:
        raise BadInput(gettext_noop("the kind is not known"), where, ", ".join(KINDS))
    if not placement:
        raise BadInput(gettext_noop("the placement is missing"), where)
    if kind in ("payment", "direct") and not (amount and reference):
        raise BadInput(gettext_noop("a payment needs its amount and reference"), where)
    try:
        day = date.fromisoformat(on[:10])
    except ValueError as error:
        raise BadInput(gettext_noop("the date cannot be read"), where, gettext_noop("write YYYY-MM-DD")) from error
    return Answer(number, placement, kind, day, amount, fee, reference[:120], note[:2000])


def _text(content: bytes) -> list[list[Any]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(gettext_noop("The file is not UTF-8"), "file", gettext_noop("Save it as UTF-8")) from error
    return [list(row) for row in csv.reader(io.StringIO(text))][: MOST_ROWS + 1]


def _sheet(content: bytes) -> list[list[Any]]:
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        return book.get_sheet_by_index(0).to_python(skip_empty_area=False, nrows=MOST_ROWS + 1)
    except BaseException as error:  # the Rust reader's panics are not Exceptions
        if isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit)):
            raise
        raise BadInput(gettext_noop("The workbook cannot be read"), "file", gettext_noop("Save it again")) from None
