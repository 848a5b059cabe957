"""Invariants 1, 2, 3 and 5: the ledger, the items, the claims and the customers agree. Set-based, one scan each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from openterms.apps.tenancy.models import Seller

from .findings import Finding, none_of, rows

LIMIT = 100
PAST = (0, 30, 91, 365)
"""Days back from today on which balances are compared, beside days within the record's own span."""
APPEND_ONLY = (
    "receivables_entry", "receivables_posting", "receivables_settlement", "receivables_rate", "journal_event",
    "journal_seal", "credit_linechange", "collecting_strategyversion",
    "collecting_matteritem", "collecting_matterstep",
    "collecting_promisestate", "credit_authorisationanswer", "credit_decision", "credit_casestep", "credit_givenfact",
    "credit_financialstatement",
)  # fmt: skip

UNBALANCED = """
SELECT 'entry ' || entry_id, currency || ' ' || sum(amount_minor) FROM receivables_posting
WHERE seller_id = %(seller)s GROUP BY entry_id, currency HAVING sum(amount_minor) <> 0 LIMIT %(limit)s
"""
UNBALANCED_BASE = """
SELECT 'entry ' || entry_id, 'base ' || sum(base_minor) FROM receivables_posting
WHERE seller_id = %(seller)s GROUP BY entry_id HAVING sum(base_minor) <> 0 LIMIT %(limit)s
"""
HOLLOW = """
SELECT 'entry ' || e.id FROM receivables_entry e WHERE e.seller_id = %(seller)s
    AND NOT EXISTS (SELECT 1 FROM receivables_posting p WHERE p.entry_id = e.id) LIMIT %(limit)s
"""
ORPHANS = """
SELECT 'posting of ' || p.entry_id FROM receivables_posting p
    LEFT JOIN receivables_entry e ON e.id = p.entry_id AND e.seller_id = p.seller_id AND e.posted_on = p.posted_on
        AND e.customer_id = p.customer_id
WHERE p.seller_id = %(seller)s AND e.id IS NULL LIMIT %(limit)s
"""
# Append-only: the trigger stands, fires always, and neither role holds the privilege.
CHANGEABLE = """
SELECT t.name, 'has no trigger' FROM unnest(%(tables)s::text[]) AS t (name)
WHERE NOT EXISTS (SELECT 1 FROM pg_trigger g WHERE g.tgrelid = to_regclass(t.name) AND g.tgname = 'append_only'
    AND g.tgenabled IN ('O', 'A'))
UNION ALL
SELECT t.name, r.name || ' may ' || p.name FROM unnest(%(tables)s::text[]) AS t (name)
    CROSS JOIN (VALUES ('openterms_web'), ('openterms_worker')) AS r (name)
    CROSS JOIN (VALUES ('UPDATE'), ('DELETE'), ('TRUNCATE')) AS p (name)
WHERE has_table_privilege(r.name, to_regclass(t.name), p.name)
"""

# Days of the record itself: its first and last, and those by which a quarter, half and three quarters were posted.
SPAN = """
SELECT DISTINCT unnest(percentile_disc(ARRAY[0, 0.25, 0.5, 0.75, 1]) WITHIN GROUP (ORDER BY posted_on))
FROM receivables_entry WHERE seller_id = %(seller)s
"""
# Items and settlements in one pass for all days: what is open is a running sum, and the control accounts are another.
BY_ITEMS = """
WITH days AS (SELECT unnest(%(days)s::date[]) AS on_day), moved AS (
    SELECT currency, kind IN ('receipt') AS is_cash, issued_on AS on_day,
        CASE WHEN kind IN ('credit_note', 'receipt') THEN -amount_minor ELSE amount_minor END AS minor
    FROM receivables_item WHERE seller_id = %(seller)s
    UNION ALL
    SELECT s.currency, i.kind IN ('receipt'), s.settled_on,
        CASE WHEN i.kind IN ('credit_note', 'receipt') THEN s.amount_minor ELSE -s.amount_minor END
    FROM receivables_settlement s JOIN receivables_item i ON i.id = s.item_id WHERE s.seller_id = %(seller)s
), daily AS (SELECT currency, is_cash, on_day, sum(minor) AS minor FROM moved GROUP BY 1, 2, 3)
SELECT d.on_day, m.currency, m.is_cash, sum(m.minor)::numeric FROM days d JOIN daily m ON m.on_day <= d.on_day
GROUP BY 1, 2, 3
"""
BY_ACCOUNTS = """
WITH days AS (SELECT unnest(%(days)s::date[]) AS on_day), daily AS (
    SELECT currency, account = 'unapplied_cash' AS is_cash, posted_on AS on_day, sum(amount_minor) AS minor
    FROM receivables_posting WHERE seller_id = %(seller)s
        AND account IN ('receivable_trade', 'receivable_interest', 'receivable_charity', 'unapplied_cash')
    GROUP BY 1, 2, 3
)
SELECT d.on_day, m.currency, m.is_cash, sum(m.minor)::numeric FROM days d JOIN daily m ON m.on_day <= d.on_day
GROUP BY 1, 2, 3
"""
RUNNING = """
SELECT i.number, 'open ' || i.open_minor || ', should be ' || i.amount_minor - coalesce(s.settled, 0)
FROM receivables_item i LEFT JOIN (SELECT item_id, sum(amount_minor) AS settled FROM receivables_settlement
    WHERE seller_id = %(seller)s GROUP BY item_id) s ON s.item_id = i.id
WHERE i.seller_id = %(seller)s AND i.open_minor <> i.amount_minor - coalesce(s.settled, 0) LIMIT %(limit)s
"""
# No day of the past shows less than nothing open, or more than the whole.
EVER_OUT = """
SELECT i.number, 'on ' || s.settled_on || ' settled ' || s.settled || ' of ' || i.amount_minor
FROM (SELECT item_id, settled_on, sum(sum(amount_minor)) OVER (PARTITION BY item_id ORDER BY settled_on) AS settled
      FROM receivables_settlement WHERE seller_id = %(seller)s GROUP BY item_id, settled_on) s
    JOIN receivables_item i ON i.id = s.item_id
WHERE s.settled < 0 OR s.settled > i.amount_minor LIMIT %(limit)s
"""
SLICES = """
WITH raw AS (
    SELECT item_id, coalesce(sum(amount_minor) FILTER (WHERE kind = 'contested'), 0) AS contested,
        coalesce(sum(amount_minor) FILTER (WHERE kind = 'in_flight'), 0) AS in_flight,
        coalesce(sum(amount_minor) FILTER (WHERE kind = 'planned'), 0) AS planned,
        coalesce(sum(amount_minor) FILTER (WHERE kind = 'promised'), 0) AS promised
    FROM receivables_claim WHERE seller_id = %(seller)s AND ends_on IS NULL GROUP BY item_id
), one AS (
    SELECT i.*, coalesce(r.in_flight, 0) AS raw_2, coalesce(r.planned, 0) AS raw_3, coalesce(r.promised, 0) AS raw_4,
        least(coalesce(r.contested, 0), i.open_minor) AS slice_1
    FROM receivables_item i LEFT JOIN raw r ON r.item_id = i.id
    WHERE i.seller_id = %(seller)s AND (r.item_id IS NOT NULL
        OR i.contested_minor + i.in_flight_minor + i.planned_minor + i.promised_minor <> 0)
), two AS (SELECT *, least(raw_2, open_minor - slice_1) AS slice_2 FROM one
), three AS (SELECT *, least(raw_3, open_minor - slice_1 - slice_2) AS slice_3 FROM two)
SELECT number, 'claims ' || contested_minor || '/' || in_flight_minor || '/' || planned_minor || '/' || promised_minor
FROM three
WHERE contested_minor <> slice_1 OR in_flight_minor <> slice_2 OR planned_minor <> slice_3
    OR promised_minor <> least(raw_4, open_minor - slice_1 - slice_2 - slice_3) LIMIT %(limit)s
"""
TWICE = """
SELECT 'allocation ' || allocation_id, 'sides differ' FROM receivables_settlement
WHERE seller_id = %(seller)s AND counter_item_id IS NOT NULL
GROUP BY allocation_id, least(item_id, counter_item_id), greatest(item_id, counter_item_id)
HAVING count(*) %% 2 <> 0 OR (count(DISTINCT currency) = 1
    AND sum(CASE WHEN item_id < counter_item_id THEN amount_minor ELSE -amount_minor END) <> 0) LIMIT %(limit)s
"""
ACCOUNT_DAYS = """
SELECT account || ' on ' || posted_on, currency || ' ' || sum(kept) || ', postings ' || sum(posted) FROM (
    SELECT account, posted_on, currency, amount_minor AS kept, 0 AS posted, base_minor AS base_kept, 0 AS base_posted
    FROM receivables_accountday WHERE seller_id = %(seller)s
    UNION ALL
    SELECT account, posted_on, currency, 0, amount_minor, 0, base_minor
    FROM receivables_posting WHERE seller_id = %(seller)s
) sides GROUP BY account, posted_on, currency
HAVING sum(kept) <> sum(posted) OR sum(base_kept) <> sum(base_posted) LIMIT %(limit)s
"""
CUSTOMERS = """
SELECT coalesce(c.number, customer_id::text), sums.currency, 'items ' || items || ', ledger ' || ledger FROM (
    SELECT customer_id, currency, sum(items) AS items, sum(ledger) AS ledger FROM (
        SELECT customer_id, currency, sum(CASE WHEN kind IN ('credit_note', 'receipt') THEN -open_minor
            ELSE open_minor END) AS items, 0 AS ledger
        FROM receivables_item WHERE seller_id = %(seller)s AND open_minor > 0 GROUP BY 1, 2
        UNION ALL
        SELECT customer_id, currency, 0, sum(amount_minor) FROM receivables_posting
        WHERE seller_id = %(seller)s
            AND account IN ('receivable_trade', 'receivable_interest', 'receivable_charity', 'unapplied_cash')
        GROUP BY 1, 2
    ) sides GROUP BY 1, 2
) sums LEFT JOIN parties_customer c ON c.id = customer_id WHERE items <> ledger LIMIT %(limit)s
"""


def entries(seller: Seller) -> Iterator[Finding]:
    """Invariant 1: every entry balances in both currencies and is written once."""
    params = {"seller": seller.id, "limit": LIMIT}
    ((count,),) = rows("SELECT count(*) FROM receivables_entry WHERE seller_id = %(seller)s", params)
    figure = f"{count} entries"
    yield none_of(1, "Every entry balances in its document currency.", rows(UNBALANCED, params), figure)
    yield none_of(1, "Every entry balances in the seller's currency.", rows(UNBALANCED_BASE, params), figure)
    yield none_of(1, "Every entry has postings.", rows(HOLLOW, params), figure)
    yield none_of(1, "Every posting belongs to an entry of its day and customer.", rows(ORPHANS, params), figure)
    changeable = rows(CHANGEABLE, {"tables": list(APPEND_ONLY)})
    yield none_of(1, "Nothing written can be changed or removed.", changeable, f"{len(APPEND_ONLY)} tables")


def balances(seller: Seller, today: date) -> Iterator[Finding]:
    """Invariant 2: open items sum to the control accounts, today, on days past and on days of the record's span."""
    span = {day for (day,) in rows(SPAN, {"seller": seller.id}) if day is not None}
    days = sorted(span | {today - timedelta(days=back) for back in PAST}, reverse=True)
    params = {"seller": seller.id, "days": days, "limit": LIMIT}
    items, accounts = _by_day(rows(BY_ITEMS, params)), _by_day(rows(BY_ACCOUNTS, params))
    for day in days:
        for is_cash, text in (
            (False, "Open items less credit notes are the receivables control accounts"),
            (True, "Unallocated receipts are the unapplied-cash account"),
        ):
            sides = [{key[1]: minor for key, minor in side.items() if key[::2] == (day, is_cash)}
                     for side in (items, accounts)]  # fmt: skip
            faults = [
                (currency, f"items {sides[0].get(currency, 0)}", f"ledger {sides[1].get(currency, 0)}")
                for currency in sorted(set(sides[0]) | set(sides[1]))
                if sides[0].get(currency, 0) != sides[1].get(currency, 0)
            ]
            figure = ", ".join(f"{currency} {minor}" for currency, minor in sorted(sides[1].items())) or "nothing"
            yield none_of(2, f"{text} as of {day.isoformat()}.", faults, figure)
    ((count,),) = rows("SELECT count(*) FROM receivables_accountday WHERE seller_id = %(seller)s", params)
    text = "What is kept of each account's days is the sum of its postings."
    yield none_of(2, text, rows(ACCOUNT_DAYS, params), f"{count} account days")
    ((count,),) = rows("SELECT count(*) FROM receivables_item WHERE seller_id = %(seller)s", params)
    yield none_of(2, "What is open is the amount less its settlements.", rows(RUNNING, params), f"{count} items")


def _by_day(found: list[tuple[Any, ...]]) -> dict[tuple[date, str, bool], int]:
    return {(day, currency, is_cash): int(minor) for day, currency, is_cash, minor in found if minor}


def claims(seller: Seller) -> Iterator[Finding]:
    """Invariant 3: claims are disjoint slices of what is open; nothing is settled beyond its amount."""
    params = {"seller": seller.id, "limit": LIMIT}
    ((count,),) = rows(
        "SELECT count(*) FROM receivables_claim WHERE seller_id = %(seller)s AND ends_on IS NULL", params
    )
    yield none_of(3, "Claims are clamped slices of what is open.", rows(SLICES, params), f"{count} claims")
    ((count,),) = rows("SELECT count(*) FROM receivables_settlement WHERE seller_id = %(seller)s", params)
    yield none_of(3, "No item was ever settled beyond its amount.", rows(EVER_OUT, params), f"{count} settlements")
    yield none_of(3, "What an item received is what its credit gave.", rows(TWICE, params), f"{count} settlements")


def customers(seller: Seller) -> Iterator[Finding]:
    """Invariant 5: the ledger part of exposure, per customer and currency."""
    params = {"seller": seller.id, "limit": LIMIT}
    ((count,),) = rows("SELECT count(*) FROM parties_customer WHERE seller_id = %(seller)s", params)
    text = "Every customer's open items are what the ledger says they owe."
    yield none_of(5, text, rows(CUSTOMERS, params), f"{count} customers")
