"""An expression as a function gives what evaluation gives, missing values included."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openterms.core.base.errors import BadInput
from openterms.core.base.expressions import Value, code, flag, parse, vocabulary, whole

FACTS = vocabulary(
    whole("days", -1_000, 1_000), whole("few", 0, 4), flag("paused"), code("segment", ("a", "b")), code("currency")
)
NUMBERS = st.recursive(
    st.sampled_from(("days", "few", "0", "-7", "30")),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map("({0[0]} {0[1]} {0[2]})".format),
        st.tuples(inner, inner).map("min({0[0]}, {0[1]}, few)".format),
        st.tuples(inner, inner).map("max({0[0]}, {0[1]})".format),
        inner.map("abs({})".format),
        inner.map("(-{})".format),
        inner.map("({} // 7)".format),
        st.tuples(inner, inner).map("({0[0]} if paused else {0[1]})".format),
    ),
    max_leaves=6,
)
TRUTHS = st.recursive(
    st.one_of(
        st.sampled_from(
            ("paused", "segment == 'a'", "'EUR' != currency", "segment in ('a',)", "few in (1, 3)", "True")
        ),
        st.tuples(NUMBERS, st.sampled_from(("<", "<=", "==", "!=", ">", ">=")), NUMBERS).map(" ".join),
        st.tuples(st.sampled_from(("<", "<=", "==", "!=", ">", ">=")), NUMBERS).map("30 {0[0]} {0[1]}".format),
        NUMBERS.map("{} is None".format),
        NUMBERS.map("0 <= {} < 30".format),
    ),
    lambda inner: st.one_of(
        inner.map("(not {})".format),
        st.tuples(inner, inner).map("({0[0]} and {0[1]})".format),
        st.tuples(inner, inner, inner).map("({0[0]} or {0[1]} or {0[2]})".format),
        st.tuples(inner, inner, inner).map("({0[0]} if {0[1]} else {0[2]})".format),
        inner.map("('x' if {} else segment) == 'x'".format),
    ),
    max_leaves=6,
)


def drawn(dice: random.Random) -> dict[str, Value]:
    values: dict[str, Value] = {
        "days": dice.choice((-1_000, -7, 0, 29, 30, 31, 1_000)),
        "few": dice.randint(0, 4),
        "paused": dice.random() < 0.5,
        "segment": dice.choice("ab"),
        "currency": dice.choice(("EUR", "SAR")),
    }
    return {name: None if dice.random() < 0.25 else value for name, value in values.items()}


@settings(max_examples=150, deadline=None)
@given(st.one_of(NUMBERS, TRUTHS), st.integers(0, 10**6))
def test_a_function_gives_what_evaluation_gives(source: str, seed: int) -> None:
    try:
        expression = parse(source, FACTS)
    except BadInput:  # beyond 64 bits
        return
    reader, dice = expression.reader(), random.Random(seed)
    for _ in range(25):
        values = drawn(dice)
        expected = expression.evaluate(values)
        assert (reader(values), type(reader(values))) == (expected, type(expected)), values


@pytest.mark.parametrize("count", [2, 3, 5])
def test_what_decides_stops_the_reading(count: int) -> None:
    """``False and ...`` reads no further, so a long policy costs what it needs."""

    class Once(dict[str, Value]):
        reads = 0

        def __getitem__(self, name: str) -> Value:
            self.reads += 1
            return super().__getitem__(name)

    values = Once(paused=False)
    assert parse(" and ".join(["paused"] * count), FACTS).reader()(values) is False
    assert values.reads <= 1
