"""Captures whose invoice stands: they count no longer as captured and not invoiced, and need not be looked at again."""

from __future__ import annotations

from django.db import connection

from .models import Authorisation

BILLED = """
UPDATE credit_authorisationcapture c SET is_billed = true
WHERE c.line_id = %(line)s AND c.invoice = %(invoice)s AND NOT c.is_billed
    AND (SELECT sum(i.amount_minor) FROM receivables_item i
         WHERE i.seller_id = %(seller)s AND i.kind = 'invoice' AND i.external_id = %(invoice)s
             AND i.customer_id = %(customer)s AND i.currency = %(currency)s)
        >= (SELECT sum(d.amount_minor) FROM credit_authorisationcapture d
            WHERE d.line_id = %(line)s AND d.invoice = %(invoice)s)
"""


def mark_billed(row: Authorisation, invoice: str) -> None:
    """Note that an invoice bills its captures in full, where it stands and does. Under the lock of the line."""
    if not invoice:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            BILLED,
            {
                "line": row.line_id, "invoice": invoice, "seller": row.seller_id, "customer": row.customer_id,
                "currency": row.currency,
            },
        )  # fmt: skip
