"""The last day on which a claim on an unpaid item can still be brought (FACTBOOK 5.7)."""

from __future__ import annotations

from datetime import date

from openterms.core.base.calendar import add_months
from openterms.core.base.jurisdictions import Pack


def limitation_on(pack: Pack | None, due_on: date, is_consumer: bool = False) -> date | None:
    """The last day of the limitation period of an item; None where the country's period is not known.

    A pack's row says ``years``, counted from the due date, or from the end of its year where ``from_year_end`` is set
    (Germany: due on 15 March 2023, the last day is 31 December 2026, TV-63). What interrupts a period is not looked at.
    """
    row = pack.row("limitation", due_on, is_consumer) if pack else None
    if row is None:
        return None
    start = date(due_on.year, 12, 31) if row.values.get("from_year_end") is True else due_on
    return add_months(start, 12 * row.whole("years"))
