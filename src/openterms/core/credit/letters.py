"""What the customer is told of a credit decision, and when the law wants a letter of it (FACTBOOK 8.1)."""

from __future__ import annotations

from typing import Literal

from openterms.core.base.reasons import gettext_noop as _
from openterms.core.credit.policy_parts import Told

Kind = Literal["approval", "less", "decline"]
ADVERSE: tuple[Kind, ...] = ("less", "decline")
"""Kinds by which somebody is refused what was asked for, or has something taken away."""

LAWS = {
    "us": _(
        "Notice: The federal Equal Credit Opportunity Act prohibits creditors from discriminating against credit "
        "applicants on the basis of race, color, religion, national origin, sex, marital status, age (provided the "
        "applicant has the capacity to enter into a binding contract); because all or part of the applicant's income "
        "derives from any public assistance program; or because the applicant has in good faith exercised any right "
        "under the Consumer Credit Protection Act. The federal agency that administers compliance with this law "
        "concerning this creditor is the Federal Trade Commission, Equal Credit Opportunity, Washington, DC 20580."
    )
}
"""Jurisdiction -> what its law has printed under reasons: 12 CFR 1002.9(b)(1), for creditors of the FTC."""


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


def wants_letter(told: Told, kind: Kind) -> bool:
    """Whether the policy's jurisdiction wants a letter of such a decision."""
    return told.jurisdiction is not None and kind in ADVERSE


def law_of(told: Told, kind: Kind) -> str:
    """What the law has printed under the reasons; empty where nothing. A message to translate."""
    return LAWS.get(told.jurisdiction or "", "") if kind in ADVERSE else ""
