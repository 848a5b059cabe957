"""Lines in the desk: suspended with a notice, covered, offered, changed many at once; and the page of an offer."""

from __future__ import annotations

import re

import pytest

from openterms.apps.credit.group_line.actions import set_group_line
from openterms.apps.credit.group_line.models import GroupLineChange
from openterms.apps.credit.line.actions import set_line
from openterms.apps.credit.models import Cover, Line, LineStep, MassChange, Offer
from openterms.apps.parties.models import Customer, Group
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting

from .every_page import make_world
from .visitor import Visitor


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, web_server):
    """A seller with books, a group, and a signed-in credit manager."""
    from django.db import connection

    from .conftest import PASSWORD

    with django_db_blocker.unblock():
        made = make_world(f"L{clock.new_id().hex[-12:]}")
        with acting(made.seller.id):
            group = Group.objects.create(seller=made.seller, code="G", name="The group")
            Customer.objects.filter(seller=made.seller, number__in=("C-1", "C-2")).update(group=group)
            today, now = clock.today(made.seller.timezone), clock.now()
            set_line(made.seller, SYSTEM, made.made.customers["C-2"], "USD", 500_000, "agreed", today, now)
            set_group_line(made.seller, SYSTEM, group, "USD", 2_000_000, "agreed", now)
        made.group = group
        made.visitor = Visitor(web_server)
        made.visitor.sign_in(made.manager.email, PASSWORD)
        made.guest = Visitor(web_server)
        yield made
        connection.close()


def of(world, number="C-1"):
    return f"/customers/{world.made.customers[number].id}/"


def test_a_line_is_suspended_with_a_letter_and_resumed(world):
    page = world.visitor.get(of(world))
    assert "Lines and cover" in page.text and "The group" in page.text
    address = f"{of(world)}do/suspend-line/"
    refused = world.visitor.post(address, {"send": "1", "currency": "USD", "reason": ""})
    assert refused.status == 422
    sent = {"send": "1", "currency": "USD", "reason": "Cheque returned", "message": "A cheque was returned."}
    assert world.visitor.post(address, sent).status in (200, 302)
    with acting(world.seller.id):
        step = LineStep.objects.get(seller=world.seller, kind="suspend")
    assert "Suspended" in world.visitor.get(of(world)).text
    letter = world.visitor.get(f"/lines/notices/{step.id}/").text
    assert "We take no new orders on credit in USD for now." in letter and "A cheque was returned." in letter
    again = world.visitor.post(address, sent)
    assert again.status == 422 and "suspended already" in again.text
    world.visitor.post(f"{of(world)}do/resume-line/", {"send": "1", "currency": "USD", "reason": "paid"})
    for name in ("reduce-line", "end-line", "cancel-line", "offer-limit", "cover"):
        assert world.visitor.get(f"{of(world)}do/{name}/?currency=USD").status == 200, name


def test_cover_is_added_and_ended(world):
    sent = {"send": "1", "kind": "insured", "currency": "USD", "amount": "3,000.00", "share": "90",
            "valid_from": "2026-01-01", "issuer": "Insurer plc", "reference": "P-1"}  # fmt: skip
    world.visitor.post(f"{of(world)}do/cover/", sent)
    with acting(world.seller.id):
        kept = Cover.objects.get(seller=world.seller)
    assert (kept.amount_minor, kept.share_bp) == (300_000, 9_000)
    page = world.visitor.get(of(world)).text
    assert "Insurer plc" in page and "Not covered" in page
    world.visitor.post(f"/cover/{kept.id}/end/", {"on": "2026-02-01", "reason": "cancelled"})
    assert "Ended" in world.visitor.get(of(world)).text


def test_an_offer_is_accepted_by_the_customer_on_its_own_page(world):
    sent = {"send": "1", "currency": "USD", "amount": "7500", "reason": "good year", "message": "You paid on time.",
            "answer_by": "2099-01-01"}  # fmt: skip
    assert world.visitor.post(f"{of(world, 'C-2')}do/offer-limit/", sent).status == 422, "not a year ahead"
    day = clock.today(world.seller.timezone).isoformat()
    world.visitor.post(f"{of(world, 'C-2')}do/offer-limit/", sent | {"answer_by": day})
    with acting(world.seller.id):
        offer = Offer.objects.get(seller=world.seller)
    assert "You paid on time." in world.visitor.get(f"/offers/{offer.id}/").text
    shown = world.visitor.post(f"/offers/{offer.id}/link/", {}).text
    (path,) = re.findall(r"(/o/[\w-]{43}/)", shown)
    page = world.guest.get(path)
    assert "You paid on time." in page.text and "good year" not in page.text
    assert world.guest.get("/o/nothing/").status == 404
    arabic = world.guest.get(f"{path}?lang=ar").text
    assert 'dir="rtl"' in arabic and "قبول العرض" in arabic
    wrong = world.guest.post(path, {"answer": "accept", "name": ""})
    assert wrong.status == 422 and "name is missing" in wrong.text
    world.guest.post(path, {"answer": "accept", "name": "Jane Doe"})
    assert "accepted it on" in world.guest.get(path).text
    with acting(world.seller.id):
        assert Line.objects.get(seller=world.seller, customer=offer.customer_id).limit_minor == 750_000


def test_the_group_s_page_and_its_limit(world):
    page = world.visitor.get(f"/groups/{world.group.id}/").text
    assert "20,000.00" in page and "Acme Tools" in page
    world.visitor.post(f"/groups/{world.group.id}/limit/", {"currency": "USD", "amount": "19000", "reason": "less"})
    assert "19,000.00" in world.visitor.get(f"/groups/{world.group.id}/").text
    at = f"/groups/{world.group.id}"
    for verb, sent, said in (
        ("suspend", {"reason": ""}, None), ("suspend", {"reason": "late", "message": "One is late."}, "/notices/"),
        ("resume", {"reason": "paid"}, "Resumed"), ("reduce", {"amount": "18,000.00", "reason": "less"}, "18,000.00"),
        ("end", {"until": "2099-12-31", "reason": "yearly"}, "Valid until"),
    ):  # fmt: skip
        assert world.visitor.get(f"{at}/{verb}/").status == 200
        assert world.visitor.post(f"{at}/{verb}/", sent).status == (422 if said is None else 200), verb
        assert said is None or said in world.visitor.get(f"{at}/").text
    assert world.visitor.get(f"{at}/explode/").status == 404
    with acting(world.seller.id):
        told = GroupLineChange.objects.get(seller=world.seller, kind="suspend")
        silent = GroupLineChange.objects.get(seller=world.seller, kind="resume")
    letters = world.visitor.get(f"{at}/notices/{told.id}/").text
    assert letters.count("One is late.") == letters.count("This holds for all companies of") == 2
    assert "We take no new orders on credit in USD for now." in letters and "late</bdi>" not in letters
    assert world.visitor.get(f"{at}/notices/{silent.id}/").status == 404


def test_many_lines_are_looked_at_and_changed_once(world):
    ids = [str(world.made.customers[number].id) for number in ("C-1", "C-2", "C-3")]
    ask = world.visitor.post("/lines/change/", {"chosen": ids})
    assert ask.status == 200 and ask.text.count('name="chosen"') == 3
    sent = {"chosen": ids, "send": "1", "verb": "percent", "percent": "-10", "reason": "tight year"}
    preview = world.visitor.post("/lines/change/", sent)
    said = " ".join(re.sub(r"<[^>]*>", " ", preview.text).split())
    assert "no line in USD" in said and "2 would change, 1 are refused" in said
    with acting(world.seller.id):
        change = MassChange.objects.get(seller=world.seller)
        before = Line.objects.get(seller=world.seller, customer=world.made.customers["C-1"]).limit_minor
    for _ in range(2):
        world.visitor.post(f"/lines/change/{change.id}/confirm/", {})
    with acting(world.seller.id):
        after = Line.objects.get(seller=world.seller, customer=world.made.customers["C-1"]).limit_minor
    assert after == before * 9 // 10
    assert "what became of each line" in world.visitor.get(f"/lines/change/{change.id}/").text
    assert world.visitor.get("/lines/change/?overdue=1&q=Acme").status == 200
