"""Set credit lines."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.ledger.reads import base_rate
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.money import exponent, format_amount
from openterms.core.base.reasons import Reason, gettext_noop

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
    """Set a customer's limit in a currency; `None` means no limit is set, which is neither zero nor unlimited.

    Holds at once. Refused: a person beyond their authority. Errors: a date to come or before the last change.
    """
    exponent(currency)
    if limit_minor is not None and (limit_minor < 0 or is_unlimited):
        raise BadInput(
            gettext_noop("A limit is zero or more, and not both a figure and unlimited"),
            where="limit",
            remedy=gettext_noop("Give an amount such as 1000.00, or unlimited"),
        )
    if not reason.strip():
        raise BadInput(gettext_noop("The reason is empty"), "reason", gettext_noop("Say why the limit changes"))
    refuse_beyond_authority(seller, actor, currency, limit_minor, is_unlimited, now)
    with transaction.atomic():
        with locking():
            line, _ = Line.objects.select_for_update().get_or_create(
                seller=seller, customer=customer, currency=currency
            )
        _refuse_date(seller, line, valid_from, now)
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


BEYOND_AUTHORITY = Reason(
    "beyond_authority",
    gettext_noop("%(limit)s %(currency)s is more than this person may grant."),
    "",
    gettext_noop("Ask somebody with an authority of at least that amount."),
)
NO_AUTHORITY = Reason(
    "no_authority",
    gettext_noop("A person with the role %(role)s does not set credit limits."),
    "",
    gettext_noop("Ask a credit manager."),
)
GRANTERS = ("credit_manager", "analyst")


def refuse_beyond_authority(
    seller: Seller, actor: Actor, currency: str, limit_minor: int | None, is_unlimited: bool, now: datetime
) -> None:
    """Held here and not by a door: whoever calls, a person grants no more than the seller gave them to grant."""
    if actor.role is None:
        return
    if actor.role not in GRANTERS:
        raise Refused([NO_AUTHORITY.given(role=actor.role)])
    if is_unlimited:
        raise Refused([BEYOND_AUTHORITY.given(limit="\u221e", currency=currency)])
    if limit_minor is None:
        return
    rate = base_rate(seller, currency, local_date(now, seller.timezone))
    if rate.to_base(limit_minor) > actor.authority_minor:
        raise Refused([BEYOND_AUTHORITY.given(limit=format_amount(limit_minor, currency), currency=currency)])


def _refuse_date(seller: Seller, line: Line, valid_from: date, now: datetime) -> None:
    """A line holds what was set last, so changes are set in order and not ahead of their day."""
    last = LineChange.objects.filter(line=line).order_by("-valid_from").values_list("valid_from", flat=True).first()
    today = local_date(now, seller.timezone)
    if valid_from > today or (last is not None and valid_from < last):
        raise BadInput(
            gettext_noop("A limit cannot be set for %(day)s"),
            where="valid_from",
            remedy=gettext_noop("Give a day from %(first)s to %(last)s"),
            params={
                "day": valid_from.isoformat(),
                "first": last.isoformat() if last else date.min.isoformat(),
                "last": today.isoformat(),
            },
        )
