"""Book late charges as items of their own, give them up, and keep reference rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.allocation.actions import Part, allocate
from openterms.apps.receivables.ledger.reads import base_rate
from openterms.apps.receivables.open_item.actions import Document, post_charge, post_charge_credit
from openterms.apps.receivables.open_item.locking import lock_items
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.models import Role, Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.money import format_amount
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.collecting.guard_reasons import AUTHORITY_SHORT
from openterms.core.receivables.kinds import ItemKind
from openterms.core.receivables.reference_rates import FIXED, bounds

from .models import LateCharge, ReferenceRate, Waiver
from .reads import Owed, owed

BOOKERS = frozenset({Role.CREDIT_MANAGER, Role.CASH_CLERK})
NOT_A_BOOKER = Reason(
    "late_charges_not_yours",
    gettext_noop("Late charges are booked by a credit manager or a cash clerk."),
    remedy=gettext_noop("Ask one of them."),
)
PREFIXES = {ItemKind.LATE_INTEREST: "LI", ItemKind.LATE_FEE: "LF", ItemKind.CHARITY: "CU"}


@dataclass
class Booked:
    """What a run charged: how many items it made, their sums by currency, and how many late items it left and why."""

    charges: int = 0
    minor: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)

    def add(self, currency: str, minor: int) -> None:
        """One more charge."""
        self.charges += 1
        self.minor[currency] = self.minor.get(currency, 0) + minor


def book(
    seller: Seller, actor: Actor, as_of: date, now: datetime, customer_ids: Sequence[UUID] | None = None
) -> Booked:
    """Book what late items owe on top through a day: interest, lump sums and undertakings, each an item of its own.

    One transaction for each customer, under the locks of its late items: a second run, or another worker, finds
    nothing left. Errors: not a booker's role, a day to come, a rate that is not known, a locked period.
    """
    _refuse_role(actor)
    if as_of > local_date(now, seller.timezone):
        raise BadInput(
            gettext_noop("%(day)s is to come"), "as of", gettext_noop("Give today or an earlier day"),
            {"day": as_of.isoformat()},
        )  # fmt: skip
    made = Booked()
    several: dict[UUID, list[Owed]] = {}
    for one in owed(seller, as_of, now, customer_ids):
        if one.is_chargeable:
            several.setdefault(one.item["customer_id"], []).append(one)
        for reason in one.refusals[:1]:
            made.refused[reason.code] = made.refused.get(reason.code, 0) + 1
    for customer_id, wanted in several.items():
        _book_customer(seller, actor, customer_id, [one.item["id"] for one in wanted], as_of, now, made)
    return made


def _book_customer(
    seller: Seller, actor: Actor, customer_id: UUID, item_ids: Sequence[UUID], as_of: date, now: datetime, made: Booked
) -> None:
    """Charge one customer: what its items owe is worked out once more under their locks."""
    with transaction.atomic():
        lock_items(seller, item_ids)
        customer = Customer.objects.get(seller=seller, id=customer_id)
        charged: dict[str, int] = {}
        for one in owed(seller, as_of, now, [customer_id]):
            if one.is_chargeable and one.item["id"] in item_ids:
                for kind, minor in _parts(one):
                    _charge(seller, actor, customer, one, kind, minor, as_of, now)
                    charged[one.item["currency"]] = charged.get(one.item["currency"], 0) + minor
                    made.add(one.item["currency"], minor)
        if charged:
            record(
                seller.id, actor, "late_charges_booked", "customer", customer_id, now, customer_id,
                {"as_of": as_of.isoformat(), "charged": charged},
            )  # fmt: skip


def _parts(one: Owed) -> list[tuple[ItemKind, int]]:
    parts = (
        (ItemKind.LATE_INTEREST, one.charge.interest_minor),
        (ItemKind.LATE_FEE, one.charge.lump_sum_minor),
        (ItemKind.CHARITY, one.charge.charity_minor),
    )
    return [(kind, minor) for kind, minor in parts if minor > 0]


def _charge(
    seller: Seller, actor: Actor, customer: Customer, one: Owed, kind: ItemKind, minor: int, on: date, now: datetime
) -> LateCharge:
    first = one.item["due_on"] + timedelta(days=one.terms.grace_days + 1)
    through_before = one.item["charged_through"]
    is_interest = kind is ItemKind.LATE_INTEREST
    starts_on = through_before + timedelta(days=1) if is_interest and through_before else first
    late = one.item["number"]
    if one.item["instalments"] > 1:
        late = f"{late}/{one.item['instalment']}"
    tail = f"-{on:%Y%m%d}" if is_interest else ""
    document = Document(
        f"{PREFIXES[kind]}-{late[:80]}{tail}", on, minor, one.item["currency"],
        external_id=f"{kind.value}:{one.item['id']}:{starts_on.isoformat()}", reference=late[:500],
    )  # fmt: skip
    item = post_charge(seller, actor, customer, kind, document, on, now)
    return LateCharge.objects.create(
        seller=seller, customer=customer, item_id=one.item["id"], charged_item_id=item.id, kind=kind.value,
        starts_on=starts_on, through=on, amount_minor=minor, currency=one.item["currency"], basis=one.terms.basis,
        policy=one.policy, explanation=explanation(one, kind),
    )  # fmt: skip


def explanation(one: Owed, kind: ItemKind) -> dict[str, Any]:
    """How a charge comes to its amount, line by line, as plain values that are kept with it."""
    told: dict[str, Any] = {"sources": list(one.terms.sources), "basis": one.terms.basis}
    if kind is ItemKind.LATE_INTEREST:
        told |= {
            "reference": one.terms.reference, "margin_bp": one.terms.margin_bp, "day_count": one.terms.day_count,
            "fixing": one.terms.fixing, "compound_months": one.terms.compound_months,
            "correction_minor": one.charge.correction_minor,
            "lines": [
                {"from": line.starts_on.isoformat(), "to": line.ends_on.isoformat(), "days": line.days,
                 "principal_minor": line.principal_minor, "rate_bp": line.rate_bp, "amount_minor": line.amount_minor}
                for line in one.charge.lines
            ],
        }  # fmt: skip
    if kind is ItemKind.CHARITY:
        told["beneficiary"] = one.terms.beneficiary
    return told


def waive(
    seller: Seller,
    actor: Actor,
    charge_id: UUID,
    reason: str,
    on: date,
    now: datetime,
    amount_minor: int | None = None,
) -> Waiver:
    """Give up what is open of a late charge, or a part of it, by a credit note on the account it was booked to.

    What was waived is not charged again. Errors: no reason, more than is open; refused beyond the person's authority
    in the seller's currency, and to the product itself.
    """
    if not reason.strip():
        raise BadInput(gettext_noop("The reason is empty"), "reason", gettext_noop("Say why it is given up"))
    with transaction.atomic():
        charge = LateCharge.objects.filter(seller=seller, id=charge_id).select_related("customer").first()
        if charge is None:
            raise BadInput(gettext_noop("There is no such late charge"), "charge")
        item = lock_items(seller, [charge.charged_item_id])[charge.charged_item_id]
        amount = item.open_minor if amount_minor is None else amount_minor
        if not 0 < amount <= item.open_minor:
            raise BadInput(
                gettext_noop("%(amount)s cannot be waived"), "amount",
                gettext_noop("Give a positive amount of at most %(open)s, which is open"),
                {"amount": format_amount(amount, item.currency), "open": format_amount(item.open_minor, item.currency)},
            )  # fmt: skip
        if base_rate(seller, item.currency, on).to_base(amount) > actor.authority_minor:
            raise Refused([AUTHORITY_SHORT])
        credit = _credit(seller, actor, charge, item, amount, on, now)
        waiver = Waiver.objects.create(
            seller=seller, charge=charge, credit_item_id=credit.id, amount_minor=amount, reason=reason.strip()[:500],
            waived_on=on, person_id=actor.user_id,
        )  # fmt: skip
        record(
            seller.id, actor, "late_charge_waived", "late_charge", charge.id, now, charge.customer_id,
            {"number": item.number, "amount_minor": amount, "currency": item.currency, "reason": waiver.reason},
        )  # fmt: skip
    return waiver


def _credit(
    seller: Seller, actor: Actor, charge: LateCharge, item: Item, amount: int, on: date, now: datetime
) -> Item:
    """The credit note that gives a charge up, allocated to it."""
    nth = Waiver.objects.filter(seller=seller, charge=charge).count() + 1
    document = Document(
        f"{item.number[:90]}-W{nth}", on, amount, item.currency, external_id=f"waiver:{charge.id}:{nth}",
        reference=item.number,
    )  # fmt: skip
    credit = post_charge_credit(seller, actor, charge.customer, ItemKind(charge.kind), document, now)
    allocate(seller, actor, credit.id, [Part(item.id, amount)], on, now)
    return credit


def add_rate(
    seller: Seller, actor: Actor, reference: str, half: str, rate_bp: int, source: str, now: datetime
) -> ReferenceRate:
    """Keep a reference rate of a half-year with its source; it counts from now on. Charges made before stay.

    Errors: a half-year written otherwise, a rate below -10 % or above 100 %, no source; refused to other roles.
    """
    _refuse_role(actor)
    bounds(half)
    if not reference.strip() or reference == FIXED or len(reference) > 40 or not -1_000 <= rate_bp <= 10_000:
        raise BadInput(
            gettext_noop("This reference rate is out of range"), "rate",
            gettext_noop("Name a reference, and give -10 to 100 percent"),
        )  # fmt: skip
    if not source.strip():
        raise BadInput(gettext_noop("The source is empty"), "source", gettext_noop("Say where the rate is published"))
    with transaction.atomic():
        made = ReferenceRate.objects.create(
            seller=seller, reference=reference.strip(), half_year=half, rate_bp=rate_bp, source=source.strip()[:300],
            person_id=actor.user_id,
        )  # fmt: skip
        record(
            seller.id, actor, "reference_rate_added", "reference_rate", made.id, now, None,
            {"reference": made.reference, "half_year": half, "rate_bp": rate_bp, "source": made.source},
        )  # fmt: skip
    return made


def _refuse_role(actor: Actor) -> None:
    """The product itself may, and people in the roles that post."""
    if actor.user_id is not None and actor.role not in BOOKERS:
        raise Refused([NOT_A_BOOKER])
