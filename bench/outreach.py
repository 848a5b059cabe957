"""How long it takes to write and queue an e-mail to every one of ten thousand customers, and to set letters."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

from .figures import Figure

MESSAGES = 10_000
LETTERS = 1_000
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)


def measure(size: int) -> list[Figure]:
    """Seconds to queue and render, again as a rerun, and for letters as PDF/A in batches of fifty."""
    from openterms.apps.messaging.outgoing.actions import queue
    from openterms.apps.tenancy.actor import SYSTEM
    from openterms.apps.tenancy.context import acting
    from openterms.formats.paper.post import set_batch

    seller, customers = _customers()
    letters = [_letter(one, place) for place, one in enumerate(customers)]
    begun = time.perf_counter()
    with acting(seller.id):
        made = queue(seller, SYSTEM, letters, NOW)
    first = time.perf_counter() - begun
    if any(one.state != "queued" for one in made):
        raise AssertionError("a letter could not be rendered")
    begun = time.perf_counter()
    with acting(seller.id):
        queue(seller, SYSTEM, letters, NOW)
    again = time.perf_counter() - begun
    papers = [_paper(place) for place in range(LETTERS)]
    begun = time.perf_counter()
    for start in range(0, LETTERS, 50):
        set_batch(papers[start : start + 50], ("Acme", "1 Street"), (), date(2026, 6, 1))
    set_in = time.perf_counter() - begun
    return [
        Figure("outreach", f"{MESSAGES:,} e-mails planned and rendered", first, "s", most=60),
        Figure("outreach", f"{MESSAGES:,} e-mails, a rerun", again, "s"),
        Figure("outreach", f"{LETTERS:,} letters as PDF/A", set_in, "s", most=40),
    ]


def _customers() -> tuple[Any, list[Any]]:
    from openterms.apps.parties.models import Customer
    from openterms.apps.tenancy.actions import add_seller
    from openterms.apps.tenancy.context import acting

    seller = add_seller("OUTREACH", "Outreach", "USD", "US")
    with acting(seller.id):
        customers = Customer.objects.bulk_create(
            [Customer(seller=seller, number=f"C{place}", name=f"Customer {place}", search_name=f"customer {place}",
                      currency="USD", created_on=date(2026, 1, 1)) for place in range(MESSAGES)],
            batch_size=1_000,
        )  # fmt: skip
    return seller, customers


def _letter(customer: Any, place: int) -> Any:
    from openterms.apps.messaging.outgoing.letters import Letter
    from openterms.core.base.money import Money

    due = date(2026, 5, 1) + timedelta(place % 20)
    items = [{"number": f"I-{place}-{n}", "due_on": due, "amount": Money(100_000 + n, "USD")} for n in range(3)]
    return Letter(
        key=f"reminder:{place}", customer_id=customer.id, channel="email", address=f"ap{place}@customer.example",
        purpose="reminder", language="ar" if place % 4 == 0 else "en",
        variables={
            "person_name": "Sara Khan", "amount": Money(300_003, "USD"), "due_on": due, "days_overdue": 18,
            "invoices": items, "link": f"https://pay.example/p/{place}",
        },
    )  # fmt: skip


def _paper(place: int) -> Any:
    from openterms.formats.paper.post import Letter

    text = "We formally demand payment of 12,400.00 USD by 1 July 2026.\n\n" * 6
    return Letter(f"L{place}", (f"Customer {place}", "1 Street", "City"), "en", "Demand", tuple(text.split("\n\n")))
