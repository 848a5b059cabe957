"""Decide a dispute case and post what follows, in one transaction; open it again; close it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from openterms.apps.parties.models import Customer
from openterms.apps.receivables.allocation.actions import Part, allocate
from openterms.apps.receivables.claim import actions as claims
from openterms.apps.receivables.ledger.reads import base_rate
from openterms.apps.receivables.open_item.actions import Document, post_credit_note
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.models import Role, Seller
from openterms.core.base.calendar import BusinessCalendar
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.money import format_amount
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.receivables.disputes import answer_by

from .cases import State, locked_case, note_case, place_line, refuse_amount, refuse_decided, route_for
from .models import Dispute, DisputeCase

DECIDERS = (Role.CREDIT_MANAGER, Role.ANALYST, Role.CFO)
Kind = DisputeCase.Resolution
GIVING = (Kind.CREDIT_NOTE, Kind.PRICE_CORRECTION, Kind.SETTLED, Kind.WRITTEN_OFF)

BEYOND = Reason(
    "dispute_authority",
    gettext_noop("Giving up %(amount)s %(currency)s is beyond your authority."),
    remedy=gettext_noop("Ask somebody with more authority to decide it."),
)
NO_DECIDER = Reason(
    "dispute_decider",
    gettext_noop("The role %(role)s decides no disputes."),
    remedy=gettext_noop("Ask the credit manager."),
)
NO_WRITE_OFF = Reason(
    "dispute_no_write_off",
    gettext_noop("Write-offs are not posted here."),
    remedy=gettext_noop("Decide it by a credit note."),
)
NOT_DECIDED = Reason(
    "dispute_not_decided",
    gettext_noop("The case is %(state)s; only a decided one is opened again or closed."),
    remedy=gettext_noop("Decide it first."),
)

WriteOff = Callable[[Seller, Actor, Mapping[UUID, int], date, datetime, str], object]
_write_off: list[WriteOff] = []


def posts_write_offs(post: WriteOff) -> None:
    """Tell how an amount of items is written off: `post(seller, actor, {item: minor}, on, now, reason)`."""
    _write_off[:] = [post]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """How a case ends. `upheld` says what of each line (by the dispute's id, minor units) the customer was right about;
    lines that it leaves out are upheld in whole, or not at all where the resolution is a rejection.

    `number` is the credit note's (given one by default), `vat_minor` the tax in it; `message` is what the customer
    reads.
    """

    resolution: str
    upheld: Mapping[UUID, int] = field(default_factory=dict)
    number: str = ""
    vat_minor: int = 0
    note: str = ""
    message: str = ""


def resolve(seller: Seller, actor: Actor, case_id: UUID, decision: Decision, on: date, now: datetime) -> DisputeCase:
    """Decide a case: claims end, what is upheld is credited and allocated (or written off), the rest is owed again.

    All in one transaction; any refusal changes nothing. Refused: a role that decides none, more than one's authority,
    decided already; busy. Errors: an unknown resolution, more upheld than contested or than is open, no note, a locked
    period.
    """
    if decision.resolution not in Kind.values or decision.resolution == Kind.WITHDRAWN:
        raise BadInput(
            gettext_noop("%(value)s is no resolution"), "resolution", gettext_noop("one of: %(known)s"),
            {"value": decision.resolution, "known": ", ".join([*GIVING, Kind.REJECTED])},
        )  # fmt: skip
    if not decision.note.strip():
        raise BadInput(gettext_noop("The note is empty"), "note", gettext_noop("Say why it is decided so"))
    if actor.role is not None and actor.role not in DECIDERS:
        raise Refused([NO_DECIDER.given(role=actor.role)])
    with transaction.atomic():
        case, items = locked_case(seller, actor, case_id)
        refuse_decided(case)
        lines = list(case.lines.filter(closed_on__isnull=True).order_by("id"))
        if on < max([case.state_on, *(line.opened_on for line in lines)]):
            raise BadInput(gettext_noop("That day lies before the last step"), "date", gettext_noop("Use a later date"))
        upheld = _upheld(lines, decision, items)
        total = sum(upheld.values())
        _refuse_authority(seller, actor, total, case.currency, on)
        claims.end([line.id for line in lines], on, now)
        for line in lines:
            line.upheld_minor, line.closed_on = upheld[line.id], on
            line.outcome = _outcome(line.amount_minor, upheld[line.id])
            line.save(update_fields=["upheld_minor", "closed_on", "outcome"])
        if total:
            _post(seller, actor, case, lines, upheld, decision, on, now)
        case.state, case.state_on, case.decided_on, case.waiting_since = State.DECIDED, on, on, None
        case.resolution, case.message = decision.resolution, decision.message.strip()
        case.upheld_minor = min(case.upheld_minor + total, case.amount_minor)
        case.save(update_fields=DisputeCase.MOVING)
        note_case(
            seller, actor, case, "decided", now,
            {"resolution": case.resolution, "upheld_minor": total, "note": decision.note.strip()[:500]},
        )  # fmt: skip
    return case


def _upheld(lines: list[Dispute], decision: Decision, items: Mapping[UUID, Item]) -> dict[UUID, int]:
    known = {line.id: line for line in lines}
    if not set(decision.upheld) <= set(known):
        raise BadInput(gettext_noop("This line is not contested in the case"), "lines")
    found: dict[UUID, int] = {}
    for line in lines:
        usual = 0 if decision.resolution == Kind.REJECTED else line.amount_minor
        minor = decision.upheld.get(line.id, usual)
        most = min(line.amount_minor, items[line.item_id].open_minor)
        if line.id not in decision.upheld:
            minor = min(minor, most)
        if not 0 <= minor <= most:
            raise BadInput(
                gettext_noop("%(amount)s of %(number)s cannot be upheld"), "upheld",
                gettext_noop("Give from 0 to %(most)s, which is contested and open"),
                {
                    "amount": format_amount(minor, line.currency), "number": items[line.item_id].number,
                    "most": format_amount(most, line.currency),
                },
            )  # fmt: skip
        found[line.id] = minor
    giving = sum(found.values()) > 0
    if giving != (decision.resolution in GIVING):
        raise BadInput(
            gettext_noop("The amounts do not fit the resolution"), "upheld",
            gettext_noop("A rejection upholds nothing; every other resolution upholds something"),
        )  # fmt: skip
    return found


def _refuse_authority(seller: Seller, actor: Actor, minor: int, currency: str, on: date) -> None:
    """A person gives up no more than the seller lets them; to reject needs no authority."""
    if actor.role is None or not minor:
        return
    if base_rate(seller, currency, on).to_base(minor) > actor.authority_minor:
        raise Refused([BEYOND.given(amount=format_amount(minor, currency), currency=currency)])


def _outcome(contested: int, upheld: int) -> str:
    if not upheld:
        return Dispute.Outcome.REJECTED
    return Dispute.Outcome.UPHELD if upheld == contested else Dispute.Outcome.SETTLED


def _post(
    seller: Seller, actor: Actor, case: DisputeCase, lines: list[Dispute], upheld: Mapping[UUID, int],
    decision: Decision, on: date, now: datetime,
) -> None:  # fmt: skip
    """A credit note for all that is upheld, allocated to the items it concerns; or the write-off."""
    parts: dict[UUID, int] = {}
    for line in lines:
        if upheld[line.id]:
            parts[line.item_id] = parts.get(line.item_id, 0) + upheld[line.id]
    if decision.resolution == Kind.WRITTEN_OFF:
        if not _write_off:
            raise Refused([NO_WRITE_OFF])
        _write_off[0](seller, actor, parts, on, now, decision.note.strip())
        return
    number = decision.number.strip() or f"CN-{case.id.hex[-8:].upper()}" + (
        f"-{case.times_reopened + 1}" if case.times_reopened else ""
    )
    document = Document(number, on, sum(parts.values()), case.currency, reference=case.reason)
    customer = Customer.objects.get(id=case.customer_id)
    credit = post_credit_note(seller, actor, customer, document, now, decision.vat_minor)
    allocate(seller, actor, credit.id, [Part(item_id, minor) for item_id, minor in parts.items()], on, now)
    case.credit_item_id = credit.id


def reopen(
    seller: Seller, actor: Actor, case_id: UUID, amounts: Mapping[UUID, int], on: date, now: datetime, note: str
) -> DisputeCase:
    """Contest again what was decided: amounts by item, of what is open and not contested. The clock starts anew.

    Refused: a role that handles none, not decided; busy. Errors: no note, nothing, more than was rejected or is open.
    """
    if not note.strip():
        raise BadInput(gettext_noop("The note is empty"), "note", gettext_noop("Say what is new"))
    with transaction.atomic():
        case, items = locked_case(seller, actor, case_id)
        if case.state not in (State.DECIDED, State.CLOSED):
            raise Refused([NOT_DECIDED.given(state=case.state)])
        if not amounts or not set(amounts) <= set(items) or on < case.state_on:
            raise BadInput(gettext_noop("Nothing of this case can be contested again so"), "lines")
        for item_id, minor in amounts.items():
            refuse_amount(items[item_id], minor, "amount")
        if sum(amounts.values()) > case.amount_minor - case.upheld_minor:
            raise BadInput(gettext_noop("More is contested than was rejected"), "amount")
        for item_id, minor in amounts.items():
            place_line(case, items[item_id], minor, on)
        route, _ = route_for(seller, case.reason)
        case.state, case.state_on, case.resolution = State.INVESTIGATING, on, ""
        case.decided_on, case.times_reopened = None, case.times_reopened + 1
        case.due_on = answer_by(on, route.business_days, BusinessCalendar.of(seller.weekend))
        case.save(update_fields=DisputeCase.MOVING)
        note_case(seller, actor, case, "reopened", now, {"note": note.strip()[:500]})
    return case


def close_case(seller: Seller, actor: Actor, case_id: UUID, on: date, now: datetime) -> DisputeCase:
    """The customer was told: the decided case is closed. Refused: a role that handles none, not decided; busy."""
    with transaction.atomic():
        case, _ = locked_case(seller, actor, case_id)
        if case.state != State.DECIDED:
            raise Refused([NOT_DECIDED.given(state=case.state)])
        case.state, case.state_on = State.CLOSED, on
        case.save(update_fields=["state", "state_on"])
        note_case(seller, actor, case, "closed", now, {})
    return case
