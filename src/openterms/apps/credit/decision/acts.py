"""What people do about a credit case: recommend, override, approve, reject, escalate, take on, withdraw."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.credit.authority import Approval, Permission, Person, Proposal, is_approved, may_approve
from openterms.core.credit.evaluation import asked_terms
from openterms.core.credit.policy import Policy
from openterms.core.receivables.terms import parse_terms

from .actions import close, grant, keep, locked_case, step_due
from .models import CaseState, CaseStep, CreditCase, Decision, StepKind
from .policies import policy_of
from .rights import (
    PROPOSERS,
    Weight,
    as_proposal,
    flags_of,
    may_override,
    next_level,
    person_need,
    person_of,
    proposal_steps,
    refuse_strangers,
    weight,
)

MOST_ESCALATED_AT_ONCE = 200

NOTHING_PROPOSED = Reason(
    "nothing_proposed",
    gettext_noop("Nothing has been recommended under the last decision yet."),
    remedy=gettext_noop("Recommend a limit first."),
)
PROPOSAL_CHANGED = Reason(
    "proposal_changed",
    gettext_noop("Somebody has changed the recommendation in the meantime."),
    remedy=gettext_noop("Look at the case again."),
)
ABOVE_DECISION = Reason(
    "above_the_decision",
    gettext_noop("This is more than the policy's answer allows."),
    remedy=gettext_noop("Recommend what the policy allows, or override it with a reason."),
)
REASON_MISSING = Reason(
    "step_without_reason",
    gettext_noop("A reason is missing."),
    remedy=gettext_noop("Say why."),
)
HIGHEST_AUTHORITY = Reason(
    "highest_authority",
    gettext_noop("The case is with the highest authority already."),
    remedy=gettext_noop("Decide it, or change the policy's bands."),
)
OVERDUE_ESCALATED = gettext_noop("Nobody acted within %(days)s working days.")


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What is proposed: a limit in minor units of the case's currency, payment terms (empty: as decided), and the last
    day of a temporary limit."""

    limit_minor: int
    terms: str = ""
    until: date | None = None


@dataclass(frozen=True)
class _Scene:
    """A locked case with what an act about it needs to know."""

    seller: Seller
    case: CreditCase
    decision: Decision
    policy: Policy
    outcome: dict[str, Any]
    person: Person
    actor: Actor
    now: datetime

    @property
    def customer(self) -> Customer:
        return Customer.objects.get(id=self.case.customer_id)

    @property
    def today(self) -> date:
        return local_date(self.now, self.seller.timezone)

    def weigh(self, limit_minor: int | None, kind: str) -> Weight:
        flags = flags_of(self.outcome, kind)
        return weight(self.seller, self.customer, self.case, self.policy, flags, limit_minor, self.now)


def recommend(
    seller: Seller, actor: Actor, case_id: UUID, wanted: Terms, reason: str, now: datetime
) -> CaseStep:
    """Propose a limit within the policy's answer; somebody else approves it. An earlier proposal falls.

    Refused: a closed case, a role that prepares none, who is not active, more than the policy allows; busy. Errors: an
    amount, terms or day that cannot be.
    """
    with transaction.atomic():
        scene = _scene(seller, actor, case_id, now)
        given = _given(scene, wanted)
        if _is_above(scene, given):
            raise Refused([ABOVE_DECISION])
        return _propose(scene, StepKind.RECOMMEND, given, reason, scene.weigh(given.limit_minor, StepKind.RECOMMEND))


def override(seller: Seller, actor: Actor, case_id: UUID, wanted: Terms, reason: str, now: datetime) -> CaseStep:
    """Propose something else than the policy's answer, within one's own authority and with a reason; somebody else
    approves it. To set a decline aside takes an authority one band higher.

    Refused: as `recommend`, no reason, a role or an authority that does not reach. Errors: as `recommend`.
    """
    with transaction.atomic():
        scene = _scene(seller, actor, case_id, now)
        given = _given(scene, wanted)
        found = scene.weigh(given.limit_minor, StepKind.OVERRIDE)
        refusals = [] if reason.strip() else [REASON_MISSING]
        refusals += [
            one for one in may_override(seller, scene.person, found, scene.today, reason).reasons
            if one.code != "approval_without_reason"
        ]  # fmt: skip
        if refusals:
            raise Refused(refusals)
        return _propose(scene, StepKind.OVERRIDE, given, reason, found)


def approve(
    seller: Seller, actor: Actor, case_id: UUID, proposal: int | None, now: datetime, reason: str = ""
) -> CaseStep:
    """Agree to what is proposed. With the last approval that is needed, the line changes in the same transaction.

    `proposal` is the number of the step that was looked at (None: whatever stands). Refused, with every reason: nothing
    proposed or something else by now, one's own proposal, a role or an authority that does not reach at what the group
    could owe after the change, a second approval by the same person, who is not active, a mandatory reason left out; a
    closed case; busy.
    """
    with transaction.atomic():
        scene = _scene(seller, actor, case_id, now)
        proposed, given = proposal_steps(scene.case, scene.decision)
        if proposed is None:
            raise Refused([NOTHING_PROPOSED])
        if proposal is not None and proposal != proposed.number:
            raise Refused([PROPOSAL_CHANGED])
        found = scene.weigh(proposed.limit_minor, proposed.kind)
        asked = as_proposal(seller, proposed, given, found.base_minor)
        permission = may_approve(scene.person, asked, found.wide, scene.today, reason)
        if not permission.is_given:
            raise Refused(permission.reasons)
        step = _step(scene, StepKind.APPROVE, reason, found, proposed)
        approvals = (*asked.approvals, Approval(scene.person, scene.today, reason))
        whole = Proposal(
            proposer=asked.proposer, exposure_minor=asked.exposure_minor, currency=asked.currency, approvals=approvals
        )
        left = is_approved(whole, found.wide, scene.today)
        if left.is_given:
            why = proposed.reason or scene.case.reason or gettext_noop("Granted by a credit decision.")
            grant(
                seller, actor, scene.case, scene.decision, proposed.limit_minor or 0, proposed.terms, proposed.until,
                why[:500], now,
            )  # fmt: skip
        else:
            _wait(scene, _missing_roles(found, approvals, left))
            record(
                seller.id, actor, "case_agreed", "case", scene.case.id, now, scene.case.customer_id,
                {"limit_minor": proposed.limit_minor, "currency": scene.case.currency, "reason": reason.strip()},
            )  # fmt: skip
    return step


def reject(seller: Seller, actor: Actor, case_id: UUID, reason: str, now: datetime) -> CaseStep:
    """Decline what was asked, for good; the line stays as it is. Refused: no reason, a role with no part in cases, who
    is not active, a closed case; busy."""
    with transaction.atomic():
        scene = _scene(seller, actor, case_id, now)
        _refuse_without(reason)
        step = _step(scene, StepKind.REJECT, reason)
        scene.case.outcome = "declined"
        close(scene.case, CaseState.DECIDED, actor, now)
        record(
            seller.id, actor, "case_rejected", "case", scene.case.id, now, scene.case.customer_id,
            {"reason": reason.strip(), "decision": str(scene.decision.id)},
        )  # fmt: skip
    return step


def escalate(seller: Seller, actor: Actor, case_id: UUID, reason: str, now: datetime) -> CaseStep:
    """Give a case to the next authority: the band above is needed from now on, with a clock of its own.

    Refused: no reason, the highest authority has it, a closed case; busy.
    """
    with transaction.atomic():
        scene = _scene(seller, actor, case_id, now)
        _refuse_without(reason)
        return _raise_level(scene, reason)


def escalate_overdue(seller: Seller, now: datetime) -> int:
    """Give every open case whose clock has run out to the next authority; returns how many.

    Up to 200 in one transaction, in order of id; those with the highest authority stay there. Refused: busy.
    """
    due = CreditCase.objects.filter(seller=seller, state=CaseState.OPEN, can_escalate=True, due_at__lte=now)
    ids = sorted(due.order_by("due_at", "id").values_list("id", flat=True)[:MOST_ESCALATED_AT_ONCE])
    raised = 0
    for case_id in ids:
        with transaction.atomic():
            try:
                case = locked_case(seller, case_id)
            except Refused as refusal:
                if refusal.first.code == "busy":
                    raise
                continue  # decided a moment ago
            if case.due_at > now or not case.can_escalate:
                continue
            scene = _seen(seller, SYSTEM, case, Person("", ""), now)
            try:
                _raise_level(scene, OVERDUE_ESCALATED)
                raised += 1
            except Refused:
                case.can_escalate = False
                case.save(update_fields=["can_escalate"])
    return raised


def take(seller: Seller, actor: Actor, case_id: UUID, now: datetime) -> CaseStep:
    """Say that one works on a case. Refused: a role with no part in cases, a closed case; busy."""
    with transaction.atomic():
        scene = _scene(seller, actor, case_id, now)
        step = _step(scene, StepKind.TAKE, "")
        scene.case.handler_id = actor.user_id
        scene.case.save(update_fields=["handler"])
        record(seller.id, actor, "case_taken", "case", scene.case.id, now, scene.case.customer_id)
    return step


def withdraw(seller: Seller, actor: Actor, case_id: UUID, reason: str, now: datetime) -> CaseStep:
    """End a case without an answer, because it is not asked any more. Refused: no reason, a role with no part in cases,
    a closed case; busy."""
    with transaction.atomic():
        scene = _scene(seller, actor, case_id, now)
        _refuse_without(reason)
        step = _step(scene, StepKind.WITHDRAW, reason)
        close(scene.case, CaseState.WITHDRAWN, actor, now)
        record(
            seller.id, actor, "case_withdrawn", "case", scene.case.id, now, scene.case.customer_id,
            {"reason": reason.strip()},
        )  # fmt: skip
    return step


def _scene(seller: Seller, actor: Actor, case_id: UUID, now: datetime) -> _Scene:
    """Lock the case and the person; refuse who has no part in it."""
    case = locked_case(seller, case_id)
    found = _seen(seller, actor, case, person_of(seller, actor), now)
    refuse_strangers(found.person, found.policy)
    return found


def _seen(seller: Seller, actor: Actor, case: CreditCase, person: Person, now: datetime) -> _Scene:
    decision = Decision.objects.filter(case=case).select_related("policy_version").order_by("-number").first()
    if decision is None:
        raise Refused([NOTHING_PROPOSED])
    outcome: dict[str, Any] = json.loads(decision.kept)["outcome"]
    return _Scene(seller, case, decision, policy_of(decision.policy_version), outcome, person, actor, now)


def _given(scene: _Scene, wanted: Terms) -> Terms:
    """What is proposed, with its terms in their one notation. Errors: what cannot be."""
    if wanted.limit_minor < 0:
        raise BadInput(
            gettext_noop("A limit is zero or more"), "limit", gettext_noop("Give an amount such as 1000.00")
        )
    if wanted.until is not None and wanted.until < scene.today:
        raise BadInput(
            gettext_noop("A temporary limit is an amount, and ends today or later"),
            "until",
            gettext_noop("Give the amount and a last day from today on"),
        )
    terms = str(parse_terms(wanted.terms)) if wanted.terms.strip() else scene.outcome["terms"]
    return Terms(limit_minor=wanted.limit_minor, terms=terms, until=wanted.until)


def _is_above(scene: _Scene, given: Terms) -> bool:
    """Whether it is more than the policy's answer: a higher limit, or a longer time to pay than decided."""
    outcome = scene.outcome
    if outcome["outcome"] == "decline":
        return True
    most = outcome["limit_minor"] if outcome["limit_minor"] is not None else outcome["suggestion"]["limit_minor"]
    if most is None or given.limit_minor > most:
        return True
    decided, wanted = asked_terms(outcome["terms"]), asked_terms(given.terms)
    return decided is not None and wanted is not None and wanted.days > decided.days


def _propose(scene: _Scene, kind: str, given: Terms, reason: str, found: Weight) -> CaseStep:
    step = _step(scene, kind, reason, found, given)
    _wait(scene, (*found.need.roles, *found.need.second))
    record(
        scene.seller.id, scene.actor, f"case_{'recommended' if kind == StepKind.RECOMMEND else 'overridden'}", "case",
        scene.case.id, scene.now, scene.case.customer_id,
        {"limit_minor": given.limit_minor, "currency": scene.case.currency, "terms": given.terms,
         "until": given.until.isoformat() if given.until else None, "reason": reason.strip(),
         "exposure_minor": found.exposure_minor, "roles": list(found.need.roles)},
    )  # fmt: skip
    return step


def _raise_level(scene: _Scene, reason: str) -> CaseStep:
    proposed, _ = proposal_steps(scene.case, scene.decision)
    if proposed is not None:
        need = scene.weigh(proposed.limit_minor, proposed.kind).need
    else:
        asked = scene.case.limit_minor or scene.decision.granted_minor or scene.decision.suggested_minor or 0
        need = person_need(scene.policy, asked, flags_of(scene.outcome, ""), scene.case.level)
    level = next_level(scene.policy, need)
    if level is None:
        raise Refused([HIGHEST_AUTHORITY])
    text = reason % {"days": 5} if reason == OVERDUE_ESCALATED else reason
    step = _step(scene, StepKind.ESCALATE, text)
    band = scene.policy.authority.bands[level]
    scene.case.level, scene.case.handler_id = level, None
    scene.case.due_at = step_due(scene.seller, scene.now, scene.case.answer_by)
    waits = (*band.roles, *band.second) if proposed is not None else (*PROPOSERS, *band.roles, *band.second)
    _wait(scene, waits)
    record(
        scene.seller.id, scene.actor, "case_escalated", "case", scene.case.id, scene.now, scene.case.customer_id,
        {"reason": text, "roles": list(band.roles)},
    )  # fmt: skip
    return step


def _missing_roles(found: Weight, approvals: Iterable[Approval], left: Permission) -> tuple[str, ...]:
    """The roles that still have to agree."""
    codes = {one.code for one in left.reasons}
    roles: tuple[str, ...] = found.need.roles if "approval_missing" in codes else ()
    return (*roles, *found.need.second) if "second_approval_missing" in codes else roles


def _wait(scene: _Scene, roles: Iterable[str]) -> None:
    scene.case.waits_for = list(dict.fromkeys(roles))
    keep(scene.case)


def _refuse_without(reason: str) -> None:
    if not reason.strip():
        raise Refused([REASON_MISSING])


def _step(
    scene: _Scene, kind: str, reason: str, found: Weight | None = None, given: Terms | CaseStep | None = None
) -> CaseStep:
    """Write a step with the authority that the person had at this moment."""
    person = scene.person
    return CaseStep.objects.create(
        seller=scene.seller,
        case=scene.case,
        decision=scene.decision,
        number=CaseStep.objects.filter(case=scene.case).count() + 1,
        kind=kind,
        person_id=scene.actor.user_id,
        person_name=scene.actor.name,
        role=person.role,
        authority_minor=person.authority_minor,
        limit_minor=given.limit_minor if given else None,
        terms=given.terms if given else "",
        until=given.until if given else None,
        reason=reason.strip()[:1000],
        exposure_minor=found.exposure_minor if found else None,
        need=found.written() if found else None,
        at=scene.now,
    )
