"""A collector works through the list without the mouse."""

from __future__ import annotations

import pytest

from openterms.apps.tenancy.context import acting

from .small_seller import fill

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(team, page_of):
    made = team("collector")
    filled = fill(made.seller, made.people["collector"])
    page = page_of(made.people["collector"])
    page.goto("/worklist/")
    return made, filled, page


def test_the_list_is_worked_through_by_keys(desk):
    from openterms.apps.collecting.worklist.models import Activity, WorkItem

    made, _filled, page = desk
    rows = page.locator("tr[data-row]")
    listed = rows.count()
    assert listed >= 5
    second = rows.nth(1).locator(".party-name").inner_text()

    page.keyboard.press("j")
    page.keyboard.press("c")
    page.get_by_role("heading", name="Log a call").wait_for()
    page.get_by_text("Left a voicemail").click()
    page.locator("#panel textarea").focus()
    page.keyboard.type("Asked for a call back.")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Recorded: Left a voicemail.").wait_for()
    page.wait_for_function(f"document.querySelectorAll('tr[data-row]').length === {listed - 1}")
    page.wait_for_function("document.activeElement?.closest('tr[data-row]')")
    assert page.evaluate("document.activeElement.querySelector('.party-name').innerText") == second
    page.wait_for_function("location.pathname === '/worklist/' && document.querySelector('#panel').hidden")

    page.keyboard.press("s")
    page.get_by_role("heading", name="Put off to another day").wait_for()
    page.keyboard.press("Enter")
    page.get_by_text("is put off until").wait_for()
    page.wait_for_function(f"document.querySelectorAll('tr[data-row]').length === {listed - 2}")

    page.get_by_role("button", name="Undo").last.click()
    page.get_by_text("Back on the list.").wait_for()
    page.wait_for_function(f"document.querySelectorAll('tr[data-row]').length === {listed - 1}")

    with acting(made.seller.id):
        assert Activity.objects.get(seller=made.seller, kind="call").note == "Asked for a call back."
        assert WorkItem.objects.filter(seller=made.seller, state="done").count() == 1


def test_a_promise_from_the_list_sums_what_is_chosen(desk):
    from openterms.apps.collecting.promise.models import Promise

    made, _filled, page = desk
    page.keyboard.press("j")
    page.keyboard.press("p")
    page.get_by_role("heading", name="Record a promise").wait_for()
    boxes = page.locator("#panel .item-choice tbody input")
    for at in range(boxes.count()):
        boxes.nth(at).set_checked(at == 0)
    amount = page.locator("#id_amount").input_value()
    assert amount.endswith(".00") and float(amount) > 0
    page.locator("#id_person_reached").fill("Jane")
    page.locator("#id_promised_for").focus()
    page.keyboard.press("Control+Enter")
    page.get_by_text("Promise recorded:").wait_for()
    with acting(made.seller.id):
        kept = Promise.objects.filter(seller=made.seller, made_by="Jane").get()
        assert kept.amount_minor == round(float(amount) * 100)


def test_a_row_opens_in_the_panel_and_the_back_button_closes_it(desk):
    _made, _filled, page = desk
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.locator("#panel").get_by_role("heading", name="Next step").wait_for()
    assert "/customers/" in page.evaluate("location.pathname")
    page.go_back()
    page.wait_for_function("location.pathname === '/worklist/' && document.querySelector('#panel').hidden")
    assert page.locator("tr[data-row]").count() >= 5
