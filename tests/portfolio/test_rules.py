"""One meaning, two readers: rules over columns give what core gives row by row."""

from __future__ import annotations

import datetime as dt
import importlib.resources
import random
from typing import Any

import pyarrow as pa
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from openterms.core.base.errors import BadInput
from openterms.core.base.expressions import Expression, Value, code, flag, parse, vocabulary, whole
from openterms.core.collecting.next_step import ItemFacts, TakenStep, customer_step, next_step
from openterms.core.collecting.segments import SEGMENT_FACTS, segment_of
from openterms.core.collecting.steps import CONTACT_TOUCHES, LEGAL_STEPS, STEPS
from openterms.core.collecting.strategies import Strategy, from_document
from openterms.portfolio.book.engines import DuckEngine
from openterms.portfolio.rules.compile import compile_node
from openterms.portfolio.rules.next_steps import next_steps, step_facts
from openterms.portfolio.rules.segments import segmented, segments
from openterms.portfolio.runs.day import plan_day
from tests.portfolio.books import AS_OF, empty_rows, identifier, random_rows, row, to_book

FACTS = vocabulary(
    whole("days", -40_000, 40_000),
    whole("minor", -(10**15), 10**15),
    whole("few", 0, 4),
    flag("paused"),
    flag("insolvent"),
    code("segment", ("prompt", "strategic", "forgetful")),
    code("currency"),
)
ARROW = {"int": pa.int64(), "bool": pa.bool_(), "text": pa.string()}


def standard() -> Strategy:
    text = (importlib.resources.files("openterms.core.collecting") / "standard.yaml").read_text(encoding="utf-8")
    return from_document(yaml.safe_load(text))


def careful() -> Strategy:
    """One rung at a time, three days apart, from an amount on, by size, and by what came back from messages."""
    text = (importlib.resources.files("openterms.core.collecting") / "standard.yaml").read_text(encoding="utf-8")
    document = yaml.safe_load(text) | {
        "catch_up": "next", "days_between": 3, "material_minor": {"USD": 2_000, "KWD": 500},
        "large_minor": {"USD": 30_000, "KWD": 9_000},
    }  # fmt: skip
    document["levels"][1]["steps"][0] |= {"when": "days_since_opened is None or days_since_opened > 2"}
    return from_document(document)


def number(dice: random.Random, depth: int) -> str:
    if depth == 0 or dice.random() < 0.2:
        return dice.choice(("days", "minor", "few", "0", "-1", "7", "30", "100000"))
    a, b = number(dice, depth - 1), number(dice, depth - 1)
    return dice.choice(
        (
            f"({a} + {b})",
            f"({a} - {b})",
            f"({a} * {dice.choice((2, 3, -3))})",
            f"({a} // {dice.choice((1, 2, 7, 10_000))})",
            f"(-{a})",
            f"min({a}, {b}, few)",
            f"max({a}, {b})",
            f"abs({a})",
            f"({a} if {truth(dice, depth - 1)} else {b})",
        )
    )


def truth(dice: random.Random, depth: int) -> str:
    if depth == 0 or dice.random() < 0.2:
        return dice.choice(("paused", "insolvent", "segment == 'prompt'", "currency != 'USD'", "few in (1, 3)", "True"))
    a, b = truth(dice, depth - 1), truth(dice, depth - 1)
    n, m = number(dice, depth - 1), number(dice, depth - 1)
    return dice.choice(
        (
            f"({a} and {b})",
            f"({a} or {b})",
            f"(not {a})",
            f"({n} {dice.choice(('==', '!=', '<', '<=', '>', '>='))} {m})",
            f"({n} <= {m} < {number(dice, 0)})",
            f"({n} is None)",
            f"({n} is not None and {a})",
            "(segment not in ('prompt', 'strategic'))",
            f"({n} in (0, 1, -7))",
            f"({a} if {b} else {truth(dice, depth - 1)})",
        )
    )


def text(dice: random.Random) -> str:
    return f"('x' if {truth(dice, 2)} else segment)"


def expressions(dice: random.Random, count: int) -> list[Expression]:
    found: list[Expression] = []
    while len(found) < count:
        source = dice.choice((lambda: truth(dice, 4), lambda: number(dice, 4), lambda: text(dice)))()
        try:
            found.append(parse(source, FACTS))
        except BadInput as refused:
            assert "64" in str(refused) or "too" in str(refused) or "type" in str(refused), refused
    return found


def values(dice: random.Random) -> dict[str, Value]:
    drawn: dict[str, Value] = {
        "days": dice.choice((0, 1, -1, 40_000, -40_000, dice.randint(-100, 100))),
        "minor": dice.choice((0, -7, 10**15, -(10**15), dice.randint(-(10**6), 10**6))),
        "few": dice.randint(0, 4),
        "paused": dice.random() < 0.5,
        "insolvent": dice.random() < 0.5,
        "segment": dice.choice(("prompt", "strategic", "forgetful")),
        "currency": dice.choice(("USD", "KWD")),
    }
    return {name: None if dice.random() < 0.2 else value for name, value in drawn.items()}


def evaluate(compiled: list[Expression], rows: list[dict[str, Value]], facts: Any = FACTS) -> list[list[Value]]:
    """Every expression over every row, by the engine: one list for each expression."""
    engine = DuckEngine(threads=1)
    table = pa.table({name: pa.array([r[name] for r in rows], ARROW[fact.type]) for name, fact in facts.items()})
    engine.connection.register("facts", table.append_column("row_number", pa.array(range(len(rows)))))
    columns = engine.backend.table("facts")
    named = {f"e{n}": compile_node(e.tree, columns, engine) for n, e in enumerate(compiled)}
    answers = engine.collect(columns.select("row_number", **named)).sort_by("row_number")
    return [answers[f"e{n}"].to_pylist() for n in range(len(compiled))]


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**9))
def test_expressions_over_columns_give_what_core_gives(seed: int) -> None:
    """40 expressions x 150 rows an example: several ten thousand evaluations, a fifth of the facts missing."""
    dice = random.Random(seed)
    compiled, rows = expressions(dice, 40), [values(dice) for _ in range(150)]
    for expression, answers in zip(compiled, evaluate(compiled, rows), strict=True):
        for given_values, answer in zip(rows, answers, strict=True):
            assert answer == expression.evaluate(given_values), (expression.source, given_values)


def test_division_and_choice_follow_python_and_not_sql() -> None:
    sources = ("minor // 7", "min(days, few)", "1 if paused else 2", "days in (1, 2)", "days not in (1, 2)")
    rows: list[dict[str, Value]] = [
        {"days": None, "minor": -8, "few": 3, "paused": None, "insolvent": None, "segment": None, "currency": None},
        {"days": 2, "minor": 10**15, "few": 0, "paused": False, "insolvent": None, "segment": None, "currency": None},
    ]
    answers = evaluate([parse(source, FACTS) for source in sources], rows)
    assert answers == [[-2, 10**15 // 7], [None, 0], [None, 2], [None, True], [None, False]]


def test_a_fact_without_a_column_is_refused() -> None:
    with pytest.raises(BadInput, match="days"):
        compile_node(parse("days > 3", FACTS).tree, {}, DuckEngine(threads=1))


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 10**9))
def test_segments_are_those_of_core(seed: int) -> None:
    dice = random.Random(seed)
    rows = []
    for _ in range(300):
        drawn = {f.name: dice.random() < 0.1 if f.type == "bool" else _near(dice, f.hi) for f in SEGMENT_FACTS.values()}
        rows.append({name: None if dice.random() < 0.1 else value for name, value in drawn.items()})
    engine = DuckEngine(threads=1)
    table = pa.table({n: pa.array([r[n] for r in rows], ARROW[f.type]) for n, f in SEGMENT_FACTS.items()})
    engine.connection.register("facts", table.append_column("place", pa.array(range(len(rows)))))
    rules = standard().segments
    found = engine.collect(segmented(engine.backend.table("facts"), rules, engine)).sort_by("place").to_pylist()
    for facts, got in zip(rows, found, strict=True):
        segment, rule = segment_of(facts, rules)
        assert (got["segment"], got["segment_rule"]) == (segment, rule.reason if rule else "")


def _near(dice: random.Random, highest: int) -> int:
    return min(highest, dice.choice((0, 1, 2, 3, 4, 5, 300, 700, 701, 1_000, 2_000, 2_001, 3_000, 6_000, 10_000)))


@settings(max_examples=3, deadline=None)
@given(st.integers(0, 10**6))
def test_next_steps_are_those_of_core(seed: int) -> None:
    """The facts of every open item are read back from the columns and asked again of core."""
    strategy = (standard(), careful())[seed % 2]
    with to_book(random_rows(seed, items=80)) as book:
        named = segments(book, AS_OF, strategy.segments)
        from openterms.portfolio.book.position import positions

        facts = book.rows(step_facts(book, positions(book, AS_OF), named, AS_OF))
        steps = {r["item_id"]: r for r in book.rows(next_steps(book, AS_OF, strategy, named))}
        plan = plan_day(book, AS_OF, strategy, with_steps=True)
    assert plan.step_count == plan.steps.num_rows
    for fact in facts:
        item = _item(fact)
        assert item.values(AS_OF) == {name: fact[name] for name in item.values(AS_OF)}
        answer = next_step(item, strategy, AS_OF)
        got = steps.get(fact["item_id"])
        assert (got["step"] if got else None) == answer.step
        if got:
            assert got["cause"] == answer.reasons[0].code
            assert got["cause_day"] == answer.reasons[0].params.get("day", got["cause_day"])
    worklist = {(r["customer_id"], r["currency"]): r for r in plan.worklist.to_pylist()}
    for key in {(f["customer_id"], f["currency"]) for f in facts}:
        own = [_item(f) for f in facts if (f["customer_id"], f["currency"]) == key]
        answer = customer_step(own, strategy, AS_OF)
        assert (worklist[key]["step"] if key in worklist else None) == answer.step
        if key in worklist:
            assert set(worklist[key]["items"]) == {item.item_id for item in answer.items}
            listed, count = worklist[key]["items"], worklist[key]["items_again"]
            again = {item_id for item_id, r in steps.items() if r["cause"] == "step_owed_again"}
            assert set(listed[len(listed) - count :]) == again & set(listed)


def _item(fact: dict[str, Any]) -> ItemFacts:
    """Core's facts from the columns' facts; the day a promise broke is after the last call exactly when the flag
    says so."""
    taken = tuple(
        TakenStep(step, AS_OF - dt.timedelta(days=fact[f"days_since_{step}"])) for step in STEPS if fact[f"took_{step}"]
    )
    return ItemFacts(
        item_id=fact["item_id"],
        currency=fact["currency"],
        due_on=fact["due_on"],
        collectable_minor=fact["collectable_minor"],
        segment=fact["segment"],
        taken=taken,
        promise_broken_on=AS_OF if fact["broken_promise_since_call"] else None,
        is_paused=fact["paused"],
        is_insolvent=fact["insolvent"],
        customer_collectable_minor=fact["customer_collectable_minor"],
        contacts={
            touch: AS_OF - dt.timedelta(days=fact[f"days_since_{touch}"])
            for touch in CONTACT_TOUCHES
            if fact[f"days_since_{touch}"] is not None
        },
    )


def test_a_run_never_leaps_to_law_and_a_taken_step_is_not_repeated() -> None:
    strategy = standard()
    rows = empty_rows()
    rows["customers"].append(row("customers", customer_id=identifier(2, 0), number="C0"))
    for place in range(3):
        rows["items"].append(
            row(
                "items",
                item_id=identifier(4, place),
                customer_id=identifier(2, 0),
                kind="invoice",
                number=f"I{place}",
                issued_on=dt.date(2025, 1, 1),
                due_on=dt.date(2025, 2, 1),
                amount_minor=1_000,
                base_minor=1_000,
            )
        )
    for place, ago in ((1, 13), (2, 14)):
        touch = {"customer_id": identifier(2, 0), "item_id": identifier(4, place), "kind": "final_notice"}
        rows["touches"].append(row("touches", **touch, touched_on=AS_OF - dt.timedelta(days=ago)))
    with to_book(rows) as book:
        plan = plan_day(book, AS_OF, strategy, with_steps=True)
    steps = {r["item_id"]: r["step"] for r in plan.steps.to_pylist()}
    assert steps == {str(identifier(4, 0)): "final_notice", str(identifier(4, 2)): "propose_demand"}
    assert steps[str(identifier(4, 2))] in LEGAL_STEPS
    (work,) = plan.worklist.to_pylist()
    assert work["step"] == "propose_demand" and work["items"] == [str(identifier(4, 2)), str(identifier(4, 0))]
    assert plan.customers.to_pylist()[0]["step"] == "propose_demand"
