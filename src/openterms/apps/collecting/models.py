"""Gathers the tables of this app's rooms."""

from .asked.models import ClaimAsk
from .checklist.models import SixChecks
from .escalation.models import Agency, Matter, MatterItem, MatterStep
from .experiment.models import Experiment, ExperimentArm
from .late_charge.models import LateCharge, ReferenceRate, Waiver
from .outreach.models import (
    EventStep,
    MessageItem,
    OutreachHold,
    OutreachRefusal,
    OutreachRun,
    OutreachTimetable,
    PlannedRun,
)
from .pause.models import Consent, Pause, PauseItem
from .plan.models import Plan, PlanInstalment, PlanLine
from .promise.models import Promise, PromiseItem, PromiseState
from .proposal.models import ProposalKind, ReplyItem, ReplyProposal
from .reported_payment.models import ReportedPart, ReportedPayment
from .strategy.models import StepTaken, StrategyDraft, StrategyVersion
from .team.models import Absence, AssignmentRules
from .worklist.models import Activity, WorkItem

__all__ = [
    "Absence",
    "Activity",
    "Agency",
    "AssignmentRules",
    "ClaimAsk",
    "Consent",
    "EventStep",
    "Experiment",
    "ExperimentArm",
    "LateCharge",
    "Matter",
    "MatterItem",
    "MatterStep",
    "MessageItem",
    "OutreachHold",
    "OutreachRefusal",
    "OutreachRun",
    "OutreachTimetable",
    "Pause",
    "PauseItem",
    "Plan",
    "PlanInstalment",
    "PlanLine",
    "PlannedRun",
    "Promise",
    "PromiseItem",
    "PromiseState",
    "ProposalKind",
    "ReferenceRate",
    "ReplyItem",
    "ReplyProposal",
    "ReportedPart",
    "ReportedPayment",
    "SixChecks",
    "StepTaken",
    "StrategyDraft",
    "StrategyVersion",
    "Waiver",
    "WorkItem",
]
