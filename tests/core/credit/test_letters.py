"""What a decision is to who asked, and when the law wants a letter of it."""

from __future__ import annotations

from datetime import date

import pytest

from openterms.core.credit.letters import (
    ADVERSE,
    WORDINGS,
    Kind,
    courtesy_of,
    kind_of,
    notices_of,
    wants_letter,
    wording_of,
)
from openterms.core.credit.policy_parts import Told
from tests.core.credit.policies import example

TODAY = date(2026, 6, 1)
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
    assert wants_letter(US, found, TODAY) == (kind in ADVERSE) and not wants_letter(NOWHERE, found, TODAY)
    assert bool(notices_of(US, found, TODAY)) == (kind in ADVERSE) and notices_of(NOWHERE, found, TODAY) == ()


def test_the_american_example_wants_letters_and_the_others_do_not() -> None:
    assert example("software").told.jurisdiction == "us"
    assert example("wholesale").told.jurisdiction is example("gulf").told.jurisdiction is None
    ((law, _),) = notices_of(example("software").told, "decline", TODAY)
    assert "Equal Credit Opportunity" in law


@pytest.mark.parametrize(
    ("jurisdiction", "on", "by_machine", "bureaus", "said"),
    [
        ("us", TODAY, True, ("dnb risk",), ["Equal Credit Opportunity"]),
        ("eu", date(2018, 5, 24), True, (), []),
        ("eu", date(2018, 5, 25), True, (), ["(EU) 2016/679"]),
        ("eu", TODAY, False, (), []),
        ("eu", TODAY, True, ("dnb risk", "experian scores"), ["(EU) 2016/679", "reports of"]),
        ("gb", date(2026, 2, 4), True, (), ["Article 22 of the UK GDPR"]),
        ("gb", date(2026, 2, 5), True, (), ["Articles 22A to 22D of the UK GDPR"]),
        ("gb", TODAY, False, ("dnb risk",), ["reports of"]),
        ("sa", TODAY, True, ("dnb risk",), []),
        ("ae", TODAY, True, (), []),
    ],
)
def test_what_is_printed_follows_the_law_of_the_day(
    jurisdiction: str, on: date, by_machine: bool, bureaus: tuple[str, ...], said: list[str]
) -> None:
    told = Told(jurisdiction=jurisdiction)
    found = notices_of(told, "decline", on, by_machine, bureaus)
    assert len(found) == len(said) and all(part in text for part, (text, _) in zip(said, found, strict=True))
    assert all(places == {"names": ", ".join(bureaus)} for text, places in found if "%(names)s" in text)
    assert notices_of(told, "approval", on, by_machine, bureaus) == ()
    assert bool(courtesy_of(told, "decline", on)) == (jurisdiction in ("sa", "ae"))
    owed = jurisdiction in ("us", "eu", "gb") and wording_of(told, on) is not None
    assert wants_letter(told, "decline", on) == owed


def test_wordings_follow_each_other_in_time() -> None:
    for several in WORDINGS.values():
        days = [one.since for one in several]
        assert days == sorted(set(days))
