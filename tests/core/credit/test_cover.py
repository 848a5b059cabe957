"""What covers an exposure: never more than there is, each kind for itself, and nothing counted twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.credit.cover import DEPOSIT, GUARANTEE, INSURED, KINDS, Cover, covered

MINOR = st.integers(0, 10**13)
COVERS = st.lists(st.builds(Cover, st.sampled_from(KINDS), MINOR, st.integers(0, 10_000)), max_size=6)


@pytest.mark.parametrize(
    ("exposure", "covers", "said"),
    [
        (100_000, [], (0, 100_000, 0, 0)),
        (100_000, [Cover(INSURED, 80_000, 9_000)], (0, 100_000, 0, 72_000)),
        (100_000, [Cover(DEPOSIT, 20_000), Cover(INSURED, 90_000, 9_000)], (20_000, 80_000, 0, 72_000)),
        (100_000, [Cover(INSURED, 80_000, 9_000), Cover(GUARANTEE, 30_000)], (0, 100_000, 30_000, 63_000)),
        (10_000, [Cover(DEPOSIT, 20_000), Cover(GUARANTEE, 30_000)], (20_000, 0, 0, 0)),
        (100_000, [Cover(INSURED, 0)], (0, 100_000, 0, 0)),
        (-5, [Cover(GUARANTEE, 30_000)], (0, 0, 0, 0)),
    ],
)
def test_deposits_first_then_guarantees_then_the_insurer(
    exposure: int, covers: list[Cover], said: tuple[int, int, int, int]
) -> None:
    found = covered(exposure, covers)
    assert (found.deposit_minor, found.exposure_minor, found.guaranteed_minor, found.insured_minor) == said


@given(exposure=st.integers(-(10**13), 10**13), covers=COVERS)
def test_no_more_is_covered_than_is_exposed(exposure: int, covers: list[Cover]) -> None:
    found = covered(exposure, covers)
    assert found.exposure_minor == max(exposure - found.deposit_minor, 0)
    assert 0 <= found.covered_minor <= found.exposure_minor
    assert found.covered_minor + found.uncovered_minor == found.exposure_minor
    for kind, paid in ((GUARANTEE, found.guaranteed_minor), (INSURED, found.insured_minor)):
        assert 0 <= paid <= sum(one.amount_minor for one in covers if one.kind == kind)


@given(exposure=MINOR, covers=COVERS)
def test_the_order_in_which_covers_were_kept_says_nothing(exposure: int, covers: list[Cover]) -> None:
    assert covered(exposure, covers) == covered(exposure, covers[::-1])


@given(exposure=MINOR, covers=COVERS, more=st.builds(Cover, st.sampled_from((GUARANTEE, INSURED)), MINOR))
def test_a_cover_in_full_never_leaves_more_to_lose(exposure: int, covers: list[Cover], more: Cover) -> None:
    assert covered(exposure, [*covers, more]).uncovered_minor <= covered(exposure, covers).uncovered_minor + len(covers)
