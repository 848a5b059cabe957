"""What is asked before a letter of demand goes out (FACTBOOK 5.5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop

LEAST_DAYS, MOST_DAYS, SOLE_TRADER_DAYS = 7, 14, 30
MOST_NOTE = 500


class Question(NamedTuple):
    """One thing to be answered: ``yes``, ``no`` or ``not_needed`` where that may be, with a note.

    ``derived`` ones are answered by the record; ``stops`` says which answers keep the letter from being issued.
    """

    code: str
    text: str
    may_be_unneeded: bool = False
    stops: frozenset[str] = frozenset()


class Answer(NamedTuple):
    """An answer with its note."""

    said: str
    note: str = ""


_NO = frozenset({"no"})

CHECKLIST = (
    Question("parties", gettext_noop("Are the legal names and addresses of both sides right?"), stops=_NO),
    Question("contract", gettext_noop("Is there a contract or order, and proof of delivery?"), stops=_NO),
    Question("items", gettext_noop("Are all invoices, payments and credits in the list right?"), stops=_NO),
    Question("charges", gettext_noop("Are interest and lump sums those of law or contract?"), True, _NO),
    Question("deadline", gettext_noop("Is the last day to pay one that the law there allows?"), stops=_NO),
    Question("how_to_pay", gettext_noop("Does it say how to pay: account, reference?"), stops=_NO),
    Question("dispute", gettext_noop("Does it ask for disputes in writing by the same day?"), stops=_NO),
    Question("consequences", gettext_noop("Do you mean to do what it says will follow?"), stops=_NO),
    Question("plan", gettext_noop("Does it name somebody to ask for a payment plan?"), stops=_NO),
    Question("rights", gettext_noop("Does it reserve your other rights?"), stops=_NO),
    Question("signature", gettext_noop("Will the person who signs it stand by it?"), stops=_NO),
    Question("proof", gettext_noop("Will it be sent so that its arrival can be proved?"), stops=_NO),
    Question("enclosures", gettext_noop("Are the enclosures it names with it?"), True, _NO),
)
"""FACTBOOK 5.5: every point is answered with yes, or that it is not needed, before a letter is issued."""


def read_answers(questions: tuple[Question, ...], given: Mapping[str, Answer], where: str) -> dict[str, Answer]:
    """Every question's answer, in order. ``BadInput`` names the first that is missing, unknown or stops the letter."""
    found: dict[str, Answer] = {}
    for question in questions:
        answer = given.get(question.code, Answer(""))
        known = ("yes", "no", "not_needed") if question.may_be_unneeded else ("yes", "no")
        if answer.said not in known:
            raise BadInput(
                gettext_noop("This is not answered"), f"{where}_{question.code}",
                gettext_noop("Answer every question"),
            )  # fmt: skip
        if answer.said in question.stops:
            raise BadInput(
                gettext_noop("With this the letter cannot be issued"), f"{where}_{question.code}",
                gettext_noop("Put it right first"),
            )  # fmt: skip
        if len(answer.note) > MOST_NOTE:
            raise BadInput(
                gettext_noop("This has more than %(most)s characters"), f"{where}_{question.code}",
                gettext_noop("Make it shorter"), {"most": MOST_NOTE},
            )  # fmt: skip
        found[question.code] = Answer(answer.said, answer.note.strip())
    return found


def check_deadline(country: str, is_sole_trader: bool, issued_on: date, deadline_on: date) -> None:
    """A calendar date 7 to 14 days off; a sole trader in the United Kingdom has 30 (FACTBOOK 5.5). ``BadInput``."""
    is_longer = country == "GB" and is_sole_trader
    least, most = (SOLE_TRADER_DAYS, 60) if is_longer else (LEAST_DAYS, 60)
    days = (deadline_on - issued_on).days
    if not least <= days <= most:
        raise BadInput(
            gettext_noop("The last day to pay is %(days)s days off"), "deadline_on",
            gettext_noop("Give a day %(least)s to %(most)s days from now"),
            {"days": days, "least": least, "most": most},
        )  # fmt: skip


def usual_days(country: str, is_sole_trader: bool) -> int:
    """The deadline that is proposed, in days."""
    return SOLE_TRADER_DAYS if country == "GB" and is_sole_trader else MOST_DAYS
