"""What late items owe on top, through a day: read in a few queries, judged by the core, each with why or why not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from openterms.apps.collecting.guard.reads import facts
from openterms.apps.credit.policy.reads import parsed, policy_on
from openterms.apps.parties.jurisdictions import pack_of, rate_source, shipped_rates
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import rows
from openterms.core.base.reasons import Reason
from openterms.core.collecting.guard import Act, GuardFacts, may_act
from openterms.core.receivables.claims import ClaimKind
from openterms.core.receivables.late_charge_law import NOTHING, Agreed, ChargeTerms, charge_terms
from openterms.core.receivables.late_charges import Charge, ClaimSpan, LateItem, charge
from openterms.core.receivables.reference_rates import Rates

from .models import ReferenceRate

PAID_LATE_DAYS = 31
"""What was paid late is charged for this long after it was paid; later only what was charged before goes on."""

ITEMS = """
SELECT i.id, i.customer_id, c.name AS customer_name, c.number AS customer_number, c.country, c.is_sole_trader,
       i.number, i.instalment, i.instalments, i.issued_on, i.due_on, i.currency, i.amount_minor, i.open_minor,
       i.contested_minor + i.in_flight_minor + i.planned_minor + i.promised_minor AS claimed_minor,
       coalesce(l.charged_minor, 0)::bigint AS charged_minor, l.charged_through,
       coalesce(l.has_lump_sum, false) AS has_lump_sum
FROM receivables_item i
JOIN parties_customer c ON c.seller_id = i.seller_id AND c.id = i.customer_id
LEFT JOIN (
    SELECT x.item_id, sum(x.amount_minor) FILTER (WHERE x.kind = 'late_interest') AS charged_minor,
           max(x.through) FILTER (WHERE x.kind = 'late_interest') AS charged_through,
           bool_or(x.kind <> 'late_interest') AS has_lump_sum
    FROM collecting_latecharge x WHERE x.seller_id = %(seller)s GROUP BY x.item_id
) l ON l.item_id = i.id
WHERE i.seller_id = %(seller)s AND i.kind = 'invoice' AND i.due_on < %(as_of)s
  AND (i.open_minor > 0 OR (i.settled_on > i.due_on AND (i.settled_on >= %(paid_since)s
       OR l.charged_through < i.settled_on)))
  AND (l.charged_through IS NULL OR l.charged_through < %(as_of)s)
  AND (%(every)s OR i.customer_id = ANY(%(customers)s))
ORDER BY i.customer_id, i.due_on, i.id
"""
SETTLED = """
SELECT item_id, settled_on, amount_minor FROM receivables_settlement
WHERE seller_id = %(seller)s AND item_id = ANY(%(items)s) AND settled_on <= %(as_of)s
"""
CLAIMED = """
SELECT item_id, kind, amount_minor, starts_on, ends_on FROM receivables_claim
WHERE seller_id = %(seller)s AND item_id = ANY(%(items)s) AND starts_on <= %(as_of)s
"""
INTEREST_SETTLED = """
SELECT l.item_id, s.settled_on, s.amount_minor FROM collecting_latecharge l
JOIN receivables_settlement s ON s.seller_id = l.seller_id AND s.item_id = l.charged_item_id
WHERE l.seller_id = %(seller)s AND l.item_id = ANY(%(items)s) AND l.kind = 'late_interest'
    AND s.settled_on <= %(as_of)s
"""
CHARGES = """
SELECT l.id, l.customer_id, l.item_id, l.charged_item_id, l.kind, l.starts_on, l.through, l.amount_minor, l.currency,
       l.basis, l.policy, l.explanation, i.number AS late_number, x.number, x.open_minor, x.issued_on,
       c.name AS customer_name, coalesce(w.waived_minor, 0)::bigint AS waived_minor, w.reasons
FROM collecting_latecharge l
JOIN receivables_item i ON i.seller_id = l.seller_id AND i.id = l.item_id
JOIN receivables_item x ON x.seller_id = l.seller_id AND x.id = l.charged_item_id
JOIN parties_customer c ON c.seller_id = l.seller_id AND c.id = l.customer_id
LEFT JOIN (SELECT charge_id, sum(amount_minor) AS waived_minor, array_agg(reason ORDER BY id) AS reasons
    FROM collecting_waiver WHERE seller_id = %(seller)s GROUP BY charge_id) w ON w.charge_id = l.id
WHERE l.seller_id = %(seller)s
"""


class Terms(NamedTuple):
    """The seller's terms of late charges in one currency, and the version of the policy that says so."""

    agreed: Agreed
    policy: str


@dataclass(frozen=True)
class Owed:
    """What one late item owes on top, under which terms, and why it may not be charged now."""

    item: Mapping[str, Any] = field(repr=False)
    late: LateItem = field(repr=False)
    charge: Charge
    terms: ChargeTerms
    policy: str
    refusals: tuple[Reason, ...] = ()

    @property
    def is_chargeable(self) -> bool:
        """Whether there is something to charge and nothing against it."""
        return self.charge.total_minor > 0 and not self.refusals


def terms_of(seller: Seller, currency: str, on: date) -> Terms:
    """What the policy in force says of late charges; nothing where no policy is published."""
    version = policy_on(seller, currency, on)
    if version is None:
        return Terms(Agreed("none"), "")
    return Terms(parsed(version).late_charges, f"{version.code}@{version.number}")


def rates_of(seller: Seller) -> Rates:
    """The reference rates that ship, with those that the seller added."""
    own: dict[str, dict[str, int]] = {}
    added = ReferenceRate.objects.filter(seller=seller).order_by("id")
    for reference, half, rate in added.values_list("reference", "half_year", "rate_bp"):
        own.setdefault(reference, {})[half] = rate
    return shipped_rates().extended(own)


def rate_rows(seller: Seller) -> dict[str, list[dict[str, Any]]]:
    """Every reference with its half-years, the latest first: `half_year, rate_bp, source, is_unsure`, `is_own` where
    the seller added it, then with `added_by` and `added_at`. What a seller adds counts instead of what ships."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for reference, rates in shipped_rates().known.items():
        source, unsure = rate_source(reference)
        found[reference] = {
            half: {"half_year": half, "rate_bp": rate, "source": source, "is_unsure": half in unsure, "is_own": False}
            for half, rate in rates.items()
        }
    for one in ReferenceRate.objects.filter(seller=seller).select_related("person").order_by("id"):
        found.setdefault(one.reference, {})[one.half_year] = {
            "half_year": one.half_year, "rate_bp": one.rate_bp, "source": one.source, "is_unsure": False,
            "is_own": True, "added_by": one.person.name if one.person else "", "added_at": one.recorded_at,
        }  # fmt: skip
    return {name: [found[name][half] for half in sorted(found[name], reverse=True)] for name in sorted(found)}


def owed(
    seller: Seller, as_of: date, now: datetime, customer_ids: Sequence[UUID] | None = None
) -> list[Owed]:
    """What every late item owes on top through a day (or those of some customers), in order of customer and due date.

    Items that owe nothing are left out; those that may not be charged now say why. Charges bear nothing themselves.
    Errors: a reference rate that is not known.
    """
    params = {
        "seller": seller.id, "as_of": as_of, "every": customer_ids is None, "customers": list(customer_ids or ()),
        "paid_since": as_of - timedelta(days=PAID_LATE_DAYS),
    }  # fmt: skip
    found = rows(ITEMS, params)
    late = _late_items(found, params | {"items": [one["id"] for one in found]})
    rates, answers = rates_of(seller), []
    agreed: dict[str, Terms] = {}
    law: dict[tuple[str, bool, str], ChargeTerms] = {}
    guards = facts(list({one["customer_id"] for one in found}), Act.CHARGE, now)
    for one, item in zip(found, late, strict=True):
        currency = one["currency"]
        if currency not in agreed:
            agreed[currency] = terms_of(seller, currency, as_of)
        key = (one["country"], one["is_sole_trader"], currency)
        if key not in law:
            law[key] = charge_terms(agreed[currency].agreed, pack_of(key[0]), as_of, currency, key[1])
        terms = law[key]
        made = Charge(str(one["id"]), as_of) if terms is NOTHING else charge(item, terms, rates, as_of)
        if made.total_minor or made.overcharged_minor:
            refusals = may_act(Act.CHARGE, _facts(guards[one["customer_id"]], one)).reasons
            answers.append(Owed(one, item, made, terms, agreed[currency].policy, refusals))
    return answers


def _late_items(found: Sequence[Mapping[str, Any]], params: Mapping[str, Any]) -> list[LateItem]:
    settled: dict[UUID, list[tuple[date, int]]] = {}
    for one in rows(SETTLED, params):
        settled.setdefault(one["item_id"], []).append((one["settled_on"], one["amount_minor"]))
    interest: dict[UUID, list[tuple[date, int]]] = {}
    for one in rows(INTEREST_SETTLED, params):
        interest.setdefault(one["item_id"], []).append((one["settled_on"], one["amount_minor"]))
    claimed: dict[UUID, list[ClaimSpan]] = {}
    for one in rows(CLAIMED, params):
        span = ClaimSpan(ClaimKind(one["kind"]), one["amount_minor"], one["starts_on"], one["ends_on"])
        claimed.setdefault(one["item_id"], []).append(span)
    return [
        LateItem(
            str(one["id"]), one["due_on"], one["amount_minor"], tuple(sorted(settled.get(one["id"], ()))),
            tuple(claimed.get(one["id"], ())), one["charged_minor"], one["charged_through"], one["has_lump_sum"],
            tuple(sorted(interest.get(one["id"], ()))),
        )
        for one in found
    ]  # fmt: skip


def _facts(customer: GuardFacts, one: Mapping[str, Any]) -> GuardFacts:
    """The customer's facts with the money of one item."""
    return customer._replace(open_minor=one["open_minor"], collectable_minor=one["open_minor"] - one["claimed_minor"])


def charges_of(
    seller: Seller, customer_id: UUID | None = None, charge_id: UUID | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Charges that were made, the latest first: of everybody, of a customer, or one; with what was waived of each."""
    where, params = "", {"seller": seller.id, "customer": customer_id, "charge": charge_id, "limit": limit}
    if customer_id is not None:
        where += " AND l.customer_id = %(customer)s"
    if charge_id is not None:
        where += " AND l.id = %(charge)s"
    found = rows(f"{CHARGES}{where} ORDER BY l.id DESC LIMIT %(limit)s", params)
    for one in found:
        if isinstance(one["explanation"], str):
            one["explanation"] = json.loads(one["explanation"])
    return found
