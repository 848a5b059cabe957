"""A pause of single items holds in the day's reading of steps: columns and `core` name the same step."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openterms.core.collecting.next_step import ItemFacts, next_step
from openterms.portfolio.book.position import positions
from openterms.portfolio.rules.next_steps import next_steps, step_facts
from tests.portfolio.books import AS_OF, empty_rows, identifier, noon, row, to_book
from tests.portfolio.test_rules import standard

CUSTOMER = identifier(2, 1)
DAYS = st.integers(-20, 20).map(lambda days: AS_OF + dt.timedelta(days))
PAUSES = st.lists(
    st.tuples(st.integers(1, 3), DAYS, st.integers(0, 20), st.none() | st.integers(0, 25), st.integers(0, 9)),
    max_size=6,
)
"""Item, first day, how many days more, ended after how many days, and known how many days late."""


def rows_of(pauses):
    rows = empty_rows()
    rows["customers"].append(row("customers", customer_id=CUSTOMER, number="C1"))
    for number in (1, 2, 3):
        issued = AS_OF - dt.timedelta(days=60 + number)
        rows["items"].append(
            row("items", item_id=identifier(4, number), customer_id=CUSTOMER, kind="invoice", number=f"I{number}",
                issued_on=issued, due_on=issued + dt.timedelta(days=30), amount_minor=90_000, base_minor=90_000,
                recorded_at=noon(issued))
        )  # fmt: skip
    for number, first, more, ended, late in pauses:
        ended_on = None if ended is None else first + dt.timedelta(days=ended)
        rows["pauses"].append(
            row("pauses", item_id=identifier(4, number), customer_id=CUSTOMER, starts_on=first,
                until=first + dt.timedelta(days=more), ended_on=ended_on,
                recorded_at=noon(first + dt.timedelta(days=late)),
                ended_recorded_at=noon(ended_on + dt.timedelta(days=late)) if ended_on else None)
        )  # fmt: skip
    return rows


def holds(pause, known_at):
    """Whether a pause holds on the day, as somebody knew it who knew the record by an instant."""
    if pause["recorded_at"] > known_at or not pause["starts_on"] <= AS_OF <= pause["until"]:
        return False
    is_ended = pause["ended_on"] is not None and pause["ended_on"] <= AS_OF
    return not (is_ended and pause["ended_recorded_at"] <= known_at)


@settings(max_examples=12, deadline=None)
@given(pauses=PAUSES, known_days=st.integers(-10, 40))
def test_columns_and_core_see_the_same_pauses_and_name_the_same_steps(pauses, known_days):
    agree(pauses, known_days)


@pytest.mark.deep
@pytest.mark.timeout(600)
@settings(max_examples=100, deadline=None)
@given(pauses=PAUSES, known_days=st.integers(-10, 40))
def test_columns_and_core_see_the_same_pauses_of_very_many(pauses, known_days):
    agree(pauses, known_days)


def agree(pauses, known_days):
    """What is paused, and the step of every item, by the columns and by the rule for one."""
    rows, strategy = rows_of(pauses), standard()
    known_at = noon(AS_OF + dt.timedelta(days=known_days))
    paused = {one["item_id"] for one in rows["pauses"] if holds(one, known_at)}
    with to_book(rows) as book:
        segments = book.customers.mutate(segment=book.customers.currency.substr(0, 0)).select(
            "customer_id", "currency", "segment"
        )
        segments = segments.mutate(segment=segments.segment.nullif(""))
        found = book.rows(step_facts(book, positions(book, AS_OF, known_at), segments, AS_OF, known_at))
        assert {one["item_id"] for one in found if one["paused"]} == {str(one) for one in paused}
        owed = book.rows(next_steps(book, AS_OF, strategy, segments, known_at))
        steps = {one["item_id"]: one["step"] for one in owed}
    for item in rows["items"]:
        facts = ItemFacts(
            item_id=str(item["item_id"]), currency="USD", due_on=item["due_on"], collectable_minor=90_000,
            is_paused=item["item_id"] in paused, customer_collectable_minor=270_000,
        )  # fmt: skip
        assert steps.get(str(item["item_id"])) == next_step(facts, strategy, AS_OF).step
