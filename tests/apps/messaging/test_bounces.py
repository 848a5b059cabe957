"""Mail that comes back into the mailbox: told to its message once, the address marked, the next contact written to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from openterms.apps.journal.models import Event
from openterms.apps.messaging.incoming import mailboxes
from openterms.apps.messaging.incoming.models import IncomingMail, Mailbox
from openterms.apps.messaging.incoming.reading import read_mailboxes
from openterms.apps.messaging.models import BadAddress, Message, MessageReport
from openterms.apps.messaging.outgoing.actions import clear_address
from openterms.apps.messaging.outgoing.queueing import queue
from openterms.apps.parties.actions import add_contact
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.context import acting
from tests.apps.desk import NOW, Desk
from tests.apps.messaging.imap_server import Server
from tests.apps.messaging.letters import letter
from tests.formats.mail.test_delivery import report

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def server():
    made = Server()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def seller(committed, new_seller, settings, tmp_path, server):
    settings.CHANNEL_FOLDER, settings.FILES_FOLDER = tmp_path / "channels", tmp_path / "files"
    settings.PUBLIC_URL = "https://terms.example"
    made = new_seller(enter=False)
    with acting(made.id):
        mailboxes.add_mailbox(made, SYSTEM, "main", server.url, NOW, timeout_seconds=2)
    return made


def sent(seller, desk, number="C1", address="ap@customer.example"):
    customer = desk.customer(number)
    ada = add_contact(customer, SYSTEM, NOW, name="Ada", email=address)
    (made,) = queue(seller, SYSTEM, [letter(desk, "k1", contact_id=ada.id, address=address)], NOW)
    Message.objects.filter(id=made.id).update(state="sent", sent_at=NOW)
    return made


def back(message, address="AP@customer.example", action="failed", status="5.1.1"):
    group = f"Final-Recipient: rfc822; {address}\r\nAction: {action}\r\nStatus: {status}\r\n"
    group += "Diagnostic-Code: smtp; 550 no\r\n"
    return report(group, original=f"Message-ID: <{message.id.hex}@seller.example>\r\n")


def states(seller):
    with acting(seller.id):
        return list(Message.objects.filter(seller=seller).order_by("id").values_list("state", "address"))


def test_a_bounce_is_told_once_and_the_next_contact_gets_the_message(seller, server):
    with acting(seller.id):
        desk = Desk(seller)
        one = sent(seller, desk)
        add_contact(desk.customer(), SYSTEM, NOW, name="Bo", email="bo@customer.example", role="finance")
    server.box.add(back(one))
    server.box.add(back(one))  # the same report by two ways
    (done,) = read_mailboxes(seller, LATER)
    assert (done.kept, done.known) == (1, 1)
    assert states(seller) == [("bounced", "ap@customer.example"), ("queued", "bo@customer.example")]
    with acting(seller.id):
        told = MessageReport.objects.get(message=one)
        assert (told.kind, told.what) == ("bounced", "5.1.1 550 no")
        mail = IncomingMail.objects.get(seller=seller)
        assert mail.answers_id == one.id and mail.customer_id is None
        bad = BadAddress.objects.get(seller=seller)
        assert (bad.address, bad.cause, bad.cleared_at) == ("ap@customer.example", "bounced", None)
        with desk.refused("not for this role"):
            clear_address(seller, Actor("eve", None, "auditor"), bad.id, LATER)
        clear_address(seller, SYSTEM, bad.id, LATER)
        assert BadAddress.objects.get(id=bad.id).cleared_at == LATER
        with desk.refused("not marked"):
            clear_address(seller, SYSTEM, bad.id, LATER)
        kinds = set(Event.objects.filter(seller_id=seller.id).values_list("kind", flat=True))
        assert {"message_bounced", "address_cleared"} <= kinds


@pytest.mark.parametrize(
    ("change", "state", "marked"),
    [
        ({"action": "delayed", "status": "4.4.7"}, "sent", 0),
        ({"action": "delivered", "status": "2.0.0"}, "delivered", 0),
        ({"status": "4.2.2"}, "failed", 0),  # given up, but the mailbox may be full: the address is not bad
        ({"address": "other@customer.example"}, "sent", 0),  # it names somebody whom we did not write to
    ],
)
def test_what_is_no_final_refusal_of_our_reader_marks_no_address(seller, server, change, state, marked):
    with acting(seller.id):
        one = sent(seller, Desk(seller))
    server.box.add(back(one, **change))
    read_mailboxes(seller, LATER)
    assert [found for found, _ in states(seller)] == [state]
    with acting(seller.id):
        assert BadAddress.objects.filter(seller=seller).count() == marked


def test_another_sellers_message_is_not_told(seller, server, new_seller):
    other = new_seller(enter=False)
    with acting(other.id):
        theirs = sent(other, Desk(other))
    server.box.add(back(theirs))
    read_mailboxes(seller, LATER)
    assert states(other) == [("sent", "ap@customer.example")]
    with acting(seller.id):
        assert IncomingMail.objects.get(seller=seller).answers_id is None


def test_a_mailbox_is_changed_switched_and_tried_and_its_password_goes_nowhere_else(seller, server, settings):
    with acting(seller.id):
        desk, box = Desk(seller), Mailbox.objects.get(seller=seller)
        assert mailboxes.try_mailbox(seller, SYSTEM, box).fault == ""
        plain = box.address
        with desk.refused("not for this role"):
            mailboxes.change_mailbox(seller, Actor("eve", None, "collector"), "main", plain, NOW)
        with desk.refused("needs its user and password"):
            mailboxes.change_mailbox(seller, SYSTEM, "main", "imaps://elsewhere.example:993", NOW)
        with desk.refused("user or the password"):
            mailboxes.change_mailbox(seller, SYSTEM, "main", plain, NOW, password="x")
        with desk.refused("no such mailbox"):
            mailboxes.switch_mailbox(seller, SYSTEM, "other", False, NOW)
        mailboxes.change_mailbox(seller, SYSTEM, "main", plain, NOW, timeout_seconds=3)
    server.box.add(b"From: a@b.example\r\nMessage-ID: <1@b.example>\r\n\r\nHello\r\n")
    with acting(seller.id):
        mailboxes.switch_mailbox(seller, SYSTEM, "main", False, NOW)
        before = Mailbox.objects.get(seller=seller).credentials
    assert read_mailboxes(seller, LATER) == []
    with acting(seller.id):
        mailboxes.switch_mailbox(seller, SYSTEM, "main", True, NOW)
        mailboxes.change_mailbox(seller, SYSTEM, "main", plain, NOW, user="u", password="wrong")
    assert not (settings.CHANNEL_FOLDER / before.removeprefix("file:")).exists()
    assert read_mailboxes(seller, LATER)[0].fault
    with acting(seller.id):
        box = Mailbox.objects.get(seller=seller)
        assert "does not take" in mailboxes.try_mailbox(seller, SYSTEM, box).fault
        said = str(list(Event.objects.filter(seller_id=seller.id).values_list("data", flat=True)))
        assert "wrong" not in said and server.box.password not in said
