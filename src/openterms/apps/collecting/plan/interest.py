"""Interest of a plan as a charge of its own: booked when the plan is accepted, credited where it ends early."""

from __future__ import annotations

from datetime import date, datetime

from openterms.apps.parties.models import Customer
from openterms.apps.receivables.allocation.actions import Part, allocate
from openterms.apps.receivables.open_item.actions import Document, post_charge, post_credit_note
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.models import Seller
from openterms.core.receivables.kinds import ItemKind

from .models import Plan, PlanLine


def book_interest(seller: Seller, actor: Actor, customer: Customer, plan: Plan, on: date, now: datetime) -> None:
    """Post the interest of a plan as one item due with its last instalment, and take it into the plan's lines."""
    if not plan.interest_minor:
        return
    instalments = list(plan.instalments.order_by("number"))
    number = f"PLAN-{plan.id.hex[-8:].upper()}-I"
    document = Document(number, on, plan.interest_minor, plan.currency)
    item = post_charge(seller, actor, customer, ItemKind.LATE_INTEREST, document, instalments[-1].due_on, now)
    plan.interest_item_id = item.id
    PlanLine.objects.bulk_create(
        PlanLine(
            seller=seller, plan=plan, item=item, number=one.number, amount_minor=one.interest_minor,
            open_before_minor=item.open_minor,
        )
        for one in instalments
        if one.interest_minor
    )  # fmt: skip


def credit_unearned(seller: Seller, actor: Actor, plan: Plan, on: date, now: datetime) -> int:
    """Give back the interest of instalments that were not due when the plan ended, by a credit note; minor units."""
    if plan.interest_item_id is None:
        return 0
    item = Item.objects.get(id=plan.interest_item_id)
    later = sum(one.interest_minor for one in plan.instalments.filter(due_on__gt=on))
    unearned = min(later, item.open_minor)
    if unearned:
        customer = Customer.objects.get(id=plan.customer_id)
        document = Document(f"{item.number}-CN", on, unearned, plan.currency)
        credit = post_credit_note(seller, actor, customer, document, now)
        allocate(seller, actor, credit.id, [Part(item.id, unearned)], on, now)
    return unearned
