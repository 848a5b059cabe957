"""What the customer is told of a credit decision, and when the law wants a letter of it (FACTBOOK 8.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from openterms.core.base.reasons import gettext_noop as _
from openterms.core.credit.policy_parts import Told

Kind = Literal["approval", "less", "decline"]
ADVERSE: tuple[Kind, ...] = ("less", "decline")
"""Kinds by which somebody is refused what was asked for, or has something taken away."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What is printed under reasons in a jurisdiction, from a day on: messages to translate, empty where nothing.

    ``law`` stands under every refusal, ``machine`` under one that no person took, ``told_by`` names the bureaus whose
    reports were used (``%(names)s``), ``courtesy`` is said before the end. ``is_owed`` where the law wants reasons in
    writing, or where sending them always is the safe practice; elsewhere a letter is a courtesy.
    """

    since: date
    law: str = ""
    machine: str = ""
    told_by: str = ""
    courtesy: str = ""
    is_owed: bool = True


_TOLD_BY = _(
    "For this decision we used reports of: %(names)s. They did not take the decision and cannot tell you why it was "
    "taken; you may ask them which data they hold about you."
)
_COURTESY = _(
    "We thank you for your trust, and value our business with you. We would be glad to serve you with payment in "
    "advance or against security, and to look at your request again at any time."
)
_BEGINNING = date(1900, 1, 1)

WORDINGS: Mapping[str, tuple[Wording, ...]] = {
    "us": (Wording(_BEGINNING, law=_(
        "Notice: The federal Equal Credit Opportunity Act prohibits creditors from discriminating against credit "
        "applicants on the basis of race, color, religion, national origin, sex, marital status, age (provided the "
        "applicant has the capacity to enter into a binding contract); because all or part of the applicant's income "
        "derives from any public assistance program; or because the applicant has in good faith exercised any right "
        "under the Consumer Credit Protection Act. The federal agency that administers compliance with this law "
        "concerning this creditor is the Federal Trade Commission, Equal Credit Opportunity, Washington, DC 20580."
    )),),
    "eu": (
        Wording(
            date(2018, 5, 25),
            machine=_(
                "This decision was taken by a computer program, without a person. As far as it concerns you as a "
                "natural person, Article 22 of the General Data Protection Regulation (EU) 2016/679 gives you the "
                "right to have a person look at it, to state your point of view, and to contest it. Write to us at the "
                "address above."
            ),
            told_by=_TOLD_BY,
        ),
    ),
    "gb": (
        Wording(
            date(2021, 1, 1),
            machine=_(
                "This decision was taken by a computer program, without a person. As far as it concerns you as a "
                "natural person, Article 22 of the UK GDPR gives you the right to have a person look at it, to state "
                "your point of view, and to contest it. Write to us at the address above."
            ),
            told_by=_TOLD_BY,
        ),
        Wording(
            date(2026, 2, 5),
            machine=_(
                "This decision was taken by a computer program, without a person. As far as it concerns you as a "
                "natural person, Articles 22A to 22D of the UK GDPR give you the right to be told about it, to have a "
                "person look at it, to state your point of view, and to contest it. Write to us at the address above."
            ),
            told_by=_TOLD_BY,
        ),
    ),
    "sa": (Wording(_BEGINNING, courtesy=_COURTESY, is_owed=False),),
    "ae": (Wording(_BEGINNING, courtesy=_COURTESY, is_owed=False),),
}  # fmt: skip
"""Jurisdiction -> what is printed under reasons, the oldest wording first.

us: 12 CFR 1002.9(b)(1), for creditors of the FTC. eu: GDPR, Articles 22(3) and 15(1)(g), (h), in force since 25 May
2018. gb: the same of the UK GDPR after the end of the transition; replaced by its Articles 22A to 22D on 5 February
2026 (Data (Use and Access) Act 2025, section 80; SI 2026/82). sa, ae: no law wants a letter; the courteous one is
written.
"""


def kind_of(
    *, is_approved: bool, asked_minor: int | None, granted_minor: int | None, asked_days: int | None = None,
    granted_days: int | None = None,
) -> Kind:  # fmt: skip
    """What a decision is to who asked. Amounts in minor units of one currency; None: none was asked for or known.

    Less is a smaller limit than asked for, or a shorter time to pay.
    """
    if not is_approved:
        return "decline"
    is_smaller = asked_minor is not None and (granted_minor or 0) < asked_minor
    is_shorter = asked_days is not None and granted_days is not None and granted_days < asked_days
    return "less" if is_smaller or is_shorter else "approval"


def wording_of(told: Told, on: date) -> Wording | None:
    """What a policy's jurisdiction has printed on a day; None without one, or before its first wording."""
    known = [one for one in WORDINGS.get(told.jurisdiction or "", ()) if one.since <= on]
    return known[-1] if known else None


def wants_letter(told: Told, kind: Kind, on: date) -> bool:
    """Whether the policy's jurisdiction wants a letter of such a decision on that day."""
    wording = wording_of(told, on)
    return wording is not None and wording.is_owed and kind in ADVERSE


def notices_of(
    told: Told, kind: Kind, on: date, by_machine: bool = False, bureaus: Sequence[str] = ()
) -> tuple[tuple[str, dict[str, str]], ...]:
    """What is printed under the reasons of a decision of that day: messages to translate, each with its places."""
    wording = wording_of(told, on)
    if wording is None or kind not in ADVERSE:
        return ()
    found: list[tuple[str, dict[str, str]]] = [(wording.law, {})]
    if by_machine:
        found.append((wording.machine, {}))
    if bureaus:
        found.append((wording.told_by, {"names": ", ".join(bureaus)}))
    return tuple(one for one in found if one[0])


def courtesy_of(told: Told, kind: Kind, on: date) -> str:
    """What a letter of that day says out of courtesy before its end; empty where nothing. A message to translate."""
    wording = wording_of(told, on)
    return wording.courtesy if wording is not None and kind in ADVERSE else ""
