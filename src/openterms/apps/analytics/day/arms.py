"""The strategies of a day as the columns ask for them: the one in force, and the challenger of some customers."""

from __future__ import annotations

from openterms.apps.collecting.outreach.planning import Arms
from openterms.portfolio.runs.outreach import Challenge


def challenge_of(chosen: Arms) -> Challenge | None:
    """The challenger and its customers; None where no experiment runs."""
    if chosen.challenger is None:
        return None
    return Challenge(chosen.challenger, sorted(str(one) for one in chosen.challenged))
