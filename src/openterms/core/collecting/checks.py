"""The six checks before a case is escalated: asked of a person, answered in writing, and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import Reason, gettext_noop

VALID_DAYS = 30
"""Answers older than this are asked again."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its code and its question to the person."""

    code: str
    question: str


SIX_CHECKS = (
    Check("right_person", gettext_noop("Have we been speaking to the right person?")),
    Check("owner_reached", gettext_noop("Has the owner or a director been reached?")),
    Check("any_answer", gettext_noop("Has there been any answer, and what was it?")),
    Check("pattern", gettext_noop("Is there a pattern: is it always like this, or is this new?")),
    Check("busy_season", gettext_noop("Is this their busy season, or a slow one?")),
    Check("other_plan", gettext_noop("Is another plan possible: instalments, a date, goods back?")),
)
ANSWERS = ("yes", "no", "unknown")

CHECKS_MISSING = Reason(
    "checks_missing",
    gettext_noop("The six checks before escalating have not been answered in the last %(days)s days."),
    "",
    gettext_noop("Answer them on the customer's page, then take the step."),
)


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """``answer`` is one of ``ANSWERS``; ``note`` says what was seen and is never empty for *unknown*."""

    answer: str
    note: str


def checked(answers: Mapping[str, CheckAnswer]) -> dict[str, CheckAnswer]:
    """The six answers in order. BadInput where one is missing, unknown, or *unknown* without saying what was tried;
    its place is `check_<code>`, or the note's."""
    for code in answers:
        if code not in {check.code for check in SIX_CHECKS}:
            raise BadInput(gettext_noop("There is no such check"), f"check_{code}")
    found: dict[str, CheckAnswer] = {}
    for check in SIX_CHECKS:
        given = answers.get(check.code)
        if given is None or given.answer not in ANSWERS:
            raise BadInput(
                gettext_noop("This check has no answer"), f"check_{check.code}",
                gettext_noop("Answer yes, no or unknown"),
            )  # fmt: skip
        if given.answer == "unknown" and not given.note.strip():
            raise BadInput(
                gettext_noop("An answer that is not known needs a note"), f"check_{check.code}_note",
                gettext_noop("Say what was tried"),
            )  # fmt: skip
        found[check.code] = CheckAnswer(given.answer, given.note.strip()[:500])
    return found
