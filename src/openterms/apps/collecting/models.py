"""Gathers the tables of this app's rooms."""

from .late_charge.models import LateCharge, ReferenceRate, Waiver
from .pause.models import Consent, Pause, PauseItem
from .promise.models import Promise, PromiseItem, PromiseState
from .strategy.models import StepTaken, StrategyVersion
from .worklist.models import Activity, WorkItem

__all__ = [
    "Activity",
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
