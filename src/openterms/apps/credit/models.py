"""Gathers the tables of this app's rooms."""

from .application.models import (
    Application,
    ApplicationAcceptance,
    ApplicationCheck,
    ApplicationFile,
    ApplicationForm,
    ApplicationKey,
    ApplicationReference,
    ApplicationStart,
)
from .authorisation.models import Authorisation, AuthorisationAnswer, AuthorisationCapture
from .hold.models import Hold
from .line.models import Line, LineChange

__all__ = [
    "Application",
    "ApplicationAcceptance",
    "ApplicationCheck",
    "ApplicationFile",
    "ApplicationForm",
    "ApplicationKey",
    "ApplicationReference",
    "ApplicationStart",
    "Authorisation",
    "AuthorisationAnswer",
    "AuthorisationCapture",
    "Hold",
    "Line",
    "LineChange",
]
