"""Gathers the tables of this app's rooms."""

from .day.models import DailyCustomer, DailyTotal, DayRun
from .importing.models import ImportRun

__all__ = ["DailyCustomer", "DailyTotal", "DayRun", "ImportRun"]
