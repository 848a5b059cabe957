"""The page of one recipient, as it is opened from a message: read, answered, forged, expired, revoked, replayed."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import override_settings

from openterms.apps.collecting.models import Promise, ReportedPayment
from openterms.apps.collecting.plan import actions as plans
from openterms.apps.collecting.plan.models import Plan
from openterms.apps.messaging.models import PageLink, PageRequest, PageTouch
from openterms.apps.messaging.page.actions import make_link, revoke_links
from openterms.apps.receivables.models import DisputeCase, Item
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.clock import local_date, new_id
from openterms.apps.tenancy.context import acting
from tests.apps.desk import Desk, fingerprint

from .visitor import Visitor

LONG = "Al-Noor International Trading & Contracting Establishment for Building Materials L.L.C."
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n"


class Shop:
    """A seller with two customers that owe, and a link for the first."""

    def __init__(self, team, server):
        self.seller, self.server = team("credit_manager", "collector").seller, server
        self.today = local_date(clock.now(), self.seller.timezone)
        with acting(self.seller.id):
            self.desk = Desk(self.seller)
            self.old = self.invoice("I-1", 75, 120_000)
            self.new = self.invoice("I-2", 10, 80_050)
            self.other = self.invoice("X-9", 75, 500_000, who="C2")
            self.customer = self.desk.customer()
        self.address = self.link()

    def invoice(self, number, days_ago, minor, who="C1"):
        on = (self.today - timedelta(days=days_ago)).isoformat()[5:]
        return self.desk.invoice(number, on, minor, who=who)

    def link(self, now=None):
        with acting(self.seller.id), override_settings(PUBLIC_URL=self.server):
            _, address = make_link(self.seller, SYSTEM, self.customer, None, now or clock.now())
        return address.removeprefix(self.server)

    def visit(self):
        return Visitor(self.server)

    def form(self, who, name):
        """The fields of a form as the page gives them."""
        text = who.get(f"{self.address}{name}/").text
        found = dict(re.findall(r'<input type="(?:text|hidden|date|number)" name="(\w+)" value="([^"]*)"', text))
        items = re.findall(r'name="items" value="([0-9a-f-]{36})"[^>]*checked', text)
        return {**found, **({"items": items} if items else {})}, text

    def all(self, model):
        with acting(self.seller.id):
            return list(model.objects.filter(seller=self.seller).order_by("id"))

    def item(self, one):
        with acting(self.seller.id):
            return Item.objects.get(id=one.id)

    def state(self):
        with acting(self.seller.id):
            return fingerprint(self.seller)


@pytest.fixture
def shop(team, web_server):
    return Shop(team, web_server)


def test_the_page_says_what_is_owed_and_shows_nobody_else(shop):
    answer = shop.visit().get(shop.address)
    assert answer.status == 200
    assert "I-1" in answer.text and "I-2" in answer.text and "1,200.00" in answer.text
    assert ">X-9<" not in answer.text and "5,000.00" not in answer.text
    assert answer.headers["cache-control"] == "private, no-store" and "noindex" in answer.headers["x-robots-tag"]
    assert "sessionid" not in answer.headers.get("set-cookie", "")
    arabic = shop.visit().get(f"{shop.address}?lang=ar").text
    assert 'dir="rtl"' in arabic and "I-1" in arabic


def test_reading_does_nothing(shop):
    """A mail scanner follows every link of a message and every link of the page."""
    before, scanner = shop.state(), shop.visit()
    for address in (shop.address, *(f"{shop.address}{name}/" for name in
                    ("paid", "promise", "instalments", "dispute", "person", "ask", "seen"))):  # fmt: skip
        assert scanner.get(address).status in (200, 405)
    assert shop.state() == before
    assert shop.visit().post(f"{shop.address}seen/").status == 204
    assert shop.visit().post(f"{shop.address}seen/").status == 204
    assert [one.kind for one in shop.all(PageTouch)] == ["seen"], "once a day"


@pytest.mark.parametrize("what", ["forged", "cut short", "expired", "revoked"])
def test_a_link_that_is_not_good_opens_nothing(shop, what):
    address = shop.address
    if what == "forged":
        address = "/p/" + "A" * 43 + "/"
    elif what == "cut short":
        address = address[:-6] + "/"
    elif what == "expired":
        address = shop.link(clock.now() - timedelta(days=91))
    else:
        with acting(shop.seller.id):
            assert revoke_links(shop.seller, SYSTEM, shop.customer, clock.now() + timedelta(seconds=1)) == 1
    before = shop.state()
    for part in ("", "paid/", "promise/"):
        answer = shop.visit().get(address + part)
        assert answer.status == 404 and ">I-1<" not in answer.text
        assert shop.visit().post(address + part, {"key": str(new_id()), "amount": "1"}).status in (404, 405)
    assert shop.state() == before


def test_i_have_paid_stops_these_items_once_however_often_it_is_sent(shop):
    who = shop.visit()
    given, _ = shop.form(who, "paid")
    assert given["amount"] == "1,200.00", "what is overdue"
    sent = given | {"way": "transfer", "reference": "FT 77", "paid_on": shop.today.isoformat()}
    files = {"file": ("proof.pdf", PDF, "application/pdf")}
    one = sent | {"items": sent["items"][0]}
    assert "look for your payment" in who.post(f"{shop.address}paid/", one, files=files).text
    who.post(f"{shop.address}paid/", sent)
    (said,) = shop.all(ReportedPayment)
    assert (said.amount_minor, said.channel, said.reference, bool(said.proof_id)) == (120_000, "page", "FT 77", True)
    assert shop.item(shop.old).in_flight_minor == 120_000 and shop.item(shop.new).in_flight_minor == 0
    assert [one.kind for one in shop.all(PageTouch)] == ["reported_payment"]
    assert "we look for it" in who.get(shop.address).text


def test_a_promise_within_reason(shop):
    who = shop.visit()
    given, _ = shop.form(who, "promise")
    far = given | {"day": (shop.today + timedelta(days=45)).isoformat()}
    before = shop.state()
    refused = who.post(f"{shop.address}promise/", far)
    assert refused.status == 422 and "within the next 30 days" in refused.text
    assert shop.state() == before
    given, _ = shop.form(who, "promise")
    near = shop.today + timedelta(days=5)
    who.post(f"{shop.address}promise/", given | {"day": near.isoformat()})
    (made,) = shop.all(Promise)
    assert (made.amount_minor, made.promised_for, made.channel) == (120_000, near, "page")
    assert shop.item(shop.old).promised_minor == 120_000


def test_another_customers_invoice_cannot_be_named(shop):
    who = shop.visit()
    given, _ = shop.form(who, "promise")
    before = shop.state()
    sent = given | {"items": [str(shop.other.id)], "day": shop.today.isoformat()}
    assert who.post(f"{shop.address}promise/", sent).status == 422
    assert who.post(f"{shop.address}dispute/", {"key": str(new_id()), "item": str(shop.other.id),
                    "reason": "price"}).status == 422  # fmt: skip
    assert shop.state() == before


def test_a_dispute_stops_only_the_amount_in_question(shop):
    who = shop.visit()
    sent = {"key": str(new_id()), "item": str(shop.old.id), "amount": "200.00", "reason": "price", "note": "10 %"}
    assert "look into it" in who.post(f"{shop.address}dispute/", sent).text
    (case,) = shop.all(DisputeCase)
    assert (case.amount_minor, case.reason, case.channel, case.note) == (20_000, "price", "page", "10 %")
    assert shop.item(shop.old).contested_minor == 20_000
    over = sent | {"key": str(new_id()), "amount": "5000"}
    assert who.post(f"{shop.address}dispute/", over).status == 422


def test_instalments_are_asked_for_offered_and_accepted(shop):
    who = shop.visit()
    day = (shop.today + timedelta(days=3)).isoformat()
    who.post(f"{shop.address}instalments/", {"key": str(new_id()), "count": "3", "first_on": day, "text": "slow"})
    (asked,) = shop.all(PageRequest)
    assert (asked.kind, asked.said["count"], asked.text) == ("plan", 3, "slow")
    with acting(shop.seller.id):
        first = shop.today + timedelta(days=3)
        wanted = plans.Wanted(item_ids=[shop.old.id], count=3, first_on=first)
        offered = plans.offer(shop.seller, SYSTEM, shop.customer, wanted, clock.now())
    page = f"{shop.address}plan/{offered.id}/"
    text = who.get(page).text
    assert "400.00" in text and "Accept these instalments" in text
    key, agreement = re.search(r'name="key" value="([^"]+)"', text)[1], offered.agreement_hash
    changed = who.post(page, {"key": key, "agreement": "0" * 64, "name": "Omar Haddad"})
    assert changed.status == 422 and "has changed" in changed.text
    assert "accepted this on" in who.post(page, {"key": key, "agreement": agreement, "name": "Omar Haddad"}).text
    (plan,) = shop.all(Plan)
    assert (plan.state, plan.accepted_name, plan.accepted_by) == ("running", "Omar Haddad", "page")


def test_the_wrong_person_and_a_question_reach_somebody(shop):
    who = shop.visit()
    who.post(f"{shop.address}person/", {"key": str(new_id()), "name": "Lina", "email": "lina@c1.example"})
    who.post(f"{shop.address}ask/", {"key": str(new_id()), "text": "Where is <b>the</b> proof?"})
    person, question = shop.all(PageRequest)
    assert (person.kind, person.said["email"]) == ("person", "lina@c1.example")
    assert (question.kind, question.text) == ("question", "Where is <b>the</b> proof?")
    assert who.post(f"{shop.address}ask/", {"key": str(new_id()), "text": " "}).status == 422


def test_the_record_keeps_no_secret(shop):
    secret = shop.address.split("/")[2]
    (link,) = shop.all(PageLink)
    assert secret not in str(link.__dict__) and len(link.digest) == 64
