"""Open items as pages show them: lists paged by keys, one item with all that touches it, a customer's account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import HIGHEST, row, rows

from .models import CREDIT_KINDS, DEBIT_KINDS

BUCKET_DAYS: dict[str, tuple[int | None, int | None]] = {
    "current": (None, 0),
    "1-30": (1, 30),
    "31-60": (31, 60),
    "61-90": (61, 90),
    "90+": (91, None),
}
"""First and last day overdue of each bucket."""

MOST_FOUND = 500
"""A search by number stops here: more than that nobody reads."""

STATES = ("open", "overdue", "contested", "promised", "settled", "all")


@dataclass(frozen=True)
class ItemFilter:
    """Which items are wanted. `text` is the beginning of a number."""

    state: str = "open"
    bucket: str = ""
    customer: UUID | None = None
    kind: str = ""
    currency: str = ""
    text: str = ""


COLUMNS = """
i.id, i.kind, i.number, i.instalment, i.instalments, i.issued_on, i.due_on, i.currency, i.amount_minor, i.open_minor,
i.contested_minor, i.in_flight_minor, i.planned_minor, i.promised_minor, i.settled_on, i.discount_on, i.discount_minor,
i.terms, i.reference, i.customer_id
"""


def items(
    seller: Seller, wanted: ItemFilter, as_of: date, sort: str = "due_on", after: Sequence[Any] | None = None,
    limit: int = 51,
) -> list[dict[str, Any]]:  # fmt: skip
    """Items in order of `due_on` or `issued_on` (`-` before it: latest first), from after a row's `key` on."""
    name = sort.lstrip("-")
    column = "due_on" if name == "due_on" else "issued_on"
    direction, beyond = ("DESC", "<") if sort.startswith("-") else ("ASC", ">")
    where, params = _where(wanted, as_of)
    params |= {"seller": seller.id, "limit": limit}
    if after and len(after) == 2:
        where += f" AND (i.{column}, i.id) {beyond} (%(after_0)s::date, %(after_1)s::uuid)"
        params |= {f"after_{at}": value for at, value in enumerate(after)}
    found = rows(
        f"SELECT {COLUMNS}, c.name AS customer_name, c.number AS customer_number"
        " FROM receivables_item i JOIN parties_customer c ON c.id = i.customer_id"
        f" WHERE i.seller_id = %(seller)s{where} ORDER BY i.{column} {direction}, i.id {direction} LIMIT %(limit)s",
        params,
    )
    for one in found:
        _derive(one, as_of)
        one["key"] = [one[column].isoformat(), str(one["id"])]
    return found


PARTS = """
SELECT i.currency, i.kind, coalesce(d.due_on, i.due_on) AS due_on, i.open_minor - coalesce(l.minor, 0) AS open_minor,
    i.contested_minor, i.in_flight_minor, i.planned_minor, i.promised_minor, 1 AS items
FROM receivables_item i
    LEFT JOIN receivables_due d ON d.item_id = i.id AND d.seller_id = %(seller)s AND d.customer_id = %(customer)s
    LEFT JOIN (SELECT item_id, sum(open_minor) AS minor FROM receivables_unmet
        WHERE seller_id = %(seller)s AND customer_id = %(customer)s AND due_on >= %(as_of)s GROUP BY item_id) l
        ON l.item_id = i.id
WHERE i.seller_id = %(seller)s AND i.customer_id = %(customer)s AND i.open_minor > 0
UNION ALL
SELECT i.currency, i.kind, u.due_on, u.open_minor, 0, 0, 0, 0, 0
FROM receivables_unmet u JOIN receivables_item i ON i.id = u.item_id
WHERE u.seller_id = %(seller)s AND u.customer_id = %(customer)s AND u.due_on >= %(as_of)s
"""
"""What a customer's account is aged by: its open items, and what plans make due later as parts of their own."""

CLAIM_KINDS = ("contested", "in_flight", "planned", "promised")
"""What can be claimed of an open item, each a part of it."""


def account(seller: Seller, customer_id: UUID, as_of: date) -> list[dict[str, Any]]:
    """What a customer owes now by age, one row per currency: buckets, overdue, claims, unapplied credit (negative).

    The database sums up each age once; few rows are put together here.
    """
    claims = ", ".join(f"sum({kind}_minor)::bigint AS {kind}" for kind in CLAIM_KINDS)
    ages = " ".join(
        f"WHEN due_on >= %(as_of)s::date - {last} THEN '{bucket}'"
        for bucket, (_, last) in BUCKET_DAYS.items()
        if last is not None
    )
    oldest = next(bucket for bucket, (_, last) in BUCKET_DAYS.items() if last is None)
    found = rows(
        f"WITH parts AS ({PARTS}) SELECT currency, kind = ANY(%(debit)s) AS is_debit,"
        f" CASE {ages} ELSE '{oldest}' END AS bucket, sum(open_minor)::bigint AS minor, {claims},"
        " sum(items)::bigint AS items, min(due_on) AS oldest_due_on FROM parts GROUP BY 1, 2, 3 ORDER BY 1",
        {"seller": seller.id, "customer": customer_id, "as_of": as_of, "debit": list(DEBIT_KINDS)},
    )
    return [_account(currency, list(parts)) for currency, parts in groupby(found, key=itemgetter("currency"))]


def _account(currency: str, parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The parts of one currency, each of one side and age, as one row."""
    debit = [one for one in parts if one["is_debit"]]
    ageing = {bucket: sum(one["minor"] for one in debit if one["bucket"] == bucket) for bucket in BUCKET_DAYS}
    claims = {kind: sum(one[kind] for one in parts) for kind in CLAIM_KINDS}
    owed, unapplied = sum(ageing.values()), -sum(one["minor"] for one in parts if not one["is_debit"])
    return {
        "currency": currency,
        "ageing": ageing,
        "overdue": owed - ageing["current"],
        "owed": owed,
        "unapplied": unapplied,
        "total": owed + unapplied,
        "items": sum(one["items"] for one in debit),
        "oldest_due_on": min((one["oldest_due_on"] for one in debit), default=None),
        **claims,
        "claims": {kind: minor for kind, minor in claims.items() if minor},
    }


def open_items(seller: Seller, customer_id: UUID, as_of: date, limit: int = 201) -> list[dict[str, Any]]:
    """A customer's open items of both sides, oldest due first."""
    found = rows(
        f"SELECT {COLUMNS} FROM receivables_item i WHERE i.seller_id = %(seller)s AND i.customer_id = %(customer)s"
        " AND i.open_minor > 0 ORDER BY i.due_on, i.number, i.id LIMIT %(limit)s",
        {"seller": seller.id, "customer": customer_id, "limit": limit},
    )
    return [_derive(one, as_of) for one in found]


def paid_invoices(seller: Seller, customer_id: UUID, limit: int = 120) -> list[dict[str, Any]]:
    """The latest invoices that were settled in full: number, due date, days late, amount."""
    return rows(
        "SELECT i.id, i.number, i.due_on, i.settled_on, i.settled_on - i.due_on AS days_late, i.currency,"
        " i.amount_minor FROM receivables_item i WHERE i.seller_id = %(seller)s AND i.customer_id = %(customer)s"
        " AND i.kind = 'invoice' AND i.settled_on IS NOT NULL ORDER BY i.issued_on DESC, i.id DESC LIMIT %(limit)s",
        {"seller": seller.id, "customer": customer_id, "limit": limit},
    )


def next_due(seller_id: UUID, customer_id: UUID, today: date, limit: int = 3) -> list[dict[str, Any]]:
    """The customer's items that fall due next."""
    return rows(
        "SELECT i.id, i.number, i.due_on, i.currency, i.open_minor FROM receivables_item i"
        " WHERE i.seller_id = %(seller)s AND i.customer_id = %(customer)s AND i.open_minor > 0"
        " AND i.kind = ANY(%(debit)s) AND i.due_on >= %(today)s ORDER BY i.due_on, i.id LIMIT %(limit)s",
        {"seller": seller_id, "customer": customer_id, "today": today, "debit": list(DEBIT_KINDS), "limit": limit},
    )


def receipts(seller_id: UUID, customer_id: UUID, limit: int = 20) -> list[dict[str, Any]]:
    """The latest receipts of a customer."""
    return rows(
        "SELECT i.id, i.number, i.issued_on, i.currency, i.amount_minor, i.open_minor FROM receivables_item i"
        " WHERE i.seller_id = %(seller)s AND i.customer_id = %(customer)s AND i.kind = 'receipt'"
        " ORDER BY i.issued_on DESC, i.id DESC LIMIT %(limit)s",
        {"seller": seller_id, "customer": customer_id, "limit": limit},
    )


def item(seller: Seller, item_id: UUID, as_of: date) -> dict[str, Any] | None:
    """One item with its customer, settlements (newest last, each with what settled it) and claims."""
    found = row(
        f"SELECT {COLUMNS}, i.recorded_at, i.attributes, i.document_id, c.name AS customer_name,"
        " c.number AS customer_number"
        " FROM receivables_item i JOIN parties_customer c ON c.id = i.customer_id"
        " WHERE i.seller_id = %(seller)s AND i.id = %(item)s",
        {"seller": seller.id, "item": item_id},
    )
    if found is None:
        return None
    _derive(found, as_of)
    found["settlements"] = rows(
        "SELECT s.id, s.allocation_id, s.kind, s.settled_on, s.currency, s.amount_minor, s.recorded_at, s.reverses_id,"
        " o.id AS counter_id, o.number AS counter_number, o.kind AS counter_kind,"
        " EXISTS (SELECT 1 FROM receivables_settlement r WHERE r.reverses_id = s.id) AS is_reversed"
        " FROM receivables_settlement s LEFT JOIN receivables_item o ON o.id = s.counter_item_id"
        " WHERE s.seller_id = %(seller)s AND s.item_id = %(item)s ORDER BY s.recorded_at, s.id LIMIT 200",
        {"seller": seller.id, "item": item_id},
    )
    found["claims"] = rows(
        "SELECT kind, amount_minor, starts_on, source_type, source_id FROM receivables_claim"
        " WHERE seller_id = %(seller)s AND item_id = %(item)s AND ends_on IS NULL ORDER BY starts_on, id",
        {"seller": seller.id, "item": item_id},
    )
    found["disputes"] = rows(
        "SELECT id, amount_minor, currency, reason, note, opened_on, closed_on, outcome FROM receivables_dispute"
        " WHERE seller_id = %(seller)s AND item_id = %(item)s ORDER BY opened_on DESC, id DESC",
        {"seller": seller.id, "item": item_id},
    )
    found["instalment_rows"] = []
    if found["instalments"] > 1:
        found["instalment_rows"] = rows(
            "SELECT id, instalment, due_on, currency, amount_minor, open_minor FROM receivables_item"
            " WHERE seller_id = %(seller)s AND customer_id = %(customer)s AND document_id = %(document)s"
            " ORDER BY instalment",
            {"seller": seller.id, "customer": found["customer_id"], "document": found["document_id"]},
        )
    return found


def numbered(seller: Seller, text: str, limit: int = 8) -> list[dict[str, Any]]:
    """Items whose number (external id) begins with a text, for the search field; invoices before the others."""
    each = " UNION ALL ".join(
        "(SELECT i.id, i.number, i.kind, i.customer_id FROM receivables_item i WHERE i.seller_id = %(seller)s"
        f" AND i.kind = '{kind}' AND i.external_id >= %(text)s AND i.external_id < %(end)s"
        " ORDER BY i.external_id LIMIT %(limit)s)"
        for kind in ("invoice", "credit_note", "receipt")
    )
    return rows(
        f"SELECT i.id, i.number, i.kind, c.name AS customer_name FROM ({each}) i"
        " JOIN parties_customer c ON c.id = i.customer_id LIMIT %(limit)s",
        {"seller": seller.id, "text": text, "end": text + HIGHEST, "limit": limit},
    )


def received(seller: Seller, start: date, end: date) -> dict[str, int]:
    """Money that came in from one day through another, by currency."""
    found = rows(
        "SELECT currency, sum(amount_minor)::bigint AS minor FROM receivables_item WHERE seller_id = %(seller)s"
        " AND issued_on BETWEEN %(start)s AND %(end)s AND kind = 'receipt' GROUP BY currency",
        {"seller": seller.id, "start": start, "end": end},
    )
    return {one["currency"]: one["minor"] for one in found}


def largest_receipts(seller: Seller, start: date, end: date, limit: int = 3) -> list[dict[str, Any]]:
    """The largest receipts dated in a range, measured in the seller's currency."""
    return rows(
        "SELECT i.id, i.number, i.customer_id, c.name AS customer_name, i.issued_on, i.currency, i.amount_minor"
        " FROM receivables_item i JOIN parties_customer c ON c.id = i.customer_id WHERE i.seller_id = %(seller)s"
        " AND i.issued_on BETWEEN %(start)s AND %(end)s AND i.kind = 'receipt'"
        " ORDER BY i.base_minor DESC, i.id LIMIT %(limit)s",
        {"seller": seller.id, "start": start, "end": end, "limit": limit},
    )


def _where(wanted: ItemFilter, as_of: date) -> tuple[str, dict[str, Any]]:
    kinds = [wanted.kind] if wanted.kind in (*DEBIT_KINDS, *CREDIT_KINDS) else list(DEBIT_KINDS)
    where, params = " AND i.kind = ANY(%(kinds)s)", {"kinds": kinds, "as_of": as_of}
    if wanted.state in ("open", "overdue", "contested", "promised") or wanted.bucket:
        where += " AND i.open_minor > 0"
    if wanted.state == "overdue":
        where += " AND i.due_on < %(as_of)s"
    elif wanted.state == "settled":
        where += " AND i.open_minor = 0"
    elif wanted.state in ("contested", "promised"):
        where += (
            f" AND i.{wanted.state}_minor > 0 AND i.id IN (SELECT q.item_id FROM receivables_claim q"
            " WHERE q.seller_id = %(seller)s AND q.kind = %(state)s AND q.ends_on IS NULL)"
        )
        params["state"] = wanted.state
    if wanted.bucket in BUCKET_DAYS:
        first, last = BUCKET_DAYS[wanted.bucket]
        if last is not None:
            where += " AND i.due_on >= %(from)s"
            params["from"] = as_of - timedelta(days=last)
        if first is not None:
            where += " AND i.due_on <= %(to)s"
            params["to"] = as_of - timedelta(days=first)
    if wanted.customer:
        where += " AND i.customer_id = %(customer)s"
        params["customer"] = wanted.customer
    if wanted.currency:
        where += " AND i.currency = %(currency)s"
        params["currency"] = wanted.currency
    if wanted.text:
        each = " UNION ALL ".join(
            f"(SELECT i.id FROM receivables_item i WHERE i.seller_id = %(seller)s AND i.kind = '{kind}'"
            f" AND i.external_id >= %(text)s AND i.external_id < %(end)s{where}"
            f" ORDER BY i.external_id LIMIT {MOST_FOUND})"
            for kind in kinds
        )
        where += f" AND i.id IN ({each})"
        params |= {"text": wanted.text, "end": wanted.text + HIGHEST}
    return where, params


def bucket_of(days_overdue: int) -> str:
    """The bucket of an item that is so many days overdue."""
    for bucket, (first, last) in BUCKET_DAYS.items():
        if (first is None or days_overdue >= first) and (last is None or days_overdue <= last):
            return bucket
    raise AssertionError(days_overdue)


def _derive(one: dict[str, Any], as_of: date) -> dict[str, Any]:
    """Add what follows from the columns and the date: days overdue, status, statuses, collectable."""
    one["days_overdue"] = (as_of - one["due_on"]).days
    one["is_debit"] = one["kind"] in DEBIT_KINDS
    claims = ("contested", "in_flight", "planned", "promised")
    one["collectable_minor"] = one["open_minor"] - sum(one[f"{kind}_minor"] for kind in claims)
    if not one["open_minor"]:
        one["status"] = "settled"
    elif not one["is_debit"]:
        one["status"] = "unapplied"
    elif -7 <= one["days_overdue"] <= 0:
        one["status"] = "due_soon"
    else:
        one["status"] = bucket_of(one["days_overdue"])
    held = [kind for kind in claims if one["open_minor"] and one[f"{kind}_minor"]]
    one["statuses"] = [one["status"], *held]
    one["slices"] = [(kind, one[f"{kind}_minor"]) for kind in held]
    return one
