"""Invoices in the desk and on the customer's page: issued by hand, their papers, whose they are."""

from __future__ import annotations

import re

from openterms.apps.receivables.models import Invoice, Item
from openterms.apps.tenancy.context import acting
from openterms.apps.tenancy.models import Membership
from tests.web.test_personal_page import Shop


def test_an_invoice_is_issued_and_read(team, web_server, visitor):
    made = Shop(team, web_server)
    desk = visitor(_clerk(made))
    form = f"/posting/issue/?customer={made.customer.id}"
    page = desk.get(form)
    assert page.status == 200 and "Price of one, without VAT" in page.text
    given = {"currency": "USD", "on": made.today.isoformat(), "category": "S", "vat_rate": "20", "what_1": "Pump",
             "quantity_1": "2", "price_1": "250.00", "what_2": "Freight", "price_2": "10",
             "terms": "net 10"}  # fmt: skip
    wrong = desk.post(form, given | {"price_2": ""})
    assert wrong.status == 422 and "both a text and a price" in wrong.text
    assert "The rate of category S is above 0" in desk.post(form, given | {"vat_rate": ""}).text
    done = desk.post(form, given)
    with acting(made.seller.id):
        (invoice,) = Invoice.objects.all()
        item = Item.objects.get(number=invoice.number)
    assert done.address == f"/invoices/{item.id}/" and item.amount_minor == 612_00
    for said in ("What may hold up its payment", "The invoice does not say to which account to pay", "Factur-X"):
        assert said in done.text
    for kind, begins in (("pdf", "%PDF"), ("facturx", "%PDF"), ("ubl", "<?xml")):
        file = desk.get(f"/invoices/{item.id}/paper/{kind}/")
        assert file.status == 200 and file.text.startswith(begins)
    assert desk.get(f"/invoices/{made.old.id}/paper/pdf/").status == 404
    assert f"/invoices/{item.id}/paper/pdf/" in desk.get(f"/customers/{made.customer.id}/").text
    assert desk.get(f"/customers/{made.customer.id}/statement.pdf").text.startswith("%PDF")
    with acting(made.seller.id):
        receipt = made.desk.receipt("R-1", made.today.isoformat()[5:], 10_00)
    assert desk.get(f"/invoices/{receipt.id}/paper/receipt/").text.startswith("%PDF")

    reader = made.visit()
    (link,) = re.findall(rf'href="({re.escape(made.address)}invoice/[^"]+)"', reader.get(made.address).text)
    assert str(item.id) in link and reader.get(link).text.startswith("%PDF")
    assert reader.get(link.replace(str(item.id), str(made.other.id))).status == 404
    stranger = Shop(team, web_server)
    assert stranger.visit().get(link.replace(made.address, stranger.address)).status == 404
    assert visitor(_clerk(stranger)).get(f"/invoices/{item.id}/paper/pdf/").status == 404


def _clerk(made):
    with acting(made.seller.id):
        return Membership.objects.select_related("user").get(seller=made.seller, role="credit_manager").user
