"""The day's snapshot: the latest run, totals and their course, and what changed since the day before."""

from __future__ import annotations

from datetime import date
from typing import Any

from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import row, rows

from .models import DailyTotal, DayRun


def latest_run(seller: Seller) -> DayRun | None:
    """The last day that was run to its end."""
    return DayRun.objects.filter(seller=seller, finished_at__isnull=False).order_by("-date").first()


def run_before(seller: Seller, day: date) -> DayRun | None:
    """The run before a day's."""
    return DayRun.objects.filter(seller=seller, finished_at__isnull=False, date__lt=day).order_by("-date").first()


def totals(seller: Seller, day: date) -> dict[str, dict[str, Any]]:
    """The figures of a day by currency; the seller's own currency first."""
    found = DailyTotal.objects.filter(seller=seller, date=day)
    pairs = sorted(found, key=lambda one: (one.currency != seller.currency, -abs(one.figures.get("total_minor") or 0)))
    return {one.currency: one.figures for one in pairs}


def totals_by(seller: Seller, day: date, currency: str) -> tuple[date, dict[str, Any]] | None:
    """The figures of the last run on or before a day in one currency, with their date."""
    found = (
        DailyTotal.objects.filter(seller=seller, date__lte=day, currency=currency).order_by("-date").first()
    )  # fmt: skip
    return (found.date, found.figures) if found else None


def course(seller: Seller, currency: str, since: date, through: date, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """How figures went from one day to another: `date` and each name's value, one row per day that was run."""
    picked = ", ".join(f"figures ->> %(name_{at})s AS n{at}" for at in range(len(names)))
    found = rows(
        f"SELECT date, {picked} FROM analytics_dailytotal WHERE seller_id = %(seller)s AND currency = %(currency)s"
        " AND date BETWEEN %(since)s AND %(through)s ORDER BY date",
        {"seller": seller.id, "currency": currency, "since": since, "through": through}
        | {f"name_{at}": name for at, name in enumerate(names)},
    )
    return [{"date": one["date"]} | {name: one[f"n{at}"] for at, name in enumerate(names)} for one in found]


def newly_over_limit(seller: Seller, since: date, limit: int = 5) -> list[dict[str, Any]]:
    """Customers whom a run after a day found over their line for the first time, the largest excess first."""
    return rows(
        "SELECT s.customer_id, c.name AS customer_name, s.currency, s.total_minor, l.limit_minor,"
        " s.total_minor - l.limit_minor AS over_minor FROM receivables_standing s"
        " JOIN credit_line l ON l.seller_id = s.seller_id AND l.customer_id = s.customer_id AND l.currency = s.currency"
        " JOIN parties_customer c ON c.id = s.customer_id WHERE s.seller_id = %(seller)s"
        " AND l.limit_minor IS NOT NULL AND s.total_minor > l.limit_minor AND s.over_limit_since > %(since)s"
        " ORDER BY s.total_minor - l.limit_minor DESC, s.customer_id LIMIT %(limit)s",
        {"seller": seller.id, "since": since, "limit": limit},
    )


def newly_overdue(seller: Seller, since: date, through: date, limit: int = 5) -> list[dict[str, Any]]:
    """Customers with invoices that fell overdue after one day and by another, the largest sum first."""
    return rows(
        "SELECT i.customer_id, c.name AS customer_name, i.currency, count(*) AS items,"
        " sum(i.open_minor)::bigint AS amount_minor FROM receivables_item i"
        " JOIN parties_customer c ON c.id = i.customer_id WHERE i.seller_id = %(seller)s AND i.open_minor > 0"
        " AND i.due_on >= %(since)s AND i.due_on < %(through)s AND i.kind NOT IN ('receipt', 'credit_note')"
        " GROUP BY i.customer_id, c.name, i.currency ORDER BY sum(i.base_minor) DESC, i.customer_id LIMIT %(limit)s",
        {"seller": seller.id, "since": since, "through": through, "limit": limit},
    )


def work_left(seller: Seller) -> dict[str, Any]:
    """How much open work is listed and by how many it is owned; from the partial index of open work."""
    found = row(
        "SELECT count(*) AS open, coalesce(sum(amount_at_risk_minor), 0)::bigint AS at_risk FROM collecting_workitem"
        " WHERE seller_id = %(seller)s AND state = 'open'",
        {"seller": seller.id},
    )
    return found or {"open": 0, "at_risk": 0}
