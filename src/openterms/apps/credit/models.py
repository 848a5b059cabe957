"""Gathers the tables of this app's rooms."""

from .application.models import (
    Application,
    ApplicationAcceptance,
    ApplicationAsk,
    ApplicationCheck,
    ApplicationFile,
    ApplicationForm,
    ApplicationKey,
    ApplicationReference,
    ApplicationStart,
)
from .authorisation.models import Authorisation, AuthorisationAnswer, AuthorisationCapture, Override
from .bureau.models import BureauAccount, BureauAttempt, BureauPurchase, BureauReportRow
from .decision.models import CaseStep, CreditCase, Decision, FinancialStatement, GivenFact
from .hold.models import Hold
from .letter.models import CreditLetter
from .line.models import Line, LineChange
from .policy.models import PolicyVersion

__all__ = [
    "Application",
    "ApplicationAcceptance",
    "ApplicationAsk",
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
    "CreditLetter",
    "Decision",
    "FinancialStatement",
    "GivenFact",
    "Hold",
    "Line",
    "LineChange",
    "Override",
    "PolicyVersion",
]
