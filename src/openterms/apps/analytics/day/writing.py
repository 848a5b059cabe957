"""Write a day's plan back set-wise: standing, worklist, totals, the customers' snapshot."""

from __future__ import annotations

import io
from collections.abc import Set
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection
from pyarrow import csv

from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import joined_by_hash
from openterms.portfolio.runs.day import DayPlan

from .models import DailyTotal

STANDING = (
    "customer_id", "currency", "open_minor", "current_minor", "days_1_30_minor", "days_31_60_minor",
    "days_61_90_minor", "over_90_minor", "unapplied_minor", "total_minor", "overdue_minor", "contested_minor",
    "promised_minor", "collectable_overdue_minor", "at_risk_minor", "open_items", "overdue_items", "oldest_due_on",
    "days_overdue", "paid_invoices", "wadtp_cd", "dbt_cd", "dbt_trend_cd", "dbt_sd_cd", "share_late_bp",
    "payment_index", "largest_exposure_minor", "months_known", "broken_promises", "segment", "segment_rule", "step",
    "over_limit_since",
)  # fmt: skip
MUST = (
    "paid_invoices", "months_known", "broken_promises", "largest_exposure_minor", "open_items", "overdue_items",
)  # fmt: skip
SNAPSHOT = (
    "customer_id", "currency", "current_minor", "days_1_30_minor", "days_31_60_minor", "days_61_90_minor",
    "over_90_minor", "unapplied_minor", "total_minor", "segment", "step",
)  # fmt: skip
WORK = ("customer_id", "collector_id", "currency", "step", "reasons", "items", "items_again", "amount_at_risk_minor",
        "collectable_overdue_minor", "moved_minor", "waiting_minor", "work_seconds", "per_minute_base_minor",
        "place")  # fmt: skip


def stage_customers(customers: pa.Table, day: date) -> None:
    """Bring a plan's customers into `stage_standing`, which the others here read, until the transaction's end."""
    since = pc.if_else(customers["is_over_limit"], pa.scalar(day, pa.date32()), pa.scalar(None, pa.date32()))
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE stage_standing ON COMMIT DROP AS SELECT {', '.join(STANDING)}"
            " FROM receivables_standing WITH NO DATA"
        )
        _copy(cursor, "stage_standing", STANDING, _filled(customers.append_column("over_limit_since", since)))
        cursor.execute("ANALYZE stage_standing (customer_id, currency)")


def write_standing(seller: Seller, day: date) -> None:
    """Replace the seller's standing. In the caller's transaction, after `stage_customers`."""
    names = ", ".join(STANDING)
    with joined_by_hash(), connection.cursor() as cursor:
        params = {"seller": seller.id, "day": day}
        cursor.execute(SINCE, params)
        cursor.execute("DELETE FROM receivables_standing WHERE seller_id = %(seller)s", params)
        cursor.execute(
            f"INSERT INTO receivables_standing (seller_id, as_of, {names}) SELECT %(seller)s, %(day)s, {names}"
            " FROM stage_standing",
            params,
        )


# Who was over the limit already keeps the day since when.
SINCE = """
UPDATE stage_standing t SET over_limit_since = s.over_limit_since FROM receivables_standing s
WHERE s.seller_id = %(seller)s AND s.customer_id = t.customer_id AND s.currency = t.currency
    AND t.over_limit_since IS NOT NULL AND s.over_limit_since < t.over_limit_since
"""
LAPSE = """
UPDATE collecting_workitem w SET state = 'lapsed'
WHERE w.seller_id = %(seller)s AND w.state = 'open'
  AND NOT EXISTS (SELECT 1 FROM stage_work t WHERE t.customer_id = w.customer_id AND t.currency = w.currency)
"""
WAKE = """
UPDATE collecting_workitem w SET state = CASE WHEN s.collectable_overdue_minor > 0 THEN 'open' ELSE 'lapsed' END,
    snoozed_until = NULL, listed_on = %(day)s,
    reasons = '[{"code": "called_back", "params": {}}]', amount_at_risk_minor = coalesce(s.at_risk_minor, 0)
FROM collecting_workitem v LEFT JOIN receivables_standing s
    ON s.seller_id = v.seller_id AND s.customer_id = v.customer_id AND s.currency = v.currency
WHERE w.id = v.id AND w.seller_id = %(seller)s AND w.state = 'snoozed' AND w.snoozed_until <= %(day)s
  AND NOT EXISTS (SELECT 1 FROM stage_work t WHERE t.customer_id = w.customer_id AND t.currency = w.currency)
"""
RENEW = """
UPDATE collecting_workitem w SET state = 'open', snoozed_until = NULL, step = t.step, reasons = t.reasons,
    items = t.items, items_again = t.items_again, amount_at_risk_minor = t.amount_at_risk_minor, listed_on = %(day)s,
    first_listed_on = CASE WHEN w.step = t.step THEN w.first_listed_on ELSE %(day)s END,
    collector_id = t.collector_id, collectable_overdue_minor = t.collectable_overdue_minor,
    moved_minor = t.moved_minor, waiting_minor = t.waiting_minor, work_seconds = t.work_seconds,
    per_minute_base_minor = t.per_minute_base_minor
FROM stage_work t
WHERE w.seller_id = %(seller)s AND w.customer_id = t.customer_id AND w.currency = t.currency
  AND (w.state = 'open' OR (w.state = 'snoozed' AND w.snoozed_until <= %(day)s))
"""
ADD = """
INSERT INTO collecting_workitem (id, seller_id, customer_id, collector_id, currency, step, reasons, items, items_again,
    amount_at_risk_minor, collectable_overdue_minor, moved_minor, waiting_minor, work_seconds, per_minute_base_minor,
    listed_on, first_listed_on, state)
SELECT openterms_id(), %(seller)s, t.customer_id, t.collector_id, t.currency, t.step, t.reasons, t.items, t.items_again,
    t.amount_at_risk_minor, t.collectable_overdue_minor, t.moved_minor, t.waiting_minor, t.work_seconds,
    t.per_minute_base_minor, %(day)s, %(day)s, 'open'
FROM stage_work t WHERE NOT EXISTS (SELECT 1 FROM collecting_workitem w WHERE w.seller_id = %(seller)s
    AND w.customer_id = t.customer_id AND w.currency = t.currency AND w.state IN ('open', 'snoozed'))
ORDER BY t.place
"""


def write_worklist(seller: Seller, plan: DayPlan, day: date, skip: Set[tuple[str, str]]) -> dict[str, int]:
    """Bring the seller's worklist to the plan; returns counts. In the caller's transaction, after `write_standing`.

    `skip`: customers and currencies whose work item is left as it was.
    """
    staged = _work(plan.worklist, skip)
    with joined_by_hash(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE stage_work (customer_id uuid, collector_id uuid, currency text, step text,"
            " reasons jsonb, items uuid[], items_again bigint, amount_at_risk_minor bigint,"
            " collectable_overdue_minor bigint, moved_minor bigint, waiting_minor bigint, work_seconds integer,"
            " per_minute_base_minor bigint, place bigint)"
            " ON COMMIT DROP"
        )
        _copy(cursor, "stage_work", WORK, staged)
        cursor.execute("ANALYZE stage_work (customer_id, currency)")
        params = {"seller": seller.id, "day": day}
        counts = {}
        for name, statement in (("lapsed", LAPSE), ("woken", WAKE), ("renewed", RENEW), ("added", ADD)):
            cursor.execute(statement, params)
            counts[name] = cursor.rowcount
    return {"listed": staged.num_rows, "added": counts["added"], "lapsed": counts["lapsed"]}


def _work(worklist: pa.Table, skip: Set[tuple[str, str]]) -> pa.Table:
    """The plan's worklist as `WORK`, without the customers to skip; items as PostgreSQL writes an array."""
    table = worklist.select(WORK)
    items = pc.binary_join_element_wise("{", pc.binary_join(table["items"], ","), "}", "")
    table = table.set_column(table.column_names.index("items"), "items", items)
    if skip:
        pairs = zip(table["customer_id"].to_pylist(), table["currency"].to_pylist(), strict=True)
        table = table.filter(pa.array([pair not in skip for pair in pairs]))
    return table


def write_totals(seller: Seller, plan: DayPlan, day: date) -> None:
    """The seller's totals by currency."""
    rows = plan.totals.to_pylist()
    DailyTotal.objects.filter(seller=seller, date=day).exclude(currency__in=[r["currency"] for r in rows]).delete()
    DailyTotal.objects.bulk_create(
        [DailyTotal(seller=seller, date=day, currency=row["currency"], figures=_plain(row)) for row in rows],
        update_conflicts=True,
        unique_fields=["seller", "date", "currency"],
        update_fields=["figures"],
    )


def write_snapshot(seller: Seller, day: date, is_latest: bool) -> None:
    """The ageing of each customer with anything open. After `stage_customers`. Older days keep month ends only."""
    names = ", ".join(SNAPSHOT)
    with connection.cursor() as cursor:
        params = {"seller": seller.id, "day": day}
        cursor.execute("DELETE FROM analytics_dailycustomer WHERE seller_id = %(seller)s AND date = %(day)s", params)
        if is_latest:
            cursor.execute(
                "DELETE FROM analytics_dailycustomer WHERE seller_id = %(seller)s AND date < %(day)s"
                " AND extract(month FROM date + 1) = extract(month FROM date)",
                params,
            )
        cursor.execute(
            f"INSERT INTO analytics_dailycustomer (seller_id, date, {names})"
            f" SELECT %(seller)s, %(day)s, {names} FROM stage_standing WHERE open_items > 0",
            params,
        )


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Figures as JSON can hold them exactly: decimals as text."""
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in row.items()}


def _filled(customers: pa.Table) -> pa.Table:
    """The standing of a plan's customers, with every figure that the record wants filled."""
    table = customers.select(STANDING)
    empty = dict.fromkeys(MUST, 0) | {"segment": "unclassified", "segment_rule": ""}
    for name, value in empty.items():
        table = table.set_column(STANDING.index(name), name, pc.fill_null(table[name], value))
    return table


def _copy(cursor: Any, name: str, columns: tuple[str, ...], table: pa.Table) -> None:
    buffer = io.BytesIO()
    options = csv.WriteOptions(include_header=False, quoting_style="needed")
    with cursor.copy(f"COPY {name} ({', '.join(columns)}) FROM STDIN (FORMAT csv, NULL '')") as copy:
        for batch in table.to_batches(max_chunksize=50_000):
            buffer.seek(0)
            buffer.truncate()
            csv.write_csv(batch, buffer, options)
            copy.write(buffer.getvalue())
