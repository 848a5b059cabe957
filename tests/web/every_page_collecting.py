"""Collecting at the seller whose pages are looked at: what its people did, and the addresses of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

BUYERS = 26
LATE = (20, 95)
"""Days since the invoices of every buyer were due."""
SENT = 3
"""So many messages of the day went out; the others can still be looked at before they go."""


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
    people = dict.fromkeys(("credit_manager", "collector", "cash_clerk"), manager)
    with acting(seller.id):
        since = today - timedelta(days=140)
        for at in range(BUYERS):
            buyer = add_customer(seller, SYSTEM, f"B-{at:02}", f"Buyer {at}", "US", now, created_on=since)
            add_contact(buyer, SYSTEM, now, name=f"Ann {at}", email=f"ann{at}@buyer.example")
            for late in LATE:
                document = Document(f"B-{at:02}-{late}", today - timedelta(days=late + 30), 40_000 + at, "USD")
                post_invoice(seller, SYSTEM, buyer, document, now, due_on=today - timedelta(days=late))
        show_claims(seller, people, today, now)
        show_matters(seller, people, today, now)
    _strategies(world, today, now)
    with acting(seller.id):
        _pages_and_charges(world, today, now)
    with acting(seller.id):
        _messages(world, manager, today, now)


def _strategies(world: Any, today: Any, now: Any) -> None:
    """A strategy in force, a draft that waits for a second person, an experiment that is not started."""
    from openterms.apps.collecting.experiment.actions import draft_experiment
    from openterms.apps.collecting.strategy.actions import draft_strategy, publish, standard_document, submit_strategy
    from openterms.apps.tenancy.actions import add_membership, add_user
    from openterms.apps.tenancy.actor import SYSTEM, Actor
    from openterms.apps.tenancy.context import acting

    seller, text = world.seller, standard_document()
    with acting(seller.id):
        analyst = add_user(f"analyst@{seller.code.lower()}.example", None, "Cara Weiss")
        add_membership(seller, analyst, "analyst")
        writer = Actor(analyst.name, analyst.id, "analyst")
        publish(seller, SYSTEM, text, today, now)
        world.draft = draft_strategy(seller, writer, text, now, "Softer words")
        submitted = draft_strategy(seller, writer, text, now)
        world.submitted = submit_strategy(seller, writer, submitted.id, submitted.revision, now)
        draft_experiment(
            seller, writer, "softer", text, challenger_bp=2_000, hold_out_bp=500, starts_on=today,
            ends_on=today + timedelta(days=60), now=now,
        )  # fmt: skip


def _pages_and_charges(world: Any, today: Any, now: Any) -> None:
    """A link to a page and a question that came by it, a mailbox, and what late items owe on top."""
    from openterms.apps.collecting.late_charge.actions import book
    from openterms.apps.messaging.incoming.mailboxes import add_mailbox
    from openterms.apps.messaging.models import PageLink, PageRequest
    from openterms.apps.tenancy.actor import SYSTEM
    from openterms.apps.tenancy.clock import new_id

    seller, first = world.seller, world.made.customers["C-1"]
    PageLink.objects.create(
        seller=seller, customer=first, digest=2 * new_id().hex, language="ar", expires_at=now + timedelta(days=9)
    )
    world.request = PageRequest.objects.create(
        seller=seller, customer=first, kind="plan", said={"count": 3}, text="Could we pay in parts?", language="en",
        asked_at=now,
    )  # fmt: skip
    add_mailbox(seller, SYSTEM, "main", "imaps://mail.example:993", now, credentials="env:OPENTERMS_MAILBOX_NONE")
    book(seller, SYSTEM, today, now)


def _messages(world: Any, manager: Any, today: Any, now: Any) -> None:
    """A channel that is not switched on, and a run of which a part went out."""
    from openterms.apps.analytics.outreach.actions import planned
    from openterms.apps.collecting.outreach.actions import send
    from openterms.apps.messaging.channel.actions import Setting, set_channel
    from openterms.apps.messaging.models import MessageChannel
    from openterms.apps.tenancy.actor import SYSTEM

    sender = Setting(kind="email", adapter="smtp", address="smtp://mail.example:587", sender="accounts@seller.example")
    set_channel(world.seller, SYSTEM, sender, now)
    found = planned(world.seller, today, now, any_channel=True)
    assert len(found.messages) > SENT
    send(world.seller, manager, replace(found, messages=found.messages[:SENT]), now)
    MessageChannel.objects.filter(seller=world.seller).update(is_live=True)  # nobody delivers here
    world.planned = found.messages[SENT].customer.customer_id


def pages_of_collecting(world: Any) -> list[str]:
    """What was done, a page for each: cases in each state, plans, reported payments, matters, agencies, replies, the
    strategy, messages."""
    from openterms.apps.collecting.models import LateCharge, Matter, Plan, ReportedPayment
    from openterms.apps.messaging.models import Message
    from openterms.apps.receivables.models import DisputeCase

    found = ["/settings/channels/email/", "/settings/mailboxes/main/", "/settings/templates/reminder/en/friendly/"]
    for model, place in (
        (DisputeCase, "disputes/cases"), (Plan, "plans"), (ReportedPayment, "reported-payments"), (Matter, "matters"),
    ):  # fmt: skip
        found += [f"/{place}/{one}/" for one in _ids(world, model)]
    agency, charge, message, reply = _agency(world), _ids(world, LateCharge)[0], _ids(world, Message)[0], _reply(world)
    return [
        *found, f"/agencies/{agency}/", f"/late-charges/{charge}/", f"/outbox/{message}/", f"/replies/{reply}/",
        f"/outreach/{world.planned}/", "/strategy/1/", f"/strategy/drafts/{world.draft.id}/",
        f"/strategy/drafts/{world.submitted.id}/", "/strategy/experiments/softer/",
    ]  # fmt: skip


def forms_of_collecting(world: Any) -> list[str]:
    """The forms that open over what was done."""
    from openterms.apps.collecting.models import LateCharge, Matter, Plan, ReplyProposal
    from openterms.apps.messaging.models import PageLink
    from openterms.web.desk.matter_forms import OPENERS, STEPS

    first = world.made.customers["C-1"].id
    found = [
        f"/customers/{first}/six-checks/", f"/customers/{first}/page-links/new/",
        f"/customers/{first}/page-links/end/", f"/requests/{world.request.id}/answer/",
        f"/customers/{first}/page-links/{_ids(world, PageLink)[0]}/end/", f"/outreach/{world.planned}/hold/",
        f"/late-charges/{_ids(world, LateCharge)[0]}/waive/", f"/replies/{_reply(world)}/who/",
        f"/strategy/drafts/{world.draft.id}/edit/", f"/strategy/drafts/{world.submitted.id}/publish/",
        *(f"/customers/{first}/escalate/{kind}/" for kind in OPENERS),
        *(f"/replies/proposals/{one}/edit/" for one in _ids(world, ReplyProposal)[:6]),
    ]  # fmt: skip
    for one in _ids(world, Plan):
        found += [f"/plans/{one}/accept/", f"/plans/{one}/end/"]
    for one in _ids(world, Matter):
        found += [f"/matters/{one}/{verb}/" for verb in dict.fromkeys(verb for _kind, verb in STEPS)]
    return found


def _ids(world: Any, model: Any) -> list[Any]:
    from openterms.apps.tenancy.context import acting

    with acting(world.seller.id):
        return list(model.objects.filter(seller=world.seller).order_by("id").values_list("id", flat=True))


def _agency(world: Any) -> Any:
    from openterms.apps.collecting.models import Agency

    return _ids(world, Agency)[0]


def _reply(world: Any) -> Any:
    from openterms.apps.messaging.models import IncomingMail

    return _ids(world, IncomingMail)[0]
