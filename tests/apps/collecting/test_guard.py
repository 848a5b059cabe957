"""The guard, told by the desk: what may be done to a customer, and every reason why not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from openterms.apps.collecting.guard.reads import facts, verdict, verdicts
from openterms.apps.collecting.worklist.actions import log_activity
from openterms.apps.parties.actions import add_contact, change_customer
from openterms.apps.receivables.dispute.actions import open_dispute
from openterms.apps.tenancy.actor import SYSTEM
from openterms.core.base.errors import BadInput
from openterms.core.collecting.guard import Act
from tests.apps.desk import NOW, day

TUESDAY = datetime(2026, 6, 2, 15, tzinfo=UTC)
NEW_YORK = {"timezone": "America/New_York"}


@pytest.fixture
def owing(desk):
    """A customer in New York with a contact, owing 100.00 since April."""
    customer = desk.customer("C1", **NEW_YORK)
    add_contact(customer, SYSTEM, NOW, name="Ms Reed", email="reed@example.com", phone="+12125550100")
    desk.invoice("I1", "03-01", 10_000)
    return customer


def codes(customer, act=Act.CALL, now=TUESDAY, **more):
    return verdict(customer.id, act, now, **more).codes


def test_an_ordinary_customer_may_be_called_in_its_own_day(desk, owing):
    assert codes(owing) == ()
    night = datetime(2026, 6, 3, 3, tzinfo=UTC)  # 23:00 in New York
    refused = verdict(owing.id, Act.CALL, night)
    assert refused.codes == ("outside_hours",)
    assert refused.not_before == datetime(2026, 6, 3, 12, tzinfo=UTC)
    assert codes(owing, now=datetime(2026, 6, 6, 15, tzinfo=UTC)) == ("rest_day",)
    assert codes(owing, now=datetime(2026, 7, 3, 15, tzinfo=UTC)) == ("holiday",)  # Independence Day, observed
    assert codes(owing, Act.MESSAGE, night, channel="email") == ()


def test_every_reason_is_told_in_order(desk, owing):
    change_customer(owing, SYSTEM, {"insolvent_on": day("05-01"), "paused_until": day("06-02")}, NOW)
    desk.receipt("R1", "05-01", 10_000)
    assert codes(owing, Act.DEBIT, amount_minor=10_001) == (
        "insolvent", "paused", "credit_covers", "more_than_collectable",
    )  # fmt: skip
    assert codes(owing, Act.MESSAGE, channel="email", is_asking=False) == ()


def test_only_the_contested_part_stops(desk, owing):
    item = desk.invoice("I2", "03-01", 5_000)
    open_dispute(desk.seller, SYSTEM, item.id, 5_000, "quality", day("05-02"), NOW)
    assert codes(owing) == ()
    assert codes(owing, item_ids=[item.id]) == ("contested", "nothing_collectable")
    assert codes(owing, Act.DEBIT, amount_minor=10_000) == ()
    assert codes(owing, Act.DEBIT, amount_minor=10_001) == ("more_than_collectable",)


def test_caps_count_the_whole_group(desk, owing):
    sister = desk.customer("C2", group="G1", **NEW_YORK)
    add_contact(sister, SYSTEM, NOW, name="Mr Hale", phone="+12125550101")
    change_customer(owing, SYSTEM, {"group_id": sister.group_id}, NOW)
    desk.invoice("I3", "03-01", 5_000, who="C2")
    for number in range(7):
        log_activity(desk.seller, SYSTEM, sister, "call", day(f"05-{27 + number % 5}"), NOW, outcome="no_answer")
    assert codes(owing) == ("too_often",)
    log_activity(desk.seller, SYSTEM, owing, "call", day("06-02"), NOW, outcome="promised")
    assert codes(owing) == ("too_often", "spoken_recently")


def test_what_no_channel_reaches(desk, owing):
    assert codes(owing, Act.MESSAGE, channel="sms") == ("no_consent",)
    person = add_contact(owing, SYSTEM, NOW, name="Mr Low", email="low@example.com", do_not_contact=True)
    assert codes(owing, Act.MESSAGE, channel="email", contact_id=person.id) == ("do_not_contact", "no_contact")
    assert codes(owing, Act.MESSAGE, channel="post") == ("no_contact",)


def test_law_wants_a_final_notice(desk, owing):
    assert codes(owing, Act.SUE) == ("notice_not_given",)


def test_many_are_read_at_once(desk, owing, django_assert_num_queries):
    others = [desk.customer(f"D{number}") for number in range(5)]
    ids = [owing.id, *(one.id for one in others)]
    with django_assert_num_queries(6):
        found = verdicts(ids, Act.CALL, TUESDAY)
    assert found[owing.id].allowed and not any(found[one.id].allowed for one in others)
    assert facts([], Act.CALL, TUESDAY) == {}
    with pytest.raises(BadInput, match="no such customer"):
        verdict(desk.seller.id, Act.CALL, TUESDAY)
