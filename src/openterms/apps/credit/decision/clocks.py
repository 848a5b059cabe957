"""What time does to credit cases: who is away is stood in for, what nobody acts on goes up, approvals lapse."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from openterms.apps.credit.delegation.reads import stands_in_for
from openterms.apps.journal.actions import record
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import Refused
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.credit.authority import Person, has_expired

from .actions import STEP_DAYS, keep, locked_case, step_due
from .acts import Scene, raise_level, seen, wait_for, write_step
from .models import CaseState, CaseStep, CreditCase, StepKind
from .rights import as_proposal, proposal_steps

MOST_AT_ONCE = 200
NOBODY = (Person("", ""),)

OVERDUE_ESCALATED = Reason("case_overdue_escalated", gettext_noop("Nobody acted within %(days)s working days."))
HANDED_ON = Reason("case_handed_on", gettext_noop("%(name)s is away; %(holder)s stands in until %(last)s."))
LAPSED = Reason(
    "case_approval_lapsed",
    gettext_noop("The approval by %(name)s was not followed by another within %(days)s days."),
)


def escalate_overdue(seller: Seller, now: datetime) -> int:
    """Act on every open case whose clock has run out; returns how many.

    Where its handler is away and somebody stands in who is not away as well, that person gets it, with a clock of
    their own; else it goes to the next authority. Up to 200, each in a transaction of its own, in order of id; those
    with the highest authority stay there. Refused: busy.
    """
    due = CreditCase.objects.filter(seller=seller, state=CaseState.OPEN, can_escalate=True, due_at__lte=now)
    ids = sorted(due.order_by("due_at", "id").values_list("id", flat=True)[:MOST_AT_ONCE])
    raised = 0
    for case_id in ids:
        with transaction.atomic():
            case = _still_open(seller, case_id)
            if case is None or case.due_at > now or not case.can_escalate:
                continue
            scene = seen(seller, SYSTEM, case, NOBODY, now)
            try:
                if not _hand_on(scene):
                    raise_level(scene, OVERDUE_ESCALATED.given(days=STEP_DAYS))
                raised += 1
            except Refused:
                case.can_escalate = False
                case.save(update_fields=["can_escalate"])
    return raised


def lapse_approvals(seller: Seller, now: datetime) -> int:
    """Note, as a step, every approval that waited for another one longer than its policy allows; returns how many
    cases. The case waits for all who must agree again. Up to 200. Refused: busy."""
    since = CaseStep.objects.filter(case=OuterRef("pk"), kind=StepKind.APPROVE)
    waiting = CreditCase.objects.filter(Exists(since), seller=seller, state=CaseState.OPEN).order_by("id")
    lapsed = 0
    for case_id in list(waiting.values_list("id", flat=True)):
        with transaction.atomic():
            case = _still_open(seller, case_id)
            if case is not None and _lapse(seen(seller, SYSTEM, case, NOBODY, now)):
                lapsed += 1
        if lapsed == MOST_AT_ONCE:
            break
    return lapsed


def _still_open(seller: Seller, case_id: UUID) -> CreditCase | None:
    """The case, locked; None where it was decided a moment ago. Refused: busy."""
    try:
        return locked_case(seller, case_id)
    except Refused as refusal:
        if refusal.first.code == "busy":
            raise
        return None


def _hand_on(scene: Scene) -> bool:
    """Give a case to who stands in for its handler; whether there is such a person."""
    case, on = scene.case, scene.today
    found = stands_in_for(scene.seller, case.handler_id, on) if case.handler_id else None
    if found is None or stands_in_for(scene.seller, found.holder_id, on) is not None:
        return False
    said = {"name": str(found.giver), "holder": str(found.holder), "last": found.last.isoformat()}
    write_step(scene, StepKind.HAND_ON, HANDED_ON.given(**said))
    case.handler_id, case.due_at = found.holder_id, step_due(scene.seller, scene.now, case.answer_by)
    keep(case)
    record(scene.seller.id, SYSTEM, "case_handed_on", "case", case.id, scene.now, case.customer_id, said)
    return True


def _lapse(scene: Scene) -> bool:
    proposed, approvals = proposal_steps(scene.case, scene.decision)
    if proposed is None or not approvals:
        return False
    noted = CaseStep.objects.filter(case=scene.case, kind=StepKind.LAPSE).order_by("-number").first()
    found = scene.weigh(proposed.limit_minor, proposed.kind)
    proposal = as_proposal(scene.seller, scene.policy, proposed, approvals, found.base_minor)
    days = scene.policy.authority.approval_days
    gone = [
        step
        for step, approval in zip(approvals, proposal.approvals, strict=True)
        if has_expired(approval, scene.today, days) and (noted is None or noted.number < step.number)
    ]
    if not gone:
        return False
    names = ", ".join(step.person_name for step in gone)
    step = write_step(scene, StepKind.LAPSE, LAPSED.given(name=names, days=days), found, proposed)
    wait_for(scene, (*found.need.roles, *found.need.second))
    record(
        scene.seller.id, SYSTEM, "case_approval_lapsed", "case", scene.case.id, scene.now, scene.case.customer_id,
        {"names": names, "days": days, "step": step.number},
    )  # fmt: skip
    return True
