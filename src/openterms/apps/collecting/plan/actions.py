"""Offer instalments, and what is said to the offer: accepted under a typed name, declined, withdrawn, cancelled."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from openterms.apps.collecting.promise.actions import replace_pending
from openterms.apps.collecting.promise.models import Channel
from openterms.apps.collecting.strategy.actions import in_force
from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.claim import actions as claims
from openterms.apps.receivables.claim.actions import refuse_claim
from openterms.apps.receivables.open_item.locking import lock_items
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.receivables.schedule import actions as schedules
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Role, Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.money import format_amount
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.collecting import plans
from openterms.core.collecting.plans import PlanPolicy, Rhythm

from .agreement import agreement_text
from .interest import book_interest
from .models import CollectionWay, Plan, PlanInstalment, PlanLine

PLANNERS = (Role.COLLECTOR, Role.CREDIT_MANAGER, Role.CFO)

NO_PLANNER = Reason(
    "plan_role",
    gettext_noop("The role %(role)s agrees no plans."),
    remedy=gettext_noop("Ask a collector or the credit manager."),
)
NOT_OFFERED = Reason(
    "plan_not_offered",
    gettext_noop("The plan is %(state)s and waits for no answer."),
    gettext_noop("This plan does not wait for an answer any more."),
    gettext_noop("Ask for a new one."),
)
OFFER_OVER = Reason(
    "plan_offer_over",
    gettext_noop("The offer stood through %(day)s."),
    gettext_noop("This offer stood through %(day)s."),
    gettext_noop("Ask for a new one."),
)
DEBT_CHANGED = Reason(
    "plan_debt_changed",
    gettext_noop("Of %(number)s less is open and free than the plan takes."),
    gettext_noop("What you owe has changed since this was offered."),
    gettext_noop("Ask for a new one."),
)
OTHER_TEXT = Reason(
    "plan_other_text",
    gettext_noop("What was accepted is not the agreement that was offered."),
    gettext_noop("The agreement has changed since you opened this page."),
    gettext_noop("Open it again and read it."),
)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is offered: the items, how many instalments from which day, the first payment where it differs (principal,
    minor units), how they are paid, and the yearly interest in basis points (None: as the strategy says)."""

    item_ids: Sequence[UUID]
    count: int
    first_on: date
    rhythm: str = Rhythm.MONTH
    first_minor: int | None = None
    way: str = CollectionWay.LINK
    interest_bp: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Draft:
    """A plan as it would be: its items with what is taken of each, its instalments, and why it may not be offered."""

    owed: Sequence[tuple[Item, int]]
    instalments: Sequence[plans.PlanInstalment]
    currency: str
    interest_bp: int
    policy: PlanPolicy
    refusals: Sequence[Reason]

    @property
    def principal_minor(self) -> int:
        """What is owed now and spread."""
        return sum(minor for _, minor in self.owed)

    @property
    def interest_minor(self) -> int:
        """What comes on top."""
        return sum(one.interest_minor for one in self.instalments)


def draft(seller: Seller, customer: Customer, wanted: Wanted, now: datetime) -> Draft:
    """What a plan would look like; nothing is written. Errors: items that cannot be planned, counts or days that make
    no schedule. `refusals` says all that the strategy forbids."""
    today = local_date(now, seller.timezone)
    found = Item.objects.filter(seller=seller, id__in=wanted.item_ids)
    return _draft(seller, customer, wanted, {item.id: item for item in found}, today, now)


def _draft(
    seller: Seller, customer: Customer, wanted: Wanted, items: Mapping[UUID, Item], today: date, now: datetime
) -> Draft:
    if wanted.rhythm not in list(Rhythm) or wanted.way not in CollectionWay.values:
        raise BadInput(
            gettext_noop("This rhythm or way of payment is not known"), "rhythm",
            gettext_noop("one of: %(known)s"), {"known": ", ".join([*Rhythm, *CollectionWay.values])},
        )  # fmt: skip
    if not wanted.item_ids or not set(wanted.item_ids) <= set(items):
        raise BadInput(gettext_noop("There is no such item"), where="items")
    ordered = sorted(items.values(), key=lambda item: (item.due_on, item.number))
    for item in ordered:
        refuse_claim(item, today)
    if len({item.currency for item in ordered}) != 1 or any(item.customer_id != customer.id for item in ordered):
        raise BadInput(
            gettext_noop("A plan is for items of one customer and one currency"),
            where="items",
            remedy=gettext_noop("Choose open invoices of this customer in one currency"),
        )
    owed = [(item, free(item)) for item in ordered if free(item) > 0]
    if not owed:
        raise BadInput(gettext_noop("Nothing of these items is free to be planned"), where="items")
    policy = in_force(seller, today, now)[1].plans
    interest_bp = policy.interest_bp if wanted.interest_bp is None else wanted.interest_bp
    if not 0 <= interest_bp <= 10_000:
        raise BadInput(gettext_noop("The interest is not between 0 and 100 percent"), "interest")
    total, currency = sum(minor for _, minor in owed), ordered[0].currency
    instalments = plans.schedule(
        total, wanted.count, wanted.first_on, Rhythm(wanted.rhythm), from_on=today, first_minor=wanted.first_minor,
        interest_bp=interest_bp,
    )  # fmt: skip
    refusals = list(plans.refusals(instalments, currency, today, policy))
    if interest_bp > policy.interest_bp:
        refusals.append(plans.TOO_MUCH_INTEREST.given(bp=interest_bp, most_bp=policy.interest_bp))
    return Draft(owed, instalments, currency, interest_bp, policy, refusals)


def free(item: Item) -> int:
    """What a plan may take of an item: what is open and neither contested, nor under way, nor planned already. What is
    promised it takes over."""
    return item.collectable_minor + item.promised_minor


def offer(seller: Seller, actor: Actor, customer: Customer, wanted: Wanted, now: datetime) -> Plan:
    """Offer a plan; nothing changes until it is accepted. Refused: a role that agrees no plans, what the strategy does
    not allow (all reasons). Errors: as `draft`."""
    refuse_role(actor)
    today = local_date(now, seller.timezone)
    with transaction.atomic():
        made = _draft(seller, customer, wanted, lock_items(seller, wanted.item_ids), today, now)
        if made.refusals:
            raise Refused(list(made.refusals))
        text = agreement_text(seller, customer, made.owed, made.instalments, made.currency, wanted.way, made.policy)
        plan = Plan.objects.create(
            seller=seller, customer=customer, currency=made.currency, principal_minor=made.principal_minor,
            interest_minor=made.interest_minor, interest_bp=made.interest_bp, way=wanted.way,
            grace_days=made.policy.grace_days, most_missed=made.policy.most_missed, note=wanted.note.strip(),
            agreement=text, agreement_hash=hashlib.sha256(text.encode()).hexdigest(), offered_on=today,
            answer_by=min(today + timedelta(days=made.policy.offer_days), made.instalments[0].due_on),
            offered_by_id=actor.user_id, state_on=today,
        )  # fmt: skip
        PlanInstalment.objects.bulk_create(
            PlanInstalment(
                seller=seller, plan=plan, number=one.number, due_on=one.due_on, principal_minor=one.principal_minor,
                interest_minor=one.interest_minor,
            )
            for one in made.instalments
        )  # fmt: skip
        rows = plans.spread(made.owed, [one.principal_minor for one in made.instalments])
        PlanLine.objects.bulk_create(
            PlanLine(
                seller=seller, plan=plan, item=item, number=number, amount_minor=minor,
                open_before_minor=item.open_minor,
            )
            for number, row in enumerate(rows, 1)
            for item, minor in row
        )  # fmt: skip
        _note(seller, actor, plan, "offered", now, {"items": [item.number for item, _ in made.owed[:50]]})
    return plan


def accept(
    seller: Seller, actor: Actor, plan_id: UUID, name: str, address: str, now: datetime, *,
    agreement_hash: str = "", channel: str = Channel.DESK,
) -> Plan:  # fmt: skip
    """The customer says yes under a typed name: items are laid out over the dates and left alone until each.

    `agreement_hash` is the hash of the text that the customer saw; another one is refused, an empty one is allowed to
    people of the seller alone, who record a yes given elsewhere. A promise still pending on the items is replaced, and
    interest is booked as a charge of its own. Refused: it waits no more, its day has passed, less is open than it
    takes; busy. Errors: no name, no such plan.
    """
    typed = " ".join(name.split())[:200]
    if len(typed) < 3:
        raise BadInput(gettext_noop("The name is missing"), "name", gettext_noop("Type first name and surname"))
    if channel not in Channel.values:
        raise BadInput(gettext_noop("This way of telling us is not known"), "channel")
    refuse_role(actor)
    today = local_date(now, seller.timezone)
    with transaction.atomic():
        plan, items = locked(seller, plan_id)
        _refuse_answer(plan, today)
        if agreement_hash != plan.agreement_hash and (agreement_hash or actor.role is None):
            raise Refused([OTHER_TEXT])
        customer = Customer.objects.get(id=plan.customer_id)
        replace_pending(seller, actor, customer, list(items), today, now)
        lines = list(plan.lines.order_by("number", "id"))
        for item in items.values():
            item.refresh_from_db()
            if item.collectable_minor < sum(line.amount_minor for line in lines if line.item_id == item.id):
                raise Refused([DEBT_CHANGED.given(number=item.number)])
        plan.state, plan.state_on, plan.accepted_at, plan.accepted_on = Plan.State.RUNNING, today, now, today
        plan.accepted_name, plan.accepted_from, plan.accepted_by = typed, address[:64], channel
        plan.accepted_hash = plan.agreement_hash
        book_interest(seller, actor, customer, plan, today, now)
        plan.save()
        _lay_out(plan, today)
        _note(seller, actor, plan, "accepted", now, {"person": typed, "hash": plan.accepted_hash, "channel": channel})
    return plan


def _lay_out(plan: Plan, today: date) -> None:
    """Schedule and claims: for each item its part of each instalment."""
    due = {one.number: one for one in plan.instalments.all()}
    items = {line.item_id: line.item for line in plan.lines.select_related("item")}
    lines = plan.lines.order_by("number", "id")
    schedules.lay(
        [
            schedules.Part(items[line.item_id], line.number, due[line.number].due_on, line.amount_minor)
            for line in lines
        ],
        plan.id,
        today,
    )
    for line in lines:
        claims.place(items[line.item_id], "planned", line.amount_minor, today, "plan", due[line.number].id)


def decline(seller: Seller, actor: Actor, plan_id: UUID, now: datetime, note: str = "") -> Plan:
    """The customer says no; nothing changes. Refused: it waits no more; busy. Errors: no such plan."""
    return _answer(seller, actor, plan_id, Plan.State.DECLINED, now, note)


def withdraw(seller: Seller, actor: Actor, plan_id: UUID, now: datetime, note: str = "") -> Plan:
    """Take an offer back. Refused: it waits no more; busy. Errors: no such plan."""
    return _answer(seller, actor, plan_id, Plan.State.WITHDRAWN, now, note)


def _answer(seller: Seller, actor: Actor, plan_id: UUID, state: str, now: datetime, note: str) -> Plan:
    refuse_role(actor)
    with transaction.atomic():
        plan, _ = locked(seller, plan_id)
        if plan.state != Plan.State.OFFERED:
            raise Refused([NOT_OFFERED.given(state=plan.state)])
        plan.state, plan.state_on = state, local_date(now, seller.timezone)
        plan.save(update_fields=["state", "state_on"])
        _note(seller, actor, plan, state, now, {"note": note.strip()[:500]})
    return plan


def locked(seller: Seller, plan_id: UUID) -> tuple[Plan, dict[UUID, Item]]:
    """A plan and its items, locked, items first. Errors: no such plan. Refused: busy."""
    ids = PlanLine.objects.filter(seller=seller, plan_id=plan_id).values_list("item_id", flat=True)
    items = lock_items(seller, sorted(set(ids)))
    with locking():
        plan = Plan.objects.select_for_update().filter(seller=seller, id=plan_id).first()
    if plan is None:
        raise BadInput(gettext_noop("There is no such plan"), "plan")
    return plan, items


def _refuse_answer(plan: Plan, today: date) -> None:
    if plan.state != Plan.State.OFFERED:
        raise Refused([NOT_OFFERED.given(state=plan.state)])
    if today > plan.answer_by:
        raise Refused([OFFER_OVER.given(day=plan.answer_by.isoformat())])


def refuse_role(actor: Actor) -> None:
    """Refused: a person whose role agrees no plans."""
    if actor.role is not None and actor.role not in PLANNERS:
        raise Refused([NO_PLANNER.given(role=actor.role)])


def _note(seller: Seller, actor: Actor, plan: Plan, what: str, now: datetime, more: Mapping[str, object]) -> None:
    record(
        seller.id, actor, f"plan_{what}", "plan", plan.id, now, plan.customer_id,
        {
            "amount_minor": plan.total_minor, "currency": plan.currency,
            "text": f"{format_amount(plan.total_minor, plan.currency)} {plan.currency}",
        } | dict(more),
    )  # fmt: skip
