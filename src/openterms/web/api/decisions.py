"""What an answer to an order was given on: the stored facts, rules and reasons, as they were."""

from __future__ import annotations

from datetime import UTC
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from openterms.apps.credit.authorisation.answers import reasons_read
from openterms.apps.credit.authorisation.models import Authorisation

from .authorisations import limit_shown, money
from .door import Call, door
from .problems import Problem, told


@door("read", "GET")
def decision(call: Call, decision_id: UUID) -> dict[str, Any]:
    """The decision of an order by its id: nothing of it changes, whatever becomes of the order."""
    kept = (
        Authorisation.objects.filter(seller=call.seller, id=decision_id)
        .select_related("customer", "policy_version", "override")
        .first()
    )
    if kept is None:
        raise Problem(404, "not_found", _("There is nothing at this address."))
    currency, version = kept.currency, kept.policy_version
    return {
        "id": str(kept.id),
        "customer": kept.customer.number,
        "order_ref": kept.order_ref,
        "decided_at": kept.authorised_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "currency": currency,
        "amount": money(kept.requested_minor, currency),
        "prepaid_amount": money(kept.prepaid_minor, currency),
        "approved_amount": money(kept.approved_minor, currency),
        "limit": limit_shown(kept.limit_minor, kept.is_unlimited, currency),
        "headroom_before": limit_shown(kept.headroom_minor, kept.is_unlimited, currency),
        "policy": {"code": version.code, "number": version.number, "hash": version.hash} if version else None,
        "facts": kept.seen,
        "rules": kept.rules,
        "reasons": told(reasons_read(kept.reasons)),
        "overridden": told(reasons_read(kept.overridden)),
        "override": {"by": kept.override.actor, "reason": kept.override.reason} if kept.override else None,
    }
