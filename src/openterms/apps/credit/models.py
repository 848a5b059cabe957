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
from .authorisation.models import Authorisation, AuthorisationAnswer, AuthorisationCapture, Override, OverrideEnd
from .bureau.models import BureauAccount, BureauAttempt, BureauPurchase, BureauReportRow
from .cover.models import Cover
from .decision.models import CaseStep, CreditCase, Decision, FinancialStatement, GivenFact
from .delegation.models import Delegation
from .group_line.models import GroupLine, GroupLineChange
from .hold.models import Hold
from .letter.models import CreditLetter, LetterMail
from .line.models import Line, LineChange, LineStep
from .mass_change.models import MassChange, MassChangeRow
from .offer.models import Offer
from .policy.models import PolicyBackTest, PolicyVersion
from .review.models import Review, ReviewStep

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
    "Cover",
    "CreditCase",
    "CreditLetter",
    "Decision",
    "Delegation",
    "FinancialStatement",
    "GivenFact",
    "GroupLine",
    "GroupLineChange",
    "Hold",
    "LetterMail",
    "Line",
    "LineChange",
    "LineStep",
    "MassChange",
    "MassChangeRow",
    "Offer",
    "Override",
    "OverrideEnd",
    "PolicyBackTest",
    "PolicyVersion",
    "Review",
    "ReviewStep",
]
