"""One answer to an order, two readers: tables of orders are answered as the core answers one by one."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openterms.core.credit.exposure import Headroom, Limit
from openterms.core.credit.orders import (
    EXEMPTIBLE,
    OVERRIDABLE,
    REFERRED,
    LineState,
    Override,
    Purchaser,
    Request,
    Rules,
    Standing,
    authorise,
)
from openterms.portfolio.book.engines import DuckEngine
from openterms.portfolio.book.orders import ORDERS, registered
from openterms.portfolio.rules.orders import authorised

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
TODAY = NOW.date()
AMOUNTS = (0, 1, 99, 100, 101, 5_000, 10_000, 10**12)
Row = dict[str, Any]


def drawn_rules(dice: random.Random) -> Rules:
    def codes(among: frozenset[str], share: float) -> frozenset[str]:
        return frozenset(code for code in sorted(among) if dice.random() < share)

    return Rules(
        allows_part_approval=dice.random() < 0.6,
        overdue_days=dice.choice((None, 0, 30)),
        overdue_minor=dice.choice((0, 100)),
        materiality_bp=dice.choice((0, 100, 5_000)),
        least_minor=dice.choice((0, 0, 100)),
        purchase_order_from_minor=dice.choice((None, None, 100)),
        exemptions={"warranty": codes(EXEMPTIBLE, 0.5), "sample": codes(EXEMPTIBLE, 0.2)},
        referred=dice.choice((REFERRED, codes(REFERRED, 0.5))),
    )


def drawn_row(dice: random.Random) -> Row:
    """An order with what was seen, as columns."""
    asked = dice.choice(AMOUNTS[1:])
    row: Row = {
        "order_id": str(uuid.UUID(int=dice.getrandbits(120))), "customer_id": str(uuid.UUID(int=1)), "order_ref": "O-1",
        "currency": "EUR", "document": dice.choice(("order", "order", "warranty", "sample")), "ordered_on": TODAY,
        "ordered_at": NOW, "asked_minor": asked, "prepaid_minor": dice.choice((0, 0, 0, asked // 2, asked)),
        "already_minor": dice.choice((0, 0, 50)), "has_purchase_order": dice.random() < 0.5,
        "accepts_part": dice.random() < 0.6, "line_currency": dice.choices(("EUR", "USD", None), (8, 1, 1))[0],
        "line_from": _day(dice), "line_until": _day(dice),
        "line_state": dice.choices(("open", "suspended", "cancelled"), (8, 1, 1))[0],
        "is_unlimited": dice.random() < 0.15,
        "exposure_minor": dice.choice((-50, *AMOUNTS)), "has_group_limit": dice.random() < 0.3,
        "group_state": dice.choices(("open", "suspended", "cancelled"), (8, 1, 1))[0], "group_until": _day(dice),
        "group_is_unlimited": dice.random() < 0.2, "group_exposure_minor": dice.choice(AMOUNTS),
        "is_suspended": dice.random() < 0.05, "is_insolvent": dice.random() < 0.05,
        "holds": dice.choices(("", "overdue", "manual overdue"), (8, 1, 1))[0],
        "overdue_minor": dice.choice((0, 0, *AMOUNTS)), "days_overdue": dice.choice((0, 1, 30, 31)),
        "open_minor": dice.choice(AMOUNTS), "needs_purchase_order": dice.random() < 0.2,
        "has_purchaser": dice.random() < 0.3, "may_order": dice.random() < 0.9,
        "most_per_order_minor": dice.choice((None, *AMOUNTS)), "most_per_period_minor": dice.choice((None, *AMOUNTS)),
        "used_minor": dice.choice((0, 60)),
    }  # fmt: skip
    row["limit_minor"] = None if row["is_unlimited"] else dice.choice((None, *AMOUNTS, 10**12, 10**12))
    row["group_limit_minor"] = None if row["group_is_unlimited"] else dice.choice((None, *AMOUNTS))
    if dice.random() < 0.3:
        row |= {
            "override_order": dice.choices(("O-1", "O-2"), (8, 1))[0],
            "override_most_minor": dice.choice((100, 10**13, 10**13)),
            "override_expires_at": NOW + timedelta(minutes=dice.choice((0, 1, 1, 1))),
            "override_codes": " ".join(code for code in sorted(OVERRIDABLE) if dice.random() < 0.7),
        }
    return row


def _day(dice: random.Random) -> date | None:
    return dice.choice((None, None, None, TODAY, TODAY + timedelta(days=dice.choice((-1, 1)))))


def asked_of_core(row: Row, rules: Rules) -> Row:
    """The core's answer in the columns of the other reader."""
    override = None
    if row.get("override_order"):
        override = Override(
            order=row["override_order"], most_minor=row["override_most_minor"], by="someone", reason="it is right",
            expires_at=row["override_expires_at"], codes=frozenset(row["override_codes"].split()),
        )  # fmt: skip
    person = Purchaser(
        may_order=row["may_order"], most_per_order_minor=row["most_per_order_minor"],
        most_per_period_minor=row["most_per_period_minor"], used_minor=row["used_minor"],
    )  # fmt: skip
    request = Request(
        order=row["order_ref"], minor=row["asked_minor"], currency=row["currency"], at=NOW, on=TODAY,
        prepaid_minor=row["prepaid_minor"], already_minor=row["already_minor"], document=row["document"],
        purchase_order="PO" if row["has_purchase_order"] else "", purchaser=person if row["has_purchaser"] else None,
        accepts_part=row["accepts_part"], override=override,
    )  # fmt: skip
    group = Headroom(Limit(row["group_limit_minor"], row["group_is_unlimited"]), row["group_exposure_minor"])
    standing = Standing(
        headroom=Headroom(Limit(row["limit_minor"], row["is_unlimited"]), row["exposure_minor"]),
        group_headroom=group if row["has_group_limit"] else None, holds=tuple(row["holds"].split()),
        **{name: row[name] for name in (
            "line_currency", "line_from", "line_until", "is_suspended", "is_insolvent", "overdue_minor",
            "days_overdue", "open_minor", "needs_purchase_order")},
        line_state=LineState(row["line_state"]), group_state=LineState(row["group_state"]),
        group_until=row["group_until"],
    )  # fmt: skip
    answer = authorise(request, standing, rules)
    return {
        "status": answer.status.value,
        "approved_minor": answer.approved_minor,
        "reasons": " ".join(reason.code for reason in answer.reasons),
        "overridden": " ".join(reason.code for reason in answer.overridden),
    }


def columnar(rows: list[Row], rules: Rules) -> list[Row]:
    engine = DuckEngine(threads=1)
    given_columns = {
        column.name: pa.array(
            [row.get(column.name) for row in rows], pa.string() if column.kind == "uuid" else column.arrow_type
        )
        for column in ORDERS.columns
        if column.name in rows[0] or column.name.startswith("override")
    }
    orders = registered(pa.table(given_columns), engine)
    found = engine.collect(authorised(orders, rules, engine)).to_pylist()
    by_order = {row["order_id"]: row for row in found}
    return [by_order[row["order_id"]] for row in rows]


def agree(seed: int, count: int) -> None:
    dice = random.Random(seed)
    rules, rows = drawn_rules(dice), [drawn_row(dice) for _ in range(count)]
    for row, got in zip(rows, columnar(rows, rules), strict=True):
        wanted = asked_of_core(row, rules)
        assert {name: got[name] for name in wanted} == wanted, (row, rules)


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 10**9))
def test_orders_over_columns_are_answered_as_by_the_core(seed: int) -> None:
    agree(seed, 100)


@pytest.mark.deep
@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**9))
def test_ten_thousand_orders_over_columns_are_answered_as_by_the_core(seed: int) -> None:
    agree(seed, 1_000)
