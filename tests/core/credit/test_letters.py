"""What a decision is to who asked, and when the law wants a letter of it."""

from __future__ import annotations

import pytest

from openterms.core.credit.letters import ADVERSE, Kind, kind_of, law_of, wants_letter
from openterms.core.credit.policy_parts import Told
from tests.core.credit.policies import example

US, NOWHERE = Told(jurisdiction="us"), Told()


@pytest.mark.parametrize(
    ("approved", "asked", "granted", "asked_days", "granted_days", "kind"),
    [
        (True, 1_000, 1_000, None, None, "approval"),
        (True, 1_000, 1_001, 30, 60, "approval"),
        (True, None, 500, None, 30, "approval"),
        (True, 1_000, 999, None, None, "less"),
        (True, 1_000, 0, None, None, "less"),
        (True, 1_000, 1_000, 60, 30, "less"),
        (True, None, 500, 60, 30, "less"),
        (True, 0, 0, None, None, "approval"),
        (False, 1_000, None, None, None, "decline"),
        (False, None, None, 30, None, "decline"),
    ],
)
def test_what_a_decision_is(
    approved: bool, asked: int | None, granted: int | None, asked_days: int | None, granted_days: int | None, kind: Kind
) -> None:
    found = kind_of(
        is_approved=approved, asked_minor=asked, granted_minor=granted, asked_days=asked_days, granted_days=granted_days
    )
    assert found == kind
    assert wants_letter(US, found) == (kind in ADVERSE) and not wants_letter(NOWHERE, found)
    assert bool(law_of(US, found)) == (kind in ADVERSE) and law_of(NOWHERE, found) == ""


def test_the_american_example_wants_letters_and_the_others_do_not() -> None:
    assert example("software").told.jurisdiction == "us"
    assert example("wholesale").told.jurisdiction is example("gulf").told.jurisdiction is None
    assert "Equal Credit Opportunity" in law_of(example("software").told, "decline")
