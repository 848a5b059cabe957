"""Applications begun by a shop over the API: what it knows is filled in, the buyer signs, the shop sees what became."""

from __future__ import annotations

import re
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from openterms.apps.credit.application.deciding import accept, decline, set_form
from openterms.apps.credit.models import Application, ApplicationAsk
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.api_keys import add_key
from openterms.apps.tenancy.context import acting
from openterms.web.api.applications import KNOWN
from openterms.web.api.examples import APPLICATION
from tests.apps.cases import publish
from tests.formats.paper.test_typesetting import read

from .test_api_authorisations import Client
from .test_application_pages import PDF
from .visitor import Visitor


@pytest.fixture
def shop(web_server, team):
    """A seller whose form is open, and programs with a key of each kind."""

    def make(is_open=True):
        made = team("credit_manager", currency="EUR", country="DE")
        with acting(made.seller.id):
            set_form(made.seller, SYSTEM, is_open, {}, 30, clock.now())
            made.client = Client(web_server, add_key(made.seller, "shop", ("apply",))[1])
            made.reader = Client(web_server, add_key(made.seller, "reports", ("read", "authorise"))[1])
        return made

    return make


def kept(made):
    with acting(made.seller.id):
        return Application.objects.filter(seller=made.seller).count()


def test_a_buyer_signs_what_the_shop_knew_and_comes_back_to_the_order(web_server, web_log, shop):
    one = shop()
    with acting(one.seller.id):
        publish(one.seller)
    again = {"Idempotency_Key": "O-1001"}
    status, begun = one.client.post("applications", APPLICATION, **again)
    assert status == 201, begun
    assert (begun["status"], begun["missing"], begun["requested_limit"]) == ("started", [], "25000.00")
    assert one.client.post("applications", APPLICATION, **again) == (status, begun), "the first answer, its link too"
    assert kept(one) == 1
    status, no = one.client.post("applications", APPLICATION | {"order_ref": "O-1002"}, **again)
    assert (status, no["field"]) == (422, "order_ref")
    assert begun["link"] in web_log.read_text(errors="replace").replace("=\n", ""), "the buyer has it by mail too"

    buyer, place = Visitor(web_server), urlsplit(begun["link"]).path
    assert "Noor Trading GmbH" in buyer.get(f"{place}company/").text
    sent = buyer.post(f"{place}sign/", {"typed_name": "Omar Haddad", "agreed": "on"})
    assert sent.address.endswith("/status/")
    assert f'href="{APPLICATION["return_url"]}"' in sent.text and "Back to your order" in sent.text
    address = f"applications/{begun['id']}"
    status, now = one.client.get(address)
    assert (status, now["status"], now["customer"], now["link"]) == (200, "submitted", None, begun["link"])
    with acting(one.seller.id):
        accept(one.seller, SYSTEM, UUID(begun["id"]), clock.now(), number="C-77", note="known")
    status, now = one.client.get(address)
    assert (now["status"], now["customer"]) == ("accepted", "C-77")
    assert "known" not in str(now), "what staff note is not told"
    assert one.client.post("applications", APPLICATION, **again)[1] == begun


def test_one_key_at_one_moment_begins_one_application(shop):
    one = shop()

    def ask(_number):
        return one.client.post("applications", APPLICATION, Idempotency_Key="same")

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, range(4)))
    assert {status for status, _ in answers} <= {201, 503} and kept(one) == 1
    assert len({body["id"] for status, body in answers if status == 201}) == 1


def test_little_is_enough_and_the_rest_is_asked_of_the_buyer(web_server, shop):
    one = shop()
    status, begun = one.client.post("applications", {"first_order": "600.00", "language": "ar"})
    assert status == 201 and begun["status"] == "started"
    assert {"company.legal_name", "identifiers.register", "people.0.name", "requested_limit", "contact.email"} <= set(
        begun["missing"]
    )
    assert 'dir="rtl"' in Visitor(web_server).get(urlsplit(begun["link"]).path).text
    with acting(one.seller.id):
        row = Application.objects.get(id=begun["id"])
        assert row.answers == {"request": {"first_order": 60_000}}
        Application.objects.filter(id=row.id).update(state="submitted", submitted_at=clock.now())
        decline(one.seller, SYSTEM, row.id, "The company is young.", "", clock.now())
    _, now = one.client.get(f"applications/{begun['id']}")
    assert (now["status"], now["message"], now["missing"]) == ("declined", "The company is young.", [])


@pytest.mark.parametrize(
    "more, field",
    [
        ({"company": {"legal_name": 5}}, "company.legal_name"),
        ({"company": {"country": "Germany"}}, "company.country"),
        ({"identifiers": {"vat": "DE136695977"}}, "identifiers.vat"),
        ({"company": {"vat": "DE136695976"}}, "company.vat"),
        ({"identifiers": {"name": "x"}}, "identifiers.name"),
        ({"contact": {"email": "nobody"}}, "contact.email"),
        ({"contact": []}, "contact"),
        ({"people": [{"share": 200}]}, "people.0.share"),
        ({"people": [{}] * 7}, "people"),
        ({"people": [{"signs": "yes"}]}, "people.0.signs"),
        ({"references": [{"company": "A"}, {"email": "x"}]}, "references.1.email"),
        ({"requested_limit": 25000}, "requested_limit"),
        ({"requested_limit": "-1"}, "requested_limit"),
        ({"requested_terms_days": 31}, "requested_terms_days"),
        ({"language": "fr"}, "language"),
        ({"return_url": "javascript:alert(1)"}, "return_url"),
        ({"return_url": "https://shop.example@evil.example/"}, "return_url"),
        ({"currency": "XXZ"}, "currency"),
        ({"company": {"legal_name": "a\0b"}}, "company.legal_name"),
        ({"sanctions": "none"}, "sanctions"),
    ],
)
def test_what_cannot_be_is_named_and_nothing_is_kept(shop, more, field):
    one = shop()
    status, found = one.client.post("applications", APPLICATION | more, Idempotency_Key="k")
    assert (status, found["code"], found["field"]) == (422, "bad_input", field), found
    assert found["detail"] and kept(one) == 0
    with acting(one.seller.id):
        assert not ApplicationAsk.objects.exists()


def test_every_fault_is_told_at_once(shop):
    body = {"contact": {"email": "nobody", "phone": "1"}, "identifiers": {"vat": "DE1"}, "company": {"country": "DE"}}
    _, found = shop().client.post("applications", body)
    assert [one["field"] for one in found["faults"]] == ["contact.email", "contact.phone", "identifiers.vat"]
    assert all(one["detail"] and one["remedy"] for one in found["faults"])


def test_only_the_scope_of_a_seller_who_takes_applications(shop):
    one, closed, other = shop(), shop(is_open=False), shop()
    for ask in (lambda: one.reader.post("applications", {}), lambda: one.reader.get(f"applications/{UUID(int=1)}")):
        status, found = ask()
        assert (status, found["code"]) == (403, "scope"), "a link lets its holder sign: reading is not enough"
    status, found = closed.client.post("applications", APPLICATION)
    assert (status, found["code"], kept(closed)) == (409, "application_form_closed", 0)
    _, begun = one.client.post("applications", {})
    assert other.client.get(f"applications/{begun['id']}")[0] == 404
    assert one.client.ask("POST", f"applications/{begun['id']}", {})[0] == 405
    assert re.fullmatch(r"A-\w{4}-\w{4}", begun["number"])


def test_a_link_of_the_public_form_is_not_told(shop, web_server):
    one = shop()
    who = Visitor(web_server)
    assert who.post(f"/apply/{one.seller.code}/", {}).status == 200
    with acting(one.seller.id):
        row = Application.objects.get(seller=one.seller)
    assert one.client.get(f"applications/{row.id}")[1]["link"] is None


def test_files_come_with_an_application_until_it_is_signed(web_server, shop):
    one = shop()
    _, begun = one.client.post("applications", APPLICATION)
    address = f"applications/{begun['id']}"
    sent = {"purpose": "registration", "name": "register.pdf", "content": b64encode(PDF).decode()}
    status, made = one.client.post(f"{address}/files", sent)
    assert (status, made["media_type"], made["size"]) == (201, "application/pdf", len(PDF))
    assert one.client.post(f"{address}/files", sent) == (201, made), "the same file is kept once"
    for more, field in (
        ({"content": "no!"}, "content"), ({"content": 7}, "content"),
        ({"content": b64encode(b"MZ").decode()}, "content"),
        ({"purpose": "love letter"}, "purpose"), ({"name": ""}, "name"), ({"more": 1}, "more"),
    ):  # fmt: skip
        status, no = one.client.post(f"{address}/files", sent | more)
        assert (status, no["field"]) == (422, field), more
    assert one.client.get(address)[1]["files"] == [made]
    assert one.reader.post(f"{address}/files", sent)[0] == 403
    assert shop().client.post(f"{address}/files", sent)[0] == 404, "another seller's"
    buyer, place = Visitor(web_server), urlsplit(begun["link"]).path
    told = buyer.post(f"{place}sign/", {"typed_name": "Omar Haddad", "agreed": "on"})
    assert "register.pdf" in told.text and "letter.pdf" not in told.text
    assert one.client.post(f"{address}/files", sent | {"purpose": "tax"})[0] == 409
    with acting(one.seller.id):
        decline(one.seller, SYSTEM, UUID(begun["id"]), "We do not know you long enough.", "n", clock.now())
    assert f"{place}letter.pdf" in buyer.get(f"{place}status/").text
    assert "know you long enough" in read(buyer.get(f"{place}letter.pdf").body)


def test_what_is_sent_and_answered_is_as_described(shop):
    one = shop()
    _, found = one.client.get("openapi.json")
    schemas = found["components"]["schemas"]
    asked, answered = schemas["Application"]["properties"], schemas["Applied"]
    assert set(asked) == set(KNOWN)
    for name, value in APPLICATION.items():
        inner = asked[name].get("properties") or asked[name].get("items", {}).get("properties")
        for row in value if isinstance(value, list) else [value]:
            assert inner is None or set(row) <= set(inner), name
    _, begun = one.client.post("applications", APPLICATION)
    assert set(answered["required"]) <= set(begun) == set(answered["properties"])
    assert begun["status"] in answered["properties"]["status"]["enum"]
