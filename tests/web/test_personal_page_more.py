"""The personal page: why each amount is owed, papers, new links, limits, haste; and the desk's side of it."""

from __future__ import annotations

import html
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test import RequestFactory, override_settings

from openterms.apps.collecting.answering import actions as answering
from openterms.apps.collecting.models import Promise, ReportedPayment
from openterms.apps.messaging.models import Message, PageLink, PageRequest, PageTouch
from openterms.apps.messaging.outgoing.letters import Letter
from openterms.apps.messaging.outgoing.queueing import queue
from openterms.apps.messaging.page.actions import make_link, revoke_links, touch
from openterms.apps.parties.models import Contact
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.context import acting
from openterms.apps.tenancy.models import Seller
from openterms.core.messaging.templates import Rendered
from openterms.web.pages import limits
from tests.apps.desk import fingerprint

from .test_personal_page import LONG, Shop


@pytest.fixture
def shop(team, web_server):
    return Shop(team, web_server)


def filled(shop, name):
    """A form as the page gives it, without what belongs to one browser alone."""
    given, _ = shop.form(shop.visit(), name)
    return {field: value for field, value in given.items() if field != "csrfmiddlewaretoken"}


def contact(shop, email="lina@c1.example", **more):
    with acting(shop.seller.id):
        return Contact.objects.create(
            seller=shop.seller, customer=shop.customer, name="Lina Haddad", email=email, role="accounts_payable", **more
        )


def link_for(shop, person, now):
    with acting(shop.seller.id), override_settings(PUBLIC_URL=shop.server):
        _, address = make_link(shop.seller, SYSTEM, shop.customer, person, now)
    return address.removeprefix(shop.server)


def test_what_is_not_due_is_folded_and_each_amount_tells_why(shop):
    with acting(shop.seller.id):
        late = shop.today.isoformat()[5:]
        receipt = shop.desk.receipt("R-5", late, 30_000)
        shop.desk.allocate(receipt, late, (shop.old, 30_000))
    text = shop.visit().get(shop.address).text
    folded = text[text.index('class="own-later"'):]
    assert ">I-2<" in folded and ">I-1<" not in folded, "what is overdue stands open before it"
    first = text[text.index(">I-1<"):text.index('class="own-later"')]
    assert "R-5" in first and "300.00" in first and "900.00" in first and "1,200.00" in first
    form = shop.visit().get(f"{shop.address}paid/").text
    assert form.index(str(shop.old.id)) < form.index("<details") < form.index(str(shop.new.id))


def test_a_statement_as_pdf_in_both_languages_and_nothing_is_done_by_it(shop):
    before = shop.state()
    for language in ("en", "ar"):
        answer = shop.visit().get(f"{shop.address}statement.pdf?lang={language}")
        assert answer.status == 200 and answer.headers["content-type"] == "application/pdf"
        assert answer.body.startswith(b"%PDF-") and answer.headers["cache-control"] == "private, no-store"
    assert shop.state() == before


def test_names_are_text_on_the_page(shop):
    with acting(shop.seller.id):
        shop.customer.name = f"<script>alert(1)</script> {LONG}"[:200]
        shop.customer.save(update_fields=["name"])
    who = shop.visit()
    for part in ("", "paid/", "dispute/"):
        assert "<script>alert" not in who.get(shop.address + part).text
    assert "&lt;script&gt;" in who.get(shop.address).text


def test_an_ended_link_offers_a_new_one_to_the_address_on_record_alone(shop):
    person = contact(shop)
    old = link_for(shop, person, clock.now() - timedelta(days=91))
    who = shop.visit()
    shown = who.get(f"{old}paid/")
    assert shown.status == 404 and "This link has ended" in shown.text and ">I-1<" not in shown.text
    assert "lina@" not in shown.text
    sent = {"email": "thief@evil.example", "address": "thief@evil.example"}
    first, again = who.post(f"{old}fresh/", sent), who.post(f"{old}fresh/", sent)
    assert first.status == again.status == 200 and "on its way" in again.text and "lina@" not in again.text
    (message,) = shop.all(Message)
    assert (message.address, message.customer_id) == ("lina@c1.example", shop.customer.id)
    fresh = re.search(r"/p/[\w-]{40,}/", message.text)[0]
    assert fresh != old and "I-1" in shop.visit().get(fresh).text


@pytest.mark.parametrize("why", ["no person", "left", "not to be written to", "revoked", "forged"])
def test_no_new_link_where_nobody_may_be_written_to(shop, why):
    person = None if why == "no person" else contact(
        shop, is_active=why != "left", do_not_contact=why == "not to be written to"
    )
    old = link_for(shop, person, clock.now() - timedelta(days=91))
    if why == "revoked":
        with acting(shop.seller.id), connection.cursor() as cursor:
            cursor.execute("UPDATE messaging_pagelink SET revoked_at = now() WHERE contact_id = %s", [person.id])
    if why == "forged":
        old = "/p/" + "B" * 43 + "/"
    before = shop.state()
    answer = shop.visit().post(f"{old}fresh/", {})
    assert answer.status == (404 if why in ("revoked", "forged") else 200)
    assert shop.state() == before


def test_every_message_carries_a_link_of_its_own(shop):
    person = contact(shop)
    letters = [
        Letter(key=f"step:{at}", customer_id=shop.customer.id, contact_id=person.id, channel="email",
               address=person.email, words=Rendered("Subject", "Text", ""))
        for at in range(3)
    ]  # fmt: skip
    with acting(shop.seller.id), override_settings(PUBLIC_URL=shop.server):
        made = queue(shop.seller, SYSTEM, letters, clock.now())
        again = queue(shop.seller, SYSTEM, letters, clock.now())
    links = [one.variables["link"] for one in made]
    assert len(set(links)) == 3 and [one.id for one in again] == [one.id for one in made]
    assert all("I-1" in shop.visit().get(one.removeprefix(shop.server)).text for one in links)
    with acting(shop.seller.id):
        assert PageLink.objects.filter(contact=person).count() == 3
        without = queue(shop.seller, SYSTEM, [letters[0].__class__(
            key="other", customer_id=shop.customer.id, contact_id=person.id, channel="email", address=person.email,
            words=Rendered("Subject", "Text", ""))], clock.now())  # fmt: skip
    assert "link" not in without[0].variables, "where no public address is known there is none"


def test_two_taps_at_once_promise_once(shop):
    given = filled(shop, "promise")
    sent = given | {"day": (shop.today + timedelta(days=3)).isoformat()}
    people = [shop.visit() for _ in range(4)]
    for one in people:
        one.get(f"{shop.address}promise/")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda one: one.post(f"{shop.address}promise/", sent).status, people))
    assert set(answers) == {200}, answers
    (made,) = shop.all(Promise)
    assert made.amount_minor == 120_000 and shop.item(shop.old).promised_minor == 120_000
    assert [one.kind for one in shop.all(PageTouch)] == ["promised"]


def test_the_same_form_again_is_answered_as_the_first_whatever_is_owed_since_then(shop):
    given = filled(shop, "paid")
    sent = given | {"items": [str(shop.old.id)], "amount": "1,200.00", "way": "transfer"}
    people = [shop.visit() for _ in range(4)]
    for one in people:
        one.get(f"{shop.address}paid/")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda one: one.post(f"{shop.address}paid/", sent), people))
    answers.append(people[0].post(f"{shop.address}paid/", sent))
    assert all(one.status == 200 and "own-thanks" in one.text for one in answers), [one.status for one in answers]
    (made,) = shop.all(ReportedPayment)
    assert made.amount_minor == 120_000 and shop.item(shop.old).in_flight_minor == 120_000
    over = people[0].post(f"{shop.address}paid/", sent | {"key": str(new_id())})
    assert over.status == 422 and len(shop.all(ReportedPayment)) == 1, "another form for the same money is refused"


def test_a_form_without_its_key_or_with_another_does_nothing(shop):
    given = filled(shop, "promise")
    sent = given | {"day": shop.today.isoformat()}
    before = shop.state()
    for key in ("", "no-key", "1"):
        assert shop.visit().post(f"{shop.address}promise/", sent | {"key": key}).status == 422
    assert shop.state() == before


def test_a_file_is_told_by_its_content(shop):
    given = filled(shop, "paid")
    sent = given | {"way": "transfer", "paid_on": shop.today.isoformat()}
    before = shop.state()
    for name, content, kind in (
        ("proof.pdf", b"<html>no</html>", "application/pdf"), ("proof.html", b"%PDF-1.7\n%%EOF", "text/html"),
        ("proof.pdf", b"", "application/pdf"),
    ):  # fmt: skip
        answer = shop.visit().post(f"{shop.address}paid/", sent, files={"file": (name, content, kind)})
        assert answer.status == 422, name
    assert shop.state() == before


def test_a_page_is_asked_for_so_often_and_no_more(db, monkeypatch):
    monkeypatch.setattr(limits, "BY_LINK", 3)
    ask = RequestFactory().get("/p/x/", REMOTE_ADDR="203.0.113.9")
    secret = f"secret-{new_id()}"
    assert [limits.wait_seconds(ask, secret) for _ in range(3)] == [0, 0, 0]
    assert 0 < limits.wait_seconds(ask, secret) <= 60
    assert len({limits.place_of("link", str(at)) for at in range(300)}) > 250
    assert limits.place_of("link", "a") != limits.place_of("sent", "a")


def test_touches_count_on_the_sellers_own_day_when_clocks_change(shop):
    with acting(shop.seller.id):
        Seller.objects.filter(id=shop.seller.id).update(timezone="Europe/Berlin")
        link = PageLink.objects.get(seller=shop.seller)
        for at in ("2026-10-24T21:30", "2026-10-24T22:30", "2026-10-25T01:30", "2026-10-25T23:30"):
            touch(link, PageTouch.Kind.ASKED, "", datetime.fromisoformat(at).replace(tzinfo=UTC))
        with connection.cursor() as cursor:
            asked = "SELECT kind, touched_on FROM book_touches WHERE seller_id = %s ORDER BY 2"
            cursor.execute(asked, [shop.seller.id])
            found = cursor.fetchall()
    days = [date(2026, 10, day) for day in (24, 25, 25, 26)]
    assert found == [("page_asked", day) for day in days]


def test_a_promise_made_in_the_night_the_clocks_change_is_for_the_local_day(shop):
    now = datetime(2026, 10, 24, 22, 30, tzinfo=UTC)  # 00:30 on the 25th in Berlin, whose day has 25 hours
    with acting(shop.seller.id):
        Seller.objects.filter(id=shop.seller.id).update(timezone="Europe/Berlin")
        link = PageLink.objects.get(seller=shop.seller)
        item = shop.desk.invoice("N-1", "09-01", 5_000)
    reader = answering.Reader(link, new_id())
    with pytest.raises(Exception, match=r"\S"):
        answering.promise_day(reader, [item.id], 5_000, date(2026, 10, 24), now)
    assert answering.promise_day(reader, [item.id], 5_000, date(2026, 10, 25), now)


class TestDesk:
    """What the desk sees and does."""

    @pytest.fixture
    def house(self, team, web_server):
        made = team("credit_manager", "collector", "auditor")
        shop = Shop(lambda *_: made, web_server)
        return shop, made

    def test_a_link_is_made_shown_once_and_ended(self, house, visitor):
        shop, made = house
        person = contact(shop)
        who = visitor(made.people["collector"])
        page = f"/customers/{shop.customer.id}/"
        shown = who.post(f"{page}page-links/new/", {"contact": str(person.id)})
        address = html.unescape(re.search(r'value="([^"]+/p/[^"]+)"', shown.text)[1])
        assert "I-1" in shop.visit().get(address.removeprefix(shop.server)).text
        text = who.get(page).text
        assert address not in text and "Lina Haddad" in text and "Link to the personal page made" in text
        with acting(shop.seller.id):
            link = PageLink.objects.get(contact=person)
        assert who.post(f"{page}page-links/{link.id}/end/", {}).status == 200
        assert shop.visit().get(address.removeprefix(shop.server)).status == 404
        assert shop.visit().get(shop.address).status == 200, "the other one still opens it"
        who.post(f"{page}page-links/end/", {})
        assert shop.visit().get(shop.address).status == 404
        assert "No link opens it" in who.get(page).text

    def test_requests_are_listed_lead_to_their_forms_and_are_answered(self, house, visitor):
        shop, made = house
        reader = shop.visit()
        day = (shop.today + timedelta(days=3)).isoformat()
        reader.post(f"{shop.address}instalments/", {"key": str(new_id()), "count": "3", "first_on": day, "text": "<b>"})
        reader.post(f"{shop.address}person/", {"key": str(new_id()), "name": "Omar", "email": "omar@c1.example"})
        who = visitor(made.people["collector"])
        text = who.get("/requests/").text
        assert "&lt;b&gt;" in text and "omar@c1.example" in text
        plan, person = (html.unescape(one) for one in re.findall(
            r'href="(/customers/[^"]+(?:plans/new|keep/contact)/\?[^"]+)"', text))  # fmt: skip
        assert "400.00" in who.get(plan).text, "the plan form, filled in, with its schedule"
        assert "omar@c1.example" in who.get(person).text
        for asked in shop.all(PageRequest):
            assert who.post(f"/requests/{asked.id}/answer/", {"note": ""}).status == 422
            assert who.post(f"/requests/{asked.id}/answer/", {"note": "Called back"}).status == 200
        assert "No request waits" in who.get("/requests/").text
        assert {one.done_note for one in shop.all(PageRequest)} == {"Called back"}

    def test_who_only_reads_hands_out_no_links(self, house, visitor):
        shop, made = house
        who = visitor(made.people["auditor"])
        with acting(shop.seller.id):
            before = fingerprint(shop.seller)
        page = f"/customers/{shop.customer.id}/page-links/"
        assert who.post(f"{page}new/", {}).status == 403 and who.post(f"{page}end/", {}).status == 403
        assert who.get("/requests/").status == 200
        with acting(shop.seller.id):
            assert fingerprint(shop.seller) == before

    def test_another_sellers_link_and_request_are_not_there(self, house, team, visitor, web_server):
        shop = house[0]
        shop.visit().post(f"{shop.address}ask/", {"key": str(new_id()), "text": "Where?"})
        (asked,) = shop.all(PageRequest)
        with acting(shop.seller.id):
            link = PageLink.objects.get(seller=shop.seller)
        stranger = visitor(team("collector").people["collector"])
        assert stranger.post(f"/requests/{asked.id}/answer/", {"note": "Mine"}).status == 404
        assert stranger.post(f"/customers/{shop.customer.id}/page-links/{link.id}/end/", {}).status == 404
        assert shop.visit().get(shop.address).status == 200


def test_revoking_twice_ends_nothing_more(shop):
    with acting(shop.seller.id):
        now = clock.now() + timedelta(seconds=1)
        assert revoke_links(shop.seller, SYSTEM, shop.customer, now) == 1
        assert revoke_links(shop.seller, SYSTEM, shop.customer, now) == 0
