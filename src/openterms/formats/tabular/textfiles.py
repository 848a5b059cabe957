"""Readers of text tables: separated values and JSON lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import accumulate, chain, islice
from pathlib import Path
from typing import Any, NoReturn, Self

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.formats.tabular.cells import Cell
from openterms.formats.tabular.detect import (
    DELIMITERS,
    LINE_LIMIT,
    detect_delimiter,
    detect_escape,
    detect_quote,
    scan_text,
)
from openterms.formats.tabular.faults import Fault
from openterms.formats.tabular.source import Rows, Source

_SAMPLE = 1 << 18
_BLOCK = 1 << 18
_MOST_BLOCKS = 256
_PIECE_ROWS = 1_000
_HEADER_ROWS = 1_000


class CsvSource(Source):
    """Separated values. Encoding, separator and quotes are detected unless given; cells are texts."""

    typed = False

    def __init__(
        self,
        path: Path,
        name: str | None,
        encoding: str | None = None,
        delimiter: str | None = None,
        header_line: int = 1,
    ) -> None:
        super().__init__(path, name)
        scan = scan_text(path, self.name, encoding)
        self._encoding = scan.encoding
        sample = self._sample()
        self.above = header_line - 1
        told = sample[4:5] if sample[:4].casefold() == "sep=" and sample[5:6] in ("\r", "\n") else None
        if told:
            self.above += 1
        table = sample.split("\n", self.above)[-1] if self.above else sample
        self.delimiter = delimiter or told or detect_delimiter(table)
        self.quote = detect_quote(table, self.delimiter)
        self.escape = detect_escape(table, self.delimiter, self.quote)
        with _Records(self) as records:
            self.header = self.named(records.header())
        self.rows_about = max(scan.lines - 1 - self.above, 0)
        self.detected = {
            "format": "CSV",
            "encoding": scan.encoding,
            "delimiter": DELIMITERS.get(self.delimiter, self.delimiter),
            "quote": self.quote + (" with \\" if self.escape else ""),
            "line end": scan.line_end,
        }

    def _sample(self) -> str:
        with self.open_text() as file:
            sample = file.read(_SAMPLE)
        cut = max(sample.rfind("\n"), sample.rfind("\r"))
        return sample[: cut + 1] if len(sample) == _SAMPLE and cut >= 0 else sample

    def open_text(self) -> io.TextIOWrapper:
        """The file as text with its line ends untouched, as the csv module wants it."""
        return self.path.open(encoding=self._encoding, newline="")

    def chunks(self, size: int) -> Iterator[Rows]:
        with _Records(self) as records:
            records.header()
            while found := records.take(size):
                yield found


class _Records:
    """The records of a CSV file with the line each starts on, read in pieces of bounded length."""

    def __init__(self, source: CsvSource) -> None:
        self._source = source
        self._next_line = source.above + 1
        self._blocks = 0

    def __enter__(self) -> Self:
        source = self._source
        self._file = source.open_text()
        for _ in range(source.above):
            self._file.readline(LINE_LIMIT)
        self._reader = csv.reader(
            chain.from_iterable(self._lines()),
            delimiter=source.delimiter,
            quotechar=source.quote,
            escapechar=source.escape,
            doublequote=source.escape is None,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def header(self) -> list[str]:
        """The first record that is not blank."""
        while found := self.take(1):
            if any(found[1][0]):
                return found[1][0]
        return []

    def take(self, size: int) -> tuple[Sequence[int], list[list[str]]] | None:
        """The next records (blank ones too), at most ``size``; None at the end."""
        rows: list[list[str]] = []
        before = self._reader.line_num
        try:
            while len(rows) < size:
                self._blocks = 0
                count = len(rows)
                rows.extend(islice(self._reader, min(_PIECE_ROWS, size - count)))
                if len(rows) == count:
                    break
        except (csv.Error, _Endless):
            raise self._endless(self._next_line + sum(map(_height, rows))) from None
        except UnicodeDecodeError:
            raise _changed(self._source.name) from None
        start, read = self._next_line, self._reader.line_num - before
        self._next_line += read
        if not rows:
            return None
        if read == len(rows):
            return range(start, start + read), rows
        return list(accumulate(map(_height, rows[:-1]), initial=start)), rows

    def _lines(self) -> Iterator[list[str]]:
        while block := self._file.readlines(_BLOCK):
            self._blocks += 1
            if self._blocks > _MOST_BLOCKS:
                raise _Endless
            yield block

    def _endless(self, line: int) -> BadInput:
        return BadInput(
            gettext_noop("a row does not end: a quote opened in it is never closed"),
            f"{self._source.name}, line {line}",
            gettext_noop("close the quote, or double a quote that belongs to the text"),
        )


class _Endless(Exception):
    """A thousand records took more text than any table has."""


def _height(row: list[str]) -> int:
    """How many lines a record takes: one, and one more for each line end inside its texts."""
    return 1 + sum(cell.count("\n") + cell.count("\r") - cell.count("\r\n") for cell in row)


def _changed(name: str) -> BadInput:
    return BadInput(gettext_noop("the file changed while it was read"), name, gettext_noop("try again"))


class JsonLinesSource(Source):
    """JSON lines: one object per line. The header is every key of the first 1,000 objects; missing keys are empty."""

    def __init__(self, path: Path, name: str | None, encoding: str | None = None) -> None:
        super().__init__(path, name)
        scan = scan_text(path, self.name, encoding)
        self._encoding = scan.encoding
        keys: dict[str, None] = {}
        for index, (_, found) in enumerate(self._objects()):
            if not isinstance(found, Fault):
                keys.update(dict.fromkeys(found))
            if index >= _HEADER_ROWS:
                break
        if not any(keys):
            raise BadInput(
                gettext_noop("no line of the file is a JSON object with names"),
                self.name,
                gettext_noop('write one object per line, such as {"customer": "C1", "amount": "12.50"}'),
            )
        self._known = dict.fromkeys(keys).keys()
        self.header = self.named(list(keys))
        self.rows_about = scan.lines
        self.detected = {"format": "JSON lines", "encoding": scan.encoding}

    def chunks(self, size: int) -> Iterator[Rows]:
        objects = self._objects()
        while found := list(islice(objects, size)):
            yield [line for line, _ in found], [self._row(one) for _, one in found]

    def _row(self, found: dict[str, Any] | Fault) -> list[Cell] | Fault:
        if isinstance(found, Fault):
            return found
        if found.keys() <= self._known:
            return [_cell(found.get(key)) for key in self._known]
        return _late_key(min(found.keys() - self._known))

    def _objects(self) -> Iterator[tuple[int, dict[str, Any] | Fault]]:
        with self.path.open(encoding=self._encoding) as file:
            try:
                for number, line in enumerate(iter(lambda: file.readline(LINE_LIMIT + 1), ""), 1):
                    if not line.isspace():
                        yield number, _object(line)
            except UnicodeDecodeError:
                raise _changed(self.name) from None


def _object(line: str) -> dict[str, Any] | Fault:
    try:
        found = json.loads(line, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_once)
    except (ValueError, ArithmeticError, RecursionError) as error:
        return Fault(
            gettext_noop("the line is not a JSON object: %(error)s"),
            gettext_noop('write one object per line, such as {"customer": "C1", "amount": "12.50"}'),
            {"error": str(error)[:120]},
        )
    if not isinstance(found, dict):
        return Fault(
            gettext_noop("the line is JSON and not an object"),
            gettext_noop('write one object per line, such as {"customer": "C1", "amount": "12.50"}'),
        )
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _cell(value: Any) -> Cell:
    return json.dumps(value, default=str) if isinstance(value, (dict, list)) else value


def _late_key(key: str) -> Fault:
    return Fault(
        gettext_noop("the name %(key)s does not occur in the first %(rows)s rows"),
        gettext_noop("give it in the first row, with null where it is empty"),
        {"key": repr(key[:60]), "rows": _HEADER_ROWS},
    )
