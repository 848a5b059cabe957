"""The sample shop sells on terms, and the desk releases what it had to refer: two pages in a browser, one order."""

from __future__ import annotations

import importlib.util
import threading
from pathlib import Path

import pytest

from openterms.apps.credit.line.actions import set_line
from openterms.apps.credit.models import Authorisation
from openterms.apps.parties.actions import add_customer
from openterms.apps.parties.models import BillingProfile
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.api_keys import add_key
from openterms.apps.tenancy.context import acting

pytestmark = pytest.mark.browser
FILE = Path(__file__).resolve().parents[2] / "examples" / "shop" / "shop.py"


@pytest.fixture
def shop(web_server, team):
    """The example's own server for a customer with 1,000.00 EUR who wants a number on every order."""
    made = team("credit_manager", currency="EUR", country="DE")
    with acting(made.seller.id):
        customer = add_customer(made.seller, SYSTEM, "C1", "Hill Pumps Ltd.", "DE", clock.now())
        today = clock.today(made.seller.timezone)
        set_line(made.seller, SYSTEM, customer, "EUR", 100_000, "agreed", today, clock.now())
        BillingProfile.objects.create(seller=made.seller, customer=customer, needs_purchase_order=True)
        _, secret = add_key(made.seller, "shop", ("authorise",))
    spec = importlib.util.spec_from_file_location("shop_example", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    server = module.serve(module.Terms(web_server, secret, "C1", "EUR"), 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join(10)


def test_a_checkout_on_terms_from_basket_to_release(shop, page_of):
    made, address = shop
    page = page_of()
    page.goto(address)
    page.get_by_text("Available credit: 1000.00 EUR.").wait_for()
    assert page.locator("#total").inner_text() == "421.45 EUR"

    page.get_by_role("button", name="Order on account").click()
    page.get_by_text("This order needs a purchase-order number.").wait_for()
    page.get_by_text("Enter your company's purchase-order number.").wait_for()

    page.get_by_label("Your purchase-order number").fill("PO-7")
    page.get_by_label("Quantity of Circulation pump").fill("2")
    page.get_by_role("button", name="Order on account").click()
    page.get_by_text("Thank you. Your order is on account.").wait_for()
    page.get_by_text("Available credit: 189.55 EUR.").wait_for()
    page.get_by_role("button", name="Order on account").click()  # a second click holds nothing more
    page.wait_for_load_state("networkidle")
    with acting(made.seller.id):
        assert Authorisation.objects.filter(seller=made.seller, state="approved").count() == 1

    page.get_by_label("Quantity of Check valve, brass").fill("3")
    page.get_by_role("button", name="Order on account").click()
    page.get_by_text("We look at your order and tell you soon.").wait_for()
    page.get_by_text("189.55 EUR is available.").wait_for()

    desk = page_of(made.people["credit_manager"])
    desk.goto("/orders/")
    assert desk.locator("tr[data-row]").count() == 1
    desk.locator("tr[data-row] a").first.click()
    desk.get_by_role("link", name="Release").click()
    desk.locator("#panel textarea").fill("They pay the last invoice today.")
    desk.locator("#panel .button-main").click()
    desk.get_by_text("The order is released.").wait_for()

    page.get_by_role("button", name="Order on account").click()
    page.get_by_text("Thank you. Your order is on account.").wait_for()
    with acting(made.seller.id):
        released = Authorisation.objects.get(seller=made.seller, override__isnull=False)
        assert (released.state, released.approved_minor) == ("approved", 2 * 38_900 + 3 * 2_450 + 795)
        assert released.override.actor == "Credit Manager"
