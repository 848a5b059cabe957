# ruff: noqa: E501
"""Confirm, edit or reject what a reply proposes. Confirming does what a person would have done by hand, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from openterms.apps.collecting.pause.actions import pause
from openterms.apps.collecting.promise.actions import promise
from openterms.apps.collecting.reported_payment.actions import Reported, report
from openterms.apps.collecting.worklist.actions import log_activity
from openterms.apps.journal.actions import record
from openterms.apps.messaging.incoming.actions import NOT_YOURS, READERS, assign
from openterms.apps.messaging.incoming.models import IncomingMail
from openterms.apps.parties.actions import add_contact, add_note, keep_part
from openterms.apps.parties.models import Contact, Customer
from openterms.apps.receivables.dispute.cases import Line, Raised, open_case
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import gettext_noop

from .considering import consider
from .models import ReplyProposal
from .values import Values, defaults

State = ReplyProposal.State


class _Case(NamedTuple):
    """What an act needs to know."""

    seller: Seller
    actor: Actor
    customer: Customer
    mail: IncomingMail
    proposal: ReplyProposal
    values: Values
    on: date
    now: datetime

    @property
    def who(self) -> str:
        """Who wrote, as the record names people."""
        return (self.mail.contact.name if self.mail.contact else self.mail.sender_name or self.mail.sender_address)[:200]

    @property
    def note(self) -> str:
        """The words that say so."""
        return (self.proposal.quote or self.mail.subject)[:2_000]


Result = tuple[str, UUID | None]


def confirm(
    seller: Seller, actor: Actor, proposal_id: UUID, on: date, now: datetime, edited: Values | None = None
) -> ReplyProposal:
    """Do what a reply proposes, with its own values or with `edited` ones. Whoever confirms again gets the first answer.

    Refused: the role, and whatever the act itself refuses. Errors: a proposal that was rejected, values that are missing
    or cannot be. Then nothing is done.
    """
    with transaction.atomic():
        proposal, mail = _locked(seller, actor, proposal_id)
        if proposal.state in (State.CONFIRMED, State.EDITED):
            return proposal
        if proposal.state == State.REJECTED:
            raise BadInput(gettext_noop("This proposal was rejected"), "proposal")
        customer = Customer.objects.get(seller=seller, id=mail.customer_id)
        customer.seller = seller
        proposed = defaults(seller, customer, proposal, on)
        values = edited or proposed
        case = _Case(seller, actor, customer, mail, proposal, values, on, now)
        proposal.result_type, proposal.result_id = _ACTS[proposal.kind](case)
        proposal.state = State.CONFIRMED if values == proposed else State.EDITED
        proposal.decided = values.as_json()
        _decided(proposal, actor, now)
    return proposal


def reject(seller: Seller, actor: Actor, proposal_id: UUID, now: datetime) -> ReplyProposal:
    """Say that a reply does not mean that. Errors: one that was confirmed. Refused: the role."""
    with transaction.atomic():
        proposal, _mail = _locked(seller, actor, proposal_id)
        if proposal.state == State.REJECTED:
            return proposal
        if proposal.state != State.OPEN:
            raise BadInput(gettext_noop("This proposal was confirmed; take back what came of it instead"), "proposal")
        proposal.state = State.REJECTED
        _decided(proposal, actor, now)
    return proposal


def name_customer(seller: Seller, actor: Actor, mail_id: UUID, customer_id: UUID, now: datetime) -> IncomingMail:
    """Say whose a mail is, and read it for that customer. Refused and errors as `assign`."""
    with transaction.atomic():
        assign(seller, actor, mail_id, customer_id, now)
        consider(seller, mail_id, now)
    return IncomingMail.objects.get(seller=seller, id=mail_id)


def _locked(seller: Seller, actor: Actor, proposal_id: UUID) -> tuple[ReplyProposal, IncomingMail]:
    if actor.role is not None and actor.role not in READERS:
        raise Refused([NOT_YOURS])
    with locking():
        found = ReplyProposal.objects.select_for_update(of=("self",)).filter(seller=seller, id=proposal_id).first()
    if found is None:
        raise BadInput(gettext_noop("There is no such proposal"), "proposal")
    return found, IncomingMail.objects.select_related("contact").get(seller=seller, id=found.mail_id)


def _decided(proposal: ReplyProposal, actor: Actor, now: datetime) -> None:
    proposal.decided_by_id, proposal.decided_at = actor.user_id, now
    proposal.save(update_fields=["state", "decided", "decided_by", "decided_at", "result_type", "result_id"])
    said = {
        "proposal": proposal.kind, "confidence_bp": proposal.confidence_bp, "mail": str(proposal.mail_id),
        "result": proposal.result_type, "result_id": str(proposal.result_id or ""),
    }  # fmt: skip
    kind = "reply_rejected" if proposal.state == State.REJECTED else "reply_confirmed"
    record(proposal.seller_id, actor, kind, "reply_proposal", proposal.id, now, proposal.mail.customer_id, said)


def _promise(case: _Case) -> Result:
    values = case.values
    if values.day is None:
        raise BadInput(gettext_noop("The day is missing"), "day", gettext_noop("Give the day that was promised"))
    made = promise(
        case.seller, case.actor, case.customer, values.item_ids, values.amount_minor or 0, values.day, case.on, case.now,
        made_by=case.who, note=case.note, channel="email",
    )  # fmt: skip
    return "promise", made.id


def _dispute(case: _Case) -> Result:
    values = case.values
    if not values.item_ids:
        raise BadInput(gettext_noop("No invoice is named"), "items", gettext_noop("Choose the invoices that are disputed"))
    found = {one.id: one for one in Item.objects.filter(seller=case.seller, id__in=values.item_ids)}
    lines = [
        Line(id, values.amount_minor if values.amount_minor and len(values.item_ids) == 1
             else found[id].open_minor - found[id].contested_minor)
        for id in values.item_ids if id in found
    ]  # fmt: skip
    raised = Raised(reason=values.reason or "other", note=case.note, channel="email", raised_by=case.who)
    return "dispute", open_case(case.seller, case.actor, case.customer, lines, raised, case.on, case.now).id


def _paid(case: _Case) -> Result:
    values = case.values
    said = Reported(
        item_ids=values.item_ids, amount_minor=values.amount_minor or 0, paid_on=min(values.day or case.on, case.on),
        reference=values.reference, note=case.note, reported_by=case.who, channel="email",
    )  # fmt: skip
    return "reported", report(case.seller, case.actor, case.customer, said, case.on, case.now).id


def _log(case: _Case, outcome: str, next_on: date | None = None) -> Result:
    made = log_activity(
        case.seller, case.actor, case.customer, "email", case.on, case.now, outcome=outcome, contact=case.mail.contact,
        person_reached=case.who, note=case.note, next_on=next_on if next_on and next_on > case.on else None,
    )  # fmt: skip
    return "activity", made.id


def _other_person(case: _Case) -> Contact | None:
    """The person that the mail names instead, kept with the customer."""
    values = case.values
    if not values.address:
        return None
    known = Contact.objects.filter(seller=case.seller, customer=case.customer, email__iexact=values.address).first()
    return known or add_contact(
        case.customer, case.actor, case.now, name=(values.name or values.address)[:200], email=values.address
    )


def _out_of_office(case: _Case) -> Result:
    _other_person(case)
    return _log(case, "other", case.values.day)


def _wrong_person(case: _Case) -> Result:
    other = _other_person(case)
    if case.mail.contact is not None and other is not None and other.id != case.mail.contact.id:
        keep_part(case.customer, case.actor, "contact", case.mail.contact.id, {"is_active": False}, case.now)
    return _log(case, "wrong_contact")


def _copy(case: _Case) -> Result:
    words = case.proposal.quote.lower()
    is_order = any(one in words for one in ("purchase order", "po number", " po ", "أمر الشراء", "أمر شراء", "امر الشراء"))
    return _log(case, "po_requested" if is_order else "copy_requested")


def _cannot_pay(case: _Case) -> Result:
    if case.values.pause_until is not None:
        if not case.on <= case.values.pause_until <= case.on + timedelta(days=92):
            raise BadInput(gettext_noop("A pause is for at most three months"), "pause_until")
        pause(
            case.seller, case.actor, case.customer, "hardship", case.note[:500] or "-", case.values.pause_until, case.on,
            case.now,
        )  # fmt: skip
    return _log(case, "cannot_pay")


def _complaint(case: _Case) -> Result:
    return "note", add_note(case.customer, case.actor, f"{case.who}: {case.note}", case.now).id


def _stop(case: _Case) -> Result:
    address = case.mail.sender_address
    if not address:
        raise BadInput(gettext_noop("The mail has no sender"), "proposal")
    contact = case.mail.contact or add_contact(
        case.customer, case.actor, case.now, name=(case.mail.sender_name or address)[:200], email=address
    )
    keep_part(case.customer, case.actor, "contact", contact.id, {"do_not_contact": True}, case.now)
    return "contact", contact.id


_ACTS: Mapping[str, Callable[[_Case], Result]] = {
    "promise": _promise, "dispute": _dispute, "paid": _paid, "remittance": _paid, "out_of_office": _out_of_office,
    "wrong_person": _wrong_person, "copy": _copy, "cannot_pay": _cannot_pay, "complaint": _complaint, "stop": _stop,
}  # fmt: skip


def values_of(given: Mapping[str, Any]) -> Values:
    """Values from a form's cleaned data."""
    return Values(
        item_ids=tuple(UUID(str(one)) for one in given.get("items") or ()), amount_minor=given.get("minor"),
        day=given.get("day"), reason=given.get("reason") or "", reference=(given.get("reference") or "").strip(),
        name=(given.get("name") or "").strip(), address=(given.get("address") or "").strip().lower(),
        pause_until=given.get("pause_until"),
    )  # fmt: skip
