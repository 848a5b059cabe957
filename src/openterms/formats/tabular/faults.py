"""What is wrong with a row: small values that say what, in which field, and what would be right."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from openterms.core.base.reasons import fill

_LONGEST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a value cannot be taken. ``what`` and ``remedy`` are message ids whose places ``params`` fills."""

    what: str
    remedy: str
    params: Mapping[str, str | int] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowError:
    """One fault of one row (or one warning).

    ``row`` is the line or sheet row as a person counts it (the header is line 1); ``position`` counts the data rows
    from 0; ``field`` is the target field ("" when the row as a whole is meant); ``value`` what the file holds there.
    """

    row: int
    field: str
    what: str
    remedy: str
    value: str
    position: int
    params: Mapping[str, str | int] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, fault: Fault, row: int, position: int, name: str, value: str) -> RowError:
        """A fault put in its place. Long values are cut; what cannot be printed is shown escaped."""
        shown = value if value.isprintable() else ascii(value)[1:-1]
        if len(shown) > _LONGEST_SHOWN:
            shown = shown[: _LONGEST_SHOWN - 1] + "…"
        return cls(row, name, fault.what, fault.remedy, shown, position, fault.params)

    def what_text(self) -> str:
        """What was wrong, in English."""
        return fill(self.what, self.params)

    def remedy_text(self) -> str:
        """What would be right, in English."""
        return fill(self.remedy, self.params)

    def __str__(self) -> str:
        place = f"row {self.row}, {self.field}" if self.field else f"row {self.row}"
        return f"{place}: {self.what_text()} ({self.remedy_text()})"
