"""Shares of money with their bootstrap interval: alike for one seed, honest about few and about one that outweighs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.collecting.amounts import amount_share
from openterms.core.collecting.experiments import Sample

SAMPLES = st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 100)), max_size=12)


def of(*pairs):
    return [Sample(whole, part) for part, whole in pairs]


@given(rows=SAMPLES, seed=st.sampled_from(["", "a", "USD"]))
def test_the_interval_lies_within_all_and_nothing(rows, seed):
    samples = [Sample(whole, whole * percent // 100) for whole, percent in rows]
    found = amount_share(samples, seed)
    assert found == amount_share(samples, seed)
    if not sum(one.weight for one in samples):
        assert found == (0, 0, 0, None, None, None) and not found.says_enough
    else:
        shares = [one.total * 10_000 // one.weight for one in samples if one.weight]
        assert min(shares) <= found.low_bp <= found.high_bp <= max(shares) + 1


def test_one_large_customer_makes_the_share_uncertain_where_equal_ones_do_not():
    equal = amount_share(of(*[(50, 100)] * 40))
    assert equal[3:] == (5_000, 5_000, 5_000) and equal.says_enough
    ruled = amount_share(of(*[(50, 100)] * 39, (0, 100_000)))
    assert ruled.share_bp < 250 and ruled.high_bp == 5_000 and ruled.says_enough
    mixed = amount_share(of(*[(100, 100), (0, 100)] * 20))
    assert mixed.share_bp == 5_000 and 3_000 <= mixed.low_bp < 4_500 < 5_500 < mixed.high_bp <= 7_000
    assert not amount_share(of(*[(100, 100), (0, 100)] * 4)).says_enough


def test_a_part_is_within_its_whole():
    for wrong in ((-1, 5), (6, 5)):
        with pytest.raises(ValueError, match="part"):
            amount_share(of(wrong))
