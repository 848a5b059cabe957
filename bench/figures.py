"""What a bench found: figures beside their targets, as a table and as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One number. `most` or `least` is the target, where there is one; `note` says how it came about."""

    bench: str
    name: str
    value: float
    unit: str
    most: float | None = None
    least: float | None = None
    note: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.most is None and self.least is None:
            return None
        return (self.most is None or self.value <= self.most) and (self.least is None or self.value >= self.least)

    def line(self) -> str:
        """The figure as a row of the table."""
        target = "" if self.holds is None else f"<= {self.most:g}" if self.most is not None else f">= {self.least:g}"
        verdict = {None: "", True: "met", False: "MISSED"}[self.holds]
        place = f"{self.bench:8} {self.name:46} {_number(self.value):>12} {self.unit:6}"
        return f"{place} {target:>8} {verdict:7} {self.note}".rstrip()


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.3g}"


def load() -> str:
    """How busy the machine is, for a reader of absolute times."""
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


def write_json(file: Path, size: int, figures: Sequence[Figure]) -> None:
    """All figures with their targets and whether they hold."""
    rows = [asdict(figure) | {"holds": figure.holds} for figure in figures]
    file.write_text(json.dumps({"size": size, "machine": load(), "figures": rows}, indent=2) + "\n")
