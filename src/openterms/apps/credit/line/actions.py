"""Set credit lines."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.money import exponent
from openterms.core.base.reasons import gettext_noop

from .models import Line, LineChange


def set_line(
    seller: Seller,
    actor: Actor,
    customer: Customer,
    currency: str,
    limit_minor: int | None,
    reason: str,
    valid_from: date,
    now: datetime,
    is_unlimited: bool = False,
) -> Line:
    """Set a customer's limit in a currency; `None` means no limit is set, which is neither zero nor unlimited."""
    exponent(currency)
    if limit_minor is not None and (limit_minor < 0 or is_unlimited):
        raise BadInput(
            gettext_noop("A limit is zero or more, and not both a figure and unlimited"),
            where="limit",
            remedy=gettext_noop("Give an amount such as 1000.00, or unlimited"),
        )
    if not reason.strip():
        raise BadInput(gettext_noop("The reason is empty"), "reason", gettext_noop("Say why the limit changes"))
    with transaction.atomic():
        line, _ = Line.objects.select_for_update().get_or_create(seller=seller, customer=customer, currency=currency)
        before = "unlimited" if line.is_unlimited else line.limit_minor
        line.limit_minor, line.is_unlimited = limit_minor, is_unlimited
        line.save(update_fields=["limit_minor", "is_unlimited"])
        LineChange.objects.create(
            seller=seller,
            line=line,
            customer=customer,
            currency=currency,
            limit_minor=limit_minor,
            is_unlimited=is_unlimited,
            valid_from=valid_from,
            actor_id=actor.user_id,
            reason=reason.strip(),
        )
        record(
            seller.id, actor, "line_set", "line", line.id, now, customer.id,
            {"before": before, "after": "unlimited" if is_unlimited else limit_minor, "currency": currency,
             "reason": reason.strip()},
        )  # fmt: skip
    return line
