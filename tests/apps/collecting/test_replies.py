"""Replies at the desk: whose they are, what they propose, and that confirming does it once."""

# ruff: noqa: E501
from __future__ import annotations

import threading
from datetime import UTC, date, datetime

import pytest

from openterms.apps.collecting.models import Activity, Promise, ReplyItem, ReplyProposal, ReportedPayment
from openterms.apps.collecting.proposal import reads
from openterms.apps.collecting.proposal.actions import confirm, name_customer, reject
from openterms.apps.collecting.proposal.considering import consider, consider_new
from openterms.apps.collecting.proposal.values import Values, defaults
from openterms.apps.journal.models import Event
from openterms.apps.messaging.incoming.actions import keep_mail
from openterms.apps.messaging.incoming.models import IncomingMail
from openterms.apps.messaging.outgoing.models import Message
from openterms.apps.parties.actions import add_contact
from openterms.apps.parties.models import Contact, Customer
from openterms.apps.receivables.models import Dispute, Item
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.context import acting
from openterms.core.base.errors import BadInput, Refused
from openterms.formats.mail.message import read_mail
from tests.apps.desk import NOW, Desk, day, fingerprint

TODAY = date(2026, 6, 1)
SARA = "Sara Khan <sara@buyer.example>"


class Office:
    """A desk whose customer C1 owes INV-2026-0012 (1,000.00) and INV-2026-0013 (250.00)."""

    def __init__(self, seller):
        self.seller, self.desk = seller, Desk(seller)
        self.first = self.desk.invoice("INV-2026-0012", "03-01", 100_000)
        self.second = self.desk.invoice("INV-2026-0013", "03-10", 25_000)
        self.customer = self.desk.customer()
        self.sara = add_contact(self.customer, SYSTEM, NOW, name="Sara Khan", email="sara@buyer.example")
        self.sent = 0

    def mail(self, words, sender=SARA, subject="Re: reminder", more=""):
        self.sent += 1
        content = (
            f"From: {sender}\r\nSubject: {subject}\r\nMessage-ID: <n{self.sent}@x>\r\nDate: Mon, 01 Jun 2026 07:00:00 +0000\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\n{more}\r\n{words}\r\n"
        ).encode()
        kept = keep_mail(self.seller, read_mail(content), content, NOW)
        consider(self.seller, kept.id, NOW)
        return IncomingMail.objects.get(id=kept.id)

    def only(self, mail, kind):
        return ReplyProposal.objects.get(seller=self.seller, mail=mail, kind=kind)

    def confirm(self, mail, kind, **values):
        edited = Values(**values) if values else None
        return confirm(self.seller, SYSTEM, self.only(mail, kind).id, TODAY, NOW, edited)


@pytest.fixture
def office(db, new_seller, settings, tmp_path):
    settings.FILES_FOLDER = tmp_path / "files"
    return Office(new_seller())


def test_a_promise_is_confirmed_with_the_words_that_say_it(office):
    mail = office.mail("We will pay INV 2026 12 next Friday.\n\nOn 1 Jun 2026, Seller wrote:\n> INV-2026-0013 is overdue")
    assert (mail.customer_id, mail.contact_id, mail.matched_by) == (office.customer.id, office.sara.id, "address")
    one = office.only(mail, "promise")
    assert mail.own[one.start : one.end] == one.quote == "We will pay INV 2026 12 next Friday"
    assert [link.item.number for link in ReplyItem.objects.filter(mail=mail)] == ["INV-2026-0012"]
    assert not Promise.objects.filter(seller=office.seller).exists(), "nothing is done by itself"
    done = office.confirm(mail, "promise")
    made = Promise.objects.get(seller=office.seller)
    assert (made.amount_minor, made.promised_for, made.made_by) == (100_000, day("06-12"), "Sara Khan")
    assert (done.state, done.result_type, done.result_id) == ("confirmed", "promise", made.id)
    assert office.confirm(mail, "promise").result_id == made.id and Promise.objects.filter(seller=office.seller).count() == 1
    with pytest.raises(BadInput):
        reject(office.seller, SYSTEM, done.id, NOW)
    kinds = list(Event.objects.filter(seller_id=office.seller.id, customer_id=office.customer.id).values_list("kind", flat=True))
    assert "mail_received" in kinds and "reply_confirmed" in kinds


def test_edited_rejected_and_how_often_right(office):
    first = office.mail("We will pay half of INV-2026-0012 on Friday.")
    assert defaults(office.seller, office.customer, office.only(first, "promise"), TODAY).amount_minor == 50_000
    office.confirm(first, "promise", item_ids=(office.first.id,), amount_minor=40_000, day=day("06-20"))
    second = office.mail("Unsubscribe")
    reject(office.seller, SYSTEM, office.only(second, "stop").id, NOW)
    with pytest.raises(BadInput):
        office.confirm(second, "stop")
    report = {one["kind"]: one for one in reads.precision(office.seller)}
    assert (report["promise"]["edited"], report["promise"]["share"], report["stop"]["share"]) == (1, 100.0, 0.0)
    assert report["promise"]["low"] < 100.0 == report["promise"]["high"]
    assert not Contact.objects.get(id=office.sara.id).do_not_contact


def test_each_kind_does_what_a_person_would_have_done(office):
    office.confirm(office.mail("The unit price on INV-2026-0013 is wrong, we were overcharged."), "dispute")
    dispute = Dispute.objects.get(seller=office.seller)
    assert (dispute.item_id, dispute.amount_minor, dispute.reason) == (office.second.id, 25_000, "price")
    office.confirm(office.mail("INV-2026-0012 was paid on 29 May, ref TRX88123."), "paid")
    paid = ReportedPayment.objects.get(seller=office.seller)
    assert (paid.amount_minor, paid.paid_on, paid.reference, paid.channel) == (100_000, day("05-29"), "TRX88123", "email")
    office.confirm(office.mail("I am out of the office until 9 June. Please contact Sam Lee (sam@buyer.example)."), "out_of_office")
    assert Contact.objects.get(email="sam@buyer.example").name == "Sam Lee"
    office.confirm(office.mail("Please send a copy of INV-2026-0013."), "copy")
    office.confirm(office.mail("We cannot pay, we have cash flow problems."), "cannot_pay", pause_until=day("06-15"))
    assert Customer.objects.get(id=office.customer.id).paused_until == day("06-15")
    office.confirm(office.mail("Your tone is unacceptable."), "complaint")
    office.confirm(office.mail("I am not the right person, please contact Ann Bell at ann@buyer.example."), "wrong_person")
    assert not Contact.objects.get(id=office.sara.id).is_active
    outcomes = set(Activity.objects.filter(seller=office.seller).values_list("outcome", flat=True))
    assert {"other", "copy_requested", "cannot_pay", "wrong_contact"} <= outcomes
    office.confirm(office.mail("Please take me off your list. Unsubscribe."), "stop")
    assert Contact.objects.get(id=office.sara.id).do_not_contact


def test_what_cannot_be_done_changes_nothing(office):
    mail = office.mail("We dispute this, the goods were damaged.")
    one = office.only(mail, "dispute")
    before = fingerprint(office.seller)
    with pytest.raises(BadInput) as said:
        office.confirm(mail, "dispute")
    assert said.value.where == "items"
    with pytest.raises(Refused):
        confirm(office.seller, Actor("Sal", role="sales"), one.id, TODAY, NOW)
    with pytest.raises(BadInput):
        office.confirm(office.mail("We will pay on Friday"), "promise", item_ids=(office.first.id,), amount_minor=10**9, day=day("06-05"))
    assert fingerprint(office.seller) == before or not Dispute.objects.filter(seller=office.seller).exists()
    assert ReplyProposal.objects.get(id=one.id).state == "open"


def test_a_remittance_in_a_file(office):
    table = "Invoice,Amount\nINV 2026 12,1000.00\nINV-2026-0013,200.00\n"
    body = (
        f"--b\r\nContent-Type: text/plain\r\n\r\nPlease see attached remittance advice.\r\n--b\r\nContent-Type: text/csv\r\n"
        f"Content-Disposition: attachment; filename=r.csv\r\n\r\n{table}\r\n--b--\r\n"
    )
    content = f"From: {SARA}\r\nMessage-ID: <r@x>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{body}".encode()
    kept = keep_mail(office.seller, read_mail(content), content, NOW)
    consider(office.seller, kept.id, NOW)
    values = defaults(office.seller, office.customer, office.only(kept, "remittance"), TODAY)
    assert (set(values.item_ids), values.amount_minor) == ({office.first.id, office.second.id}, 120_000)


def test_who_is_this(office):
    other = office.desk.customer("C2")
    add_contact(other, SYSTEM, NOW, name="Omar", email="shared@group.example")
    add_contact(office.customer, SYSTEM, NOW, name="Lina", email="shared@group.example")
    mail = office.mail("We will pay on Friday.", sender="shared@group.example")
    assert mail.customer_id is None and {one["customer"] for one in mail.candidates} == {str(other.id), str(office.customer.id)}
    assert not ReplyProposal.objects.filter(mail=mail).exists() and reads.counts(office.seller)["who"] == 1
    name_customer(office.seller, SYSTEM, mail.id, office.customer.id, NOW)
    assert office.only(mail, "promise").proposed["day"] == "2026-06-05"
    name_customer(office.seller, SYSTEM, mail.id, office.customer.id, NOW)
    with pytest.raises(BadInput):
        name_customer(office.seller, SYSTEM, mail.id, other.id, NOW)
    with_number = office.mail("We will pay INV-2026-0013 on Friday.", sender="shared@group.example")
    assert with_number.customer_id == office.customer.id
    assert office.mail("hello", sender="x@gmail.com").customer_id is None


def test_a_thread_says_whose_it_is_even_from_a_new_address(office):
    id = new_id()
    Message.objects.create(
        id=id, seller=office.seller, customer=office.customer, channel="email", address="a@b.example", language="en",
        key="k", batch_id=id, state="sent", next_try_at=NOW, queued_at=NOW, subject="Reminder",
    )  # fmt: skip
    mail = office.mail("ok", sender="new@elsewhere.example", more=f"In-Reply-To: <{id.hex}@seller.example>\r\n")
    assert (mail.customer_id, mail.matched_by, mail.answers_id) == (office.customer.id, "thread", id)
    again = office.mail("ok", sender="third@elsewhere.example", more="References: <n1@x>\r\n")
    assert again.customer_id == office.customer.id


def test_a_machines_answer_and_a_bounce_promise_nothing(office):
    mail = office.mail("I am on leave until 9 June, we will pay on Friday.", more="Auto-Submitted: auto-replied\r\n")
    assert [one.kind for one in ReplyProposal.objects.filter(mail=mail)] == ["out_of_office"]
    assert office.mail("We will pay", more="Return-Path: <>\r\n").customer_id is None


def test_two_who_confirm_at_once_do_it_once(committed, new_seller, settings, tmp_path):
    settings.FILES_FOLDER = tmp_path / "files"
    seller = new_seller(enter=False)
    with acting(seller.id):
        office = Office(seller)
        mail = office.mail("We will pay INV-2026-0012 on Friday.")
        one = office.only(mail, "promise")
    results = []

    def work():
        from django.db import connection

        with acting(seller.id):
            results.append(confirm(seller, SYSTEM, one.id, TODAY, NOW).result_id)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with acting(seller.id):
        assert set(results) == {Promise.objects.get(seller=seller).id}
        assert Item.objects.get(id=office.first.id).promised_minor == 100_000


def test_new_mails_are_read_once_by_any_number_of_workers(committed, new_seller, settings, tmp_path):
    settings.FILES_FOLDER = tmp_path / "files"
    seller = new_seller(enter=False)
    with acting(seller.id):
        Office(seller)
        for number in range(3):
            content = f"From: {SARA}\r\nMessage-ID: <w{number}@x>\r\n\r\nWe will pay on Friday.".encode()
            keep_mail(seller, read_mail(content), content, datetime(2026, 6, 1, 9, tzinfo=UTC))
    assert consider_new(seller, NOW) == 3
    assert consider_new(seller, NOW) == 0
