"""A policy's conditions over columns give what they give for one case."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest

from openterms.core.base.expressions import Expression, Value
from openterms.core.credit.evaluation import run
from openterms.core.credit.policy import EXAMPLES, Policy
from openterms.core.credit.programme import prepare
from openterms.portfolio.book.engines import DuckEngine
from openterms.portfolio.rules.compile import compile_node
from tests.core.credit.policies import drawn, example, numbers_in

ARROW = {"int": pa.int64(), "bool": pa.bool_(), "text": pa.string()}


def rows_of(policy: Policy, seed: int, count: int) -> list[dict[str, Value]]:
    """Given facts at random, and what a decision makes of them."""
    dice, near, programme = random.Random(seed), numbers_in(policy), prepare(policy)
    rows = []
    for _ in range(count):
        values = programme.checked(drawn(dice, policy.facts, near))
        run(programme, values, None)
        rows.append(values)
    return rows


def columnar(policy: Policy, conditions: list[Expression], rows: list[dict[str, Value]]) -> list[list[Value]]:
    engine = DuckEngine(threads=1)
    facts = policy.all_facts
    table = pa.table({name: pa.array([row[name] for row in rows], ARROW[fact.type]) for name, fact in facts.items()})
    engine.connection.register("facts", table.append_column("row_number", pa.array(range(len(rows)))))
    columns = engine.backend.table("facts")
    named = {f"e{n}": compile_node(one.tree, columns, engine) for n, one in enumerate(conditions)}
    answers = engine.collect(columns.select("row_number", **named)).sort_by("row_number")
    return [answers[f"e{n}"].to_pylist() for n in range(len(conditions))]


def agree(policy: Policy, seed: int, count: int) -> None:
    rows = rows_of(policy, seed, count)
    conditions = [condition for _place, condition in policy.conditions()]
    readers = [condition.reader() for condition in conditions]
    for condition, reader, answers in zip(conditions, readers, columnar(policy, conditions, rows), strict=True):
        assert answers == [reader(row) for row in rows], condition.source
        assert answers[:50] == [condition.evaluate(row) for row in rows[:50]], condition.source


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_condition_of_a_policy_over_columns(name: str) -> None:
    agree(example(name), 11, 300)


@pytest.mark.deep
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_condition_of_a_policy_over_many_columns(name: str) -> None:
    agree(example(name), 12, 10_000)
