"""Cells as text: what a spreadsheet, a Parquet file or JSON holds, said as a careful CSV file would say it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeAlias

# A cell is a text, or what a typed format gives: None, bool, int, float, Decimal, date, datetime and whatever else.
Cell: TypeAlias = object

_EXCEL_EPOCH = date(1899, 12, 30)
_SERIALS = range(10_000, 110_000)  # 1927-05-18 to 2201-02-27
_MOST_DIGITS = 40
_EASTERN_DIGITS = {ord(sign): str(index % 10) for index, sign in enumerate("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")}
_EASTERN_SIGNS = {ord("٫"): ".", ord("٬"): ",", ord("،"): ","}
_BIDI_MARKS = dict.fromkeys(map(ord, "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"))


def as_text(cell: Cell) -> str:
    """One cell as text: ``391.0`` is "391", a date is ISO, true is "true", nothing is "". Never an exponent."""
    if type(cell) is str:
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, (int, float, Decimal)):
        return number_text(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    return str(cell)


def number_text(number: float | Decimal) -> str:
    """A number as plain digits with a point, without superfluous zeros; floats by their shortest decimal form.

    What is not finite or has more than 40 digits is given as Python writes it, which no parser takes for a number.
    """
    if isinstance(number, int):
        return str(number) if number.bit_length() < 140 else hex(number)
    value = number if isinstance(number, Decimal) else Decimal(repr(number))
    if not value.is_finite() or abs(value.adjusted()) > _MOST_DIGITS or len(value.as_tuple().digits) > _MOST_DIGITS:
        return str(value)
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def texts(cells: Sequence[Cell], typed: bool) -> Sequence[str]:
    """A column as texts. ``typed`` false promises that all are texts already, and then nothing is copied."""
    if not typed:
        return cells  # type: ignore[return-value]
    return [cell if type(cell) is str else as_text(cell) for cell in cells]


def amount_texts(cells: Sequence[Cell], typed: bool, sign: str) -> Sequence[str]:
    """A column as amounts written with the decimal ``sign``: numbers follow it, texts stay as they were written."""
    if not typed:
        return cells  # type: ignore[return-value]
    if sign == ".":
        return texts(cells, typed)
    return [cell if type(cell) is str else as_text(cell).replace(".", sign) for cell in cells]


def date_texts(cells: Sequence[Cell], typed: bool) -> Sequence[str]:
    """A column as dates: date cells become ISO texts, numbers that can be a spreadsheet's day number too."""
    if not typed:
        return cells  # type: ignore[return-value]
    return [cell if type(cell) is str else _date_text(cell) for cell in cells]


def _date_text(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, (int, float, Decimal)) and not isinstance(cell, bool):
        return serial_date(number_text(cell)) or number_text(cell)
    return as_text(cell)


def serial_date(text: str) -> str:
    """The ISO date of a spreadsheet's day number ("41276" is 2013-01-02, epoch 1900); "" when it cannot be one."""
    whole = text.partition(".")[0]
    if len(whole) not in (5, 6) or not (whole.isascii() and whole.isdecimal()) or int(whole) not in _SERIALS:
        return ""
    return (_EXCEL_EPOCH + timedelta(days=int(whole))).isoformat()


def western(text: str) -> str:
    """Arabic-Indic and Persian digits and signs as 0-9, point and comma; invisible direction marks taken out."""
    if text.isascii():
        return text
    return text.translate(_BIDI_MARKS).translate(_EASTERN_DIGITS).translate(_EASTERN_SIGNS)


def clean(text: str) -> str | None:
    """A text fit to keep: trimmed, NFC, one kind of space, no direction marks. None if it holds control characters."""
    if text.isascii() and text.isprintable():
        return text.strip()
    text = unicodedata.normalize("NFC", text.translate(_BIDI_MARKS))
    text = "".join(" " if sign.isspace() else sign for sign in text).strip()
    if text.isprintable():
        return text
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text):
        return None
    return text
