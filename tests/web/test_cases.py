"""A credit case in the desk: asked for on the customer's page, recommended by one, approved by another."""

from __future__ import annotations

import hashlib
import os
import re

import pytest

from openterms.apps.credit.decision.actions import CaseRequest, open_case
from openterms.apps.credit.decision.given import Given
from openterms.apps.credit.models import CreditCase, CreditLetter, Line
from openterms.apps.parties.actions import add_customer
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting
from openterms.apps.tenancy.models import Membership
from tests.apps.cases import publish
from tests.formats.paper.test_typesetting import read

from .small_seller import fill

SHOTS = os.environ.get("OPENTERMS_SHOTS")


@pytest.fixture
def house(team):
    made = team("analyst", "credit_manager", "sales_director", "collector", "sales")
    with acting(made.seller.id):
        publish(made.seller)
        Membership.objects.filter(seller=made.seller, role="analyst").update(authority_minor=5_000_000)
    made.small = fill(made.seller)
    return made


def bureau(house, number="C-9", limit=4_000_000, score=720):
    """A case of a new customer with a bureau's report."""
    with acting(house.seller.id):
        today = clock.today(house.seller.timezone)
        if number not in house.small.customers:
            made = add_customer(house.seller, SYSTEM, number, "Bergen Boats", "NO", clock.now(), currency="USD")
            house.small.customers[number] = made
        given = [Given(name, value, "bureau", today)
                 for name, value in (("bureau_score", score), ("bureau_limit_minor", 30_000_000))]  # fmt: skip
        return open_case(
            house.seller, SYSTEM, house.small.customers[number],
            CaseRequest(currency="USD", limit_minor=limit, reason="grows"), given, clock.now(),
        )  # fmt: skip


def case_of(house, number):
    with acting(house.seller.id):
        return CreditCase.objects.filter(customer=house.small.customers[number]).order_by("-opened_at").first()


def limit_of(house, number):
    with acting(house.seller.id):
        line = Line.objects.filter(customer=house.small.customers[number]).first()
        return line.limit_minor if line else None


def test_a_limit_is_asked_for_recommended_and_approved_by_two_people(house, visitor):
    customer = house.small.customers["C-6"]
    sales, analyst = (visitor(house.people[one]) for one in ("sales", "analyst"))
    page = analyst.get(f"/customers/{customer.id}/")
    assert f"/customers/{customer.id}/credit/" in page.text
    wrong = sales.post(f"/customers/{customer.id}/credit/", {"source": "request", "currency": "USD", "limit": "abc"})
    assert wrong.status == 422 and case_of(house, "C-6") is None
    asked = {"source": "request", "currency": "USD", "limit": "40,000.00", "terms": "", "reason": "new shop"}
    made = sales.post(f"/customers/{customer.id}/credit/", asked)
    case = case_of(house, "C-6")
    assert made.status == 200 and made.address.endswith(f"/credit/{case.id}/")
    assert "is asked for" in made.text and "/recommend/" not in made.text, "sales asks and does not decide"
    address = f"/credit/{case.id}"
    said = analyst.post(f"{address}/recommend/", {"limit": "40000"})
    assert said.status == 422 and "more than the policy" in said.text, "without figures the policy suggests nothing"
    today = clock.today(house.seller.timezone).isoformat()
    for name, value in (("bureau_limit_minor", "60000.00"), ("bureau_score", "many")):
        said = analyst.post(f"{address}/fact/", {"name": name, "value": value, "source": "bureau", "as_of": today})
    assert said.status == 422 and "whole number" in said.text
    page = analyst.get(f"{address}/")
    assert "60,000.00" in page.text


def test_the_page_shows_everything_and_refusals_stand_at_their_buttons(house, visitor):
    case = bureau(house)
    address = f"/credit/{case.id}"
    analyst, manager, collector = (visitor(house.people[one]) for one in ("analyst", "credit_manager", "collector"))
    page = analyst.get(f"{address}/").text
    for text in ("Limit by method", "this one binds", "Score", "Facts", "Bureau&#x27;s score", "Who must agree"):
        assert text in page, text
    assert "Nothing is recommended yet" in page
    assert "more-than" not in page
    said = analyst.post(f"{address}/override/", {"limit": "40000.00", "reason": ""})
    assert said.status == 422
    done = analyst.post(f"{address}/override/", {"limit": "40000.00", "reason": "long known"})
    assert done.status == 200, done.text[-500:]
    page = analyst.get(f"{address}/").text
    assert "Nobody approves a request of their own." in page
    refused = analyst.post(f"{address}/approve/", {"proposal": "1", "reason": "x"})
    assert refused.status == 422 and "request of their own" in refused.text
    assert collector.post(f"{address}/approve/", {"proposal": "1"}).status == 403
    assert limit_of(house, "C-9") is None
    page = analyst.get("/credit/?whose=role").text
    assert "Bergen" in page
    form = manager.get(f"{address}/approve/").text
    proposal = re.search(r'name="proposal" value="(\d+)"', form).group(1)
    done = manager.post(f"{address}/approve/", {"proposal": proposal, "reason": "agreed"})
    assert done.status == 200, done.text[-500:]
    case = case_of(house, "C-9")
    assert case.state == "decided"
    assert limit_of(house, "C-9") == 4_000_000
    again = manager.post(f"{address}/approve/", {"proposal": proposal, "reason": "agreed"})
    assert " this case" in again.text
    notice = analyst.get(f"{address}/notice/").text
    assert "Your credit limit with us is now" in notice
    for language, word in (("en", "40,000.00 USD"), ("ar", "40,000.00 USD")):
        assert word in read(analyst.get(f"{address}/letter.pdf?lang={language}").body)


def test_one_decision_is_made_by_one_button(house, visitor):
    case = bureau(house, "C-3")
    analyst, address = visitor(house.people["analyst"]), f"/credit/{case.id}"
    assert "in your hands" in analyst.post(f"{address}/take/", {}).text
    assert "asked again" in analyst.post(f"{address}/again/", {}).text
    for name, said in (("escalate", "next authority"), ("reject", "It is declined")):
        assert said in analyst.post(f"{address}/{name}/", {"reason": "as it is"}).text
    assert case_of(house, "C-3").outcome == "declined"
    assert "We cannot give you the credit limit" in analyst.get(f"{address}/notice/").text


def test_a_refusal_is_written_with_its_reasons_and_kept_as_it_was_sent(house, visitor, web_log):
    case = bureau(house, "C-3")
    analyst, address = visitor(house.people["analyst"]), f"/credit/{case.id}"
    assert analyst.get(f"{address}/notice/").status == analyst.get(f"{address}/letter.pdf").status == 404
    analyst.post(f"{address}/reject/", {"reason": "as it is"})
    for given, said in (
        ({"sent_to": "pay@boats.example", "reasons": ""}, "needs its reasons"),
        ({"sent_to": "nobody", "reasons": "Young."}, "email address"),
        ({"sent_to": "pay@boats.example", "reasons": "a\nb\nc\nd\ne"}, "more than 4 reasons"),
    ):
        refused = analyst.post(f"{address}/notice/", given)
        assert refused.status == 422 and said in refused.text, said
    given = {"sent_to": "pay@boats.example", "reasons": "The company is young.\n<b>#panic(1)</b> late payments."}
    assert visitor(house.people["collector"]).post(f"{address}/notice/", given).status == 403
    with acting(house.seller.id):
        assert CreditLetter.objects.count() == 0
    assert "Letters sent" in analyst.post(f"{address}/notice/", given).text
    with acting(house.seller.id):
        kept = CreditLetter.objects.select_related("customer").get()
    content = analyst.get(f"/credit/letters/{kept.id}.pdf").body
    assert hashlib.sha256(content).hexdigest() == kept.digest and len(content) == kept.size
    assert (kept.kind, kept.person_name, kept.reasons[0]) == ("decline", "Analyst", "The company is young.")
    said = read(content)
    assert "The company is young." in said and "<b>#panic(1)</b> late payments." in said
    assert f"letter-{kept.customer.number}" in web_log.read_text(errors="replace")


@pytest.mark.browser
@pytest.mark.parametrize(("language", "width"), [("en", 1440), ("ar", 360)])
def test_how_a_case_looks(house, page_of, visitor, language, width):
    case = bureau(house, "C-2")
    person = house.people["credit_manager"]
    other = house.small.customers["C-3"].id
    visitor(person).post("/display/", {"locale": language}, follow=False)
    refused = bureau(house, "C-9")
    visitor(house.people["analyst"]).post(f"/credit/{refused.id}/reject/", {"reason": "young"})
    page = page_of(person, width=width)
    for name, address in (("case", f"/credit/{case.id}/"), ("letter", f"/credit/{refused.id}/notice/"),
                          ("queue", "/credit/"),
                          ("customer", f"/customers/{case.customer_id}/"), ("open", f"/customers/{other}/credit/"),
                          ("statement", f"/customers/{other}/statement-of-accounts/"),
                          ("fact", f"/credit/{case.id}/fact/"),
                          ("override", f"/credit/{case.id}/override/")):  # fmt: skip
        answer = page.goto(address)
        assert answer.status == 200
        wide = page.evaluate("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth")
        assert wide <= 0, f"{address} scrolls sideways by {wide}"
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{name}-{language}-{width}.png", full_page=True)
