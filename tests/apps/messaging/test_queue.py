"""Queueing: once for each key, rendered or held, nothing half done."""

from __future__ import annotations

from datetime import timedelta

import pytest

from openterms.apps.journal.models import Event
from openterms.apps.messaging.models import Message, MessageAttachment
from openterms.apps.messaging.outgoing.actions import cancel, hold_back, let_go, queue
from openterms.apps.messaging.outgoing.letters import Enclosure
from openterms.apps.parties.actions import add_contact
from openterms.apps.tenancy import contents
from openterms.apps.tenancy.actor import SYSTEM, Actor
from tests.apps.desk import NOW
from tests.apps.messaging.letters import FACTS, letter


def test_a_key_is_queued_once_and_a_rerun_finds_the_same_message(desk):
    one, two = letter(desk, "k1"), letter(desk, "k2", channel="sms", address="+15550100")
    first = queue(desk.seller, SYSTEM, [one, two, one], NOW)
    again = queue(desk.seller, SYSTEM, [two, letter(desk, "k1", tone="firm")], NOW + timedelta(days=1))
    assert [item.id for item in first] == [again[1].id, again[0].id, again[1].id]
    assert Message.objects.filter(seller=desk.seller).count() == 2
    assert first[0].state == "queued" and "12,400.00" in first[0].subject and "<table>" in first[0].html
    assert first[1].text.startswith("Seller") and not first[1].html and not first[1].subject
    events = Event.objects.filter(seller=desk.seller, kind="messages_queued")
    assert [event.data["messages"] for event in events] == [2]


def test_a_fault_in_a_template_holds_that_message_with_its_reason_and_no_other(desk):
    facts = {name: value for name, value in FACTS.items() if name != "link"}
    broken, good = letter(desk, "k1", variables=facts), letter(desk, "k2")
    held, queued = queue(desk.seller, SYSTEM, [broken, good], NOW)
    assert (held.state, queued.state) == ("held", "queued")
    assert held.reason["code"] == "template_missing_fact" and held.reason["params"] == {"name": "link"}
    assert let_go(desk.seller, SYSTEM, [held.id], NOW) == 0
    assert Message.objects.get(id=held.id).state == "held"


def test_a_contact_of_another_customer_is_refused_and_nothing_is_queued(desk):
    desk.customer()
    stranger = add_contact(desk.customer("C2"), SYSTEM, NOW, name="Mr Fox")
    with desk.refused("not at this customer"):
        queue(desk.seller, SYSTEM, [letter(desk, "k1"), letter(desk, "k2", contact_id=stranger.id)], NOW)


def test_an_attachment_is_kept_by_its_digest_and_goes_with_its_message_alone(desk):
    files = [Enclosure("I1.pdf", "application/pdf", b"%PDF-1 one")]
    made, _other = queue(desk.seller, SYSTEM, [letter(desk, "k1", enclosures=files), letter(desk, "k2")], NOW)
    kept = MessageAttachment.objects.get(seller=desk.seller)
    assert (kept.message_id, kept.name, kept.size) == (made.id, "I1.pdf", 10)
    assert contents.content_of(kept.digest) == b"%PDF-1 one"


def test_people_stop_and_let_go_and_others_may_not(desk):
    (made,) = queue(desk.seller, SYSTEM, [letter(desk, "k1")], NOW)
    with desk.refused("not for this role"):
        cancel(desk.seller, Actor("Ann", None, "auditor"), [made.id], NOW)
    assert hold_back(desk.seller, Actor("Col", None, "collector"), [made.id], NOW) == 1
    assert let_go(desk.seller, SYSTEM, [made.id], NOW) == 1
    assert cancel(desk.seller, SYSTEM, [made.id], NOW) == 1
    assert let_go(desk.seller, SYSTEM, [made.id], NOW) == 0, "what was cancelled never goes"


@pytest.mark.parametrize("column", ["text", "address", "key"])
def test_what_was_said_is_not_changed_once_it_is_being_sent(desk, column):
    from django.db import InternalError, transaction
    from django.db.utils import DatabaseError

    (made,) = queue(desk.seller, SYSTEM, [letter(desk, "k1")], NOW)
    Message.objects.filter(id=made.id).update(state="sent")
    with pytest.raises((InternalError, DatabaseError), match="refused"), transaction.atomic():
        Message.objects.filter(id=made.id).update(**{column: "other"})
