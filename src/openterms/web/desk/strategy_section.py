"""What a customer's page shows of its strategy: what lies ahead unless it pays, and the six checks."""

from __future__ import annotations

from datetime import date
from typing import Any

from openterms.apps.collecting.checklist.reads import against_escalating, latest
from openterms.apps.collecting.experiment.reads import strategy_of
from openterms.apps.collecting.outreach.ahead import elsewhere, timeline
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy import clock

from .strategy_words import channel_word, doer_word

MOST_SHOWN = 8


def section(customer: Customer, on: date) -> dict[str, Any]:
    """The steps ahead, the last answers to the six checks, and whether they are asked again."""
    now = clock.now()
    found = timeline(customer, on, now, strategy_of(customer, on, now))
    return {
        "ahead": [
            {"one": one, "by": doer_word(one.by), "how": " · ".join(channel_word(name) for name in one.channels),
             "count": len(one.items), "items": one.items[:3]}
            for one in found[:MOST_SHOWN]
        ],
        "elsewhere": elsewhere(customer),
        "checks": latest(customer.seller, customer.id, on),
        "stale": against_escalating(customer.seller, customer.id, on) is not None,
        "near_law": any(one.is_legal for one in found[:MOST_SHOWN]),
    }  # fmt: skip
