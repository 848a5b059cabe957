"""How authorisations stand, how a customer stands, and the orders that a person should look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from openterms.apps.credit.line.models import Line
from openterms.apps.credit.policy.models import PolicyVersion
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import rows
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.credit.authorisation import Authorisation as Life
from openterms.core.credit.authorisation import State

from .answers import Answered, answer_of
from .group import group_seen
from .models import Authorisation
from .rules import rules_of
from .sql import plain, read_orders
from .standing import Seen, asked_of, seen_of


def seen(seller: Seller, customer: Customer, currencies: Sequence[str], now: datetime) -> dict[str, Seen]:
    """The standing of a customer's lines by currency, everything counted that is committed when this is asked.

    Open items, what live authorisations hold, and what was captured and has no invoice yet, less unapplied cash and
    credit notes. Minor units of each currency. Lock a line first where the answer must still hold afterwards.
    """
    on = local_date(now, seller.timezone)
    asked = [
        asked_of(place, customer.number, code, rules_of(seller, code, on), on) for place, code in enumerate(currencies)
    ]
    with transaction.atomic():
        found = {row["n"]: row for row in read_orders(asked, now, keeps=False)}
    return {
        code: seen_of(found[place], code, on, group_seen(seller, plain(found[place]["group_seen"]), code, on))
        for place, code in enumerate(currencies)
    }


def find_authorisation(seller: Seller, authorisation_id: UUID) -> Authorisation:
    """An authorisation of the seller with its customer; one that a person released leads to what it was given.

    Errors: there is none such.
    """
    found = Authorisation.objects.select_related("customer", "line").filter(seller=seller, id=authorisation_id).first()
    if found is None:
        raise BadInput(
            gettext_noop("There is no authorisation %(id)s"),
            "id",
            gettext_noop("Give the id that the authorisation was answered with"),
            {"id": str(authorisation_id)},
        )
    return find_authorisation(seller, found.successor_id) if found.successor_id else found


def authorisation_now(seller: Seller, authorisation_id: UUID, now: datetime) -> Answered:
    """How an authorisation stands at an instant, with its line's headroom: expired by its date, noted or not.

    Minor units. Errors: there is none such.
    """
    kept = find_authorisation(seller, authorisation_id)
    left = seen(seller, kept.customer, [kept.currency], now)[kept.currency].headroom
    return answer_of(kept, kept.customer.number, left.minor, left.limit.is_unlimited, state_at(kept, now))


def state_at(kept: Authorisation, now: datetime) -> str:
    """The state at an instant: time ends what is held, and a question that nobody answered."""
    if kept.state == State.REFERRED.value and now >= kept.expires_at:
        return State.EXPIRED.value
    return life_of(kept).expire(now).state.value


def credit_of(customer: Customer, now: datetime, seller: Seller) -> list[tuple[str, Seen]]:
    """A customer's lines by currency, each with its standing; its own currency first, also where no line is set."""
    known = Line.objects.filter(seller=seller, customer=customer).values_list("currency", flat=True)
    currencies = sorted({customer.currency, *known}, key=lambda code: (code != customer.currency, code))
    return list(seen(seller, customer, currencies, now).items())


def answered_under(version: PolicyVersion, most: int) -> list[Authorisation]:
    """The orders that a policy version answered, the latest first, up to `most`; each with its customer."""
    found = Authorisation.objects.filter(seller_id=version.seller_id, policy_version=version)
    return list(found.select_related("customer").order_by("-id")[:most])


def life_of(kept: Authorisation) -> Life:
    """The core's value of a row, to take a step with."""
    return Life(
        order=kept.order_ref,
        currency=kept.currency,
        state=State(kept.state),
        authorised_minor=kept.approved_minor,
        authorised_at=kept.authorised_at,
        valid_until=kept.expires_at,
        most_until=kept.most_until,
        captured_minor=kept.captured_minor,
        released_minor=kept.released_minor,
        lapsed_minor=kept.lapsed_minor,
        tolerance_bp=kept.tolerance_bp,
        allows_partial_capture=kept.allows_partial_capture,
    )


LISTED = {
    "waiting": "a.state = 'referred' AND a.successor_id IS NULL AND a.expires_at > %(now)s",
    "approved": "a.state IN ('approved', 'partly_approved') AND a.expires_at > %(now)s",
    "captured": "a.state = 'captured'",
    "expired": "(a.state = 'expired' OR (a.state IN ('approved', 'partly_approved', 'referred')"
    " AND a.successor_id IS NULL AND a.expires_at <= %(now)s))",
    "declined": "a.state = 'declined'",
    "all": "true",
}
"""States that the orders' list can be narrowed to."""

ORDERS = """
SELECT a.id, a.order_ref, a.purchaser, a.purchase_order, a.currency, a.requested_minor, a.prepaid_minor,
    a.approved_minor, a.captured_minor, a.state, a.expires_at, a.authorised_at, a.reasons, a.override_id,
    a.successor_id, c.id AS customer_id, c.name AS customer_name, c.number AS customer_number
FROM credit_authorisation a JOIN parties_customer c ON c.id = a.customer_id
WHERE a.seller_id = %(seller)s AND a.requested_minor > 0 AND {state}{more}
ORDER BY a.id DESC LIMIT %(limit)s
"""


@dataclass(frozen=True, kw_only=True)
class OrderFilter:
    """Which orders are wanted; empty means all of that state."""

    state: str = "waiting"
    customer: UUID | None = None
    order_ref: str = ""
    currency: str = ""


def orders(
    seller: Seller, wanted: OrderFilter, now: datetime, after: UUID | None = None, limit: int = 51
) -> list[dict[str, Any]]:
    """Orders, newest first, from after an order's id on."""
    more = {
        "after": (" AND a.id < %(after)s", after),
        "customer": (" AND a.customer_id = %(customer)s", wanted.customer),
        "order_ref": (" AND a.order_ref = %(order_ref)s", wanted.order_ref),
        "currency": (" AND a.currency = %(currency)s", wanted.currency),
    }
    asked = {name: value for name, (_, value) in more.items() if value}
    text = ORDERS.format(state=LISTED[wanted.state], more="".join(more[name][0] for name in asked))
    found = rows(text, {"seller": seller.id, "now": now, "limit": limit, **asked})
    return [one | {"state": _state_of(one, now)} for one in found]


def _state_of(one: Mapping[str, Any], now: datetime) -> str:
    if one["successor_id"]:
        return "released_by_person"
    ends = one["state"] in (State.APPROVED.value, State.PARTLY_APPROVED.value, State.REFERRED.value)
    return State.EXPIRED.value if ends and one["expires_at"] <= now else str(one["state"])
