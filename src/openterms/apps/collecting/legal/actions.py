"""Legal cases: when to sue at the latest, milestones, costs, judgment and its instalments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from openterms.apps.collecting.checklist.actions import settle_checks
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
    refuse_elsewhere,
)
from openterms.apps.collecting.escalation.models import Matter
from openterms.apps.collecting.guard.barring import restarts_of
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.loss.actions import book_cost
from openterms.apps.receivables.open_item.models import Item
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.collecting.checks import CheckAnswer
from openterms.core.collecting.guard import Act
from openterms.core.receivables.limitation import limitation

from .award import book_costs, hold_instalments

KIND = "legal"
RUNNING = ("open", "filed", "judgment", "enforcing", "stayed")
MILESTONES = {
    "file": "filed", "serve": "", "defence": "", "hearing": "", "enforce": "enforcing", "stay": "stayed",
    "resume": "filed", "acknowledgement": "",
}  # fmt: skip
"""What happens in a case, and the state that follows."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Where and how one sues: the country whose law counts the time, the court or procedure, who represents us."""

    country: str
    court: str
    lawyer: str = ""
    reason: str = ""


def sue(
    do: Doing, customer: Customer, item_ids: Sequence[UUID], claim: Claim, checks: Mapping[str, CheckAnswer]
) -> Matter:
    """Open a legal case; beyond the person's authority it is a proposal. The first limitation date of its items is the
    next day that matters.

    Refused: a role, the guard (no final notice, time-barred …), another matter that holds an item, the six checks not
    answered lately. Errors: one of them without an answer, no court, no reason.
    """
    if not claim.court.strip() or not claim.reason.strip():
        raise BadInput(gettext_noop("The court or the reason is empty"), "court", gettext_noop("Give both"))
    with transaction.atomic():
        currency, items, parts = choose(do.seller, customer, item_ids, do.on)
        ask_guard(do, customer, Act.SUE, items)
        refuse_elsewhere(do.seller, items)
        person = may_decide(do.seller, do.actor, sum(parts.values()), currency, do.on)
        limit = first_limit(do, claim.country, list(items.values()))
        data = settle_checks(do.seller, do.actor, customer, checks, do.on, do.now)
        step = Step(kind="sue" if person else "propose", amount_minor=sum(parts.values()), note=claim.reason, data=data)
        terms: dict[str, Any] = {"country": claim.country, "court": claim.court.strip(), "lawyer": claim.lawyer.strip()}
        return open_matter(
            do, customer, KIND, parts, currency, "open" if person else "proposed", step, person,
            due_on=limit, terms=terms | {"limitation_on": limit.isoformat() if limit else None},
        )  # fmt: skip


def approve(do: Doing, matter_id: UUID, note: str = "") -> Matter:
    """A second person lets a proposed case begin. Refused: one's own, too little authority, the guard, items that
    changed."""
    with transaction.atomic():
        matter, person, _ = agreed_to(do, KIND, matter_id, Act.SUE)
        add_step(do, matter, Step(kind="sue", note=note, amount_minor=matter.amount_minor), person, state="open")
    return matter


def milestone(
    do: Doing, matter_id: UUID, kind: str, note: str = "", reference: str = "", due_on: date | None = None
) -> Matter:
    """Something happened in the case, with the next day that matters; where it is enforced or stayed, the instalments
    of its judgment hold nothing any more. Errors: an unknown kind."""
    if kind not in MILESTONES:
        raise BadInput(gettext_noop("This is none of the choices"), "kind", gettext_noop("Choose one of the list"))
    with transaction.atomic():
        person = worker(do.seller, do.actor, do.on)
        matter = locked(do.seller, KIND, matter_id, *RUNNING)
        add_step(do, matter, Step(kind=kind, note=note, reference=reference), person, state=MILESTONES[kind],
                 due_on=due_on if due_on else matter.due_on)  # fmt: skip
        hold_instalments(do, matter)
    return matter


def pay_cost(do: Doing, matter_id: UUID, amount_minor: int, note: str, reference: str = "") -> Matter:
    """A court's fee or a lawyer's bill is paid and booked. It is spent: no comparison looks at it any more."""
    with transaction.atomic():
        person = worker(do.seller, do.actor, do.on)
        matter = locked(do.seller, KIND, matter_id, *RUNNING)
        entry = book_cost(do.seller, do.actor, matter.customer, "court_cost", amount_minor, matter.currency, do.on,
                          do.now, f"{matter} {note}")  # fmt: skip
        add_step(do, matter, Step(kind="cost", amount_minor=amount_minor, note=note, reference=reference,
                                  data={"entry": str(entry)}), person)  # fmt: skip
    return matter


def judgment(
    do: Doing, matter_id: UUID, amount_minor: int, costs_minor: int, reference: str,
    instalments: Sequence[tuple[date, int]] = (),
) -> Matter:  # fmt: skip
    """The court decided: what it awarded, of it costs, and the instalments it allows. An amount of 0 is a claim lost.

    Costs become an item of the customer's own, due with the first instalment; those of an earlier judgment are
    credited. What the instalments cover is claimed: nobody asks for it before its day. Errors: instalments that
    do not sum up to the award or are not in order; a locked period.
    """
    if amount_minor < 0 or not 0 <= costs_minor <= amount_minor:
        raise BadInput(gettext_noop("An amount is negative"), "amount", gettext_noop("Give it as positive"))
    days = [day for day, _ in instalments]
    is_odd = any(minor <= 0 for _, minor in instalments) or days != sorted(set(days))
    if instalments and (is_odd or sum(minor for _, minor in instalments) != amount_minor):
        raise BadInput(
            gettext_noop("The instalments do not make up the award"), "instalments",
            gettext_noop("Give positive amounts on rising days that sum to it"),
        )  # fmt: skip
    with transaction.atomic():
        person = worker(do.seller, do.actor, do.on)
        matter = locked(do.seller, KIND, matter_id, "filed", "open", "stayed")
        data = {"costs_minor": costs_minor,
                "instalments": [{"on": day.isoformat(), "minor": minor} for day, minor in instalments]}  # fmt: skip
        data |= book_costs(do, matter, costs_minor, reference, days[0] if days else do.on)
        state = "judgment" if amount_minor else "closed"
        add_step(do, matter, Step(kind="judgment", amount_minor=amount_minor, reference=reference, data=data), person,
                 state=state, due_on=days[0] if days else None)  # fmt: skip
        hold_instalments(do, matter)
    return matter


def close(do: Doing, matter_id: UUID, note: str) -> Matter:
    """The case is over: paid, withdrawn, or not worth going on."""
    if not note.strip():
        raise BadInput(gettext_noop("The reason is empty"), "note", gettext_noop("Say how it ended"))
    with transaction.atomic():
        person = worker(do.seller, do.actor, do.on)
        matter = locked(do.seller, KIND, matter_id, "proposed", *RUNNING)
        add_step(do, matter, Step(kind="close", note=note), person, state="closed", due_on=None)
        hold_instalments(do, matter)
    return matter


def first_limit(do: Doing, country: str, items: Sequence[Item]) -> date | None:
    """The first day on which one of the items can be sued for no more; None where no law is on record."""
    days = []
    restarts = restarts_of(do.seller, [one.id for one in items])
    for item in items:
        found = limitation(country, item.due_on, do.on, restarts.get(item.id, ()))
        if found is not None:
            days.append(found.last_day)
    return min(days, default=None)
