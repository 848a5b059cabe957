"""Law and custom of a country as dated data: rows in sections, each with its source.

A pack is a document (YAML beside this file; the caller parses it) with the country's zone, weekend and sections. A
section is a list of rows; a row holds from ``from`` to ``until`` (a day, the last one; none: still), for ``business``,
``consumer`` or ``everybody``, and says where that is from (``source``) and whether somebody should check it
(``unsure``). What the other keys of a row mean is the reader's: ``core.messaging.contact_rules`` for contacts,
``core.receivables.late_charge_law`` for charges.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop

FIRST_DAY = date(1900, 1, 1)
WHO = ("business", "consumer", "everybody")
SECTIONS = (
    "hours", "caps", "between", "after_talk", "consent", "notice", "letter", "interest", "lump_sum", "most_rate",
    "least_days", "limitation",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One dated row of a section. ``values`` are its own keys; ``source`` where it is from."""

    values: Mapping[str, object]
    starts_on: date
    ends_on: date | None
    who: str
    source: str
    is_unsure: bool
    where: str = field(compare=False, repr=False)

    def holds(self, on: date, is_consumer: bool) -> bool:
        """Whether it is in force on a day for somebody."""
        dated = self.starts_on <= on and (self.ends_on is None or on <= self.ends_on)
        return dated and self.who in ("everybody", "consumer" if is_consumer else "business")

    def whole(self, key: str) -> int:
        """A whole number of the row; ``BadInput`` where it is none."""
        value = self.values.get(key)
        if type(value) is not int:
            raise self._wrong(key, gettext_noop("write a whole number"))
        return value

    def text(self, key: str, default: str = "") -> str:
        """A text of the row."""
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise self._wrong(key, gettext_noop("write a text"))
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts of the row; empty where it is absent."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self._wrong(key, gettext_noop("write a list of texts"))
        return tuple(value)

    def _wrong(self, key: str, remedy: str) -> BadInput:
        return BadInput(gettext_noop("this cannot be read"), f"{self.where}, {key}", remedy)


@dataclass(frozen=True, slots=True)
class Pack:
    """A country's rows by section. ``weekend`` are ISO weekdays of rest; ``zone`` the zone where none is known."""

    country: str
    zone: str
    weekend: frozenset[int]
    sections: Mapping[str, tuple[Row, ...]] = field(repr=False)

    def rows(self, section: str, on: date, is_consumer: bool = False) -> tuple[Row, ...]:
        """The rows of a section in force on a day, those for consumers (or businesses) before those for everybody."""
        found = [row for row in self.sections.get(section, ()) if row.holds(on, is_consumer)]
        return tuple(sorted(found, key=lambda row: row.who == "everybody"))

    def row(self, section: str, on: date, is_consumer: bool = False) -> Row | None:
        """The first of ``rows``; None where nothing is in force."""
        return next(iter(self.rows(section, on, is_consumer)), None)


def from_document(document: Mapping[str, object], where: str = "pack") -> Pack:
    """Check a parsed pack. ``BadInput`` names the place: unknown sections, rows without a source or with bad dates."""
    country, zone, weekend = document.get("country"), document.get("zone"), document.get("weekend", [6, 7])
    if not isinstance(country, str) or not isinstance(zone, str) or not isinstance(weekend, list):
        raise BadInput(gettext_noop("this cannot be read"), where, gettext_noop("give country, zone and weekend"))
    sections: dict[str, tuple[Row, ...]] = {}
    for name, rows in document.items():
        if name in ("country", "zone", "weekend"):
            continue
        if name not in SECTIONS or not isinstance(rows, list):
            raise BadInput(
                gettext_noop("%(key)s is not a key here"), where, gettext_noop("known keys: %(known)s"),
                {"key": name, "known": ", ".join(SECTIONS)},
            )  # fmt: skip
        sections[name] = tuple(_row(row, f"{where} {country}, {name}, {place}") for place, row in enumerate(rows, 1))
    return Pack(country, zone, frozenset(weekend), sections)


def _row(given: object, where: str) -> Row:
    if not isinstance(given, dict):
        raise BadInput(gettext_noop("this cannot be read"), where, gettext_noop("write a list of mappings"))
    values = dict(given)
    starts, ends = values.pop("from", FIRST_DAY), values.pop("until", None)
    who, source, unsure = values.pop("who", "everybody"), values.pop("source", ""), values.pop("unsure", False)
    if not isinstance(starts, date) or not (ends is None or isinstance(ends, date)) or (ends and ends < starts):
        raise BadInput(gettext_noop("these are no days in order"), where, gettext_noop("write from and until as days"))
    if who not in WHO or not isinstance(source, str) or not source.strip() or not isinstance(unsure, bool):
        raise BadInput(
            gettext_noop("this cannot be read"), where,
            gettext_noop("give a source, who (%(who)s) and whether it is unsure"), {"who": ", ".join(WHO)},
        )  # fmt: skip
    return Row(values, starts, ends, who, source.strip(), unsure, where)
