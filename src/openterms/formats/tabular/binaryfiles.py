"""Readers of spreadsheets and Parquet files."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import python_calamine as calamine

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.formats.tabular.source import Rows, Source

_MOST_UNPACKED = 4 << 30
_CHUNK = 1 << 20
_LAST_ROW = re.compile(rb'<row [^>]*?r="(\d{1,7})"')
_FAR_COLUMN = re.compile(rb' r="[A-Z]{3}\d')
_SECOND_COLUMN = re.compile(rb' r="[A-Z]{2}\d')
_SPARSE_CELLS = 5_000_000


class XlsxSource(Source):
    """A sheet of a workbook (the first, or the one named). Its first row that is not empty is the header."""

    def __init__(self, path: Path, name: str | None, sheet: str | None = None, header_line: int = 1) -> None:
        super().__init__(path, name)
        _refuse_bombs(path, self.name)
        try:
            book = calamine.CalamineWorkbook.from_path(str(path))
            names = book.sheet_names
            if not names or (sheet is not None and sheet not in names):
                raise _no_sheet(sheet, names, self.name)
            self._sheet = book.get_sheet_by_name(sheet or names[0])
            start = self._sheet.start
        except BadInput:
            raise
        except calamine.PasswordError:
            raise protected(self.name) from None
        except BaseException as error:  # the Rust reader's panics are not Exceptions
            if isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit)):
                raise
            raise corrupt(self.name, "XLSX", error) from None
        if start is None:
            raise BadInput(
                gettext_noop("the sheet is empty"), self.name, gettext_noop("give a sheet with a header and rows")
            )
        self._first = start[0] + 1
        self._header_line = max(header_line, self._first)
        self.header = self.named(self._header_cells())
        self.rows_about = max(self._sheet.height - 1, 0)
        self.detected = {"format": "XLSX", "sheet": sheet or names[0]}

    def _numbered(self) -> Iterator[tuple[int, list[Any]]]:
        rows = enumerate(self._sheet.iter_rows(), self._first)
        return ((line, cells) for line, cells in rows if line >= self._header_line)

    def _header_cells(self) -> list[Any]:
        return next((cells for _, cells in self._numbered() if any(cells)), [])

    def chunks(self, size: int) -> Iterator[Rows]:
        numbered = self._numbered()
        for _, cells in numbered:
            if any(cells):
                break
        while found := list(islice(numbered, size)):
            yield [line for line, _ in found], [cells for _, cells in found]


class ParquetSource(Source):
    """A Parquet file. Rows count as if a header stood on line 1, so that the first data row is line 2."""

    def __init__(self, path: Path, name: str | None) -> None:
        super().__init__(path, name)
        try:
            self._file = pq.ParquetFile(path, memory_map=True)
            names = list(self._file.schema_arrow.names)
            rows = self._file.metadata.num_rows
        except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
            raise corrupt(self.name, "Parquet", error) from None
        self.header = self.named(names)
        if len(self.header) != len(names):
            raise BadInput(gettext_noop("a column has no name"), self.name, gettext_noop("give every column a name"))
        self.rows_about = rows
        self.detected = {"format": "Parquet", "row groups": str(self._file.metadata.num_row_groups)}

    def chunks(self, size: int) -> Iterator[Rows]:
        start = 2
        try:
            for batch in self._file.iter_batches(batch_size=size):
                rows = list(zip(*(_plain(column) for column in batch.columns), strict=True))
                yield range(start, start + len(rows)), rows
                start += len(rows)
        except (pa.ArrowException, OSError, ValueError, ArithmeticError, MemoryError) as error:
            raise corrupt(self.name, "Parquet", error) from None


def _plain(column: pa.Array) -> list[Any]:
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us"), safe=False)
    values: list[Any] = column.to_pylist()
    return [str(value) if isinstance(value, (dict, list)) else value for value in values] if _nested(column) else values


def _nested(column: pa.Array) -> bool:
    return bool(pa.types.is_nested(column.type))


def _refuse_bombs(path: Path, name: str) -> None:
    """Refuse workbooks that unpack to gigabytes, and sheets that are nearly empty but reach very far.

    The reader lays a sheet out as a full rectangle in memory, so three cells in far corners would fill it.
    """
    if path.open("rb").read(2) != b"PK":
        return
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if not any(part.filename.startswith("xl/") for part in parts):
                raise BadInput(
                    gettext_noop("the file is a zip archive and not a workbook"),
                    name,
                    gettext_noop("unpack it and give the table inside"),
                )
            if sum(part.file_size for part in parts) > _MOST_UNPACKED:
                raise _too_far(name)
            for part in parts:
                if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml"):
                    _refuse_sparse(archive, part, name)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise corrupt(name, "XLSX", error) from None
    except zipfile.zlib.error as error:  # type: ignore[attr-defined]
        raise corrupt(name, "XLSX", error) from None


def _refuse_sparse(archive: zipfile.ZipFile, part: zipfile.ZipInfo, name: str) -> None:
    cells, last, width, tail, read = 0, 0, 26, b"", 0
    with archive.open(part) as sheet:
        while chunk := sheet.read(_CHUNK):
            read += len(chunk)
            if read > _MOST_UNPACKED:
                raise _too_far(name)
            text = tail + chunk
            cells += chunk.count(b"<c ")
            found = text.rfind(b"<row ")
            match = _LAST_ROW.match(text, found) if found >= 0 else None
            last = max(last, int(match[1])) if match else last
            if width < 16_384 and _FAR_COLUMN.search(text):
                width = 16_384
            elif width < 702 and _SECOND_COLUMN.search(text):
                width = 702
            tail = text[-100:]
    if last * width > max(_SPARSE_CELLS, 80 * cells):
        raise _too_far(name)


def _too_far(name: str) -> BadInput:
    return BadInput(
        gettext_noop("the sheet is nearly empty but reaches too far, or unpacks to too much"),
        name,
        gettext_noop("delete the empty rows and columns behind the table, or give it as CSV"),
    )


def _no_sheet(sheet: str | None, names: list[str], name: str) -> BadInput:
    return BadInput(
        gettext_noop("the workbook has no sheet %(sheet)s"),
        name,
        gettext_noop("its sheets are %(names)s"),
        {"sheet": repr(sheet or ""), "names": ", ".join(names) or "-"},
    )


def protected(name: str) -> BadInput:
    """The fault of a workbook that only a password opens."""
    return BadInput(
        gettext_noop("the workbook is protected by a password"),
        name,
        gettext_noop("save it without a password, or give the sheet as CSV"),
    )


def corrupt(name: str, kind: str, error: BaseException) -> BadInput:
    """The fault of a file that is not what it seems to be."""
    return BadInput(
        gettext_noop("the file cannot be read as %(kind)s: %(error)s"),
        name,
        gettext_noop("save it again from the program it came from, or give it as CSV"),
        {"kind": kind, "error": (str(error) or type(error).__name__)[:200]},
    )
