"""What a minute of work moves: columns and scalar agree."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openterms.core.collecting.priority import Cell, Extra, in_base, movable, waiting, worth
from openterms.portfolio.book.engines import DuckEngine
from openterms.portfolio.rules.priorities import Weights, _movable, _waiting, ladder, per_minute

amounts = st.integers(0, 10**14)
shares = st.integers(0, 10_000)


@pytest.fixture(scope="module")
def engine():
    return DuckEngine(threads=1)


def test_too_little_history_takes_the_sellers_own_share_then_the_default():
    known = pa.table({"segment": ["all", "prompt"], "of_bucket": ["31-60", "1-30"], "bp": [4_000, 500]})
    found = {(row["segment_key"], row["bucket_key"]): (row["bp"], row["next_bp"]) for row in ladder(known).to_pylist()}
    assert found["prompt", "1-30"] == (500, 4_000) and found["prompt", "31-60"] == (4_000, 7_000)
    assert found["strategic", "1-30"] == (3_000, 4_000) and found["strategic", "90+"] == (9_000, 9_000)


@settings(deadline=None, max_examples=12)
@given(st.lists(st.tuples(amounts, amounts, shares, shares), min_size=1, max_size=20))
def test_the_same_over_columns(engine, rows):
    cells = [Cell(amount, min(limited, amount), unpaid, after) for amount, limited, unpaid, after in rows]
    table = engine.from_arrow(pa.table({"at": range(len(cells))} | {
        name: pa.array([getattr(cell, name) for cell in cells], pa.int64()) for name in Cell._fields
    }))  # fmt: skip
    found = engine.collect(table.select(
        "at", moved=_movable(engine, table.collectable_minor, table.unpaid_bp),
        lost=_waiting(engine, table.collectable_minor, table.limited_minor, table.unpaid_bp, table.next_unpaid_bp),
    ).order_by("at")).to_pylist()  # fmt: skip
    assert [(one["moved"], one["lost"]) for one in found] == [(movable(cell), waiting(cell)) for cell in cells]


@settings(deadline=None, max_examples=12)
@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(1, 10**12), st.integers(1, 10**12))
def test_a_minute_of_it_over_columns(engine, moved, lost, owed, base):
    row = {"severity": 2, "movable_minor": moved, "waiting_minor": lost, "owed_minor": owed, "owed_base_minor": base}
    table = engine.from_arrow(pa.table({name: pa.array([value], pa.int64()) for name, value in row.items()}))
    scalar = worth([], Extra(), 0, 480)._replace(movable_minor=moved, waiting_minor=lost)
    expected = in_base(scalar.per_minute_minor, owed, base)
    if expected < 2**50:
        (found,) = engine.collect(per_minute(table, Weights(), engine)).to_pylist()
        assert (found["per_minute_base_minor"], found["work_seconds"]) == (expected, 480)
