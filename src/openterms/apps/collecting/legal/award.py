"""What a court awarded: its costs as an item of their own, its instalments kept or missed, what they keep from being
collected, and when all of it is paid.

How it stands is derived from what was settled on the case's items since the judgment, never typed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from openterms.apps.collecting.escalation.matters import Doing, Step, add_step, locked
from openterms.apps.collecting.escalation.models import Matter, MatterItem, MatterStep
from openterms.apps.collecting.worklist.models import Activity, WorkItem
from openterms.apps.receivables.allocation.actions import Part, allocate
from openterms.apps.receivables.claim import actions as claims
from openterms.apps.receivables.claim.models import Claim
from openterms.apps.receivables.open_item.actions import Document, post_charge, post_charge_credit
from openterms.apps.receivables.open_item.locking import lock_items
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.models import Seller
from openterms.core.base.reasons import Reason
from openterms.core.collecting.court import (
    ASKED_AGAIN_DAYS,
    COURT_STEP,
    GRACE_DAYS,
    CourtInstalment,
    Kept,
    court_instalments,
)
from openterms.core.collecting.step_reasons import COURT_INSTALMENT_MISSED
from openterms.core.receivables.kinds import ItemKind

KIND = "legal"
OWED = ("judgment", "enforcing")
MOST_LOOKED_AT = 100
LOOK_BACK = 400
"""Days after a judgment was paid in which money may still be taken back."""

PAID = """
SELECT coalesce(sum(s.amount_minor), 0)::bigint FROM receivables_settlement s
JOIN collecting_matteritem i ON i.item_id = s.item_id AND i.seller_id = s.seller_id
WHERE i.matter_id = %(matter)s AND i.seller_id = %(seller)s AND s.kind IN ('cash', 'credit')
    AND s.settled_on BETWEEN %(since)s AND %(on)s AND NOT (s.item_id = ANY(%(ended)s))
"""


@dataclass(frozen=True)
class Award:
    """The latest judgment of a case: of which day, how much, of it costs, the instalments allowed; the item of its
    costs, and those of judgments that it took the place of."""

    step: int
    on: date
    amount_minor: int
    costs_minor: int
    instalments: tuple[tuple[date, int], ...]
    costs_item: UUID | None
    ended_items: tuple[UUID, ...]


class CourtWork(NamedTuple):
    """What missed instalments of a customer in one currency call for: how much, missed since how many days, why, and
    whether on this day."""

    customer_id: UUID
    currency: str
    missed_minor: int
    days_overdue: int
    reasons: tuple[Reason, ...]
    is_due: bool


def award_of(matter: Matter) -> Award | None:
    """What was awarded; None before a judgment."""
    steps = list(MatterStep.objects.filter(matter=matter, kind="judgment").order_by("number"))
    if not steps:
        return None
    last, items = steps[-1], [UUID(one.data["costs_item"]) for one in steps if one.data.get("costs_item")]
    own = UUID(last.data["costs_item"]) if last.data.get("costs_item") else None
    allowed = tuple((date.fromisoformat(one["on"]), int(one["minor"])) for one in last.data["instalments"])
    ended = tuple(one for one in items if one != own)
    return Award(last.number, last.on, last.amount_minor or 0, int(last.data["costs_minor"]), allowed, own, ended)


def paid_on(matter: Matter, award: Award, as_of: date) -> int:
    """What came in on the items of a case since its judgment, by a day; never below 0."""
    params = {
        "matter": matter.id, "seller": matter.seller_id, "since": award.on, "on": as_of,
        "ended": list(award.ended_items),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(PAID, params)
        return max(int(cursor.fetchone()[0]), 0)


def instalments_of(matter: Matter, as_of: date) -> tuple[CourtInstalment, ...]:
    """The instalments of the latest judgment, each kept, part kept, missed or to come on a day."""
    award = award_of(matter)
    return court_instalments(award.instalments, paid_on(matter, award, as_of), as_of) if award else ()


def missed_judgments(seller: Seller, as_of: date, whose: Sequence[UUID] | None = None) -> list[Matter]:
    """Cases of which an instalment was missed, the longest first, each with what is open of those in `missed_minor`:
    work of the day for whoever follows them up. `whose` narrows to the customers of these collectors."""
    found = Matter.objects.filter(
        seller=seller, kind=KIND, state__in=OWED, due_on__lt=as_of - timedelta(days=GRACE_DAYS)
    ).select_related("customer")
    if whose is not None:
        found = found.filter(customer__collector__in=whose)
    missed = []
    for matter in found.order_by("due_on", "id")[:MOST_LOOKED_AT]:
        rows = [one for one in instalments_of(matter, as_of) if one.state == Kept.MISSED]
        if rows:
            matter.missed_minor = sum(one.open_minor for one in rows)  # type: ignore[attr-defined]
            missed.append(matter)
    return missed


def missed_work(seller: Seller, day: date) -> list[CourtWork]:
    """The customers and currencies with missed instalments on a day. They are work of that day unless somebody asked
    for them, or did the work, in the last `ASKED_AGAIN_DAYS` days."""
    found: dict[tuple[UUID, str], list[Matter]] = {}
    for matter in missed_judgments(seller, day):
        found.setdefault((matter.customer_id, matter.currency), []).append(matter)
    since, customers = day - timedelta(days=ASKED_AGAIN_DAYS), [customer for customer, _ in found]
    asked = Activity.objects.filter(
        seller=seller, customer_id__in=customers, done_on__gt=since, done_on__lte=day, struck_at__isnull=True
    ).exclude(kind=Activity.Kind.NOTE)  # fmt: skip
    done = WorkItem.objects.filter(seller=seller, customer_id__in=customers, step=COURT_STEP, done_on__gt=since)
    seen = {*asked.values_list("customer_id", flat=True), *done.values_list("customer_id", flat=True)}
    return [_work(several, day, key[0] not in seen) for key, several in found.items()]


def _work(several: Sequence[Any], day: date, is_due: bool) -> CourtWork:
    """The missed instalments of a customer's cases as one piece of work, the oldest first."""
    oldest = several[0]
    reasons = tuple(
        COURT_INSTALMENT_MISSED.given(
            missed_minor=one.missed_minor, currency=one.currency, matter=str(one), due_on=one.due_on.isoformat()
        )
        for one in several
    )
    total = sum(one.missed_minor for one in several)
    return CourtWork(oldest.customer_id, oldest.currency, total, (day - oldest.due_on).days, reasons, is_due)


def hold_instalments(do: Doing, matter: Matter) -> bool:
    """Claim of the case's items what the instalments still to come cover, those due last first: it is not asked for,
    and bears nothing, before its day. What was missed is free again, and everything once the judgment stands no more.

    The caller holds the locks of the matter and its items. Whether anything changed.
    """
    award, left = award_of(matter), 0
    if award is not None and matter.state == "judgment":
        rows = court_instalments(award.instalments, paid_on(matter, award, do.on), do.on)
        left = sum(one.open_minor for one in rows if one.state != Kept.MISSED)
    wanted: dict[UUID, int] = {}
    items = list(Item.objects.filter(matteritem__matter=matter).order_by("-due_on", "-id"))
    for item in items:
        if award is not None and item.id not in award.ended_items:
            wanted[item.id] = min(item.open_minor, left)
            left -= wanted[item.id]
    running = Claim.objects.filter(seller=do.seller, source_type=KIND, source_id=matter.id, ends_on__isnull=True)
    held = dict(running.values_list("item_id", "amount_minor"))
    if all(min(held.get(one.id, 0), one.open_minor) == wanted.get(one.id, 0) for one in items):
        return False
    claims.end([matter.id], do.on, do.now)
    for item in items:
        if wanted.get(item.id):
            claims.place(item, "planned", wanted[item.id], do.on, KIND, matter.id)
    return True


def book_costs(do: Doing, matter: Matter, costs_minor: int, reference: str, due_on: date) -> dict[str, Any]:
    """Book awarded costs as an item of their own that belongs to the case (TV-119: receivable against income from
    compensation); of an earlier judgment's costs what is open is credited. What the step keeps of it."""
    before = award_of(matter)
    if before is not None and before.costs_item is not None:
        _credit(do, matter, before.costs_item)
    if not costs_minor:
        return {}
    nth = MatterStep.objects.filter(matter=matter, kind="judgment").count() + 1
    document = Document(
        f"{matter}-C{nth}", do.on, costs_minor, matter.currency, external_id=f"award:{matter.id}:{nth}",
        reference=reference.strip()[:200],
    )  # fmt: skip
    item = post_charge(do.seller, do.actor, matter.customer, ItemKind.LATE_FEE, document, due_on, do.now)
    MatterItem.objects.create(seller=do.seller, matter=matter, item=item, amount_minor=costs_minor)
    return {"costs_item": str(item.id)}


def _credit(do: Doing, matter: Matter, item_id: UUID) -> None:
    item = lock_items(do.seller, [item_id])[item_id]
    if not item.open_minor:
        return
    document = Document(
        f"{item.number}-R", do.on, item.open_minor, item.currency, external_id=f"award-back:{item.id}",
        reference=str(matter),
    )  # fmt: skip
    credit = post_charge_credit(do.seller, do.actor, matter.customer, ItemKind.LATE_FEE, document, do.now)
    allocate(do.seller, do.actor, credit.id, [Part(item.id, item.open_minor)], do.on, do.now)


def derive_judgments(do: Doing) -> dict[str, int]:
    """Give judgments what the days and the money imply: `missed` instalments (a step each, once), `paid` in full,
    `returned` where money was taken back after that. Run twice it changes nothing."""
    changed: dict[str, int] = {}
    wanted = Matter.objects.filter(seller=do.seller, kind=KIND, state__in=[*OWED, "paid"], state_on__lte=do.on)
    for matter in list(wanted.order_by("id")):
        if matter.state == "paid" and matter.state_on < do.on - timedelta(days=LOOK_BACK):
            continue
        with transaction.atomic():
            for what, count in _derive(do, matter.id).items():
                changed[what] = changed.get(what, 0) + count
    return changed


def _derive(do: Doing, matter_id: UUID) -> dict[str, int]:
    matter = locked(do.seller, KIND, matter_id)
    award = award_of(matter)
    if award is None or matter.state not in (*OWED, "paid"):
        return {}
    paid = paid_on(matter, award, do.on)
    if paid >= award.amount_minor:
        if matter.state == "paid":
            return {}
        add_step(do, matter, Step(kind="pay", amount_minor=paid), state="paid", due_on=None)
        hold_instalments(do, matter)
        return {"paid": 1}
    found: dict[str, int] = {}
    if matter.state == "paid":
        add_step(do, matter, Step(kind="returned", amount_minor=paid), state="judgment")
        found["returned"] = 1
    rows = court_instalments(award.instalments, paid, do.on)
    changed = hold_instalments(do, matter)
    for one in rows:
        key = f"missed:{matter.id}:{award.step}:{one.number}"
        is_new = one.state == Kept.MISSED and not MatterStep.objects.filter(seller=do.seller, key=key).exists()
        if is_new:
            data = {"instalment": one.number, "due_on": one.due_on.isoformat()}
            add_step(do, matter, Step(kind="miss", amount_minor=one.open_minor, data=data, key=key))
            found["missed"] = found.get("missed", 0) + 1
    due = next((one.due_on for one in rows if one.open_minor), matter.due_on)
    if rows and due != matter.due_on:
        matter.due_on = due
        matter.save(update_fields=["due_on"])
    if changed and not found:
        found["held"] = 1
    return found
