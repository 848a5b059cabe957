"""Public holidays of a country, from the library that keeps them."""

from __future__ import annotations

from datetime import date
from functools import cache

import holidays


@cache
def _of_year(country: str, year: int) -> frozenset[date] | None:
    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return None


def is_holiday(country: str, day: date) -> bool | None:
    """Whether a day is a public holiday in a whole country (ISO 3166 alpha-2); None where the country is not known."""
    found = _of_year(country, day.year) if country else None
    return None if found is None else day in found
