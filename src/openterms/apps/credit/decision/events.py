"""What credit cases announce."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from openterms.apps.tenancy.actor import Actor

from .models import CreditCase


@dataclass(frozen=True)
class CaseEnded:
    """A case is decided or withdrawn, by whom and when; the case stands as it was kept."""

    case: CreditCase
    actor: Actor
    now: datetime
