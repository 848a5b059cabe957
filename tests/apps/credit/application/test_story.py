"""An application from the public link to the customer: asked, signed, answered, decided, and what is refused."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import psycopg
import pytest
from django.db import connection, transaction

from openterms.apps.credit.application import actions, entering
from openterms.apps.credit.application.agreement import standard
from openterms.apps.credit.application.deciding import accept, ask_again, ask_more, decline
from openterms.apps.credit.application.reads import facts_of, numbers_of
from openterms.apps.credit.application.rules import Incomplete
from openterms.apps.credit.models import Application, ApplicationAcceptance, ApplicationReference
from openterms.apps.journal.models import Event
from openterms.apps.parties.models import Contact, Customer, Identifier
from openterms.apps.tenancy.actions import add_membership, add_user
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.context import acting
from openterms.core.base.errors import BadInput, Refused
from openterms.core.credit.facts import CREDIT_FACTS
from openterms.web.desk.papers import declined_letter
from tests.apps.desk import fingerprint
from tests.apps.test_races import together

from .form import ANSWERS, MANAGER, NOW, Applicant, open_form


@pytest.fixture
def shop(committed, new_seller):
    """A German seller whose form is open; its context is not entered."""
    seller = new_seller("EUR", "DE", enter=False)
    open_form(seller)
    return seller


def refused(seller, act, error=(BadInput, Refused)):
    with acting(seller.id):
        before = fingerprint(seller)
    with pytest.raises(error) as caught:
        act()
    with acting(seller.id):
        assert fingerprint(seller) == before
    return caught.value


def test_a_form_is_filled_signed_answered_and_accepted(shop):
    one = Applicant(shop).fill()
    sent = one.submit()
    assert (sent.state, sent.submitted_at) == ("submitted", NOW)
    one.answer("trade", {"highest": "40000", "terms_days": "30", "late_days": "5"})
    one.answer("bank", {"view": "good"})
    with acting(shop.id):
        facts = facts_of(one.row())
        assert facts == facts | {
            "requested_limit_minor": 2_500_000, "requested_terms_days": 30, "expected_purchases_minor": 24_000_000,
            "promissory_note": True, "direct_debit": False, "country": "DE", "legal_form": "limited",
            "months_trading": 134, "free_mail": False, "references_given": 1, "references_prompt": 1,
            "best_reference_minor": 4_000_000, "bank_reference": "good", "statements_kind": "audited",
            "statements_age_months": 5, "revenue_minor": 90_000_000, "current_ratio_c": 200, "negative_equity": True,
            "tangible_net_worth_minor": -1_000, "working_capital_minor": 15_000_000, "form_seconds": 0,
        }  # fmt: skip
        assert set(facts) <= set(CREDIT_FACTS)
        assert [(each["scheme"], each["state"]) for each in numbers_of(one.row())] == [
            ("vat", "right"), ("iban", "right"),
        ]  # fmt: skip
        done = accept(shop, MANAGER, one.id, NOW, number="C-77")
        customer = Customer.objects.get(seller=shop, number="C-77")
        assert done.customer_id == customer.id and customer.name == "Noor Trading GmbH"
        assert set(Identifier.objects.filter(customer=customer).values_list("scheme", "value")) == {
            ("vat", "DE136695976"), ("iban", "DE89370400440532013000"),
        }  # fmt: skip
        assert Contact.objects.get(customer=customer).email == "omar@noor-trading.example"
        kinds = list(Event.objects.filter(seller=shop, subject_id=one.id).order_by("id").values_list("kind", flat=True))
    assert kinds == ["application_started"] + ["application_saved"] * 7 + [
        "application_submitted", "application_accepted",
    ]  # fmt: skip


def test_what_was_signed_is_kept_with_its_hash_and_never_changes(shop, home):
    one = Applicant(shop).fill()
    one.submit()
    with acting(shop.id):
        signed = ApplicationAcceptance.objects.get(application_id=one.id)
        assert signed.document_hash == hashlib.sha256(standard("en").encode()).hexdigest()
        assert (signed.typed_name, signed.address, signed.signed_at) == ("omar haddad", "198.51.100.7", NOW)
        assert signed.answers == one.row().answers and len(signed.answers_hash) == 64
        with pytest.raises(Exception, match=r"append-only|permission"), transaction.atomic():
            ApplicationAcceptance.objects.filter(id=signed.id).update(typed_name="x")
        with pytest.raises(Exception, match="do not change"), transaction.atomic():
            Application.objects.filter(id=one.id).update(answers={})


def test_everything_missing_is_named_at_once(shop):
    one = Applicant(shop)
    one.save("company", country="SA", vat="", legal_name="")
    found = refused(shop, lambda: one.submit("", False), Incomplete)
    assert [(fault.section, fault.place) for fault in found.faults] == [
        ("contact", "name"), ("contact", "email"), ("contact", "phone"), ("company", "legal_name"),
        ("company", "register"), ("people", "0-name"), ("people", "0-role"), ("request", "limit"),
        ("request", "terms_days"), ("request", "yearly"), ("bank", "bank"), ("sign", "agreed"), ("sign", "typed_name"),
    ]  # fmt: skip


def test_only_a_signatory_signs(shop):
    one = Applicant(shop).fill()
    found = refused(shop, lambda: one.submit("Somebody Else"), Incomplete)
    assert [(fault.section, fault.field) for fault in found.faults] == [("sign", "typed_name")]


def test_a_part_is_kept_and_the_faults_are_told(shop):
    one = Applicant(shop)
    row, faults = one.save("company", vat="DE123", city="")
    assert [(fault.place, str(fault.error)) for fault in faults] == [
        (
            "vat",
            "vat: This number is not right: a digit or letter is wrong or missing"
            " (Copy it from an official document)",
        )
    ]
    assert row.answers["company"]["legal_name"] == "Noor Trading GmbH" and "vat" not in row.answers["company"]
    with acting(shop.id):
        before = fingerprint(shop)
    one.save("company", vat="DE123", city="")
    with acting(shop.id):
        assert fingerprint(shop) == before, "saving the same again changes nothing"


def test_what_was_sent_or_has_expired_is_not_changed(shop):
    one = Applicant(shop).fill()
    one.now = NOW + timedelta(days=31)
    assert refused(shop, lambda: one.save("contact", name="x")).first.code == "application_expired"
    one.now = NOW
    one.submit()
    for act in (lambda: one.save("contact", name="x"), one.submit):
        assert refused(shop, act).first.code == "application_sent"


def test_asked_for_more_it_is_sent_again_and_both_signatures_stay(shop):
    one = Applicant(shop).fill()
    one.submit()
    with acting(shop.id):
        ask_more(shop, MANAGER, one.id, "Please add your register number.", 14, NOW)
    assert one.row().message == "Please add your register number."
    one.save("company", register="HRB 12345")
    one.submit()
    assert one.links == {}, "who was asked is not asked twice"
    with acting(shop.id):
        assert ApplicationAcceptance.objects.filter(application_id=one.id).count() == 2
        decline(shop, MANAGER, one.id, "The company is too young.", "starter limit instead?", NOW)
        assert one.row().state == "declined"
        letter = declined_letter(shop, one.row(), NOW.date())
        assert letter.startswith(b"%PDF") and letter == declined_letter(shop, one.row(), NOW.date())
    with acting(shop.id):
        refused(shop, lambda: accept(shop, MANAGER, one.id, NOW, number="C-9"))


def test_withdrawn_is_withdrawn(shop):
    one = Applicant(shop).fill()
    one.submit()
    for _ in range(2):
        with transaction.atomic():
            one.enter()
            assert actions.withdraw(one.id, NOW).state == "withdrawn"
    with acting(shop.id):
        refused(shop, lambda: decline(shop, MANAGER, one.id, "late", "", NOW))


@pytest.mark.parametrize("role", ["collector", "cash_clerk", "sales", "auditor", "admin"])
def test_who_does_not_decide_is_refused(shop, role):
    one = Applicant(shop).fill()
    one.submit()
    person = Actor("x", None, role)
    with acting(shop.id):
        for act in (
            lambda: accept(shop, person, one.id, NOW, number="C-1"),
            lambda: decline(shop, person, one.id, "no", "", NOW),
            lambda: ask_more(shop, person, one.id, "more", 3, NOW),
        ):
            assert refused(shop, act).first.code == "application_not_yours"


def test_a_taken_number_leaves_nothing_behind(shop):
    one, other = Applicant(shop).fill(), Applicant(shop).fill()
    one.submit()
    other.submit()
    with acting(shop.id):
        accept(shop, MANAGER, one.id, NOW, number="C-1")
        refused(shop, lambda: accept(shop, MANAGER, other.id, NOW, number="C-1"), BadInput)
        kept = Customer.objects.get(seller=shop, number="C-1")
        accept(shop, MANAGER, other.id, NOW, customer=kept)
        assert Identifier.objects.filter(customer=kept).count() == 2, "numbers on record are not added twice"


def test_a_referee_answers_once_and_an_older_link_ends(shop):
    one = Applicant(shop).fill()
    one.submit()
    found = refused(shop, lambda: one.answer("trade", {"late_days": "soon"}, ""), Incomplete)
    assert [fault.place for fault in found.faults] == ["late_days", "highest", "terms_days", "answered_by"]
    with acting(shop.id):
        asked = ApplicationReference.objects.get(application_id=one.id, kind="trade")
        _row, secret = ask_again(shop, MANAGER, asked.id, 10, NOW)
    with transaction.atomic():
        assert entering.enter_reference(one.links["trade"]) is None
    one.links["trade"] = secret
    good = {"highest": "1", "terms_days": "30", "late_days": "0"}
    one.answer("trade", good)
    assert refused(shop, lambda: one.answer("trade", good)).first.code == "reference_answered"


def test_starts_from_one_address_are_counted(shop):
    for _ in range(20):
        Applicant(shop)
    assert refused(shop, lambda: Applicant(shop)).first.code == "application_too_many"
    Applicant(shop, address="203.0.113.9")
    Applicant(shop, now=NOW + timedelta(hours=2))


def test_a_closed_form_and_an_unknown_one_look_the_same(shop, new_seller):
    closed = new_seller(enter=False)
    for code in (closed.code, "NOBODY", shop.code + "x", "", "'; --"):
        with transaction.atomic():
            assert entering.enter_form(code) is None
            assert not Application.objects.exists()


VISIBLE = """
SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v') AND c.relnamespace = 'public'::regnamespace
    AND has_table_privilege(c.oid, 'SELECT') AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid
    AND a.attname = 'seller_id' AND NOT a.attisdropped)
"""


def seen():
    """Which tables show anything, and how many rows; without what the worker, as whom tests run, sees of everybody."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(VISIBLE)
        for (table,) in cursor.fetchall():
            if table == "tenancy_membership":
                continue
            cursor.execute(f"SELECT count(*) FROM {table}")
            if count := cursor.fetchone()[0]:
                found[table] = count
    return found


def test_a_link_shows_its_own_application_and_nothing_else(shop):
    mine, other = Applicant(shop).fill(), Applicant(shop).fill()
    other.submit()
    mine.submit()
    with acting(shop.id):
        accept(shop, MANAGER, other.id, NOW, number="C-1")
    with transaction.atomic():
        mine.enter()
        shown = seen()
        assert set(shown) == {
            "credit_application", "credit_applicationacceptance", "credit_applicationform", "credit_applicationkey",
            "credit_applicationreference", "credit_applicationstart", "journal_event",
        }  # fmt: skip
        assert shown["credit_application"] == 1 and shown["credit_applicationreference"] == 2
    with transaction.atomic():
        assert entering.enter_reference(mine.links["trade"]) is not None
        shown = seen()
        assert set(shown) == {"credit_applicationform", "credit_applicationreference", "credit_applicationstart"}
        assert shown["credit_applicationreference"] == 1
    for enter in (entering.enter_application, entering.enter_reference):
        with transaction.atomic():
            assert enter("wrong" + mine.secret) is None
            assert seen() == {}


@pytest.mark.parametrize(
    "change",
    ["state = 'accepted', customer_id = NULL", "state = 'declined'", "note = 'x'", "message = 'x'",
     "decided_at = started_at", "answers = '{}'"],
)  # fmt: skip
def test_an_applicant_does_not_decide_by_sql_either(shop, change):
    one = Applicant(shop).fill()
    one.submit()
    with transaction.atomic():
        one.enter()
        with pytest.raises(Exception) as caught, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE credit_application SET {change}")
    assert isinstance(caught.value.__cause__, psycopg.errors.RestrictViolation | psycopg.errors.CheckViolation)


def test_answers_cover_every_section():
    from openterms.core.credit.application_shape import BY_NAME

    assert set(ANSWERS) == set(BY_NAME)


def test_two_decide_an_application_at_once_and_the_second_is_told_what_happened(shop):
    """One customer or one refusal, never both; who comes second reads who was first."""
    with acting(shop.id):
        people = []
        for name in ("Ana", "Max"):
            user = add_user(f"{new_id().hex}@house.example", None, name)
            add_membership(shop, user, "credit_manager", 10**12)
            people.append(Actor(name, user.id, "credit_manager", 10**12))
    one = Applicant(shop).fill()
    one.submit()
    answers = together(
        shop,
        lambda: accept(shop, people[0], one.id, NOW, number="C-1"),
        lambda: decline(shop, people[1], one.id, "too young", "", NOW),
    )
    (second,) = [answer for answer in answers if isinstance(answer, Refused)]
    accepted = answers[1] is second
    if second.first.code != "busy":
        said = "Ana has accepted" if accepted else "Max has declined"
        assert said in second.first.staff_text()
    row = one.row()
    assert row.state == ("accepted" if accepted else "declined")
    with acting(shop.id):
        assert Customer.objects.filter(seller=shop).count() == accepted
