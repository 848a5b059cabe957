"""Invoices over HTTP: issued once, refused with every rule, credited, taken as files."""

from __future__ import annotations

import base64

from openterms.apps.credit.line.actions import set_line
from openterms.apps.parties.actions import add_customer
from openterms.apps.receivables.models import Item
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.api_keys import add_key
from openterms.apps.tenancy.context import acting
from openterms.formats.einvoice import ubl
from tests.web.test_api_authorisations import Client

PUMPS = {"name": "Pump", "quantity": "2", "price": "250.00", "vat_rate": "20"}


def test_a_shop_bills_its_orders(web_server, committed, new_seller):
    seller = new_seller(enter=False)
    with acting(seller.id):
        customer = add_customer(seller, SYSTEM, "C1", "Hill Pumps", "US", clock.now())
        set_line(seller, SYSTEM, customer, "USD", 1_000_00, "test", clock.today(seller.timezone), clock.now())
        clients = [Client(web_server, add_key(seller, "x", scopes)[1]) for scopes in (["bill"], ["authorise"])]
    billing, shop = clients
    body = {"customer": "C1", "currency": "USD", "order_ref": "O-1", "purchase_order": "PO-7", "lines": [PUMPS]}
    assert shop.post("invoices", body)[0] == 403

    _, held = shop.order("600.00", "O-1")
    assert shop.post(f"authorisations/{held['id']}/captures", {"amount": "250.00"})[0] == 201
    wrong = body | {"totals": {"net": "501.00", "total": "601.00"}}
    status, found = billing.post("invoices", wrong)
    assert status == 422 and [one["field"] for one in found["faults"]] == ["net", "total"]
    assert "BR-CO-13" in found["faults"][0]["detail"] and "BR-CO-15" in found["faults"][1]["detail"]
    for bad, field in ({"lines": [PUMPS | {"price": 2.5}]}, "lines 1 price"), ({"customer": "C9"}, "customer"), (
        {"colour": "red"}, "colour"), ({"currency": "XXX"}, "currency"), ({"due_on": "soon"}, "due_on"):  # fmt: skip
        status, found = billing.post("invoices", body | bad)
        assert (status, found["field"]) == (422, field)

    status, tried = billing.post("invoices", body | {"dry_run": True})
    assert (status, tried["number"], tried["total"]) == (200, None, "600.00")
    assert {"billing_no_account", "billing_no_recipient"} <= {one["code"] for one in tried["findings"]}
    status, made = billing.post("invoices", body, Idempotency_Key="k-1")
    assert (status, made["number"], made["net"], made["total"]) == (201, "INV-" + made["issued_on"][:4] + "-000001",
                                                                    "500.00", "600.00")  # fmt: skip
    assert billing.post("invoices", body, Idempotency_Key="k-1") == (200, made)
    status, found = billing.post("invoices", body | {"note": "x"}, Idempotency_Key="k-1")
    assert status == 422 and "k-1" in found["detail"]
    assert shop.get(f"authorisations/{held['id']}")[1]["captured_amount"] == "600.00"
    parts = shop.get("customers/C1/credit")[1]["lines"][0]["parts"]
    assert (parts["open_items"], parts["captured_not_invoiced"]) == ("600.00", "0.00")

    number = made["number"]
    file = billing.get(f"invoices/{number}?format=ubl")[1]["file"]
    tree, left = ubl.read(base64.b64decode(file["content"]))
    assert (tree["BT-1"], tree["BT-13"], tree["BT-112"], left) == (number, "PO-7", "600.00", [])
    assert base64.b64decode(billing.get(f"invoices/{number}?format=facturx")[1]["file"]["content"]).startswith(b"%PDF")
    assert billing.get(f"invoices/{number}?format=doc")[0] == 422 and billing.get("invoices/INV-9")[0] == 404

    status, note = billing.post(f"invoices/{number}/credit-notes", {"lines": [PUMPS | {"quantity": "1"}]})
    assert (status, note["kind"], note["corrects"], note["total"]) == (201, "credit_note", number, "300.00")
    assert billing.post(f"invoices/{number}/credit-notes", {})[0] == 422
    with acting(seller.id):
        assert Item.objects.get(number=number).open_minor == 300_00
