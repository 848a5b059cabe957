"""Plans, disputes and reported payments in the desk and over HTTP."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from openterms.apps.collecting.models import Plan, Promise, ReportedPayment
from openterms.apps.parties.models import Attachment
from openterms.apps.receivables.dispute.actions import open_dispute
from openterms.apps.receivables.models import DisputeCase, Item
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.actor import SYSTEM
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


def test_a_late_dispute_is_routed_assigned_and_proved(mine, visitor):
    team, made = mine
    manager, collector = team.people["credit_manager"], team.people["collector"]
    one, back = visitor(manager), made.today - timedelta(days=30)
    with acting(team.seller.id):
        old = open_dispute(
            team.seller, SYSTEM, made.invoices["I-22"].id, 7_700, "tax", back, clock.now(), "VAT is charged twice"
        )
    address = f"/disputes/cases/{old.case_id}/"
    assert "Disputes past their day" in one.get("/worklist/").text and address in one.get("/worklist/").text
    assert address in visitor(collector).get("/worklist/").text
    route = {"department": "quality", "owner": str(manager.id), "business_days": "4"}
    assert visitor(collector).post("/disputes/routes/tax/", route).status == 403
    assert one.post("/disputes/routes/tax/", route | {"business_days": "0"}).status == 422
    assert one.post("/disputes/routes/nothing/", route).status == 404
    assert "The route is kept" in one.post("/disputes/routes/tax/", route).text
    assert "Nobody yet" in visitor(team.people["auditor"]).get("/disputes/routes/").text
    person = {"department": "billing", "owner": str(collector.id)}
    assert one.post(f"{address}assign/", person | {"owner": str(team.people["auditor"].id)}).status == 422
    assert "The case is given" in one.post(f"{address}assign/", person).text
    assert one.post(f"{address}evidence/", {}).status == 422
    bad = {"files": ("proof.pdf", b"no pdf", "application/pdf")}
    assert "not what its name says" in one.post(f"{address}evidence/", {}, files=bad).text
    proof = {"files": ("proof.pdf", b"%PDF-1.7 proof", "application/pdf")}
    page = one.post(f"{address}evidence/", {}, files=proof)
    assert "The evidence is kept" in page.text and "proof.pdf" in page.text
    file = re.search(r'href="(/[^"]*)"><bdi>proof.pdf', page.text)
    assert file and one.get(file[1]).body == b"%PDF-1.7 proof"
    period = f"first={back - timedelta(days=1)}&last={back}"
    assert "77.00" in one.get(f"/disputes/?{period}").text
    table = one.get(f"/disputes/?{period}&format=csv").text
    assert "Tax is wrong" in table and "Price" not in table


def test_a_dispute_is_recorded_with_its_evidence_or_not_at_all(mine, visitor):
    team, made = mine
    one, customer = visitor(team.people["collector"]), made.customers["C-3"]
    address = f"/customers/{customer.id}/do/dispute/"
    given = {"send": "1", "reason": "quality", "amount": "", "note": "", "items": str(made.invoices["I-32"].id)}
    assert 'enctype="multipart/form-data"' in one.get(address).text
    bad = one.post(address, given, files={"files": ("photo.png", b"no picture", "image/png")})
    assert bad.status == 422 and "not what its name says" in bad.text
    proof = {"files": ("photo.png", b"\x89PNG\r\n\x1a\n proof", "image/png")}
    over = one.post(address, given | {"amount": "999999.00"}, files=proof)
    assert over.status == 422
    with acting(team.seller.id):
        assert not DisputeCase.objects.filter(customer=customer).exists()
        assert not Attachment.objects.filter(customer=customer).exists()
    assert "The dispute is recorded" in one.post(address, given, files=proof).text
    with acting(team.seller.id):
        case = DisputeCase.objects.get(customer=customer)
    assert "photo.png" in one.get(f"/disputes/cases/{case.id}/").text


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


def test_a_program_that_asks_twice_under_a_key_is_answered_once(shop):
    from openterms.apps.collecting.models import ClaimAsk, Plan, Promise, ReportedPayment
    from openterms.apps.tenancy import clock
    from tests.apps.desk import Desk

    mine = shop(scopes=("collect",))
    with acting(mine.seller.id):
        desk = Desk(mine.seller)
        desk.customers["C1"] = mine.customer
        for number in ("I1", "I2", "I3", "I4"):
            desk.invoice(number, "03-01", 40_000)
    today = clock.today(mine.seller.timezone)
    promise = {"customer": "C1", "lines": [{"item": "I1", "amount": "100.00", "date": "2099-01-05"}]}
    asked = {
        "promises": promise,
        "disputes": {"customer": "C1", "reason": "tax", "lines": [{"item": "I2", "amount": "20.00"}]},
        "plans": {
            "customer": "C1", "items": ["I3"], "instalments": 2,
            "first_on": (today + timedelta(days=5)).isoformat(),
        },
        "reported-payments": {"customer": "C1", "items": ["I4"], "amount": "5.00", "paid_on": today.isoformat()},
    }  # fmt: skip
    first = {}
    for place, (path, body) in enumerate(asked.items()):
        first[path] = mine.client.post(path, body, Idempotency_Key=f"k-{place}")
        assert first[path][0] == 201
        assert mine.client.post(path, body, Idempotency_Key=f"k-{place}") == first[path]
    yes = {"name": "Jane Doe", "agreement_hash": first["plans"][1]["agreement_hash"]}
    accept = f"plans/{first['plans'][1]['id']}/accept"
    runs = mine.client.post(accept, yes, Idempotency_Key="yes")
    assert runs[0] == 200 and mine.client.post(accept, yes, Idempotency_Key="yes") == runs
    other = promise | {"lines": [{"item": "I1", "amount": "90.00", "date": "2099-01-05"}]}
    status, fault = mine.client.post("promises", other, Idempotency_Key="k-0")
    assert (status, fault["field"]) == (422, "lines")
    status, fault = mine.client.post("disputes", asked["disputes"], Idempotency_Key="k-0")
    assert (status, fault["field"]) == (422, "request")
    bad = promise | {"customer": "C9"}
    assert mine.client.post("promises", bad, Idempotency_Key="k-9")[0] == 422
    with acting(mine.seller.id):
        counted = [one.objects.count() for one in (Promise, DisputeCase, Plan, ReportedPayment, ClaimAsk)]
    assert counted == [1, 1, 1, 1, 5]
