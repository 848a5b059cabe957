"""The state of a promise as of a day, as known at an instant: the last word about the days up to it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from openterms.portfolio.book.promises import promises_at
from openterms.portfolio.rules.segments import segments
from tests.portfolio.books import AS_OF, empty_rows, identifier, noon, random_rows, row, to_book


def naive(rows: dict[str, Any], as_of: dt.date, known_at: dt.datetime | None) -> dict[str, tuple[str, dt.date]]:
    found: dict[str, Any] = {}
    for one in sorted(rows["promises"], key=lambda one: one["state_number"]):
        if one["state_on"] <= as_of and (known_at is None or one["recorded_at"] <= known_at):
            found[str(one["promise_id"])] = (one["state"], one["state_on"])
    return found


@pytest.mark.parametrize("seed", range(5))
def test_the_columns_say_what_a_plain_reading_says(seed: int) -> None:
    rows = random_rows(seed, items=80)
    with to_book(rows) as book:
        for back in (0, 20, 60, 150):
            as_of = AS_OF - dt.timedelta(days=back)
            for known_at in (None, noon(as_of), noon(as_of + dt.timedelta(days=30))):
                told = book.rows(promises_at(book, as_of, known_at))
                assert {one["promise_id"]: (one["state"], one["state_on"]) for one in told} == naive(
                    rows, as_of, known_at
                )


def broken_once() -> dict[str, Any]:
    """A promise broken on day 10, heard on day 14 to have been kept; and the item it was for."""
    rows = empty_rows()
    customer = identifier(2, 1)
    rows["customers"].append(row("customers", customer_id=customer, number="C1"))
    start = dt.date(2026, 3, 1)
    rows["items"].append(
        row("items", item_id=identifier(4, 1), customer_id=customer, kind="invoice", number="I1", issued_on=start,
            due_on=start, amount_minor=100, base_minor=100, recorded_at=noon(start))
    )  # fmt: skip
    for number, (state, place) in enumerate((("pending", 3), ("broken", 10), ("kept", 14)), 1):
        on = start + dt.timedelta(days=place - 1)
        rows["promises"].append(
            row("promises", promise_id=identifier(6, 1), customer_id=customer, amount_minor=100,
                promised_for=dt.date(2026, 3, 8), made_on=dt.date(2026, 3, 3), state=state, state_on=on,
                state_number=number, recorded_at=noon(on))
        )  # fmt: skip
    return rows


@pytest.mark.parametrize(
    ("as_of", "known_at", "broken"),
    [
        (9, None, 0), (10, None, 1), (13, None, 1), (14, None, 0), (20, None, 0),
        (10, 9, 0), (20, 9, 0), (20, 10, 1), (20, 13, 1), (20, 14, 0), (10, 14, 1),
    ],
)  # fmt: skip
def test_a_broken_promise_counts_until_it_is_heard_to_have_been_kept(
    as_of: int, known_at: int | None, broken: int
) -> None:
    known = None if known_at is None else noon(dt.date(2026, 3, known_at))
    with to_book(broken_once()) as book:
        (told,) = book.rows(segments(book, dt.date(2026, 3, as_of), (), known))
    assert told["broken_promises"] == broken
