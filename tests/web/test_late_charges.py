"""Late charges in the desk: looked at, explained, booked, waived; and refusals where the act would have been."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from openterms.apps.collecting.late_charge.reads import rate_rows
from openterms.apps.collecting.models import Consent, LateCharge, ReferenceRate
from openterms.apps.collecting.pause.actions import pause
from openterms.apps.parties.actions import add_contact, add_customer
from openterms.apps.receivables.models import Item
from openterms.apps.receivables.open_item.actions import Document, post_invoice
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting
from tests.apps.cases import POLICY, publish

LATE = "late_charges: {mode: interest_and_lump_sum, reference: fixed, above_reference_bp: 1200, lump_sum_minor: 4000}"


@pytest.fixture
def late(team):
    """A seller whose customer is 40 days late with 1,000.00, under terms of 12 % a year and 40.00."""
    made = team("credit_manager", "collector")
    now, today = clock.now(), clock.today(made.seller.timezone)
    with acting(made.seller.id):
        publish(made.seller, POLICY.replace("late_charges: {mode: none}", LATE), today - timedelta(days=100))
        customer = add_customer(made.seller, SYSTEM, "C1", "Acme Stores", "US", now)
        document = Document("I1", today - timedelta(days=70), 100_000, "USD")
        (item,) = post_invoice(made.seller, SYSTEM, customer, document, now, due_on=today - timedelta(days=40))
    return made, customer, item


def test_late_charges_are_looked_at_booked_and_waived(late, visitor):
    made, customer, item = late
    one = visitor(made.people["credit_manager"])
    listed = one.get("/late-charges/")
    assert "Acme Stores" in listed.text and "53.15" in listed.text and "Looking books nothing" in listed.text
    told = one.get(f"/late-charges/items/{item.id}/").text
    assert "12.00%" in told.replace("\u00a0", "") and "13.15" in told and "by the terms agreed" in told
    with acting(made.seller.id):
        assert not LateCharge.objects.exists()
    assert "2 charges are booked" in one.post("/late-charges/book/", {}).text
    assert "0 charges are booked" in one.post("/late-charges/book/", {}).text
    assert "LI-I1" in one.get(f"/customers/{customer.id}/").text
    with acting(made.seller.id):
        charge = LateCharge.objects.get(kind="late_fee")
    page = f"/late-charges/{charge.id}/"
    assert "LF-I1" in one.get(page).text
    wrong = one.post(f"{page}waive/", {"amount": "41", "reason": "Goodwill"})
    assert wrong.status == 422 and "cannot be waived" in wrong.text
    assert one.post(f"{page}waive/", {"amount": "40", "reason": ""}).status == 422
    assert "waived" in one.post(f"{page}waive/", {"amount": "15.00", "reason": "Goodwill"}).text
    with acting(made.seller.id):
        assert Item.objects.get(id=charge.charged_item_id).open_minor == 2_500


def test_only_who_posts_may_book_or_waive(late, visitor):
    made, _customer, _item = late
    one = visitor(made.people["collector"])
    assert "Book these charges" not in one.get("/late-charges/").text
    assert one.post("/late-charges/book/", {}).status == 403
    with acting(made.seller.id):
        assert not LateCharge.objects.exists()


def test_pages_read_in_arabic_and_tell_a_missing_rate(late, visitor):
    made, customer, item = late
    today = clock.today(made.seller.timezone)
    with acting(made.seller.id):
        publish(made.seller, POLICY.replace("late_charges: {mode: none}", LATE.replace("fixed", "eibor")), today)
    one = visitor(made.people["credit_manager"])
    assert "the rate eibor is not known" in one.get("/late-charges/").text.lower()
    one.post("/display/", {"locale": "ar"})
    assert "eibor" in one.get(f"/late-charges/items/{item.id}/").text
    text = one.get(f"/late-charges/?customer={customer.id}").text
    assert 'dir="rtl"' in text and "Looking books" not in text


def test_a_refusal_stands_where_the_call_would_have_been(late, visitor):
    made, customer, _item = late
    today = clock.today(made.seller.timezone)
    with acting(made.seller.id):
        pause(made.seller, SYSTEM, customer, "hardship", "Flood", today + timedelta(days=9), today, clock.now())
    one = visitor(made.people["collector"])
    form = one.get(f"/customers/{customer.id}/do/call/").text
    assert "Do not call now" in form and re.search("Hardship is recorded", form)
    logged = one.post(
        f"/customers/{customer.id}/do/call/", {"send": "1", "kind": "call", "outcome": "no_answer", "note": ""}
    )
    assert "Recorded" in logged.text  # what was done already is kept


def test_reference_rates_are_shown_with_their_source_and_added(late, visitor):
    made, _customer, _item = late
    one, page = visitor(made.people["credit_manager"]), "/late-charges/rates/"
    shown = one.get(page).text
    assert "ecb_main" in shown and "2026H2" in shown and "check it" in shown and "Earlier half-years" in shown
    given = {"reference": "eibor", "half": "2026H2", "rate": "4.10", "source": "centralbank.ae, 1 July 2026"}
    for wrong in ({"half": "2026"}, {"rate": "4.105"}, {"source": " "}, {"reference": "fixed"}, {"rate": "200"}):
        assert one.post(page, given | wrong).status == 422, wrong
    kept = one.post(page, given)
    assert "The rate is kept" in kept.text and "centralbank.ae" in kept.text
    assert "4.25" in one.post(page, given | {"rate": "4.25"}).text
    assert visitor(made.people["collector"]).post(page, given).status == 403
    with acting(made.seller.id):
        assert ReferenceRate.objects.count() == 2
        (row,) = rate_rows(made.seller)["eibor"]
        assert (row["rate_bp"], row["is_own"]) == (425, True)


def test_consents_are_kept_with_their_proof_and_taken_back(late, visitor, team):
    made, customer, _item = late
    one, page = visitor(made.people["collector"]), f"/customers/{customer.id}/consents/"
    assert "Add a contact first" in one.get(page).text
    with acting(made.seller.id):
        contact = add_contact(customer, SYSTEM, clock.now(), name="Jane Doe", phone="+1 202 555 0101")
    today = clock.today(made.seller.timezone)
    given = {"contact": str(contact.id), "channel": "sms", "given_on": today.isoformat(), "source": "Form of 3 May"}
    for wrong in ({"source": ""}, {"channel": "pigeon"}, {"given_on": (today + timedelta(days=1)).isoformat()}):
        assert one.post(page, given | wrong).status == 422, wrong
    kept = one.post(page, given)
    assert "The consent is kept" in kept.text and "Form of 3 May" in kept.text
    assert one.post(page, given).status == 422
    with acting(made.seller.id):
        consent = Consent.objects.get()
    other = team("collector")
    assert visitor(other.people["collector"]).post(f"/consents/{consent.id}/withdraw/", {}).status == 404
    assert visitor(other.people["collector"]).get(page).status == 404
    assert "taken back on" in one.post(f"/consents/{consent.id}/withdraw/", {}).text
    assert "taken back already" in one.post(f"/consents/{consent.id}/withdraw/", {}).text
    assert "/consents/" in one.get(f"/customers/{customer.id}/").text
