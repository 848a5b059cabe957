"""Events of customers that a strategy may answer to, read from the record; rooms of later features add theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from openterms.apps.collecting.plan.models import CollectionWay, Plan
from openterms.apps.collecting.plan.reads import plan_rows
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import rows
from openterms.core.base.money import Money
from openterms.core.collecting.events import EventRule, Happening


@dataclass(frozen=True)
class Happened:
    """An event with the facts that its words may use."""

    happening: Happening
    variables: Mapping[str, Any] = field(default_factory=dict)


Source = Callable[[Seller, date, date], Sequence[Happened]]

ACCOUNTS = """
SELECT id AS customer_id, 'account:' || id AS cause, created_on AS on_day FROM parties_customer
WHERE seller_id = %(seller)s AND created_on BETWEEN %(first)s AND %(last)s AND batch_id IS NULL
"""
BROKEN = """
SELECT p.customer_id, 'promise:' || p.id AS cause, p.state_on AS on_day, p.amount_minor, p.currency, p.promised_for,
    coalesce((SELECT array_agg(i.item_id::text) FROM collecting_promiseitem i WHERE i.promise_id = p.id), '{}') AS items
FROM collecting_promise p WHERE p.seller_id = %(seller)s AND p.state IN ('broken', 'part_kept')
    AND p.state_on BETWEEN %(first)s AND %(last)s
"""
BOUNCED = """
SELECT m.customer_id, 'message:' || m.id AS cause, (r.at AT TIME ZONE s.timezone)::date AS on_day
FROM messaging_messagereport r JOIN messaging_message m ON m.seller_id = r.seller_id AND m.id = r.message_id
    JOIN tenancy_seller s ON s.id = r.seller_id
WHERE r.seller_id = %(seller)s AND r.kind = 'bounced'
    AND (r.at AT TIME ZONE s.timezone)::date BETWEEN %(first)s AND %(last)s
    AND NOT EXISTS (SELECT 1 FROM messaging_message n WHERE n.seller_id = m.seller_id AND n.repairs_id = m.id)
"""
INVOICES = """
SELECT customer_id, 'invoice:' || id AS cause, {day} AS on_day, currency,
    open_minor - contested_minor - in_flight_minor - planned_minor - promised_minor AS amount_minor,
    ARRAY[id::text] AS items, number, due_on
FROM receivables_item WHERE seller_id = %(seller)s AND kind = 'invoice' AND open_minor > 0
    AND {day} BETWEEN %(first)s AND %(last)s
"""
DECIDED = """
SELECT d.customer_id, 'dispute:' || d.id AS cause, d.closed_on AS on_day, d.amount_minor, d.currency, d.outcome,
    d.note, i.number, ARRAY[i.id::text] AS items
FROM receivables_dispute d JOIN receivables_item i ON i.id = d.item_id
WHERE d.seller_id = %(seller)s AND d.outcome IN ('upheld', 'rejected', 'settled')
    AND d.closed_on BETWEEN %(first)s AND %(last)s
"""
DEFAULTED = """
SELECT p.customer_id, 'plan:' || p.id AS cause, p.state_on AS on_day, p.currency,
    (SELECT coalesce(sum(i.open_minor), 0)::bigint FROM receivables_item i WHERE i.seller_id = p.seller_id AND i.id IN (
        SELECT l.item_id FROM collecting_planline l WHERE l.plan_id = p.id)) AS amount_minor
FROM collecting_plan p
WHERE p.seller_id = %(seller)s AND p.state = 'defaulted' AND p.state_on BETWEEN %(first)s AND %(last)s
"""


def _read(event: str, sql: str) -> Source:
    def source(seller: Seller, first: date, last: date) -> list[Happened]:
        found = rows(sql, {"seller": seller.id, "first": first, "last": last})
        return [_happened(event, one) for one in found]

    return source


def _happened(event: str, one: Mapping[str, Any]) -> Happened:
    amount = one.get("amount_minor")
    happening = Happening(
        customer_id=str(one["customer_id"]), event=event, cause=one["cause"], happened_on=one["on_day"],
        amount_minor=amount, currency=one.get("currency"), item_ids=tuple(one.get("items") or ()),
    )  # fmt: skip
    variables: dict[str, Any] = {}
    if amount is not None and one.get("currency"):
        money = Money(amount, one["currency"])
        variables["amount"] = money
        if event == "promise_broken":
            variables |= {"promised_amount": money, "promised_on": one["promised_for"]}
        elif event == "dispute_decided":
            variables |= {"dispute_amount": money, "dispute_number": one["number"], "dispute_answer": one["outcome"]}
        elif "due_on" in one:
            variables["due_on"] = one["due_on"]
        if "number" in one and event != "dispute_decided":
            variables["invoices"] = [{"number": one["number"], "due_on": one["due_on"], "amount": money}]
            variables["invoice_count"] = 1
    return Happened(happening, variables)


def _instalments(seller: Seller, first: date, last: date) -> list[Happened]:
    """Instalments of running plans that fall due in these days, each with what is open of it; none that is debited."""
    plans = Plan.objects.filter(
        seller=seller, state=Plan.State.RUNNING, instalments__due_on__range=(first, last)
    ).exclude(way=CollectionWay.DEBIT).distinct()  # fmt: skip
    return [
        _happened("instalment_due", {
            "customer_id": plan.customer_id, "cause": f"instalment:{plan.id}:{one['number']}", "on_day": one["due_on"],
            "due_on": one["due_on"], "amount_minor": one["open_minor"], "currency": plan.currency,
        })
        for plan in plans.order_by("id")
        for one in plan_rows(plan, last)
        if one["open_minor"] and first <= one["due_on"] <= last
    ]  # fmt: skip


_sources: dict[str, Source] = {
    "account_opened": _read("account_opened", ACCOUNTS),
    "promise_broken": _read("promise_broken", BROKEN),
    "message_bounced": _read("message_bounced", BOUNCED),
    "large_invoice_issued": _read("large_invoice_issued", INVOICES.format(day="issued_on")),
    "large_invoice_upcoming": _read("large_invoice_upcoming", INVOICES.format(day="due_on")),
    "dispute_decided": _read("dispute_decided", DECIDED),
    "plan_default": _read("plan_default", DEFAULTED),
    "instalment_due": _instalments,
}


def register(event: str, source: Source) -> None:
    """Have the events of one kind read by this function; the same kind again replaces it."""
    _sources[event] = source


def happened(seller: Seller, day: date, rules: Sequence[EventRule]) -> list[tuple[EventRule, Happened]]:
    """The events that a day's rules may answer to, not answered yet, each with its rule; the rules ask the rest."""
    found = []
    for rule in rules:
        source = _sources.get(rule.event)
        if source is None:
            continue
        first, last = day - timedelta(days=rule.until_days), day - timedelta(days=rule.after_days)
        found += [(rule, one) for one in source(seller, first, last)]
    causes = [one.happening.cause for _, one in found]
    done = {
        (one["code"], one["cause"])
        for one in rows(
            "SELECT code, cause FROM collecting_eventstep WHERE seller_id = %(seller)s AND cause = ANY(%(causes)s)",
            {"seller": seller.id, "causes": causes},
        )
    }
    return [(rule, one) for rule, one in found if (rule.code, one.happening.cause) not in done]


def customers_of(found: Sequence[tuple[EventRule, Happened]]) -> set[UUID]:
    """Whom the events are about."""
    return {UUID(one.happening.customer_id) for _, one in found}
