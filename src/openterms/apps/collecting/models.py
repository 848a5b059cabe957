"""Gathers the tables of this app's rooms."""

from .late_charge.models import LateCharge, ReferenceRate, Waiver
from .pause.models import Consent, Pause, PauseItem
from .plan.models import Plan, PlanInstalment, PlanLine
from .promise.models import Promise, PromiseItem, PromiseState
from .reported_payment.models import ReportedPart, ReportedPayment
from .strategy.models import StepTaken, StrategyVersion
from .worklist.models import Activity, WorkItem

__all__ = [
    "Activity",
    "Consent",
    "LateCharge",
    "Pause",
    "PauseItem",
    "Plan",
    "PlanInstalment",
    "PlanLine",
    "Promise",
    "PromiseItem",
    "PromiseState",
    "ReferenceRate",
    "ReportedPart",
    "ReportedPayment",
    "StepTaken",
    "StrategyVersion",
    "Waiver",
    "WorkItem",
]
