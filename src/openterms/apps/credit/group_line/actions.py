"""Set the lines of groups."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from openterms.apps.credit.line.actions import refuse_beyond_authority, refuse_role
from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Group
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.money import exponent
from openterms.core.base.reasons import Reason, gettext_noop

from .models import GroupLine, GroupLineChange

OTHER_CURRENCY = Reason(
    "group_line_other_currency",
    gettext_noop("The group's line is in %(currency)s."),
    remedy=gettext_noop("Take its limit away first, or set it in that currency."),
)


def set_group_line(
    seller: Seller, actor: Actor, group: Group, currency: str, limit_minor: int | None, reason: str, now: datetime
) -> GroupLine:
    """Set the limit of a group's customers together, in minor units; None takes the limit of the group away.

    Orders of every member are held to it beside their own lines. Refused: a person beyond their authority (without a
    limit nobody is held back, so that takes as much as any: the limit that stands); a line in another currency; busy.
    Errors: no reason, a limit below zero.
    """
    exponent(currency)
    if limit_minor is not None and limit_minor < 0:
        raise BadInput(gettext_noop("A limit is zero or more"), "limit", gettext_noop("Give an amount such as 1000.00"))
    if not reason.strip():
        raise BadInput(gettext_noop("The reason is empty"), "reason", gettext_noop("Say why the limit changes"))
    refuse_role(actor)
    with transaction.atomic():
        with locking():
            line, _ = GroupLine.objects.select_for_update().get_or_create(
                seller=seller, group=group, defaults={"currency": currency}
            )
        if line.currency != currency and line.limit_minor is not None:
            raise Refused([OTHER_CURRENCY.given(currency=line.currency)])
        before = line.limit_minor
        weighed = limit_minor if limit_minor is not None else before
        if before is None or limit_minor is None or limit_minor > before:
            refuse_beyond_authority(seller, actor, currency, weighed, False, now)
        line.currency, line.limit_minor = currency, limit_minor
        line.save(update_fields=["currency", "limit_minor"])
        GroupLineChange.objects.create(
            seller=seller, line=line, currency=currency, limit_minor=limit_minor, reason=reason.strip()[:500],
            valid_from=local_date(now, seller.timezone), actor_id=actor.user_id,
        )  # fmt: skip
        record(
            seller.id, actor, "group_line_set", "group_line", line.id, now, None,
            {"group": group.code, "name": group.name, "before": before, "after": limit_minor, "currency": currency,
             "reason": reason.strip()},
        )  # fmt: skip
    return line
