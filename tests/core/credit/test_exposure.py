"""Exposure by parts and headroom: TV-33, the three kinds of limit, other currencies."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.base.errors import BadInput
from openterms.core.credit.exposure import (
    NO_LIMIT,
    NOTHING_LEFT,
    UNLIMITED,
    Exposure,
    Foreign,
    Headroom,
    Limit,
    counted,
    headroom,
    room_in,
)
from tests.shared import vector

PARTS = tuple(part.name for part in fields(Exposure))
REDUCING = ("unapplied_cash_minor", "deposits_minor")


def test_exposure_and_headroom() -> None:
    inputs, wanted = vector(33)["inputs"], vector(33)["expected"]
    exposure = Exposure(
        open_items_minor=inputs["open_ar"],
        delivered_not_invoiced_minor=inputs["delivered_not_invoiced"],
        authorised_minor=inputs["held_authorisations"],
        unapplied_cash_minor=inputs["unapplied_cash"],
    )
    found = headroom(Limit(inputs["limit"]), exposure.total_minor, "EUR")
    assert (found.exposure_minor, found.minor) == (wanted["exposure"], wanted["available"])


@pytest.mark.parametrize("part", PARTS)
def test_every_part_counts_once(part: str) -> None:
    assert Exposure(**{part: 70}).total_minor == (-70 if part in REDUCING else 70)
    with pytest.raises(BadInput) as refused:
        Exposure(**{part: -1})
    assert refused.value.where == part


def test_what_a_policy_does_not_net() -> None:
    exposure = Exposure(open_items_minor=500, unapplied_cash_minor=200, deposits_minor=100)
    assert exposure.total_minor == exposure.netting().total_minor == 200
    assert exposure.netting(unapplied_cash=False).total_minor == 400
    assert exposure.netting(deposits=False).total_minor == 300
    assert (exposure + exposure).total_minor == 400


@pytest.mark.parametrize(
    ("limit", "exposure", "left", "spare", "allowed", "refused"),
    [
        (Limit(1000), 400, 600, 600, (0, 1, 600), (601,)),
        (Limit(1000), 1000, 0, 0, (0,), (1,)),
        (Limit(1000), 1001, -1, 0, (), (0, 1)),
        (Limit(0), 0, 0, 0, (0,), (1,)),
        (Limit(0), -50, 50, 50, (50,), (51,)),
        (NO_LIMIT, 0, None, 0, (), (0, 1)),
        (NO_LIMIT, -50, None, 0, (), (0, 1)),
        (UNLIMITED, 10**15, None, None, (0, 10**15), ()),
    ],
)
def test_no_limit_zero_and_unlimited_are_three_things(
    limit: Limit, exposure: int, left: int | None, spare: int | None, allowed: Any, refused: Any
) -> None:
    found = Headroom(limit, exposure)
    assert (found.minor, found.spare_minor) == (left, spare)
    assert all(found.allows(minor) for minor in allowed)
    assert not any(found.allows(minor) for minor in refused)


def test_kinds_of_limits() -> None:
    assert len({NO_LIMIT, Limit(0), UNLIMITED}) == 3
    assert [limit.is_set for limit in (NO_LIMIT, Limit(0), UNLIMITED)] == [False, True, True]
    assert not NOTHING_LEFT.allows(1)
    for bad in ((-1, False), (5, True), (0, True)):
        with pytest.raises(BadInput):
            Limit(*bad)


def test_other_currencies_count_with_a_margin() -> None:
    abroad = [Foreign("USD", 100_000, Decimal("0.92")), Foreign("JPY", -1_000, Decimal("0.006"))]
    assert headroom(Limit(500_000), 50_000, "EUR", abroad).exposure_minor == 50_000 + 92_000 + 4_600 - 600
    assert headroom(Limit(500_000), 50_000, "EUR", abroad, 0).exposure_minor == 50_000 + 92_000 - 600
    assert headroom(UNLIMITED, 1, "KWD", [Foreign("EUR", 100, Decimal("0.333"))], 0).exposure_minor == 334
    with pytest.raises(BadInput, match="above zero"):
        headroom(Limit(1), 0, "EUR", [Foreign("USD", 1, Decimal(0))])


AMOUNT = st.integers(0, 10**12)
EXPOSURES = st.builds(Exposure, **dict.fromkeys(PARTS, AMOUNT))


@given(EXPOSURES, EXPOSURES)
def test_a_group_owes_what_its_members_owe(one: Exposure, other: Exposure) -> None:
    assert (one + other).total_minor == one.total_minor + other.total_minor


@given(AMOUNT, st.integers(-(10**12), 10**12), AMOUNT)
def test_what_is_allowed_keeps_within_the_limit(limit: int, exposure: int, order: int) -> None:
    found = Headroom(Limit(limit), exposure)
    assert found.allows(order) == (exposure + order <= limit)
    if found.allows(order):
        left = found.less(order).minor
        assert left is not None and left >= 0


CURRENCY = st.sampled_from(("EUR", "JPY", "KWD"))
RATE = st.decimals(Decimal("0.001"), Decimal("1000"), places=6)


@given(AMOUNT, CURRENCY, CURRENCY, RATE, st.integers(0, 2_000))
def test_what_fits_of_another_currency_counts_no_more_than_the_room(
    minor: int, source: str, target: str, rate: Decimal, margin_bp: int
) -> None:
    room = Headroom(Limit(minor), 0)
    fits = room_in(room, source, target, rate, margin_bp).minor
    assert fits is not None and fits >= 0
    assert counted(fits, target, source, rate, margin_bp) <= minor
    assert counted(fits + 2, target, source, rate, margin_bp) + 3 >= minor, "and no more is lost than rounding takes"


@given(st.integers(-(10**12), 10**12), CURRENCY, CURRENCY, RATE, AMOUNT)
def test_a_room_seen_from_abroad_lets_no_order_pass_its_limit(
    left: int, source: str, target: str, rate: Decimal, order: int
) -> None:
    room = Headroom(Limit(10**12), 10**12 - left)
    abroad = room_in(room, source, target, rate)
    if order and abroad.allows(order):
        assert room.allows(counted(order, target, source, rate))
    if left < 0:
        assert not abroad.allows(order + 1)


@pytest.mark.parametrize("room", [Headroom(UNLIMITED, 5), Headroom(NO_LIMIT, 5)])
def test_without_a_figure_a_room_is_the_same_everywhere(room: Headroom) -> None:
    assert room_in(room, "EUR", "KWD", Decimal("0.3")) == room
    with pytest.raises(BadInput, match="above zero"):
        room_in(Headroom(Limit(1), 0), "EUR", "USD", Decimal(0))
