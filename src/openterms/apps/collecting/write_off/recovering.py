"""Money that comes after all on a written-off debt; what the bank takes back of it is recovered no more."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from openterms.apps.collecting.escalation.authority import recorder
from openterms.apps.collecting.escalation.matters import Doing, Step, add_step, locked
from openterms.apps.collecting.escalation.models import Matter, MatterStep
from openterms.apps.receivables.allocation.actions import reverse
from openterms.apps.receivables.allocation.models import Settlement
from openterms.apps.receivables.loss.actions import recover
from openterms.apps.receivables.open_item.locking import lock_items
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.base.rounding import divide
from openterms.core.credit.authority import Person

KIND = "write_off"


def record_recovery(do: Doing, matter_id: UUID, receipt_id: UUID, amount_minor: int) -> Matter:
    """Money on a written-off debt is income; VAT that came back is repaid in its share.

    Refused: not written off. Errors: another customer's or currency's receipt, more than is left of it or of the debt.
    """
    with transaction.atomic():
        person = recorder(do.seller, do.actor, do.on)
        matter = locked(do.seller, KIND, matter_id, "booked")
        receipt = lock_items(do.seller, [receipt_id]).get(receipt_id)
        if receipt is None or receipt.customer_id != matter.customer_id or receipt.currency != matter.currency:
            raise BadInput(
                gettext_noop("This is not a receipt of the customer in this currency"), "receipt",
                gettext_noop("Choose money that the customer paid"),
            )  # fmt: skip
        if not 0 < amount_minor <= matter.amount_minor - recovered(matter):
            raise BadInput(
                gettext_noop("This is more than was written off"), "amount",
                gettext_noop("Give at most what is not recovered yet"),
            )  # fmt: skip
        booked = MatterStep.objects.get(matter=matter, kind="book")
        vat = divide(amount_minor * int(booked.data.get("vat_minor", 0)), matter.amount_minor)
        made = recover(do.seller, do.actor, receipt_id, amount_minor, vat, do.on, do.now)
        data = {"allocation": str(made), "vat_minor": vat}
        step = Step(kind="recover", amount_minor=amount_minor, reference=receipt.number, data=data)
        add_step(do, matter, step, person)
    return matter


def take_recovery_back(do: Doing, matter_id: UUID, allocation_id: UUID, reason: str) -> Matter:
    """A recovery was recorded wrongly: the opposite entry, and the receipt's money is unapplied again.

    Refused: a role, not written off. Errors: no such recovery, taken back already, no reason, a day before it.
    """
    if not reason.strip():
        raise BadInput(gettext_noop("The reason is empty"), "reason", gettext_noop("Say why it is taken back"))
    with transaction.atomic():
        person = recorder(do.seller, do.actor, do.on)
        matter = locked(do.seller, KIND, matter_id, "booked")
        if allocation_id not in {UUID(one.data["allocation"]) for one in standing(matter)}:
            raise BadInput(
                gettext_noop("There is no such recovery, or it was taken back already"), "recovery",
                gettext_noop("Choose one that stands"),
            )  # fmt: skip
        reverse(do.seller, do.actor, allocation_id, do.on, do.now, reason)
        _note(do, matter, reason, person)
    return matter


def note_returns(do: Doing) -> dict[str, int]:
    """Write a step for every recovery that was taken back since, as by a bank's return of the receipt; how many. Run
    twice it changes nothing."""
    back = _back(do.seller)
    noted = set(
        MatterStep.objects.filter(seller=do.seller, kind="unrecover", matter__kind=KIND).values_list("key", flat=True)
    )
    steps = MatterStep.objects.filter(seller=do.seller, kind="recover", matter__kind=KIND)
    wanted = {
        one.matter_id for one in steps
        if UUID(one.data["allocation"]) in back and _key(one) not in noted
    }  # fmt: skip
    count = 0
    for matter_id in sorted(wanted):
        with transaction.atomic():
            count += _note(do, locked(do.seller, KIND, matter_id), "")
    return {"returned": count} if count else {}


def _note(do: Doing, matter: Matter, reason: str, person: Person | None = None) -> int:
    """The steps of recoveries that do not stand any more and have none yet; the caller holds the matter."""
    back, count = _back(do.seller), 0
    noted = set(MatterStep.objects.filter(matter=matter, kind="unrecover").values_list("key", flat=True))
    for one in MatterStep.objects.filter(matter=matter, kind="recover").order_by("number"):
        if UUID(one.data["allocation"]) in back and _key(one) not in noted:
            step = Step(
                kind="unrecover", amount_minor=one.amount_minor, reference=one.reference, note=reason, key=_key(one)
            )
            add_step(do, matter, step, person)
            count += 1
    return count


def _key(step: MatterStep) -> str:
    return f"unrecover:{step.data['allocation']}"


def _back(seller: Seller) -> set[UUID]:
    """The allocations of recoveries that were taken back."""
    undone = Settlement.objects.filter(seller=seller, kind="recovery", reverses_id__isnull=False)
    found = Settlement.objects.filter(seller=seller, id__in=undone.values("reverses_id"))
    return set(found.values_list("allocation_id", flat=True))


def standing(matter: Matter) -> list[MatterStep]:
    """The steps of recoveries that stand, in order."""
    back = _back(matter.seller)
    steps = MatterStep.objects.filter(matter=matter, kind="recover").order_by("number")
    return [one for one in steps if UUID(one.data["allocation"]) not in back]


def recovered(matter: Matter) -> int:
    """What came in on a written-off debt so far and was not taken back."""
    return sum(one.amount_minor or 0 for one in standing(matter))
