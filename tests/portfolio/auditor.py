"""A second, naive reading of a book: one row at a time, in Python, written from the definitions and not from the
code."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from fractions import Fraction
from typing import Any

from tests.portfolio.books import Row, Rows

DEBIT = {"invoice", "late_fee", "late_interest", "charity"}
CLAIMS = ("contested", "in_flight", "planned", "promised")


def known(row: Row, known_at: dt.datetime | None) -> bool:
    return known_at is None or row["recorded_at"] <= known_at


def settlements_of(rows: Rows, item: Row, as_of: dt.date, known_at: dt.datetime | None) -> list[Row]:
    return [
        s
        for s in rows["settlements"]
        if s["item_id"] == item["item_id"] and s["settled_on"] <= as_of and known(s, known_at)
    ]


def items_at(rows: Rows, as_of: dt.date, known_at: dt.datetime | None) -> list[Row]:
    return [i for i in rows["items"] if i["issued_on"] <= as_of and known(i, known_at)]


def open_of(rows: Rows, item: Row, as_of: dt.date, known_at: dt.datetime | None) -> int:
    return item["amount_minor"] - sum(s["amount_minor"] for s in settlements_of(rows, item, as_of, known_at))


def positions(rows: Rows, as_of: dt.date, known_at: dt.datetime | None) -> dict[Any, Row]:
    """Open items by id, with slices."""
    found = {}
    for item in items_at(rows, as_of, known_at):
        open_minor = open_of(rows, item, as_of, known_at)
        if open_minor == 0:
            continue
        left = open_minor if item["kind"] in DEBIT else 0
        slices = {}
        for kind in CLAIMS:
            claimed = sum(c["amount_minor"] for c in rows["claims"] if holds(c, item, kind, as_of, known_at))
            slices[kind] = min(claimed, left)
            left -= slices[kind]
        found[item["item_id"]] = {
            "item": item,
            "open": open_minor,
            **slices,
            "collectable": left,
            "days_overdue": (as_of - item["due_on"]).days,
            "age": (as_of - item["issued_on"]).days,
        }
    return found


def holds(claim: Row, item: Row, kind: str, as_of: dt.date, known_at: dt.datetime | None) -> bool:
    if claim["item_id"] != item["item_id"] or claim["kind"] != kind or claim["starts_on"] > as_of:
        return False
    if not known(claim, known_at):
        return False
    ended = claim["ends_on"] is not None and claim["ends_on"] <= as_of
    return not (ended and (known_at is None or claim["ended_recorded_at"] <= known_at))


def bucket(days: int) -> str:
    return (
        "current"
        if days <= 0
        else "1-30"
        if days <= 30
        else "31-60"
        if days <= 60
        else "61-90"
        if days <= 90
        else "90+"
    )


def age_bucket(days: int) -> str:
    return "0-30" if days <= 30 else "31-60" if days <= 60 else "61-90" if days <= 90 else "90+"


def ageing(rows: Rows, as_of: dt.date, known_at: dt.datetime | None, by: str) -> dict[tuple[Any, str], dict[str, int]]:
    """By (customer, currency)."""
    found: dict[tuple[Any, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for position in positions(rows, as_of, known_at).values():
        item, amount = position["item"], position["open"]
        line = found[item["customer_id"], item["currency"]]
        if item["kind"] in DEBIT:
            line[bucket(position["days_overdue"]) if by == "due" else age_bucket(position["age"])] += amount
            line["total"] += amount
        else:
            line["unapplied"] -= amount
            line["total"] -= amount
        for kind in CLAIMS:
            line[kind] += position[kind]
    return found


def behaviour(rows: Rows, as_of: dt.date, known_at: dt.datetime | None) -> dict[tuple[Any, str], dict[str, Any]]:
    """By (customer, currency), those with a paid invoice in the year."""
    paid: dict[tuple[Any, str], list[tuple[int, int, int, dt.date]]] = defaultdict(list)
    for item in items_at(rows, as_of, known_at):
        if item["kind"] != "invoice" or open_of(rows, item, as_of, known_at) != 0:
            continue
        last = max(s["settled_on"] for s in settlements_of(rows, item, as_of, known_at) if s["amount_minor"] > 0)
        if last <= as_of - dt.timedelta(days=365):
            continue
        to_pay, beyond = (last - item["issued_on"]).days, (last - item["due_on"]).days
        paid[item["customer_id"], item["currency"]].append((item["amount_minor"], to_pay, beyond, last))
    return {key: _averages(entries, as_of) for key, entries in paid.items()}


def _averages(entries: list[tuple[int, int, int, dt.date]], as_of: dt.date) -> dict[str, Any]:
    half = as_of - dt.timedelta(days=182)
    recent = [e for e in entries if e[3] > half]
    former = [e for e in entries if e[3] <= half]
    trend = None
    if recent and former:
        trend = half_up(_mean(recent, 2) * 100) - half_up(_mean(former, 2) * 100)
    mean = Fraction(sum(e[2] for e in entries), len(entries))
    variance = sum((e[2] - mean) ** 2 for e in entries) / len(entries)
    return {
        "paid_invoices": len(entries),
        "wadtp_cd": half_up(_mean(entries, 1) * 100),
        "dbt_cd": half_up(_mean(entries, 2) * 100),
        "dbt_trend_cd": trend,
        "dbt_sd_cd": round(float(variance) ** 0.5 * 100),
        "share_late_bp": half_up(Fraction(sum(e[2] > 0 for e in entries) * 10_000, len(entries))),
        "experiences": [(e[0], e[2]) for e in entries],
    }


def _mean(entries: list[tuple[int, int, int, dt.date]], place: int) -> Fraction:
    return Fraction(sum(e[0] * e[place] for e in entries), sum(e[0] for e in entries))


def half_up(value: Fraction) -> int:
    whole = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return whole if value >= 0 else -whole


def balance(rows: Rows, as_of: dt.date, known_at: dt.datetime | None, currency: str) -> int:
    """Net balance in one currency."""
    return sum(
        p["open"] if p["item"]["kind"] in DEBIT else -p["open"]
        for p in positions(rows, as_of, known_at).values()
        if p["item"]["currency"] == currency
    )


def largest_exposure(rows: Rows, as_of: dt.date, customer: Any, currency: str) -> int:
    """The highest net balance of a customer at the end of any day."""
    own = {
        "items": [i for i in rows["items"] if i["customer_id"] == customer],
        "settlements": rows["settlements"],
        "claims": [],
    }
    days = {i["issued_on"] for i in own["items"]} | {s["settled_on"] for s in rows["settlements"]}
    return max([0, *(balance(own, day, None, currency) for day in days if day <= as_of)])
