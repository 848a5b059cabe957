"""The policy that a case is decided under, read once for each text."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from openterms.apps.credit.policy.models import PolicyVersion, State
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.credit.policy import Policy, read_policy


def in_force(seller: Seller, currency: str, on: date) -> PolicyVersion:
    """The version in force for a currency on a day. Errors: there is none."""
    found = (
        PolicyVersion.objects.filter(
            seller=seller, currency=currency, state=State.PUBLISHED, effective_from__lte=on
        )
        .order_by("-effective_from")
        .first()
    )
    if found is None:
        raise BadInput(
            gettext_noop("No credit policy for %(currency)s is in force on %(day)s"),
            "currency",
            gettext_noop("Publish one, or choose a currency that has one"),
            {"currency": currency, "day": on.isoformat()},
        )
    return found


def policy_of(version: PolicyVersion) -> Policy:
    """The policy that a version's text says."""
    return _read(version.text)


@lru_cache(maxsize=64)
def _read(text: str) -> Policy:
    return read_policy(text)
