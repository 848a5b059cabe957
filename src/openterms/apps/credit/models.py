"""Gathers the tables of this app's rooms."""

from .authorisation.models import Authorisation, AuthorisationAnswer, AuthorisationCapture
from .hold.models import Hold
from .line.models import Line, LineChange
from .policy.models import PolicyVersion

__all__ = [
    "Authorisation",
    "AuthorisationAnswer",
    "AuthorisationCapture",
    "Hold",
    "Line",
    "LineChange",
    "PolicyVersion",
]
