"""The personal page in a browser: on a telephone and wide, in both languages, light and dark, with scripts and without.

With `OPENTERMS_SHOTS` naming a folder, a picture of each is kept there.
"""

from __future__ import annotations

import os
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import override_settings

from openterms.apps.collecting.models import LateCharge, Promise, ReportedPayment
from openterms.apps.collecting.plan import actions as plans
from openterms.apps.collecting.strategy.actions import publish, standard_document
from openterms.apps.messaging.models import PageTouch
from openterms.apps.messaging.page.actions import make_link
from openterms.apps.parties.models import Contact
from openterms.apps.receivables.ledger.actions import set_rate
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.context import acting
from openterms.apps.tenancy.models import Seller

from .every_page import MEASURED, SIDEWAYS, still_english
from .test_personal_page import LONG, Shop

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("OPENTERMS_SHOTS")
PARTS = ("", "paid/", "promise/", "instalments/", "dispute/", "person/", "ask/")
SMALL = """() => [...document.querySelectorAll('main a.button, main button, main summary, main .own-check')]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 40)
  .map((one) => one.outerHTML.slice(0, 100))"""
OWN = {"English", "Bank of the East\nIBAN AE07 0331 2345 6789 0123 456"}


@pytest.fixture
def shop(team, web_server):
    """A customer with a long name, two currencies, many items, a charge, a credit, a plan and a strategy."""
    made = Shop(team, web_server)
    with acting(made.seller.id):
        bank = "Bank of the East\nIBAN AE07 0331 2345 6789 0123 456"
        Seller.objects.filter(id=made.seller.id).update(payment_details=bank)
        made.customer.name = LONG
        made.customer.save(update_fields=["name"])
        day = made.today.isoformat()[5:]
        set_rate(made.seller, SYSTEM, "EUR", Decimal("1.08"), made.today - timedelta(days=400), clock.now())
        made.desk.receipt("R-5", day, 7_500)
        made.desk.allocate(made.desk.receipt("R-6", day, 20_000), day, (made.old, 20_000))
        made.desk.invoice("E-1", (made.today - timedelta(days=50)).isoformat()[5:], 98_765_432_109_999, currency="EUR")
        for at in range(60):
            made.desk.invoice(f"2026/INV/{at:06d}", day, 10_000 + at)
        charge = made.desk.charge("late_interest", "LI-1", day, 1_234, day)
        line = {"from": "2026-10-01", "to": "2026-10-31", "days": 31, "principal_minor": 120_000, "rate_bp": 1015,
                "amount_minor": 1_034}  # fmt: skip
        LateCharge.objects.create(
            id=new_id(), seller=made.seller, customer=made.customer, item=made.old, charged_item_id=charge.id,
            kind="late_interest", starts_on=date(2026, 10, 1), through=date(2026, 10, 31), amount_minor=1_234,
            currency="USD", basis="contract",
            explanation={"lines": [line], "basis": "contract", "margin_bp": 1015, "day_count": "act/365"},
        )  # fmt: skip
        publish(made.seller, SYSTEM, standard_document(), made.today - timedelta(days=1), clock.now())
        wanted = plans.Wanted(item_ids=[made.new.id], count=3, first_on=made.today + timedelta(days=3))
        made.plan = plans.offer(made.seller, SYSTEM, made.customer, wanted, clock.now())
    return made


def look(page, name):
    """One heading, labels for all, nothing sideways, nothing too small for a finger."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)
    found = page.evaluate(MEASURED)
    assert len(found["headings"]) == 1 and found["bare"] == [], (name, found["headings"], found["bare"])
    assert page.evaluate(SIDEWAYS) == "", name
    assert page.evaluate(SMALL) == [], name
    return found


@pytest.mark.timeout(240)
@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("width", [360, 1440])
def test_every_part_of_the_page_at_every_width(shop, page_of, language, width):
    theme = "dark" if (width == 360) == (language == "ar") else "light"
    page = page_of(width=width, color_scheme=theme)
    for part in (*PARTS, f"plan/{shop.plan.id}/"):
        page.goto(f"{shop.address}{part}?lang={language}")
        if not part:
            for one in page.locator("details").all()[:3]:
                one.locator("summary").first.click()
        found = look(page, f"page-{part.strip('/').split('/')[0] or 'home'}-{language}-{width}-{theme}")
        assert found["dir"] == ("rtl" if language == "ar" else "ltr")
        if language == "ar":
            left = [text for text in still_english(found["texts"]) if text not in OWN]
            assert [text for text in left if "plan/" not in part] == [], part
    with acting(shop.seller.id):
        link = make_ended(shop)
    page.goto(link)
    look(page, f"page-ended-{language}-{width}-{theme}")


def make_ended(shop):
    person = Contact.objects.create(
        seller=shop.seller, customer=shop.customer, name="Lina", email=f"{new_id().hex}@c1.example"
    )
    with override_settings(PUBLIC_URL=shop.server):
        _, address = make_link(shop.seller, SYSTEM, shop.customer, person, clock.now() - timedelta(days=91))
    return address.removeprefix(shop.server)


@pytest.mark.timeout(240)
def test_without_scripts_everything_works(shop, page_of):
    page = page_of(width=360, java_script_enabled=False)
    page.goto(shop.address)
    page.get_by_role("link", name="I will pay on a date").click()
    page.get_by_label("Date").fill((shop.today + timedelta(days=4)).isoformat())
    page.get_by_label("Amount").fill("1000.00")
    for box in page.locator("input[type=checkbox]:checked").all():
        box.uncheck()
    page.locator(f'input[value="{shop.old.id}"]').check()
    page.get_by_role("button", name="Promise this payment").click()
    assert "We have noted your date" in page.locator(".own-thanks").inner_text()
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / "page-thanks-360.png"), full_page=False)
    (made,) = shop.all(Promise)
    assert made.amount_minor == 100_000
    assert [one.kind for one in shop.all(PageTouch)] == ["promised"], "without scripts a reading is not seen"


@pytest.mark.timeout(240)
def test_with_scripts_a_reading_is_a_touch_and_a_double_click_is_one_answer(shop, page_of):
    page = page_of(width=360)
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(shop.address)
    assert shop.all(PageTouch) == []
    with page.expect_response(lambda answer: answer.url.endswith("/seen/")):
        page.keyboard.press("Tab")
    assert [one.kind for one in shop.all(PageTouch)] == ["seen"]
    page.goto(f"{shop.address}paid/")
    for box in page.locator("input[type=checkbox]:checked").all():
        box.uncheck()
    page.locator(f'input[value="{shop.old.id}"]').check()
    page.get_by_label("Amount").fill("1000.00")
    page.get_by_role("button", name="Send").dblclick()
    page.wait_for_selector(".own-thanks")
    assert len(shop.all(ReportedPayment)) == 1
    assert all(url.startswith((shop.server, "data:")) for url in requests), "nothing is asked of anybody else"


@pytest.mark.timeout(240)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_desks_side(team, web_server, page_of, language):
    made = team("collector")
    shop = Shop(lambda *_: made, web_server)
    who = shop.visit()
    day = (shop.today + timedelta(days=3)).isoformat()
    who.post(f"{shop.address}instalments/", {"key": str(new_id()), "count": "3", "first_on": day, "text": "slow"})
    who.post(f"{shop.address}person/", {"key": str(new_id()), "name": LONG, "email": "omar@c1.example"})
    person = made.people["collector"]
    type(person).objects.filter(id=person.id).update(locale=language)
    for width in (360, 1440):
        page = page_of(person, width=width)
        for name, address in (
            ("requests", "/requests/"), ("customer", f"/customers/{shop.customer.id}/"),
            ("link", f"/customers/{shop.customer.id}/page-links/new/"),
            ("end", f"/customers/{shop.customer.id}/page-links/end/"),
        ):  # fmt: skip
            page.goto(address)
            if SHOTS:
                page.screenshot(path=str(Path(SHOTS) / f"desk-{name}-{language}-{width}.png"), full_page=True)
            found = page.evaluate(MEASURED)
            assert len(found["headings"]) == 1 and found["bare"] == [], (name, found["headings"], found["bare"])
            assert page.evaluate(SIDEWAYS) == "", name
