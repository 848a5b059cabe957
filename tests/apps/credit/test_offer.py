"""Offers: a limit that waits for the customer's yes, by a personal link or told to a person of the seller."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from openterms.apps.analytics.checking.reads import check_seller
from openterms.apps.credit.decision import acts
from openterms.apps.credit.line.actions import set_line
from openterms.apps.credit.models import Line, Offer
from openterms.apps.credit.offer.actions import (
    Offered,
    accept_by_link,
    answer_offer,
    decline_by_link,
    expire_offers,
    make_offer,
    renew_link,
    withdraw_offer,
)
from openterms.apps.credit.offer.entering import enter_offer
from openterms.apps.journal.models import Event
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.context import acting
from tests.apps.cases import Department
from tests.apps.desk import NOW, day

WANTED = Offered(
    limit_minor=80_000, currency="USD", answer_by=day("06-15"), reason="good year", message="You paid on time.",
    terms="net 45",
)  # fmt: skip
ANN = Actor("Ann", None, "credit_manager", 80_000)


@pytest.fixture
def offer(desk):
    set_line(desk.seller, SYSTEM, desk.customer(), "USD", 50_000, "agreed", day("05-01"), NOW)

    def make(actor=ANN, now=NOW, **changes):
        return make_offer(desk.seller, actor, desk.customer(), replace(WANTED, **changes), now)

    return make


def limit(desk):
    return Line.objects.get(seller=desk.seller, currency="USD").limit_minor


def test_the_line_changes_when_the_customer_says_yes_and_not_before(desk, offer):
    made, secret = offer()
    assert limit(desk) == 50_000
    with desk.refused("name is missing"):
        accept_by_link(secret, " x ", "198.51.100.7", NOW)
    with desk.refused("no such offer"):
        accept_by_link("wrong", "Jane Doe", "198.51.100.7", NOW)
    with acting(desk.seller.id):
        answered = accept_by_link(secret, " Jane  Doe ", "198.51.100.7", NOW + timedelta(days=14))
    assert (answered.state, answered.answered_name, answered.answered_from) == ("accepted", "Jane Doe", "198.51.100.7")
    assert (limit(desk), Customer.objects.get(seller=desk.seller).terms) == (80_000, "net 45")
    kinds = list(Event.objects.filter(seller=desk.seller, kind__startswith="offer").values_list("kind", flat=True))
    assert sorted(kinds) == ["offer_accepted", "offer_made"]
    with desk.refused("waits for no answer"):
        decline_by_link(secret, "Jane Doe", "198.51.100.7", "", NOW)
    assert all(finding.ok for finding in check_seller(desk.seller, day("06-01")))
    assert made.id == answered.id


def test_no_later_than_its_last_day_and_only_while_the_line_is_as_it_was(desk, offer):
    _, secret = offer()
    with desk.refused("stood through 2026-06-15"):
        accept_by_link(secret, "Jane Doe", "", NOW + timedelta(days=15))
    set_line(desk.seller, SYSTEM, desk.customer(), "USD", 40_000, "late", day("06-01"), NOW)
    with desk.refused("changed since"):
        accept_by_link(secret, "Jane Doe", "", NOW)
    assert expire_offers(desk.seller, NOW + timedelta(days=14)) == 0
    assert expire_offers(desk.seller, NOW + timedelta(days=15)) == 1
    assert Offer.objects.get(seller=desk.seller).state == "expired"


def test_declined_withdrawn_and_told_to_a_person(desk, offer):
    _, secret = offer()
    with desk.refused("answer already"):
        offer()
    with acting(desk.seller.id):
        kept = decline_by_link(secret, "Jane Doe", "", "too little", NOW)
    assert (kept.state, kept.answer_note, limit(desk)) == ("declined", "too little", 50_000)
    made, old = offer()
    _, secret = renew_link(desk.seller, ANN, made.id, NOW)
    with desk.refused("no such offer"):
        accept_by_link(old, "Jane Doe", "", NOW)
    with desk.refused("note is empty"):
        answer_offer(desk.seller, ANN, made.id, True, "Jane Doe", "", NOW)
    answer_offer(desk.seller, ANN, made.id, True, "Jane Doe", "Letter of 1 June", NOW)
    assert limit(desk) == 80_000
    made, _ = offer(limit_minor=70_000)
    with desk.refused("reason is empty"):
        withdraw_offer(desk.seller, ANN, made.id, " ", NOW)
    assert withdraw_offer(desk.seller, ANN, made.id, "a mistake", NOW).state == "withdrawn"


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"limit_minor": -1}, "zero or more"),
        ({"limit_minor": 80_001}, "more than this person may grant"),
        ({"reason": " "}, "reason is empty"),
        ({"answer_by": day("05-31")}, "from today on"),
        ({"until": day("06-14")}, "before it can be accepted"),
        ({"terms": "whenever"}, "."),
        ({"actor": Actor("Bo", None, "collector", 10**9)}, "does not set credit limits"),
    ],
)
def test_what_cannot_be_offered_is_refused(desk, offer, change, match):
    with desk.refused(match):
        offer(**change)


def test_a_link_shows_its_offer_and_nothing_else(desk, offer, new_seller):
    made, secret = offer()
    other = new_seller()
    with acting(other.id):
        assert not Offer.objects.exists()
        assert enter_offer("wrong") is None
        found = enter_offer(secret)
        assert found is not None and found.id == made.id
        assert Offer.objects.count() == 1 and not Line.objects.exists() and not Customer.objects.exists()


def test_a_case_is_approved_as_an_offer(desk):
    office = Department(desk)
    case = office.case(4_000_000)
    office.recommend(case, 3_000_000)
    acts.approve(office.seller, office.people["bo"], case.id, None, NOW, answer_by=day("06-20"))
    assert (office.again(case).outcome, office.limit()) == ("approved", None)
    made = Offer.objects.get(seller=office.seller)
    assert all(finding.ok for finding in check_seller(office.seller, day("06-01")))
    answer_offer(office.seller, office.people["may"], made.id, True, "Jane Doe", "by telephone", NOW)
    assert office.limit() == 3_000_000
    assert all(finding.ok for finding in check_seller(office.seller, day("06-01")))
