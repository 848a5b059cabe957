"""A table in a file, read in batches of columns: what every reader offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.formats.tabular.cells import Cell, as_text
from openterms.formats.tabular.faults import Fault

BATCH_ROWS = 20_000
MOST_COLUMNS = 1_000

# Some rows as a reader yields them: the lines they start on, and for each its cells or why it has none.
Rows = tuple[Sequence[int], Sequence[Sequence[Cell] | Fault]]


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a source, column by column.

    ``columns`` maps every header name to its cells; ``lines`` and ``positions`` (line or sheet row as a person counts
    it; data row from 0) run along them. ``ragged`` are the rows that have no cells: (line, position, fault).
    """

    columns: Mapping[str, Sequence[Cell]]
    lines: Sequence[int]
    positions: Sequence[int]
    ragged: Sequence[tuple[int, int, Fault]] = ()

    def __len__(self) -> int:
        return len(self.lines)


class Source(ABC):
    """A table in a file.

    ``header`` holds its column names, ``detected`` what was found out about the file (for people), ``typed`` whether
    cells may be other than text, ``rows_about`` how many data rows to expect (None when unknown; for progress only),
    ``stem`` the file's name without its ending. It can be read any number of times.
    """

    typed = True

    def __init__(self, path: Path, name: str | None) -> None:
        self.path = path
        self.name = name or path.name
        self.header: tuple[str, ...] = ()
        self.detected: dict[str, str] = {}
        self.rows_about: int | None = None

    @property
    def stem(self) -> str:
        """The file's name without its ending; the key of its rows where a map names none."""
        return Path(self.name).stem or self.name

    @abstractmethod
    def chunks(self, size: int) -> Iterator[Rows]:
        """The data rows after the header, at most ``size`` at a time, as they stand. Errors: ``BadInput``."""

    def batches(self, size: int = BATCH_ROWS) -> Iterator[Batch]:
        """The data rows, at most ``size`` at a time. Rows whose cells are all empty are no rows and take no position.

        A row with more or fewer cells than the header comes under ``ragged``; superfluous empty cells at its end are
        let pass. Errors: ``BadInput`` when the file cannot be read further, or holds no data row at all.
        """
        width = len(self.header)
        position = 0
        for lines, rows in self.chunks(size):
            if _is_even(rows, width):
                batch = Batch(_columns(self.header, rows), lines, range(position, position + len(rows)))
            else:
                batch = self._sorted_out(lines, rows, position)
            count = len(batch) + len(batch.ragged)
            position += count
            if count:
                yield batch
        if not position:
            raise BadInput(
                gettext_noop("the file has a header and no rows"), self.name, gettext_noop("give a file with data rows")
            )

    def _sorted_out(self, lines: Sequence[int], rows: Sequence[Sequence[Cell] | Fault], position: int) -> Batch:
        """A batch of rows that may be blank, too long, too short, or faults."""
        width = len(self.header)
        kept: list[Sequence[Cell]] = []
        at: list[int] = []
        positions: list[int] = []
        ragged: list[tuple[int, int, Fault]] = []
        for line, row in zip(lines, rows, strict=True):
            if not isinstance(row, Fault):
                if not any(row) and all(cell is None or cell == "" for cell in row):
                    continue
                if len(row) > width and not any(row[width:]):
                    row = row[:width]
                if len(row) == width:
                    kept.append(row)
                    at.append(line)
                    positions.append(position)
                else:
                    ragged.append((line, position, _ragged(len(row), width)))
            else:
                ragged.append((line, position, row))
            position += 1
        return Batch(_columns(self.header, kept), at, positions, ragged)

    def named(self, cells: Sequence[Cell]) -> tuple[str, ...]:
        """Header cells as column names: trimmed, blanks at the end dropped, blanks between called "column 3".

        ``BadInput`` for names that occur twice and for more than 1,000 columns.
        """
        names = [" ".join(as_text(cell).replace("\ufeff", "").split()) for cell in cells]
        while names and not names[-1]:
            names.pop()
        names = [name or f"column {index}" for index, name in enumerate(names, 1)]
        twice = sorted({name for name in names if names.count(name) > 1}) if len(names) <= MOST_COLUMNS else []
        if twice:
            raise BadInput(
                gettext_noop("the header names a column twice: %(names)s"),
                self.name,
                gettext_noop("give every column a name of its own"),
                {"names": ", ".join(twice)},
            )
        if not names or len(names) > MOST_COLUMNS:
            raise BadInput(
                gettext_noop("the header has %(count)s columns"),
                self.name,
                gettext_noop("give a table of 1 to %(most)s columns whose first row names them"),
                {"count": len(names), "most": MOST_COLUMNS},
            )
        return tuple(names)


def _is_even(rows: Sequence[Any], width: int) -> bool:
    """Whether every row has cells, as many as the header, and one that is not empty (or zero)."""
    try:
        return set(map(len, rows)) == {width} and all(map(any, rows))
    except TypeError:  # a fault has no length
        return False


def _columns(header: Sequence[str], rows: Sequence[Any]) -> dict[str, Sequence[Cell]]:
    columns = zip(*rows, strict=True) if rows else iter([()] * len(header))
    return dict(zip(header, columns, strict=True))


def _ragged(count: int, width: int) -> Fault:
    return Fault(
        gettext_noop("the row has %(count)s values where the header has %(width)s"),
        gettext_noop("give it as many values as the header; put quotes around text that contains the separator"),
        {"count": count, "width": width},
    )
