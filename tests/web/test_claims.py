"""Plans, disputes and reported payments in the desk and over HTTP."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from openterms.apps.collecting.models import Plan, Promise, ReportedPayment
from openterms.apps.receivables.models import DisputeCase, Item
from openterms.apps.tenancy.context import acting
from tests.web.small_seller import fill
from tests.web.test_api_authorisations import shop

__all__ = ["shop"]


@pytest.fixture
def mine(team):
    people = team("credit_manager", "collector", "auditor")
    return people, fill(people.seller, people.people["collector"], day=False)


def test_a_plan_from_the_calculator_to_its_end(mine, visitor):
    team, made = mine
    one, customer, item = visitor(team.people["collector"]), made.customers["C-2"], made.invoices["I-22"]
    address = f"/customers/{customer.id}/plans/new/"
    first = (made.today + timedelta(days=5)).isoformat()
    given = {"items": [str(item.id)], "count": "3", "first_on": first, "rhythm": "month", "way": "link"}
    query = f"?items={item.id}&count=3&first_on={first}&rhythm=month&way=link"
    assert "666.67" in one.get(address + query).text
    assert "strategy allows" in one.get(address + query.replace("count=3", "count=9")).text
    page = one.post(address, given)
    assert "The plan is offered" in page.text and page.address.startswith("/plans/")
    assert one.post(address, given | {"count": "9"}).status == 422
    assert visitor(team.people["auditor"]).get(f"{page.address}accept/").status == 403
    accepted = one.post(f"{page.address}accept/", {"name": "Jane Doe", "channel": "phone"})
    assert "The plan runs" in accepted.text and "Jane Doe" in accepted.text
    assert "On a plan" in one.get(f"/invoices/{item.id}/").text
    assert "Plans and disputes" in one.get(f"/customers/{customer.id}/").text
    ended = one.post(f"{page.address}end/", {"reason": "Pays at once"})
    assert "The plan is ended" in ended.text
    with acting(team.seller.id):
        assert Plan.objects.get().state == "cancelled"
        assert Item.objects.get(id=item.id).planned_minor == 0


def test_a_dispute_is_handled_on_its_page(mine, visitor):
    team, _made = mine
    with acting(team.seller.id):
        case = DisputeCase.objects.get()
    one, address = visitor(team.people["credit_manager"]), f"/disputes/cases/{case.id}/"
    assert "Too dear" in one.get(address).text
    assert "Acme" in one.get("/disputes/").text or "disputes/cases" in one.get("/disputes/").text
    assert visitor(team.people["collector"]).get(f"{address}resolve/").status == 403
    assert one.post(f"{address}waiting/", {"note": ""}).status == 422
    assert "the clock stands still" in one.post(f"{address}waiting/", {"note": "Send the delivery note"}).text
    line = re.search(r'name="(line_[0-9a-f]{32})"', one.get(f"{address}resolve/").text)
    assert line
    given = {"resolution": "settled", line[1]: "20.00", "note": "We agree in part", "message": "20.00 is credited"}
    assert one.post(f"{address}resolve/", given | {line[1]: "70.00"}).status == 422
    decided = one.post(f"{address}resolve/", given)
    assert "20.00 is credited" in decided.text and "We agree in part" in decided.text
    assert "Closed" in one.post(f"{address}close/", {}).text
    again = re.search(r'name="(line_[0-9a-f]{32})"', one.get(f"{address}reopen/").text)
    assert again and "Being investigated" in one.post(f"{address}reopen/", {again[1]: "10", "note": "A photo"}).text
    for by in ("reason", "department", "customer", "month"):
        assert one.get(f"/disputes/?by={by}").status == 200


def test_a_promise_by_lines_and_a_payment_under_way(mine, visitor):
    team, made = mine
    one, customer = visitor(team.people["collector"]), made.customers["C-3"]
    items = [made.invoices[number] for number in ("I-32", "I-33")]
    by = [(made.today + timedelta(days=days)).isoformat() for days in (3, 9)]
    given = {"send": "1", "made_by": "Jane Doe", "channel": "phone", "note": ""}
    for item, amount, day in zip(items, ("100.00", "50.00"), by, strict=True):
        given |= {f"amount_{item.id.hex}": amount, f"by_{item.id.hex}": day}
    assert "Promise recorded" in one.post(f"/customers/{customer.id}/do/promise-lines/", given).text
    said = {
        "send": "1", "items": [str(items[0].id)], "amount": "10.00", "paid_on": made.today.isoformat(),
        "way": "transfer", "reference": "TT 1", "reported_by": "Jane Doe",
    }  # fmt: skip
    assert "Collecting waits" in one.post(f"/customers/{customer.id}/do/reported-payment/", said).text
    assert "TT 1" in one.get("/disputes/").text
    with acting(team.seller.id):
        assert Promise.objects.filter(customer=customer).count() == 2
        kept = ReportedPayment.objects.get()
    done = one.post(f"/reported-payments/{kept.id}/", {"state": "not_found", "note": "Not at the bank"})
    assert "The answer is kept" in done.text


def test_a_program_promises_disputes_and_plans(shop):
    from tests.apps.desk import Desk

    mine = shop(scopes=("collect",))
    with acting(mine.seller.id):
        desk = Desk(mine.seller)
        desk.customers["C1"] = mine.customer
        desk.invoice("I1", "03-01", 40_000)
        desk.invoice("I2", "03-01", 40_000)
    ask = mine.client.post
    status, made = ask(
        "promises", {"customer": "C1", "lines": [{"item": "I1", "amount": "100.00", "date": "2099-01-05"}]}
    )
    assert (status, made["promises"][0]["amount"], made["promises"][0]["state"]) == (201, "100.00", "pending")
    status, fault = ask("promises", {"customer": "C1", "lines": [{"item": "I9", "amount": "1.00"}]})
    assert (status, fault["field"]) == (422, "lines, 1: item")
    status, case = ask("disputes", {"customer": "C1", "reason": "tax", "lines": [{"item": "I1", "amount": "20.00"}]})
    assert (status, case["state"], case["lines"][0]["item"]) == (201, "received", "I1")
    assert mine.client.get(f"disputes/{case['id']}")[1]["amount"] == "20.00"
    from openterms.apps.tenancy import clock

    first = clock.today(mine.seller.timezone) + timedelta(days=5)
    status, plan = ask("plans", {"customer": "C1", "items": ["I2"], "instalments": 2, "first_on": first.isoformat()})
    assert (status, plan["state"], len(plan["instalments"])) == (201, "offered", 2)
    status, fault = ask(f"plans/{plan['id']}/accept", {"name": "Jane Doe", "agreement_hash": "0"})
    assert status in (409, 422)
    status, plan = ask(f"plans/{plan['id']}/accept", {"name": "Jane Doe", "agreement_hash": plan["agreement_hash"]})
    assert (status, plan["state"]) == (200, "running")
    status, _ = ask(
        "reported-payments",
        {"customer": "C1", "items": ["I1"], "amount": "5.00", "paid_on": clock.today(mine.seller.timezone).isoformat()},
    )
    assert status == 201
    assert shop(scopes=("read",)).client.post("disputes", {})[0] == 403
