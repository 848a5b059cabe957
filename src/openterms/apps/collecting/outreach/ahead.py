"""What happens when with one customer, unless it pays: the strategy's timeline from today on."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from openterms.apps.collecting.strategy.actions import in_force
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.sql import row, rows
from openterms.core.collecting.next_step import TakenStep
from openterms.core.collecting.strategies import Strategy
from openterms.core.collecting.timeline import MOST_ITEMS, Ahead, Course, ahead

ITEMS = """
SELECT i.id, i.number, i.currency, i.due_on, i.open_minor,
    i.open_minor - i.contested_minor - i.in_flight_minor - i.planned_minor - i.promised_minor AS free_minor,
    s.segment, (SELECT max(c.ends_on) FROM receivables_claim c WHERE c.item_id = i.id AND c.kind = 'promised'
        AND (c.ends_on IS NULL OR c.ends_on > %(on)s)) AS promised_until,
    coalesce((SELECT jsonb_agg(jsonb_build_array(p.starts_on, coalesce(least(p.until, p.ended_on - 1), p.until)))
        FROM collecting_pause p JOIN collecting_pauseitem pi ON pi.pause_id = p.id
        WHERE pi.item_id = i.id AND p.until >= %(on)s AND (p.ended_on IS NULL OR p.ended_on > %(on)s)), '[]') AS pauses,
    coalesce((SELECT jsonb_agg(jsonb_build_array(t.step, t.taken_on)) FROM collecting_steptaken t
        WHERE t.item_id = i.id), '[]') AS taken
FROM receivables_item i LEFT JOIN receivables_standing s ON s.seller_id = i.seller_id
    AND s.customer_id = i.customer_id AND s.currency = i.currency
WHERE i.seller_id = %(seller)s AND i.customer_id = %(customer)s AND i.open_minor > 0
    AND i.kind NOT IN ('receipt', 'credit_note') AND i.issued_on <= %(on)s
ORDER BY i.due_on, i.id LIMIT %(most)s
"""


ELSEWHERE = """
SELECT m.kind FROM collecting_matter m WHERE m.seller_id = %(seller)s AND m.customer_id = %(customer)s AND (
    (m.kind = 'placement' AND m.state IN ('placed', 'acknowledged'))
    OR (m.kind = 'legal' AND m.state IN ('open', 'filed', 'judgment', 'enforcing'))) ORDER BY m.kind LIMIT 1
"""


def elsewhere(customer: Customer) -> str:
    """Who else has a customer's debts, so that the guard lets no step of ours happen: `legal` (a court) or `placement`
    (an agency); empty where nobody has."""
    found = row(ELSEWHERE, {"seller": customer.seller_id, "customer": customer.id})
    return str(found["kind"]) if found else ""


def timeline(customer: Customer, on: date, now: datetime, strategy: Strategy | None = None) -> list[Ahead]:
    """What happens with a customer's open items in the next 120 days, soonest first.

    The oldest 500 items are looked at; contested, promised, planned and in-flight parts are left alone. Nothing lies
    ahead while an agency or a court has the customer. `items` are the numbers of the items.
    """
    if elsewhere(customer):
        return []
    if strategy is None:
        _, strategy = in_force(customer.seller, on, now)
    asked = {"seller": customer.seller_id, "customer": customer.id, "on": on, "most": MOST_ITEMS}
    found = rows(ITEMS, asked)
    together: dict[str, int] = {}
    for one in found:
        together[one["currency"]] = together.get(one["currency"], 0) + max(one["free_minor"], 0)
    return ahead([_course(one, customer, on, together[one["currency"]]) for one in found], strategy, on)


def _course(one: dict[str, Any], customer: Customer, on: date, together: int) -> Course:
    import json

    read = {name: one[name] if isinstance(one[name], list) else json.loads(one[name]) for name in ("taken", "pauses")}
    paused = [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in read["pauses"]]
    if customer.paused_until and customer.paused_until >= on:
        paused.append((on, customer.paused_until))
    return Course(
        one["number"], one["currency"], one["due_on"], ((on, max(one["free_minor"], 0)),),
        segments=((date.min, one["segment"] or "unclassified"),), together=((on, together),),
        taken=tuple(TakenStep(step, date.fromisoformat(day)) for step, day in read["taken"]), paused=tuple(paused),
        insolvent_on=customer.insolvent_on,
    )  # fmt: skip
