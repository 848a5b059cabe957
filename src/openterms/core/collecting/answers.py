"""What the reader of a personal page may do alone, and when a person has to be asked."""

from __future__ import annotations

from datetime import date

from openterms.core.base.reasons import Reason, gettext_noop

MOST_AHEAD_DAYS = 30
"""The farthest day that a reader may promise without asking (a convention; a later day is a plan)."""

MOST_BROKEN = 2
"""After so many promises broken within `BROKEN_WITHIN_DAYS` a person takes the next one."""

BROKEN_WITHIN_DAYS = 180

TOO_FAR = Reason(
    "answer_too_far",
    gettext_noop("The day lies more than %(most)s days ahead."),
    gettext_noop("Please choose a day within the next %(most)s days, or ask for instalments."),
    gettext_noop("Choose a day through %(last)s."),
)
ASK_A_PERSON = Reason(
    "answer_ask_a_person",
    gettext_noop("%(broken)s promises were broken lately; a person takes the next one."),
    gettext_noop("Please talk to us before you promise another date."),
    gettext_noop("Call the customer."),
)


def promise_refusals(promised_for: date, today: date, broken: int) -> tuple[Reason, ...]:
    """Why a reader may not promise this day alone; empty where it may.

    ``broken`` counts promises broken or kept in part within ``BROKEN_WITHIN_DAYS``.
    """
    found = []
    if broken >= MOST_BROKEN:
        found.append(ASK_A_PERSON.given(broken=broken))
    if (promised_for - today).days > MOST_AHEAD_DAYS:
        last = date.fromordinal(today.toordinal() + MOST_AHEAD_DAYS)
        found.append(TOO_FAR.given(most=MOST_AHEAD_DAYS, last=last.isoformat()))
    return tuple(found)
