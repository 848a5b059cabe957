"""Gathers the tables of this app's rooms."""

from .promise.models import Promise, PromiseItem, PromiseState
from .strategy.models import StepTaken, StrategyVersion
from .worklist.models import Activity, WorkItem

__all__ = ["Activity", "Promise", "PromiseItem", "PromiseState", "StepTaken", "StrategyVersion", "WorkItem"]
