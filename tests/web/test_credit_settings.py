"""Settings of credit in the desk: who stands in, accounts with bureaus; and an order that is allowed to come."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from openterms.apps.tenancy.context import acting


@pytest.fixture
def house(team: Any) -> Any:
    made = team("credit_manager", "analyst", "auditor", "admin")
    made.people["other"] = made.people["analyst"]
    return made


def said(answer: Any) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>|[\u2068\u2069]", " ", answer.text)).split())


def test_a_manager_goes_on_holiday(house: Any, visitor: Any) -> None:
    from openterms.apps.credit.models import Delegation
    from openterms.apps.tenancy import clock

    manager, analyst = visitor(house.people["credit_manager"]), visitor(house.people["analyst"])
    on, address = clock.today(house.seller.timezone), "/settings/standing-in/"
    given = {
        "giver": str(house.people["credit_manager"].id), "holder": str(house.people["analyst"].id),
        "first": str(on), "last": str(on + timedelta(days=13)), "authority": "5000.00", "reason": "holiday",
    }  # fmt: skip
    assert analyst.post(address, given).status == 422, "not hers to give"
    wrong = manager.post(address, given | {"last": str(on - timedelta(days=1))})
    assert wrong.status == 422 and "before the first" in wrong.text
    page = said(manager.post(address, given))
    assert "Analyst stands in." in page and "5,000.00 USD" in page
    assert "already" in manager.post(address, given).text
    assert "Take back" not in analyst.get(address).text
    with acting(house.seller.id):
        (made,) = Delegation.objects.filter(seller=house.seller)
    assert (made.authority_minor, made.given_by_id) == (500_000, house.people["credit_manager"].id)
    assert "taken back" in manager.post(f"{address}{made.id}/end/", {}).text
    assert "Ask somebody to stand in" not in visitor(house.people["auditor"]).get(address).text


def test_an_administrator_keeps_bureau_accounts(house: Any, visitor: Any) -> None:
    from openterms.apps.credit.models import BureauAccount

    admin, manager = visitor(house.people["admin"]), visitor(house.people["credit_manager"])
    given = {
        "code": "dnb-risk", "product": "risk", "base_url": "https://127.0.0.1:9", "cost": "14.50", "budget": "500",
        "age_days": "90", "place": "1", "timeout_seconds": "2", "key": "who", "secret": "s3cr3t-word",
    }  # fmt: skip
    assert manager.post("/settings/bureaus/new/dnb/", given).status == 403
    assert admin.get("/settings/bureaus/new/none/").status == 404
    refused = admin.post("/settings/bureaus/new/dnb/", given | {"secret": ""})
    assert refused.status == 422 and "who" not in refused.text
    page = admin.post("/settings/bureaus/new/dnb/", given)
    assert page.status == 200 and "dnb-risk is added" in page.text and "s3cr3t-word" not in page.text
    with acting(house.seller.id):
        account = BureauAccount.objects.get(seller=house.seller)
    assert (account.cost_minor, account.budget_minor, account.place) == (1_450, 50_000, 1)
    address = f"/settings/bureaus/{account.id}/"
    tried = admin.post(f"{address}try/", {})
    assert "did not let us in" in tried.text and "s3cr3t-word" not in tried.text
    kept = {name: value for name, value in given.items() if name not in ("code", "product", "key", "secret")}
    changed = admin.post(address, kept | {"budget": "", "is_active": "on"})
    assert "dnb-risk is changed" in changed.text
    other = admin.post(address, kept | {"base_url": "https://elsewhere.example", "is_active": "on"})
    assert other.status == 422 and "credentials anew" in other.text
    with acting(house.seller.id):
        account = BureauAccount.objects.get(seller=house.seller)
    assert (account.budget_minor, account.base_url) == (None, "https://127.0.0.1:9")
    page = said(manager.get("/settings/bureaus/"))
    assert "This month so far:" in page and "14.50 USD" in page and "no limit" in page
    assert 'name="key"' not in manager.get(address).text and manager.post(f"{address}try/", {}).status == 403


def test_an_order_is_allowed_to_come_and_taken_back(house: Any, visitor: Any) -> None:
    from openterms.apps.credit.authorisation.actions import Order, authorise_order
    from openterms.apps.credit.line.actions import set_line
    from openterms.apps.credit.models import Override
    from openterms.apps.parties.actions import add_customer
    from openterms.apps.tenancy import clock
    from openterms.apps.tenancy.actor import SYSTEM

    now, on = clock.now(), clock.today(house.seller.timezone)
    with acting(house.seller.id):
        customer = add_customer(house.seller, SYSTEM, "C1", "Acme", "US", now)
        set_line(house.seller, SYSTEM, customer, "USD", 100, "small", on, now)
    manager, analyst = visitor(house.people["credit_manager"]), visitor(house.people["analyst"])
    address = f"/customers/{customer.id}/do/override/"
    given = {
        "send": "1", "order": "O-1", "currency": "USD", "amount": "900.00", "until": str(on + timedelta(days=3)),
        "reason": "agreed by phone",
    }  # fmt: skip
    assert visitor(house.people["auditor"]).post(address, given).status == 403
    refused = analyst.post(address, given)
    assert refused.status == 422 and "more than this person may grant" in said(refused), "she may grant nothing"
    assert manager.post(address, given | {"until": str(on + timedelta(days=200))}).status == 422
    page = said(manager.post(address, given))
    assert "Orders allowed to come O-1 : up to 900.00 USD" in page or "O-1: up to 900.00 USD" in page, page[:3000]
    manager.post(address, given | {"order": "O-2"})
    with acting(house.seller.id):
        first, second = Override.objects.filter(seller=house.seller).order_by("id")
        assert authorise_order(
            house.seller, SYSTEM, customer, Order(order_ref="O-1", minor=80_000, currency="USD"), clock.now()
        ).status == "approved"
    used = manager.post(f"/orders/overrides/{first.id}/take-back/", {})
    assert "it was used" in used.text
    assert "is taken back" in manager.post(f"/orders/overrides/{second.id}/take-back/", {}).text
    assert "is over already" in manager.post(f"/orders/overrides/{second.id}/take-back/", {}).text
    with acting(house.seller.id):
        assert authorise_order(
            house.seller, SYSTEM, customer, Order(order_ref="O-2", minor=80_000, currency="USD"), clock.now()
        ).status != "approved"
