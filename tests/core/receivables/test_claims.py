from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.receivables.claims import NO_CLAIMS, ClaimKind, Claims, clamp, collectable, gather

ASKED = st.builds(Claims, *[st.integers(0, 10**12)] * 4)
OPEN = st.integers(0, 10**12)


@pytest.mark.parametrize(("open_minor", "asked", "slices", "left"), [
    # open | contested, in flight, planned, promised asked | served | collectable
    (1_000, (0, 0, 0, 0), (0, 0, 0, 0), 1_000),
    (1_000, (300, 0, 0, 500), (300, 0, 0, 500), 200),  # disputed and promised in part, both at once
    (600, (300, 0, 0, 500), (300, 0, 0, 300), 0),  # a payment cuts the promise first
    (200, (300, 100, 0, 500), (200, 0, 0, 0), 0),
    (0, (300, 100, 50, 500), (0, 0, 0, 0), 0),
    (1_000, (100, 200, 300, 900), (100, 200, 300, 400), 0),
])  # fmt: skip
def test_slices_are_served_in_order(
    open_minor: int, asked: tuple[int, ...], slices: tuple[int, ...], left: int
) -> None:
    assert clamp(open_minor, Claims(*asked)) == slices
    assert collectable(open_minor, Claims(*asked)) == left


def test_a_cut_claim_grows_back_when_the_payment_is_reversed() -> None:
    asked = gather([(ClaimKind.PROMISED, 500)])
    assert [clamp(open_minor, asked).promised_minor for open_minor in (1_000, 100, 1_000)] == [500, 100, 500]


def test_claims_of_one_kind_add_up() -> None:
    asked = gather([(ClaimKind.CONTESTED, 100), (ClaimKind.PROMISED, 5), (ClaimKind.CONTESTED, 50)])
    assert asked == Claims(contested_minor=150, promised_minor=5)
    assert [asked.of(kind) for kind in ClaimKind] == [150, 0, 0, 5]
    assert gather([]) == NO_CLAIMS
    assert [kind.value for kind in ClaimKind] == ["contested", "in_flight", "planned", "promised"]


def test_negative_amounts_are_a_fault() -> None:
    with pytest.raises(ValueError, match="not negative"):
        clamp(-1, NO_CLAIMS)
    with pytest.raises(ValueError, match="not negative"):
        clamp(1, Claims(0, 0, -1, 0))
    with pytest.raises(ValueError, match="not negative"):
        gather([(ClaimKind.PLANNED, -1)])


@given(OPEN, ASKED)
def test_slices_are_disjoint_and_within_the_open_amount(open_minor: int, asked: Claims) -> None:
    slices = clamp(open_minor, asked)
    assert 0 <= slices.total_minor <= open_minor
    assert all(0 <= taken <= wanted for taken, wanted in zip(slices, asked, strict=True))
    assert collectable(open_minor, asked) == open_minor - slices.total_minor == max(0, open_minor - sum(asked))
    assert clamp(open_minor, slices) == slices


@given(ASKED, OPEN, OPEN)
def test_a_smaller_open_amount_never_serves_a_claim_better(asked: Claims, one: int, other: int) -> None:
    less, more = clamp(min(one, other), asked), clamp(max(one, other), asked)
    assert all(small <= large for small, large in zip(less, more, strict=True))
