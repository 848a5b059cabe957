"""The limit of a customer's group when it orders: what is left of it, in the order's currency, at the day's rates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from openterms.apps.credit.group_line.models import GroupLine
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.ledger.reads import base_rate
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.credit.exposure import Foreign, Headroom, Limit, counted, headroom, room_in
from openterms.core.credit.orders import LineState


@dataclass(frozen=True, kw_only=True)
class GroupSeen:
    """A group's line as an order sees it: minor units of the line's currency, and the headroom in the order's.

    `held_minor` is what all its members' orders hold. It is in `state` since `state_on`, and holds through `until`.
    `rate` is the price of one unit of the order's currency.
    """

    line_id: UUID
    currency: str
    room: Headroom
    held_minor: int
    order_currency: str
    rate: Decimal
    rates: Mapping[str, str] = field(default_factory=dict)
    state: LineState = LineState.OPEN
    state_on: date | None = None
    until: date | None = None

    @property
    def headroom(self) -> Headroom:
        """What is left, in the order's currency."""
        return room_in(self.room, self.currency, self.order_currency, self.rate)

    def counts(self, minor: int) -> int:
        """What an amount of the order's currency takes of the group's limit, the margin for its rate included."""
        return counted(minor, self.order_currency, self.currency, self.rate)

    def less(self, taken_minor: int) -> GroupSeen:
        """After other orders of the same question have taken so much, in the line's currency."""
        return replace(self, room=self.room.less(taken_minor), held_minor=self.held_minor + taken_minor)

    def written(self) -> dict[str, Any]:
        """As it is kept with an answer; `room_minor` is in the order's currency."""
        found: dict[str, Any] = {
            "line_id": str(self.line_id),
            "currency": self.currency,
            "limit_minor": self.room.limit.minor,
            "exposure_minor": self.room.exposure_minor,
            "held_minor": self.held_minor,
            "room_minor": self.headroom.minor,
            "rates": dict(self.rates),
        }
        if self.state is not LineState.OPEN:
            found |= {"state": self.state.value, "state_on": self.state_on.isoformat() if self.state_on else None}
        if self.until is not None:
            found["until"] = self.until.isoformat()
        return found


def group_seen(seller: Seller, found: Mapping[str, Any] | None, currency: str, on: date) -> GroupSeen | None:
    """The core's value of what was read of a group's line; None where the customer has no group with a limit.

    Errors: no exchange rate on the day for a currency in which a member owes, or the order is.
    """
    if not found:
        return None
    own, foreign, held, rates = 0, [], 0, {}
    target = found["currency"]
    for part in found["parts"]:
        minor, source = int(part["exposure_minor"]), part["currency"]
        if source == target:
            own += minor
            held += int(part["held_minor"])
            continue
        rate = price(seller, source, target, on)
        rates[source] = f"{rate:f}"
        foreign.append(Foreign(source, minor, rate))
        held += counted(int(part["held_minor"]), source, target, rate)
    rate = price(seller, currency, target, on)
    if currency != target:
        rates[currency] = f"{rate:f}"
    room = headroom(Limit(int(found["limit_minor"])), own, target, foreign)
    return GroupSeen(
        line_id=UUID(str(found["line_id"])), currency=target, room=room, held_minor=held, order_currency=currency,
        rate=rate, rates=rates, state=LineState(found["state"]), state_on=_day(found["state_on"]),
        until=_day(found["valid_until"]),
    )  # fmt: skip


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def price(seller: Seller, source: str, target: str, on: date) -> Decimal:
    """What one unit of a currency costs in another on a day, by way of the seller's own, to twelve places."""
    if source == target:
        return Decimal(1)
    per_source, per_target = (base_rate(seller, code, on).per_unit for code in (source, target))
    return (Decimal(per_source) / Decimal(per_target)).quantize(Decimal("1e-12"))


def lock_group(seller: Seller, customer: Customer) -> None:
    """Lock the line of a customer's group, where it has one with a limit: after the customer's own. Refused: busy."""
    if customer.group_id is None:
        return
    with locking():
        lines = GroupLine.objects.select_for_update(no_key=True).filter(seller=seller, group_id=customer.group_id)
        list(lines.exclude(limit_minor=None).order_by("id"))
