"""The statements of `bulk`: what is staged, what is on record of it, what it settles, and the record it becomes."""

from __future__ import annotations

STAGE = """
DROP TABLE IF EXISTS stage_item, stage_allocation, stage_giving, stage_known, stage_asked, stage_target,
    stage_settlement, stage_change;
CREATE TEMP TABLE stage_item (
    row bigint NOT NULL, id uuid NOT NULL, entry_id uuid NOT NULL, document_id uuid NOT NULL,
    customer_id uuid NOT NULL, kind text NOT NULL, number text NOT NULL, external_id text NOT NULL,
    instalment smallint NOT NULL, instalments smallint NOT NULL, issued_on date NOT NULL, due_on date NOT NULL,
    currency text NOT NULL, amount_minor bigint NOT NULL, base_minor bigint NOT NULL, discount_on date,
    discount_minor bigint NOT NULL, terms text NOT NULL, reference text NOT NULL, attributes jsonb, content_key bigint,
    tax_minor bigint NOT NULL, tax_base_minor bigint NOT NULL, document_minor bigint NOT NULL,
    document_base_minor bigint NOT NULL
) ON COMMIT DROP;
CREATE TEMP TABLE stage_allocation (
    row bigint NOT NULL, credit_kind text NOT NULL, credit_external_id text NOT NULL,
    debit_external_id text, debit_number text, customer_id uuid NOT NULL,
    wanted_minor bigint NOT NULL, settled_on date NOT NULL
) ON COMMIT DROP;
CREATE TEMP TABLE stage_giving (
    row bigint NOT NULL, kind text NOT NULL, debit_external_id text NOT NULL, customer_id uuid NOT NULL,
    amount_minor bigint NOT NULL, settled_on date NOT NULL
) ON COMMIT DROP;
CREATE TEMP TABLE stage_known (
    row bigint NOT NULL, external_id text NOT NULL, kind text NOT NULL, staged_id uuid NOT NULL, known_id uuid NOT NULL,
    same boolean NOT NULL
) ON COMMIT DROP;
CREATE TEMP TABLE stage_settlement (
    row bigint NOT NULL, credit_id uuid, kind text NOT NULL, customer_id uuid NOT NULL, item_id uuid NOT NULL,
    currency text NOT NULL, settled_on date NOT NULL, amount_minor bigint NOT NULL, item_base_minor bigint NOT NULL,
    credit_base_minor bigint, entry_id uuid NOT NULL, allocation_id uuid NOT NULL
) ON COMMIT DROP;
CREATE TEMP TABLE stage_change (item_id uuid NOT NULL, amount_minor bigint NOT NULL, settled_on date NOT NULL)
ON COMMIT DROP;
"""
GIVING_COLUMNS = ("row", "kind", "debit_external_id", "customer_id", "amount_minor", "settled_on")
ITEM_COLUMNS = (
    "row", "id", "entry_id", "document_id", "customer_id", "kind", "number", "external_id", "instalment",
    "instalments", "issued_on", "due_on", "currency", "amount_minor", "base_minor", "discount_on", "discount_minor",
    "terms", "reference", "attributes", "content_key", "tax_minor", "tax_base_minor", "document_minor",
    "document_base_minor",
)  # fmt: skip
ALLOCATION_COLUMNS = (
    "row", "credit_kind", "credit_external_id", "debit_external_id", "debit_number", "customer_id", "wanted_minor",
    "settled_on",
)  # fmt: skip

# The limit makes it a look-up by index for each staged row, however many items there are.
KNOWN = """
INSERT INTO stage_known
SELECT s.row, s.external_id, s.kind, s.id, i.id, i.content_key IS NOT DISTINCT FROM s.content_key
FROM stage_item s CROSS JOIN LATERAL (
    SELECT id, content_key FROM receivables_item WHERE seller_id = %(seller)s AND kind = s.kind
        AND external_id = s.external_id AND instalment = s.instalment LIMIT 1
) i
"""
ANYTHING = """
SELECT EXISTS (SELECT 1 FROM receivables_item WHERE seller_id = %(seller)s AND kind = 'invoice')
    OR EXISTS (SELECT 1 FROM receivables_item WHERE seller_id = %(seller)s AND kind = 'receipt')
    OR EXISTS (SELECT 1 FROM receivables_item WHERE seller_id = %(seller)s AND kind = 'credit_note')
"""
FORGET = "DELETE FROM stage_item s USING stage_known k WHERE k.staged_id = s.id"
CONFLICTS = "SELECT row, min(external_id) FROM stage_known WHERE NOT same GROUP BY row ORDER BY row"
# A row is on record when nothing of it is left to post.
SAME = """
SELECT count(DISTINCT k.row) FROM stage_known k WHERE NOT EXISTS (SELECT 1 FROM stage_item s WHERE s.row = k.row)
    AND NOT EXISTS (SELECT 1 FROM stage_known o WHERE o.row = k.row AND NOT o.same)
"""

# Which items each new credit may settle: by external id or by number, among staged and recorded invoices.
ASKED = """
CREATE TEMP TABLE stage_asked ON COMMIT DROP AS
SELECT a.row, a.credit_kind, a.debit_external_id, a.debit_number, a.customer_id, a.wanted_minor, a.settled_on,
    c.id AS credit_id, c.currency, c.amount_minor AS credit_amount, c.base_minor AS credit_base,
    c.issued_on AS credit_on
FROM stage_allocation a JOIN stage_item c ON c.kind = a.credit_kind AND c.external_id = a.credit_external_id
"""
_COLUMNS = """
SELECT a.row, a.credit_id, a.credit_kind, a.customer_id, a.credit_amount, a.credit_base,
    least(a.wanted_minor, a.credit_amount) AS want, greatest(a.settled_on, a.credit_on) AS asked_on, i.id AS item_id,
    i.amount_minor AS item_amount, i.base_minor AS item_base, i.due_on, i.instalment, i.currency, """
_STAGED = (
    _COLUMNS
    + """i.amount_minor AS item_open, 0::bigint AS base_before,
    greatest(a.settled_on, a.credit_on, i.issued_on) AS settled_on
FROM stage_asked a JOIN stage_item i ON i.kind = 'invoice' AND i.customer_id = a.customer_id
    AND i.currency = a.currency"""
)
# An item whose settlements were taken back is settled after all of them, so that no past open amount is ever negative.
_KNOWN = (
    _COLUMNS
    + """i.open_minor, coalesce(p.base_minor, 0),
    greatest(a.settled_on, a.credit_on, i.issued_on, CASE WHEN p.undone THEN p.last_on END)
FROM stage_asked a JOIN receivables_item i ON i.seller_id = %(seller)s AND i.kind = 'invoice' AND i.open_minor > 0
    AND i.customer_id = a.customer_id AND i.currency = a.currency
LEFT JOIN LATERAL (
    SELECT sum(base_minor)::bigint AS base_minor, max(settled_on) AS last_on, bool_or(reverses_id IS NOT NULL) AS undone
    FROM receivables_settlement s WHERE s.item_id = i.id
) p ON true WHERE true"""
)
_BY_ID = " AND i.external_id = a.debit_external_id"
_BY_NUMBER = " AND a.debit_external_id IS NULL AND i.number = a.debit_number"
LOCK = """
SELECT i.id FROM receivables_item i WHERE i.seller_id = %(seller)s AND i.open_minor > 0 AND (
    i.id IN (SELECT known_id FROM stage_known WHERE kind = 'invoice') OR i.id IN (
        SELECT n.id FROM stage_asked a JOIN receivables_item n ON n.seller_id = %(seller)s AND n.kind = 'invoice'
            AND n.customer_id = a.customer_id AND n.number = a.debit_number WHERE a.debit_external_id IS NULL))
ORDER BY i.id FOR UPDATE
"""
PLAN = "CREATE TEMP TABLE stage_target ON COMMIT DROP AS " + " UNION ALL ".join(
    (_STAGED + _BY_ID, _STAGED + _BY_NUMBER, _KNOWN + _BY_ID, _KNOWN + _BY_NUMBER)
)

# Laid end to end, what the credits of an invoice want and what its instalments have open are two rows of spans; where a
# credit's span meets an instalment's, that much is settled. Base amounts follow from how much of each side was settled
# before, so that parts sum to the whole (`BookedItem.base_released`).
SPLIT = """
INSERT INTO stage_settlement
WITH spans AS (
    SELECT *, coalesce(sum(item_open) OVER (PARTITION BY row, credit_id ORDER BY due_on, instalment, item_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS item_from,
        coalesce(sum(want) OVER (PARTITION BY item_id ORDER BY asked_on, row
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS want_from
    FROM stage_target
), fit AS (
    SELECT *, (least(item_from + item_open, want_from + want) - greatest(item_from, want_from))::bigint AS amount_minor
    FROM spans
), placed AS (
    SELECT *,
        item_amount - item_open + coalesce(sum(amount_minor) OVER item_past, 0) AS item_settled,
        coalesce(sum(amount_minor) OVER credit_past, 0) AS credit_settled
    FROM fit WHERE amount_minor > 0
    WINDOW item_past AS (PARTITION BY item_id ORDER BY asked_on, row
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
           credit_past AS (PARTITION BY credit_id ORDER BY settled_on, row, due_on, instalment, item_id
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
SELECT row, credit_id, CASE credit_kind WHEN 'receipt' THEN 'cash' ELSE 'credit' END AS kind, customer_id, item_id,
    currency, settled_on, amount_minor,
    (greatest(base_before, div(2 * item_base::numeric * (item_settled + amount_minor) + item_amount, 2 * item_amount))
     - CASE WHEN item_settled = item_amount - item_open THEN base_before ELSE
        greatest(base_before, div(2 * item_base::numeric * item_settled + item_amount, 2 * item_amount)) END
    )::bigint AS item_base_minor,
    (div(2 * credit_base::numeric * (credit_settled + amount_minor) + credit_amount, 2 * credit_amount)
     - div(2 * credit_base::numeric * credit_settled + credit_amount, 2 * credit_amount))::bigint AS credit_base_minor,
    openterms_id() AS entry_id, openterms_id() AS allocation_id
FROM placed
"""

# Discounts and small differences, after everything that was paid of the item; never more than is left of it.
GIVE = """
INSERT INTO stage_settlement
SELECT row, NULL, kind, customer_id, item_id, currency, settled_on, amount_minor,
    (div(2 * base::numeric * (settled + amount_minor) + amount, 2 * amount)
     - div(2 * base::numeric * settled + amount, 2 * amount))::bigint, NULL, openterms_id(), openterms_id()
FROM (
    SELECT g.row, g.kind, g.customer_id, i.id AS item_id, i.currency, i.base_minor AS base, i.amount_minor AS amount,
        greatest(g.settled_on, i.issued_on) AS settled_on, coalesce(p.paid, 0) AS settled,
        least(g.amount_minor, i.amount_minor - coalesce(p.paid, 0))::bigint AS amount_minor
    FROM (SELECT DISTINCT ON (debit_external_id) * FROM stage_giving ORDER BY debit_external_id, row) g
    JOIN stage_item i ON i.kind = 'invoice' AND i.external_id = g.debit_external_id AND i.customer_id = g.customer_id
        AND i.instalments = 1
    LEFT JOIN (SELECT item_id, sum(amount_minor)::bigint AS paid FROM stage_settlement GROUP BY item_id) p
        ON p.item_id = i.id
) given WHERE amount_minor > 0
"""

ENTRIES = """
INSERT INTO receivables_entry (id, seller_id, customer_id, kind, posted_on, batch_id)
SELECT entry_id, %(seller)s, customer_id, kind, issued_on, %(batch)s FROM stage_item WHERE instalment = 1
UNION ALL
SELECT entry_id, %(seller)s, customer_id, CASE WHEN credit_id IS NULL THEN kind ELSE 'allocation' END, settled_on,
    %(batch)s FROM stage_settlement
"""

ITEMS = """
INSERT INTO receivables_item (id, seller_id, customer_id, kind, number, external_id, document_id, instalment,
    instalments, issued_on, due_on, currency, amount_minor, base_minor, discount_on, discount_minor, terms, reference,
    attributes, content_key, entry_id, batch_id, open_minor, contested_minor, in_flight_minor, planned_minor,
    promised_minor, settled_on)
SELECT s.id, %(seller)s, s.customer_id, s.kind, s.number, s.external_id, s.document_id, s.instalment,
    s.instalments, s.issued_on, s.due_on, s.currency, s.amount_minor, s.base_minor, s.discount_on, s.discount_minor,
    s.terms, s.reference, s.attributes, s.content_key, s.entry_id, %(batch)s,
    s.amount_minor - coalesce(d.amount_minor, 0), 0, 0, 0, 0,
    CASE WHEN d.amount_minor = s.amount_minor THEN d.settled_on END
FROM stage_item s LEFT JOIN stage_change d ON d.item_id = s.id
"""

POSTINGS = """
INSERT INTO receivables_posting (entry_id, line, seller_id, customer_id, item_id, account, amount_minor, currency,
    base_minor, posted_on)
SELECT entry_id, instalment, %(seller)s, customer_id, id,
    CASE kind WHEN 'receipt' THEN 'unapplied_cash' ELSE 'receivable_trade' END,
    CASE kind WHEN 'invoice' THEN amount_minor ELSE -amount_minor END, currency,
    CASE kind WHEN 'invoice' THEN base_minor ELSE -base_minor END, issued_on
FROM stage_item
UNION ALL
SELECT entry_id, 1000, %(seller)s, customer_id, NULL,
    CASE kind WHEN 'receipt' THEN 'bank' WHEN 'credit_note' THEN 'sales_returns' ELSE 'revenue' END,
    CASE kind WHEN 'invoice' THEN tax_minor - document_minor ELSE document_minor - tax_minor END, currency,
    CASE kind WHEN 'invoice' THEN tax_base_minor - document_base_minor ELSE document_base_minor - tax_base_minor END,
    issued_on
FROM stage_item WHERE instalment = 1 AND (tax_minor <> document_minor OR tax_base_minor <> document_base_minor)
UNION ALL
SELECT entry_id, 1001, %(seller)s, customer_id, NULL, 'vat_output',
    CASE kind WHEN 'invoice' THEN -tax_minor ELSE tax_minor END, currency,
    CASE kind WHEN 'invoice' THEN -tax_base_minor ELSE tax_base_minor END, issued_on
FROM stage_item WHERE instalment = 1 AND tax_minor <> 0
UNION ALL
SELECT entry_id, 1, %(seller)s, customer_id, credit_id,
    CASE kind WHEN 'cash' THEN 'unapplied_cash' WHEN 'credit' THEN 'receivable_trade'
        WHEN 'discount' THEN 'discounts_allowed' ELSE 'small_differences' END, amount_minor, currency,
    coalesce(credit_base_minor, item_base_minor), settled_on
FROM stage_settlement
UNION ALL
SELECT entry_id, 2, %(seller)s, customer_id, item_id, 'receivable_trade', -amount_minor, currency, -item_base_minor,
    settled_on
FROM stage_settlement
UNION ALL
SELECT entry_id, 3, %(seller)s, customer_id, NULL, 'fx_difference', 0, currency, item_base_minor - credit_base_minor,
    settled_on
FROM stage_settlement WHERE item_base_minor <> credit_base_minor
"""

SETTLEMENTS = """
INSERT INTO receivables_settlement (id, seller_id, customer_id, item_id, counter_item_id, allocation_id, kind,
    settled_on, currency, amount_minor, base_minor, entry_id, batch_id)
SELECT openterms_id(), %(seller)s, customer_id, item_id, credit_id, allocation_id, kind, settled_on, currency,
    amount_minor, item_base_minor, entry_id, %(batch)s
FROM stage_settlement
UNION ALL
SELECT openterms_id(), %(seller)s, customer_id, credit_id, item_id, allocation_id, kind, settled_on, currency,
    amount_minor, credit_base_minor, entry_id, %(batch)s
FROM stage_settlement WHERE credit_id IS NOT NULL
"""

CHANGE = """
INSERT INTO stage_change
SELECT item_id, sum(amount_minor)::bigint AS amount_minor, max(settled_on) AS settled_on
FROM (SELECT item_id, amount_minor, settled_on FROM stage_settlement
      UNION ALL SELECT credit_id, amount_minor, settled_on FROM stage_settlement
      WHERE credit_id IS NOT NULL) both_sides
GROUP BY item_id
"""
EXISTING = """
UPDATE receivables_item i SET open_minor = i.open_minor - d.amount_minor,
    contested_minor = 0, in_flight_minor = 0, planned_minor = 0, promised_minor = 0,
    settled_on = CASE WHEN i.open_minor = d.amount_minor
        THEN (SELECT max(s.settled_on) FROM receivables_settlement s WHERE s.item_id = i.id) END
FROM stage_change d WHERE i.id = d.item_id AND i.seller_id = %(seller)s
    AND NOT EXISTS (SELECT 1 FROM stage_item s WHERE s.id = i.id)
RETURNING i.id
"""
