"""What the customer of a decided case is to be told, and what was sent."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from openterms.apps.credit.decision.models import CaseState, CreditCase, Decision
from openterms.apps.credit.decision.policies import policy_of
from openterms.apps.tenancy.models import Seller
from openterms.core.credit import letters
from openterms.core.credit.evaluation import asked_terms
from openterms.core.credit.policy import Policy

from .models import CreditLetter


@dataclass(frozen=True)
class Due:
    """What a decided case is to its customer, under which policy, and whether the law wants a letter of it."""

    kind: letters.Kind
    policy: Policy
    is_wanted: bool

    @property
    def is_adverse(self) -> bool:
        """Whether reasons are owed."""
        return self.kind in letters.ADVERSE


def letter_due(case: CreditCase) -> Due | None:
    """What the customer is to be told of a case; None while it is not decided."""
    if case.state != CaseState.DECIDED:
        return None
    decision = Decision.objects.filter(case=case).select_related("policy_version").order_by("-number").first()
    if decision is None:
        return None
    asked, given = asked_terms(case.terms), asked_terms(case.closed_terms)
    kind = letters.kind_of(
        is_approved=case.outcome == "approved",
        asked_minor=case.limit_minor,
        granted_minor=case.closed_minor,
        asked_days=asked.days if asked else None,
        granted_days=given.days if given else None,
    )
    policy = policy_of(decision.policy_version)
    return Due(kind, policy, letters.wants_letter(policy.told, kind))


def letters_of(case: CreditCase) -> list[CreditLetter]:
    """The letters that were sent about a case, newest first."""
    return list(CreditLetter.objects.filter(case=case).order_by("-id"))


def find_letter(seller: Seller, letter_id: UUID) -> CreditLetter | None:
    """A letter of the seller, or nothing."""
    return CreditLetter.objects.filter(seller=seller, id=letter_id).select_related("case", "customer").first()
