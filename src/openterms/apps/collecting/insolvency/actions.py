"""A customer's insolvency: everything stops, the debt is proved by a day, and dividends come in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction

from openterms.apps.collecting.escalation.authority import recorder, worker
from openterms.apps.collecting.escalation.matters import Doing, Step, add_step, choose, locked, open_matter
from openterms.apps.collecting.escalation.models import RUNNING, Matter
from openterms.apps.collecting.placement.actions import apply_oldest
from openterms.apps.credit.hold.actions import place_hold
from openterms.apps.credit.hold.models import Hold
from openterms.apps.parties.actions import change_customer
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.claim import actions as claims
from openterms.apps.receivables.open_item.actions import Document, post_receipt
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop

KIND = "insolvency"
STOPPED = {"settlement": ("withdraw", "withdrawn"), "placement": ("recall", "recalled"), "legal": ("stay", "stayed")}
"""What the opening of proceedings ends or stays: the step and the state it leads to."""


@dataclass(frozen=True, kw_only=True)
class Proceedings:
    """What was heard: which proceedings, where, who administers them, since when, and by when to prove the debt."""

    proceedings: str
    court: str
    administrator: str
    opened_on: date
    prove_by: date | None = None
    reference: str = ""


def record_insolvency(do: Doing, customer: Customer, heard: Proceedings) -> Matter:
    """Stop everything about an insolvent customer: placements are recalled, cases stayed, offers withdrawn, orders
    held.
    All that is open on the account is what we prove.

    Refused: a role. Errors: no proceedings, a day to come, one is recorded already.
    """
    if not heard.proceedings.strip() or heard.opened_on > do.on:
        raise BadInput(
            gettext_noop("The proceedings are not described, or lie ahead"), "proceedings",
            gettext_noop("Say which proceedings began on which past day"),
        )  # fmt: skip
    with transaction.atomic():
        person = worker(do.seller, do.actor, do.on)
        customer = Customer.objects.select_for_update().get(seller=do.seller, id=customer.id)
        if Matter.objects.filter(seller=do.seller, customer=customer, kind=KIND, state__in=RUNNING).exists():
            raise BadInput(gettext_noop("An insolvency of this customer is on record already"), "customer")
        running = Matter.objects.filter(seller=do.seller, customer=customer, kind__in=STOPPED, state__in=RUNNING)
        for matter_id, kind in list(running.order_by("id").values_list("id", "kind")):
            matter = locked(do.seller, kind, matter_id)
            step, state = STOPPED[kind]
            claims.end([matter.id], do.on, do.now)
            add_step(do, matter, Step(kind=step, note=heard.proceedings), person, state=state, due_on=None)
        currency, parts = customer.currency, {}
        if wanted := _open_items(customer):
            currency, _items, parts = choose(do.seller, customer, wanted, do.on, collectable=False)
        if customer.insolvent_on is None:
            change_customer(customer, do.actor, {"insolvent_on": heard.opened_on}, do.now)
        if not Hold.objects.filter(seller=do.seller, customer=customer, lifted_on__isnull=True).exists():
            place_hold(do.seller, do.actor, customer, heard.proceedings, do.on, do.now)
        terms = {
            "proceedings": heard.proceedings.strip(), "court": heard.court.strip(),
            "administrator": heard.administrator.strip(), "opened_on": heard.opened_on.isoformat(),
            "prove_by": heard.prove_by.isoformat() if heard.prove_by else None,
        }  # fmt: skip
        step = Step(kind="record", amount_minor=sum(parts.values()), reference=heard.reference, note=heard.proceedings)
        return open_matter(
            do, customer, KIND, parts, currency, "open", step, person, due_on=heard.prove_by, terms=terms
        )


def _open_items(customer: Customer) -> list[UUID]:
    found = customer.item_set.filter(open_minor__gt=0, currency=customer.currency)
    return list(found.exclude(kind__in=["receipt", "credit_note"]).values_list("id", flat=True))


def prove(do: Doing, matter_id: UUID, amount_minor: int, reference: str, note: str = "") -> Matter:
    """Our proof of debt is filed. Errors: an amount that is not positive."""
    if amount_minor <= 0:
        raise BadInput(gettext_noop("The amount is not positive"), "amount", gettext_noop("Give an amount above zero"))
    with transaction.atomic():
        person = worker(do.seller, do.actor, do.on)
        matter = locked(do.seller, KIND, matter_id, "open", "filed")
        add_step(do, matter, Step(kind="prove", amount_minor=amount_minor, reference=reference, note=note), person,
                 state="filed", due_on=None)  # fmt: skip
    return matter


def dividend(do: Doing, matter_id: UUID, amount_minor: int, reference: str) -> Matter:
    """A dividend came in: a receipt, applied to the items, the oldest due first. A reference counts once."""
    if amount_minor <= 0 or not reference.strip():
        raise BadInput(gettext_noop("The amount or the reference is missing"), "reference",
                       gettext_noop("Give a positive amount and its reference"))  # fmt: skip
    with transaction.atomic():
        person = recorder(do.seller, do.actor, do.on)
        matter = locked(do.seller, KIND, matter_id, "open", "filed")
        name = f"{matter}/{reference.strip()}"
        document = Document(name[:100], do.on, amount_minor, matter.currency, external_id=name[:200])
        receipt = post_receipt(do.seller, do.actor, matter.customer, document, do.now)
        made = apply_oldest(do, matter, receipt.id, amount_minor)
        data = {"receipt": str(receipt.id), "allocation": str(made) if made else None}
        add_step(do, matter, Step(kind="dividend", amount_minor=amount_minor, reference=reference, data=data), person)
    return matter


def end(do: Doing, matter_id: UUID, note: str, *, is_dismissed: bool = False) -> Matter:
    """The proceedings are over. Where they were dismissed the customer is not insolvent any more; what is left open is
    for a write-off."""
    with transaction.atomic():
        person = worker(do.seller, do.actor, do.on)
        matter = locked(do.seller, KIND, matter_id, "open", "filed")
        if is_dismissed:
            change_customer(matter.customer, do.actor, {"insolvent_on": None}, do.now)
        add_step(do, matter, Step(kind="dismiss" if is_dismissed else "close", note=note), person, state="closed",
                 due_on=None)  # fmt: skip
    return matter
