"""Writing off with authority, and taking it back. The claim on the debtor stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import transaction

from openterms.apps.collecting.escalation.authority import decider, may_decide
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
)
from openterms.apps.collecting.escalation.models import Matter, MatterStep
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.allocation.actions import reverse
from openterms.apps.receivables.loss.actions import give_up, vat_of
from openterms.apps.receivables.open_item.models import Item
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.collecting.guard import Act
from openterms.core.credit.authority import Person
from openterms.core.receivables.kinds import Account
from openterms.core.receivables.vat_relief import relief

from .recovering import KIND, recovered

RECOVERED = Reason(
    "write_off_recovered",
    gettext_noop("Money has come in on %(matter)s since."),
    remedy=gettext_noop("Take the recovery back first."),
)


def write_off(
    do: Doing, customer: Customer, item_ids: Sequence[UUID], reason: str, *, against: str = "loss_allowance",
    claims_vat: bool = False,
) -> Matter:  # fmt: skip
    """Write off what is open of some items; beyond the person's authority it is a proposal.

    `against` is the allowance or the year's result (`bad_debts`). With `claims_vat`, VAT comes back of items whose
    conditions are met. Refused: a role, the guard, another matter that holds an item. Errors: no reason.
    """
    if not reason.strip():
        raise BadInput(gettext_noop("The reason is empty"), "reason", gettext_noop("Say why it is given up"))
    if against not in (Account.LOSS_ALLOWANCE, Account.BAD_DEBTS):
        raise BadInput(gettext_noop("This is none of the choices"), "against", gettext_noop("Choose one of the list"))
    with transaction.atomic():
        currency, items, parts = choose(do.seller, customer, item_ids, do.on, collectable=False)
        ask_guard(do, customer, Act.WRITE_OFF, items)
        refuse_elsewhere(do.seller, items)
        person = may_decide(do.seller, do.actor, sum(parts.values()), currency, do.on)
        terms = {"against": against, "claims_vat": claims_vat, "relief": notes(do, items, parts)}
        step = Step(kind="propose", amount_minor=sum(parts.values()), note=reason)
        made = open_matter(do, customer, KIND, parts, currency, "proposed", step, person, terms=terms)
        if person is not None:
            _book(do, made, items, person, "")
    return made


def approve(do: Doing, matter_id: UUID, note: str = "") -> Matter:
    """A second person writes off what was proposed. Refused: one's own, too little authority, items that changed."""
    with transaction.atomic():
        matter, person, items = agreed_to(do, KIND, matter_id, Act.WRITE_OFF, collectable=False)
        refuse_elsewhere(do.seller, items)
        _book(do, matter, items, person, note)
    return matter


def decline(do: Doing, matter_id: UUID, note: str) -> Matter:
    """The proposal is not followed; nothing is written off."""
    with transaction.atomic():
        matter = locked(do.seller, KIND, matter_id, "proposed")
        person = decider(do.seller, do.actor, 0, matter.currency, do.on)
        add_step(do, matter, Step(kind="decline", note=note), person, state="declined")
    return matter


def take_back(do: Doing, matter_id: UUID, reason: str) -> Matter:
    """The items are open again with their own due dates. Refused: the authority, money that came in on it since."""
    if not reason.strip():
        raise BadInput(gettext_noop("The reason is empty"), "reason", gettext_noop("Say why it is owed again"))
    with transaction.atomic():
        matter = locked(do.seller, KIND, matter_id, "booked")
        person = decider(do.seller, do.actor, matter.amount_minor, matter.currency, do.on)
        if recovered(matter):
            raise Refused([RECOVERED.given(matter=str(matter))])
        booked = MatterStep.objects.get(matter=matter, kind="book")
        reverse(do.seller, do.actor, UUID(booked.data["allocation"]), do.on, do.now, reason)
        add_step(do, matter, Step(kind="take_back", note=reason), person, state="reversed")
    return matter


def notes(do: Doing, items: Mapping[UUID, Item], parts: Mapping[UUID, int]) -> dict[str, object]:
    """The VAT inside what is written off, what may be claimed today, from when the rest, and the rule with its
    source."""
    known = vat_of(do.seller, list(parts))
    inside = due = 0
    begins: list[str] = []
    said = relief(do.seller.country, 0, 0, 1, do.on, do.on)
    for key, (vat, gross) in known.items():
        one = relief(do.seller.country, parts[key], vat, gross, items[key].issued_on, items[key].due_on)
        inside += one.vat_minor
        if one.is_due(do.on):
            due += one.vat_minor
        elif one.from_on is not None and one.from_on > do.on:
            begins.append(one.from_on.isoformat())
    return {
        "vat_minor": inside, "due_minor": due, "next_on": min(begins, default=None), "note": said.note,
        "source": said.source, "is_known": len(known) == len(parts),
    }  # fmt: skip


def _book(do: Doing, matter: Matter, items: Mapping[UUID, Item], person: Person, note: str) -> None:
    parts = parts_of(matter)
    vat: dict[UUID, int] = {}
    if matter.terms["claims_vat"]:
        for key, (inside, gross) in vat_of(do.seller, list(parts)).items():
            one = relief(do.seller.country, parts[key], inside, gross, items[key].issued_on, items[key].due_on)
            if one.is_due(do.on):
                vat[key] = one.vat_minor
    made = give_up(
        do.seller, do.actor, parts, do.on, do.now, against=Account(matter.terms["against"]), vat=vat, reason=str(matter)
    )
    data = {"allocation": str(made), "vat_minor": sum(vat.values())}
    add_step(do, matter, Step(kind="book", amount_minor=matter.amount_minor, note=note, data=data), person,
             state="booked")  # fmt: skip
