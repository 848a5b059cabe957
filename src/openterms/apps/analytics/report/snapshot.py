"""The ageing that the last day's run left behind, and whether it still says what the record says."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection

from openterms.apps.analytics.models import DailyTotal, DayRun
from openterms.apps.journal.models import Event
from openterms.apps.parties.search import fold
from openterms.apps.tenancy.models import Seller

if TYPE_CHECKING:
    from .receivables import Slice

MARGIN = timedelta(seconds=30)
"""An event gets its identifier at the end of its action; one made just before the run may be committed after it."""

HARMLESS = (
    "note_added", "contact_added", "contact_changed", "site_changed", "identifier_changed", "billing_changed",
    "attachment_added", "customer_added", "customer_changed", "call_logged", "email_logged", "letter_logged",
    "visit_logged", "note_logged", "work_snoozed", "work_woken", "step_taken", "line_set", "hold_placed", "hold_lifted",
    "person_added", "person_changed", "seller_changed", "period_locked", "rate_set", "strategy_published", "day_run",
)  # fmt: skip
"""Kinds of event that change no item, settlement or claim. A kind that is not listed may have changed one."""

BUCKETS = {
    "current": "current_minor",
    "1-30": "days_1_30_minor",
    "31-60": "days_31_60_minor",
    "61-90": "days_61_90_minor",
    "90+": "over_90_minor",
    "unapplied": "unapplied_minor",
    "total": "total_minor",
}
CLAIMS = ("contested", "in_flight", "planned", "promised")


def holds(seller: Seller, as_of: date) -> bool:
    """Whether a finished run of that very day left a snapshot and nothing that counts happened since."""
    run = DayRun.objects.filter(seller=seller).order_by("-date").first()
    if run is None or run.date != as_of or run.finished_at is None:
        return False
    later = Event.objects.filter(seller=seller, id__gte=_floor(run.started_at - MARGIN)).exclude(kind__in=HARMLESS)
    # Promises that nobody touched were derived by the run itself, which knew of them.
    return not later.exclude(kind__startswith="promise_", actor_id=None).exists()


def _floor(at: datetime) -> UUID:
    """The smallest identifier that can have been made at an instant."""
    return UUID(int=(int(at.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62))


def ageing(seller: Seller, as_of: date, wanted: Slice) -> tuple[list[dict[str, Any]], list[dict[str, Any]], int]:
    """Rows, totals by currency and the number of all rows, as `receivables.ageing` gives them."""
    sums = ", ".join(f'sum(d.{column})::bigint AS "{name}"' for name, column in BUCKETS.items())
    claims = ", ".join(f"coalesce(s.{name}_minor, 0) AS {name}" for name in ("contested", "promised"))
    columns = ", ".join(f'd.{column} AS "{name}"' for name, column in BUCKETS.items())
    params: dict[str, Any] = {"seller": seller.id, "date": as_of, "limit": wanted.limit, "start": wanted.start}
    where = " WHERE d.seller_id = %(seller)s AND d.date = %(date)s"
    if wanted.currency:
        where, params["currency"] = where + " AND d.currency = %(currency)s", wanted.currency
    if wanted.customer_id is not None:
        where, params["customer"] = where + " AND d.customer_id = %(customer)s", wanted.customer_id
    narrowed = where
    for place, word in enumerate(fold(wanted.text).split()):
        narrowed += f" AND strpos(c.search_name, %(word{place})s) > 0"
        params[f"word{place}"] = word
    source = (
        " FROM analytics_dailycustomer d JOIN parties_customer c ON c.id = d.customer_id"
        " LEFT JOIN receivables_standing s ON s.seller_id = d.seller_id AND s.customer_id = d.customer_id"
        " AND s.currency = d.currency AND s.as_of = d.date"
    )
    if wanted.customer_id is None:
        totals = _totals(seller, as_of, wanted.currency)
    else:
        totals = _rows(
            f"SELECT d.currency, count(*) AS count, {sums}, sum(coalesce(s.contested_minor, 0))::bigint AS contested,"
            f" sum(coalesce(s.promised_minor, 0))::bigint AS promised{source}{where}"
            " GROUP BY d.currency ORDER BY d.currency",
            params,
        )
    rows = _rows(
        f"SELECT c.id::text AS customer_id, c.number AS customer, c.name, c.group_id::text AS group_id,"
        f" c.collector_id::text AS collector_id, d.currency, {columns}, {claims}{source}{narrowed}"
        f" ORDER BY {_order(wanted.order)} LIMIT %(limit)s OFFSET %(start)s",
        params,
    )
    return rows, totals, sum(row["count"] for row in totals)


def _totals(seller: Seller, as_of: date, currency: str) -> list[dict[str, Any]]:
    """The seller's totals as the run wrote them down, in order of currency."""
    found = DailyTotal.objects.filter(seller=seller, date=as_of).order_by("currency")
    if currency:
        found = found.filter(currency=currency)
    columns = {**BUCKETS, **{name: f"{name}_minor" for name in CLAIMS}}
    return [
        {"currency": one.currency, "count": one.figures["customers"]}
        | {name: int(one.figures[column]) for name, column in columns.items()}
        for one in found
        if one.figures["customers"]
    ]


def _order(order: str) -> str:
    name = order.lstrip("-")
    column = f"d.{BUCKETS[name]}" if name in BUCKETS else {"name": "c.name"}.get(name)
    usual = 'c.number COLLATE "C", d.currency'
    return usual if column is None else f"{column} {'DESC' if order.startswith('-') else 'ASC'}, {usual}"


def _rows(sql: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
