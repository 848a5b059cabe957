"""The team's pages, and calls by keys alone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from openterms.apps.tenancy.context import acting

from .small_seller import fill

PAGES = ("/team/", "/team/?days=365", "/team/customers/", "/team/rules/", "/team/absences/", "/worklist/record/")


def number_of(text: str) -> str:
    return re.search(r'name="stamp" value="([0-9a-f]+)"', text).group(1)


def test_rules_a_change_of_hands_and_an_absence(team, visitor):
    from openterms.apps.collecting.models import Absence
    from openterms.apps.journal.models import Event
    from openterms.apps.parties.models import Customer

    made = team("credit_manager", "collector", "analyst", "auditor")
    filled = fill(made.seller)
    boss, collector, auditor = (visitor(made.people[name]) for name in ("credit_manager", "collector", "auditor"))
    for page in PAGES:
        for one in (boss, collector, auditor):
            assert one.get(page).status == 200, page
    who, other = made.people["collector"], made.people["analyst"]
    rules = {"rule-TOTAL_FORMS": "1", "rule-INITIAL_FORMS": "0", "rule-0-to": who.email, "rule-0-countries": "US",
             "reason": "Spring"}  # fmt: skip
    assert collector.post("/team/rules/", rules).status == 403
    assert "Version 1 of the rules holds" in boss.post("/team/rules/", rules).text
    stamp = number_of(boss.get("/team/rules/").text)
    assert collector.post("/team/rules/apply/", {"stamp": stamp}).status == 403
    assert "have changed since" in boss.post("/team/rules/apply/", {"stamp": "0"}).text
    with acting(made.seller.id):
        assert not Customer.objects.filter(seller=made.seller, collector__isnull=False).exists()
    assert "6 customers have changed hands" in boss.post("/team/rules/apply/", {"stamp": stamp}).text

    asked = f"?send=1&source={who.id}&to={other.id}&numbers=C-1+C-2&reason=Balance"
    page = boss.get(f"/team/customers/{asked}")
    given = {"source": str(who.id), "to": str(other.id), "numbers": "C-1 C-2", "reason": "Balance"}
    assert "2 customers would change hands" in re.sub(r"<[^>]+>", "", page.text)
    assert collector.post("/team/customers/confirm/", given | {"stamp": number_of(page.text)}).status == 403
    boss.post("/team/customers/confirm/", given | {"stamp": number_of(page.text)})
    away = {"collector": str(who.id), "cover": str(other.id), "first": filled.today.isoformat(),
            "last": (filled.today + timedelta(days=6)).isoformat(), "reason": "Leave"}  # fmt: skip
    assert auditor.post("/team/absences/", away).status == 422
    assert "covers for" in collector.post("/team/absences/", away).text
    with acting(made.seller.id):
        assert Customer.objects.filter(seller=made.seller, collector=other).count() == 2
        assert Event.objects.filter(seller=made.seller, kind="collector_assigned").count() == 8
        absence = Absence.objects.get(seller=made.seller)
    assert "Nobody is left to call" in collector.get("/worklist/call/?start=1&whose=mine").text
    assert "call-sheet" in visitor(other).get("/worklist/call/?start=1&whose=mine").text
    assert auditor.post(f"/team/absences/{absence.id}/end/", {}).status == 200
    assert "own again" in collector.post(f"/team/absences/{absence.id}/end/", {}).text
    assert boss.get("/team/?format=csv").text.count("\n") >= 1


def test_who_may_not_work_may_not_call(team, visitor):
    from openterms.apps.collecting.models import Activity, WorkItem

    made = team("collector", "auditor")
    fill(made.seller, made.people["collector"])
    auditor = visitor(made.people["auditor"])
    with acting(made.seller.id):
        work = WorkItem.objects.filter(seller=made.seller, state="open").first()
    assert auditor.get("/worklist/call/").status == 403
    for act in ("outcome", "later"):
        assert auditor.post(f"/worklist/call/{work.id}/{act}/", {"outcome": "no_answer"}).status == 403
    collector = visitor(made.people["collector"])
    assert collector.post(f"/worklist/call/{work.id}/outcome/", {"outcome": "sulks"}).status == 422
    with acting(made.seller.id):
        work.refresh_from_db()
        assert work.state == "open" and not Activity.objects.filter(seller=made.seller).exists()


def reachable(made, filled):
    """Give every customer a telephone and a place where it may be rung now; False where there is none (a Saturday)."""
    from openterms.apps.collecting.guard.reads import verdicts
    from openterms.apps.parties.actions import add_contact
    from openterms.apps.parties.models import Customer
    from openterms.apps.tenancy import clock
    from openterms.apps.tenancy.actor import SYSTEM
    from openterms.core.collecting.guard import Act

    with acting(made.seller.id):
        every = Customer.objects.filter(seller=made.seller)
        for number, one in filled.customers.items():
            add_contact(one, SYSTEM, clock.now(), name=f"Person {number}", phone="+1 202 555 0101")
        for country in ("US", "SA", "DE"):
            for shift in range(-14, 13):
                every.update(country=country, timezone=f"Etc/GMT{shift:+d}")
                found = verdicts([one.id for one in filled.customers.values()], Act.CALL, clock.now())
                if all(one.allowed for one in found.values()):
                    return True
    return False


@pytest.mark.browser
def test_calls_by_keys_alone(team, page_of):
    from openterms.apps.collecting.models import Activity, Promise, WorkItem
    from openterms.apps.parties.models import Customer

    made = team("collector")
    filled = fill(made.seller, made.people["collector"])
    can_call = reachable(made, filled)
    page = page_of(made.people["collector"])
    page.goto("/worklist/")
    page.keyboard.press("a")
    name = page.locator(".call-sheet h2 a")
    name.wait_for()
    first = name.inner_text()
    moved = "name => document.querySelector('.call-sheet h2 a')?.innerText !== name"
    if can_call:
        page.keyboard.press("v")
        page.get_by_text("Recorded: Left a voicemail.").first.wait_for()
        page.wait_for_function(moved, arg=first)
        second = name.inner_text()
        page.keyboard.press("p")
        page.keyboard.press("2")
        page.get_by_text("Promise recorded:").first.wait_for()
        page.wait_for_function(moved, arg=second)
        page.keyboard.press("z")
        page.get_by_text("withdrawn and its call struck out").wait_for()
        assert name.inner_text() == second
        page.keyboard.press("s")
        page.wait_for_function(moved, arg=second)
        with acting(made.seller.id):
            assert Promise.objects.filter(seller=made.seller, state="withdrawn").count() == 1
            assert Activity.objects.get(seller=made.seller, struck_at__isnull=True).outcome == "voicemail"
            assert WorkItem.objects.filter(seller=made.seller, state="snoozed").count() == 1

    with acting(made.seller.id):
        Customer.objects.filter(seller=made.seller).update(insolvent_on=filled.today)
    page.goto("/worklist/call/")
    refused = page.locator(".call-refused")
    refused.wait_for()
    last = name.inner_text()
    assert "insolvency" in refused.inner_text() and page.locator("a[href^=tel]").count() == 0
    page.keyboard.press("n")
    page.wait_for_timeout(300)
    assert name.inner_text() == last and page.locator(".call-outcome").count() == 0
    page.keyboard.press("l")
    page.get_by_text("Put off until tomorrow.").first.wait_for()
