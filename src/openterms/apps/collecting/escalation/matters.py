"""What every matter has in common: it is opened with its items, steps follow, and its state with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from openterms.apps.collecting.guard.reads import verdict
from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.open_item.locking import lock_items
from openterms.apps.receivables.open_item.models import DEBIT_KINDS, Item
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.money import format_amount
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.collecting.guard import Act
from openterms.core.credit.authority import Person

from .authority import OWN_REQUEST, decider
from .models import RUNNING, Agency, Matter, MatterItem, MatterStep

HANDLING = ("settlement", "placement", "legal")
"""Kinds that hold an item for themselves: it is in one of them at a time."""
MOST_NOTE = 2_000

ELSEWHERE = Reason(
    "item_escalated_elsewhere",
    gettext_noop("%(number)s is part of %(matter)s already."),
    remedy=gettext_noop("End that first, or leave the item out."),
)
NOTHING_LEFT = Reason(
    "no_item_collectable",
    gettext_noop("Nothing of these items may be collected now: it is paid, contested, promised or planned."),
    remedy=gettext_noop("Wait for what is claimed, or choose other items."),
)
CHANGED = Reason(
    "items_changed_since",
    gettext_noop("What is open of %(number)s has changed since this was proposed."),
    remedy=gettext_noop("Withdraw it and propose it anew."),
)
NOT_NOW = Reason(
    "matter_not_in_state",
    gettext_noop("%(matter)s is not at a point where this can be done."),
    remedy=gettext_noop("Look at what was done last."),
)


@dataclass(frozen=True, kw_only=True)
class Doing:
    """Who does something for which seller, on which business day, at which instant."""

    seller: Seller
    actor: Actor
    on: date
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step about to be written."""

    kind: str
    amount_minor: int | None = None
    reference: str = ""
    note: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    digest: str = ""
    key: str = ""


def open_matter(
    do: Doing, customer: Customer, kind: str, parts: Mapping[UUID, int], currency: str, state: str, step: Step,
    person: Person | None = None, *, due_on: date | None = None, agency: Agency | None = None,
    terms: Mapping[str, Any] | None = None,
) -> Matter:  # fmt: skip
    """Open a matter with its items and first step. The caller holds the items' locks and has checked everything."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('matter:' || %s || %s, 0))", [str(do.seller.id), kind]
        )
    last = Matter.objects.filter(seller=do.seller, kind=kind).order_by("-number").values_list("number", flat=True)
    made = Matter.objects.create(
        seller=do.seller, customer=customer, kind=kind, number=(last.first() or 0) + 1, currency=currency,
        amount_minor=sum(parts.values()), opened_on=do.on, state=state, state_on=do.on, due_on=due_on, agency=agency,
        terms=dict(terms or {}), opened_by_id=do.actor.user_id,
    )  # fmt: skip
    MatterItem.objects.bulk_create(
        MatterItem(seller=do.seller, matter=made, item_id=item_id, amount_minor=minor)
        for item_id, minor in sorted(parts.items())
    )
    _write(do, made, 1, step, person)
    return made


def add_step(
    do: Doing, matter: Matter, step: Step, person: Person | None = None, *, state: str = "",
    due_on: date | bool | None = False,
) -> MatterStep:  # fmt: skip
    """Write the next step of a locked matter; its state and next day move with it where they are given.

    Errors: a note or reference that is too long, a day before the matter began.
    """
    if do.on < matter.opened_on:
        raise BadInput(
            gettext_noop("%(day)s lies before the matter began"), "on", gettext_noop("Give a later day"),
            {"day": do.on.isoformat()},
        )  # fmt: skip
    number = MatterStep.objects.filter(matter=matter).count() + 1
    made = _write(do, matter, number, step, person)
    changed = []
    if state and state != matter.state:
        matter.state, matter.state_on = state, do.on
        changed += ["state", "state_on"]
    if not isinstance(due_on, bool):
        matter.due_on = due_on
        changed.append("due_on")
    if changed:
        matter.save(update_fields=changed)
    return made


def locked(seller: Seller, kind: str, matter_id: UUID, *states: str) -> Matter:
    """A matter, locked after its items; one of some states where they are named. Refused: another state, busy.
    Errors: there is none."""
    ids = list(MatterItem.objects.filter(seller=seller, matter_id=matter_id).values_list("item_id", flat=True))
    lock_items(seller, ids)
    with locking():
        found = (
            Matter.objects.select_for_update(of=("self",)).select_related("customer")
            .filter(seller=seller, kind=kind, id=matter_id).first()
        )  # fmt: skip
    if found is None:
        raise BadInput(gettext_noop("There is no such matter"), "matter")
    if states and found.state not in states:
        raise Refused([NOT_NOW.given(matter=str(found))])
    return found


def parts_of(matter: Matter) -> dict[UUID, int]:
    """The items of a matter and how much of each when it began."""
    return dict(MatterItem.objects.filter(matter=matter).values_list("item_id", "amount_minor"))


def choose(
    seller: Seller, customer: Customer, item_ids: Sequence[UUID], on: date, *, collectable: bool = True
) -> tuple[str, dict[UUID, Item], dict[UUID, int]]:
    """The chosen items, locked, their currency and what of each counts: what may be collected, or all that is open.

    Without any chosen: all that is overdue in the customer's currency. Refused: nothing is left, or an item is in
    another matter that holds it. Errors: other customers' items, credits, several currencies.
    """
    if not item_ids:
        item_ids = list(
            Item.objects.filter(
                seller=seller, customer=customer, currency=customer.currency, kind__in=DEBIT_KINDS, open_minor__gt=0,
                due_on__lt=on,
            ).values_list("id", flat=True)
        )  # fmt: skip
    items = lock_items(seller, item_ids)
    fits = all(one.customer_id == customer.id and one.kind in DEBIT_KINDS for one in items.values())
    if not set(item_ids) <= set(items) or not fits or len({one.currency for one in items.values()}) > 1:
        raise BadInput(
            gettext_noop("These are not items of one customer and one currency"), "items",
            gettext_noop("Choose open invoices of this customer in one currency"),
        )  # fmt: skip
    counted = {key: one.collectable_minor if collectable else one.open_minor for key, one in items.items()}
    parts = {key: minor for key, minor in counted.items() if minor > 0}
    if not parts:
        raise Refused([NOTHING_LEFT])
    chosen = {key: items[key] for key in parts}
    return next(iter(chosen.values())).currency, chosen, parts


def refuse_elsewhere(seller: Seller, items: Mapping[UUID, Item], but: Matter | None = None) -> None:
    """Refuse items that another running settlement, placement or legal case holds. The caller has locked them."""
    held = MatterItem.objects.filter(
        seller=seller, item_id__in=list(items), matter__kind__in=HANDLING, matter__state__in=RUNNING
    ).select_related("matter")
    others = held.exclude(matter=but) if but is not None else held
    reasons = [ELSEWHERE.given(number=items[one.item_id].number, matter=str(one.matter)) for one in others[:20]]
    if reasons:
        raise Refused(reasons)


def still_there(matter: Matter, *, collectable: bool = True) -> dict[UUID, Item]:
    """The items of a proposal, locked, with at least what was proposed of each. Refused: less is left of one."""
    parts = parts_of(matter)
    items = lock_items(matter.seller, list(parts))
    for key, minor in parts.items():
        left = items[key].collectable_minor if collectable else items[key].open_minor
        if left < minor:
            raise Refused([CHANGED.given(number=items[key].number)])
    return items


def agreed_to(
    do: Doing, kind: str, matter_id: UUID, act: Act, *, collectable: bool = True,
    minor: Callable[[Matter], int] = lambda matter: matter.amount_minor,
) -> tuple[Matter, Person, dict[UUID, Item]]:  # fmt: skip
    """A proposal that a second person agrees to: the matter and its items, locked, and who decides with what authority
    for `minor` of it. Refused: one's own, too little authority, items that changed, the guard."""
    matter = locked(do.seller, kind, matter_id, "proposed")
    refuse_own(matter, do.actor)
    person = decider(do.seller, do.actor, minor(matter), matter.currency, do.on)
    items = still_there(matter, collectable=collectable)
    ask_guard(do, matter.customer, act, items)
    return matter, person, items


def ask_guard(do: Doing, customer: Customer, act: Act, items: Mapping[UUID, Item]) -> None:
    """Refuse with every reason of the guard against an act on these items."""
    said = verdict(customer.id, act, do.now, item_ids=list(items))
    if not said.allowed:
        raise Refused(said.reasons)


def refuse_own(matter: Matter, actor: Actor) -> None:
    """Refuse whoever opened or proposed it."""
    proposers = MatterStep.objects.filter(matter=matter, kind="propose").values_list("person_id", flat=True)
    if actor.user_id is None or actor.user_id == matter.opened_by_id or actor.user_id in set(proposers):
        raise Refused([OWN_REQUEST])


def _write(do: Doing, matter: Matter, number: int, step: Step, person: Person | None) -> MatterStep:
    if len(step.note) > MOST_NOTE or len(step.reference) > 120:
        raise BadInput(
            gettext_noop("This has more than %(most)s characters"), "note", gettext_noop("Make it shorter"),
            {"most": MOST_NOTE if len(step.note) > MOST_NOTE else 120},
        )  # fmt: skip
    made = MatterStep.objects.create(
        seller=do.seller, matter=matter, number=number, kind=step.kind, on=do.on, amount_minor=step.amount_minor,
        reference=step.reference.strip(), note=step.note.strip(), data=dict(step.data), digest=step.digest,
        key=step.key, person_id=do.actor.user_id, person_name=do.actor.name,
        role=(person.role if person else do.actor.role) or "",
        authority_minor=person.authority_minor if person else None,
    )  # fmt: skip
    amount = (
        "" if step.amount_minor is None else f"{format_amount(step.amount_minor, matter.currency)} {matter.currency}"
    )
    record(
        do.seller.id, do.actor, f"{matter.kind}_{step.kind}", "matter", matter.id, do.now, matter.customer_id,
        {"number": str(matter), "step": number, "reason": made.note, "amount_minor": step.amount_minor,
         "currency": matter.currency, "text": " ".join(part for part in (str(matter), amount) if part)}
        | ({"acts_for": person.acts_for} if person and person.acts_for else {}),
    )  # fmt: skip
    return made
