"""Authority: TV-96, what goes one level higher, splitting, four eyes, and approvals that expire."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.base.errors import BadInput
from openterms.core.base.money import to_minor
from openterms.core.credit.authority import (
    AUTOMATIC,
    Approval,
    Band,
    Heightened,
    Increase,
    Need,
    Person,
    Proposal,
    check_bands,
    exposure_as_one,
    is_approved,
    is_concentrated,
    may_approve,
    needed,
)
from tests.shared import vector

TODAY = date(2026, 11, 22)
BANDS = (
    Band(1_000_000, (AUTOMATIC,)),
    Band(5_000_000, ("analyst",)),
    Band(25_000_000, ("credit_manager",), ("sales",)),
    Band(100_000_000, ("cfo",), ("credit_manager",)),
    Band(None, ("board",)),
)
ANNA = Person("anna", "analyst", authority_minor=5_000_000)
MAYA = Person("maya", "credit_manager", authority_minor=25_000_000)
SAMI = Person("sami", "sales")
PAUL = Person("paul", "sales")
REQUEST = Proposal(proposer=PAUL, exposure_minor=20_000_000, currency="EUR")
NEED = needed(BANDS, 20_000_000)


def test_bands_by_total_exposure() -> None:
    names = {"auto": AUTOMATIC}
    bands = [Band(to_minor(str(most), "EUR"), (names.get(role, role),)) for most, role in vector(96)["inputs"]["bands"]]
    bands.append(Band(None, ("board",)))
    asked = [to_minor(str(amount), "EUR") for amount in vector(96)["inputs"]["requests"]]
    found = [needed(bands, amount).roles[0] for amount in asked]
    assert found == [names.get(role, role) for role in vector(96)["expected"]["approver"]]


@pytest.mark.parametrize(
    ("exposure", "flags", "concentrated", "roles", "level"),
    [
        (0, (), False, (AUTOMATIC,), 0),
        (1_000_000, (), False, (AUTOMATIC,), 0),
        (1_000_001, (), False, ("analyst",), 1),
        (1_000_000, (Heightened.FRAUD_FLAG,), False, ("analyst",), 1),
        (1_000_001, tuple(Heightened), False, ("credit_manager",), 2),
        (100_000_001, (Heightened.LONG_TERMS,), False, ("board",), 4),
        (1_000, (), True, ("board",), 4),
        (1_000, (Heightened.SANCTIONS_HIT,), True, ("board",), 4),
        (None, (), False, ("board",), 4),
    ],
)
def test_who_decides(exposure: int | None, flags: Any, concentrated: bool, roles: tuple[str, ...], level: int) -> None:
    found = needed(BANDS, exposure, flags, concentrated)
    assert (found.roles, found.level) == (roles, level)
    assert found.is_reason_mandatory == bool(flags or concentrated)
    assert found.is_automatic == (roles == (AUTOMATIC,))


def test_amounts_that_nobody_may_decide_on() -> None:
    assert needed(BANDS[:3], 25_000_001).is_nobodys
    assert needed(BANDS[:3], None).is_nobodys
    assert needed(BANDS[:1], 5, [Heightened.FRAUD_FLAG]).is_nobodys
    assert not needed(BANDS[:3], 25_000_000).is_nobodys


def test_a_flag_passes_over_every_automatic_band() -> None:
    bands = (Band(10, (AUTOMATIC,)), Band(20, (AUTOMATIC,)), Band(30, ("analyst",)))
    assert needed(bands, 5, [Heightened.ABOVE_INSURED]).roles == ("analyst",)


@pytest.mark.parametrize(
    "bands",
    [
        (), (Band(10, ()),), (Band(20, ("a",)), Band(20, ("b",))), (Band(30, ("a",)), Band(20, ("b",))),
        (Band(None, ("a",)), Band(20, ("b",))), (Band(10, ("a",)), Band(20, (AUTOMATIC,))),
    ],
)  # fmt: skip
def test_bands_that_cannot_be(bands: tuple[Band, ...]) -> None:
    with pytest.raises(BadInput):
        check_bands(bands)


def test_concentration() -> None:
    assert not is_concentrated(100, 1_000)
    assert is_concentrated(101, 1_000)
    assert is_concentrated(1, 0)


def test_splitting_a_request_counts_as_one() -> None:
    earlier = [
        Increase(TODAY - timedelta(days=30), 400_000, False), Increase(TODAY - timedelta(days=31), 700_000, False),
        Increase(TODAY, 300_000, False), Increase(TODAY, 900_000, True), Increase(TODAY, -50_000, False),
        Increase(TODAY + timedelta(days=1), 800_000, False),
    ]  # fmt: skip
    total = exposure_as_one(900_000, earlier, TODAY)
    assert total == 1_600_000
    assert needed(BANDS, 900_000).is_automatic
    assert needed(BANDS, total).roles == ("analyst",)


def codes(actor: Person, proposal: Proposal = REQUEST, need: Need = NEED, **rest: Any) -> list[str]:
    return [reason.code for reason in may_approve(actor, proposal, need, TODAY, **rest).reasons]


def test_a_manager_may() -> None:
    assert may_approve(MAYA, REQUEST, NEED, TODAY).is_given
    assert may_approve(SAMI, REQUEST, NEED, TODAY).is_given


@pytest.mark.parametrize(
    ("actor", "wanted"),
    [
        (PAUL, ["own_request"]),
        (replace(PAUL, role="credit_manager"), ["own_request"]),
        (replace(MAYA, acts_for="paul"), ["own_request_by_delegation"]),
        (replace(MAYA, is_active=False), ["approver_is_inactive"]),
        (ANNA, ["role_does_not_decide", "beyond_own_authority"]),
        (replace(MAYA, authority_minor=19_999_999), ["beyond_own_authority"]),
        (replace(MAYA, authority_minor=20_000_000), []),
        (
            replace(PAUL, role="auditor", is_active=False),
            ["approver_is_inactive", "own_request", "role_does_not_decide"],
        ),
    ],
)
def test_four_eyes(actor: Person, wanted: list[str]) -> None:
    assert codes(actor) == wanted


def test_a_proposer_who_acted_for_somebody() -> None:
    for_maya = replace(REQUEST, proposer=replace(PAUL, acts_for="maya"))
    assert codes(MAYA, for_maya) == ["own_request_by_delegation"]
    assert codes(replace(SAMI, acts_for="maya"), for_maya) == ["own_request_by_delegation"]
    assert codes(SAMI, for_maya) == []


def test_everything_that_speaks_against_it_is_said() -> None:
    need = needed(BANDS, 20_000_000, [Heightened.FRAUD_FLAG])
    assert need.roles == ("cfo",)
    assert codes(MAYA, need=need, has_seen_evidence=False, reason=" ") == [
        "evidence_not_seen", "approval_without_reason",
    ]  # fmt: skip
    assert codes(MAYA, need=need, reason="Guaranteed by the parent.") == []
    assert codes(MAYA, need=needed(BANDS[:1], 5_000_000)) == ["nobody_has_authority"]
    assert codes(replace(MAYA, role="board"), replace(REQUEST, exposure_minor=None), needed(BANDS, None)) == [
        "beyond_own_authority"
    ]


def test_two_approvals_are_two_persons() -> None:
    once = replace(REQUEST, approvals=(Approval(MAYA, TODAY),))
    assert codes(MAYA, once) == ["approved_before"]
    assert codes(replace(SAMI, acts_for="maya"), once) == ["approved_before"]
    assert [reason.code for reason in is_approved(once, NEED, TODAY).reasons] == ["second_approval_missing"]
    both = replace(once, approvals=(Approval(MAYA, TODAY), Approval(SAMI, TODAY)))
    assert is_approved(both, NEED, TODAY).is_given
    assert [reason.code for reason in is_approved(REQUEST, NEED, TODAY).reasons] == [
        "approval_missing", "second_approval_missing",
    ]  # fmt: skip
    sales_alone = replace(REQUEST, approvals=(Approval(SAMI, TODAY),))
    assert [reason.code for reason in is_approved(sales_alone, NEED, TODAY).reasons] == [
        "approval_missing", "second_approval_missing",
    ]  # fmt: skip


def test_one_role_twice_needs_two_persons() -> None:
    need = Need(("credit_manager",), ("credit_manager",), 2)
    other = replace(MAYA, id="omar", authority_minor=1)
    small = replace(REQUEST, approvals=(Approval(other, TODAY),))
    assert not is_approved(small, need, TODAY).is_given
    assert is_approved(replace(small, approvals=(Approval(other, TODAY), Approval(MAYA, TODAY))), need, TODAY).is_given
    assert not is_approved(replace(small, approvals=(Approval(MAYA, TODAY),)), need, TODAY).is_given


def test_approvals_expire() -> None:
    given_on = date(2026, 10, 1)
    both = replace(REQUEST, approvals=(Approval(MAYA, given_on), Approval(SAMI, given_on)))
    last = given_on + timedelta(days=30)
    assert is_approved(both, NEED, last).is_given
    late = is_approved(both, NEED, last + timedelta(days=1))
    assert [reason.code for reason in late.reasons] == [
        "approval_expired", "approval_expired", "approval_missing", "second_approval_missing",
    ]  # fmt: skip
    assert may_approve(MAYA, both, NEED, last + timedelta(days=1)).is_given
    renewed = replace(both, approvals=(*both.approvals, Approval(MAYA, TODAY), Approval(SAMI, TODAY)))
    assert is_approved(renewed, NEED, TODAY).is_given


def test_approvals_that_should_not_have_been_given_do_not_count() -> None:
    for person in (replace(PAUL, role="credit_manager"), replace(MAYA, is_active=False), ANNA):
        both = replace(REQUEST, approvals=(Approval(person, TODAY), Approval(SAMI, TODAY)))
        assert "approval_missing" in {reason.code for reason in is_approved(both, NEED, TODAY).reasons}
    need = needed(BANDS, 20_000_000, [Heightened.FRAUD_FLAG])
    cfo = Person("carl", "cfo")
    silent = replace(REQUEST, approvals=(Approval(cfo, TODAY), Approval(MAYA, TODAY, "Known for years.")))
    assert not is_approved(silent, need, TODAY).is_given


def test_what_needs_nobody_is_approved_and_what_nobody_may_is_not() -> None:
    assert is_approved(REQUEST, needed(BANDS, 5), TODAY).is_given
    assert not is_approved(REQUEST, needed(BANDS[:1], 5_000_000), TODAY).is_given


AMOUNT = st.integers(0, 10**10)
FLAGS = st.sets(st.sampled_from(Heightened))


@given(AMOUNT, AMOUNT, FLAGS, FLAGS)
def test_more_never_takes_a_lower_level(less: int, more: int, some: set[Heightened], others: set[Heightened]) -> None:
    less, more = sorted((less, more))
    assert needed(BANDS, less, some).level <= needed(BANDS, more, some).level
    assert needed(BANDS, less, some).level <= needed(BANDS, less, some | others).level


PERSONS = st.builds(
    Person,
    st.sampled_from("abcd"),
    st.sampled_from(("analyst", "credit_manager", "sales", "cfo", "board")),
    st.booleans(),
    st.none() | st.sampled_from("abcd"),
    st.none() | AMOUNT,
)
APPROVALS = st.lists(st.builds(Approval, PERSONS, st.dates(date(2026, 10, 1), TODAY), st.just("because")), max_size=5)


@given(PERSONS, AMOUNT, FLAGS, APPROVALS)
def test_what_is_approved_was_seen_by_other_eyes(
    proposer: Person, exposure: int, flags: set[Heightened], approvals: list[Approval]
) -> None:
    proposal = Proposal(proposer=proposer, exposure_minor=exposure, currency="EUR", approvals=tuple(approvals))
    need = needed(BANDS, exposure, flags)
    if is_approved(proposal, need, TODAY).is_given and not need.is_automatic:
        others = {one.by.id for one in approvals} - {proposer.id, proposer.acts_for}
        assert len(others) >= (2 if need.second else 1)
        assert any(one.by.role in need.roles and one.by.is_active for one in approvals)
