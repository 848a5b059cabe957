"""What is to be done, what was said and done, and what lies ahead with a customer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import row, rows
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.collecting import step_reasons

CALLED_BACK = Reason("called_back", gettext_noop("You asked to be reminded of this customer today."))
REASONS = {reason.code: reason for reason in (*step_reasons.ALL, CALLED_BACK)}

SELECT = """
SELECT w.id, w.customer_id, c.name, c.number, c.country, c.locale, w.currency, w.step, w.reasons,
       cardinality(w.items) AS item_count, w.amount_at_risk_minor, w.collectable_overdue_minor, w.moved_minor,
       w.waiting_minor, w.work_seconds, w.per_minute_base_minor, w.held_by_id, w.held_until, w.listed_on,
       w.first_listed_on, w.state, w.snoozed_until,
       u.name AS collector_name, s.overdue_minor, s.total_minor, s.days_overdue, s.segment, s.broken_promises,
       a.kind AS last_kind, a.outcome AS last_outcome, a.done_on AS last_on
FROM collecting_workitem w
JOIN parties_customer c ON c.id = w.customer_id
LEFT JOIN tenancy_user u ON u.id = c.collector_id
LEFT JOIN receivables_standing s
    ON s.seller_id = w.seller_id AND s.customer_id = w.customer_id AND s.currency = w.currency
LEFT JOIN LATERAL (SELECT kind, outcome, done_on FROM collecting_activity x
    WHERE x.seller_id = w.seller_id AND x.customer_id = w.customer_id AND x.struck_at IS NULL
    ORDER BY x.done_on DESC, x.id DESC LIMIT 1) a
    ON true
WHERE w.seller_id = %(seller)s
"""


def work(
    seller: Seller, collectors: Sequence[UUID] | None = None, step: str = "", after: Sequence[Any] | None = None,
    limit: int = 51,
) -> list[dict[str, Any]]:  # fmt: skip
    """Open work, most money moved a minute first, from after a row's `key` on; `collectors` narrows to their customers.

    Whose a customer is, is the customer's own collector; whose work that is on a day, `team.reads.whose_work`.
    """
    params: dict[str, Any] = {"seller": seller.id, "collectors": list(collectors or ()), "step": step, "limit": limit}
    where = " AND w.state = 'open'"
    if collectors is not None:
        where += " AND c.collector_id = ANY(%(collectors)s)"
    if step:
        where += " AND w.step = %(step)s"
    if after and len(after) == 2:
        where += (
            " AND w.per_minute_base_minor <= %(after_0)s::bigint AND (w.per_minute_base_minor < %(after_0)s::bigint"
            " OR w.id > %(after_1)s::uuid)"
        )
        params |= {f"after_{at}": value for at, value in enumerate(after)}
    found = rows(f"{SELECT}{where} ORDER BY w.per_minute_base_minor DESC, w.id LIMIT %(limit)s", params)
    return [_read(one) for one in found]


def work_item(seller: Seller, work_item_id: UUID) -> dict[str, Any] | None:
    """One piece of work, whatever its state, with the ids of its items."""
    params = {"seller": seller.id, "id": work_item_id}
    found = row(f"{SELECT} AND w.id = %(id)s", params)
    if found is None:
        return None
    items = row("SELECT items FROM collecting_workitem WHERE seller_id = %(seller)s AND id = %(id)s", params)
    return _read(found) | {"item_ids": [str(item) for item in items["items"]] if items else []}


def work_of(seller: Seller, customer_id: UUID) -> list[dict[str, Any]]:
    """A customer's open or snoozed work, one per currency."""
    found = rows(
        f"{SELECT} AND w.customer_id = %(customer)s AND w.state IN ('open', 'snoozed') ORDER BY w.currency",
        {"seller": seller.id, "customer": customer_id},
    )
    return [_read(one) for one in found]


def reasons(stored: Sequence[Any]) -> list[Reason | str]:
    """Stored reasons with their texts again: a code gets the text that the steps' reasons have for it."""
    found: list[Reason | str] = []
    for one in stored:
        known = REASONS.get(one.get("code", "")) if isinstance(one, dict) else None
        if known is not None:
            found.append(known.given(**one.get("params", {})))
        elif isinstance(one, dict):
            found.append(Reason(one.get("code", ""), one.get("staff") or one.get("text") or one.get("code", "")))
        else:
            found.append(str(one))
    return found


def _read(one: dict[str, Any]) -> dict[str, Any]:
    one["key"] = [one["per_minute_base_minor"], str(one["id"])]
    one["reasons"] = reasons(_value(one["reasons"]))
    return one


def _value(stored: Any) -> Sequence[Any]:
    """A JSON column as a plain cursor gives it."""
    found: Sequence[Any] = json.loads(stored) if isinstance(stored, str) else stored or []
    return found


def promises(seller: Seller, customer_id: UUID, limit: int = 20) -> list[dict[str, Any]]:
    """A customer's promises, newest first, each with the numbers of its items."""
    return rows(
        "SELECT p.id, p.amount_minor, p.currency, p.promised_for, p.made_on, p.made_by, p.note, p.state, p.state_on,"
        " (SELECT array_agg(i.number ORDER BY i.due_on) FROM collecting_promiseitem q"
        "  JOIN receivables_item i ON i.id = q.item_id WHERE q.promise_id = p.id) AS numbers"
        " FROM collecting_promise p WHERE p.seller_id = %(seller)s AND p.customer_id = %(customer)s"
        " ORDER BY p.made_on DESC, p.id DESC LIMIT %(limit)s",
        {"seller": seller.id, "customer": customer_id, "limit": limit},
    )


def activities(seller: Seller, customer_id: UUID, limit: int = 30) -> list[dict[str, Any]]:
    """What people did about a customer, newest first, without what was struck out."""
    return rows(
        "SELECT a.id, a.kind, a.outcome, a.person_reached, a.note, a.next_on, a.done_on, a.recorded_at,"
        " u.name AS user_name FROM collecting_activity a LEFT JOIN tenancy_user u ON u.id = a.user_id"
        " WHERE a.seller_id = %(seller)s AND a.customer_id = %(customer)s AND a.struck_at IS NULL"
        " ORDER BY a.done_on DESC, a.id DESC LIMIT %(limit)s",
        {"seller": seller.id, "customer": customer_id, "limit": limit},
    )


def promised(seller: Seller, start: date, end: date) -> dict[str, int]:
    """What was promised for a range of days and still counts (not withdrawn, not replaced), by currency."""
    found = rows(
        "SELECT currency, sum(amount_minor)::bigint AS minor FROM collecting_promise WHERE seller_id = %(seller)s"
        " AND state = ANY(%(states)s) AND promised_for BETWEEN %(start)s AND %(end)s GROUP BY currency",
        {"seller": seller.id, "start": start, "end": end, "states": ["pending", "kept", "part_kept", "broken"]},
    )
    return {one["currency"]: one["minor"] for one in found}


def broken_promises(seller: Seller, since: date, through: date, limit: int = 5) -> list[dict[str, Any]]:
    """Promises that broke in a range of days, largest first."""
    return rows(
        "SELECT p.id, p.customer_id, c.name AS customer_name, p.amount_minor, p.currency, p.promised_for, p.state_on"
        " FROM collecting_promise p JOIN parties_customer c ON c.id = p.customer_id"
        " WHERE p.seller_id = %(seller)s AND p.state IN ('broken', 'part_kept') AND p.state_on > %(since)s"
        " AND p.state_on <= %(through)s ORDER BY p.amount_minor DESC, p.id LIMIT %(limit)s",
        {"seller": seller.id, "since": since, "through": through, "limit": limit},
    )


def new_disputes(seller: Seller, since: date, through: date, limit: int = 5) -> list[dict[str, Any]]:
    """Disputes opened in a range of days, largest first."""
    return rows(
        "SELECT d.id, d.customer_id, c.name AS customer_name, d.amount_minor, d.currency, d.reason, d.opened_on,"
        " i.number, i.id AS item_id FROM receivables_dispute d JOIN parties_customer c ON c.id = d.customer_id"
        " JOIN receivables_item i ON i.id = d.item_id WHERE d.seller_id = %(seller)s AND d.opened_on > %(since)s"
        " AND d.opened_on <= %(through)s AND d.closed_on IS NULL ORDER BY d.amount_minor DESC, d.id LIMIT %(limit)s",
        {"seller": seller.id, "since": since, "through": through, "limit": limit},
    )
