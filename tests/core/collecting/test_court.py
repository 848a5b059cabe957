"""Instalments of a judgment: money meets the earliest first; one is missed once its day and grace have passed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.collecting.court import GRACE_DAYS, Kept, court_instalments

ALLOWED = [(date(2026, 10, 1), 500), (date(2026, 11, 1), 600)]


@pytest.mark.parametrize(
    ("paid", "on", "paids", "states"),
    [
        (0, date(2026, 9, 1), [0, 0], ["to_come", "to_come"]),
        (0, date(2026, 10, 4), [0, 0], ["to_come", "to_come"]),
        (0, date(2026, 10, 5), [0, 0], ["missed", "to_come"]),
        (499, date(2026, 10, 4), [499, 0], ["part_kept", "to_come"]),
        (499, date(2026, 10, 5), [499, 0], ["missed", "to_come"]),
        (700, date(2026, 10, 5), [500, 200], ["kept", "part_kept"]),
        (1_100, date(2027, 1, 1), [500, 600], ["kept", "kept"]),
        (5_000, date(2027, 1, 1), [500, 600], ["kept", "kept"]),
        (-50, date(2027, 1, 1), [0, 0], ["missed", "missed"]),
    ],
)
def test_how_instalments_stand(paid, on, paids, states):
    found = court_instalments(ALLOWED, paid, on)
    assert ([one.paid_minor for one in found], [one.state.value for one in found]) == (paids, states)


@given(
    st.lists(st.integers(1, 10_000), min_size=1, max_size=12), st.integers(0, 200_000), st.integers(-10, 500)
)
def test_money_is_spread_once_and_nothing_is_missed_early(amounts, paid, later):
    first = date(2026, 1, 1)
    allowed = [(first + timedelta(days=30 * place), minor) for place, minor in enumerate(amounts)]
    on = first + timedelta(days=later)
    found = court_instalments(allowed, paid, on)
    assert sum(one.paid_minor for one in found) == min(paid, sum(amounts))
    assert sum(one.open_minor for one in found) == sum(amounts) - min(paid, sum(amounts))
    for one in found:
        assert (one.state is Kept.KEPT) == (one.open_minor == 0)
        assert (one.state is Kept.MISSED) == (
            one.open_minor > 0 and on > one.due_on + timedelta(days=GRACE_DAYS)
        )
