"""Strategy and runs in the desk: previewed, one kept out, sent; a strategy published by two; the six checks."""

from __future__ import annotations

import re

import pytest

from openterms.apps.tenancy.context import acting

from .small_seller import fill


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """A seller with books, mail switched on, and the people who work there."""
    from openterms.apps.messaging.models import MessageChannel
    from openterms.apps.parties.actions import add_contact
    from openterms.apps.tenancy import clock
    from openterms.apps.tenancy.actions import add_membership, add_seller, add_user
    from openterms.apps.tenancy.actor import SYSTEM
    from openterms.apps.tenancy.clock import new_id

    from .conftest import PASSWORD, Team

    with django_db_blocker.unblock():
        from django.db import connection

        code = f"O{new_id().hex[-12:]}"
        team = Team(add_seller(code, f"Seller {code}", "USD", "US"))
        with acting(team.seller.id):
            for role in ("credit_manager", "analyst", "collector", "auditor"):
                user = add_user(f"{role}@{code.lower()}.example", PASSWORD, role)
                add_membership(team.seller, user, role, 10**12 if role == "credit_manager" else 0)
                team.people[role] = user
        made = fill(team.seller, team.people["collector"])
        with acting(team.seller.id):
            for customer in made.customers.values():
                add_contact(customer, SYSTEM, clock.now(), name="Ada", email="ap@example.com")
            MessageChannel.objects.create(
                seller=team.seller, kind="email", adapter="smtp", address="smtp://localhost:2525", sender="a@s.example",
                is_live=True,
            )  # fmt: skip
        yield team, made
        connection.close()


def test_a_run_is_looked_at_one_is_kept_out_and_the_rest_is_sent_once(world, visitor):
    team, _made = world
    one = visitor(team.people["collector"])
    page = one.get("/outreach/").text
    assert "Before it goes out" in page and "Keep out" in page, page[-3000:]
    shown = re.findall(r"/outreach/([0-9a-f-]{36})/\?date=", page)
    first, count = shown[0], len(set(shown))
    words = one.get(f"/outreach/{first}/").text
    assert "Why this way" in words and "https://link.invalid/" in words
    assert one.post(f"/outreach/{first}/hold/", {"reason": ""}).status == 422
    kept = one.post(f"/outreach/{first}/hold/", {"reason": "We visit them today"})
    assert "We visit them today" in kept.text and "Let in again" in kept.text
    sent = one.post("/outreach/send/", {})
    assert f"{count - 1} messages are on their way" in sent.text, re.findall(r"[^\n]*messages[^\n]*", sent.text)
    again = one.get("/outreach/").text
    assert "Nothing goes out on this day." in again and "Sent before" in again
    arabic = one.get("/outreach/", **{"Accept-Language": "ar"})
    assert arabic.status == 200
    auditor = visitor(team.people["auditor"])
    assert auditor.get("/outreach/").status == 200
    assert auditor.post("/outreach/send/", {}).status == 403


def bare(page):
    """A page's words without their marks."""
    return re.sub(r"<[^>]*>", "", page)


def test_runs_are_put_under_the_clock_and_today_says_what_waits(world, visitor):
    from openterms.apps.collecting.models import PlannedRun
    from openterms.apps.messaging.outgoing.actions import queue
    from openterms.apps.tenancy import clock
    from openterms.apps.tenancy.actor import SYSTEM
    from tests.apps.desk import Desk
    from tests.apps.messaging.letters import FACTS, letter

    team, made = world
    manager, collector = visitor(team.people["credit_manager"]), visitor(team.people["collector"])
    assert collector.get("/outreach/timetable/").status == 403
    assert "wait for release" not in manager.get("/").text
    bad = manager.post("/outreach/timetable/", {"mode": "waits", "at": "quarter past"})
    assert bad.status == 422
    kept = manager.post("/outreach/timetable/", {"mode": "waits", "at": "08:30"})
    assert "It begins with the next such time" in kept.text and "08:30" in kept.text
    with acting(team.seller.id):
        PlannedRun.objects.create(
            seller=team.seller, date=made.today, planned_at=clock.now(),
            figures={"messages": 412, "items": 900, "declined": 3, "tasks": 0},
        )  # fmt: skip
        desk = Desk(team.seller)
        told = {name: value for name, value in FACTS.items() if name != "link"}
        queue(team.seller, SYSTEM, [letter(desk, "broken", variables=told)], clock.now())
    today = collector.get("/").text
    assert "1 message is held or failed" in bare(today)  # a fault in its words stops that message, with a task
    assert "412 messages wait for release" in bare(today) and f"/outreach/?date={made.today.isoformat()}" in today
    page = collector.get("/outreach/").text
    assert "Waits for release" in page and "412 messages for" in bare(page)
    reader = team.people["analyst"]
    type(reader).objects.filter(id=reader.id).update(locale="ar")
    assert "رسالة تنتظر الإطلاق" in bare(visitor(reader).get("/").text)
    type(reader).objects.filter(id=reader.id).update(locale="en")
    collector.post("/outreach/send/", {})
    assert "wait for release" not in bare(collector.get("/").text)


def test_a_strategy_is_written_by_one_and_published_by_another(world, visitor):
    team, _made = world
    writer, manager = visitor(team.people["analyst"]), visitor(team.people["credit_manager"])
    page = writer.get("/strategy/?segment=strategic").text
    assert "Uses us as a bank" in page and "by the credit manager" in page
    from openterms.apps.collecting.strategy.actions import standard_document

    bad = writer.post("/strategy/add/", {"text": "code: x\nsteps: [", "note": ""})
    assert bad.status == 422 and "not YAML" in bad.text
    text = standard_document().replace("after_days: 30\n", "after_days: 35\n").replace("name: Standard", "name: Slower")
    made = writer.post("/strategy/add/", {"text": text, "note": "Later notice"})
    address = re.search(r"/strategy/drafts/[0-9a-f-]{36}/", made.text)[0]
    assert "<ins>" in made.text and "after_days: 35" in made.text
    assert "Handed in" in writer.post(f"{address}submit/", {}).text
    assert writer.get(f"{address}publish/").status == 403
    from openterms.apps.tenancy import clock

    on = clock.today(team.seller.timezone).isoformat()
    done = manager.post(f"{address}publish/", {"valid_from": on})
    assert "Slower" in done.text and "Version 2" in done.text
    compared = manager.get("/strategy/2/?against=1").text
    assert "after_days: 35" in compared and "What changed since version 1" in compared


def test_the_timeline_lies_ahead_and_the_six_checks_are_answered(world, visitor):
    team, made = world
    one, customer = visitor(team.people["collector"]), made.customers["C-2"]
    page = one.get(f"/customers/{customer.id}/").text
    assert "What happens when, unless paid" in page and "Final notice" in page
    asked = ("right_person", "owner_reached", "any_answer", "pattern", "busy_season", "other_plan")
    answers = {f"check_{code}": "yes" for code in asked}
    address = f"/customers/{customer.id}/six-checks/"
    assert one.post(address, answers | {"check_pattern": "unknown"}).status == 422
    assert "Six checks answered on" in one.post(address, answers).text
    # an escalation asks the same checks, with what was answered lately
    begun = visitor(team.people["credit_manager"]).get(f"/customers/{customer.id}/escalate/legal/")
    assert begun.status == 200 and len(re.findall(r'value="yes"[^>]*checked', begun.text)) == 6
