"""Gathers the tables of this app's rooms."""

from .backtest.models import BackTestRun
from .day.models import DailyCustomer, DailyTotal, DayRun
from .importing.models import ImportRun

__all__ = ["BackTestRun", "DailyCustomer", "DailyTotal", "DayRun", "ImportRun"]
