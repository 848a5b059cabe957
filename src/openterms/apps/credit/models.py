"""Gathers the tables of this app's rooms."""

from .authorisation.models import Authorisation, AuthorisationAnswer, AuthorisationCapture
from .decision.models import CaseStep, CreditCase, Decision, FinancialStatement, GivenFact
from .hold.models import Hold
from .line.models import Line, LineChange
from .policy.models import PolicyVersion

__all__ = [
    "Authorisation",
    "AuthorisationAnswer",
    "AuthorisationCapture",
    "CaseStep",
    "CreditCase",
    "Decision",
    "FinancialStatement",
    "GivenFact",
    "Hold",
    "Line",
    "LineChange",
    "PolicyVersion",
]
