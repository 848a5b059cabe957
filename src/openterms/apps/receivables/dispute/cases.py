"""Dispute cases: what a customer contests in one go, whose it is, and how long it may take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Attachment, Customer
from openterms.apps.receivables.claim import actions as claims
from openterms.apps.receivables.claim.actions import refuse_claim
from openterms.apps.receivables.open_item.locking import lock_items
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Membership, Role, Seller
from openterms.core.base.calendar import BusinessCalendar
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.money import format_amount
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.receivables.disputes import OPEN_STATES, ROUTES, Route, answer_by, resumed

from .models import Department, Dispute, DisputeCase, DisputeFile, DisputeReason, DisputeRoute

MOST_LINES = 200
State = DisputeCase.State
HANDLERS = (
    Role.COLLECTOR, Role.CREDIT_MANAGER, Role.CFO, Role.CASH_CLERK, Role.SALES, Role.SALES_DIRECTOR, Role.ANALYST,
)  # fmt: skip

NO_HANDLER = Reason(
    "dispute_role",
    gettext_noop("The role %(role)s handles no disputes."),
    remedy=gettext_noop("Ask the owner of the case."),
)
NOT_OPEN = Reason(
    "dispute_not_open",
    gettext_noop("The case is %(state)s and waits for no decision."),
    gettext_noop("This matter is decided."),
    gettext_noop("Open it again first."),
)


class Line(NamedTuple):
    """What is contested of one item, minor units of its currency."""

    item_id: UUID
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class Raised:
    """Why and how a customer contests: the reason code, in its words, who said it by which way, and files kept with the
    customer."""

    reason: str
    note: str = ""
    raised_by: str = ""
    channel: str = "desk"
    file_ids: Sequence[UUID] = ()


def open_case(
    seller: Seller, actor: Actor, customer: Customer, lines: Sequence[Line], raised: Raised, on: date, now: datetime
) -> DisputeCase:
    """Record what a customer contests: amounts of one or several items, for one reason. Only these amounts stop.

    The department, the owner and the last day to decide follow from the reason. Errors name the line: more than is open
    and not contested yet, items of other customers or several currencies, an item twice, an unknown reason.
    """
    _refuse_raised(raised, lines)
    with transaction.atomic():
        items = _contestable(seller, customer, lines, on)
        route, owner_id = route_for(seller, raised.reason)
        calendar = BusinessCalendar.of(seller.weekend)
        case = DisputeCase.objects.create(
            seller=seller, customer=customer, amount_minor=sum(line.amount_minor for line in lines),
            currency=items[lines[0].item_id].currency, reason=raised.reason, department=route.department,
            owner_id=owner_id, channel=raised.channel[:8], raised_by=raised.raised_by.strip()[:200],
            note=raised.note.strip(), state=State.RECEIVED, state_on=on, opened_on=on,
            due_on=answer_by(on, route.business_days, calendar),
        )  # fmt: skip
        for line in lines:
            place_line(case, items[line.item_id], line.amount_minor, on)
        _attach(seller, case, raised.file_ids)
        note_case(
            seller, actor, case, "opened", now,
            {"numbers": [items[line.item_id].number for line in lines], "reason": case.reason, "note": case.note},
        )  # fmt: skip
    return case


def place_line(case: DisputeCase, item: Item, amount_minor: int, on: date) -> Dispute:
    """A line of a case with its claim; the caller holds the item's lock."""
    dispute = Dispute.objects.create(
        seller_id=case.seller_id, customer_id=case.customer_id, item=item, amount_minor=amount_minor,
        currency=case.currency, reason=case.reason, note=case.note, opened_on=on, case=case,
    )  # fmt: skip
    claims.place(item, "contested", amount_minor, on, "dispute", dispute.id)
    return dispute


def refuse_amount(item: Item, amount_minor: int, where: str) -> None:
    """Errors: more of an item than is open and not contested yet, or nothing."""
    held = Dispute.objects.filter(item=item, closed_on__isnull=True).aggregate(total=Sum("amount_minor"))
    room = item.open_minor - (held["total"] or 0)
    if not 0 < amount_minor <= room:
        raise BadInput(
            gettext_noop("%(amount)s cannot be disputed"),
            where=where,
            remedy=gettext_noop("Give a positive amount of at most %(free)s, which is open and not disputed yet"),
            params={
                "amount": format_amount(amount_minor, item.currency),
                "free": format_amount(max(room, 0), item.currency),
            },
        )


def _refuse_raised(raised: Raised, lines: Sequence[Line]) -> None:
    if raised.reason not in DisputeReason.values:
        raise BadInput(
            gettext_noop("%(reason)s is not a reason for a dispute"),
            where="reason",
            remedy=gettext_noop("Give one of: %(reasons)s"),
            params={"reason": raised.reason, "reasons": ", ".join(DisputeReason.values)},
        )
    if not 1 <= len(lines) <= MOST_LINES or len({line.item_id for line in lines}) < len(lines):
        raise BadInput(
            gettext_noop("A dispute has from 1 to %(most)s lines, each for another item"),
            "lines", gettext_noop("Give each item once"), {"most": MOST_LINES},
        )  # fmt: skip


def _contestable(seller: Seller, customer: Customer, lines: Sequence[Line], on: date) -> dict[UUID, Item]:
    items = lock_items(seller, [line.item_id for line in lines])
    for place, line in enumerate(lines, 1):
        where = "amount" if len(lines) == 1 else f"lines, {place}, amount"
        item = items.get(line.item_id)
        if item is None:
            raise BadInput(gettext_noop("There is no such item"), where="item")
        refuse_claim(item, on)
        refuse_amount(item, line.amount_minor, where)
    if len({item.currency for item in items.values()}) != 1 or any(
        item.customer_id != customer.id for item in items.values()
    ):
        raise BadInput(
            gettext_noop("A dispute is for items of one customer and one currency"),
            where="items",
            remedy=gettext_noop("Choose open invoices of this customer in one currency"),
        )
    return items


def route_for(seller: Seller, reason: str) -> tuple[Route, UUID | None]:
    """Who answers a reason at a seller: its own route, or the usual one without an owner."""
    own = DisputeRoute.objects.filter(seller=seller, reason=reason).first()
    if own is not None:
        return Route(own.department, own.business_days), own.owner_id
    return ROUTES[reason], None


def set_route(
    seller: Seller, actor: Actor, reason: str, department: str, business_days: int, owner_id: UUID | None, now: datetime
) -> DisputeRoute:
    """Set who answers a reason and in how many business days. Refused: other roles than credit manager and
    administrator. Errors: an unknown reason or department, days outside 1 to 90."""
    if actor.role is not None and actor.role not in (Role.CREDIT_MANAGER, Role.ADMIN, Role.CFO):
        raise Refused([NO_HANDLER.given(role=actor.role)])
    if reason not in DisputeReason.values or department not in Department.values or not 1 <= business_days <= 90:
        raise BadInput(
            gettext_noop("This is no route for a reason"), "route",
            gettext_noop("Give a known reason and department, and 1 to 90 business days"),
        )  # fmt: skip
    _refuse_owner(seller, owner_id)
    with transaction.atomic():
        kept, _ = DisputeRoute.objects.update_or_create(
            seller=seller, reason=reason,
            defaults={"department": department, "business_days": business_days, "owner_id": owner_id},
        )  # fmt: skip
        record(
            seller.id, actor, "dispute_route_set", "dispute_route", kept.id, now, None,
            {"reason": reason, "department": department, "business_days": business_days},
        )  # fmt: skip
    return kept


def move(
    seller: Seller, actor: Actor, case_id: UUID, state: str, on: date, now: datetime, note: str = ""
) -> DisputeCase:
    """Take a case up (`investigating`), or wait for the customer (`waiting`): then the clock stands still, and when it
    goes on its last day is later by the business days waited. Refused: a role that handles none, decided. Errors: no
    such case or state, waiting without saying for what, a day before the last one."""
    if state not in (State.INVESTIGATING, State.WAITING):
        raise BadInput(
            gettext_noop("A case is moved to investigating or waiting"), "state", gettext_noop("Decide it otherwise")
        )
    if state == State.WAITING and not note.strip():
        raise BadInput(gettext_noop("The note is empty"), "note", gettext_noop("Say what the customer is asked for"))
    with transaction.atomic():
        case, _ = locked_case(seller, actor, case_id)
        refuse_decided(case)
        if on < case.state_on:
            raise BadInput(gettext_noop("That day lies before the last step"), "date", gettext_noop("Use a later date"))
        if case.state == state:
            return case
        _turn_clock(seller, case, on)
        case.state, case.state_on = state, on
        case.waiting_since = on if state == State.WAITING else None
        case.save(update_fields=["state", "state_on", "due_on", "waiting_since"])
        note_case(seller, actor, case, state, now, {"note": note.strip()[:500]})
    return case


def _turn_clock(seller: Seller, case: DisputeCase, on: date) -> None:
    if case.waiting_since is not None:
        case.due_on = resumed(case.due_on, case.waiting_since, on, BusinessCalendar.of(seller.weekend))


def assign(
    seller: Seller, actor: Actor, case_id: UUID, department: str, owner_id: UUID | None, now: datetime
) -> DisputeCase:
    """Give a case to a department and a person. Refused: a role that handles none, decided. Errors: no such case or
    department."""
    if department not in Department.values:
        raise BadInput(gettext_noop("There is no such department"), "department")
    _refuse_owner(seller, owner_id)
    with transaction.atomic():
        case, _ = locked_case(seller, actor, case_id)
        refuse_decided(case)
        case.department, case.owner_id = department, owner_id
        case.save(update_fields=["department", "owner"])
        name = case.owner.name if case.owner is not None else ""
        note_case(seller, actor, case, "assigned", now, {"department": department, "owner": name})
    return case


def _refuse_owner(seller: Seller, owner_id: UUID | None) -> None:
    """Errors: somebody who handles no disputes at this seller."""
    if owner_id is None:
        return
    there = Membership.objects.filter(seller=seller, user_id=owner_id, is_active=True, role__in=HANDLERS)
    if not there.exists():
        raise BadInput(
            gettext_noop("This person handles no disputes here"), "owner",
            gettext_noop("Choose somebody of this seller whose role handles disputes"),
        )  # fmt: skip


def add_files(seller: Seller, actor: Actor, case_id: UUID, file_ids: Sequence[UUID], now: datetime) -> DisputeCase:
    """Add evidence that is kept with the customer. Errors: no such case, another customer's file."""
    with transaction.atomic():
        case, _ = locked_case(seller, actor, case_id)
        _attach(seller, case, file_ids)
        note_case(seller, actor, case, "evidence", now, {"files": len(file_ids)})
    return case


def _attach(seller: Seller, case: DisputeCase, file_ids: Sequence[UUID]) -> None:
    found = Attachment.objects.filter(seller=seller, customer_id=case.customer_id, id__in=file_ids)
    if found.count() < len(set(file_ids)):
        raise BadInput(gettext_noop("There is no such file with this customer"), "files")
    DisputeFile.objects.bulk_create(
        (DisputeFile(seller=seller, case=case, attachment=one) for one in found), ignore_conflicts=True
    )


def locked_case(seller: Seller, actor: Actor, case_id: UUID) -> tuple[DisputeCase, dict[UUID, Item]]:
    """A case and the items of its lines, locked, items first. Refused: a role that handles none; busy. Errors: no such
    case."""
    if actor.role is not None and actor.role not in HANDLERS:
        raise Refused([NO_HANDLER.given(role=actor.role)])
    ids = Dispute.objects.filter(seller=seller, case_id=case_id).values_list("item_id", flat=True)
    items = lock_items(seller, sorted(set(ids)))
    with locking():
        case = DisputeCase.objects.select_for_update().filter(seller=seller, id=case_id).first()
    if case is None:
        raise BadInput(gettext_noop("There is no such dispute"), "dispute")
    return case, items


def refuse_decided(case: DisputeCase) -> None:
    """Refused: the case is decided."""
    if case.state not in OPEN_STATES:
        raise Refused([NOT_OPEN.given(state=case.state)])


def note_case(
    seller: Seller, actor: Actor, case: DisputeCase, what: str, now: datetime, more: Mapping[str, object]
) -> None:
    """One event of a case's timeline."""
    record(
        seller.id, actor, f"dispute_case_{what}", "dispute_case", case.id, now, case.customer_id,
        {"amount_minor": case.amount_minor, "currency": case.currency} | dict(more),
    )  # fmt: skip
