"""Customers drawn into arms: every stratum gets its shares, the same for ever, in whatever order they come."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from openterms.core.collecting.experiments import Arm, stratified

SIZES = st.dictionaries(st.sampled_from(["prompt:1", "prompt:2", "late:1", "late:4", "unclassified:3"]),
                        st.integers(1, 60), min_size=1)  # fmt: skip


@given(sizes=SIZES, seed=st.text(max_size=8), hold_out=st.integers(0, 4_000), challenger=st.integers(1, 6_000))
def test_every_stratum_gets_its_shares_to_within_one_customer(sizes, seed, hold_out, challenger):
    strata = {f"{name}/{number}": name for name, count in sizes.items() for number in range(count)}
    found = stratified(seed, strata, challenger, hold_out)
    assert found == stratified(seed, dict(reversed(strata.items())), challenger, hold_out)
    assert set(found) == set(strata)
    for name, count in sizes.items():
        counted = Counter(arm for one, arm in found.items() if strata[one] == name)
        assert abs(counted[Arm.HOLD_OUT] - count * hold_out / 10_000) < 1
        treated = counted[Arm.HOLD_OUT] + counted[Arm.CHALLENGER]
        assert abs(treated - count * (hold_out + challenger) / 10_000) < 1


def test_odd_customers_of_many_small_strata_come_out_at_their_share():
    strata = {f"{stratum}/{number}": f"s{stratum}" for stratum in range(600) for number in range(3)}
    counted = Counter(stratified("seed", strata, 5_000, 1_000).values())
    assert abs(counted[Arm.CHALLENGER] - 900) < 60 and abs(counted[Arm.HOLD_OUT] - 180) < 40
    assert stratified("seed", strata, 5_000, 1_000) != stratified("other", strata, 5_000, 1_000)
