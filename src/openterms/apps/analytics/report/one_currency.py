"""The ageing in the seller's currency, at rates that stand beside it with their dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from openterms.apps.receivables.models import Rate
from openterms.apps.tenancy.models import Seller
from openterms.core.base.money import convert
from openterms.core.base.reasons import gettext_noop

from .receivables import ageing
from .table import Column, Note, Report
from .texts import BUCKET_LABELS, CURRENCY, TOTAL, UNAPPLIED, buckets_of, money

SUMS = (*buckets_of("due"), "unapplied", "total")


@dataclass(frozen=True, slots=True)
class DatedRate:
    """What one unit of a currency is worth in the seller's, and since when that holds."""

    currency: str
    base_per_unit: Decimal
    valid_from: date


def rates_on(seller: Seller, as_of: date, known_at: datetime | None = None) -> dict[str, DatedRate]:
    """The rate of each currency that holds on a day, as the record knew it at an instant."""
    found = Rate.objects.filter(seller=seller, valid_from__lte=as_of)
    if known_at is not None:
        found = found.filter(recorded_at__lte=known_at)
    latest = found.order_by("currency", "-valid_from", "-recorded_at", "-id").distinct("currency")
    return {rate.currency: DatedRate(rate.currency, rate.base_per_unit, rate.valid_from) for rate in latest}


def one_currency(seller: Seller, as_of: date, known_at: datetime | None = None) -> Report:
    """The ageing of every currency and what it is worth in the seller's, at the rates that hold on `as_of`.

    A row per currency with its rate and the rate's date, and their sum. A currency without a rate stays in its own
    amounts and out of the sum, and a note says so.
    """
    rates = rates_on(seller, as_of, known_at)
    rates[seller.currency] = DatedRate(seller.currency, Decimal(1), as_of)
    rows: list[dict[str, Any]] = []
    lacking: list[str] = []
    whole = dict.fromkeys(SUMS, 0)
    for found in ageing(seller, as_of, known_at).totals:
        rate = rates.get(found["currency"])
        if rate is None:
            lacking.append(found["currency"])
            continue
        parts = {
            name: convert(found[name], found["currency"], seller.currency, rate.base_per_unit) for name in SUMS[:-1]
        }
        parts["total"] = sum(parts.values())
        rows.append(
            {
                "from_currency": found["currency"],
                "currency": seller.currency,
                "own_total": found["total"],
                "rate": rate.base_per_unit.normalize(),
                "rate_date": None if found["currency"] == seller.currency else rate.valid_from,
                **parts,
            }
        )
        for name in SUMS:
            whole[name] += parts[name]
    columns = [
        Column("from_currency", gettext_noop("Owed in"), "code"),
        Column("rate", gettext_noop("Rate"), "text"),
        Column("rate_date", gettext_noop("Rate of"), "date"),
        CURRENCY,
        *(money(bucket, BUCKET_LABELS[bucket]) for bucket in buckets_of("due")),
        money("unapplied", UNAPPLIED),
        money("total", TOTAL),
    ]
    notes = [
        Note(
            gettext_noop("Each currency at the rate that holds on %(as_of)s, not at the rates booked with its items."),
            {"as_of": as_of},
        )
    ]
    if lacking:
        notes.append(
            Note(
                gettext_noop("No rate into %(base)s is on record for %(currencies)s: left out of the sum."),
                {"base": seller.currency, "currencies": ", ".join(lacking)},
            )
        )
    totals = [{"currency": seller.currency, **whole}] if rows else []
    title = gettext_noop("Everything in one currency")
    return Report("one-currency", title, columns, rows, as_of, known_at, totals, notes)
