"""What a comparison is made from: the seller's own history first, published surveys where there is none, and what
nobody knows marked as assumed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from openterms.apps.parties.models import Customer
from openterms.apps.receivables.loss.actions import vat_of
from openterms.apps.receivables.open_item.models import DEBIT_KINDS, Item
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import row
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.base.rounding import BASIS_POINTS, divide
from openterms.core.collecting.agencies import fee_bp_of, read_fees
from openterms.core.collecting.escalation import Choice, Inputs, compare, swings, turns
from openterms.core.receivables.vat_relief import relief

from .models import Agency

LEAST_CASES = 5
"""With fewer of its own the seller's history says too little."""
HISTORY_DAYS = 1_095

SURVEY = ((90, 7_150), (180, 5_300), (365, 2_500), (None, 1_200))
"""By days past due, what agencies collect: middles of the ranges of FACTBOOK 5.4; beyond a year our own guess."""

PLACED = """
SELECT count(*) AS cases, sum(m.amount_minor)::bigint AS placed, coalesce(sum(p.paid), 0)::bigint AS paid,
       coalesce(sum(p.fees), 0)::bigint AS fees
FROM collecting_matter m LEFT JOIN LATERAL (
    SELECT sum(s.amount_minor) AS paid, sum((s.data ->> 'fee_minor')::bigint) AS fees FROM collecting_matterstep s
    WHERE s.seller_id = m.seller_id AND s.matter_id = m.id AND s.kind IN ('payment', 'direct_payment')) p ON true
WHERE m.seller_id = %(seller)s AND m.kind = 'placement' AND m.currency = %(currency)s AND m.opened_on >= %(since)s
  AND m.state IN ('recalled', 'closed')
"""
SUED = """
SELECT count(*) AS cases, count(*) FILTER (WHERE j.amount_minor > 0) AS won,
       sum(j.amount_minor) FILTER (WHERE j.amount_minor > 0)::bigint AS awarded,
       coalesce(sum(c.cash) FILTER (WHERE j.amount_minor > 0), 0)::bigint AS cash
FROM collecting_matter m
JOIN collecting_matterstep j ON j.seller_id = m.seller_id AND j.matter_id = m.id AND j.kind = 'judgment'
LEFT JOIN LATERAL (SELECT sum(s.amount_minor) AS cash FROM collecting_matteritem x
    JOIN receivables_settlement s ON s.seller_id = x.seller_id AND s.item_id = x.item_id AND s.kind = 'cash'
    AND s.settled_on >= j.on WHERE x.seller_id = m.seller_id AND x.matter_id = m.id) c ON true
WHERE m.seller_id = %(seller)s AND m.kind = 'legal' AND m.currency = %(currency)s AND m.opened_on >= %(since)s
  AND m.state = 'closed'
"""
KEPT = """
SELECT count(*) FILTER (WHERE state IN ('paid', 'broken')) AS cases, count(*) FILTER (WHERE state = 'paid') AS kept
FROM collecting_matter WHERE seller_id = %(seller)s AND kind = 'settlement' AND opened_on >= %(since)s
"""
# Of what was open 90 days after it was due, what came in over the half-year that followed.
LATE = """
SELECT count(*) AS cases, sum(i.amount_minor - coalesce(b.before, 0))::bigint AS late, coalesce(sum(a.after), 0)::bigint
    AS paid
FROM receivables_item i
LEFT JOIN LATERAL (SELECT sum(s.amount_minor) AS before FROM receivables_settlement s
    WHERE s.seller_id = i.seller_id AND s.item_id = i.id AND s.settled_on <= i.due_on + 90) b ON true
LEFT JOIN LATERAL (SELECT sum(s.amount_minor) AS after FROM receivables_settlement s WHERE s.seller_id = i.seller_id
    AND s.item_id = i.id AND s.kind = 'cash' AND s.settled_on > i.due_on + 90
    AND s.settled_on <= i.due_on + 270) a ON true
WHERE i.seller_id = %(seller)s AND i.kind = 'invoice' AND i.currency = %(currency)s
  AND i.due_on BETWEEN %(since)s AND %(on)s::date - 270 AND i.amount_minor > coalesce(b.before, 0)
"""


class Given(NamedTuple):
    """An input with where it is from: `history` (and of how many cases), `survey`, `record`, `assumed` or `entered`."""

    value: int | None
    source: str
    count: int = 0


def items_of(customer: Customer, on: date, item_ids: tuple[UUID, ...] = ()) -> list[Item]:
    """The overdue items of a customer in its currency, or those named, oldest due first."""
    found = Item.objects.filter(seller_id=customer.seller_id, customer=customer, kind__in=DEBIT_KINDS, open_minor__gt=0)
    found = found.filter(id__in=item_ids) if item_ids else found.filter(currency=customer.currency, due_on__lt=on)
    return list(found.order_by("due_on", "number", "id"))


def history(seller: Seller, customer: Customer, items: list[Item], on: date) -> dict[str, Given]:
    """Every input of a comparison with its source. Errors: nothing may be collected of the items."""
    claim = sum(one.collectable_minor for one in items)
    if claim <= 0:
        raise BadInput(
            gettext_noop("Nothing of these items may be collected now"), "items", gettext_noop("Choose other items")
        )
    params = {"seller": seller.id, "currency": items[0].currency, "since": on - timedelta(days=HISTORY_DAYS), "on": on}
    days = (on - min(one.due_on for one in items)).days
    found = {"claim_minor": Given(claim, "record"), "settlement_minor": Given(None, "record")}
    found |= _agencies(seller, customer, params, days) | _courts(params, claim)
    kept = row(KEPT, params) or {}
    enough = kept.get("cases", 0) >= LEAST_CASES
    found["settle_bp"] = (
        Given(divide(kept["kept"] * BASIS_POINTS, kept["cases"]), "history", kept["cases"])
        if enough else Given(8_000, "assumed")
    )  # fmt: skip
    vat = vat_of(seller, [one.id for one in items])
    due = [
        relief(seller.country, one.open_minor, *vat[one.id], one.issued_on, one.due_on)
        for one in items
        if one.id in vat
    ]
    found["relief_minor"] = Given(sum(one.vat_minor for one in due if one.is_due(on)), "record")
    for name, value in (("settle_months", 1), ("precedent_minor", 0), ("agency_cost_minor", 0), ("relief_months", 3),
                        ("rate_bp", 800)):  # fmt: skip
        found[name] = Given(value, "assumed")
    return found


def _agencies(seller: Seller, customer: Customer, params: Mapping[str, Any], days: int) -> dict[str, Given]:
    own = row(PLACED, params) or {}
    late = row(LATE, params) or {}
    if own.get("cases", 0) >= LEAST_CASES and own["placed"]:
        share = Given(min(BASIS_POINTS, divide(own["paid"] * BASIS_POINTS, own["placed"])), "history", own["cases"])
    elif late.get("cases", 0) >= LEAST_CASES and late["late"]:
        share = Given(
            min(BASIS_POINTS, divide(late["paid"] * BASIS_POINTS, late["late"])), "late_payments", late["cases"]
        )
    else:
        share = Given(next(bp for most, bp in SURVEY if most is None or days <= most), "survey")
    active = Agency.objects.filter(seller=seller, is_active=True)
    least = [
        fee_bp_of(read_fees(one.fees), days) for one in active if not one.countries or customer.country in one.countries
    ]
    fee = Given(min(least), "record", len(least)) if least else Given(3_000, "survey")
    return {"agency_bp": share, "agency_fee_bp": fee, "agency_months": Given(6, "assumed")}


def _courts(params: Mapping[str, Any], claim: int) -> dict[str, Given]:
    own = row(SUED, params) or {}
    found = {
        "win_bp": Given(8_000, "assumed"), "collect_bp": Given(5_000, "assumed"), "awarded_minor": Given(0, "assumed"),
        "own_costs_minor": Given(divide(claim, 10), "assumed"), "adverse_minor": Given(divide(claim, 10), "assumed"),
        "sue_months": Given(18, "assumed"),
    }  # fmt: skip
    if own.get("cases", 0) >= LEAST_CASES:
        found["win_bp"] = Given(divide(own["won"] * BASIS_POINTS, own["cases"]), "history", own["cases"])
        if own["won"] and own["awarded"]:
            paid = min(BASIS_POINTS, divide(own["cash"] * BASIS_POINTS, own["awarded"]))
            found["collect_bp"] = Given(paid, "history", own["won"])
    return found


def inputs_of(given: Mapping[str, Given]) -> Inputs:
    """The inputs alone, as the core compares them."""
    return Inputs(**{name: one.value for name, one in given.items()})  # type: ignore[arg-type]


def answer(given: Mapping[str, Given]) -> dict[str, Any]:
    """The comparison with its sensitivity as plain values: what is kept, shown and replayed."""
    inputs = inputs_of(given)
    found = compare(inputs)
    return {
        "best": found.best.value,
        "values": {choice.value: minor for choice, minor in found.values},
        "least_offer_minor": found.least_offer_minor,
        "turns": [
            one._asdict() | {"below_best": _code(one.below_best), "above_best": _code(one.above_best)}
            for one in turns(inputs)
        ],
        "swings": [
            {"name": one.name, "low": one.low, "high": one.high, "at_low": _codes(one.at_low),
             "at_high": _codes(one.at_high)}
            for one in swings(inputs)
        ],
    }  # fmt: skip


def kept(given: Mapping[str, Given]) -> dict[str, Any]:
    """The facts as they are stored with a step."""
    return {name: one._asdict() for name, one in given.items()}


def read_kept(stored: Mapping[str, Any]) -> dict[str, Given]:
    """Stored facts again."""
    return {name: Given(**one) for name, one in stored.items()}


def _code(choice: Choice | None) -> str | None:
    return choice.value if choice else None


def _codes(values: Mapping[Choice, int]) -> dict[str, int]:
    return {choice.value: minor for choice, minor in values.items()}
