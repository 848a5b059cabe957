"""Letters about decisions: what they are, when one is owed, and that they stay as they were sent."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.core.mail import EmailMessage
from django.db import DatabaseError, transaction

from openterms.apps.credit.application import files
from openterms.apps.credit.letter.actions import send_letter
from openterms.apps.credit.letter.mailing import WAITS_MINUTES, keep_mail, send_due, try_again
from openterms.apps.credit.letter.reads import letter_due, letters_of
from openterms.apps.credit.models import CreditLetter, LetterMail
from openterms.apps.journal.models import Event
from openterms.apps.tenancy.context import acting
from openterms.core.base.errors import BadInput, Refused
from tests.apps.cases import POLICY, Department
from tests.apps.desk import NOW, Desk

US = POLICY.replace("told: {within_days: 10}", "told: {within_days: 10, jurisdiction: us, most_reasons: 2}")


def paper(case, due, reasons):
    return f"%PDF {case.customer.number} {due.kind} {' '.join(reasons)}".encode()


def send(office, case, by="ana", to="pay@buyer.example", reasons=("Too young.",), language="en"):
    return send_letter(office.seller, office.people[by], case.id, language, to, reasons, paper, NOW)


@pytest.fixture
def office(desk):
    return Department(desk, US)


def test_what_is_owed_follows_from_what_was_asked_and_given(office):
    whole = office.case(900_000)
    assert (letter_due(whole).kind, letter_due(whole).is_wanted) == ("approval", False)
    less = office.case(4_000_000, "C2", by="ana")
    assert letter_due(less) is None, "nothing is decided"
    office.recommend(less, 3_500_000)
    office.approve(less, "may")
    assert (letter_due(office.again(less)).kind, letter_due(office.again(less)).is_wanted) == ("less", True)
    no = office.case(4_000_000, "C3")
    office.reject(no)
    assert (letter_due(office.again(no)).kind, letter_due(office.again(no)).is_wanted) == ("decline", True)


def test_what_was_sent_is_kept_by_its_hash_and_never_changed(office):
    case = office.case(4_000_000)
    office.reject(case)
    made = send(office, case, reasons=["  Too \n young. ", "", "Late payments."])
    assert (made.kind, made.reasons, made.person_name) == ("decline", ["Too young.", "Late payments."], "ana")
    content = files.content_of(made.digest, "clean")
    assert hashlib.sha256(content).hexdigest() == made.digest and made.size == len(content)
    assert letters_of(case) == [made]
    (event,) = Event.objects.filter(seller=office.seller, kind="case_letter_sent")
    assert (event.data["digest"], event.data["sent_to"]) == (made.digest, "pay@buyer.example")
    for change in ({"sent_to": "x@y.example"}, {"digest": "0" * 64}):
        with pytest.raises(DatabaseError), transaction.atomic():
            CreditLetter.objects.filter(id=made.id).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        made.delete()


def test_what_cannot_be_sent_is_refused_and_nothing_is_kept(office):
    case = office.case(4_000_000)
    with pytest.raises(Refused, match="not decided"):
        send(office, case)
    office.reject(case)
    with pytest.raises(Refused, match="does not write to customers"):
        send(office, case, by="col")
    for field, given in (
        ("sent_to", {"to": "nobody"}), ("language", {"language": "fr"}), ("reasons", {"reasons": ["", " "]}),
        ("reasons", {"reasons": ["a", "b", "c"]}), ("reasons", {"reasons": ["x" * 501]}),
    ):  # fmt: skip
        with pytest.raises(BadInput) as error:
            send(office, case, **given)
        assert error.value.where == field
    assert not CreditLetter.objects.exists()
    assert not Event.objects.filter(kind="case_letter_sent").exists()


@pytest.fixture
def mailed(committed, new_seller):
    """A letter that is kept and not mailed yet, with real commits: its department and its mail."""
    seller = new_seller(enter=False)
    with acting(seller.id):
        office = Department(Desk(seller), US)
        case = office.case(4_000_000)
        office.reject(case)
        kept = keep_mail(send(office, case), "Your credit\nwith us", "The letter is attached.", "letter.pdf", NOW)
    return office, kept.id


def refuse_mail(monkeypatch, refuses):
    def send_(self, fail_silently=False):
        if refuses:
            raise ConnectionRefusedError("no mail server")
        outbox.outbox.append(self)
        return 1

    outbox.outbox = []
    monkeypatch.setattr(EmailMessage, "send", send_)


def test_a_letter_is_mailed_once_however_often_it_is_asked(mailed, monkeypatch):
    office, mail_id = mailed
    refuse_mail(monkeypatch, False)
    assert [send_due(office.seller, NOW, mail_id), send_due(office.seller, NOW)] == [1, 0]
    (message,) = outbox.outbox
    assert (message.to, message.subject) == (["pay@buyer.example"], "Your credit with us")
    assert message.attachments[0][0] == "letter.pdf" and str(mail_id) in message.extra_headers["Message-ID"]
    with acting(office.seller.id):
        kept = LetterMail.objects.get(id=mail_id)
        assert (kept.state, kept.tries, kept.sent_at) == ("sent", 1, NOW)
        with pytest.raises(Refused, match="has been sent"):
            try_again(office.seller, office.people["ana"], mail_id, NOW)
        assert Event.objects.filter(seller=office.seller, kind="case_letter_mailed").count() == 1


def test_a_mail_that_is_not_taken_is_tried_again_so_often_and_no_more(mailed, monkeypatch):
    office, mail_id = mailed
    refuse_mail(monkeypatch, True)
    now = NOW
    for tried, wait in enumerate((*WAITS_MINUTES, 0), 1):
        assert send_due(office.seller, now) == 0
        assert send_due(office.seller, now + timedelta(minutes=max(wait - 1, 0))) == 0, "not before its time"
        with acting(office.seller.id):
            assert LetterMail.objects.get(id=mail_id).tries == tried
        now += timedelta(minutes=wait)
    with acting(office.seller.id):
        kept = LetterMail.objects.get(id=mail_id)
        assert (kept.state, kept.fault) == ("failed", "ConnectionRefusedError: no mail server")
        assert Event.objects.filter(seller=office.seller, kind="case_letter_not_mailed").count() == 1
        with pytest.raises(Refused, match="does not write to customers"):
            try_again(office.seller, office.people["col"], mail_id, now)
        try_again(office.seller, office.people["ana"], mail_id, now)
    refuse_mail(monkeypatch, False)
    assert send_due(office.seller, now) == 1
