"""Pauses and consents, told by the desk."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from openterms.apps.collecting.guard.reads import verdict
from openterms.apps.collecting.models import Pause
from openterms.apps.collecting.pause.actions import end_pause, give_consent, pause, withdraw_consent
from openterms.apps.collecting.pause.reads import pauses_of
from openterms.apps.journal.models import Event
from openterms.apps.parties.actions import add_contact
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.actor import SYSTEM
from openterms.core.collecting.guard import Act
from tests.apps.collecting.test_guard import TUESDAY
from tests.apps.desk import NOW, day


def hold(desk, until="06-30", kind="query", *items, reason="They look for the delivery note."):
    ids = [item.id for item in items]
    return pause(desk.seller, SYSTEM, desk.customer(), kind, reason, day(until), day("06-02"), NOW, ids)


def codes(desk, act=Act.MESSAGE, **more):
    return verdict(desk.customer().id, act, TUESDAY, **more).codes


def test_a_pause_stops_the_customer_until_its_last_day(desk):
    desk.invoice("I1", "03-01", 10_000)
    first, longer = hold(desk, "06-05"), hold(desk, "06-20")
    assert Customer.objects.get(id=desk.customer().id).paused_until == day("06-20")
    assert codes(desk) == codes(desk, Act.DEBIT) == codes(desk, Act.CHARGE) == ("paused",)
    end_pause(desk.seller, SYSTEM, longer.id, day("06-02"), NOW)
    assert Customer.objects.get(id=desk.customer().id).paused_until == day("06-05")
    assert [one.id for one in pauses_of(desk.seller, desk.customer().id, day("06-02"))] == [first.id]
    end_pause(desk.seller, SYSTEM, first.id, day("06-02"), NOW)
    assert codes(desk) == () and Customer.objects.get(id=desk.customer().id).paused_until is None
    with desk.refused("over already"):
        end_pause(desk.seller, SYSTEM, first.id, day("06-02"), NOW)
    kinds = Event.objects.filter(seller=desk.seller, subject_type="pause").values_list("kind", flat=True)
    assert sorted(kinds) == ["dunning_paused"] * 2 + ["dunning_resumed"] * 2


def test_a_pause_of_items_leaves_the_others(desk):
    one, other = desk.invoice("I1", "03-01", 10_000), desk.invoice("I2", "03-01", 5_000)
    hold(desk, "06-20", "query", one)
    assert codes(desk) == () and codes(desk, item_ids=[other.id]) == ()
    assert "paused" in codes(desk, item_ids=[one.id])
    assert codes(desk, Act.DEBIT, amount_minor=5_001) == ("more_than_collectable",)
    hold(desk, "06-20", "query", other)
    assert "paused" in codes(desk)
    assert Customer.objects.get(id=desk.customer().id).paused_until is None


def test_hardship_stops_demands_and_leaves_offers(desk):
    desk.invoice("I1", "03-01", 10_000)
    hold(desk, "09-30", "hardship", reason="The owner is in hospital.")
    assert codes(desk) == codes(desk, Act.CHARGE) == ("hardship", "paused")
    assert codes(desk, Act.OFFER) == () and codes(desk, Act.MESSAGE, is_asking=False) == ()


@pytest.mark.parametrize(
    ("until", "kind", "reason", "said"),
    [
        ("06-01", "query", "x", "to come"),
        ("06-30", "query", " ", "reason is empty"),
        ("06-30", "sulk", "x", "no kind of pause"),
    ],
)
def test_pauses_that_cannot_be(desk, until, kind, reason, said):
    desk.customer()
    with desk.refused(said):
        hold(desk, until, kind, reason=reason)
    foreign = desk.invoice("I9", "03-01", 100, who="C9")
    with desk.refused("customer owes"):
        hold(desk, "06-30", "query", foreign)


def test_only_the_end_of_a_pause_changes(desk):
    made = hold(desk)
    with pytest.raises(DatabaseError), transaction.atomic():
        Pause.objects.filter(id=made.id).update(until=day("12-31"))
    with pytest.raises(DatabaseError), transaction.atomic():
        Pause.objects.filter(id=made.id).delete()


def test_a_channel_that_needs_consent_opens_with_it(desk):
    desk.invoice("I1", "03-01", 10_000)
    person = add_contact(desk.customer(), SYSTEM, NOW, name="Ms Reed", phone="+12125550100")
    assert codes(desk, channel="sms") == ("no_consent",)
    given = give_consent(desk.seller, SYSTEM, person, "sms", "On the order form of 1 June", day("06-01"), NOW)
    assert codes(desk, channel="sms") == () and codes(desk, channel="whatsapp") == ("no_consent",)
    with desk.refused("to come"):
        give_consent(desk.seller, SYSTEM, person, "whatsapp", "tomorrow's form", day("06-02"), NOW)
    with desk.refused("kept already"):
        give_consent(desk.seller, SYSTEM, person, "sms", "again", day("06-01"), NOW)
    withdraw_consent(desk.seller, SYSTEM, given.id, day("06-02"), NOW)
    assert codes(desk, channel="sms", contact_id=person.id) == ("no_consent",)
