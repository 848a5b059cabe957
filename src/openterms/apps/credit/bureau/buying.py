"""What a purchase is made of: reserved in one transaction, kept or given up in another; the network lies between."""

from __future__ import annotations

import calendar
import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Sum

from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.locks import locking
from openterms.core.base.money import format_amount
from openterms.core.base.reasons import Reason
from openterms.core.base.reasons import gettext_noop as _

from .fetching import MOST_SECONDS, Fetched
from .models import COUNTED, BureauAccount, BureauAttempt, BureauPurchase, BureauReportRow

RESERVED_SECONDS = MOST_SECONDS + 60
"""After so long a reservation whose process ended may be taken over."""

OVER_BUDGET = Reason(
    "bureau_over_budget",
    _("The month's budget of %(account)s would be passed: %(spent)s of %(budget)s %(currency)s are spent."),
    "",
    _("raise the budget, or wait for the next month"),
)
UNDER_WAY = Reason(
    "report_under_way",
    _("This report is being fetched already."),
    "",
    _("look again in a minute"),
)
SPENT_TODAY = Reason(
    "report_spent_today",
    _("The bureau was asked today and gave no usable report: %(fault)s"),
    "",
    _("ask the bureau what it delivered, and try again tomorrow"),
)
FETCH_FAILED = Reason(
    "report_failed",
    _("The bureau gave no report: %(fault)s"),
    "",
    _("try again later"),
)


@dataclass(frozen=True, slots=True)
class Reserved:
    """What a reservation came to: a purchase to carry out, a report that is there already, or why there is neither."""

    purchase: BureauPurchase | None = None
    report: BureauReportRow | None = None
    reason: Reason | None = None


def reserve(account: BureauAccount, customer: Customer, on: date, now: datetime, reason: str) -> Reserved:
    """Reserve one report, inside the caller's transaction. One at a time for an account: its budget gets scarcer.

    A report younger than the account's age rule, or bought today, is used instead. Refused: busy.
    """
    with locking():
        account = BureauAccount.objects.select_for_update().get(seller_id=account.seller_id, id=account.id)
    cached = fresh_report(account, customer, on)
    if cached is not None:
        return Reserved(report=cached)
    earlier = BureauPurchase.objects.filter(
        seller_id=account.seller_id, account=account, customer=customer, bought_on=on, state__in=COUNTED
    ).first()
    if earlier is not None:
        return _again(earlier, now)
    spent = spent_in_month(account, on)
    if account.budget_minor is not None and spent + account.cost_minor > account.budget_minor:
        currency = account.seller.currency
        return Reserved(
            reason=OVER_BUDGET.given(
                account=account.code,
                spent=format_amount(spent, currency),
                budget=format_amount(account.budget_minor, currency),
                currency=currency,
            )
        )
    purchase = BureauPurchase.objects.create(
        seller_id=account.seller_id, account=account, customer=customer, bought_on=on, cost_minor=account.cost_minor,
        reason=reason[:500], reserved_until=now + timedelta(seconds=RESERVED_SECONDS),
    )  # fmt: skip
    return Reserved(purchase)


def _again(earlier: BureauPurchase, now: datetime) -> Reserved:
    """A purchase of the same day: kept, spent, under way, or left behind by a process that ended."""
    if earlier.state == "kept":
        return Reserved(report=BureauReportRow.objects.get(purchase=earlier))
    if earlier.state == "spent":
        return Reserved(reason=SPENT_TODAY.given(fault=earlier.fault))
    if earlier.reserved_until > now:
        return Reserved(reason=UNDER_WAY)
    earlier.reserved_until = now + timedelta(seconds=RESERVED_SECONDS)
    earlier.save(update_fields=["reserved_until"])
    return Reserved(earlier)


def fresh_report(account: BureauAccount, customer: Customer, on: date) -> BureauReportRow | None:
    """The newest report of an account on a customer that is not older than its age rule on a day."""
    return (
        BureauReportRow.objects.filter(
            seller_id=account.seller_id, account=account, customer=customer,
            as_of__lte=on, as_of__gte=on - timedelta(days=account.age_days),
        )
        .order_by("-as_of", "-received_at")
        .first()
    )  # fmt: skip


def spent_in_month(account: BureauAccount, on: date) -> int:
    """What the month of a day has cost so far, reserved included; minor units of the seller's currency."""
    last = on.replace(day=calendar.monthrange(on.year, on.month)[1])
    found = BureauPurchase.objects.filter(
        seller_id=account.seller_id, account=account, bought_on__gte=on.replace(day=1), bought_on__lte=last,
        state__in=COUNTED,
    ).aggregate(total=Sum("cost_minor"))  # fmt: skip
    return int(found["total"] or 0)


def keep(purchase: BureauPurchase, actor: Actor, fetched: Fetched, on: date, now: datetime) -> BureauReportRow:
    """Keep what came, as it came; one transaction, one event. A report that was kept meanwhile stays the one."""
    report = fetched.report
    with transaction.atomic():
        with locking():
            held = BureauPurchase.objects.select_for_update().get(seller_id=purchase.seller_id, id=purchase.id)
        if held.state == "kept":
            return BureauReportRow.objects.get(purchase=held)
        row = BureauReportRow.objects.create(
            seller_id=held.seller_id,
            customer_id=held.customer_id,
            account_id=held.account_id,
            purchase=held,
            bureau=report.bureau,
            product=report.product,
            identifiers=dict(report.identifiers),
            name=report.name[:200],
            as_of=report.as_of,
            received_on=on,
            received_at=now,
            cost_minor=held.cost_minor,
            raw=fetched.raw.decode("utf-8").replace("\0", ""),
            digest=hashlib.sha256(fetched.raw).hexdigest(),
            figures=[asdict(figure) for figure in report.figures],
            unused=list(report.unused),
        )
        held.state, held.ended_at = "kept", now
        held.save(update_fields=["state", "ended_at"])
        record(
            held.seller_id, actor, "report_bought", "bureau_report", row.id, now, held.customer_id,
            {"account": held.account.code, "bureau": row.bureau, "product": row.product, "as_of": row.as_of.isoformat(),
             "cost_minor": row.cost_minor, "digest": row.digest, "reason": held.reason},
        )  # fmt: skip
    return row


def give_up(purchase: BureauPurchase, actor: Actor, fault: str, is_spent: bool, now: datetime) -> None:
    """End a purchase without a report. What is not spent is free again, in the budget too."""
    with transaction.atomic():
        with locking():
            held = BureauPurchase.objects.select_for_update().get(seller_id=purchase.seller_id, id=purchase.id)
        if held.state != "reserved":
            return
        held.state, held.ended_at, held.fault = "spent" if is_spent else "failed", now, fault[:500]
        held.save(update_fields=["state", "ended_at", "fault"])
        record(
            held.seller_id, actor, "report_failed", "bureau_purchase", held.id, now, held.customer_id,
            {"account": held.account.code, "fault": held.fault, "is_spent": is_spent},
        )  # fmt: skip


def note_attempt(purchase: BureauPurchase, given: Mapping[str, Any]) -> None:
    """Keep one try, in the caller's transaction."""
    BureauAttempt.objects.create(seller_id=purchase.seller_id, purchase=purchase, **given)
