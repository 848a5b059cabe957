"""Orders on credit over HTTP, as a shop asks for them: a key, decimal texts, answers and problems."""

from __future__ import annotations

import http.client
import json
import re
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from openterms.apps.credit.authorisation.overrides import release_order
from openterms.apps.credit.hold.actions import place_hold
from openterms.apps.credit.line.actions import set_line
from openterms.apps.credit.models import Authorisation, Line
from openterms.apps.parties.actions import add_customer
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.api_keys import add_key, revoke_key
from openterms.apps.tenancy.context import acting
from openterms.web.api.urls import urlpatterns


@dataclass
class Client:
    """A program with a key."""

    base: str
    key: str = ""

    def ask(self, method, path, body=None, **headers):
        place = urlsplit(self.base)
        link = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
        sent = {"Content-Type": "application/json"} | {name.replace("_", "-"): text for name, text in headers.items()}
        if self.key:
            sent.setdefault("Authorization", f"Bearer {self.key}")
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        link.request(method, f"/api/v1/{path}", data, sent)
        response = link.getresponse()
        text = response.read()
        link.close()
        return response.status, json.loads(text), response

    def post(self, path, body=None, **headers):
        status, found, _ = self.ask("POST", path, body or {}, **headers)
        return status, found

    def get(self, path, **headers):
        status, found, _ = self.ask("GET", path, **headers)
        return status, found

    def order(self, amount, ref="O-1", customer="C1", currency="USD", headers=None, **more):
        body = {"customer": customer, "amount": amount, "currency": currency, "order_ref": ref} | more
        return self.post("authorisations", body, **(headers or {}))


@dataclass
class Shop:
    seller: object
    customer: object
    client: Client
    key: object


@pytest.fixture
def shop(web_server, team):
    """Makes a seller with one customer and a key."""

    def make(limit=100_000, scopes=("authorise",), currency="USD", **more):
        seller = team("credit_manager", currency=currency).seller
        with acting(seller.id):
            customer = add_customer(seller, SYSTEM, "C1", "Customer C1", "US", clock.now())
            today = clock.today(seller.timezone)
            set_line(seller, SYSTEM, customer, currency, limit, "agreed", today, clock.now(), **more)
            key, secret = add_key(seller, "shop", scopes)
        return Shop(seller, customer, Client(web_server, secret), key)

    return make


def codes(found):
    return [reason["code"] for reason in found["reasons"]]


@pytest.mark.parametrize(
    "limit, amount, more, status, approved, headroom, reasons",
    [
        (100_000, "600.00", {}, "approved", "600.00", "400.00", []),
        (100_000, "1000", {}, "approved", "1000.00", "0.00", []),
        (100_000, "1000.01", {}, "referred", "0.00", "1000.00", ["over_limit"]),
        (100_000, "1500", {"allow_partial": True}, "partly_approved", "1000.00", "0.00", ["over_limit"]),
        (0, "1", {}, "referred", "0.00", "0.00", ["over_limit"]),
        (None, "1", {}, "referred", "0.00", None, ["no_limit_set"]),
        (100_000, "1", {"currency": "EUR"}, "declined", "0.00", None, ["currency_without_line"]),
    ],
)
def test_an_order_is_answered(shop, limit, amount, more, status, approved, headroom, reasons):
    answer, found = shop(limit).client.order(amount, **more)
    assert answer == 201, found
    assert (found["status"], found["approved_amount"], found["headroom"]) == (status, approved, headroom)
    assert codes(found) == reasons
    assert found["id"] and found["decision"]
    assert all(reason["message"] and reason["remedy"] for reason in found["reasons"])


def test_unlimited_says_so(shop):
    _, found = shop(None, is_unlimited=True).client.order("999999.00")
    assert (found["status"], found["headroom"]) == ("approved", "unlimited")


def test_reasons_have_amounts_and_speak_arabic(shop):
    client = shop().client
    _, found = client.order("1500.00", dry_run=True)
    assert found["reasons"][0]["message"] == "This order needs 1,500.00 USD of credit; 1,000.00 USD is available."
    _, told = client.order("1500.00", dry_run=True, headers={"Accept_Language": "ar"})
    assert told["reasons"][0]["message"] != found["reasons"][0]["message"]
    assert "1,500.00 USD" in told["reasons"][0]["message"]


def test_hold_is_told(shop):
    one = shop()
    with acting(one.seller.id):
        place_hold(one.seller, SYSTEM, one.customer, "late", clock.today("UTC"), clock.now())
    _, found = one.client.order("2000")
    assert (found["status"], codes(found)) == ("referred", ["on_hold", "over_limit"])


def test_the_life_of_an_order(shop):
    client = shop().client
    _, made = client.order("600.00")
    path = f"authorisations/{made['id']}"
    status, taken = client.post(f"{path}/captures", {"amount": "200.00", "invoice": "I-1"})
    assert (status, taken["status"]) == (201, "approved")
    assert (taken["captured_amount"], taken["headroom"]) == ("200.00", "400.00")
    status, freed = client.post(f"{path}/release", {"amount": "100.00"})
    assert (status, freed["headroom"]) == (200, "500.00")
    status, no = client.post(f"{path}/captures", {"amount": "400.00"})
    assert (status, no["code"], no["status"]) == (409, "capture_beyond_authorised", 409)
    status, no = client.post(f"{path}/invoice", {"invoice": "I-2"})
    assert (status, no["field"]) == (422, "invoice")
    status, over = client.post(f"{path}/release")
    assert (over["status"], over["released_amount"], over["headroom"]) == ("captured", "400.00", "800.00")
    assert client.get(path) == (200, over)
    status, stand = client.get("customers/C1/credit")
    (line,) = stand["lines"]
    assert (line["limit"], line["headroom"], line["parts"]["captured_not_invoiced"]) == ("1000.00", "800.00", "200.00")


def test_a_repeated_key_gets_the_first_answer(shop):
    client = shop().client
    again = {"Idempotency_Key": "order-1"}
    first = client.order("600.00", headers=again)
    assert client.order("600.00", headers=again) == first
    assert client.get("customers/C1/credit")[1]["lines"][0]["headroom"] == "400.00"
    status, no = client.order("700.00", headers=again)
    assert (status, no["field"]) == (422, "amount")
    path = f"authorisations/{first[1]['id']}/captures"
    taken = client.post(path, {"amount": "10.00"}, Idempotency_Key="c-1")
    assert client.post(path, {"amount": "10.00"}, Idempotency_Key="c-1") == taken
    assert taken[1]["captured_amount"] == "10.00"


def test_another_sellers_key_sees_nothing(shop):
    one, other = shop(), shop()
    _, made = one.client.order("600.00")
    path = f"authorisations/{made['id']}"
    assert other.client.get(path)[0] == 404
    assert other.client.post(f"{path}/captures", {"amount": "1"})[0] == 404
    assert other.client.post(f"{path}/release")[0] == 404
    assert other.client.get(f"customers/{one.customer.id}/credit")[0] == 404
    assert other.client.order("1", customer=str(one.customer.id))[0] == 422
    assert one.client.get(path)[1]["captured_amount"] == "0.00"


def test_only_a_key_in_force_with_the_scope_comes_in(shop):
    one, reader = shop(), shop(scopes=("read",))
    status, found, response = Client(one.client.base).ask("GET", "customers/C1/credit")
    assert (status, found["code"]) == (401, "no_key")
    assert response.getheader("Content-Type") == "application/problem+json"
    assert response.getheader("WWW-Authenticate") == "Bearer"
    assert Client(one.client.base, "ot_guessed").get("customers/C1/credit")[0] == 401
    assert reader.client.get("customers/C1/credit")[0] == 200
    status, found = reader.client.order("1")
    assert (status, found["code"]) == (403, "scope")
    with acting(one.seller.id):
        revoke_key(one.seller, one.key.prefix, clock.now())
    assert one.client.get("customers/C1/credit")[0] == 401


@pytest.mark.parametrize(
    "more, field",
    [
        ({"amount": 600.0}, "amount"),
        ({"amount": "1.234"}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "1e3"}, "amount"),
        ({"amount": None}, "amount"),
        ({"currency": "XXZ"}, "currency"),
        ({"customer": "nobody"}, "customer"),
        ({"order_ref": ""}, "order_ref"),
        ({"order_ref": "x" * 101}, "order_ref"),
        ({"order_ref": "a\x00b"}, "order_ref"),
        ({"allow_partial": "yes"}, "allow_partial"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"amount": "99999999999999.00"}, "amount"),
        ({"customer": "C1\n"}, "customer"),
        ({"lines": "a hammer"}, "lines"),
        ({"lines": [1]}, "lines"),
        ({"ammount": "1"}, "ammount"),
    ],
)
def test_bad_fields_are_named(shop, more, field):
    body = {"customer": "C1", "amount": "1", "currency": "USD", "order_ref": "O"} | more
    status, found = shop().client.post("authorisations", body)
    assert (status, found["code"]) == (422, "bad_input")
    assert found["field"].startswith(field) and found["detail"]


def test_bad_requests_are_problems(shop):
    client = shop().client
    for body in (b"{", b"[]", b"\xff", b"[" * 50_000):
        assert client.ask("POST", "authorisations", body)[0] == 400
    assert client.ask("POST", "authorisations", b'{"a": "' + b"x" * 70_000 + b'"}')[0] == 413
    assert client.ask("GET", "authorisations")[0] == 405
    assert client.get("nothing")[0] == 404
    assert client.get("customers/a%00b/credit")[0] == 404
    assert client.get("authorisations/not-an-id")[0] == 404
    assert client.post("authorisations", {"a": 1}, Idempotency_Key="k" * 201)[0] in (400, 422)
    form = client.ask("POST", "authorisations", b"customer=C1", Content_Type="application/x-www-form-urlencoded")
    assert form[0] == 400


def test_lines_of_an_order_are_kept_and_repeated(shop):
    one = shop()
    again = {"Idempotency_Key": "o-1"}
    lines = [{"sku": "H-1", "quantity": "2"}]
    status, made = one.client.order("10", lines=lines, headers=again)
    assert status == 201
    with acting(one.seller.id):
        assert Authorisation.objects.get(id=made["id"]).lines == lines
    status, found = one.client.order("10", lines=[], headers=again)
    assert (status, found["field"]) == (422, "lines")


def test_a_line_that_somebody_works_on_is_busy(shop):
    one = shop()
    with acting(one.seller.id):
        Line.objects.select_for_update().get(seller=one.seller, customer=one.customer)
        status, found, response = one.client.ask(
            "POST", "authorisations", {"customer": "C1", "amount": "1", "currency": "USD", "order_ref": "O"}
        )
    assert (status, found["code"], response.getheader("Retry-After")) == (503, "busy", "1")


def test_the_description_names_every_address(web_server):
    status, found, _ = Client(web_server).ask("GET", "openapi.json")
    assert status == 200 and found["openapi"].startswith("3.1")
    described = {re.sub(r"{\w+}", "{}", path) for path in found["paths"]}
    known = {re.sub(r"<\w+:\w+>", "{}", str(one.pattern)) for one in urlpatterns} - {"{}", "openapi.json"}
    assert described == {f"/api/v1/{path}" for path in known}
    for operations in found["paths"].values():
        for operation in operations.values():
            assert operation["summary"] and operation["responses"]
    named = re.findall(r'"\$ref": "#/components/(\w+)/(\w+)"', json.dumps(found))
    assert named and all(name in found["components"][kind] for kind, name in named)


def test_every_example_of_the_description_is_of_its_schema(web_server):
    """What is sent names known fields, what is answered too; every operation has both."""
    _, found, _ = Client(web_server).ask("GET", "openapi.json")
    schemas = found["components"]["schemas"]

    def check(content):
        shown = [one["value"] for media in content.values() for one in media["examples"].values()]
        assert shown
        (media,) = content.values()
        known = schemas[media["schema"]["$ref"].rsplit("/", 1)[1]]["properties"]
        for example in shown:
            assert set(example) <= set(known), example
            assert set(example) >= set(schemas[media["schema"]["$ref"].rsplit("/", 1)[1]].get("required", ())), example

    for path in found["paths"].values():
        for operation in path.values():
            for answer in operation["responses"].values():
                check(answer["content"])
            if "requestBody" in operation:
                check(operation["requestBody"]["content"])


def test_a_batch_is_answered_one_by_one_and_repeated_whole(shop):
    client = shop(100_000).client
    order = {"customer": "C1", "amount": "600.00", "currency": "USD"}
    orders = [
        order | {"order_ref": "A"}, order | {"order_ref": "B", "amount": 600}, order | {"order_ref": "C"},
        order | {"order_ref": "D", "customer": "C9"}, order | {"order_ref": "E", "amount": "400.00"},
        order | {"order_ref": "F", "prepaid": True}, order | {"order_ref": "G", "wrong": 1},
    ]  # fmt: skip
    status, found = client.post("authorisations/batch", {"orders": orders}, Idempotency_Key="batch")
    assert status == 200, found
    told = [(one["status"], one.get("field", "")) for one in found["answers"]]
    assert told == [
        ("approved", ""), (422, "amount"), ("referred", ""), (422, "customer"), ("approved", ""), ("approved", ""),
        (422, "wrong"),
    ]  # fmt: skip
    assert client.post("authorisations/batch", {"orders": orders}, Idempotency_Key="batch")[1] == found
    with_own = [order | {"order_ref": "A", "idempotency_key": "batch/0"}]
    assert client.post("authorisations/batch", {"orders": with_own})[1]["answers"][0] == found["answers"][0]
    for wrong in ({}, {"orders": []}, {"orders": [1]}, {"orders": orders, "more": 1}, {"orders": [order] * 501}):
        assert client.post("authorisations/batch", wrong)[0] == 422
    tried = client.post("authorisations/batch", {"orders": orders[:1], "dry_run": True})[1]["answers"][0]
    assert (tried["id"], tried["status"]) == (None, "referred")


@pytest.mark.parametrize(
    "prepaid, approved, status",
    [(True, "0.00", "approved"), ("500.00", "1000.00", "approved"), (False, "0.00", "referred")],
)
def test_prepaid_uses_no_limit(shop, prepaid, approved, status):
    _, found = shop(100_000).client.order("1500.00", prepaid=prepaid)
    assert (found["status"], found["approved_amount"]) == (status, approved)


def test_more_prepaid_than_ordered_is_refused(shop):
    status, found = shop().client.order("10.00", prepaid="10.01")
    assert (status, found["field"]) == (422, "prepaid")


def test_a_key_is_told_what_is_left_of_its_minute(shop):
    made = shop()
    with acting(made.seller.id):
        _, secret = add_key(made.seller, "slow", ("read",), per_minute=2)
    client = Client(made.client.base, secret)
    for left in ("1", "0"):
        status, _, response = client.ask("GET", "customers/C1/credit")
        told = [response.headers[f"RateLimit-{name}"] for name in ("Limit", "Remaining")]
        assert (status, told) == (200, ["2", left])
    status, found, response = client.ask("GET", "customers/C1/credit")
    assert (status, found["code"]) == (429, "too_many")
    assert 1 <= int(response.headers["Retry-After"]) <= 60 and response.headers["RateLimit-Remaining"] == "0"
    assert made.client.get("customers/C1/credit")[0] == 200, "another key has a minute of its own"


def test_a_released_order_is_seen_by_its_first_id(shop):
    made = shop(10_000)
    _, asked = made.client.order("600.00")
    assert asked["status"] == "referred"
    with acting(made.seller.id):
        given = release_order(made.seller, SYSTEM, UUID(asked["id"]), "agreed", clock.now())
    status, found = made.client.get(f"authorisations/{asked['id']}")
    assert (status, found["status"], found["id"]) == (200, "approved", str(given.id))
    status, found = made.client.post(f"authorisations/{asked['id']}/captures", {"amount": "600.00"})
    assert (status, found["status"]) == (201, "captured")


def test_a_decision_is_told_with_what_it_was_given_on_and_never_changes(shop, web_server):
    made, other = shop(), shop(scopes=("read",))
    _, asked = made.client.order("1500.00", purchase_order="PO-1")
    address = f"decisions/{asked['decision']}"
    status, found = made.client.get(address)
    assert status == 200
    assert (found["id"], found["order_ref"], found["limit"], found["headroom_before"]) == (
        asked["decision"], "O-1", "1000.00", "1000.00",
    )  # fmt: skip
    assert found["reasons"] == asked["reasons"] and found["policy"] is None and found["facts"] and found["rules"]
    with acting(made.seller.id):
        given = release_order(made.seller, SYSTEM, UUID(asked["id"]), "they pay today", clock.now())
    assert made.client.get(address) == (200, found), "what was answered then"
    later = made.client.get(f"decisions/{given.id}")[1]
    assert later["override"]["reason"] == "they pay today" and codes({"reasons": later["overridden"]}) == ["over_limit"]
    assert other.client.get(address)[0] == other.client.get(f"decisions/{UUID(int=7)}")[0] == 404
    _, schema = made.client.get("openapi.json")
    schemas = schema["components"]["schemas"]
    stand = made.client.get("customers/C1/credit")[1]
    for answer, name in ((asked, "Authorisation"), (found, "Decision"), (stand, "Credit")):
        assert set(schemas[name]["required"]) <= set(answer) <= set(schemas[name]["properties"]), name
