"""Collecting at the seller whose pages are looked at: what its people did, and the addresses of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, resolve

BUYERS = 26
LATE = (20, 95)
"""Days since the invoices of every buyer were due."""
NOT_SWEPT: dict[str, str] = {}


def fill_collecting(world: Any) -> None:
    """Buyers with late invoices, and everything of collecting that their account can show."""
    from openterms.apps.parties.actions import add_contact, add_customer
    from openterms.apps.receivables.open_item.actions import Document, post_invoice
    from openterms.apps.tenancy import clock
    from openterms.apps.tenancy.actor import SYSTEM, Actor
    from openterms.apps.tenancy.context import acting
    from openterms.cli.demo_collecting import show_claims, show_matters

    seller, now, today = world.seller, clock.now(), clock.today(world.seller.timezone)
    manager = Actor(world.manager.name, world.manager.id, "credit_manager", 10**12)
    roles = ("credit_manager", "collector", "cash_clerk")
    people = dict.fromkeys(roles, manager)
    with acting(seller.id):
        for at in range(BUYERS):
            since = today - timedelta(days=140)
            buyer = add_customer(seller, SYSTEM, f"B-{at:02}", f"Buyer {at}", "US", now, created_on=since)
            add_contact(buyer, SYSTEM, now, name=f"Ann {at}", email=f"ann{at}@buyer.example")
            for late in LATE:
                document = Document(f"B-{at:02}-{late}", today - timedelta(days=late + 30), 40_000 + at, "USD")
                post_invoice(seller, SYSTEM, buyer, document, now, due_on=today - timedelta(days=late))
        show_claims(seller, people, today, now)
        show_matters(seller, people, today, now)


def addresses_of_collecting(world: Any) -> list[str]:
    """The pages of what was done: cases in each state, plans, reported payments, matters, agencies, replies, papers."""
    from openterms.apps.collecting.escalation.models import Agency, Matter
    from openterms.apps.collecting.models import Plan, ReplyProposal, ReportedPayment
    from openterms.apps.messaging.incoming.models import IncomingMail
    from openterms.apps.receivables.dispute.models import DisputeCase
    from openterms.apps.tenancy.context import acting
    from openterms.web.desk.matter_forms import OPENERS

    first = world.made.customers["C-1"].id
    found = [
        "/settings/channels/email/", "/settings/templates/reminder/en/friendly/",
        f"/customers/{first}/six-checks/", f"/customers/{first}/page-links/new/",
        *(f"/customers/{first}/escalate/{kind}/" for kind in OPENERS),
    ]  # fmt: skip
    with acting(world.seller.id):
        def of(model: Any) -> list[Any]:
            return list(model.objects.filter(seller=world.seller).order_by("id"))

        found += [f"/disputes/cases/{one.id}/" for one in of(DisputeCase)]
        found += [f"/plans/{one.id}/" for one in of(Plan)]
        found += [f"/reported-payments/{one.id}/" for one in of(ReportedPayment)]
        found += [f"/matters/{one.id}/" for one in of(Matter)]
        found += [f"/agencies/{one.id}/" for one in of(Agency)]
        for one in of(IncomingMail):
            found += [f"/replies/{one.id}/", f"/replies/{one.id}/who/"]
        found += [f"/replies/proposals/{one.id}/edit/" for one in of(ReplyProposal)[:6]]
    return found


def named_patterns() -> Iterator[str]:
    """The names of all addresses of the desk and of the pages without a password."""

    def walk(patterns: Any, space: str = "") -> Iterator[str]:
        for one in patterns:
            if isinstance(one, URLResolver):
                yield from walk(one.url_patterns, one.namespace or space)
            elif isinstance(one, URLPattern) and space in ("desk", "pages") and one.name:
                yield f"{space}:{one.name}"

    yield from dict.fromkeys(walk(get_resolver().url_patterns))


def names_of(addresses: list[str]) -> set[str]:
    """The names that addresses are found under."""
    return {resolve(one.split("?")[0]).view_name for one in addresses}
