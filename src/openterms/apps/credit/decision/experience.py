"""What the record itself knows of a customer: facts of a credit decision, by their names in `core.credit.facts`.

Each block is one set-based statement over the customer's own rows. Amounts are minor units of the case's currency,
days beyond terms hundredths of a day, shares basis points. What cannot be known is left out, which is not zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from openterms.apps.credit.line.models import Line
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.ledger.reads import base_rate
from openterms.apps.receivables.open_item.models import DEBIT_KINDS
from openterms.apps.receivables.standing.models import Standing
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import row, rows
from openterms.core.base.errors import BadInput
from openterms.core.base.expressions import Value
from openterms.core.base.money import convert
from openterms.core.base.rounding import BASIS_POINTS, divide
from openterms.core.credit.facts import CREDIT_FACTS

WINDOW_DAYS = 365
HALF_WINDOW_DAYS = 182
"""As `portfolio.measures.behaviour`: the trend compares the last 182 days with the 183 before them."""
MOST_HIGH_DAYS = 180
HIGHLY_USED_PCT = 90
LIVE = ("approved", "partly_approved")

PAYING = """
SELECT count(*) FILTER (WHERE paid) AS paid_invoices,
    sum(amount_minor) FILTER (WHERE paid) AS minor,
    sum(amount_minor::numeric * beyond) FILTER (WHERE paid) AS weighted,
    sum(amount_minor) FILTER (WHERE recent) AS recent_minor,
    sum(amount_minor::numeric * beyond) FILTER (WHERE recent) AS recent_weighted,
    sum(amount_minor) FILTER (WHERE paid AND NOT recent) AS former_minor,
    sum(amount_minor::numeric * beyond) FILTER (WHERE paid AND NOT recent) AS former_weighted,
    count(*) FILTER (WHERE paid AND beyond > 0) AS late_invoices,
    max(beyond) FILTER (WHERE paid) AS worst_days_late,
    coalesce(sum(amount_minor) FILTER (WHERE issued_on > %(since)s), 0) AS invoiced_minor
FROM (
    SELECT amount_minor, issued_on, settled_on - due_on AS beyond,
        coalesce(settled_on > %(since)s AND settled_on <= %(on)s, false) AS paid,
        coalesce(settled_on > %(half)s AND settled_on <= %(on)s, false) AS recent
    FROM receivables_item
    WHERE seller_id = %(seller)s AND customer_id = %(customer)s AND currency = %(currency)s AND kind = 'invoice'
        AND issued_on <= %(on)s
) i
"""
OWED = """
SELECT (SELECT min(issued_on) FROM receivables_item
        WHERE seller_id = %(seller)s AND customer_id = %(customer)s AND kind = 'invoice') AS first_on,
    coalesce(sum(collectable) FILTER (WHERE late), 0)::bigint AS overdue_minor,
    coalesce(max(%(on)s::date - due_on) FILTER (WHERE late), 0) AS days_overdue
FROM (
    SELECT coalesce(d.due_on, i.due_on) AS due_on,
        open_minor - contested_minor - in_flight_minor - planned_minor - promised_minor AS collectable,
        coalesce(d.due_on, i.due_on) < %(on)s
            AND open_minor > contested_minor + in_flight_minor + planned_minor + promised_minor AS late
    FROM receivables_item i LEFT JOIN receivables_due d ON d.item_id = i.id AND d.seller_id = %(seller)s
    WHERE i.seller_id = %(seller)s AND i.customer_id = %(customer)s AND currency = %(currency)s AND open_minor > 0
        AND kind = ANY(%(debit)s)
) i
"""
TROUBLE = """
SELECT (SELECT coalesce(sum(amount_minor), 0)::bigint FROM receivables_dispute
        WHERE seller_id = %(seller)s AND customer_id = %(customer)s AND currency = %(currency)s
            AND outcome <> 'withdrawn' AND opened_on > %(since)s AND opened_on <= %(on)s) AS disputed_minor,
    (SELECT count(*) FROM receivables_entry
     WHERE seller_id = %(seller)s AND customer_id = %(customer)s AND kind = 'bank_return'
         AND posted_on > %(since)s AND posted_on <= %(on)s) AS returned_payments,
    (SELECT coalesce(sum(amount_minor), 0) > 0 FROM receivables_settlement
     WHERE seller_id = %(seller)s AND customer_id = %(customer)s AND kind = 'write_off'
         AND settled_on <= %(on)s) AS written_off
"""
# The invoices that are paid by now: how much of them was owed at once, at the end of any day of the last year.
HIGHEST_PAID = """
WITH paid AS (
    SELECT id, issued_on, amount_minor FROM receivables_item
    WHERE seller_id = %(seller)s AND customer_id = %(customer)s AND currency = %(currency)s AND kind = 'invoice'
        AND open_minor = 0 AND settled_on <= %(on)s
), moved AS (
    SELECT issued_on AS on_day, amount_minor AS minor FROM paid
    UNION ALL
    SELECT s.settled_on, -s.amount_minor FROM receivables_settlement s JOIN paid p ON p.id = s.item_id
    WHERE s.seller_id = %(seller)s AND s.customer_id = %(customer)s
), daily AS (SELECT on_day, sum(sum(minor)) OVER (ORDER BY on_day) AS balance FROM moved GROUP BY on_day)
SELECT max(balance)::bigint AS highest_minor FROM daily
WHERE on_day > %(since)s OR on_day = (SELECT max(on_day) FROM daily WHERE on_day <= %(since)s)
"""
# A day's balance against the limit of that day, latest first.
USED = """
WITH day AS (SELECT generate_series(%(on)s::date, %(on)s::date - %(most)s, interval '-1 day')::date AS on_day),
moved AS (
    SELECT issued_on AS on_day, CASE WHEN kind = ANY(%(debit)s) THEN amount_minor ELSE -amount_minor END AS minor
    FROM receivables_item
    WHERE seller_id = %(seller)s AND customer_id = %(customer)s AND currency = %(currency)s
    UNION ALL
    SELECT s.settled_on, CASE WHEN i.kind = ANY(%(debit)s) THEN -s.amount_minor ELSE s.amount_minor END
    FROM receivables_settlement s JOIN receivables_item i ON i.id = s.item_id
    WHERE s.seller_id = %(seller)s AND s.customer_id = %(customer)s AND s.currency = %(currency)s
), daily AS (SELECT on_day, sum(minor) AS minor FROM moved GROUP BY on_day)
SELECT (SELECT coalesce(sum(d.minor), 0)::bigint FROM daily d WHERE d.on_day <= day.on_day) AS owed_minor, l.limit_minor
FROM day LEFT JOIN LATERAL (
    SELECT c.limit_minor FROM credit_linechange c
    WHERE c.seller_id = %(seller)s AND c.customer_id = %(customer)s AND c.currency = %(currency)s
        AND c.valid_from <= day.on_day
    ORDER BY c.valid_from DESC, c.id DESC LIMIT 1
) l ON true
ORDER BY day.on_day DESC
"""
ORDERS = """
SELECT requested_minor FROM credit_authorisation
WHERE seller_id = %(seller)s AND customer_id = %(customer)s AND currency = %(currency)s
ORDER BY authorised_at DESC, id DESC LIMIT 13
"""
SALES = """
SELECT (-sum(base_minor))::bigint AS minor FROM receivables_accountday
WHERE seller_id = %(seller)s AND account IN ('revenue', 'sales_returns') AND posted_on > %(since)s
    AND posted_on <= %(on)s
"""
# What a customer and the others of its group owe or hold, and what they may: a row per customer and currency.
COMMITTED = """
WITH mates AS (
    SELECT id FROM parties_customer
    WHERE seller_id = %(seller)s AND (id = %(customer)s OR group_id = %(group)s)
), used AS (
    SELECT i.customer_id, i.currency,
        CASE WHEN i.kind = ANY(%(debit)s) THEN i.open_minor ELSE -i.open_minor END AS minor
    FROM receivables_item i JOIN mates m ON m.id = i.customer_id
    WHERE i.seller_id = %(seller)s AND i.open_minor > 0
    UNION ALL
    SELECT a.customer_id, a.currency, greatest(a.approved_minor - a.captured_minor - a.released_minor, 0)
    FROM credit_authorisation a JOIN mates m ON m.id = a.customer_id
    WHERE a.seller_id = %(seller)s AND a.state = ANY(%(live)s) AND a.expires_at > %(now)s
    UNION ALL
    SELECT c.customer_id, c.currency, greatest(c.minor - coalesce(i.minor, 0), 0)
    FROM (SELECT a.customer_id, a.currency, x.invoice, sum(x.amount_minor) AS minor
          FROM credit_authorisationcapture x JOIN credit_authorisation a ON a.id = x.authorisation_id
          JOIN mates m ON m.id = a.customer_id
          WHERE x.seller_id = %(seller)s GROUP BY 1, 2, 3) c
    LEFT JOIN LATERAL (
        SELECT sum(amount_minor) AS minor FROM receivables_item
        WHERE seller_id = %(seller)s AND kind = 'invoice' AND external_id = c.invoice AND c.invoice <> ''
            AND customer_id = c.customer_id AND currency = c.currency) i ON true
), exposed AS (
    SELECT customer_id, currency, greatest(sum(minor), 0)::bigint AS minor FROM used GROUP BY 1, 2
), line AS (
    SELECT l.customer_id, l.currency, l.limit_minor, l.is_unlimited FROM credit_line l
    JOIN mates m ON m.id = l.customer_id WHERE l.seller_id = %(seller)s
)
SELECT coalesce(e.customer_id, l.customer_id) AS customer_id, coalesce(e.currency, l.currency) AS currency,
    coalesce(e.minor, 0) AS exposure_minor, l.limit_minor, coalesce(l.is_unlimited, false) AS is_unlimited
FROM exposed e FULL JOIN line l ON l.customer_id = e.customer_id AND l.currency = e.currency
"""


def experience(seller: Seller, customer: Customer, currency: str, on: date, now: datetime) -> dict[str, Value]:
    """Facts of a customer from the record, as known when this is asked; unknown ones are left out.

    Beside the facts of the core: `share_late_bp` (by count), `worst_days_late`, which a policy may declare as its own.
    """
    params = {
        "seller": seller.id, "customer": customer.id, "currency": currency, "on": on, "debit": list(DEBIT_KINDS),
        "since": on - timedelta(days=WINDOW_DAYS), "half": on - timedelta(days=HALF_WINDOW_DAYS),
    }  # fmt: skip
    found: dict[str, Value] = {"country": customer.country or None, "insolvent": _insolvent(customer, on)}
    if customer.is_sole_trader:
        found["legal_form"] = "sole_trader"
    invoiced = _paying(params, found)
    _owing(params, found, invoiced, on)
    _exposed(seller, customer, currency, on, now, found)
    _used(params, found)
    _standing(seller, customer, currency, found)
    orders = [one["requested_minor"] for one in rows(ORDERS, params)]
    if len(orders) > 1:
        found["order_spike_c"] = _over_median(orders[0], sorted(orders[1:]))
    sales = row(SALES, params)
    if sales and sales["minor"] is not None:
        found["yearly_sales_minor"] = from_base(seller, max(sales["minor"], 0), currency, on)
    return {name: value for name, value in found.items() if value is not None}


def committed(seller: Seller, customer: Customer, now: datetime) -> list[dict[str, Any]]:
    """What a customer and the others of its group owe or hold, and may owe: `customer_id, currency, exposure_minor,
    limit_minor` (None: none set), `is_unlimited`, one row each customer and currency. Exposure is never below zero."""
    params = {
        "seller": seller.id, "customer": customer.id, "group": customer.group_id, "debit": list(DEBIT_KINDS),
        "live": list(LIVE), "now": now,
    }  # fmt: skip
    return rows(COMMITTED, params)


def exchanged(seller: Seller, minor: int, source: str, target: str, on: date) -> int:
    """An amount in another currency, by way of the seller's own. Errors: no rate is on record for the day."""
    if source == target:
        return minor
    return from_base(seller, base_rate(seller, source, on).to_base(minor), target, on, strict=True) or 0


def from_base(seller: Seller, minor: int, target: str, on: date, strict: bool = False) -> int | None:
    """An amount of the seller's currency in another one; None where no rate is known (`strict`: an error)."""
    try:
        rate = base_rate(seller, target, on)
    except BadInput:
        if strict:
            raise
        return None
    return minor if target == seller.currency else convert(minor, seller.currency, target, Decimal(1) / rate.per_unit)


def _insolvent(customer: Customer, on: date) -> bool:
    return customer.insolvent_on is not None and customer.insolvent_on <= on


def _paying(params: Mapping[str, Any], found: dict[str, Value]) -> int:
    """How invoices were paid; returns what was invoiced in the last year."""
    paying = row(PAYING, params) or {}
    found["paid_invoices"] = paying["paid_invoices"]
    if paying["paid_invoices"]:
        found["dbt_mean_cd"] = divide(int(paying["weighted"]) * 100, int(paying["minor"]))
        found["share_late_bp"] = divide(paying["late_invoices"] * BASIS_POINTS, paying["paid_invoices"])
        found["worst_days_late"] = paying["worst_days_late"]
    if paying["recent_minor"] and paying["former_minor"]:
        found["dbt_trend_cd"] = divide(int(paying["recent_weighted"]) * 100, int(paying["recent_minor"])) - divide(
            int(paying["former_weighted"]) * 100, int(paying["former_minor"])
        )
    return int(paying["invoiced_minor"])


def _owing(params: Mapping[str, Any], found: dict[str, Value], invoiced: int, on: date) -> None:
    owed, trouble = row(OWED, params) or {}, row(TROUBLE, params) or {}
    first = owed["first_on"]
    found["overdue_minor"], found["days_overdue"] = owed["overdue_minor"], owed["days_overdue"]
    found["returned_payments"] = trouble["returned_payments"]
    found["written_off_before"] = trouble["written_off"]
    if first is None:
        del found["paid_invoices"]  # nobody who was never billed has paid nothing
        return
    found["months_customer"] = max(12 * (on.year - first.year) + on.month - first.month - (on.day < first.day), 0)
    if invoiced:
        found["disputed_share_bp"] = min(divide(trouble["disputed_minor"] * BASIS_POINTS, invoiced), BASIS_POINTS)
    highest = row(HIGHEST_PAID, params)
    if highest and highest["highest_minor"]:
        found["highest_exposure_minor"] = highest["highest_minor"]


def _exposed(
    seller: Seller, customer: Customer, currency: str, on: date, now: datetime, found: dict[str, Value]
) -> None:
    """Own exposure in the currency and limit; the others of the group in all currencies, None where a rate lacks."""
    both = committed(seller, customer, now)
    own = [one for one in both if one["customer_id"] == customer.id and one["currency"] == currency]
    exposure = sum(one["exposure_minor"] for one in own)
    line = Line.objects.filter(seller=seller, customer=customer, currency=currency).first()
    found["exposure_minor"] = exposure
    if line is not None and line.limit_minor is not None:
        found["current_limit_minor"] = line.limit_minor
        if line.limit_minor:
            found["utilisation_bp"] = min(divide(exposure * BASIS_POINTS, line.limit_minor), 10**6)
    others = [one for one in both if one["customer_id"] != customer.id]
    found["group_exposure_minor"] = _sum(seller, others, currency, on)


def _sum(seller: Seller, several: Iterable[Mapping[str, Any]], currency: str, on: date) -> int | None:
    try:
        return sum(exchanged(seller, one["exposure_minor"], one["currency"], currency, on) for one in several)
    except BadInput:
        return None


def _used(params: Mapping[str, Any], found: dict[str, Value]) -> None:
    if not found.get("current_limit_minor"):
        return
    days = 0
    for one in rows(USED, {**params, "most": MOST_HIGH_DAYS - 1}):
        if not one["limit_minor"] or one["owed_minor"] * 100 < one["limit_minor"] * HIGHLY_USED_PCT:
            break
        days += 1
    found["days_highly_used"] = days


def _standing(seller: Seller, customer: Customer, currency: str, found: dict[str, Value]) -> None:
    """What only the day's run knows: the segment, and promises that were broken."""
    kept = Standing.objects.filter(seller=seller, customer=customer, currency=currency).first()
    if kept is not None:
        found["broken_promises"] = kept.broken_promises
        if kept.segment in CREDIT_FACTS["segment"].members:
            found["segment"] = kept.segment


def _over_median(newest: int, earlier: list[int]) -> int:
    middle = len(earlier) // 2
    twice = earlier[middle] * 2 if len(earlier) % 2 else earlier[middle - 1] + earlier[middle]
    return divide(newest * 200, twice)
