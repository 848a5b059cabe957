"""Who may decide how much (FACTBOOK 8.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Band:
    """Up to ``most_minor`` (None: any amount) one of ``roles`` decides, and one of ``second`` agrees."""

    most_minor: int | None
    roles: tuple[str, ...]
    second: tuple[str, ...]


def needed(bands: Sequence[Band], exposure_minor: int, flags: Sequence[str]) -> Band:
    """The band of an exposure after the change; one higher where there is any flag (TV-96)."""
    place = next(
        (n for n, band in enumerate(bands) if band.most_minor is None or exposure_minor <= band.most_minor),
        len(bands) - 1,
    )
    return bands[min(place + bool(flags), len(bands) - 1)]
