"""Placing debts with agencies, what they answer and bring in, and taking debts back from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Sum

from openterms.apps.collecting.checklist.actions import settle_checks
from openterms.apps.collecting.escalation.authority import may_decide, recorder, worker
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
from openterms.apps.collecting.escalation.models import Agency, Matter, MatterStep
from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.allocation.actions import Part, allocate
from openterms.apps.receivables.loss.actions import book_cost
from openterms.apps.receivables.open_item.actions import Document, post_receipt
from openterms.apps.receivables.open_item.locking import lock_items
from openterms.core.base.errors import BadInput
from openterms.core.base.money import format_amount
from openterms.core.base.reasons import gettext_noop
from openterms.core.collecting.agencies import fee_bp_of, fee_of, read_fees
from openterms.core.collecting.checks import CheckAnswer
from openterms.core.collecting.guard import Act
from openterms.core.receivables.kinds import Account

KIND = "placement"
WITH_AGENCY = ("placed", "acknowledged")


@dataclass(frozen=True, kw_only=True)
class AgencyWords:
    """What is kept of an agency; fees as the table by age."""

    code: str
    name: str
    countries: Sequence[str] = ()
    specialities: Sequence[str] = ()
    fees: Sequence[Mapping[str, Any]] = ()
    email: str = ""
    reference: str = ""
    is_active: bool = True


def keep_agency(do: Doing, words: AgencyWords, agency_id: UUID | None = None) -> Agency:
    """Add an agency, or change one: placements keep the fee they were made at. Errors: no name, a code that is taken, a
    fee table that is none."""
    fees = [one._asdict() for one in read_fees(words.fees)]
    if not words.name.strip() or not words.code.strip():
        raise BadInput(gettext_noop("The name is empty"), "name", gettext_noop("Give a code and a name"))
    columns = {
        "name": words.name.strip(),
        "countries": sorted({one.strip().upper() for one in words.countries if one.strip()}),
        "specialities": [one.strip() for one in words.specialities if one.strip()], "fees": fees,
        "email": words.email.strip(), "reference": words.reference.strip(), "is_active": words.is_active,
    }  # fmt: skip
    with transaction.atomic():
        worker(do.seller, do.actor, do.on)
        if agency_id is not None:
            made = Agency.objects.select_for_update().filter(seller=do.seller, id=agency_id).first()
            if made is None:
                raise BadInput(gettext_noop("There is no such agency"), "agency")
            for name, value in columns.items():
                setattr(made, name, value)
            made.save(update_fields=list(columns))
        else:
            try:
                with transaction.atomic():
                    made = Agency.objects.create(seller=do.seller, code=words.code.strip(), **columns)
            except IntegrityError as error:
                raise BadInput(
                    gettext_noop("%(code)s is on record already"), "code", gettext_noop("Use another code"),
                    {"code": words.code},
                ) from error  # fmt: skip
        record(do.seller.id, do.actor, "agency_kept", "agency", made.id, do.now, None,
               {"code": made.code, "name": made.name, "fees": fees})  # fmt: skip
    return made


def place(
    do: Doing, customer: Customer, item_ids: Sequence[UUID], agency_id: UUID, checks: Mapping[str, CheckAnswer],
    reason: str,
) -> Matter:  # fmt: skip
    """Hand debts to an agency at its fee for their age; our own contact stops. Beyond the person's authority it is a
    proposal.

    Refused: a role, the guard (no final notice, disputed, paid meanwhile …), another matter that holds an item, the
    six checks not answered lately. Errors: one of them without an answer, an agency that does not work there.
    """
    with transaction.atomic():
        agency = Agency.objects.filter(seller=do.seller, id=agency_id, is_active=True).first()
        if agency is None or (agency.countries and customer.country not in agency.countries):
            raise BadInput(
                gettext_noop("This agency does not collect there"), "agency", gettext_noop("Choose another agency")
            )
        currency, items, parts = choose(do.seller, customer, item_ids, do.on)
        ask_guard(do, customer, Act.PLACE, items)
        refuse_elsewhere(do.seller, items)
        oldest = min(one.due_on for one in items.values())
        fee_bp = fee_bp_of(read_fees(agency.fees), (do.on - oldest).days)
        person = may_decide(do.seller, do.actor, sum(parts.values()), currency, do.on)
        data = settle_checks(do.seller, do.actor, customer, checks, do.on, do.now)
        step = Step(kind="place" if person else "propose", note=reason, data=data, amount_minor=sum(parts.values()))
        return open_matter(
            do, customer, KIND, parts, currency, "placed" if person else "proposed", step, person, agency=agency,
            terms={"fee_bp": fee_bp, "days_overdue": (do.on - oldest).days},
        )  # fmt: skip


def approve(do: Doing, matter_id: UUID, note: str = "") -> Matter:
    """A second person lets a proposed placement go out. Refused: one's own, too little authority, the guard, items that
    changed."""
    with transaction.atomic():
        matter, person, _ = agreed_to(do, KIND, matter_id, Act.PLACE)
        add_step(do, matter, Step(kind="place", note=note, amount_minor=matter.amount_minor), person, state="placed")
    return matter


def answer(do: Doing, matter_id: UUID, kind: str, reference: str = "", note: str = "", key: str = "") -> Matter:
    """The agency takes it (`acknowledge`), does not (`decline`), is done (`close`), or we take it back (`recall`).

    Refused: not with an agency. Errors: a recall without a reason.
    """
    if kind == "recall" and not note.strip():
        raise BadInput(gettext_noop("The reason is empty"), "note", gettext_noop("Say why it is taken back"))
    states = {"acknowledge": "acknowledged", "decline": "declined", "recall": "recalled", "close": "closed"}
    with transaction.atomic():
        person = (worker if kind == "recall" else recorder)(do.seller, do.actor, do.on)
        before = ("placed",) if kind in ("acknowledge", "decline") else ("proposed", *WITH_AGENCY)
        matter = locked(do.seller, KIND, matter_id, *before)
        add_step(do, matter, Step(kind=kind, reference=reference, note=note, key=key), person, state=states[kind])
    return matter


@dataclass(frozen=True, kw_only=True)
class AgencyPayment:
    """Money that an agency tells of: the gross amount, the fee it kept, its own reference (counts once)."""

    amount_minor: int
    fee_minor: int
    reference: str
    is_direct: bool = False
    """Whether the debtor paid us instead; then the fee is owed."""
    key: str = ""


def record_payment(do: Doing, matter_id: UUID, paid: AgencyPayment) -> Matter:
    """Money through the agency is a receipt of the gross amount, its fee an expense (TV-128), applied to the placed
    items, the oldest due first. Of money that came to us directly only the fee is booked, as owed.

    Errors: a fee beyond what was agreed, no reference, more than was placed, a reference that came before.
    """
    if paid.amount_minor <= 0 or not paid.reference.strip():
        raise BadInput(gettext_noop("The amount or the reference is missing"), "reference",
                       gettext_noop("Give a positive amount and the agency's reference"))  # fmt: skip
    with transaction.atomic():
        person = recorder(do.seller, do.actor, do.on)
        matter = locked(do.seller, KIND, matter_id, *WITH_AGENCY, "recalled", "closed")
        most = fee_of(paid.amount_minor, matter.terms["fee_bp"])
        if not 0 <= paid.fee_minor <= most:
            raise BadInput(
                gettext_noop("The fee is more than was agreed"), "fee",
                gettext_noop("The agreed fee on this amount is %(most)s"),
                {"most": format_amount(most, matter.currency)},
            )  # fmt: skip
        data: dict[str, Any] = {"fee_minor": paid.fee_minor}
        if paid.is_direct:
            if paid.fee_minor:
                entry = book_cost(do.seller, do.actor, matter.customer, "agency_fee", paid.fee_minor, matter.currency,
                                  do.on, do.now, f"{matter} {paid.reference}")  # fmt: skip
                data["entry"] = str(entry)
        else:
            data |= _receive(do, matter, paid)
        step = Step(
            kind="direct_payment" if paid.is_direct else "payment", amount_minor=paid.amount_minor,
            reference=paid.reference, data=data, key=paid.key or f"{matter.id}:{paid.reference.strip()}",
        )  # fmt: skip
        if MatterStep.objects.filter(seller=do.seller, key=step.key).exists():
            raise BadInput(
                gettext_noop("%(reference)s is on record already"), "reference",
                gettext_noop("Each payment of an agency has a reference of its own"), {"reference": paid.reference},
            )  # fmt: skip
        add_step(do, matter, step, person)
    return matter


def _receive(do: Doing, matter: Matter, paid: AgencyPayment) -> dict[str, str]:
    document = Document(
        f"{matter}/{paid.reference.strip()}"[:100], do.on, paid.amount_minor, matter.currency,
        external_id=f"{matter.id}:{paid.reference.strip()}"[:200], reference=str(matter),
    )  # fmt: skip
    receipt = post_receipt(
        do.seller, do.actor, matter.customer, document, do.now, paid.fee_minor, Account.COLLECTION_FEES
    )
    made = apply_oldest(do, matter, receipt.id, paid.amount_minor)
    return {"receipt": str(receipt.id), **({"allocation": str(made)} if made else {})}


def apply_oldest(do: Doing, matter: Matter, receipt_id: UUID, amount_minor: int) -> UUID | None:
    """Apply money to a matter's items, the oldest due first; what is over stays unapplied."""
    items = lock_items(do.seller, list(parts_of(matter)))
    left, parts = amount_minor, []
    for item in sorted(items.values(), key=lambda one: (one.due_on, one.number, one.id)):
        minor = min(left, item.open_minor)
        if minor > 0:
            parts.append(Part(item.id, minor))
            left -= minor
    return allocate(do.seller, do.actor, receipt_id, parts, do.on, do.now) if parts else None


def collected(matter: Matter) -> tuple[int, int]:
    """What an agency brought in of a placement, and its fees."""
    steps = MatterStep.objects.filter(matter=matter, kind__in=["payment", "direct_payment"])
    total = steps.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    return int(total), sum(int(one) for one in steps.values_list("data__fee_minor", flat=True) if one is not None)


def pay_agency(do: Doing, matter_id: UUID, amount_minor: int, reference: str) -> Matter:
    """What is owed to the agency for money that came to us directly is paid. Errors: more than is owed."""
    with transaction.atomic():
        person = recorder(do.seller, do.actor, do.on)
        matter = locked(do.seller, KIND, matter_id)
        direct = MatterStep.objects.filter(matter=matter, kind="direct_payment").values_list(
            "data__fee_minor", flat=True
        )
        settled = (
            MatterStep.objects.filter(matter=matter, kind="fee_paid").aggregate(sum=Sum("amount_minor"))["sum"] or 0
        )
        if not 0 < amount_minor <= sum(int(one) for one in direct) - int(settled):
            raise BadInput(gettext_noop("This is more than is owed to the agency"), "amount",
                           gettext_noop("Give at most what is owed"))  # fmt: skip
        entry = book_cost(do.seller, do.actor, matter.customer, "agency_paid", amount_minor, matter.currency, do.on,
                          do.now, f"{matter} {reference}")  # fmt: skip
        add_step(do, matter, Step(kind="fee_paid", amount_minor=amount_minor, reference=reference,
                                  data={"entry": str(entry)}), person)  # fmt: skip
    return matter
