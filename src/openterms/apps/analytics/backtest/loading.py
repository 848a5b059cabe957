"""Stored orders and decisions as Arrow: what was seen is unpacked by the database, no Python object for a row."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa

from openterms.apps.analytics.report.books import database_uri
from openterms.apps.tenancy.context import context_sql
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import row
from openterms.core.credit.policy import Policy
from openterms.portfolio.book import postgres

ORDERS = """
SELECT a.id AS order_id, a.customer_id, a.order_ref::text AS order_ref, a.currency::text AS currency,
    (a.authorised_at AT TIME ZONE {zone})::date AS ordered_on, a.authorised_at AS ordered_at,
    a.requested_minor AS asked_minor, s.already_minor, btrim(a.purchase_order) <> '' AS has_purchase_order,
    a.approved_minor > 0 AND a.approved_minor < a.requested_minor AS accepts_part,
    s.line_currency, coalesce(s.line_state, 'open') AS line_state, s.line_until, s.limit_minor,
    s.group_seen IS NOT NULL AS has_group_limit, (s.group_seen ->> 'room_minor')::bigint AS group_limit_minor,
    coalesce(s.group_seen ->> 'state', 'open') AS group_state, (s.group_seen ->> 'until')::date AS group_until,
    s.is_unlimited, s.is_insolvent, s.overdue_minor, s.days_overdue, s.open_minor,
    s.needs_purchase_order, translate(s.holds::text, '[]",', '') AS holds,
    e.open_items_minor + e.authorised_minor + e.captured_not_invoiced_minor + e.delivered_not_invoiced_minor
        - e.unapplied_cash_minor - e.deposits_minor AS exposure_minor,
    coalesce((a.rules ->> 'overdue_days')::bigint, 0) AS seen_overdue_days,
    CASE WHEN a.approved_minor = a.requested_minor THEN 'approved' WHEN a.approved_minor > 0 THEN 'partly_approved'
        WHEN a.state = 'referred' THEN 'referred' ELSE 'declined' END AS answered_status,
    a.approved_minor AS answered_minor,
    CASE WHEN a.reasons = '[]'::jsonb THEN '' ELSE (
        SELECT string_agg(r.reason ->> 'code', ' ' ORDER BY r.place)
        FROM jsonb_array_elements(a.reasons) WITH ORDINALITY AS r(reason, place)) END AS answered_reasons
FROM credit_authorisation a,
    jsonb_to_record(a.seen) AS s(line_currency text, limit_minor bigint, is_unlimited boolean, exposure jsonb,
        holds jsonb, is_insolvent boolean, overdue_minor bigint, days_overdue bigint, open_minor bigint,
        needs_purchase_order boolean, already_minor bigint, line_state text, line_until date, group_seen jsonb),
    jsonb_to_record(s.exposure) AS e(open_items_minor bigint, authorised_minor bigint,
        captured_not_invoiced_minor bigint, delivered_not_invoiced_minor bigint, unapplied_cash_minor bigint,
        deposits_minor bigint)
WHERE a.seller_id = '{seller}' AND a.currency = '{currency}'
    AND a.authorised_at >= '{start}' AND a.authorised_at < '{end}'
"""

DECISIONS = """
SELECT d.id AS case_id, d.customer_id, (d.decided_at AT TIME ZONE {zone})::date AS decided_on, {facts},
    coalesce((k.kept -> 'request' ->> 'limit_minor')::bigint, f.requested_limit_minor) AS requested_limit_minor,
    k.kept -> 'request' ->> 'terms' AS asked_terms, d.outcome::text AS answered_outcome, d.rule::text AS answered_rule,
    k.kept -> 'outcome' ->> 'queue' AS answered_queue,
    (k.kept -> 'outcome' ->> 'limit_minor')::bigint AS answered_limit_minor
FROM credit_decision d, LATERAL (SELECT d.kept::jsonb AS kept) k, jsonb_to_record(k.kept -> 'facts') AS f({typed})
WHERE d.seller_id = '{seller}' AND d.currency = '{currency}'
    AND d.decided_at >= '{start}' AND d.decided_at < '{end}'
"""
_SQL = {"int": "bigint", "bool": "boolean", "text": "text"}
COUNT = (
    "SELECT count(*) AS count FROM credit_authorisation WHERE seller_id = %(seller)s AND currency = %(currency)s"
    " AND authorised_at >= %(start)s AND authorised_at < %(end)s"
)
COUNT_INVOICES = (
    "SELECT count(*) AS count FROM receivables_item WHERE seller_id = %(seller)s AND currency = %(currency)s"
    " AND kind = 'invoice' AND issued_on BETWEEN %(first)s AND %(last)s"
)


def instants(seller: Seller, first: date, last: date) -> tuple[datetime, datetime]:
    """The instants at which a period of the seller's days begins and is over."""
    zone = ZoneInfo(seller.timezone)
    return tuple(datetime(d.year, d.month, d.day, tzinfo=zone) for d in (first, last + timedelta(days=1)))  # type: ignore[return-value]


def counts(seller: Seller, currency: str, first: date, last: date) -> tuple[int, int]:
    """How many stored orders and how many invoices a period has in a currency."""
    start, end = instants(seller, first, last)
    asked = {"seller": seller.id, "currency": currency, "first": first, "last": last, "start": start, "end": end}
    orders, invoices = row(COUNT, asked), row(COUNT_INVOICES, asked)
    assert orders is not None and invoices is not None
    return int(orders["count"]), int(invoices["count"])


def stored_orders(seller: Seller, currency: str, first: date, last: date) -> pa.Table:
    """The orders of a period, a row each: columns of `portfolio.book.orders.ORDERS`, amounts in minor units."""
    sql = ORDERS.format(**_given(seller, currency, first, last))
    return postgres.query(database_uri(), context_sql(seller.id), sql)


def has_decisions() -> bool:
    """Whether this record keeps decisions."""
    found = row("SELECT to_regclass('credit_decision') IS NOT NULL AS has", {})
    return bool(found and found["has"])


def stored_decisions(seller: Seller, policies: tuple[Policy, ...], first: date, last: date) -> pa.Table:
    """The decisions of a period in the policies' currency, a row each: every fact of the policies as a column."""
    facts = {name: fact for policy in policies for name, fact in policy.facts.items()}
    names = ", ".join(f"f.{name}" for name in facts if name != "requested_limit_minor")
    typed = ", ".join(f"{name} {_SQL[fact.type]}" for name, fact in facts.items())
    given = _given(seller, policies[0].currency, first, last)
    return postgres.query(database_uri(), context_sql(seller.id), DECISIONS.format(facts=names, typed=typed, **given))


def _given(seller: Seller, currency: str, first: date, last: date) -> dict[str, str]:
    """Places of the queries: nothing but identifiers, codes of three letters, and dates goes into them."""
    start, end = instants(seller, first, last)
    assert len(currency) == 3 and currency.isalpha()
    zone = "'" + str(ZoneInfo(seller.timezone)).replace("'", "''") + "'"
    return {
        "seller": str(seller.id), "currency": currency, "zone": zone, "start": start.isoformat(),
        "end": end.isoformat(),
    }  # fmt: skip
