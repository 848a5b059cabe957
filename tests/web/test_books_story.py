"""A cash clerk's morning in Chromium: a receipt comes in and is allocated, then a file with bad rows is taken in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from openterms.apps.parties.actions import add_customer
from openterms.apps.receivables.open_item.actions import Document, post_invoice
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting

pytestmark = pytest.mark.browser

NOW = datetime.now(UTC)
TODAY = NOW.date()
FILE = b"""customer,number,issued_on,due_on,amount,currency
C-1,F-1,2026-01-05,2026-02-05,250.00,USD
C-1,F-2,2026-02-31,2026-03-31,99.00,USD
"""


@pytest.fixture
def shop(team):
    """A seller whose customer owes two invoices, the older one with a cash discount still to be had."""
    made = team("cash_clerk")
    with acting(made.seller.id):
        acme = add_customer(made.seller, SYSTEM, "C-1", "Acme Tools", "US", NOW, created_on=TODAY - timedelta(days=90))
        for number, age, terms in (("I-1", 5, "2/10 net 30"), ("I-2", 3, "net 30")):
            document = Document(number, TODAY - timedelta(days=age), 100_000, "USD")
            post_invoice(made.seller, SYSTEM, acme, document, NOW, terms=terms)
    return made


def items(shop):
    with acting(shop.seller.id):
        return {item.number: item.open_minor for item in Item.objects.filter(seller=shop.seller)}


def test_a_receipt_is_recorded_and_allocated_by_the_keyboard(shop, page_of):
    page = page_of(shop.people["cash_clerk"])
    page.goto("/posting/receipt/")
    page.keyboard.type("acme")
    page.get_by_role("link", name="Acme Tools").click()
    page.get_by_text("Owes 2,000.00 USD").wait_for()
    page.keyboard.type("1500")
    assert page.get_by_label("Amount").input_value() == "1500"
    page.get_by_label("Number", exact=False).fill("R-1")
    page.keyboard.press("Control+Enter")
    page.get_by_role("heading", name="Allocate R-1").wait_for()

    # The discount is taken where it is earned, so 980 settles the older invoice and 520 goes to the other.
    page.get_by_text("All of 1,500.00 USD is used.").wait_for()
    amounts = page.locator("input[name^=amount-]")
    assert [amounts.nth(place).input_value() for place in range(2)] == ["980.00", "520.00"]
    page.get_by_label("Settle of I-2").fill("400")
    page.get_by_text("120.00 USD left").wait_for()
    page.get_by_label("Settle of I-2").fill("1500")
    page.get_by_text("More than is open").wait_for()
    page.get_by_label("Settle of I-2").fill("520")
    page.get_by_text("All of 1,500.00 USD is used.").wait_for()
    page.keyboard.press("Control+Enter")
    page.get_by_text("1,500.00 USD of R-1 is allocated.").wait_for()
    assert items(shop) == {"I-1": 0, "I-2": 48_000, "R-1": 0}

    page.locator("#toasts").get_by_role("button", name="Undo").click()
    page.get_by_text("Taken back.", exact=False).first.wait_for()
    assert items(shop) == {"I-1": 100_000, "I-2": 100_000, "R-1": 150_000}


def test_a_file_with_a_bad_row_is_taken_in_without_it(shop, page_of):
    page = page_of(shop.people["cash_clerk"], width=360, height=780)
    page.goto("/imports/new/")
    page.get_by_label("What does the file hold?").select_option("invoices")
    page.get_by_label("File", exact=True).set_input_files(
        {"name": "january.csv", "mimeType": "text/csv", "buffer": FILE}
    )
    page.get_by_role("button", name="Look at it").click()
    page.get_by_text("1 of 2 rows would be refused.").wait_for()
    page.get_by_role("button", name="Load the 1 good row").click()
    page.get_by_text("1 row is loaded.").wait_for()
    with page.expect_download() as found:
        page.get_by_role("link", name="Download the refused rows").click()
    assert "F-2" in found.value.path().read_text("utf-8-sig")
    assert items(shop)["F-1"] == 25_000
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
