"""Gathers the tables of this app's rooms."""

from .checklist.models import SixChecks
from .experiment.models import Experiment
from .outreach.models import EventStep, MessageItem, OutreachHold, OutreachRefusal, OutreachRun
from .promise.models import Promise, PromiseItem, PromiseState
from .strategy.models import StepTaken, StrategyDraft, StrategyVersion
from .worklist.models import Activity, WorkItem

__all__ = [
    "Activity", "EventStep", "Experiment", "MessageItem", "OutreachHold", "OutreachRefusal", "OutreachRun", "Promise",
    "PromiseItem", "PromiseState", "SixChecks", "StepTaken", "StrategyDraft", "StrategyVersion", "WorkItem",
]  # fmt: skip
