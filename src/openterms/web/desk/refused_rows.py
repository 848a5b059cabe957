"""The refused rows of an import as a file, each with what is wrong with it in the reader's language."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext, override

from openterms.formats.tabular.write import guarded

from .import_words import field_word, row_said


def said_rows(file: Path, language: str) -> Iterator[str]:
    """The lines of the file that an import kept, their faults in words. It is read while it is sent, so the language is
    named."""
    with file.open(encoding="utf-8-sig", newline="") as kept:
        rows = csv.reader(kept)
        names = next(rows)
        with override(language):
            title = _line([*names[:-2], gettext("Line"), gettext("What is wrong")])
        yield f"\ufeff{title}"
        for *cells, faults in rows:
            with override(language):
                said = "; ".join(_fault_said(one) for one in json.loads(faults))
            yield _line([*cells, guarded(said)])


def _line(cells: Sequence[str]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow(cells)
    return written.getvalue()


def _fault_said(row: dict[str, Any]) -> str:
    said = row_said(row)
    place = f"{field_word(row['field'])}: " if row["field"] else ""
    return f"{place}{said['what']} ({said['remedy']})" if said["remedy"] else f"{place}{said['what']}"
