"""The policy that a case is decided under."""

from __future__ import annotations

from datetime import date

from openterms.apps.credit.policy.models import PolicyVersion
from openterms.apps.credit.policy.reads import parsed as policy_of
from openterms.apps.credit.policy.reads import policy_on
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop

__all__ = ["in_force", "policy_of"]


def in_force(seller: Seller, currency: str, on: date) -> PolicyVersion:
    """The version in force for a currency on a day. Errors: there is none."""
    found = policy_on(seller, currency, on)
    if found is None:
        raise BadInput(
            gettext_noop("No credit policy for %(currency)s is in force on %(day)s"),
            "currency",
            gettext_noop("Publish one, or choose a currency that has one"),
            {"currency": currency, "day": on.isoformat()},
        )
    return found
