"""A day's run from book to outbox: steps, contacts, guard, rendering, and every message with its steps kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from .figures import Figure
from .filling import END, OPEN, fill
from .place import owner
from .timing import peak_mib, seconds

CUSTOMERS = 10_000
CONTACTS = """
INSERT INTO parties_contact (id, seller_id, customer_id, name, role, email, phone, channel, locale, do_not_contact,
    is_active)
SELECT openterms_id(), seller_id, id, 'Ada ' || number, 'accounts_payable', 'ap@' || lower(number) || '.example', '',
    'email', '', false, true
FROM parties_customer WHERE seller_id = %(seller)s
"""


def measure(size: int) -> list[Figure]:
    """Figures of one run over 10,000 customers with ten open invoices each; `size` does not change it."""
    from openterms.apps.analytics.outreach.actions import planned
    from openterms.apps.collecting.outreach.actions import send
    from openterms.apps.messaging.models import MessageChannel
    from openterms.apps.messaging.outgoing import links
    from openterms.apps.tenancy.actor import SYSTEM
    from openterms.apps.tenancy.context import acting

    seller = fill("SENDING", CUSTOMERS * 10, OPEN)
    with owner() as connection:
        connection.execute(CONTACTS, {"seller": seller.id})
    now = datetime(END.year, END.month, END.day, 15, tzinfo=UTC)
    links.register(lambda _seller, asked, _now: {one.message_id: "https://p.example/p" for one in asked})
    with acting(seller.id):
        MessageChannel.objects.create(
            seller=seller, kind="email", adapter="smtp", address="smtp://localhost:25", sender="ar@s.example",
            is_live=True,
        )  # fmt: skip
    found: dict[str, Any] = {}

    def plan() -> None:
        with acting(seller.id):
            found["plan"] = planned(seller, END, now)

    def post() -> None:
        with acting(seller.id):
            found["run"] = send(seller, SYSTEM, found["plan"], now)

    first, second = seconds(plan), seconds(post)
    figures = found["run"].figures
    note = f"{figures['messages']:,} messages with {figures['items']:,} items, {figures['declined']:,} declined"
    return [
        Figure("sending", "plan and render 10,000 e-mails", first + second, "s", most=60, note=note),
        Figure("sending", "planning alone, guard included", first, "s"),
        Figure("sending", "rendering and keeping", second, "s"),
        Figure("sending", "peak memory", peak_mib(), "MiB", most=2048),
    ]  # fmt: skip
