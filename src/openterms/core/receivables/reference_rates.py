"""Reference rates by half-year, and what to do when one is missing: refuse (FACTBOOK 4.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop

FIXED = "fixed"
"""A reference of zero, always: what is above it is the whole rate."""


def half_year(day: date) -> str:
    """The half-year of a day, as ``2026H1``."""
    return f"{day.year}H{1 if day.month <= 6 else 2}"


def bounds(half: str) -> tuple[date, date]:
    """First and last day of a half-year written as ``2026H1``; ``BadInput`` where it is written otherwise."""
    year, mark, number = half[:4], half[4:5], half[5:]
    if not (year.isdecimal() and mark == "H" and number in ("1", "2") and 1900 <= int(year) <= 2999):
        raise BadInput(
            gettext_noop("%(given)s is no half-year"), "half-year", gettext_noop("write it as 2027H1"), {"given": half}
        )
    if number == "1":
        return date(int(year), 1, 1), date(int(year), 6, 30)
    return date(int(year), 7, 1), date(int(year), 12, 31)


def spans(first: date, last: date) -> Iterator[tuple[date, date]]:
    """The days ``first..last`` (both counted) cut at half-years."""
    while first <= last:
        end = min(bounds(half_year(first))[1], last)
        yield first, end
        first = end + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates by reference and half-year, in basis points a year."""

    known: Mapping[str, Mapping[str, int]] = field(hash=False)

    def rate_bp(self, reference: str, on: date) -> int:
        """The rate of a reference in the half-year of a day. ``BadInput`` where it is not known: nothing is guessed."""
        if reference == FIXED:
            return 0
        half = half_year(on)
        found = self.known.get(reference, {}).get(half)
        if found is None:
            raise BadInput(
                gettext_noop("the rate %(reference)s is not known for %(half)s"),
                "reference rates",
                gettext_noop("add it: `openterms late-charge-rate %(reference)s %(half)s PERCENT --seller CODE`"),
                {"reference": reference, "half": half},
            )
        return found

    def extended(self, more: Mapping[str, Mapping[str, int]]) -> Rates:
        """These rates with others, which win."""
        names = dict.fromkeys([*self.known, *more])
        return Rates({name: {**self.known.get(name, {}), **more.get(name, {})} for name in names})


def from_document(document: Mapping[str, object]) -> Rates:
    """The rates of a parsed document: reference -> ``source``, ``unsure``, ``rates`` (half-year -> basis points)."""
    known: dict[str, dict[str, int]] = {}
    for name, part in document.items():
        rates = part.get("rates") if isinstance(part, dict) else None
        if not isinstance(rates, dict) or not part.get("source"):  # type: ignore[attr-defined]
            raise BadInput(gettext_noop("this cannot be read"), name, gettext_noop("give a source and rates"))
        for half, rate in rates.items():
            bounds(half)
            if type(rate) is not int:
                raise BadInput(
                    gettext_noop("this cannot be read"), f"{name}, {half}", gettext_noop("write basis points")
                )
        known[name] = dict(rates)
    return Rates(known)
