"""Gathers the tables of this app's rooms."""

from .plan.models import Plan, PlanInstalment, PlanLine
from .promise.models import Promise, PromiseItem, PromiseState
from .reported_payment.models import ReportedPart, ReportedPayment
from .strategy.models import StepTaken, StrategyVersion
from .worklist.models import Activity, WorkItem

__all__ = [
    "Activity",
    "Plan",
    "PlanInstalment",
    "PlanLine",
    "Promise",
    "PromiseItem",
    "PromiseState",
    "ReportedPart",
    "ReportedPayment",
    "StepTaken",
    "StrategyVersion",
    "WorkItem",
]
