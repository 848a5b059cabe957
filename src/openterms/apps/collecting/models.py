"""Gathers the tables of this app's rooms."""

from .late_charge.models import LateCharge, ReferenceRate, Waiver
from .pause.models import Consent, Pause, PauseItem
from .promise.models import Promise, PromiseItem, PromiseState
from .strategy.models import StepTaken, StrategyVersion
from .team.models import Absence, AssignmentRules
from .worklist.models import Activity, WorkItem

__all__ = [
    "Absence",
    "Activity",
    "AssignmentRules",
    "Consent",
    "LateCharge",
    "Pause",
    "PauseItem",
    "Promise",
    "PromiseItem",
    "PromiseState",
    "ReferenceRate",
    "StepTaken",
    "StrategyVersion",
    "Waiver",
    "WorkItem",
]
