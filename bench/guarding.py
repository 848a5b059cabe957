"""The guard for one act and for a million items, and late charges on a million late invoices."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

from .figures import Figure
from .timing import interleaved, seconds

ITEMS = 1_000_000
ASKED = 5_000
AS_OF = date(2026, 6, 30)
KNOWN = datetime(2025, 1, 1, tzinfo=UTC)


def measure(size: int) -> list[Figure]:
    """Milliseconds for one act; seconds for the columns of so many items, from Arrow rows to the answer."""
    from openterms.core.collecting.guard import Act, GuardFacts, may_act
    from openterms.portfolio.book.engines import DuckEngine
    from openterms.portfolio.rules.guard import guarded

    one = GuardFacts(
        insolvent=False, hardship=False, paused=False, do_not_contact=False, reachable=True, open_minor=10_000,
        contested_minor=2_000, in_flight_minor=0, planned_minor=0, promised_minor=0, collectable_minor=8_000,
        credit_minor=0, consent_needed=False, consent_given=False, outside_hours=True, rest_day=False, holiday=False,
        contacts_recent=1, contacts_most=7, days_since_contact=3, days_between=1, days_since_talk=8, days_after_talk=1,
        consumer=False, time_barred=False,
    )  # fmt: skip
    scalar = seconds(lambda: [may_act(Act.CALL, one) for _ in range(ASKED)]) / ASKED * 1_000
    engine = DuckEngine()
    facts = engine.materialise(engine.from_arrow(_facts(ITEMS)))

    def columns() -> None:
        engine.drop(engine.materialise(guarded(facts, Act.CALL, engine).select("item", "allowed", "refused")))

    whole = interleaved(3, columns=columns)["columns"]
    return [
        Figure("guard", "one act", scalar, "ms", most=1),
        Figure("guard", f"{ITEMS:,} items over columns", whole, "s", most=2),
        *_charges(),
    ]


def _facts(count: int) -> Any:
    """Facts of so many open items, drawn by dice."""
    import pyarrow as pa

    dice = random.Random(1)  # noqa: S311 no secrets
    opened = [dice.randrange(100, 10**7) for _ in range(count)]
    contested = [minor if dice.random() < 0.05 else 0 for minor in opened]
    flags = ("insolvent", "hardship", "paused", "do_not_contact", "placed", "outside_hours", "rest_day", "holiday")
    columns = {name: pa.array([dice.random() < 0.03 for _ in range(count)]) for name in flags}
    columns |= {
        "item": pa.array(range(count)),
        "open_minor": pa.array(opened),
        "contested_minor": pa.array(contested),
        "collectable_minor": pa.array([whole - part for whole, part in zip(opened, contested, strict=True)]),
        "credit_minor": pa.array([dice.choice((0, 0, 0, 10**6)) for _ in range(count)]),
        "contacts_recent": pa.array([dice.randrange(9) for _ in range(count)]),
        "contacts_most": pa.array([7] * count),
    }
    return pa.table(columns)


def _charges() -> list[Figure]:
    """A million late invoices of a hundred thousand customers in three countries; some paid in part, some disputed."""
    import pyarrow as pa

    from openterms.apps.parties.jurisdictions import pack_of, shipped_rates
    from openterms.core.receivables.late_charge_law import Agreed, charge_terms
    from openterms.portfolio.book.book import Book
    from openterms.portfolio.rules.late_charge_lines import CHARGED, late_charge_lines
    from openterms.portfolio.rules.late_charges import late_charges

    agreed = Agreed("interest_and_lump_sum", "ecb_main", 800, 4_000)
    terms = {(land, "EUR"): charge_terms(agreed, pack_of(land), AS_OF, "EUR") for land in ("DE", "FR", "GB")}
    with Book.from_arrow(_book(ITEMS)) as book:

        def run() -> None:
            book.engine.drop(book.engine.materialise(late_charges(book, AS_OF, terms, shipped_rates())))

        def explained() -> None:
            none = pa.table({name: pa.array([], kind) for name, kind in CHARGED.items()})
            lines = late_charge_lines(book, AS_OF, terms, shipped_rates(), none)
            book.engine.drop(book.engine.materialise(lines))

        return [
            Figure("guard", f"late charges of {ITEMS:,} items", seconds(run), "s", most=10),
            Figure("guard", "the same, explained line by line", seconds(explained), "s"),
        ]


def _book(count: int) -> dict[str, Any]:
    import pyarrow as pa

    from openterms.portfolio.book.tables import TABLES

    dice = random.Random(2)  # noqa: S311 no secrets
    seller = uuid.UUID(int=1).bytes
    customers = [uuid.UUID(int=(2 << 96) + n).bytes for n in range(count // 10)]
    items = [uuid.UUID(int=(3 << 96) + n).bytes for n in range(count)]
    owner = [customers[n // 10] for n in range(count)]
    due = [AS_OF - timedelta(days=dice.randrange(1, 700)) for _ in range(count)]
    amount = [dice.randrange(1_000, 10**7) for _ in range(count)]
    paid, disputed = range(0, count, 10), range(5, count, 50)

    def table(name: str, rows: int, **columns: Any) -> pa.Table:
        made = {}
        for column in TABLES[name].columns:
            values = columns.get(column.name)
            if values is None:
                usual = {"seller_id": seller, "currency": "EUR", "recorded_at": KNOWN, "created_on": KNOWN.date(),
                         "name": "N", "instalment": 1, "base_minor": 0}.get(column.name)  # fmt: skip
                values = [usual] * rows
            kind = pa.binary(16) if column.kind == "uuid" else column.arrow_type
            made[column.name] = pa.array(values, kind)
        return pa.table(made)

    return {
        "customers": table("customers", len(customers), customer_id=customers, number=["n"] * len(customers),
                           country=[("DE", "FR", "GB")[n % 3] for n in range(len(customers))]),
        "items": table("items", count, item_id=items, customer_id=owner, kind=["invoice"] * count, due_on=due,
                       issued_on=[day - timedelta(days=30) for day in due], amount_minor=amount,
                       number=["n"] * count),
        "settlements": table("settlements", len(paid), settlement_id=[items[n] for n in paid],
                             item_id=[items[n] for n in paid], customer_id=[owner[n] for n in paid],
                             kind=["cash"] * len(paid), settled_on=[due[n] + timedelta(days=20) for n in paid],
                             amount_minor=[amount[n] // 2 for n in paid]),
        "claims": table("claims", len(disputed), item_id=[items[n] for n in disputed],
                        customer_id=[owner[n] for n in disputed], kind=["contested"] * len(disputed),
                        amount_minor=[amount[n] // 3 for n in disputed], starts_on=[due[n] for n in disputed],
                        ends_on=[due[n] + timedelta(days=40) for n in disputed]),
    }  # fmt: skip
