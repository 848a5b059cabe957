"""Late charges in the desk: looked at, explained, booked, waived; and refusals where the act would have been."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from openterms.apps.collecting.models import LateCharge
from openterms.apps.collecting.pause.actions import pause
from openterms.apps.parties.actions import add_customer
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
