"""The simulated market: deterministic, consistent, and its payers behave as described."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from functools import cache

import numpy as np
import pyarrow.compute as pc
import pytest

from openterms.core.base.calendar import BusinessCalendar
from openterms.core.receivables.terms import parse_terms
from openterms.portfolio.measures.ageing import totals
from openterms.portfolio.measures.roll import roll_forward
from openterms.portfolio.runs.day import PHASES, plan_day
from openterms.portfolio.runs.market import Market, simulate
from openterms.portfolio.runs.market_book import market_book
from tests.portfolio.test_rules import standard

TABLES = [
    "groups",
    "customers",
    "contacts",
    "invoices",
    "receipts",
    "credit_notes",
    "allocations",
    "disputes",
    "promises",
]


@cache
def market() -> Market:
    return simulate(7, customers=120, months=18, invoices=6_000)


def test_the_same_seed_gives_the_same_market() -> None:
    again = simulate(7, customers=120, months=18, invoices=6_000)
    assert all(getattr(market(), name).equals(getattr(again, name)) for name in TABLES)
    assert not simulate(8, customers=120, months=18, invoices=6_000).invoices.equals(again.invoices)


def test_it_is_whole() -> None:
    made = market()
    assert made.customers.num_rows == 120
    assert abs(made.invoices.num_rows - 6_000) < 60
    for name, key in (
        ("customers", "customer"),
        ("invoices", "invoice"),
        ("receipts", "receipt"),
        ("customers", "name"),
    ):
        column = getattr(made, name)[key]
        assert len(pc.unique(column)) == len(column)
    assert pc.min(made.invoices["amount_minor"]).as_py() > 0
    assert pc.max(made.invoices["issued_on"]).as_py() <= made.end
    assert pc.max(made.allocations["settled_on"]).as_py() <= made.end
    assert any("\u0600" <= letter <= "\u06ff" for name in made.customers["name"].to_pylist() for letter in name)


def test_nothing_is_settled_twice_and_nothing_before_it_exists() -> None:
    made = market()
    invoices = {r["invoice"]: r for r in made.invoices.to_pylist()}
    settled: Counter[str] = Counter()
    used: Counter[str] = Counter()
    for entry in made.allocations.to_pylist():
        invoice = invoices[entry["invoice"]]
        assert entry["settled_on"] >= invoice["issued_on"]
        settled[entry["invoice"]] += entry["amount_minor"]
        used[entry["receipt"] or entry["credit_note"] or "-"] += entry["amount_minor"]
    assert all(minor <= invoices[key]["amount_minor"] for key, minor in settled.items())
    for name, key in (("receipts", "receipt"), ("credit_notes", "credit_note")):
        assert all(used[r[key]] <= r["amount_minor"] for r in getattr(made, name).to_pylist())


def test_due_dates_follow_the_terms() -> None:
    made = market()
    calendar = BusinessCalendar()
    for entry in made.invoices.slice(0, 200).to_pylist():
        (instalment,) = parse_terms(entry["terms"]).schedule(entry["issued_on"], entry["amount_minor"], calendar)
        assert (instalment.due_on, instalment.discount_on) == (entry["due_on"], entry["discount_on"])
        if entry["discount_on"]:
            assert instalment.discount_minor == entry["discount_minor"]


def test_few_are_large_and_sales_have_seasons() -> None:
    made = market()
    bought = Counter[str]()
    for entry in made.invoices.to_pylist():
        bought[entry["customer"]] += entry["amount_minor"]
    ranked = [minor for _, minor in bought.most_common()]
    assert sum(ranked[: len(ranked) // 5]) > 0.5 * sum(ranked)
    weekdays = np.asarray(made.invoices["issued_on"]).astype("datetime64[D]").astype(int)
    assert ((weekdays + 3) % 7 == 6).sum() == 0


def test_the_rules_find_the_payers_that_were_drawn() -> None:
    made = market()
    with market_book(made) as book:
        seen: list[str] = []
        plan = plan_day(book, made.end, standard(), progress=seen.append)
        (whole,) = book.rows(totals(book, made.end))
        (flow,) = book.rows(roll_forward(book, made.start, made.end))
    assert tuple(seen) == PHASES
    truth = dict(zip(made.customers["customer"].to_pylist(), made.customers["payer_type"].to_pylist(), strict=True))
    found = {r["number"]: r["segment"] for r in plan.customers.to_pylist()}
    for payer, least in (
        ("insolvent", 1.0),
        ("too_new", 1.0),
        ("cash_strapped", 0.6),
        ("strategic", 0.5),
        ("prompt", 0.6),
    ):
        own = [number for number, kind in truth.items() if kind == payer]
        assert sum(found[number] == payer for number in own) >= least * len(own), payer
    (total,) = plan.totals.to_pylist()
    assert total["total_minor"] == whole["total"] == flow["closing_minor"]
    assert flow["allocations_minor"] == 0 and flow["opening_minor"] == 0
    worth = [r["per_minute_base_minor"] for r in plan.worklist.to_pylist()]
    assert worth == sorted(worth, reverse=True) and worth[0] > 0
    assert total["at_risk_minor"] <= total["collectable_overdue_minor"] <= total["overdue_minor"]
    assert total["dso"] is not None and 20 < total["dso"] < 80


def test_a_past_day_is_planned_from_what_was_known_then() -> None:
    made = market()
    day = made.end - dt.timedelta(days=100)
    noon = dt.datetime(day.year, day.month, day.day, 23, tzinfo=dt.UTC)
    with market_book(made) as book:
        then = plan_day(book, day, standard(), known_at=noon)
        again = plan_day(book, day, standard(), known_at=noon)
    assert then.worklist.equals(again.worklist) and then.customers.equals(again.customers)
    assert then.totals.equals(again.totals)


def test_a_market_that_is_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="10 customers"):
        simulate(1, customers=3)
