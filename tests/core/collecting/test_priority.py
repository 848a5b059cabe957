"""What a minute of work moves: a table and its properties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.collecting.priority import (
    DEFAULT_SECONDS,
    Cell,
    Extra,
    broken_bp_of,
    in_base,
    movable,
    seconds_of,
    waiting,
    worth,
)

MOST = 10**14
shares = st.integers(0, 10_000)
amounts = st.integers(0, MOST)


@pytest.mark.parametrize(
    ("why", "cell", "moved", "lost"),
    [
        ("nothing is owed", Cell(0, 0, 5_000, 7_000), 0, 0),
        ("half comes by itself", Cell(100_000, 0, 5_000, 7_000), 25_000, 20_000),
        ("it comes anyway", Cell(100_000, 0, 0, 3_000), 0, 30_000),
        ("it never comes", Cell(100_000, 0, 10_000, 10_000), 0, 0),
        ("the last bucket gets no worse", Cell(100_000, 0, 9_000, 9_000), 9_000, 0),
        ("shares that fall cost nothing", Cell(100_000, 0, 6_000, 4_000), 24_000, 0),
        ("all of it lapses", Cell(100_000, 100_000, 9_000, 9_000), 9_000, 10_000),
        ("a part of it lapses", Cell(100_000, 40_000, 8_000, 9_000), 16_000, 14_000),
        ("halves go up", Cell(1, 0, 5_000, 10_000), 1, 1),
    ],
)
def test_a_bucket(why, cell, moved, lost):
    assert (movable(cell), waiting(cell)) == (moved, lost), why


def test_promises_and_discounts_are_lost_by_waiting():
    found = worth([Cell(100_000, 0, 5_000, 7_000)], Extra(promised_minor=10_000, discounted_minor=50_000), 3_000, 480)
    assert (found.movable_minor, found.waiting_minor) == (25_000, 20_000 + 3_000 + 5_000)
    assert found.moved_minor == 53_000 and found.per_minute_minor == 6_625


def test_a_quick_step_goes_before_a_slow_one():
    cells = [Cell(100_000, 0, 5_000, 7_000)]
    quick, slow = (worth(cells, Extra(), 0, DEFAULT_SECONDS[step]) for step in ("reminder", "propose_agency"))
    assert quick.moved_minor == slow.moved_minor and quick.per_minute_minor > 8 * slow.per_minute_minor


@pytest.mark.parametrize(
    ("logged", "seconds"),
    [((0, 0), 480), ((120, 19), 480), ((120, 20), 120), ((3, 500), 30), ((9_999, 500), 3_600)],
)
def test_own_times_count_from_twenty_on(logged, seconds):
    assert seconds_of({"call": logged})["call"] == seconds


@pytest.mark.parametrize(("broken", "judged", "bp"), [(0, 0, 3_000), (19, 19, 3_000), (0, 20, 0), (1, 30, 333)])
def test_own_promises_count_from_twenty_on(broken, judged, bp):
    assert broken_bp_of(broken, judged) == bp


@pytest.mark.parametrize(("open_minor", "base", "found"), [(0, 0, 0), (1_000, 3_264, 326), (1_000, 1_000, 100)])
def test_across_currencies(open_minor, base, found):
    assert in_base(100, open_minor, base) == found


@given(amounts, shares, shares, st.data())
def test_nothing_moves_more_than_is_there(amount, unpaid, following, data):
    cell = Cell(amount, data.draw(st.integers(0, amount)), unpaid, following)
    assert 0 <= movable(cell) <= amount // 4 + 2 and 0 <= waiting(cell) <= amount + 1
