"""Gathers the tables of this app's rooms."""

from .asked.models import ClaimAsk
from .escalation.models import Agency, Matter, MatterItem, MatterStep
from .late_charge.models import LateCharge, ReferenceRate, Waiver
from .pause.models import Consent, Pause, PauseItem
from .plan.models import Plan, PlanInstalment, PlanLine
from .promise.models import Promise, PromiseItem, PromiseState
from .proposal.models import ProposalKind, ReplyItem, ReplyProposal
from .reported_payment.models import ReportedPart, ReportedPayment
from .strategy.models import StepTaken, StrategyVersion
from .worklist.models import Activity, WorkItem

__all__ = [
    "Activity",
    "Agency",
    "ClaimAsk",
    "Consent",
    "LateCharge",
    "Matter",
    "MatterItem",
    "MatterStep",
    "Pause",
    "PauseItem",
    "Plan",
    "PlanInstalment",
    "PlanLine",
    "Promise",
    "PromiseItem",
    "PromiseState",
    "ProposalKind",
    "ReferenceRate",
    "ReplyItem",
    "ReplyProposal",
    "ReportedPart",
    "ReportedPayment",
    "StepTaken",
    "StrategyVersion",
    "Waiver",
    "WorkItem",
]
