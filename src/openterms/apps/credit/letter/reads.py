"""What the customer of a decided case is to be told, and what was sent."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from openterms.apps.credit.application.casework import case_of
from openterms.apps.credit.application.models import Application
from openterms.apps.credit.decision.models import CaseState, CaseStep, CreditCase, Decision, StepKind
from openterms.apps.credit.decision.policies import policy_of
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.models import Seller
from openterms.core.credit import letters
from openterms.core.credit.evaluation import asked_terms
from openterms.core.credit.facts import CREDIT_FACTS
from openterms.core.credit.policy import Policy

from .models import CreditLetter, LetterMail

BY_PERSONS = (StepKind.APPROVE, StepKind.REJECT, StepKind.RECOMMEND, StepKind.OVERRIDE)
"""Steps by which a person takes a decision."""


@dataclass(frozen=True)
class Due:
    """What a decided case is to its customer, under which policy, and whether the law wants a letter of it."""

    kind: letters.Kind
    policy: Policy
    is_wanted: bool
    notices: tuple[tuple[str, dict[str, str]], ...] = ()
    """What the law has printed under the reasons: messages with their places."""
    courtesy: str = ""
    """What is said out of courtesy before the end: a message."""

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
    on = local_date(case.closed_at or decision.decided_at, case.seller.timezone)
    by_machine = not CaseStep.objects.filter(case=case, kind__in=BY_PERSONS, person__isnull=False).exists()
    notices = letters.notices_of(policy.told, kind, on, by_machine, bureaus_of(decision))
    courtesy = letters.courtesy_of(policy.told, kind, on)
    return Due(kind, policy, letters.wants_letter(policy.told, kind, on), notices, courtesy)


def bureaus_of(decision: Decision) -> list[str]:
    """The bureaus whose reports a decision saw, by their sources' names."""
    told = {name: one["source"] for name, one in decision.sources.items() if name in CREDIT_FACTS}
    return sorted({source for name, source in told.items() if CREDIT_FACTS[name].source == "bureau"})


def letters_of(case: CreditCase) -> list[CreditLetter]:
    """The letters that were sent about a case, newest first, each with its `mail`."""
    sent = list(CreditLetter.objects.filter(case=case).order_by("-id"))
    mails = {mail.letter_id: mail for mail in LetterMail.objects.filter(letter__in=sent)}
    for one in sent:
        one.mail = mails.get(one.id)
    return sent


def letter_for(row: Application) -> CreditLetter | None:
    """The newest letter that was sent about the case of an application; None where none was."""
    case = case_of(row)
    return None if case is None else CreditLetter.objects.filter(case=case).order_by("-id").first()


def find_letter(seller: Seller, letter_id: UUID) -> CreditLetter | None:
    """A letter of the seller, or nothing."""
    return CreditLetter.objects.filter(seller=seller, id=letter_id).select_related("case", "customer").first()
