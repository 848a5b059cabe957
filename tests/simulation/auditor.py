"""A naive auditor: keeps its own log of what happened and recounts everything from it, one loop at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

CREDITS = ("credit_note", "receipt")


@dataclass
class Counted:
    """An item as the auditor sees it; `settled` are (day, amount) pairs, a reversal negative."""

    id: Any
    kind: str
    customer: str
    currency: str
    amount: int
    issued_on: date
    settled: list[tuple[date, int]] = field(default_factory=list)
    disputes: dict[Any, int] = field(default_factory=dict)
    promised: int = 0
    given_up: int = 0

    @property
    def open(self) -> int:
        return self.amount - sum(minor for _, minor in self.settled)

    def open_on(self, day: date) -> int:
        if day < self.issued_on:
            return 0
        return self.amount - sum(minor for on, minor in self.settled if on <= day)

    def bears(self, on: date, minor: int) -> bool:
        """Whether `minor` more can be settled from a day on without overdrawing any day."""
        days = {on, *(day for day, _ in self.settled if day > on)}
        return on >= self.issued_on and minor > 0 and all(self.open_on(day) >= minor for day in days)

    @property
    def slices(self) -> tuple[int, int]:
        contested = min(sum(self.disputes.values()), self.open)
        return contested, min(self.promised, self.open - contested)

    @property
    def sign(self) -> int:
        return -1 if self.kind in CREDITS else 1


class Auditor:
    """All items, and the allocations that may be taken back."""

    def __init__(self) -> None:
        self.items: dict[Any, Counted] = {}
        self.allocations: dict[Any, list[tuple[Counted, date, int, int]]] = {}

    def opened(self, item: Any, customer: str) -> None:
        self.items[item.id] = Counted(
            item.id, item.kind, customer, item.currency, item.amount_minor, item.issued_on
        )

    def settled(self, allocation: Any, on: date, *parts: tuple[Counted, int, int]) -> None:
        """Parts are (item, amount, of it given up as a small difference)."""
        self.allocations[allocation] = [(item, on, minor, small) for item, minor, small in parts]
        for item, minor, small in parts:
            item.settled.append((on, minor))
            item.given_up += small

    def reversed(self, allocation: Any, on: date) -> None:
        for item, _, minor, small in self.allocations.pop(allocation):
            item.settled.append((on, -minor))
            item.given_up -= small

    def balances(self, day: date) -> dict[str, tuple[int, int]]:
        """By currency: receivables net of credit notes, and unapplied cash (negative), as of a day."""
        found: dict[str, list[int]] = {}
        for item in self.items.values():
            pair = found.setdefault(item.currency, [0, 0])
            pair[item.kind == "receipt"] += item.sign * item.open_on(day)
        return {currency: (pair[0], pair[1]) for currency, pair in found.items() if any(pair)}

    def open_on(self, day: date) -> dict[Any, int]:
        """What is open of each item as of a day."""
        found = {item.id: item.open_on(day) for item in self.items.values()}
        return {key: minor for key, minor in found.items() if minor}
