# ruff: noqa: E501
"""The values with which a proposal is confirmed: what the mail says, filled up from the account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from openterms.apps.parties.models import Customer
from openterms.apps.receivables.open_item import reads as item_reads
from openterms.apps.tenancy.models import Seller

from .models import ReplyProposal

MOST_ITEMS = 200


@dataclass(frozen=True, kw_only=True)
class Values:
    """What a person confirms. Amounts in minor units of the items' currency; empty and None where it does not count."""

    item_ids: tuple[UUID, ...] = ()
    amount_minor: int | None = None
    day: date | None = None
    reason: str = ""
    reference: str = ""
    name: str = ""
    address: str = ""
    pause_until: date | None = None

    def as_json(self) -> dict[str, Any]:
        """As the record keeps them; what is empty is left out."""
        kept: dict[str, Any] = {
            "items": [str(one) for one in self.item_ids], "amount_minor": self.amount_minor,
            "day": self.day.isoformat() if self.day else None, "reason": self.reason, "reference": self.reference,
            "name": self.name, "address": self.address,
            "pause_until": self.pause_until.isoformat() if self.pause_until else None,
        }  # fmt: skip
        return {name: value for name, value in kept.items() if value not in (None, "", [])}


def choosable(seller: Seller, customer: Customer, proposal: ReplyProposal, on: date) -> list[dict[str, Any]]:
    """The open items that a proposal can be about, oldest due first, in one currency."""
    found = [one for one in item_reads.open_items(seller, customer.id, on, MOST_ITEMS) if one["is_debit"]]
    named = set(proposal.proposed.get("numbers") or ())
    wanted = next((one["currency"] for one in found if one["number"] in named), None)
    wanted = wanted or proposal.proposed.get("currency")
    if not any(one["currency"] == wanted for one in found):
        wanted = customer.currency if any(one["currency"] == customer.currency for one in found) else (
            found[0]["currency"] if found else customer.currency)  # fmt: skip
    return [one for one in found if one["currency"] == wanted]


def defaults(seller: Seller, customer: Customer, proposal: ReplyProposal, on: date) -> Values:
    """What the mail says, and where it says nothing what it most likely means.

    A promise or payment without an invoice is for all that is overdue, else for all that is open; without an amount for
    the whole of its invoices. A dispute without an invoice is for none: a person says for which.
    """
    given, kind = proposal.proposed, proposal.kind
    day = date.fromisoformat(given["day"]) if given.get("day") else None
    base = Values(
        day=day, reason=given.get("reason", ""), reference=str(given.get("reference", ""))[:200],
        name=str(given.get("name", ""))[:200], address=str(given.get("address", "")).lower()[:254],
    )  # fmt: skip
    if kind not in ("promise", "dispute", "paid", "remittance"):
        return base
    found = choosable(seller, customer, proposal, on)
    numbers = set(given.get("numbers") or ())
    chosen = [one for one in found if one["number"] in numbers]
    if kind != "dispute" and not chosen:
        free = [one for one in found if one["collectable_minor"] > 0]
        chosen = [one for one in free if one["days_overdue"] > 0] or free
    whole = sum(max(one["collectable_minor"], 0) for one in chosen)
    same = bool(chosen) and given.get("currency", chosen[0]["currency"]) == chosen[0]["currency"]
    said = given.get("amount_minor") if same else None
    if kind in ("paid", "remittance") and given.get("lines"):
        known = {one["number"]: one for one in chosen}
        parts = [minor if minor is not None else known[number]["open_minor"]
                 for number, minor, code in given["lines"] if number in known and code == known[number]["currency"]]  # fmt: skip
        said = sum(parts) or said
    amount = said or (whole + 1) // 2 if given.get("is_half") and not said else said or whole
    if kind == "dispute":
        amount = said if said and len(chosen) == 1 else None
    elif amount:
        amount = min(amount, whole) if whole else amount
    if kind in ("paid", "remittance") and day is None:
        day = min(on, proposal.mail.received_at.date())
    return Values(
        item_ids=tuple(one["id"] for one in chosen), amount_minor=amount, day=day, reason=base.reason,
        reference=base.reference,
    )  # fmt: skip
