"""The form in a browser, on a phone, in Arabic: every step, kept as it goes; and the desk's pages of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from openterms.apps.credit.application.deciding import set_form
from openterms.apps.credit.models import Application
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting
from tests.apps.credit.application.form import ANSWERS

from .every_page import FOCUS, MEASURED, SIDEWAYS, still_english

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("OPENTERMS_SHOTS")
OWN = {"English"}


def held(page, name):
    """What every page must hold: direction, one heading, labels, Arabic words, no scrolling sideways, visible focus."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)
    found = page.evaluate(MEASURED)
    assert (found["lang"], found["dir"]) == ("ar", "rtl"), name
    assert len(found["headings"]) == 1 and found["bare"] == [], (name, found["headings"], found["bare"])
    assert [text for text in still_english(found["texts"]) if text not in OWN] == [], name
    assert page.evaluate(SIDEWAYS) == "", name
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUS) in ("", "left"), name


def answer(page, given):
    for name, value in given.items():
        one = page.locator(f"#id_{name}")
        kind = one.evaluate("one => one.type")
        if kind == "checkbox":
            one.check()
        elif kind.startswith("select"):
            one.select_option(value)
        else:
            one.fill(value)
            one.blur()


@pytest.mark.timeout(240)
def test_the_whole_form_on_a_phone_in_arabic_and_its_way_to_a_customer(team, page_of):
    shop = team("credit_manager", currency="EUR", country="DE")
    with acting(shop.seller.id):
        set_form(shop.seller, SYSTEM, True, {}, 30, clock.now())
    page = page_of(width=360, height=740)
    page.goto(f"/apply/{shop.seller.code}/?lang=ar")
    held(page, "start")
    page.get_by_role("button", name="ابدأ").click()
    for section, given in ANSWERS.items():
        page.wait_for_url(f"**/{section}/")
        page.locator("main details.apply-row").evaluate_all("all => all.forEach(one => { one.open = true })")
        answer(page, given)
        held(page, section)
        page.get_by_role("button", name="متابعة").click()
    page.wait_for_url("**/files/")
    held(page, "files")
    base = page.url.removesuffix("files/")
    page.goto(f"{base}contact/")
    page.locator("#id_email").fill("nobody")
    page.locator("#id_email").blur()
    page.get_by_text("ليس هذا عنوان بريد إلكتروني").wait_for()
    page.locator("#saved").get_by_text("حُفظ").wait_for()
    with acting(shop.seller.id):
        assert Application.objects.get(seller=shop.seller).answers["contact"].get("email") is None
    page.locator("#id_email").fill("omar@noor-trading.example")
    page.locator("#id_email").blur()
    page.wait_for_function("() => !document.querySelector('#err_email').textContent")

    page.goto(f"{base}sign/")
    held(page, "sign")
    page.locator("#id_agreed").check()
    page.locator("#id_typed_name").fill("Omar Haddad")
    page.get_by_role("button", name="توقيع وإرسال").click()
    page.wait_for_url("**/status/")
    held(page, "status")
    page.goto(f"{base}copy/")
    held(page, "copy")

    desk = page_of(shop.people["credit_manager"], width=1440)
    desk.goto("/applications/")
    desk.get_by_role("link", name="Noor Trading GmbH").click()
    desk.get_by_text("the digits are right").first.wait_for()
    if SHOTS:
        desk.screenshot(path=str(Path(SHOTS) / "desk.png"), full_page=True)
    for address in (desk.url, desk.url + "decline/", desk.url + "more/", "/settings/application/", "/applications/"):
        for width in (360, 1440):
            desk.set_viewport_size({"width": width, "height": 900})
            desk.goto(address)
            assert desk.evaluate(SIDEWAYS) == "", (address, width)
            if SHOTS:
                name = address.strip("/").rsplit("/", 2)[-1]
                desk.screenshot(path=str(Path(SHOTS) / f"desk-{name}-{width}.png"), full_page=True)
    desk.go_back()
    desk.goto("/applications/")
    desk.get_by_role("link", name="Noor Trading GmbH").click()
    desk.get_by_role("link", name="Accept", exact=True).click()
    desk.locator("#id_number").fill("C-900")
    desk.get_by_role("button", name="Save").click()
    desk.wait_for_url("**/customers/**")
    with acting(shop.seller.id):
        assert Customer.objects.get(seller=shop.seller, number="C-900").name == "Noor Trading GmbH"
