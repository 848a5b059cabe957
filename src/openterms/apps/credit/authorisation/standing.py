"""How a customer stands when it orders: from a row of the reading to the core's facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from openterms.core.credit.exposure import Exposure, Headroom, Limit
from openterms.core.credit.orders import LineState, Override, Purchaser, Rules, Standing

from .group import GroupSeen


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A customer's standing in a currency at an instant, and what the same order has been given before.

    `purchaser` is who orders, where the customer registered this person; `given_id` an authorisation that a person
    released for this order and of which nothing has been used. Minor units.
    """

    customer_id: UUID
    number: str
    line_id: UUID | None
    standing: Standing
    exposure: Exposure
    already_minor: int = 0
    purchaser: Purchaser | None = None
    person_id: UUID | None = None
    only_purchasers: bool = False
    override: Override | None = None
    override_id: UUID | None = None
    given_id: UUID | None = None
    group: GroupSeen | None = None

    @property
    def headroom(self) -> Headroom:
        """Limit less exposure, in minor units of the line's currency."""
        return self.standing.headroom

    def purchaser_of(self, name: str) -> Purchaser | None:
        """Who orders, for the core: somebody whom the customer did not name may not, where only those may."""
        if self.purchaser is not None:
            return self.purchaser
        return Purchaser(may_order=False) if self.only_purchasers else None

    def written(self) -> dict[str, Any]:
        """What was seen, as it is kept with an answer: plain values in minor units."""
        standing = self.standing
        found = {
            "line_currency": standing.line_currency,
            "limit_minor": self.headroom.limit.minor,
            "is_unlimited": self.headroom.limit.is_unlimited,
            "exposure": asdict(self.exposure),
            "holds": list(standing.holds),
            "is_insolvent": standing.is_insolvent,
            "overdue_minor": standing.overdue_minor,
            "days_overdue": standing.days_overdue,
            "open_minor": standing.open_minor,
            "needs_purchase_order": standing.needs_purchase_order,
            "already_minor": self.already_minor,
        }
        if standing.line_state is not LineState.OPEN:
            found |= {"line_state": standing.line_state.value, "line_state_on": _day(standing.line_state_on)}
        if standing.line_until is not None:
            found["line_until"] = _day(standing.line_until)
        if self.group is not None:
            found["group_seen"] = self.group.written()
        if self.only_purchasers or self.purchaser is not None:
            found |= {"only_purchasers": self.only_purchasers, "purchaser": self.purchaser and asdict(self.purchaser)}
        if self.override is not None:
            found["override"] = {
                "most_minor": self.override.most_minor, "expires_at": self.override.expires_at.isoformat(),
                "by": self.override.by, "reason": self.override.reason,
            }  # fmt: skip
        return found


def asked_of(place: int, customer: str, currency: str, rules: Rules, on: date) -> dict[str, Any]:
    """What the reading is asked for a customer (number or id) and a currency on the seller's day."""
    return {
        "n": place,
        "customer": customer,
        "by_id": _uuid(customer),
        "currency": currency,
        "on_day": on.isoformat(),
        "late_on": (on - timedelta(days=rules.overdue_days or 0)).isoformat(),
        "month_at": None,
        "order_ref": "",
        "purchaser": "",
        "key": "",
    }


def seen_of(found: Mapping[str, Any], currency: str, on: date, group: GroupSeen | None = None) -> Seen:
    """The core's facts of a row. Without a limit there is no headroom; the currency has none where only another has."""
    exposure = Exposure(
        open_items_minor=found["open_minor"],
        authorised_minor=max(found["held_minor"], 0),
        captured_not_invoiced_minor=found["captured_minor"],
        unapplied_cash_minor=found["unapplied_minor"],
        deposits_minor=found["deposit_minor"],
    )
    limit = Limit(found["limit_minor"], found["is_unlimited"])
    insolvent_on = found["insolvent_on"]
    standing = Standing(
        line_currency=None if found["is_set_elsewhere"] and not found["line_was_set"] else currency,
        line_until=found["line_until"],
        line_state=LineState(found["line_state"]),
        line_state_on=found["line_state_on"],
        headroom=Headroom(limit, exposure.total_minor),
        group_headroom=group.headroom if group is not None else None,
        group_state=group.state if group is not None else LineState.OPEN,
        group_state_on=group.state_on if group is not None else None,
        group_until=group.until if group is not None else None,
        is_insolvent=insolvent_on is not None and insolvent_on <= on,
        holds=tuple(found["holds"]),
        overdue_minor=found["overdue_minor"],
        days_overdue=found["days_overdue"],
        open_minor=found["open_minor"],
        needs_purchase_order=found["needs_purchase_order"],
    )
    return Seen(
        customer_id=found["customer_id"],
        number=found["number"],
        line_id=found["line_id"],
        standing=standing,
        exposure=exposure,
        already_minor=found["already_minor"],
        purchaser=_purchaser(found, currency),
        person_id=found["person_id"],
        only_purchasers=found["only_purchasers"],
        override=_override(found),
        override_id=found["override_id"],
        given_id=found["given_id"],
        group=group,
    )


def _purchaser(found: Mapping[str, Any], currency: str) -> Purchaser | None:
    """Who orders. Limits are in the customer's own currency: with one, a person orders in no other."""
    if found["person_id"] is None:
        return None
    order, month = found["person_order_minor"], found["person_month_minor"]
    is_foreign = currency != found["customer_currency"] and (order is not None or month is not None)
    person = Purchaser(
        may_order=found["person_may"] and not is_foreign,
        most_per_order_minor=order,
        most_per_period_minor=month,
        used_minor=found["person_used_minor"],
    )
    return replace(person, most_per_order_minor=None, most_per_period_minor=None) if is_foreign else person


def _override(found: Mapping[str, Any]) -> Override | None:
    if found["override_id"] is None:
        return None
    return Override(
        order=found["override_order"],
        most_minor=found["override_minor"],
        expires_at=found["override_until"],
        by=found["override_by"],
        reason=found["override_reason"],
    )


def _uuid(text: str) -> str | None:
    try:
        return str(UUID(text))
    except ValueError:
        return None


def _day(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
