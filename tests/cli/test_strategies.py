"""`openterms strategy …`, `experiment …` and `outreach preview|send|timetable`, as people run them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from openterms.apps.analytics.day.actions import run_day
from openterms.apps.collecting.strategy.actions import standard_document
from openterms.apps.messaging.models import Message
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.actions import add_membership, add_user
from openterms.apps.tenancy.context import acting
from tests.apps.collecting.mailroom import Mailroom
from tests.apps.desk import Desk
from tests.commands import Command


@pytest.fixture
def openterms(home, django_db_setup):
    return Command(home.path)


@pytest.fixture
def seller(committed, new_seller, settings):
    settings.PUBLIC_URL = "https://terms.example"
    made = new_seller(enter=False)
    with acting(made.id):
        desk = Desk(made)
        Mailroom(desk)
        desk.invoice("I1", "01-02", 10_000)
        for name in ("wes", "may"):
            user = add_user(f"{name}@{made.code.lower()}.example", None, name)
            add_membership(made, user, "credit_manager", 0)
    run_day(made, clock.today(made.timezone), clock.now())
    return made


def test_a_strategy_is_linted_shown_compared_published_and_tried(openterms, seller, tmp_path):
    who = [f"{name}@{seller.code.lower()}.example" for name in ("wes", "may")]
    changed, broken = tmp_path / "changed.yaml", tmp_path / "broken.yaml"
    changed.write_text(standard_document().replace("after_days: 1\n", "after_days: 4\n"))
    broken.write_text("code: x\nsteps: [")
    assert "not YAML" in openterms("strategy", "lint", broken, code=1).err
    assert not [one for one in openterms("strategy", "lint", changed, "--json").json if one["severity"] == "wrong"]
    assert "Ladder of prompt" in openterms("strategy", "show", "standard", "--segment", "prompt").out
    assert "+  day    4  reminder" in openterms("strategy", "diff", "standard", changed).out
    today = clock.today(seller.timezone)
    given = ("strategy", "publish", changed, "--seller", seller.code, "--from", today, "--submitted-by", who[0])
    assert openterms(*given, "--approved-by", who[0], code=1).err
    made = openterms(*given, "--approved-by", who[1], "--json").json
    assert made["version"] == 2 and made["valid_from"] == today.isoformat()
    days = ("--from", "2026-01-01", "--to", "2026-03-31")
    tried = openterms("strategy", "simulate", "standard", "--seller", seller.code, *days, "--json").json
    assert tried["items"] == 1 and tried["present"]["totals"]["customers"] == 1


def test_a_run_is_put_under_the_clock_previewed_and_sent_once(openterms, seller):
    of = ("--seller", seller.code)
    assert "daily" in openterms("outreach", "timetable", *of, "--at", "08:30", "--mode", "daily", code=1).err
    openterms("outreach", "timetable", *of, "--at", "half past", code=2)
    kept = openterms("outreach", "timetable", *of, "--at", "08:30", "--json").json
    assert kept == {"mode": "waits", "at": "08:30", "zone": "UTC", "waiting": None}
    shown = openterms("outreach", "preview", *of, "--json").json
    assert [one["customer"] for one in shown["messages"]] == ["C1"] and shown["declined"] == []
    first = openterms("outreach", "send", *of, "--json").json
    again = openterms("outreach", "send", *of, "--json").json
    assert (first["messages"], again["messages"]) == (1, 0)
    with acting(seller.id):
        assert Message.objects.filter(seller=seller).count() == 1


def test_an_experiment_is_written_by_one_begun_by_another_reported_and_ended(openterms, seller, tmp_path):
    who = [f"{name}@{seller.code.lower()}.example" for name in ("wes", "may")]
    file, of, today = tmp_path / "later.yaml", ("--seller", seller.code), clock.today(seller.timezone)
    file.write_text(standard_document().replace("after_days: 1\n", "after_days: 4\n"))
    days = ("--from", today, "--to", today + timedelta(days=60))
    openterms("experiment", "draft", "later", file, *of, "--by", who[0], *days)
    assert "they wrote" in openterms("experiment", "start", "later", *of, "--by", who[0], code=1).err
    openterms("experiment", "start", "later", *of, "--by", who[1])
    found = openterms("experiment", "report", "later", *of, "--json").json
    assert found["state"] == "running" and sum(found["customers"].values()) == 1
    openterms("experiment", "end", "later", *of, "--by", who[1])
    assert "not running" in openterms("experiment", "end", "later", *of, "--by", who[1], code=1).err
