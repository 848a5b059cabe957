"""When a customer is billed: with each order, or what gathered up to a cut-off on one invoice.

`order`; `weekly mon`; `semi-monthly` (the 1st and the 16th); `monthly 1` … `monthly 28`. The day of the cycle is the
invoice's own date; it bills what was supplied on the days before it. A monthly invoice is dated on the first of a month
rather than on its last day, so that it is due, and paid, in the customer's next run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop

ORDER, WEEKLY, SEMI_MONTHLY, MONTHLY = "order", "weekly", "semi-monthly", "monthly"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SEMI_MONTHLY_DAYS = (1, 16)
LAST_DAY = 28


@dataclass(frozen=True, slots=True)
class Cycle:
    """A billing cycle; `day` is the weekday from Monday = 0, or the day of the month."""

    kind: str
    day: int = 0

    def __str__(self) -> str:
        if self.kind == WEEKLY:
            return f"{WEEKLY} {WEEKDAYS[self.day]}"
        return f"{MONTHLY} {self.day}" if self.kind == MONTHLY else self.kind

    def cut_on_or_before(self, on: date) -> date | None:
        """The latest day of the cycle up to a day; None where each order is billed by itself."""
        if self.kind == ORDER:
            return None
        return next(day for back in range(32) if self.is_cut(day := on - timedelta(days=back)))

    def is_cut(self, on: date) -> bool:
        """Whether a day is one on which invoices are dated."""
        if self.kind == WEEKLY:
            return on.weekday() == self.day
        return on.day in (SEMI_MONTHLY_DAYS if self.kind == SEMI_MONTHLY else (self.day,)) and self.kind != ORDER


def parse_cycle(text: str) -> Cycle:
    """The cycle of a notation. Errors: BadInput for anything else."""
    words = text.strip().lower().split()
    kind, rest = (words[0], words[1:]) if words else ("", [])
    if kind in (ORDER, SEMI_MONTHLY) and not rest:
        return Cycle(kind)
    if kind == WEEKLY and len(rest) == 1 and rest[0] in WEEKDAYS:
        return Cycle(kind, WEEKDAYS.index(rest[0]))
    if kind == MONTHLY and len(rest) <= 1:
        day = rest[0] if rest else "1"
        if day.isascii() and day.isdigit() and 1 <= int(day) <= LAST_DAY:
            return Cycle(kind, int(day))
    raise BadInput(
        gettext_noop("This is no billing cycle"), "cycle",
        gettext_noop("Give order, weekly mon, semi-monthly, or monthly 1 (up to 28)"),
    )  # fmt: skip
