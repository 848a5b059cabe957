"""A back-test in which an approved order changes the exposure of the next, against the core asked one by one."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from typing import Any

import pyarrow as pa
import pytest

from openterms.core.credit.exposure import Headroom, Limit
from openterms.core.credit.orders import Request, Rules, Standing, authorise
from openterms.portfolio.book.engines import DuckEngine
from openterms.portfolio.book.orders import registered
from openterms.portfolio.runs.backtest import answered_twice

DAY = dt.date(2026, 3, 2)
HELD = 10
RULES = Rules(allows_part_approval=True, least_minor=1_000)


def table(rows: list[dict[str, Any]]) -> pa.Table:
    """Orders of one currency, a minute apart on their day."""
    at = [dt.datetime.combine(one["on"], dt.time(8), dt.UTC) + dt.timedelta(minutes=n) for n, one in enumerate(rows)]
    return pa.table({
        "order_id": [str(uuid.UUID(int=n)) for n in range(len(rows))],
        "customer_id": [str(uuid.UUID(int=1_000 + one.get("customer", 0))) for one in rows],
        "currency": ["EUR"] * len(rows), "line_currency": ["EUR"] * len(rows),
        "ordered_on": pa.array([one["on"] for one in rows], pa.date32()),
        "ordered_at": pa.array(at, pa.timestamp("us", tz="UTC")),
        "asked_minor": [one["asked"] for one in rows], "limit_minor": [one["limit"] for one in rows],
        "exposure_minor": [one["seen"] for one in rows], "accepts_part": [one.get("part", False) for one in rows],
        "answered_status": [one.get("status", "approved") for one in rows],
        "answered_minor": pa.array([one["was"] for one in rows], pa.int64()),
    })  # fmt: skip


def approved(rows: list[dict[str, Any]], rules: Rules = RULES, groups: list[str] | None = None) -> list[int]:
    """What is approved of each order when each changes what the next one finds."""
    engine = DuckEngine(threads=1)
    orders = registered(table(rows), engine)
    if groups is not None:
        ids = [str(uuid.UUID(int=n)) for n in range(len(rows))]
        told = engine.from_arrow(pa.table({"of_order": ids, "group_id": groups}))
        told = told.mutate(of_order=told.of_order.cast("uuid"), group_id=told.group_id.cast("uuid"))
        orders = orders.join(told, orders.order_id == told.of_order).drop("of_order")
        orders = orders.mutate(has_group_limit=True, group_limit_minor=10_000)
    found = engine.collect(answered_twice(orders, None, rules, engine, HELD).order_by("ordered_on", "order_id"))
    return list(found["after_minor"].to_pylist())


def test_what_is_granted_now_is_missing_for_the_next_order_until_it_would_have_been_paid() -> None:
    """Declined in March under a limit of nothing; a limit of 100.00 takes the first, not the second, and the third."""
    one = {"asked": 8_000, "limit": 10_000, "seen": 0, "was": 0}
    days = [DAY, DAY + dt.timedelta(days=HELD), DAY + dt.timedelta(days=HELD + 1)]
    assert approved([one | {"on": day} for day in days]) == [8_000, 0, 8_000]
    parts = [one | {"on": day, "part": True} for day in days]
    assert approved(parts) == [8_000, 2_000, 8_000], "the rest of the limit is approved, and leaves 80.00 once paid"
    small = [one | {"on": days[0], "asked": 9_500}, one | {"on": days[0], "part": True}]
    assert approved(small) == [9_500, 0], "5.00 is less than the least order"


def test_what_is_refused_now_leaves_room_and_no_more_than_was_seen() -> None:
    """20.00 sold below the least order of 50.00 are not sold; 70.00 then fit beside the 40.00 that were seen."""
    sold = {"on": DAY, "asked": 2_000, "limit": 10_000, "seen": 0, "was": 2_000}
    next_one = {"on": DAY, "asked": 7_500, "limit": 10_000, "seen": 4_000, "was": 0}
    assert approved([sold, next_one], Rules(least_minor=5_000)) == [0, 7_500]
    paid = next_one | {"seen": 0, "asked": 10_001}
    assert approved([sold, paid], Rules(least_minor=5_000)) == [0, 0], "exposure does not fall below zero"


def test_a_group_is_followed_together() -> None:
    own = {"on": DAY, "asked": 6_000, "limit": 50_000, "seen": 0, "was": 0}
    rows = [own | {"customer": n} for n in (1, 2, 3)]
    first, second = (str(uuid.UUID(int=n)) for n in (7, 8))
    assert approved(rows, groups=[first, first, second]) == [6_000, 0, 6_000]


@pytest.mark.parametrize("seed", range(4))
def test_columns_say_what_the_core_says_of_one_order_after_the_other(seed: int) -> None:
    dice = random.Random(seed)
    rows = []
    for n in range(150):
        rows.append({
            "on": DAY + dt.timedelta(days=n // 6), "customer": dice.randrange(3), "part": dice.random() < 0.5,
            "asked": dice.choice((500, 3_000, 8_000, 20_000)), "limit": dice.choice((10_000, 30_000)),
            "seen": dice.randrange(0, 12_000), "was": dice.choice((0, 3_000)),
        })  # fmt: skip
    expected, changes = [], []
    for one in rows:
        shift = sum(m for customer, until, m in changes if customer == one["customer"] and until >= one["on"])
        at = dt.datetime.combine(one["on"], dt.time(8), dt.UTC)
        request = Request(
            order="O", minor=one["asked"], currency="EUR", at=at, on=one["on"], accepts_part=one["part"]
        )
        seen = Headroom(Limit(one["limit"]), max(one["seen"] + shift, 0))
        answer = authorise(request, Standing(line_currency="EUR", headroom=seen), RULES)
        expected.append(answer.approved_minor)
        changes.append((one["customer"], one["on"] + dt.timedelta(days=HELD), answer.approved_minor - one["was"]))
    assert approved(rows) == expected
    assert 0 < sum(minor > 0 for minor in expected) < len(rows)
