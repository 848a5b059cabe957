"""Who owes more than their limit, and who looks after what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import ibis

from openterms.apps.parties.models import Group
from openterms.apps.tenancy.models import Seller, User
from openterms.core.base.reasons import gettext_noop
from openterms.portfolio.measures.exposure import exposure

from .books import open_book
from .receivables import CLAIMS, ageing
from .table import Column, Note, Report
from .texts import BUCKET_LABELS, CLAIM_LABELS, CURRENCY, CUSTOMER, NAME, TOTAL, UNAPPLIED, buckets_of, money


def over_limit(seller: Seller, as_of: date, known_at: datetime | None = None) -> Report:
    """Customers whose exposure is above their limit, the largest excess first; a row per customer and currency.

    No limit set and unlimited are not over anything; a limit of zero is. Source: FACTBOOK 2.5.
    """
    with open_book(seller) as book:
        table = exposure(book, as_of, known_at)
        table = table.filter(table.is_over_limit).mutate(excess=-table.headroom_minor)
        found = book.rows(table.order_by(ibis.desc("excess"), "number", "currency").rename(customer="number"))
    rows = [
        {
            "customer": row["customer"],
            "customer_id": row["customer_id"],
            "name": row["name"],
            "currency": row["currency"],
            "limit": row["limit_minor"],
            "open": row["open_minor"],
            "unapplied": row["unapplied_minor"],
            "exposure": row["exposure_minor"],
            "excess": row["excess"],
            "overdue": row["overdue_minor"],
            "utilisation_pct": None if row["utilisation_bp"] is None else row["utilisation_bp"] / 100,
        }
        for row in found
    ]
    columns = [
        CUSTOMER,
        NAME,
        CURRENCY,
        money("limit", gettext_noop("Limit")),
        money("open", gettext_noop("Open items")),
        money("unapplied", UNAPPLIED),
        money("exposure", gettext_noop("Exposure")),
        money("excess", gettext_noop("Over the limit by")),
        money("overdue", gettext_noop("Overdue")),
        Column("utilisation_pct", gettext_noop("Used"), "percent", places=0),
    ]
    notes = [
        Note(gettext_noop("Exposure = open items, disputed ones included, less what is unapplied.")),
        Note(gettext_noop("Customers without a limit, and those with an unlimited line, cannot be over it.")),
    ]
    return Report("over-limit", gettext_noop("Over the limit"), columns, rows, as_of, known_at, (), notes)


def by_collector(seller: Seller, as_of: date, known_at: datetime | None = None) -> Report:
    """The ageing summed by who follows the account up; a row per collector and currency."""
    names = {str(one): name or email for one, name, email in _people(seller)}
    report = _grouped(ageing(seller, as_of, known_at), "collector_id", names, gettext_noop("Nobody yet"))
    return _of(report, "by-collector", gettext_noop("By collector"), gettext_noop("Collector"))


def by_group(seller: Seller, as_of: date, known_at: datetime | None = None) -> Report:
    """The ageing summed by group of companies; a row per group and currency, customers of no group together."""
    names = {str(one): name for one, name in Group.objects.filter(seller=seller).values_list("id", "name")}
    report = _grouped(ageing(seller, as_of, known_at), "group_id", names, gettext_noop("No group"))
    return _of(report, "by-group", gettext_noop("By group"), gettext_noop("Group"))


def _people(seller: Seller) -> Iterable[tuple[Any, str, str]]:
    return User.objects.filter(membership__seller=seller).values_list("id", "name", "email")


SUMS = (*buckets_of("due"), "unapplied", "total", *CLAIMS)


def _grouped(report: Report, key: str, names: Mapping[str, str], none: str) -> tuple[Report, list[dict[str, Any]]]:
    sums: dict[tuple[str, str], dict[str, Any]] = {}
    for row in report.rows:
        of = row[key] or ""
        place = sums.setdefault(
            (of, row["currency"]),
            {"key": of, "who": names.get(of, of or none), "currency": row["currency"], "customers": 0}
            | dict.fromkeys(SUMS, 0),
        )
        place["customers"] += 1
        for name in SUMS:
            place[name] += row.get(name) or 0
    rows = sorted(sums.values(), key=lambda row: (row["currency"], -row["total"], row["who"]))
    for row in rows:
        row["overdue"] = sum(row[bucket] for bucket in buckets_of("due")[1:])
    return report, rows


def _of(grouped: tuple[Report, list[dict[str, Any]]], name: str, title: str, label: str) -> Report:
    report, rows = grouped
    columns = [
        Column("who", label),
        Column("customers", gettext_noop("Customers"), "number"),
        CURRENCY,
        *(money(bucket, BUCKET_LABELS[bucket]) for bucket in buckets_of("due")),
        money("unapplied", UNAPPLIED),
        money("total", TOTAL),
        money("overdue", gettext_noop("Overdue")),
        *(money(claim, CLAIM_LABELS[claim], is_wide=True) for claim in CLAIMS),
    ]
    return Report(name, title, columns, rows, report.as_of, report.known_at, report.totals, report.notes, report.source)
