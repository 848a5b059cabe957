"""The nightly cross-check: the scalar rule asked again where a step changes, and for a sample of the others."""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from openterms.apps.collecting.worklist.models import WorkItem
from openterms.apps.tenancy.models import Seller
from openterms.core.collecting.next_step import ItemFacts, TakenStep, customer_step
from openterms.core.collecting.strategies import Strategy
from openterms.core.receivables.claims import ClaimKind, collectable, gather
from openterms.portfolio.runs.day import DayPlan

MOST_ASKED = 300
SAMPLE = 100

ITEMS = """
SELECT i.id, i.customer_id, i.currency, i.due_on, i.amount_minor - coalesce(s.settled, 0) AS open_minor,
    c.paused_until >= %(day)s AS paused, c.insolvent_on <= %(day)s AS insolvent,
    (SELECT coalesce(jsonb_object_agg(kind, amount), '{}') FROM (
        SELECT kind, sum(amount_minor) AS amount FROM receivables_claim k WHERE k.item_id = i.id
            AND k.starts_on <= %(day)s AND (k.ends_on IS NULL OR k.ends_on > %(day)s) GROUP BY kind) claims) AS claims,
    (SELECT coalesce(jsonb_agg(jsonb_build_array(step, taken_on)), '[]') FROM collecting_steptaken t
        WHERE t.item_id = i.id) AS taken,
    (SELECT max(p.state_on) FROM collecting_promise p JOIN collecting_promiseitem pi ON pi.promise_id = p.id
        WHERE pi.item_id = i.id AND p.state IN ('broken', 'part_kept') AND p.state_on <= %(day)s) AS broken_on
FROM receivables_item i JOIN parties_customer c ON c.id = i.customer_id
LEFT JOIN LATERAL (SELECT sum(amount_minor) AS settled FROM receivables_settlement
    WHERE item_id = i.id AND settled_on <= %(day)s) s ON true
WHERE i.seller_id = %(seller)s AND i.customer_id = ANY(%(customers)s) AND i.issued_on <= %(day)s
    AND i.kind NOT IN ('credit_note', 'receipt') AND i.amount_minor > coalesce(s.settled, 0)
"""


def disagreements(seller: Seller, plan: DayPlan, strategy: Strategy, day: date) -> set[tuple[str, str]]:
    """Customers and currencies where `core` and `portfolio` do not name the same step, of those asked.

    Asked are up to 300 whose step differs from the one on the list, and 100 others that change from day to day.
    """
    planned = {
        (str(row["customer_id"]), row["currency"]): (row["step"], row["segment"])
        for row in plan.customers.select(["customer_id", "currency", "step", "segment"]).to_pylist()
    }
    asked = _asked(seller, {key: step for key, (step, _) in planned.items()}, day)
    facts = _facts(seller, sorted({UUID(customer) for customer, _ in asked}), planned, day)
    return {
        key for key in asked if (customer_step(facts.get(key, ()), strategy, day).step or "") != planned[key][0]
    }


def _asked(seller: Seller, steps: dict[tuple[str, str], str], day: date) -> set[tuple[str, str]]:
    listed = {
        (str(customer), currency): step
        for customer, currency, step in WorkItem.objects.filter(seller=seller, state="open").values_list(
            "customer_id", "currency", "step"
        )
    }
    changed = [key for key, step in steps.items() if listed.get(key, "") != step]
    others = sorted(
        steps.keys() - set(changed), key=lambda key: zlib.crc32(f"{day}{key}".encode())
    )  # another sample each day, the same one when the day is run again
    return {*changed[:MOST_ASKED], *others[:SAMPLE]}


def _facts(
    seller: Seller, customers: Sequence[UUID], planned: dict[tuple[str, str], tuple[str, str]], day: date
) -> dict[tuple[str, str], list[ItemFacts]]:
    facts: dict[tuple[str, str], list[ItemFacts]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(ITEMS, {"seller": seller.id, "customers": list(customers), "day": day})
        names = [column.name for column in cursor.description or ()]
        for values in cursor.fetchall():
            row: dict[str, Any] = dict(zip(names, values, strict=True))
            key = (str(row["customer_id"]), row["currency"])
            claims = gather((ClaimKind(kind), int(amount)) for kind, amount in _json(row["claims"]).items())
            facts[key].append(
                ItemFacts(
                    item_id=str(row["id"]),
                    currency=row["currency"],
                    due_on=row["due_on"],
                    collectable_minor=collectable(int(row["open_minor"]), claims),
                    segment=planned.get(key, ("", "unclassified"))[1] or "unclassified",
                    taken=tuple(TakenStep(step, date.fromisoformat(on)) for step, on in _json(row["taken"])),
                    promise_broken_on=row["broken_on"],
                    is_paused=bool(row["paused"]),
                    is_insolvent=bool(row["insolvent"]),
                )
            )
    return facts


def _json(value: Any) -> Any:
    """Django leaves JSON of raw queries as text."""
    return json.loads(value) if isinstance(value, str) else value
