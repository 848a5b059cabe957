"""Small random books as plain rows, and how to make a `Book` of them."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from typing import Any

import pyarrow as pa

from openterms.portfolio.book.book import Book
from openterms.portfolio.book.engines import DuckEngine, Engine
from openterms.portfolio.book.tables import CLAIM_KINDS, TABLES

Row = dict[str, Any]
Rows = dict[str, list[Row]]

AS_OF = dt.date(2026, 6, 30)
SELLER = uuid.UUID(int=1)
CURRENCIES = ("USD", "KWD")
BASE_PER_UNIT = {"USD": (1, 1), "KWD": (13, 40)}


def identifier(kind: int, number: int) -> uuid.UUID:
    return uuid.UUID(int=(kind << 96) + number)


def noon(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, 12, tzinfo=dt.UTC)


def base(minor: int, currency: str) -> int:
    n, d = BASE_PER_UNIT[currency]
    return minor * n // d


def empty_rows() -> Rows:
    return {name: [] for name in TABLES}


def row(table: str, **values: Any) -> Row:
    """A row with the given values, nulls where it may be null, and defaults for the rest."""
    defaults: Row = {"seller_id": SELLER, "recorded_at": noon(dt.date(2020, 1, 1)), "currency": "USD", "instalment": 1}
    defaults |= {"created_on": dt.date(2020, 1, 1), "country": "US", "name": "Name", "is_unlimited": False}
    names = {column.name for column in TABLES[table].columns}
    return dict.fromkeys(names) | {k: v for k, v in defaults.items() if k in names} | values


def to_arrow(rows: Rows) -> dict[str, pa.Table]:
    """Rows as Arrow, identifiers as text."""
    tables = {}
    for name, spec in TABLES.items():
        columns = {}
        for column in spec.columns:
            values = [entry[column.name] for entry in rows.get(name, [])]
            if column.kind == "uuid":
                columns[column.name] = pa.array([None if v is None else str(v) for v in values], pa.string())
            else:
                columns[column.name] = pa.array(values, column.arrow_type)
        tables[name] = pa.table(columns)
    return tables


def to_book(rows: Rows, engine: Engine | None = None) -> Book:
    return Book.from_arrow(to_arrow(rows), engine or DuckEngine(threads=1))


def random_rows(seed: int, customers: int = 6, items: int = 50) -> Rows:
    """A book with everything in it: part payments, reversals, credits, claims, late knowledge, two currencies."""
    dice = random.Random(seed)
    rows = empty_rows()
    for number in range(customers):
        rows["customers"].append(
            row(
                "customers",
                customer_id=identifier(2, number),
                number=f"C{number}",
                group_id=identifier(3, number % 3) if number % 2 else None,
                country=dice.choice(("US", "GB", "SA")),
                insolvent_on=AS_OF - dt.timedelta(days=9) if dice.random() < 0.1 else None,
                paused_until=AS_OF + dt.timedelta(days=dice.randint(-2, 2)) if dice.random() < 0.2 else None,
            )
        )
        if dice.random() < 0.7:
            rows["lines"].append(_line(dice, number))
    for number in range(items):
        _add_item(dice, rows, number, customers)
    for item in rows["items"]:
        effects = [one for one in rows["settlements"] if one["item_id"] == item["item_id"]]
        item["settled_on"] = _settled_on(item, effects)
    return rows


def _settled_on(item: Row, settlements: list[Row]) -> dt.date | None:
    """The day from which nothing of an item is open, everything known that is known by now."""
    if sum(one["amount_minor"] for one in settlements) != item["amount_minor"]:
        return None
    return max(one["settled_on"] for one in settlements)  # type: ignore[no-any-return]


def _line(dice: random.Random, customer: int) -> Row:
    unlimited = dice.random() < 0.2
    return row(
        "lines",
        customer_id=identifier(2, customer),
        limit_minor=None if unlimited else dice.choice((0, 50_000, 1_000_000)),
        is_unlimited=unlimited,
        valid_from=AS_OF - dt.timedelta(days=dice.randint(-3, 300)),
        valid_to=AS_OF + dt.timedelta(days=dice.randint(-1, 9)) if dice.random() < 0.3 else None,
    )


def _add_item(dice: random.Random, rows: Rows, number: int, customers: int) -> None:
    kind = dice.choices(("invoice", "credit_note", "receipt", "late_fee"), (12, 2, 3, 1))[0]
    issued = AS_OF - dt.timedelta(days=dice.randint(-5, 420))
    due = issued + dt.timedelta(days=dice.choice((0, 14, 30, 60))) if kind in ("invoice", "late_fee") else issued
    currency = dice.choices(CURRENCIES, (4, 1))[0]
    amount = dice.choice((1, 99, 12_345, 400_000, 10**11))
    item = row(
        "items",
        item_id=identifier(4, number),
        customer_id=identifier(2, dice.randrange(customers)),
        kind=kind,
        number=f"N{number}",
        issued_on=issued,
        due_on=due,
        currency=currency,
        amount_minor=amount,
        base_minor=base(amount, currency),
        recorded_at=noon(issued + dt.timedelta(days=dice.randint(0, 3))),
    )
    rows["items"].append(item)
    _add_settlements(dice, rows, item)
    if kind == "invoice" and dice.random() < 0.5:
        _add_claims(dice, rows, item)
    if kind == "invoice" and dice.random() < 0.4:
        _add_touches(dice, rows, item)


def _add_settlements(dice: random.Random, rows: Rows, item: Row) -> None:
    left = item["amount_minor"]
    day = item["issued_on"]
    while left and dice.random() < 0.75:
        day = day + dt.timedelta(days=dice.choice((0, 3, 20, 45)))
        part = left if dice.random() < 0.6 else dice.randint(1, left)
        kind = dice.choices(("cash", "credit", "discount", "small_difference", "refund"), (8, 2, 1, 1, 1))[0]
        left -= part
        _settle(dice, rows, item, day, part, kind)
        if dice.random() < 0.1:
            day = day + dt.timedelta(days=dice.randint(0, 5))
            left += part
            _settle(dice, rows, item, day, -part, kind)


def _settle(dice: random.Random, rows: Rows, item: Row, day: dt.date, minor: int, kind: str) -> None:
    rows["settlements"].append(
        row(
            "settlements",
            settlement_id=identifier(5, len(rows["settlements"])),
            item_id=item["item_id"],
            customer_id=item["customer_id"],
            kind=kind,
            currency=item["currency"],
            settled_on=day,
            amount_minor=minor,
            base_minor=base(minor, item["currency"]),
            recorded_at=noon(day + dt.timedelta(days=dice.randint(0, 4))),
        )
    )


def _add_claims(dice: random.Random, rows: Rows, item: Row) -> None:
    for _ in range(dice.randint(1, 3)):
        starts = item["issued_on"] + dt.timedelta(days=dice.randint(1, 60))
        ends = starts + dt.timedelta(days=dice.randint(1, 90)) if dice.random() < 0.5 else None
        kind = dice.choice(CLAIM_KINDS)
        rows["claims"].append(
            row(
                "claims",
                item_id=item["item_id"],
                customer_id=item["customer_id"],
                kind=kind,
                amount_minor=dice.randint(1, item["amount_minor"] + 10),
                starts_on=starts,
                ends_on=ends,
                recorded_at=noon(starts),
                ended_recorded_at=noon(ends + dt.timedelta(days=dice.randint(0, 5))) if ends else None,
            )
        )
        if kind == "promised":
            _add_promise(dice, rows, rows["claims"][-1], item["currency"])


def _add_promise(dice: random.Random, rows: Rows, claim: Row, currency: str) -> None:
    """A promise with all its states: made, often broken, now and then kept after all by money booked late."""
    starts, ends = claim["starts_on"], claim["ends_on"]
    states = [("pending", starts, noon(starts))]
    if ends is not None and dice.random() < 0.6:
        states.append((dice.choice(("broken", "part_kept")), ends, noon(ends)))
        if dice.random() < 0.3:
            later = ends + dt.timedelta(days=dice.randint(0, 40))
            states.append(("kept", later, noon(later) + dt.timedelta(hours=1)))
    number = len({entry["promise_id"] for entry in rows["promises"]})
    for place, (state, on, recorded_at) in enumerate(states, 1):
        rows["promises"].append(
            row(
                "promises",
                promise_id=identifier(6, number),
                customer_id=claim["customer_id"],
                currency=currency,
                amount_minor=claim["amount_minor"],
                promised_for=ends or starts,
                made_on=starts,
                state=state,
                state_on=on,
                state_number=place,
                recorded_at=recorded_at,
            )
        )


def _add_touches(dice: random.Random, rows: Rows, item: Row) -> None:
    day = item["due_on"]
    for kind in dice.choice((("courtesy",), ("reminder", "call"), ("reminder", "call", "firm_letter", "final_notice"))):
        day = day + dt.timedelta(days=dice.randint(1, 12))
        rows["touches"].append(
            row(
                "touches",
                customer_id=item["customer_id"],
                item_id=item["item_id"],
                kind=kind,
                touched_on=day,
                recorded_at=noon(day),
            )
        )
