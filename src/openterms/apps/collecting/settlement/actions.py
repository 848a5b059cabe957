"""Settlement offers: less than is owed, by a day, and what is forgiven only once that was paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import connection, transaction

from openterms.apps.collecting.escalation.authority import may_decide, worker
from openterms.apps.collecting.escalation.matters import (
    Doing,
    Step,
    add_step,
    agreed_to,
    ask_guard,
    choose,
    locked,
    open_matter,
    parts_of,
    refuse_elsewhere,
    still_there,
)
from openterms.apps.collecting.escalation.models import Matter, MatterStep
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.allocation.actions import reverse
from openterms.apps.receivables.claim import actions as claims
from openterms.apps.receivables.loss.actions import give_up
from openterms.apps.receivables.open_item.locking import lock_items
from openterms.core.base.errors import BadInput
from openterms.core.base.money import format_amount
from openterms.core.base.reasons import gettext_noop
from openterms.core.collecting.guard import Act

KIND = "settlement"
GRACE_DAYS = 3
LOOK_BACK = 120

PAID = """
SELECT coalesce(sum(s.amount_minor), 0)::bigint FROM receivables_settlement s
JOIN collecting_matteritem i ON i.item_id = s.item_id AND i.seller_id = s.seller_id
WHERE i.matter_id = %(matter)s AND i.seller_id = %(seller)s AND s.kind = 'cash'
    AND s.settled_on BETWEEN %(since)s AND %(on)s
"""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What would be taken for the whole: an amount, paid by a day, if the debtor agrees by another."""

    pays_minor: int
    pay_by: date
    answer_by: date
    reason: str


def offer(do: Doing, customer: Customer, item_ids: Sequence[UUID], wanted: Offer) -> Matter:
    """Offer to take less. Beyond the person's authority for what is forgiven it is a proposal that somebody else
    approves; until the money is there nothing is forgiven.

    Refused: a role, the guard, items that another matter holds, nothing collectable. Errors: an amount that forgives
    nothing or all, days out of order, no reason.
    """
    with transaction.atomic():
        currency, items, parts = choose(do.seller, customer, item_ids, do.on)
        total = sum(parts.values())
        _check(do, wanted, total, currency)
        ask_guard(do, customer, Act.OFFER, items)
        refuse_elsewhere(do.seller, items)
        person = may_decide(do.seller, do.actor, total - wanted.pays_minor, currency, do.on)
        terms = {
            "pays_minor": wanted.pays_minor, "forgiven_minor": total - wanted.pays_minor,
            "pay_by": wanted.pay_by.isoformat(), "answer_by": wanted.answer_by.isoformat(),
        }  # fmt: skip
        step = Step(kind="offer" if person else "propose", amount_minor=wanted.pays_minor, note=wanted.reason)
        state = "offered" if person else "proposed"
        return open_matter(
            do, customer, KIND, parts, currency, state, step, person, due_on=wanted.answer_by, terms=terms
        )


def approve(do: Doing, matter_id: UUID, note: str = "") -> Matter:
    """A second person lets a proposed offer go out. Refused: one's own, too little authority, items that changed."""
    with transaction.atomic():
        matter, person, _ = agreed_to(do, KIND, matter_id, Act.OFFER,
                                      minor=lambda one: int(one.terms["forgiven_minor"]))  # fmt: skip
        add_step(do, matter, Step(kind="offer", amount_minor=matter.terms["pays_minor"], note=note), person,
                 state="offered")  # fmt: skip
    return matter


def accept(do: Doing, matter_id: UUID, accepted_by: str, note: str = "") -> Matter:
    """The debtor agrees in time: until the day to pay nothing of the items is collected otherwise.

    Refused: not on offer. Errors: no name, after the last day to answer.
    """
    if not accepted_by.strip():
        raise BadInput(gettext_noop("The name is empty"), "accepted_by", gettext_noop("Say who agreed"))
    with transaction.atomic():
        person = worker(do.seller, do.actor, do.on)
        matter = locked(do.seller, KIND, matter_id, "offered")
        if do.on > date.fromisoformat(matter.terms["answer_by"]):
            raise BadInput(
                gettext_noop("The offer lapsed on %(day)s"), "on", gettext_noop("Make a new offer"),
                {"day": matter.terms["answer_by"]},
            )  # fmt: skip
        for item in still_there(matter).values():
            claims.place(item, "planned", item.collectable_minor, do.on, KIND, matter.id)
        step = Step(kind="accept", note=note, data={"accepted_by": accepted_by.strip()})
        add_step(do, matter, step, person, state="accepted", due_on=date.fromisoformat(matter.terms["pay_by"]))
    return matter


def end_offer(do: Doing, matter_id: UUID, kind: str, note: str) -> Matter:
    """The debtor declines (`decline`), or we take it back (`withdraw`) before it is accepted."""
    with transaction.atomic():
        person = worker(do.seller, do.actor, do.on)
        matter = locked(do.seller, KIND, matter_id, "proposed", "offered")
        state = {"decline": "declined", "withdraw": "withdrawn"}[kind]
        add_step(do, matter, Step(kind=kind, note=note), person, state=state, due_on=None)
    return matter


def derive_settlements(do: Doing) -> dict[str, int]:
    """Give offers the state that the days and the money imply: expired, paid (what is forgiven is written off), broken
    (the whole is owed again). Money that comes back revives what was forgiven. Run twice it changes nothing."""
    changed: dict[str, int] = {}
    wanted = Matter.objects.filter(seller=do.seller, kind=KIND).filter(
        state__in=["proposed", "offered", "accepted", "paid"]
    )
    recent = do.on - timedelta(days=LOOK_BACK)
    for matter_id, state, on in list(wanted.order_by("id").values_list("id", "state", "state_on")):
        if state == "paid" and on < recent:
            continue
        with transaction.atomic():
            matter = locked(do.seller, KIND, matter_id)
            to = _judge(do, matter)
            if to:
                changed[to] = changed.get(to, 0) + 1
    return changed


def received(matter: Matter, on: date) -> int:
    """What was paid on an accepted offer's items since it was accepted, by a day."""
    since = MatterStep.objects.filter(matter=matter, kind="accept").values_list("on", flat=True).first()
    if since is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(PAID, {"matter": matter.id, "seller": matter.seller_id, "since": since, "on": on})
        return int(cursor.fetchone()[0])


def _judge(do: Doing, matter: Matter) -> str:
    if matter.state in ("proposed", "offered"):
        if do.on <= date.fromisoformat(matter.terms["answer_by"]):
            return ""
        add_step(do, matter, Step(kind="expire"), state="expired", due_on=None)
        return "expired"
    paid = received(matter, do.on)
    is_whole = paid >= matter.terms["pays_minor"]
    if matter.state == "accepted" and is_whole:
        return _pay(do, matter, paid)
    last = date.fromisoformat(matter.terms["pay_by"]) + timedelta(days=GRACE_DAYS)
    if matter.state == "accepted" and do.on > last:
        claims.end([matter.id], do.on, do.now)
        add_step(do, matter, Step(kind="break", amount_minor=paid), state="broken", due_on=None)
        return "broken"
    if matter.state == "paid" and not is_whole:
        made = MatterStep.objects.filter(matter=matter, kind="pay").order_by("-number").first()
        allocation = (made.data if made else {}).get("allocation")
        if allocation:
            reverse(do.seller, do.actor, UUID(allocation), do.on, do.now, str(matter))
        add_step(do, matter, Step(kind="break", amount_minor=paid), state="broken", due_on=None)
        return "broken"
    return ""


def _pay(do: Doing, matter: Matter, paid: int) -> str:
    """Write off what is forgiven: of each item what is still open, no more than was agreed in all."""
    claims.end([matter.id], do.on, do.now)
    items = lock_items(do.seller, list(parts_of(matter)))
    left, rest = matter.terms["forgiven_minor"], {}
    for key, agreed in parts_of(matter).items():
        minor = min(left, agreed, items[key].collectable_minor)
        if minor > 0:
            rest[key] = minor
            left -= minor
    data: Mapping[str, str] = {}
    if rest:
        data = {"allocation": str(give_up(do.seller, do.actor, rest, do.on, do.now, reason=str(matter)))}
    add_step(do, matter, Step(kind="pay", amount_minor=paid, data=data), state="paid", due_on=None)
    return "paid"


def _check(do: Doing, wanted: Offer, total: int, currency: str) -> None:
    if not 0 < wanted.pays_minor < total:
        raise BadInput(
            gettext_noop("%(amount)s settles nothing"), "pays_minor",
            gettext_noop("Give a positive amount below %(most)s, which is what may be collected"),
            {"amount": format_amount(wanted.pays_minor, currency), "most": format_amount(total, currency)},
        )  # fmt: skip
    if not do.on <= wanted.answer_by <= wanted.pay_by <= do.on + timedelta(days=366):
        raise BadInput(
            gettext_noop("These days are not in order"), "pay_by",
            gettext_noop("Give a last day to answer, and a later one to pay within a year"),
        )  # fmt: skip
    if not wanted.reason.strip():
        raise BadInput(gettext_noop("The reason is empty"), "reason", gettext_noop("Say why less is taken"))
