"""How a seller bills, read set by set: when, how often, with how many errors, against the days until money comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from openterms.apps.parties.models import BillingProfile
from openterms.apps.receivables.invoice.actions import document_of
from openterms.apps.receivables.models import Invoice
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import row
from openterms.core.receivables.billing_score import OFTEN_A_MONTH, Billing, Group, Scored, scored
from openterms.core.receivables.completeness import STOPS, Wanted, findings

MOST_CHECKED = 5_000
DAYS = 365
GROUPS = {
    "all": "true",
    "disputed": "disputed",
    "credited": "credited",
    "undisturbed": "NOT disputed AND NOT credited",
    "month_end": "issued_on > month_last - 3",
    "month_begin": "extract(day FROM issued_on) <= 5",
    "no_purchase_order": "waits_for_order",
}
"""Which invoices are of a group."""

DOCUMENTS = """
WITH documents AS MATERIALIZED (
    SELECT i.customer_id, i.document_id, i.currency, min(i.issued_on) AS issued_on, min(i.external_id) AS external_id,
        CASE WHEN bool_and(i.open_minor = 0) THEN max(i.settled_on) END AS paid_on, max(i.reference) = '' AS is_bare
    FROM receivables_item i
    WHERE i.seller_id = %(seller)s AND i.kind = 'invoice' AND i.issued_on > %(first)s AND i.issued_on <= %(as_of)s
    GROUP BY i.customer_id, i.document_id, i.currency
), contested AS (
    SELECT DISTINCT i.document_id FROM receivables_dispute d JOIN receivables_item i ON i.id = d.item_id
    WHERE d.seller_id = %(seller)s AND i.seller_id = %(seller)s
), reduced AS (
    SELECT DISTINCT i.document_id FROM receivables_settlement s JOIN receivables_item i ON i.id = s.item_id
    WHERE s.seller_id = %(seller)s AND i.seller_id = %(seller)s AND s.kind = 'credit' AND s.reverses_id IS NULL
), supplied AS (
    SELECT customer_id, invoice AS external_id, min((captured_at AT TIME ZONE %(timezone)s)::date) AS supplied_on
    FROM credit_authorisationcapture c JOIN credit_authorisation a ON a.id = c.authorisation_id
    WHERE c.seller_id = %(seller)s AND a.seller_id = %(seller)s AND c.invoice <> '' GROUP BY 1, 2
), known AS (
    SELECT item_id AS document_id, (content ->> 'supplied_on')::date AS supplied_on FROM receivables_invoice
    WHERE seller_id = %(seller)s AND kind = 'invoice' AND content ->> 'supplied_on' IS NOT NULL
), often AS (
    SELECT customer_id FROM documents GROUP BY customer_id
    HAVING count(*) > %(often)s * count(DISTINCT date_trunc('month', issued_on))
), judged AS (
    SELECT d.customer_id, d.issued_on, d.paid_on - d.issued_on AS days,
        (date_trunc('month', d.issued_on) + interval '1 month')::date - 1 AS month_last,
        c.document_id IS NOT NULL AS disputed, r.document_id IS NOT NULL AS credited,
        d.issued_on - coalesce(k.supplied_on, s.supplied_on) AS lag, o.customer_id IS NOT NULL AS is_often,
        coalesce(p.needs_purchase_order, false) AS wants_order,
        coalesce(p.needs_purchase_order, false) AND d.is_bare AS waits_for_order
    FROM documents d LEFT JOIN contested c ON c.document_id = d.document_id
        LEFT JOIN reduced r ON r.document_id = d.document_id
        LEFT JOIN supplied s ON s.external_id = d.external_id AND s.customer_id = d.customer_id
        LEFT JOIN known k ON k.document_id = d.document_id
        LEFT JOIN often o ON o.customer_id = d.customer_id
        LEFT JOIN parties_billingprofile p ON p.customer_id = d.customer_id AND p.seller_id = %(seller)s
)
SELECT {figures},
    percentile_disc(0.5) WITHIN GROUP (ORDER BY lag) AS lag_days, count(lag) AS lagging,
    count(*) FILTER (WHERE is_often) AS often, count(DISTINCT customer_id) FILTER (WHERE is_often) AS often_customers,
    count(*) FILTER (WHERE waits_for_order) AS waits_for_order,
    count(*) FILTER (WHERE wants_order) AS to_order_customers
FROM judged
"""


@dataclass(frozen=True)
class BillingAudit:
    """A seller's billing over a period: its figures, its score, parts and proposals."""

    first: date
    as_of: date
    billing: Billing
    result: Scored


def audit_billing(seller: Seller, as_of: date, days: int = DAYS) -> BillingAudit:
    """Every invoice of the days up to `as_of`, however it came; those issued here are held to the rules too (the newest
    5,000 of them)."""
    first = as_of - timedelta(days=days)
    figures = ", ".join(
        f"count(*) FILTER (WHERE {test}) AS {name}, count(days) FILTER (WHERE {test}) AS {name}_paid,"
        f" percentile_disc(0.5) WITHIN GROUP (ORDER BY days) FILTER (WHERE {test}) AS {name}_days"
        for name, test in GROUPS.items()
    )
    found = row(
        DOCUMENTS.replace("{figures}", figures),
        {"seller": seller.id, "first": first, "as_of": as_of, "often": OFTEN_A_MONTH, "timezone": seller.timezone},
    )
    assert found is not None
    checked, stopped, counts = _checked(seller, first, as_of)
    groups = {
        name: Group(invoices=found[name], paid=found[f"{name}_paid"], days_to_pay=found[f"{name}_days"])
        for name in GROUPS
    }
    names = ("lag_days", "lagging", "often", "often_customers", "waits_for_order", "to_order_customers")
    billing = Billing(
        groups=groups, checked=checked, stopped=stopped, findings=counts, **{name: found[name] for name in names}
    )
    return BillingAudit(first + timedelta(days=1), as_of, billing, scored(billing))


def _checked(seller: Seller, first: date, as_of: date) -> tuple[int, int, dict[str, int]]:
    """How many invoices issued here were held to the rules, how many would be stopped, and the findings by code."""
    profiles = {one.customer_id: one for one in BillingProfile.objects.filter(seller=seller)}
    counts: Counter[str] = Counter()
    checked = stopped = 0
    for made in _newest(seller, first, as_of):
        found = findings(document_of(made), _wanted(profiles.get(made.customer_id)))
        counts.update(one.reason.code for one in found)
        stopped += any(one.gravity == STOPS for one in found)
        checked += 1
    return checked, stopped, dict(counts.most_common())


def _newest(seller: Seller, first: date, as_of: date) -> Iterator[Invoice]:
    made = Invoice.objects.filter(seller=seller, kind="invoice", issued_on__gt=first, issued_on__lte=as_of)
    yield from made.order_by("-issued_on", "-id")[:MOST_CHECKED].iterator(500)


def _wanted(profile: Any) -> Wanted:
    if profile is None:
        return Wanted(has_profile=False, recipients=("unknown@unknown.invalid",))
    return Wanted(
        needs_purchase_order=profile.needs_purchase_order, channel=profile.channel, recipients=profile.recipients
    )
