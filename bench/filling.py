"""Sellers with very many invoices, made set-wise in SQL. The same size gives the same rows.

The owner writes with triggers off: what is made keeps the ledger's laws, and the import bench shows what they cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from .place import owner, seller

END = date(2026, 6, 30)
"""The last day that the made rows know of."""

MONTH_AGO = END - timedelta(days=45)
"""A past date to ask about."""


@dataclass(frozen=True)
class Shape:
    """What a seller's book is like: the share of invoices paid in full, and of those paid in half, how uneven
    customers are (1 = all alike, 3 = the largest has 2 % of everything), over how many days, and whether to post."""

    paid: float
    half_paid: float
    skew: float
    days: int
    is_posted: bool


LEDGER = Shape(paid=0.6, half_paid=0.05, skew=3, days=720, is_posted=True)
"""Two years of a seller whose book is aged, and looked at in the desk."""

OPEN = Shape(paid=0, half_paid=0.1, skew=1, days=150, is_posted=False)
"""Everything is open: what the day runs over."""

CUSTOMERS = """
INSERT INTO parties_customer (id, seller_id, number, name, search_name, country, currency, locale, timezone, terms,
    is_sole_trader, created_on, attributes)
SELECT openterms_id(), %(seller)s, 'C' || lpad(n::text, 7, '0'), name, lower(name) || ' c' || lpad(n::text, 7, '0'),
    'US', 'USD', 'en', 'America/New_York', 'net 30', false, %(end)s::date - %(days)s::int, '{}'
FROM (SELECT n, 'Trader ' || to_hex(hashint8(n)) AS name FROM generate_series(1, %(customers)s) n) made
"""
MADE = """
CREATE TEMP TABLE made ON COMMIT DROP AS
WITH customer AS (
    SELECT id, row_number() OVER (ORDER BY number) AS place FROM parties_customer WHERE seller_id = %(seller)s
), invoice AS (
    SELECT n, openterms_id() AS item_id, openterms_id() AS entry_id, openterms_id() AS receipt_id,
        openterms_id() AS receipt_entry_id, openterms_id() AS allocation_id, openterms_id() AS allocation_entry_id,
        1 + floor(%(customers)s * power((hashint8extended(n, 1) & 1048575) / 1048576.0, %(skew)s))::bigint AS place,
        %(end)s::date - %(days)s::int + (n * %(days)s / %(invoices)s)::int AS issued_on,
        10000 + (hashint8extended(n, 2) & 1048575) AS amount_minor,
        (hashint8extended(n, 3) & 1048575) / 1048576.0 AS fate, (hashint8extended(n, 4) & 63)::int AS delay
    FROM generate_series(1, %(invoices)s) n
)
SELECT i.*, c.id AS customer_id, i.issued_on + 30 AS due_on, i.issued_on + 15 + delay AS paid_on,
    CASE WHEN i.issued_on + 15 + delay > %(end)s THEN 0 WHEN fate < %(paid)s THEN amount_minor
        WHEN fate < %(paid)s + %(half_paid)s THEN amount_minor / 2 ELSE 0 END
        AS paid_minor
FROM invoice i JOIN customer c USING (place) ORDER BY n
"""
ITEMS = """
INSERT INTO receivables_item (id, seller_id, customer_id, kind, number, external_id, document_id, instalment,
    instalments, issued_on, due_on, currency, amount_minor, base_minor, discount_minor, terms, reference, entry_id,
    open_minor, contested_minor, in_flight_minor, planned_minor, promised_minor, settled_on)
SELECT item_id, %(seller)s, customer_id, 'invoice', 'INV-' || n, 'INV-' || n, item_id, 1, 1, issued_on, due_on, 'USD',
    amount_minor, amount_minor, 0, 'net 30', 'PO-' || n, entry_id, amount_minor - paid_minor, 0, 0, 0, 0,
    CASE WHEN paid_minor = amount_minor THEN paid_on END
FROM made
UNION ALL
SELECT receipt_id, %(seller)s, customer_id, 'receipt', 'R-' || n, 'R-' || n, receipt_id, 1, 1, paid_on, paid_on, 'USD',
    paid_minor, paid_minor, 0, '', 'INV-' || n, receipt_entry_id, 0, 0, 0, 0, 0, paid_on
FROM made WHERE paid_minor > 0
"""
SETTLEMENTS = """
INSERT INTO receivables_settlement (id, seller_id, customer_id, item_id, counter_item_id, allocation_id, kind,
    settled_on, currency, amount_minor, base_minor, entry_id)
SELECT openterms_id(), %(seller)s, customer_id, side.item, side.counter, allocation_id, 'cash', paid_on, 'USD',
    paid_minor, paid_minor, allocation_entry_id
FROM made, LATERAL (VALUES (item_id, receipt_id), (receipt_id, item_id)) side (item, counter) WHERE paid_minor > 0
"""
ENTRIES = """
INSERT INTO receivables_entry (id, seller_id, customer_id, kind, posted_on)
SELECT entry_id, %(seller)s, customer_id, 'invoice', issued_on FROM made
UNION ALL SELECT receipt_entry_id, %(seller)s, customer_id, 'receipt', paid_on FROM made WHERE paid_minor > 0
UNION ALL SELECT allocation_entry_id, %(seller)s, customer_id, 'allocation', paid_on FROM made WHERE paid_minor > 0
"""
POSTINGS = """
INSERT INTO receivables_posting (entry_id, line, seller_id, customer_id, item_id, account, amount_minor, currency,
    base_minor, posted_on)
SELECT entry, line, %(seller)s, customer_id, item, account, amount, 'USD', amount, posted_on
FROM made, LATERAL (VALUES
    (entry_id, 1, item_id, 'receivable_trade', amount_minor, issued_on),
    (entry_id, 1000, NULL, 'revenue', -amount_minor, issued_on),
    (receipt_entry_id, 1, receipt_id, 'unapplied_cash', -paid_minor, paid_on),
    (receipt_entry_id, 1000, NULL, 'bank', paid_minor, paid_on),
    (allocation_entry_id, 1, receipt_id, 'unapplied_cash', paid_minor, paid_on),
    (allocation_entry_id, 2, item_id, 'receivable_trade', -paid_minor, paid_on)
) posting (entry, line, item, account, amount, posted_on) WHERE amount <> 0
"""
DAYS = """
INSERT INTO receivables_accountday (seller_id, account, currency, posted_on, slot, amount_minor, base_minor)
SELECT seller_id, account, currency, posted_on, 0, sum(amount_minor), sum(base_minor) FROM receivables_posting
WHERE seller_id = %(seller)s GROUP BY seller_id, account, currency, posted_on
"""
POSTED = (ENTRIES, POSTINGS, DAYS)
TABLES = (
    "parties_customer", "receivables_item", "receivables_settlement", "receivables_entry", "receivables_posting",
)  # fmt: skip


def fill(code: str, invoices: int, shape: Shape, customers: int | None = None) -> Any:
    """The seller of a code with so many invoices, made where it has none; a tenth as many customers."""
    found = seller(code)
    params = {
        "seller": found.id, "customers": customers or max(10, invoices // 10), "invoices": invoices, "end": END,
        "days": shape.days, "skew": shape.skew, "paid": shape.paid, "half_paid": shape.half_paid,
    }  # fmt: skip
    with owner() as connection:
        if connection.execute("SELECT 1 FROM receivables_item WHERE seller_id = %s LIMIT 1", [found.id]).fetchone():
            return found
        with connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")
            connection.execute("SET LOCAL work_mem = '256MB'")
            for statement in (CUSTOMERS, MADE, ITEMS, SETTLEMENTS, *(POSTED if shape.is_posted else ())):
                connection.execute(statement, params)
        for table in TABLES:
            connection.execute(f"VACUUM ANALYZE {table}")
        connection.execute("CHECKPOINT")  # what was filled is written away before anything is timed
    return found


def customers_only(code: str, customers: int) -> Any:
    """A seller with customers and nothing else, to import for."""
    found = seller(code)
    with owner() as connection:
        if not connection.execute("SELECT 1 FROM parties_customer WHERE seller_id = %s LIMIT 1", [found.id]).fetchone():
            params = {"seller": found.id, "customers": customers, "end": END, "days": 720}
            connection.execute(CUSTOMERS, params)
            connection.execute("ANALYZE parties_customer")
    return found
