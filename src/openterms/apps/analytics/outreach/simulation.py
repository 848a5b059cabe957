"""Try a changed strategy on the seller's own past."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from openterms.apps.analytics.report.books import open_book
from openterms.apps.collecting.strategy.actions import in_force, read_text
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.portfolio.runs.strategies import simulate

MOST_DAYS = 800


def simulated(
    seller: Seller, text: str, first: date, last: date, now: datetime, progress: Callable[[str], None] = lambda _: None
) -> dict[str, Any]:
    """A strategy's text against the one in force on the last day, from one day through another; see `simulate`.

    Errors: a text that is no strategy, days in the wrong order or too many.
    """
    if not first <= last or (last - first).days > MOST_DAYS:
        raise BadInput(
            gettext_noop("These days do not make a period"), "from, to",
            gettext_noop("Give a first and a last day, at most %(most)s days apart"), {"most": MOST_DAYS},
        )  # fmt: skip
    changed = read_text(text)
    version, present = in_force(seller, last, now)
    with open_book(seller) as book:
        found = simulate(book, first, last, present, changed, progress)
    return {"seller": seller.code, "present_version": version.version, "changed_code": changed.code, **found}
