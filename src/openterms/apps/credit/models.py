"""Gathers the tables of this app's rooms."""

from .authorisation.models import Authorisation, AuthorisationAnswer, AuthorisationCapture, Override
from .hold.models import Hold
from .line.models import Line, LineChange

__all__ = ["Authorisation", "AuthorisationAnswer", "AuthorisationCapture", "Hold", "Line", "LineChange", "Override"]
