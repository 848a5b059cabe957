"""The sample shop sells on terms, and the desk releases what it had to refer: two pages in a browser, one order."""

from __future__ import annotations

import importlib.util
import os
import threading
from pathlib import Path

import pytest

from openterms.apps.credit.application.deciding import accept, set_form
from openterms.apps.credit.line.actions import set_line
from openterms.apps.credit.models import Application, Authorisation
from openterms.apps.parties.actions import add_customer
from openterms.apps.parties.models import BillingProfile, Customer
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.api_keys import add_key
from openterms.apps.tenancy.context import acting
from tests.apps.credit.application.form import ANSWERS

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("OPENTERMS_SHOTS")
FILL = "(one, value) => { if (one.type === 'checkbox') one.checked = true; else one.value = value }"
FILE = Path(__file__).resolve().parents[2] / "examples" / "shop" / "shop.py"


def look(page, name):
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def serve(web_server, secret):
    """The example's own server, for customer C1 in euro."""
    spec = importlib.util.spec_from_file_location("shop_example", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    server = module.serve(module.Terms(web_server, secret, "C1", "EUR"), 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.fixture
def shop(web_server, team):
    """A shop for a customer with 1,000.00 EUR who wants a number on every order."""
    made = team("credit_manager", currency="EUR", country="DE")
    with acting(made.seller.id):
        customer = add_customer(made.seller, SYSTEM, "C1", "Hill Pumps Ltd.", "DE", clock.now())
        today = clock.today(made.seller.timezone)
        set_line(made.seller, SYSTEM, customer, "EUR", 100_000, "agreed", today, clock.now())
        BillingProfile.objects.create(seller=made.seller, customer=customer, needs_purchase_order=True)
        _, secret = add_key(made.seller, "shop", ("authorise",))
    for address in serve(web_server, secret):
        yield made, address


@pytest.fixture
def new_buyer(web_server, team):
    """A shop for a customer without a limit, of a seller who takes applications."""
    made = team("credit_manager", currency="EUR", country="DE")
    with acting(made.seller.id):
        add_customer(made.seller, SYSTEM, "C1", "Noor Trading GmbH", "DE", clock.now())
        set_form(made.seller, SYSTEM, True, {}, 30, clock.now())
        _, secret = add_key(made.seller, "shop", ("authorise", "apply"))
    for address in serve(web_server, secret):
        yield made, address


def test_a_buyer_without_terms_applies_at_the_checkout_and_comes_back_to_the_order(new_buyer, page_of):
    made, address = new_buyer
    page = page_of()
    page.goto(address)
    page.get_by_label("Quantity of Shaft seal").fill("3")
    page.get_by_label("Registered name of your company").fill("Noor Trading GmbH")
    look(page, "shop-apply")
    page.get_by_role("button", name="Apply for terms").click()
    page.wait_for_url("**/a/*/**")
    base = page.url.split("/a/")[0] + "/a/" + page.url.split("/a/")[1].split("/")[0] + "/"
    for section, given in ANSWERS.items():
        page.goto(f"{base}{section}/")
        if section == "company":
            assert page.locator("#id_legal_name").input_value() == "Noor Trading GmbH"
        if section == "request":
            assert page.locator("#id_first_order").input_value() == "437.35"
        for name, value in given.items():
            field = page.locator(f"#id_{name}")
            field.evaluate(FILL, value)
        page.locator("form.apply-form button.button-main").last.click()
        page.wait_for_load_state("networkidle")
    page.goto(f"{base}sign/")
    page.locator("#id_agreed").check()
    page.locator("#id_typed_name").fill("Omar Haddad")
    page.get_by_role("button", name="Sign and send").click()
    page.get_by_text("We look at it and write to you.").wait_for()
    look(page, "status")
    page.get_by_role("link", name="Back to your order").click()
    page.get_by_text("We look at your application and write to you.").wait_for()
    assert page.locator("#total").inner_text() == "437.35 EUR", "the basket is as it was"

    with acting(made.seller.id):
        row = Application.objects.get(seller=made.seller)
        customer = Customer.objects.get(seller=made.seller, number="C1")
        accept(made.seller, SYSTEM, row.id, clock.now(), customer=customer)
        set_line(made.seller, SYSTEM, customer, "EUR", 100_000, "agreed", clock.today("UTC"), clock.now())
    page.reload()
    page.get_by_text("Your application was accepted.").wait_for()
    page.get_by_text("Available credit: 1000.00 EUR.").wait_for()
    assert not page.get_by_role("button", name="Apply for terms").is_visible()
    page.get_by_role("button", name="Order on account").click()
    page.get_by_text("Thank you. Your order is on account.").wait_for()
    with acting(made.seller.id):
        assert Authorisation.objects.get(seller=made.seller).order_ref == row.order_ref, "it is the same order"


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
