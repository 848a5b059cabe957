"""A back-test of a million authorisations, from Arrow rows to the answer, and what columns save over one by one."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from .figures import Figure

ORDERS = 1_000_000
CASES = 50_000
CUSTOMERS = 5_000
SCALAR = 20_000
FIRST = datetime(2025, 1, 1, 9, tzinfo=UTC)


def measure(size: int) -> list[Figure]:
    """Seconds for a million orders answered under two rule books and summed up; rates of both readers."""
    from openterms.core.credit.orders import Rules
    from openterms.portfolio.book.book import Book
    from openterms.portfolio.book.orders import registered
    from openterms.portfolio.rules.orders import authorised
    from openterms.portfolio.runs.backtest import answered_twice, later, summary

    before = Rules(overdue_days=30, overdue_minor=10_000, materiality_bp=100, allows_part_approval=True)
    after = Rules(overdue_days=30, overdue_minor=1_000, materiality_bp=50, least_minor=5_000)
    rows, customers = _orders(ORDERS), [str(uuid.UUID(int=n)) for n in range(CUSTOMERS)]
    with Book.from_arrow({"customers": _customers(customers)}) as book:
        engine = book.engine

        def run() -> None:
            answered = answered_twice(registered(rows, engine), before, after, engine)
            summary(answered, later(book, date(2026, 6, 30)), book.customers, engine)

        def one_after_the_other() -> None:
            answered = answered_twice(registered(rows, engine), before, after, engine, held_days=45)
            summary(answered, later(book, date(2026, 6, 30)), book.customers, engine)

        def once() -> None:
            found = authorised(registered(rows, engine), after, engine)
            engine.drop(engine.materialise(found.select("order_id", "status", "approved_minor", "reasons")))

        whole, columns, followed = _seconds(run), _seconds(once), _seconds(one_after_the_other, 1)
        scalar = _one_by_one(rows, after)
        figures = [
            Figure("backtest", f"{ORDERS:,} authorisations", whole, "s", most=30),
            Figure("backtest", f"{ORDERS:,}, each changes what the next finds", followed, "s", most=30),
            Figure("backtest", "orders over columns, one rule book", ORDERS / columns, "/s"),
            Figure("backtest", "orders one by one", scalar, "/s"),
            Figure("backtest", "columns over one by one", ORDERS / columns / scalar, "times"),
        ]
        return figures + _decisions(engine)


def _decisions(engine: Any) -> list[Figure]:
    """Decisions of the wholesale example by both readers."""
    from importlib.resources import files

    import pyarrow as pa

    from openterms.core.credit.decisions import decide
    from openterms.core.credit.policy import read_policy
    from openterms.portfolio.rules.decisions import ARROW, decided

    from .deciding import _facts

    text = (files("openterms.core.credit") / "examples/wholesale.yaml").read_text(encoding="utf-8")
    policy = read_policy(text)
    few = [_facts(policy, random.Random(seed)) for seed in range(1_000)]  # noqa: S311 - cases, no secrets
    cases = few * (CASES // len(few))
    facts = pa.table({n: pa.array([c[n] for c in cases], ARROW[f.type]) for n, f in policy.facts.items()})
    facts = facts.append_column("case_id", pa.array(range(CASES)))

    def columns() -> None:
        engine.drop(engine.materialise(decided(engine.from_arrow(facts), policy, engine)))

    def one_by_one() -> None:
        for case in few:
            decide(case, policy, alternatives=False)

    many, scalar = CASES / _seconds(columns), len(few) / _seconds(one_by_one)
    return [
        Figure("backtest", f"wholesale, {CASES:,} decisions over columns", many, "/s"),
        Figure("backtest", "wholesale, columns over one by one", many / scalar, "times"),
    ]


def _orders(count: int) -> Any:
    """Orders of many customers, some over their limit, some late, as the loader gives them."""
    import pyarrow as pa

    dice = random.Random(7)  # noqa: S311 - cases, no secrets
    customers = [str(uuid.UUID(int=n)) for n in range(CUSTOMERS)]
    places = [dice.randrange(CUSTOMERS) for _ in range(count)]
    at = [FIRST + timedelta(minutes=n // 2) for n in range(count)]
    asked = [dice.choice((900, 12_000, 55_000, 240_000)) for _ in range(count)]
    return pa.table(
        {
            "order_id": [str(uuid.UUID(int=n)) for n in range(count)],
            "customer_id": [customers[place] for place in places],
            "order_ref": [f"O-{n}" for n in range(count)],
            "currency": ["EUR"] * count,
            "ordered_on": pa.array([one.date() for one in at], pa.date32()),
            "ordered_at": pa.array(at, pa.timestamp("us", tz="UTC")),
            "asked_minor": asked,
            "line_currency": ["EUR"] * count,
            "limit_minor": [dice.choice((100_000, 500_000, 5_000_000)) for _ in range(count)],
            "exposure_minor": [dice.randrange(400_000) for _ in range(count)],
            "overdue_minor": [dice.choice((0, 0, 0, 5_000, 20_000)) for _ in range(count)],
            "days_overdue": [dice.choice((0, 31, 45)) for _ in range(count)],
            "open_minor": [dice.randrange(400_000) for _ in range(count)],
        }
    )


def _customers(numbers: list[str]) -> Any:
    import pyarrow as pa

    from openterms.portfolio.book.tables import CUSTOMERS as SPEC

    filled = {"customer_id": numbers, "seller_id": [str(uuid.UUID(int=1))] * len(numbers)}
    nothing = {"uuid": None, "date": None, "instant": None}
    return pa.table(
        {
            column.name: pa.array(
                filled.get(column.name, [nothing.get(column.kind, "x")] * len(numbers)),
                pa.string() if column.kind == "uuid" else column.arrow_type,
            )
            for column in SPEC.columns
        }
    )


def _one_by_one(rows: Any, rules: Any) -> float:
    """Orders a second that the core answers, its values made beforehand."""
    from openterms.core.credit.exposure import Headroom, Limit
    from openterms.core.credit.orders import Request, Standing, authorise

    asked = []
    for row in rows.slice(0, SCALAR).to_pylist():
        request = Request(
            order=row["order_ref"], minor=row["asked_minor"], currency="EUR", at=row["ordered_at"], on=row["ordered_on"]
        )
        standing = Standing(
            line_currency="EUR", headroom=Headroom(Limit(row["limit_minor"]), row["exposure_minor"]),
            overdue_minor=row["overdue_minor"], days_overdue=row["days_overdue"], open_minor=row["open_minor"],
        )  # fmt: skip
        asked.append((request, standing))
    return SCALAR / _seconds(lambda: [authorise(request, standing, rules) for request, standing in asked])


def _seconds(do: Callable[[], Any], rounds: int = 2) -> float:
    best = float("inf")
    for _ in range(rounds):
        started = time.perf_counter()
        do()
        best = min(best, time.perf_counter() - started)
    return best
