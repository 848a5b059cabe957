"""Letters for tests."""

from __future__ import annotations

from datetime import date
from typing import Any

from openterms.apps.messaging.outgoing.letters import Letter
from openterms.core.base.money import Money

FACTS = {
    "person_name": "Sara Khan",
    "amount": Money(1_240_000, "USD"),
    "due_on": date(2026, 3, 5),
    "days_overdue": 18,
    "invoices": [{"number": "I1", "due_on": date(2026, 3, 5), "amount": Money(1_240_000, "USD")}],
    "link": "https://pay.example/p/abc",
    "reply_by": date(2026, 4, 1),
}


def letter(desk: Any, key: str, **more: Any) -> Letter:
    """A reminder to the customer C1."""
    given = {
        "customer_id": desk.customer().id, "channel": "email", "address": "ap@customer.example", "purpose": "reminder",
        "variables": FACTS,
    }  # fmt: skip
    return Letter(key=key, **(given | more))
