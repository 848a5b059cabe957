"""Gathers the tables of this app's rooms."""

from .day.models import DailyCustomer, DailyTotal, DayRun
from .importing.models import ImportRun
from .trial.models import BackTestRun

__all__ = ["BackTestRun", "DailyCustomer", "DailyTotal", "DayRun", "ImportRun"]
