"""A remittance in a file of a mail: invoice numbers and amounts from a table (CSV, XLSX) or the text of a PDF.

XLSX is opened by the readers of tables, which refuse bombs; a PDF is read in a process of its own, with an end.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from openterms.core.base.errors import BadInput
from openterms.core.messaging.inbound.amounts import find_amounts
from openterms.core.messaging.inbound.folding import fold
from openterms.core.messaging.inbound.references import Shape, find_references, known_only
from openterms.formats.tabular.readers import open_table

from .attachments import File

MOST_LINES, MOST_CELLS, PDF_SECONDS, MOST_PDF_TEXT = 2_000, 30, 15, 400_000
_TABLES = {".csv", ".txt", ".xlsx"}


@dataclass(frozen=True, slots=True)
class RemittanceLine:
    """One invoice of a remittance. `amount_minor` is None where the line names no amount."""

    number: str
    amount_minor: int | None
    currency: str


def remittance_lines(file: File, currency: str, shapes: Sequence[Shape], known: frozenset[str]) -> list[RemittanceLine]:
    """The lines of a file that name one of the `known` numbers, each number once. Nothing where it is no such file."""
    ending = Path(file.name).suffix.lower()
    rows: list[str] = []
    if not file.is_kept:
        return []
    if ending in _TABLES:
        rows = _table_rows(file, ending)
    elif ending == ".pdf":
        rows = pdf_text(file.content).split("\n")
    found: dict[str, RemittanceLine] = {}
    for row in rows[:MOST_LINES]:
        folded = fold(row[:2_000])
        numbers = known_only(find_references(folded.text, shapes), known)
        if len(numbers) != 1:
            continue
        taken = [(one.start, one.end) for one in numbers]
        amounts = find_amounts(folded.text, currency, taken)
        amount = amounts[-1] if amounts else None
        minor, code = (amount.minor, amount.currency) if amount else (None, currency)
        found.setdefault(numbers[0].number, RemittanceLine(numbers[0].number, minor, code))
    return list(found.values())


def _table_rows(file: File, ending: str) -> list[str]:
    """The rows of a table as text, cells apart."""
    if ending == ".txt":
        return file.content[:MOST_PDF_TEXT].decode("utf-8", "replace").split("\n")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"table{ending}"
        path.write_bytes(file.content)
        with suppress(BadInput, ValueError, OSError):
            rows: list[str] = []
            for batch in open_table(path).batches():
                columns = list(batch.columns.values())[:MOST_CELLS]
                rows += ["   ".join(_cell(one) for one in row) for row in zip(*columns, strict=False)]
                if len(rows) >= MOST_LINES:
                    break
            return rows
    return []


def _cell(value: object) -> str:
    """A cell as text; an amount keeps two places so that it is read as one."""
    text = "" if value is None else str(value)
    return f"{text}0" if re.fullmatch(r"\d+\.\d", text) else f"{text}.00" if re.fullmatch(r"\d{3,9}", text) else text


def pdf_text(content: bytes) -> str:
    """The text of a PDF's first pages; empty where it has none, takes too long or too much. Never raises."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(Path(__file__).with_name("pdf_reader.py"))], input=content, capture_output=True,
            timeout=PDF_SECONDS, check=False, env={},
        )  # fmt: skip
    except (subprocess.TimeoutExpired, OSError):
        return ""
    return done.stdout[:MOST_PDF_TEXT].decode("utf-8", "replace") if done.returncode == 0 else ""
