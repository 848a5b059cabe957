"""Account reviews: the comparison on stored facts, what a person changed of them and why, and the decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from django.db import transaction

from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.collecting.escalation import EDITABLE, Choice, check

from .authority import decider, may_decide, worker
from .matters import Doing, Step, add_step, choose, locked, open_matter, refuse_own
from .models import Matter, MatterStep
from .reads import Given, answer, history, inputs_of, kept, read_kept

KIND = "review"


def review(do: Doing, customer: Customer, item_ids: Sequence[UUID] = (), reason: str = "") -> Matter:
    """Open a review of what is overdue, or of some items, with inputs from the seller's own history.

    Refused: a role, nothing collectable.
    """
    with transaction.atomic():
        person = worker(do.seller, do.actor, do.on)
        currency, items, parts = choose(do.seller, customer, item_ids, do.on)
        facts = history(do.seller, customer, list(items.values()), do.on)
        data = {"facts": kept(facts), "answer": answer(facts)}
        step = Step(kind="compare", amount_minor=sum(parts.values()), note=reason, data=data)
        return open_matter(do, customer, KIND, parts, currency, "open", step, person)


def change_inputs(do: Doing, matter_id: UUID, changes: Mapping[str, int | None], reason: str) -> Matter:
    """Set some inputs otherwise than history says, with a reason; the comparison is made again.

    Errors: an input that is not known or out of its range, no reason.
    """
    if not reason.strip():
        raise BadInput(gettext_noop("The reason is empty"), "reason", gettext_noop("Say why it is otherwise"))
    unknown = set(changes) - set(EDITABLE)
    if unknown or not changes:
        raise BadInput(gettext_noop("This is none of the choices"), min(unknown, default="input"))
    with transaction.atomic():
        person = worker(do.seller, do.actor, do.on)
        matter = locked(do.seller, KIND, matter_id, "open", "proposed")
        facts = facts_of(matter) | {name: Given(value, "entered") for name, value in changes.items()}
        check(inputs_of(facts))
        data = {"facts": kept(facts), "answer": answer(facts), "changed": sorted(changes)}
        add_step(do, matter, Step(kind="compare", note=reason, data=data), person, state="open")
    return matter


def decide(do: Doing, matter_id: UUID, choice: str, reason: str) -> Matter:
    """Decide for an action within one's authority over the claim; beyond it this proposes. What was compared is kept
    with it. Errors: an unknown action, another one than the best without a reason."""
    if choice not in set(Choice):
        raise BadInput(gettext_noop("This is none of the choices"), "choice", gettext_noop("Choose one of the list"))
    with transaction.atomic():
        matter = locked(do.seller, KIND, matter_id, "open")
        last = comparison(matter)
        if choice not in last.data["answer"]["values"]:
            raise BadInput(gettext_noop("There is no offer to settle"), "choice", gettext_noop("Enter the offer first"))
        if choice != last.data["answer"]["best"] and not reason.strip():
            raise BadInput(gettext_noop("The reason is empty"), "reason", gettext_noop("Say why not the best by value"))
        person = may_decide(do.seller, do.actor, matter.amount_minor, matter.currency, do.on)
        data = {"choice": choice, "compared": last.number, "facts": last.data["facts"], "answer": last.data["answer"]}
        step = Step(kind="decide" if person else "propose", note=reason, data=data, amount_minor=matter.amount_minor)
        add_step(do, matter, step, person, state="decided" if person else "proposed")
    return matter


def approve(do: Doing, matter_id: UUID, note: str = "") -> Matter:
    """A second person agrees with what was proposed. Refused: one's own proposal, too little authority."""
    with transaction.atomic():
        matter = locked(do.seller, KIND, matter_id, "proposed")
        refuse_own(matter, do.actor)
        person = decider(do.seller, do.actor, matter.amount_minor, matter.currency, do.on)
        last = MatterStep.objects.filter(matter=matter, kind="propose").order_by("-number").first()
        assert last is not None
        step = Step(kind="decide", note=note, data=last.data, amount_minor=matter.amount_minor)
        add_step(do, matter, step, person, state="decided")
    return matter


def withdraw(do: Doing, matter_id: UUID, note: str) -> Matter:
    """End a review without a decision."""
    with transaction.atomic():
        person = worker(do.seller, do.actor, do.on)
        matter = locked(do.seller, KIND, matter_id, "open", "proposed")
        add_step(do, matter, Step(kind="withdraw", note=note), person, state="withdrawn")
    return matter


def comparison(matter: Matter) -> MatterStep:
    """The last comparison of a review."""
    found = MatterStep.objects.filter(matter=matter, kind="compare").order_by("-number").first()
    assert found is not None
    return found


def facts_of(matter: Matter) -> dict[str, Given]:
    """The inputs of a review's last comparison."""
    return read_kept(comparison(matter).data["facts"])


def differing(seller: Seller) -> Iterator[MatterStep]:
    """Steps whose stored facts do not lead to their stored answer any more (invariant 8)."""
    steps = MatterStep.objects.filter(seller=seller, matter__kind=KIND, kind__in=["compare", "propose", "decide"])
    for one in steps.iterator(chunk_size=500):
        if answer(read_kept(one.data["facts"])) != one.data["answer"]:
            yield one
