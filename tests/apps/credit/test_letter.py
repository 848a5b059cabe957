"""Letters about decisions: what they are, when one is owed, and that they stay as they were sent."""

from __future__ import annotations

import hashlib

import pytest
from django.db import DatabaseError, transaction

from openterms.apps.credit.application import files
from openterms.apps.credit.letter.actions import send_letter
from openterms.apps.credit.letter.reads import letter_due, letters_of
from openterms.apps.credit.models import CreditLetter
from openterms.apps.journal.models import Event
from openterms.core.base.errors import BadInput, Refused
from tests.apps.cases import POLICY, Department
from tests.apps.desk import NOW

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
