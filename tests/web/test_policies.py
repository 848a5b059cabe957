"""Credit policies in the desk: written with live lint, submitted, approved by a second person, compared."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from openterms.apps.credit.authorisation.actions import Order, authorise_order
from openterms.apps.credit.models import PolicyVersion
from openterms.apps.parties.actions import add_customer
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting
from tests.core.credit.policies import example_text

TEXT = example_text("software")
WRONG = TEXT.replace("days_overdue > 15", "days_overdue > 15 and days_overdue < 3")


@pytest.fixture
def house(team):
    return team("credit_manager", "analyst", "auditor")


def said(answer):
    """The words of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>|[\u2068\u2069]", " ", answer.text)).split())


def newest(house):
    with acting(house.seller.id):
        return PolicyVersion.objects.filter(seller=house.seller).order_by("-number").first()


def test_from_an_example_to_force(house, visitor):
    analyst, manager = (visitor(house.people[role]) for role in ("analyst", "credit_manager"))
    assert "No policy yet" in manager.get("/policy/").text
    assert "Subscriptions by invoice" in analyst.get("/policy/new/?from=software").text
    unread = analyst.post("/policy/new/", {"text": "code: ["})
    assert unread.status == 422 and "line 1" in unread.text
    analyst.post("/policy/new/", {"text": "code: software\nrules: ["})
    half = newest(house)
    page = said(manager.get(f"/policy/{half.id}/"))
    assert "This cannot be read as a policy" in page and "Submit for approval" not in page
    assert manager.get(f"/policy/compare/?old={half.id}&new={half.id}").status == 200
    analyst.post(f"/policy/{half.id}/", {"which": "withdraw", "reason": "half"})
    drafted = analyst.post("/policy/new/", {"text": WRONG, "note": "first"})
    made = newest(house)
    address = f"/policy/{made.id}/"
    assert drafted.address == address and "It can be submitted once nothing is wrong." in drafted.text
    assert "rules, overdue" in drafted.text and "its condition can never be true" in drafted.text
    refused = analyst.post(address, {"which": "submit", "revision": 1})
    assert refused.status == 422 and "nothing was changed" in refused.text and newest(house).state == "draft"

    part = analyst.post("/policy/lint/", {"text": TEXT})
    assert part.status == 200 and "Lint finds nothing" in part.text and newest(house).revision == 1
    analyst.post(f"{address}edit/", {"text": TEXT, "note": "first", "revision": 1})
    stale = analyst.post(f"{address}edit/", {"text": WRONG, "note": "x", "revision": 1})
    assert stale.status == 422 and "in the meantime" in stale.text
    analyst.post(address, {"which": "submit", "revision": 2})
    assert newest(house).state == "submitted"
    assert analyst.post(address, {"which": "publish", "revision": 2}).status == 403
    page = said(analyst.get(address))
    assert "You cannot approve it" in page and "does not approve policies" in page
    assert "Nobody approves a policy that they wrote" in page

    today = clock.today(house.seller.timezone)
    early = manager.post(address, {"which": "publish", "revision": 2, "day": str(today - timedelta(days=1))})
    assert early.status == 422 and "in the past" in early.text
    assert manager.post(address, {"which": "publish", "revision": 2}).status == 422
    done = manager.post(address, {"which": "publish", "revision": 2, "day": str(today)})
    assert done.status == 200 and "In force for USD since" in said(done)
    assert manager.post(address, {"which": "withdraw", "reason": "no"}).status == 422
    with acting(house.seller.id):
        customer = add_customer(house.seller, SYSTEM, "C1", "Acme", "US", clock.now())
        authorise_order(house.seller, SYSTEM, customer, Order(order_ref="O-77", minor=500, currency="USD"), clock.now())
    auditor = visitor(house.people["auditor"])
    page = said(auditor.get(address))
    for text in ("Rules in order", "Up to 5,000.00 USD", "Held for 30 days", "O-77", "oldest overdue above 15 days",
                 "free mail service or age of the mail domain below 90 days", "An invoice is more than 15 days"):
        assert text in page
    assert "Policy published" in said(auditor.get("/journal/?kind=policy_published"))
    assert auditor.get("/policy/new/").status == 403 and auditor.post("/policy/lint/", {"text": "x"}).status == 403


def test_two_versions_side_by_side(house, visitor):
    analyst, manager = (visitor(house.people[role]) for role in ("analyst", "credit_manager"))
    analyst.post("/policy/new/", {"text": TEXT})
    first = newest(house)
    analyst.post("/policy/new/", {"text": TEXT.replace("valid_days: 30", "valid_days: 21")})
    second = newest(house)
    page = said(manager.get(f"/policy/compare/?old={first.id}&new={second.id}"))
    assert "authorisation, valid_days Changed 30 21" in page
    assert "The two say the same" in manager.get(f"/policy/compare/?old={first.id}&new={first.id}").text
    assert "What changed" in manager.get(f"/policy/{second.id}/").text
    manager.post(f"/policy/{second.id}/", {"which": "withdraw", "reason": "not wanted"})
    assert "Withdrawn. It decides nothing" in said(manager.get(f"/policy/{second.id}/"))
    assert manager.get("/policy/0198c0de-0000-7000-8000-000000000000/").status == 404


def test_nobody_reads_another_sellers_policy(house, team, visitor):
    visitor(house.people["analyst"]).post("/policy/new/", {"text": TEXT})
    stranger = visitor(team("credit_manager").people["credit_manager"])
    made = newest(house)
    assert stranger.get(f"/policy/{made.id}/").status == 404
    assert stranger.get(f"/policy/compare/?old={made.id}&new={made.id}").status == 404
    assert stranger.get(f"/policy/new/?from={made.id}").status == 404
    assert made.label not in stranger.get("/policy/").text


@pytest.mark.browser
def test_lint_follows_what_is_written(house, page_of):
    page = page_of(house.people["analyst"])
    page.goto("/policy/new/?from=software")
    page.wait_for_selector("text=Lint finds nothing.")
    page.fill("#id_text", WRONG)
    page.wait_for_selector("#findings >> text=its condition can never be true", timeout=8_000)
    page.fill("#id_text", "code: [")
    page.wait_for_selector("#findings >> text=This cannot be read as a policy", timeout=8_000)
    assert newest(house) is None
