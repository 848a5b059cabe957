"""Customers and what belongs to them."""

from __future__ import annotations

import pytest

from openterms.apps.journal.models import Event
from openterms.apps.parties.actions import add_contact, add_customer, add_note, change_customer
from openterms.apps.parties.reads import find_customer, search
from openterms.apps.tenancy.actor import SYSTEM
from tests.apps.desk import NOW


def test_a_customer_is_found_by_the_beginning_of_any_word(desk):
    for number, name in (("K1", "Müller & Söhne GmbH"), ("K2", "شركة النور"), ("K3", "Muller Ltd")):
        add_customer(desk.seller, SYSTEM, number, name, "DE", NOW)
    assert [c.number for c in search(desk.seller, "muller")] == ["K3", "K1"]
    assert [c.number for c in search(desk.seller, "SOH mul")] == ["K1"]
    assert [c.number for c in search(desk.seller, "النور")] == ["K2"]
    assert [c.number for c in search(desk.seller, "k2")] == ["K2"]
    assert not search(desk.seller, "%")[1:1]
    found = find_customer(desk.seller, "K1")
    assert find_customer(desk.seller, str(found.id)) == found
    with desk.refused("no customer K9"):
        find_customer(desk.seller, "K9")


@pytest.mark.parametrize(
    ("number", "name", "country", "more", "match"),
    [
        ("C1", "Twice", "US", {}, "is taken"),
        (" ", "A", "US", {}, "number is empty"),
        ("x" * 200, "A", "US", {}, "too long"),
        ("C2", " ", "US", {}, "name is empty"),
        ("C2", "A", "XX", {}, "not a country"),
        ("C2", "A", "US", {"currency": "ABC"}, "not a currency"),
        ("C2", "A", "US", {"terms": "soon"}, "."),
        ("C2", "A", "US", {"timezone": "Mars/Olympus"}, "not a time zone"),
    ],
)
def test_a_customer_that_cannot_be_is_refused(desk, number, name, country, more, match):
    desk.customer("C1")
    with desk.refused(match):
        add_customer(desk.seller, SYSTEM, number, name, country, NOW, **more)


def test_a_change_is_in_the_journal_with_before_and_after(desk):
    customer = change_customer(desk.customer(), SYSTEM, {"name": "New name", "terms": "net 10"}, NOW)
    assert customer.search_name == "new name c1"
    event = Event.objects.get(seller=desk.seller, kind="customer_changed")
    assert event.data == {
        "before": {"name": "Customer C1", "terms": ""}, "after": {"name": "New name", "terms": "net 10"},
    }  # fmt: skip
    with desk.refused("cannot be changed"):
        change_customer(customer, SYSTEM, {"number": "C9"}, NOW)
    with desk.refused("not a country"):
        change_customer(customer, SYSTEM, {"country": "ZZ"}, NOW)


def test_contacts_and_notes_belong_to_the_customer(desk):
    customer = desk.customer()
    contact = add_contact(customer, SYSTEM, NOW, name="Ms Reed", email="reed@example.com")
    note = add_note(customer, SYSTEM, "  pays on Thursdays ", NOW)
    assert (contact.seller_id, note.text) == (desk.seller.id, "pays on Thursdays")
    with desk.refused("name is empty"):
        add_contact(customer, SYSTEM, NOW, name=" ")
    with desk.refused("note is empty"):
        add_note(customer, SYSTEM, " ", NOW)
