"""What the personal page shows: what is owed and why, what is known already, and what comes next unless it is paid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _

from openterms.apps.collecting.answering.reads import MOST_ROWS, owed_items, settled_on_items
from openterms.apps.collecting.experiment.reads import strategy_of
from openterms.apps.collecting.late_charge.reads import charges_of
from openterms.apps.collecting.outreach.ahead import timeline
from openterms.apps.collecting.plan.models import Plan
from openterms.apps.collecting.plan.reads import plan_rows
from openterms.apps.collecting.promise.models import Promise
from openterms.apps.collecting.reported_payment.models import ReportedPayment
from openterms.apps.collecting.strategy.models import StrategyVersion
from openterms.apps.messaging.page.models import PageRequest
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.dispute.models import DisputeCase
from openterms.apps.receivables.invoice.papers import with_papers
from openterms.apps.receivables.open_item import reads
from openterms.apps.tenancy.context import acting
from openterms.apps.tenancy.models import Seller, User
from openterms.core.base.errors import BadInput, Refused
from openterms.web.desk.late_charges import told_charge

MOST_AHEAD = 5
CHARGES = ("late_interest", "late_fee", "charity")
STEPS: dict[str, LazyText | str] = {
    "courtesy": _("We write to you before it falls due."),
    "reminder": _("We send you a reminder."),
    "call": _("We call you."),
    "firm_letter": _("We write to you again, and ask for payment by a date."),
    "final_notice": _("You get a final notice."),
    "propose_demand": _("We decide whether to send a formal demand."),
    "propose_agency": _("We decide whether to pass it to a collection agency."),
}
"""What a customer reads of a step that lies ahead."""

SETTLED: dict[str, LazyText | str] = {
    "receipt": _("Your payment"), "credit_note": _("Credit note"), "discount": _("Discount"),
    "small_difference": _("Small difference, let go"), "write_off": _("Written off"), "refund": _("Paid back"),
}  # fmt: skip


def owed(seller: Seller, customer_id: UUID, today: date) -> dict[str, Any]:
    """The account by currency, and the items: overdue ones, then those that fall due later, each with why."""
    with acting(seller.id, customer=customer_id):
        accounts = reads.account(seller, customer_id, today)
        found = owed_items(seller, customer_id, today, MOST_ROWS + 1)
        shown = found[:MOST_ROWS]
        with_papers(seller, shown)
        settled = settled_on_items(seller, customer_id, [row["id"] for row in shown])
    for account in accounts:
        account["in_favour"] = -account["unapplied"]
    for row in shown:
        row["settled"] = [
            one | {"word": _settled_word(one), "lowers": -one["amount_minor"]} for one in settled.get(row["id"], ())
        ]
    _explain(seller, customer_id, shown)
    late = [row for row in shown if row["days_overdue"] > 0]
    return {
        "accounts": accounts, "rows": shown, "has_more": len(found) > MOST_ROWS, "today": today, "late": late,
        "later": [row for row in shown if row["days_overdue"] <= 0], "mixed": len(accounts) > 1,
    }  # fmt: skip


def _settled_word(one: dict[str, Any]) -> LazyText | str:
    return SETTLED.get(one["by_kind"] or one["kind"]) or SETTLED.get(one["kind"]) or _("Settled")


def _explain(seller: Seller, customer_id: UUID, shown: Sequence[dict[str, Any]]) -> None:
    """Give late charges their explanation, line by line."""
    wanted = {row["id"]: row for row in shown if row["kind"] in CHARGES}
    if not wanted:
        return
    with acting(seller.id):
        made = charges_of(seller, customer_id, limit=MOST_ROWS)
    for one in made:
        row = wanted.get(one["charged_item_id"])
        if row is not None:
            row["charge"] = told_charge(one["kind"], one["amount_minor"], one["explanation"], one["currency"])
            row["charge_of"], row["charge_waived"] = one["late_number"], one["waived_minor"]


def ahead(seller: Seller, customer: Customer, today: date, now: datetime) -> list[dict[str, Any]]:
    """What happens when, unless it is paid, in words for the customer; nothing where nothing can be said."""
    customer.seller = seller
    try:
        with acting(seller.id):
            if not StrategyVersion.objects.filter(seller=seller).exists():
                return []  # reading the page makes nothing, not even the seller's first strategy
            found = timeline(customer, today, now, strategy_of(customer, today, now))
    except (BadInput, Refused):
        return []
    return [
        {"on": one.on, "text": STEPS[one.step], "minor": one.minor, "currency": one.currency}
        for one in found
        if one.step in STEPS
    ][:MOST_AHEAD]


def known(seller: Seller, customer_id: UUID, today: date) -> dict[str, Any]:
    """What was said and agreed already and is not over."""
    with acting(seller.id, customer=customer_id):
        open_cases = DisputeCase.objects.filter(customer_id=customer_id).exclude(state="closed").order_by("-id")
        plans = Plan.objects.filter(customer_id=customer_id, state__in=("offered", "running")).order_by("-id")[:10]
        reported = ReportedPayment.objects.filter(customer_id=customer_id, state="open").order_by("-id")
        pending = Promise.objects.filter(customer_id=customer_id, state="pending").order_by("promised_for")
        found = {
            "promises": list(pending[:20]),
            "reported": list(reported[:20]),
            "cases": list(open_cases[:20]),
            "requests": list(
                PageRequest.objects.filter(customer_id=customer_id, done_at__isnull=True).order_by("-id")[:10]
            ),
            "plans": [{"plan": one, "next": None} for one in plans],
        }
    with acting(seller.id):
        names = dict(User.objects.filter(id__in=[one.owner_id for one in found["cases"]]).values_list("id", "name"))
        for one in found["cases"]:
            one.answered_by = names.get(one.owner_id, "")
        for one in found["plans"]:
            if one["plan"].state == Plan.State.RUNNING:
                one["next"] = next((row for row in plan_rows(one["plan"], today) if row["open_minor"]), None)
    return found
