"""The desk's pages of escalations over HTTP: every kind begun, carried on and shown, in both languages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from openterms.apps.collecting.models import Agency, Matter, StepTaken
from openterms.apps.parties.models import Site
from openterms.apps.receivables.open_item.actions import Document, post_receipt
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting
from openterms.core.collecting.checks import SIX_CHECKS
from openterms.core.collecting.demand import CHECKLIST

from .small_seller import fill

CHECKED = {f"check_{one.code}": "no" for one in SIX_CHECKS}


@pytest.fixture
def mine(team):
    made = team("credit_manager", "collector", "auditor", "cash_clerk")
    return made, fill(made.seller, made.people["collector"])


def last(seller, kind):
    with acting(seller.id):
        return Matter.objects.get(seller=seller, kind=kind)


def test_an_account_is_reviewed_demanded_placed_and_written_off_at_the_desk(mine, visitor):
    made, small = mine
    seller, manager, clerk = made.seller, visitor(made.people["credit_manager"]), visitor(made.people["cash_clerk"])
    customer, item = small.customers["C-2"], small.invoices["I-22"]
    with acting(seller.id):
        seller.address = "1 Quay\nDover"
        seller.save(update_fields=["address"])
        Site.objects.create(seller=seller, customer=customer, purpose="registered", street="2 Mill", city="Leeds")
        StepTaken.objects.create(
            seller=seller, customer=customer, item=item, step="final_notice", taken_on=small.today.replace(year=2020)
        )
    address = f"/customers/{customer.id}/escalate"
    for kind in ("review", "demand", "settlement", "placement", "legal", "insolvency", "tracing", "write_off"):
        assert manager.get(f"{address}/{kind}/").status == 200, kind
    assert "Best" in manager.post(f"{address}/review/", {"items": str(item.id)}).text
    case = last(seller, "review")
    facts = manager.post(f"/matters/{case.id}/inputs/", {"settlement_minor": "1"})
    assert facts.status == 422
    refused = manager.post(f"{address}/demand/", {"items": str(item.id), "language": "en"} | CHECKED)
    assert refused.status == 422
    said = {f"list_{one.code}": "yes" for one in CHECKLIST} | CHECKED | {
        "items": str(item.id), "language": "en", "deadline_on": (small.today.fromordinal(small.today.toordinal() + 14)),
        "contract": "Order 7",
        "pay_to": "IBAN X", "plan_contact": "us@x.example", "signer": "Max", "consequences": "court",
    }  # fmt: skip
    page = manager.post(f"{address}/demand/", said)
    assert page.status == 200, page.text[-2000:]
    letter = last(seller, "demand")
    assert manager.get(f"/matters/{letter.id}/paper/").body[:5] == b"%PDF-"
    assert "RR1" in manager.post(f"/matters/{letter.id}/deliver/", {"how": "courier", "reference": "RR1"}).text
    words = {"code": "A", "name": "Atlas", "fees": "180 25\n* 50", "is_active": "on"}
    assert manager.post("/agencies/new/", words).status == 200
    with acting(seller.id):
        agency = Agency.objects.get(seller=seller)
    page = manager.post(
        f"{address}/placement/", CHECKED | {"items": str(item.id), "agency": str(agency.id), "reason": "silent"}
    )
    assert page.status == 200 and "PL-00001" in page.text, page.text[-3000:]
    assert "I-22" in manager.get("/agencies/placements.csv").text
    rows = b"placement,kind,date,amount,fee,reference,note\n"
    rows += b"PL-00001,ack,%s,,,AR-1,\nPL-00001,payment,%s,10.00,2.50,P1,\n"
    rows = rows % ((small.today.isoformat().encode(),) * 2)
    wrong = rows + b"PL-99,ack,nonsense,,,,\n"
    assert clerk.post("/agencies/answers/", files={"file": ("a.csv", wrong, "text/csv")}).status == 422
    placed = last(seller, "placement")
    assert placed.state == "placed"
    answer = clerk.post("/agencies/answers/", files={"file": ("a.csv", rows, "text/csv")})
    assert "2 rows taken in" in answer.text, answer.text[-2000:]
    assert "2 were on record" in clerk.post("/agencies/answers/", files={"file": ("a.csv", rows, "text/csv")}).text
    assert last(seller, "placement").state == "acknowledged"
    for path in ("/matters/", "/matters/?kind=placement&state=running", f"/matters/{placed.id}/", "/agencies/",
                 f"/matters/{case.id}/", f"/customers/{customer.id}/"):  # fmt: skip
        assert manager.get(path).status == 200, path
    auditor = visitor(made.people["auditor"])
    assert auditor.get(f"/matters/{placed.id}/").status == 200
    assert auditor.get(f"{address}/review/").status == 403
    assert auditor.post(f"/matters/{placed.id}/recall/", {"note": "x"}).status == 422


def test_a_judgment_by_instalments_and_a_recovery_taken_back(mine, visitor):
    made, small = mine
    seller, manager = made.seller, visitor(made.people["credit_manager"])
    clerk, customer = visitor(made.people["cash_clerk"]), small.customers["C-3"]
    items, other = [small.invoices[number] for number in ("I-32", "I-42")], small.customers["C-4"]
    with acting(seller.id):
        StepTaken.objects.create(
            seller=seller, customer=customer, item=items[0], step="final_notice",
            taken_on=small.today.replace(year=2020),
        )  # fmt: skip
    address = f"/customers/{customer.id}/escalate"
    said = CHECKED | {"items": str(items[0].id), "country": "US", "court": "County Court", "reason": "silent"}
    page = manager.post(f"{address}/legal/", said)
    assert page.status == 200, page.text[-2000:]
    case = last(seller, "legal")
    given = {"amount": "3100.00", "costs": "100.00", "reference": "J-7"}
    first, second = (small.today + timedelta(days=days) for days in (10, 40))
    bad = manager.post(f"/matters/{case.id}/judgment/", given | {"instalments": "soon 100"})
    assert bad.status == 422 and "not a day and an amount" in bad.text
    lines = f"{first} 1,550.00\n{second} 1,550.00"
    page = manager.post(f"/matters/{case.id}/judgment/", given | {"instalments": lines})
    assert "Instalments that the court allows" in page.text and "To come" in page.text
    assert f"{case}-C1" in page.text and "Of it costs" in page.text
    gone = manager.post(f"/customers/{other.id}/escalate/write_off/", {
        "items": str(items[1].id), "against": "loss_allowance", "reason": "too small",
    })  # fmt: skip
    assert gone.status == 200, gone.text[-2000:]
    loss = last(seller, "write_off")
    with acting(seller.id):
        receipt = post_receipt(
            seller, SYSTEM, other, Document("R-99", small.today, 5_000, seller.currency), clock.now()
        )
    page = clerk.post(f"/matters/{loss.id}/recover/", {"receipt": str(receipt.id), "amount": "50.00"})
    assert page.status == 200, page.text[-2000:]
    form = clerk.get(f"/matters/{loss.id}/unrecover/").text
    choice = re.search(r'<option value="([0-9a-f-]{36})">R-99', form)
    assert choice
    back = clerk.post(f"/matters/{loss.id}/unrecover/", {"recovery": choice[1], "note": "not theirs"})
    assert "Recovery taken back" in back.text and "not theirs" in back.text
