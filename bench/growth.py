"""Whether an item costs more when there are many of them."""

from __future__ import annotations

from collections.abc import Mapping

from . import ageing, day, importing
from .figures import Figure

SMALL = 10_000
BENCHES = (("ageing", ageing.measure, 1.3), ("day", day.measure, 1.3), ("import", importing.measure, 1.5))


def measure(size: int, known: Mapping[str, float]) -> list[Figure]:
    """Seconds an item at `size` to seconds an item at fewer. `known`: what this run has taken at `size` already.

    What a start costs hides growth from few items, so the same is told from a tenth of the size on, and an import is
    told without the seconds of one row.
    """
    figures = []
    for name, run, most in BENCHES:
        large = _seconds(run(size), known, name) if name not in known else known[name]
        for fewer in sorted({SMALL, size // 10}):
            small = _seconds(run(fewer), {}, name)
            ratio = (large / size) / (small / fewer)
            figures.append(
                Figure("growth", f"{name}, an item from {fewer:,} to {size:,}", ratio, "x", most=most,
                       note=f"{1e6 * small / fewer:.1f} to {1e6 * large / size:.1f} microseconds")
            )  # fmt: skip
    return figures


def _seconds(figures: list[Figure], known: Mapping[str, float], name: str) -> float:
    found = {figure.name: figure.value for figure in figures if figure.bench == name}
    return found["seconds"] - found.get("seconds of one row", 0)
