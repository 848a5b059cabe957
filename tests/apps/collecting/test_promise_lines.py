"""Promises with several lines: items, amounts and dates, each day judged by itself."""

from __future__ import annotations

from openterms.apps.collecting.models import Promise
from openterms.apps.collecting.promise.actions import Line, derive_states, promise_lines
from openterms.apps.receivables.models import Item
from openterms.apps.tenancy.actor import SYSTEM
from tests.apps.desk import NOW, day


def give(desk, *lines, on="03-10", **more):
    wanted = [Line(item.id, minor, day(by)) for item, minor, by in lines]
    return promise_lines(desk.seller, SYSTEM, desk.customer("C1"), wanted, day(on), NOW, "Ms Reed", **more)


def states(desk, made, on):
    derive_states(desk.seller, day(on), NOW)
    found = {one.id: one.state for one in Promise.objects.all()}
    return [found[one.id] for one in made]


def test_two_dates_on_one_item_and_the_money_counts_to_the_earlier_first(desk):
    first, second = desk.invoice("I1", "03-01", 10_000), desk.invoice("I2", "03-02", 4_000)
    made = give(
        desk, (first, 6_000, "03-27"), (first, 4_000, "03-20"), (second, 4_000, "03-20"), channel="portal"
    )
    assert [(one.promised_for, one.amount_minor, one.channel) for one in made] == [
        (day("03-20"), 8_000, "portal"), (day("03-27"), 6_000, "portal"),
    ]  # fmt: skip
    assert len({one.given_id for one in made}) == 1
    assert [Item.objects.get(id=item.id).promised_minor for item in (first, second)] == [10_000, 4_000]
    desk.allocate(desk.receipt("R1", "03-19", 8_000), "03-19", (first, 4_000), (second, 4_000))
    assert states(desk, made, "03-19") == ["kept", "pending"]
    assert states(desk, made, "03-29") == ["kept", "broken"]
    desk.allocate(desk.receipt("R2", "03-28", 6_000), "03-28", (first, 6_000))
    assert states(desk, made, "03-30") == ["kept", "kept"]


def test_a_later_promise_on_one_of_the_items_replaces_all_that_touch_it(desk):
    first, second = desk.invoice("I1", "03-01", 10_000), desk.invoice("I2", "03-02", 4_000)
    made = give(desk, (first, 10_000, "03-20"), (second, 4_000, "03-27"))
    give(desk, (first, 5_000, "04-02"), on="03-12")
    assert states(desk, made, "03-12") == ["renegotiated", "pending"]


def test_a_wrong_line_is_named_and_nothing_is_kept(desk):
    first, second = desk.invoice("I1", "03-01", 10_000), desk.invoice("I2", "03-02", 4_000)
    with desk.refused("lines, 2, date"):
        give(desk, (first, 10_000, "03-20"), (second, 4_000, "03-09"))
    with desk.refused("lines, 1, amount"):
        give(desk, (first, 0, "03-20"))
    with desk.refused("cannot be promised"):
        give(desk, (first, 6_000, "03-20"), (first, 6_000, "03-27"))
    with desk.refused("lines"):
        give(desk)
    with desk.refused("way"):
        give(desk, (first, 6_000, "03-20"), channel="pigeon")
