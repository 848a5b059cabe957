"""Billing cycles: which days they cut on, read and written."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.base.errors import BadInput
from openterms.core.receivables.billing_cycles import parse_cycle

CYCLES = ["weekly mon", "weekly sun", "semi-monthly", "monthly 1", "monthly 28"]


@pytest.mark.parametrize(("cycle", "on", "cut"), [
    ("weekly mon", "2026-06-10", "2026-06-08"), ("weekly wed", "2026-06-10", "2026-06-10"),
    ("semi-monthly", "2026-06-15", "2026-06-01"), ("semi-monthly", "2026-06-16", "2026-06-16"),
    ("monthly", "2026-07-01", "2026-07-01"), ("monthly 25", "2026-06-24", "2026-05-25"),
])  # fmt: skip
def test_the_latest_cut(cycle, on, cut):
    assert parse_cycle(cycle).cut_on_or_before(date.fromisoformat(on)) == date.fromisoformat(cut)


@given(st.sampled_from(CYCLES), st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_cuts_come_round(text, on):
    cycle = parse_cycle(text)
    cut = cycle.cut_on_or_before(on)
    assert str(cycle) == text and cycle.is_cut(cut) and 0 <= (on - cut).days <= 31


@pytest.mark.parametrize("bad", ["", "daily", "weekly", "weekly 3", "monthly 29", "monthly 0", "monthly x", "order 1"])
def test_other_words_are_refused(bad):
    with pytest.raises(BadInput, match="billing cycle"):
        parse_cycle(bad)
    assert parse_cycle("order").cut_on_or_before(date(2026, 1, 1)) is None
