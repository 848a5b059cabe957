"""Gathers the tables of this app's rooms."""

from .hold.models import Hold
from .line.models import Line, LineChange

__all__ = ["Hold", "Line", "LineChange"]
