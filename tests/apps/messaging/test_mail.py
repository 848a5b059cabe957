"""E-mail to servers that refuse, stall, drop and bounce: nothing is lost, nothing is doubled."""

from __future__ import annotations

from datetime import timedelta

import pytest

from openterms.apps.journal.announcing import _listeners, listen
from openterms.apps.messaging.channel.actions import Setting, set_channel, switch
from openterms.apps.messaging.models import BadAddress, Message, MessageAttempt, MessageChannel
from openterms.apps.messaging.outgoing import last_look
from openterms.apps.messaging.outgoing.actions import cancel, queue, send_due
from openterms.apps.messaging.outgoing.events import AddressFailed
from openterms.apps.messaging.outgoing.letters import Enclosure
from openterms.apps.messaging.outgoing.reporting import ProviderEvent, Told, report
from openterms.apps.parties.actions import add_contact
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting
from openterms.core.base.reasons import Reason
from tests.apps.desk import NOW, Desk
from tests.apps.messaging.letters import letter
from tests.apps.messaging.mail_server import mail_server

MINUTE = timedelta(minutes=1)
SECONDS = 1


class Office:
    """A seller whose e-mail goes to a server of this test, by real commits."""

    def __init__(self, seller, box, url):
        self.seller, self.box, self.url, self.desk = seller, box, url, Desk(seller)
        with acting(seller.id):
            self.desk.customer()
            set_channel(seller, SYSTEM, self.setting(), NOW)
            switch(seller, SYSTEM, "email", True, NOW)

    def setting(self, **more):
        given = {"kind": "email", "adapter": "smtp", "address": self.url, "sender": "ar@seller.example",
                 "sender_name": "Acme", "timeout_seconds": SECONDS}
        return Setting(**(given | more))

    def queue(self, *letters):
        with acting(self.seller.id):
            return queue(self.seller, SYSTEM, list(letters), NOW)

    def letters(self, count, **more):
        with acting(self.seller.id):
            return [letter(self.desk, f"k{place}", address=f"a{place}@c.example", **more) for place in range(count)]

    def send(self, after=timedelta()):
        return dict(send_due(self.seller, NOW + after))

    def states(self):
        with acting(self.seller.id):
            return list(Message.objects.filter(seller=self.seller).order_by("key").values_list("state", flat=True))

    def outcomes(self):
        with acting(self.seller.id):
            found = MessageAttempt.objects.filter(seller=self.seller).order_by("id")
            return list(found.values_list("outcome", flat=True))


@pytest.fixture
def office(committed, new_seller):
    with mail_server() as (box, url):
        yield Office(new_seller(enter=False), box, url)


def test_a_run_sends_each_once_and_a_second_run_sends_nothing(office):
    office.queue(*office.letters(3))
    assert office.send() == {"sent": 3}
    assert office.send() == {} and len(office.box.taken) == 3 and office.states() == ["sent"] * 3
    mail = office.box.taken[0]
    assert str(mail["From"]) == "Acme <ar@seller.example>" and "12,400.00" in str(mail["Subject"])
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert mail["List-Unsubscribe"] is None


def test_a_channel_that_is_not_switched_on_keeps_its_messages_and_never_sends_them(office):
    with acting(office.seller.id):
        switch(office.seller, SYSTEM, "email", False, NOW)
    office.queue(*office.letters(2))
    assert office.send() == {"dry": 2} and office.states() == ["dry", "dry"]
    with acting(office.seller.id):
        switch(office.seller, SYSTEM, "email", True, NOW)
    assert office.send(MINUTE) == {} and office.box.taken == []


def test_a_busy_server_is_asked_again_later_with_longer_pauses(office):
    office.queue(*office.letters(1))
    office.box.behaves["*"] = "busy"
    assert office.send() == {"later": 1} and office.send(MINUTE / 2) == {}
    assert office.send(2 * MINUTE) == {"later": 1} and office.send(4 * MINUTE) == {}
    office.box.behaves.clear()
    assert office.send(60 * MINUTE) == {"sent": 1}
    assert office.outcomes() == ["later", "later", "accepted"] and len(office.box.taken) == 1


def test_after_eight_tries_a_message_has_failed_and_says_why(office):
    office.queue(*office.letters(1))
    office.box.behaves["*"] = "busy"
    days = [office.send(timedelta(days=2 * place)) for place in range(9)]
    assert days == [{"later": 1}] * 7 + [{"failed": 1}, {}]
    with acting(office.seller.id):
        reason = Message.objects.get(seller=office.seller).reason
    assert reason["code"] == "tried_too_often" and "451" in reason["params"]["what"]


@pytest.mark.parametrize("how", ["stall", "cut"])
def test_a_server_that_stalls_or_hangs_up_gets_it_again_and_the_others_are_sent(office, how):
    office.queue(*office.letters(3))
    office.box.behaves["a1@c.example"] = how
    assert office.send() == {"sent": 2, "later": 1}
    office.box.behaves.clear()
    assert office.send(5 * MINUTE) == {"sent": 1}
    assert len(set(office.box.ids())) == len(office.box.ids()) == 3


def test_a_line_that_breaks_after_the_message_was_taken_brings_it_again_under_the_same_message_id(office):
    office.queue(*office.letters(1))
    office.box.behaves["*"] = "drop"
    assert office.send() == {"later": 1}
    office.box.behaves.clear()
    assert office.send(5 * MINUTE) == {"sent": 1}
    assert len(office.box.ids()) == 2 and len(set(office.box.ids())) == 1, "the reader's server sees one message"


def test_a_server_that_is_closed_or_gone_costs_no_message_a_try(office):
    office.queue(*office.letters(2))
    with acting(office.seller.id):
        MessageChannel.objects.filter(seller=office.seller).update(address="smtp://127.0.0.1:9?tls=off")
    assert office.send() == {"down": 2} and office.states() == ["queued", "queued"]
    with acting(office.seller.id):
        assert set(Message.objects.filter(seller=office.seller).values_list("attempts", flat=True)) == {0}
        MessageChannel.objects.filter(seller=office.seller).update(address=office.url)
    assert office.send(3 * MINUTE) == {"sent": 2}


def test_a_refused_address_is_marked_and_the_next_contact_by_role_is_written_to(office):
    heard = []
    listen(AddressFailed, heard.append)
    try:
        with acting(office.seller.id):
            customer = office.desk.customer()
            first = add_contact(customer, SYSTEM, NOW, name="Ms Reed", email="reed@c.example")
            add_contact(customer, SYSTEM, NOW, name="Mr Boss", email="boss@c.example", role="owner")
            second = add_contact(customer, SYSTEM, NOW, name="Mr Cash", email="cash@c.example", role="finance")
            one = letter(office.desk, "k", address=first.email, contact_id=first.id)
        office.queue(one)
        office.box.behaves["reed@c.example"] = "refuse"
        assert office.send() == {"refused": 1, "sent": 1}
        assert [str(mail["To"]) for mail in office.box.taken] == ['"Mr Cash" <cash@c.example>'.replace('"', "")]
        assert "Dear Mr Cash" in office.box.taken[0].get_body(("plain",)).get_content()
        with acting(office.seller.id):
            repaired = Message.objects.get(seller=office.seller, contact=second)
            assert repaired.repairs.state == "bounced" and repaired.key == "k~1"
            assert BadAddress.objects.get(seller=office.seller).address == "reed@c.example"
            assert heard[0].repaired_by == repaired.id
            held = queue(office.seller, SYSTEM, [letter(office.desk, "k9", address="reed@c.example")], NOW)[0]
            assert held.reason["code"] == "bad_address"
    finally:
        _listeners[AddressFailed].remove(heard.append)


def test_a_bounce_after_delivery_is_taken_in_once_and_with_nobody_left_is_announced_as_such(office):
    heard = []
    hear = heard.append
    listen(AddressFailed, hear)
    try:
        (made,) = office.queue(*office.letters(1))
        office.send()
        with acting(office.seller.id):
            channel = MessageChannel.objects.select_related("seller").get(seller=office.seller)
            events = [
                ProviderEvent(Told("delivered", "e1", NOW), made.id),
                ProviderEvent(Told("bounced", "e2", NOW, "550 gone"), made.id),
                ProviderEvent(Told("delivered", "e3", NOW), made.id),
                ProviderEvent(Told("bounced", "e2", NOW, "550 gone"), made.id),
            ]
            assert report(channel, events, NOW) == 3 and report(channel, events, NOW) == 0
        assert office.states() == ["bounced"]
        assert [(one.address, one.repaired_by) for one in heard] == [("a0@c.example", None)]
    finally:
        _listeners[AddressFailed].remove(hear)


def test_the_last_look_holds_ends_or_postpones_and_what_was_cancelled_does_not_go(office):
    messages = office.queue(*office.letters(5))
    no = Reason("paused", "Paused.")
    answers = {
        messages[0].id: no,
        messages[1].id: last_look.Refusal(no, is_final=True),
        messages[2].id: last_look.Refusal(no, not_before=NOW + 10 * MINUTE),
    }
    with acting(office.seller.id):
        cancel(office.seller, SYSTEM, [messages[3].id], NOW)
    last_look.register("test", lambda ids, now: {one: answers[one] for one in ids if one in answers})
    try:
        assert office.send() == {"held": 1, "cancelled": 1, "waiting": 1, "sent": 1}
        assert office.states() == ["held", "cancelled", "queued", "cancelled", "sent"]
        answers.clear()
        assert office.send(11 * MINUTE) == {"sent": 1}
    finally:
        last_look.forget("test")


def test_names_cannot_write_headers_and_files_and_threads_go_along(office):
    files = [Enclosure('I1"\r\nBcc: x@evil.example.pdf', "application/pdf", b"%PDF-1 one")]
    with acting(office.seller.id):
        evil = office.desk.customer("C9")
        name = "Evil\r\nBcc: v@evil.example\r\n\r\n<script>alert(1)</script>"
        type(evil).objects.filter(id=evil.id).update(name=name)
        person = add_contact(evil, SYSTEM, NOW, name='A" <x@evil.example>,\r\nCc: y@evil.example', email="p@c.example")
        one = letter(office.desk, "t1", customer_id=evil.id, contact_id=person.id, address="p@c.example", thread="T",
                     enclosures=files, purpose="statement")
        two = letter(office.desk, "t2", customer_id=evil.id, contact_id=person.id, address="p@c.example", thread="T")
    office.queue(one)
    office.send()
    office.queue(two)
    office.send()
    first, second = office.box.taken
    for mail in (first, second):
        assert mail["Bcc"] is None and mail["Cc"] is None and str(mail["To"]).endswith("<p@c.example>")
        assert len(mail["To"].addresses) == 1
        page = mail.get_body(("html",)).get_content()
        assert "<script>" not in page
    (kept,) = first.iter_attachments()
    assert kept.get_content() == b"%PDF-1 one" and "\n" not in kept.get_filename()
    assert str(second["In-Reply-To"]) == str(first["Message-ID"]) == str(second["References"])
    assert "unsubscribe" in str(first["List-Unsubscribe"])


def test_two_senders_at_once_send_each_message_once(office):
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    office.queue(*office.letters(60))

    def run(_place):
        try:
            return send_due(office.seller, NOW)["sent"]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        sent = list(pool.map(run, range(2)))
    assert sum(sent) == 60 and len(set(office.box.ids())) == len(office.box.ids()) == 60
