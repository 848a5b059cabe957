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
from .authorisation.models import Authorisation, AuthorisationAnswer, AuthorisationCapture, Override, OverrideEnd
from .bureau.models import BureauAccount, BureauAttempt, BureauPurchase, BureauReportRow
from .decision.models import CaseStep, CreditCase, Decision, FinancialStatement, GivenFact
from .delegation.models import Delegation
from .hold.models import Hold
from .line.models import Line, LineChange
from .policy.models import PolicyBackTest, PolicyVersion

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
    "BureauAccount",
    "BureauAttempt",
    "BureauPurchase",
    "BureauReportRow",
    "CaseStep",
    "CreditCase",
    "Decision",
    "Delegation",
    "FinancialStatement",
    "GivenFact",
    "Hold",
    "Line",
    "LineChange",
    "Override",
    "OverrideEnd",
    "PolicyBackTest",
    "PolicyVersion",
]
