"""How customers pay, and on how few of them the book hangs."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import yaml

from openterms.apps.collecting.models import StrategyVersion
from openterms.apps.collecting.strategy.actions import standard_document
from openterms.apps.parties.models import Customer, Group
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.collecting.strategies import Strategy, from_document
from openterms.portfolio.book.engines import attach
from openterms.portfolio.measures import behaviour as payment
from openterms.portfolio.measures import concentration as shares
from openterms.portfolio.rules.segments import segments

from .books import open_book
from .receivables import EVERYTHING, Slice, cut
from .table import Column, Note, Report
from .texts import CURRENCY, CUSTOMER, NAME, money


def strategy_document(seller: Seller, as_of: date) -> tuple[int, date | None, str]:
    """The strategy in force on a day: its version (0 = the standard one), since when, and its text. Writes nothing."""
    versions = StrategyVersion.objects.filter(seller=seller)
    found = versions.filter(valid_from__lte=as_of).order_by("-version").first() or versions.order_by("version").first()
    return (found.version, found.valid_from, found.document) if found else (0, None, standard_document())


def strategy_on(seller: Seller, as_of: date) -> Strategy:
    """The strategy in force on a day, checked."""
    return from_document(yaml.safe_load(strategy_document(seller, as_of)[2]))


def behaviour(seller: Seller, as_of: date, known_at: datetime | None = None, wanted: Slice = EVERYTHING) -> Report:
    """How customers paid in the 365 days up to `as_of`: a row per customer and currency with any item known.

    `wadtp` and `dbt` are days weighted by amount, `share_late` is between 0 and 1 by number of invoices; all are empty
    where nothing was paid. Source: FACTBOOK 1.11, 10.
    """
    rules = strategy_on(seller, as_of).segments
    with open_book(seller) as book, book.engine.scratch() as keep:
        table = payment.behaviour(book, as_of, known_at)
        named = segments(book, as_of, rules, known_at).select("customer_id", "currency", "segment", "segment_rule")
        table = keep(attach(table, (named, ("customer_id", "currency"))))
        found = book.rows(cut(table, wanted, ("number", "currency")).rename(customer="number"))
        count = len(found) if wanted.limit is None else book.rows(table.aggregate(count=table.count()))[0]["count"]
    columns = [
        CUSTOMER,
        NAME,
        CURRENCY,
        Column("paid_invoices", gettext_noop("Invoices paid"), "number"),
        Column("wadtp", gettext_noop("Days to pay"), "days"),
        Column("dbt", gettext_noop("Days beyond terms"), "days"),
        Column("share_late", gettext_noop("Share late"), "number", places=2),
        Column("dbt_trend", gettext_noop("Slower by"), "days", is_wide=True),
        Column("dbt_sd", gettext_noop("Spread"), "days", is_wide=True),
        Column("index", gettext_noop("Payment index"), "number", is_wide=True),
        money("largest_exposure_minor", gettext_noop("Most ever owed"), is_wide=True),
        Column("months_known", gettext_noop("Months known"), "number", is_wide=True),
        Column("segment", gettext_noop("Pays how"), "status"),
        Column("segment_rule", gettext_noop("Because"), is_wide=True),
    ]
    rows = [
        row
        | {
            "dbt_trend": _hundredths(row["dbt_trend_cd"]),
            "dbt_sd": _hundredths(row["dbt_sd_cd"]),
            "index": None if row["payment_index"] is None else Decimal(row["payment_index"]) / 10,
            "segment": row["segment"] or "unclassified",
        }
        for row in found
    ]
    notes = [
        Note(gettext_noop("Invoices settled in the 365 days before; each counts at the date of its last allocation.")),
        Note(gettext_noop("Days are weighted by the invoice's amount; paying early counts as negative.")),
        Note(gettext_noop("Slower by: days beyond terms of the last 182 days less those of the 183 before.")),
    ]
    title = gettext_noop("How customers pay")
    return Report("behaviour", title, columns, rows, as_of, known_at, (), notes, "book", count)


def _hundredths(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value) / 100


LABELS = {
    "customer": gettext_noop("Customer"),
    "group": gettext_noop("Group"),
    "country": gettext_noop("Country"),
    "currency": gettext_noop("Currency"),
}


def concentration(seller: Seller, as_of: date, known_at: datetime | None = None, by: str = "customer") -> Report:
    """Shares of what is owed, largest first, in the seller's currency at booked rates. Source: FACTBOOK 1.13."""
    if by not in LABELS:
        raise BadInput(
            gettext_noop("%(by)s is not a way to look at concentration"),
            "by",
            gettext_noop("Use customer, group, country or currency"),
            {"by": by},
        )
    with open_book(seller) as book:
        found = book.rows(shares.concentration(book, as_of, known_at, by, seller.currency))
    figures = {
        "hhi": round(sum((row["hhi_part"] for row in found), 0.0), 4) if found else None,
        "top_1_pct": _top(found, 1),
        "top_5_pct": _top(found, 5),
        "top_10_pct": _top(found, 10),
    }
    said = {"hhi": "–", "top": "–"}
    if found:
        said = {"hhi": f"{figures['hhi']:,.0f}", "top": f"{figures['top_1_pct']:.1f}"}
    notes = [
        Note(gettext_noop("Amounts in %(currency)s at the rate booked with each item."), {"currency": seller.currency}),
        Note(gettext_noop("Shares of what is owed; those with a credit on balance are left out.")),
        Note(gettext_noop("Herfindahl index %(hhi)s of 10,000; the largest holds %(top)s %%."), said),
    ]
    title, document = gettext_noop("Concentration"), {"by": by, "currency": seller.currency, **figures}
    rows = _shares(seller, by, found)
    return Report("concentration", title, _share_columns(by), rows, as_of, known_at, (), notes, document=document)


def _share_columns(by: str) -> list[Column]:
    """By currency the row's own currency is its label, and the amounts are all in the seller's."""
    return [
        Column("rank", gettext_noop("Rank"), "number"),
        Column("label" if by == "currency" else by, LABELS[by], "code"),
        Column("name", gettext_noop("Name"), is_wide=by not in ("customer", "group")),
        Column("customers", gettext_noop("Customers"), "number"),
        *([] if by == "currency" else [CURRENCY]),
        money("gross", gettext_noop("Owed")),
        money("total", gettext_noop("Net total")),
        Column("share_pct", gettext_noop("Share"), "percent"),
        Column("cumulative_pct", gettext_noop("Together"), "percent"),
    ]


def _shares(seller: Seller, by: str, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = _names(seller, by, [row["key"] for row in found])
    return [
        {
            "key": row["key"],
            "label": row["label"],
            by: names.get(row["key"], ("", row["label"]))[1] if by == "group" else row["label"],
            "currency": seller.currency if by == "currency" else row["currency"],
            "name": names.get(row["key"], ("", ""))[0],
            "customers": row["customers"],
            "rank": row["rank"],
            "gross": row["gross_minor"],
            "total": row["total_minor"],
            "share_pct": row["share_pct"],
            "cumulative_pct": row["cumulative_pct"],
        }
        for row in found
    ]


def _top(found: list[dict[str, object]], most: int) -> float | None:
    return float(str(found[min(most, len(found)) - 1]["cumulative_pct"])) if found else None


def _names(seller: Seller, by: str, keys: list[str]) -> dict[str, tuple[str, str]]:
    """Name and number (or code) by id, for customers and groups; a lone customer stands for its own group."""
    if by not in ("customer", "group"):
        return {}
    names: dict[str, tuple[str, str]] = {}
    for start in range(0, len(keys), 5_000):
        part = keys[start : start + 5_000]
        found = Customer.objects.filter(seller=seller, id__in=part).values_list("id", "name", "number")
        names |= {str(one): (name, number) for one, name, number in found}
        if by == "group":
            groups = Group.objects.filter(seller=seller, id__in=part).values_list("id", "name", "code")
            names |= {str(one): (name, code) for one, name, code in groups}
    return names
