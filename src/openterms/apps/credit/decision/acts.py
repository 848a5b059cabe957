"""What people do about a credit case: recommend, override, approve, reject, escalate, take on, withdraw."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.models import Seller, User
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.credit.authority import Approval, Permission, Person, is_approved, may_approve
from openterms.core.credit.evaluation import asked_terms
from openterms.core.credit.policy import Policy
from openterms.core.receivables.terms import parse_terms

from .actions import close, grant, keep, locked_case, step_due
from .models import CaseState, CaseStep, CreditCase, Decision, StepKind
from .policies import policy_of
from .rights import (
    PROPOSERS,
    Weight,
    against_strangers,
    as_proposal,
    first_allowed,
    flags_of,
    hands_of,
    may_override,
    next_level,
    person_need,
    proposal_steps,
    weight,
)

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


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What is proposed: a limit in minor units of the case's currency, payment terms (empty: as decided), and the last
    day of a temporary limit."""

    limit_minor: int
    terms: str = ""
    until: date | None = None


@dataclass(frozen=True)
class Scene:
    """A locked case with what an act about it needs to know."""

    seller: Seller
    case: CreditCase
    decision: Decision
    policy: Policy
    outcome: dict[str, Any]
    person: Person
    hands: tuple[Person, ...]
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
        person, against = first_allowed(
            scene.hands, lambda one: may_override(seller, one, found, scene.today, reason or "given above")
        )
        refusals += [] if person else against
        if refusals or person is None:
            raise Refused(refusals)
        return _propose(replace(scene, person=person), StepKind.OVERRIDE, given, reason, found)


def approve(
    seller: Seller,
    actor: Actor,
    case_id: UUID,
    proposal: int | None,
    now: datetime,
    reason: str = "",
    answer_by: date | None = None,
) -> CaseStep:
    """Agree to what is proposed. With the last approval that is needed, the line changes in the same transaction; with
    `answer_by` it is offered to the customer through that day instead, and changes once it is accepted.

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
        asked = as_proposal(seller, scene.policy, proposed, given, found.base_minor)
        person, against = first_allowed(
            scene.hands, lambda one: may_approve(one, asked, found.wide, scene.today, reason)
        )
        if person is None:
            raise Refused(against)
        scene = replace(scene, person=person)
        step = write_step(scene, StepKind.APPROVE, reason, found, proposed)
        approvals = (*asked.approvals, Approval(scene.person, scene.today, reason))
        whole = replace(asked, approvals=approvals)
        left = is_approved(whole, found.wide, scene.today)
        if left.is_given:
            why = proposed.reason or scene.case.reason or gettext_noop("Granted by a credit decision.")
            grant(
                seller, actor, scene.case, scene.decision, proposed.limit_minor or 0, proposed.terms, proposed.until,
                why[:500], now, answer_by,
            )  # fmt: skip
        else:
            wait_for(scene, _missing_roles(found, approvals, left))
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
        step = write_step(scene, StepKind.REJECT, reason)
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
        return raise_level(scene, reason)


def take(seller: Seller, actor: Actor, case_id: UUID, now: datetime) -> CaseStep:
    """Say that one works on a case. Refused: a role with no part in cases, a closed case; busy."""
    with transaction.atomic():
        scene = _scene(seller, actor, case_id, now)
        step = write_step(scene, StepKind.TAKE, "")
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
        step = write_step(scene, StepKind.WITHDRAW, reason)
        close(scene.case, CaseState.WITHDRAWN, actor, now)
        record(
            seller.id, actor, "case_withdrawn", "case", scene.case.id, now, scene.case.customer_id,
            {"reason": reason.strip()},
        )  # fmt: skip
    return step


def _scene(seller: Seller, actor: Actor, case_id: UUID, now: datetime) -> Scene:
    """Lock the case and the person; refuse who has no part in it."""
    case = locked_case(seller, case_id)
    found = seen(seller, actor, case, hands_of(seller, actor, local_date(now, seller.timezone)), now)
    person, against = first_allowed(found.hands, lambda one: against_strangers(one, found.policy))
    if person is None:
        raise Refused(against)
    return replace(found, person=person)


def seen(seller: Seller, actor: Actor, case: CreditCase, hands: tuple[Person, ...], now: datetime) -> Scene:
    """A locked case with its last decision and that one's policy."""
    decision = Decision.objects.filter(case=case).select_related("policy_version").order_by("-number").first()
    if decision is None:
        raise Refused([NOTHING_PROPOSED])
    outcome: dict[str, Any] = json.loads(decision.kept)["outcome"]
    return Scene(seller, case, decision, policy_of(decision.policy_version), outcome, hands[0], hands, actor, now)


def _given(scene: Scene, wanted: Terms) -> Terms:
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


def _is_above(scene: Scene, given: Terms) -> bool:
    """Whether it is more than the policy's answer: a higher limit, or a longer time to pay than decided."""
    outcome = scene.outcome
    if outcome["outcome"] == "decline":
        return True
    most = outcome["limit_minor"] if outcome["limit_minor"] is not None else outcome["suggestion"]["limit_minor"]
    if most is None or given.limit_minor > most:
        return True
    decided, wanted = asked_terms(outcome["terms"]), asked_terms(given.terms)
    return decided is not None and wanted is not None and wanted.days > decided.days


def _propose(scene: Scene, kind: str, given: Terms, reason: str, found: Weight) -> CaseStep:
    step = write_step(scene, kind, reason, found, given)
    wait_for(scene, (*found.need.roles, *found.need.second))
    record(
        scene.seller.id, scene.actor, f"case_{'recommended' if kind == StepKind.RECOMMEND else 'overridden'}", "case",
        scene.case.id, scene.now, scene.case.customer_id,
        {"limit_minor": given.limit_minor, "currency": scene.case.currency, "terms": given.terms,
         "until": given.until.isoformat() if given.until else None, "reason": reason.strip(),
         "exposure_minor": found.exposure_minor, "roles": list(found.need.roles)},
    )  # fmt: skip
    return step


def raise_level(scene: Scene, reason: str | Reason) -> CaseStep:
    """Give a locked case to the band above. Refused: the highest has it."""
    proposed, _ = proposal_steps(scene.case, scene.decision)
    if proposed is not None:
        need = scene.weigh(proposed.limit_minor, proposed.kind).need
    else:
        asked = scene.case.limit_minor or scene.decision.granted_minor or scene.decision.suggested_minor or 0
        need = person_need(scene.policy, asked, flags_of(scene.outcome, ""), scene.case.level)
    level = next_level(scene.policy, need)
    if level is None:
        raise Refused([HIGHEST_AUTHORITY])
    step = write_step(scene, StepKind.ESCALATE, reason)
    band = scene.policy.authority.bands[level]
    scene.case.level, scene.case.handler_id = level, None
    scene.case.due_at = step_due(scene.seller, scene.now, scene.case.answer_by)
    waits = (*band.roles, *band.second) if proposed is not None else (*PROPOSERS, *band.roles, *band.second)
    wait_for(scene, waits)
    record(
        scene.seller.id, scene.actor, "case_escalated", "case", scene.case.id, scene.now, scene.case.customer_id,
        {"reason": step.reason, "roles": list(band.roles)} | ({"said": step.said} if step.said else {}),
    )  # fmt: skip
    return step


def _missing_roles(found: Weight, approvals: Iterable[Approval], left: Permission) -> tuple[str, ...]:
    """The roles that still have to agree."""
    codes = {one.code for one in left.reasons}
    roles: tuple[str, ...] = found.need.roles if "approval_missing" in codes else ()
    return (*roles, *found.need.second) if "second_approval_missing" in codes else roles


def wait_for(scene: Scene, roles: Iterable[str]) -> None:
    """Say which roles may act on a locked case next."""
    scene.case.waits_for = list(dict.fromkeys(roles))
    keep(scene.case)


def _refuse_without(reason: str) -> None:
    if not reason.strip():
        raise Refused([REASON_MISSING])


def write_step(
    scene: Scene, kind: str, reason: str | Reason, found: Weight | None = None,
    given: Terms | CaseStep | None = None,
) -> CaseStep:  # fmt: skip
    """Write a step with the authority that the person had at this moment. A `Reason` is one of the product's own: it
    is kept by its code and values, and said to each reader in their language."""
    person, said = scene.person, None
    if isinstance(reason, Reason):
        said = {"code": reason.code, "staff": reason.staff, "params": dict(reason.params)}
        reason = reason.staff_text()
    return CaseStep.objects.create(
        seller=scene.seller,
        case=scene.case,
        decision=scene.decision,
        number=CaseStep.objects.filter(case=scene.case).count() + 1,
        kind=kind,
        person_id=scene.actor.user_id,
        person_name=scene.actor.name,
        acts_for_id=person.acts_for,
        acts_for_name=str(User.objects.get(id=person.acts_for)) if person.acts_for else "",
        role=person.role,
        authority_minor=person.authority_minor,
        limit_minor=given.limit_minor if given else None,
        terms=given.terms if given else "",
        until=given.until if given else None,
        reason=reason.strip()[:1000],
        said=said,
        exposure_minor=found.exposure_minor if found else None,
        need=found.written() if found else None,
        at=scene.now,
    )
