"""A report as a value: columns, rows, totals and notes, shared by the page, CSV, XLSX and JSON.

Money stays in minor units inside (`rows[...]["current"] == 1_240_000`) and becomes decimal text on its way out.
Titles, labels and notes are message ids: the doors translate them and fill their places.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

from openterms.apps.tenancy.clock import MOST_TRANSACTION_SECONDS
from openterms.core.base.money import to_decimal
from openterms.core.base.reasons import fill, gettext_noop

Kind = Literal["text", "code", "money", "number", "days", "percent", "date", "status"]

FOUR_PLACES = Decimal("0.0001")
"""The digits of days, shares and per cents."""


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence under a report: a message id whose `%(name)s` places are filled by `params`.

    Money among the params stands as `..._minor` beside `currency`, dates as dates.
    """

    text: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return fill(self.text, {name: _plain(value) for name, value in self.params.items()})


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `name` is its name in files; `label` what people read.

    Money is minor units of the row's `currency` (or of the column's own). `is_wide` columns stand on pages and in the
    files that pages offer, not in the short form of the command line. `places` are the digits of a share or of days.
    """

    name: str
    label: str
    kind: Kind = "text"
    is_wide: bool = False
    places: int = 1
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A report. A row is a mapping with at least its columns' names; `totals` are such rows, one for each currency.

    `as_of` and `known_at` say what it is about; `source` whether it came from the day's `snapshot` or the `book`;
    `count` is the number of all rows where `rows` are only the first of them.
    """

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    as_of: date
    known_at: datetime | None = None
    totals: Sequence[Mapping[str, Any]] = ()
    notes: Sequence[Note] = ()
    source: str = "book"
    count: int | None = None
    document: Mapping[str, Any] | None = None
    """What JSON says instead of the rows, for a report that is not a list."""

    def shown(self, wide: bool = False) -> list[Column]:
        """The columns of the short form, or all."""
        return [column for column in self.columns if wide or not column.is_wide]

    def lines(self, wide: bool = False) -> Iterator[list[Any]]:
        """The rows as exact values in the order of the columns: decimals, whole numbers, dates, text, or None."""
        columns = self.shown(wide)
        for row in self.rows:
            yield [exact(column, row) for column in columns]

    def records(self, wide: bool = False) -> list[dict[str, Any]]:
        """The rows as mappings for JSON: amounts and dates as text, other measures as numbers."""
        columns = self.shown(wide)
        return [
            {column.name: written(value, column.kind) for column, value in zip(columns, line, strict=True)}
            for line in self.lines(wide)
        ]


NOT_FINAL = Note(
    gettext_noop("What is being recorded now may still count as known at that time; an hour after it, this is final.")
)


def with_finality(report: Report, now: datetime) -> Report:
    """The report, with a note where what was known at its instant is not final yet.

    What a transaction records counts as known from its beginning, and no transaction is longer than an hour.
    """
    if report.known_at is None or report.known_at < now - timedelta(seconds=MOST_TRANSACTION_SECONDS):
        return report
    return replace(report, notes=[*report.notes, NOT_FINAL])


def exact(column: Column, row: Mapping[str, Any]) -> Any:
    """One value: money as an exact decimal, other measures as they are."""
    value = row.get(column.name)
    if value is None:
        return None
    if column.kind == "money":
        return to_decimal(value, column.currency or row["currency"])
    if isinstance(value, float):
        return Decimal(str(value)).quantize(FOUR_PLACES, ROUND_HALF_UP)
    return value


def written(value: Any, kind: str = "") -> Any:
    """A value for JSON: money and dates as text, so that nothing is rounded on the way; days and shares as numbers."""
    if isinstance(value, Decimal):
        return format(value, "f") if kind in ("money", "") else float(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int) else written(value)
