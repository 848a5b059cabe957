"""Promises: their state day by day, and the tally behind the promise-kept ratio."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.base.errors import BadInput
from openterms.core.collecting.promises import (
    STATES,
    PromiseFacts,
    PromiseRule,
    deadline,
    outcome_of,
    state_of,
    tally,
)


def june(day: int) -> date:
    return date(2026, 6, 1) + timedelta(days=day - 1)


def promise(*received: tuple[int, int], replaced: int | None = None, withdrawn: int | None = None) -> PromiseFacts:
    """1,000 promised on 1 June for 10 June."""
    return PromiseFacts(
        "P", 1_000, june(10), june(1), tuple((june(day), minor) for day, minor in received),
        june(withdrawn) if withdrawn else None, june(replaced) if replaced else None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "on", "state", "since"),
    [
        (promise(), 10, "pending", 1),
        (promise(), 11, "pending", 1),
        (promise(), 12, "broken", 12),
        (promise((5, 1_000)), 4, "pending", 1),
        (promise((5, 1_000)), 5, "kept", 5),
        (promise((5, 400), (11, 600)), 10, "pending", 1),
        (promise((5, 400), (11, 600)), 30, "kept", 11),
        (promise((5, 400), (12, 600)), 12, "part_kept", 12),
        (promise((12, 1_000)), 30, "broken", 12),
        (promise((0, 1_000)), 30, "broken", 12),
        (promise((5, 1_000), (20, -1_000)), 19, "kept", 5),
        (promise((5, 1_000), (20, -1_000)), 20, "broken", 20),
        (promise((5, 1_000), (20, -300)), 30, "part_kept", 20),
        (promise((3, 1_000), (4, -1_000), (9, 1_000)), 30, "kept", 9),
        (promise(replaced=9), 8, "pending", 1),
        (promise(replaced=9), 30, "renegotiated", 9),
        (promise(replaced=10), 30, "broken", 12),
        (promise((5, 1_000), replaced=9), 30, "kept", 5),
        (promise(withdrawn=11), 30, "withdrawn", 11),
        (promise(withdrawn=12), 30, "broken", 12),
    ],
)
def test_states(facts: PromiseFacts, on: int, state: str, since: int) -> None:
    outcome = outcome_of(facts, june(on))
    assert (outcome.state, outcome.on) == (state, june(since))


def test_grace_and_share_are_the_sellers() -> None:
    lenient = PromiseRule(grace_days=5, min_share_bp=9_500)
    assert state_of(promise((15, 950)), june(20), lenient) == "kept"
    assert state_of(promise((15, 949)), june(20), lenient) == "part_kept"
    assert state_of(promise((16, 950)), june(20), lenient) == "broken"
    assert deadline(june(10), lenient) == june(15)


def test_a_promise_has_an_amount() -> None:
    with pytest.raises(BadInput, match="above 0"):
        PromiseFacts("P", 0, june(10))


def test_the_tally_leaves_out_what_is_not_decided() -> None:
    promises = [promise((5, 1_000)), promise((5, 2_000)), promise((5, 300)), promise(replaced=3), promise(withdrawn=3)]
    found = tally(promises, june(30))
    assert (found.decided, found.kept, found.promised_minor, found.kept_minor) == (3, 2, 3_000, 2_000)
    assert found.received_minor == 2_300
    assert (found.pending, found.renegotiated, found.withdrawn) == ((), 1, 1)
    early = tally([promise((5, 1_000))], june(11))
    assert (early.decided, early.pending) == (0, ("P",))


@given(
    received=st.lists(st.tuples(st.integers(1, 40), st.integers(-1_500, 1_500)), max_size=6),
    on=st.integers(1, 60),
    ended=st.none() | st.integers(1, 20),
)
def test_always_one_state_known_by_its_day(received: list[tuple[int, int]], on: int, ended: int | None) -> None:
    facts = promise(*received, replaced=ended, withdrawn=ended)
    outcome = outcome_of(facts, june(on))
    assert outcome.state in STATES
    assert outcome.on <= june(on)
    if on > 11:
        assert outcome.state != "pending"
