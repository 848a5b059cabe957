"""Which lines are due for review over a whole book is what the core says of one line after the other."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from openterms.core.credit import reviews as core
from openterms.core.credit.policy import Policy
from openterms.portfolio.book.tables import TableSpec
from openterms.portfolio.rules.reviews import BUREAU, CLOSED, FROM_DAY, LAPSING, LINES, Watched
from openterms.portfolio.runs.day import plan_day
from tests.core.collecting.strategy import standard
from tests.core.credit.policies import small as small_policy
from tests.portfolio.books import AS_OF, CURRENCIES, Row, Rows, identifier, random_rows, to_book

REVIEWS = {
    "cadence": [
        {"when": "risk_class == 'B' or judgments > 0", "every_months": 6},
        {"when": "suggested_limit_minor >= 1000", "every_months": 12},
    ],
    "triggers": [
        {"trigger": "bureau", "watch": "bureau", "score_drop": 20, "limit_drop_bp": 2500, "act": "review",
         "meaning": "Worse."},
        {"trigger": "slower", "watch": "behaviour", "days": 60, "slower_cd": 500, "late_rise_bp": 1000,
         "act": "review", "meaning": "Slower."},
        {"trigger": "slow_year", "watch": "behaviour", "days": 200, "slower_cd": 1, "act": "hold", "meaning": "Slow."},
        {"trigger": "used", "watch": "utilisation", "above_bp": 9000, "act": "review", "meaning": "Used."},
        {"trigger": "broken", "watch": "promises", "times": 1, "days": 90, "act": "review", "meaning": "Broken."},
        {"trigger": "dormant", "watch": "dormant", "days": 30, "act": "reduce", "meaning": "Dormant."},
        {"trigger": "papers", "watch": "documents", "ahead_days": 14, "act": "review", "meaning": "Expired."},
        {"trigger": "cover", "watch": "cover", "ahead_days": 0, "act": "reduce", "meaning": "Lapsed."},
        {"trigger": "judged", "when": "judgments > 1 and not insolvent", "act": "hold", "meaning": "Judged."},
        {"trigger": "trend", "when": "dbt_trend_cd > 0 or paid_invoices == 0", "act": "review", "meaning": "Trend."},
        {"trigger": "always", "when": "True", "act": "review", "quiet_days": 30, "meaning": "Each month."},
    ],
}  # fmt: skip


def policy() -> Policy:
    facts = {"use": ["insolvent", "days_overdue", "bureau_score", "deposit_minor", "judgments", "dbt_trend_cd",
                     "paid_invoices"]}  # fmt: skip
    return small_policy(facts=facts, reviews=REVIEWS)


def table(spec: TableSpec, rows: Iterable[Row]) -> pa.Table:
    several = list(rows)
    return pa.table({
        one.name: pa.array([str(row[one.name]) if one.kind == "uuid" else row[one.name] for row in several],
                           pa.string() if one.kind == "uuid" else one.arrow_type)
        for one in spec.columns
    })  # fmt: skip


def days_ago(dice: random.Random, most: int, least: int = 0) -> dt.date:
    return AS_OF - dt.timedelta(days=dice.randint(least, most))


def drawn(dice: random.Random, customers: int) -> dict[str, list[Row]]:
    lines, bureau, papers, covers, closed, given_facts = [], [], [], [], [], []
    for customer in (identifier(2, number) for number in range(customers)):
        for currency in CURRENCIES:
            if dice.random() < 0.7:
                lines.append({
                    "customer_id": customer, "currency": currency, "looked_on": days_ago(dice, 420),
                    "every_months": dice.choice((None, None, 3, 12)), "risk_class": dice.choice((None, "A", "B")),
                    "limit_minor": dice.choice((None, 0, 50_000, 10**6, 10**11)),
                    "suggested_limit_minor": dice.choice((None, 0, 5000)),
                    "ordered_on": dice.choice((None, days_ago(dice, 60))),
                })  # fmt: skip
            if dice.random() < 0.5:
                given_facts.append({"customer_id": customer, "currency": currency, "judgments": dice.choice((0, 1, 3))})
            if dice.random() < 0.4:
                closed.append({"customer_id": customer, "currency": currency, "closed_on": days_ago(dice, 120),
                               "trigger": dice.choice(("always", "used", "dormant", "slower"))})  # fmt: skip
        if dice.random() < 0.6:
            bureau.append({
                "customer_id": customer, "currency": dice.choice((*CURRENCIES, None)),
                "received_on": days_ago(dice, 200),
                **{name: dice.choice((None, 40, 60, 75, 100)) for name in
                   ("score", "score_before", "limit_minor", "limit_before_minor")},
            })  # fmt: skip
        for several in (papers, covers):
            for _ in range(dice.randint(0, 3)):
                until = dice.choice((None, *(days_ago(dice, 90, -30) for _ in range(5))))
                several.append({"customer_id": customer, "kind": dice.choice("ab"), "until": until})
    return {"lines": lines, "bureau": bureau, "documents": papers, "covers": covers, "closed": closed,
            "given": given_facts}  # fmt: skip


def columns_of(small: dict[str, list[Row]], found: Policy) -> Watched:
    given_table = pa.table({
        "customer_id": pa.array([str(row["customer_id"]) for row in small["given"]], pa.string()),
        "currency": pa.array([row["currency"] for row in small["given"]], pa.string()),
        "judgments": pa.array([row["judgments"] for row in small["given"]], pa.int64()),
    })  # fmt: skip
    return Watched(
        dict.fromkeys(CURRENCIES, found.reviews), table(LINES, small["lines"]), table(BUREAU, small["bureau"]),
        table(LAPSING, small["documents"]), table(LAPSING, small["covers"]), table(CLOSED, small["closed"]),
        given_table,
    )  # fmt: skip


def payments(rows: Rows, customer: Any, currency: str) -> Iterable[core.Payment]:
    for item in rows["items"]:
        if (item["customer_id"], item["currency"], item["kind"]) != (customer, currency, "invoice"):
            continue
        effects = [s for s in rows["settlements"] if s["item_id"] == item["item_id"] and s["settled_on"] <= AS_OF]
        is_paid = sum(one["amount_minor"] for one in effects) == item["amount_minor"]
        days = [one["settled_on"] for one in effects if one["amount_minor"] > 0]
        if item["issued_on"] <= AS_OF and is_paid and days:
            yield core.Payment(max(days), (max(days) - item["due_on"]).days, item["amount_minor"])


def broken(rows: Rows, customer: Any, currency: str) -> Iterable[dt.date]:
    for promise in {one["promise_id"] for one in rows["promises"]}:
        states = [one for one in rows["promises"] if one["promise_id"] == promise and one["state_on"] <= AS_OF]
        last = max(states, key=lambda one: one["state_number"], default=None)
        is_mine = last and (last["customer_id"], last["currency"]) == (customer, currency)
        if is_mine and last["state"] in ("broken", "part_kept"):
            yield last["state_on"]


def one_by_one(rows: Rows, small: dict[str, list[Row]], found: Policy, day_rows: list[Row]) -> set[tuple[Any, ...]]:
    """What the core says of each line."""
    answers: set[tuple[Any, ...]] = set()
    for line in small["lines"]:
        customer, currency = line["customer_id"], line["currency"]
        if line["limit_minor"] == 0:
            continue
        mine = [one for one in day_rows if (one["customer_id"], one["currency"]) == (str(customer), currency)]
        figures = mine[0] if mine else {}
        facts = {name: figures.get(column) for name, column in FROM_DAY.items()}
        insolvent = next(one["insolvent_on"] for one in rows["customers"] if one["customer_id"] == customer)
        facts |= {"insolvent": insolvent is not None and insolvent <= AS_OF, "risk_class": line["risk_class"],
                  "suggested_limit_minor": line["suggested_limit_minor"]}  # fmt: skip
        facts |= {one.name: None for one in found.facts.values() if one.name not in facts}
        for one in small["given"]:
            if (one["customer_id"], one["currency"]) == (customer, currency):
                facts["judgments"] = one["judgments"]
        issued = [i["issued_on"] for i in rows["items"] if i["kind"] == "invoice" and i["issued_on"] <= AS_OF
                  and (i["customer_id"], i["currency"]) == (customer, currency)]  # fmt: skip
        active = [*issued, *([line["ordered_on"]] if line["ordered_on"] else [])]
        told = next((one for one in small["bureau"] if one["customer_id"] == customer), None)
        names = ("received_on", "score", "score_before", "limit_minor", "limit_before_minor")
        change = core.BureauChange(**{name: told[name] for name in names}) if told else None
        if told and change and told["currency"] != currency:
            change = core.BureauChange(change.received_on, change.score, change.score_before)
        watched = core.WatchedLine(
            as_of=AS_OF, looked_on=line["looked_on"], limit_minor=line["limit_minor"],
            exposure_minor=figures.get("exposure_minor", 0), payments=tuple(payments(rows, customer, currency)),
            bureau=change, active_on=max(active, default=None), broken_on=tuple(broken(rows, customer, currency)),
            documents=tuple(lapsing(small["documents"], customer)), covers=tuple(lapsing(small["covers"], customer)),
            facts=facts, closed={one["trigger"]: one["closed_on"] for one in small["closed"]
                                 if (one["customer_id"], one["currency"]) == (customer, currency)},
        )  # fmt: skip
        for one in core.fired(found.reviews, watched):
            answers |= {
                (str(customer), currency, one.trigger, f.name, f.before, f.after, f.threshold) for f in one.figures
            }
        months = line["every_months"] or core.every_months(found.reviews, facts)
        if months is not None and core.next_on(line["looked_on"], months) <= AS_OF:
            idle = (AS_OF - line["looked_on"]).days
            answers.add((str(customer), currency, core.CADENCE, "days_since_look", None, idle, None))
    return answers


def lapsing(several: list[Row], customer: Any) -> Iterable[core.Lapsing]:
    return (core.Lapsing(one["kind"], one["until"]) for one in several if one["customer_id"] == customer)


@settings(max_examples=5, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.integers(0, 10**9))
def test_lines_due_by_columns_and_one_by_one(seed: int) -> None:
    agree(seed)


@pytest.mark.deep
def test_many_lines_due_by_columns_and_one_by_one() -> None:
    for seed in range(100, 140):
        agree(seed)


def agree(seed: int) -> None:
    dice, found = random.Random(seed), policy()
    rows = random_rows(seed, 5, 60)
    small = drawn(dice, 5)
    with to_book(rows) as book:
        plan = plan_day(book, AS_OF, standard(), watched=columns_of(small, found))
    names = ("customer_id", "currency", "trigger", "measure", "before", "after", "threshold")
    columnar = {tuple(one[name] for name in names) for one in plan.reviews.to_pylist()}
    assert columnar == one_by_one(rows, small, found, plan.customers.to_pylist())


def test_a_day_without_policies_asks_for_no_review() -> None:
    with to_book(random_rows(3)) as book:
        assert plan_day(book, AS_OF, standard()).reviews.num_rows == 0
