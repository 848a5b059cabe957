"""Reading an expression over columns: the same nodes that ``core`` reads for one customer, as Ibis expressions.

The two readings agree on every value, missing ones included. Where SQL differs from the rule's meaning it is spelled
out here: ``//`` rounds towards minus infinity (engines truncate), ``min`` and ``max`` of something missing are missing
(``LEAST`` skips nulls), and a choice on a missing condition is missing (``ELSE`` would take it). All numbers are
64-bit; ``core`` has proved that no step leaves that range.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping

import ibis

from openterms.core.base.errors import BadInput
from openterms.core.base.expression_tree import (
    And,
    Arithmetic,
    Call,
    Choose,
    Compare,
    Constant,
    FloorDivide,
    IsMissing,
    Member,
    Name,
    Negate,
    Node,
    Not,
    Or,
    Type,
)
from openterms.portfolio.book.engines import Engine, Value

_SQL_TYPES: Mapping[Type, str] = {"int": "int64", "bool": "boolean", "text": "string"}
_OPERATORS: Mapping[str, Callable[[Value, Value], Value]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}


def compile_node(node: Node, columns: Mapping[str, Value], engine: Engine) -> Value:
    """``node`` as an Ibis expression over ``columns`` (fact name -> column of the fact's type).

    Raises ``BadInput`` when the condition speaks of a fact that has no column.
    """
    read = functools.partial(compile_node, columns=columns, engine=engine)
    match node:
        case Constant():
            return ibis.literal(node.value, type=_SQL_TYPES[node.type])
        case Name():
            if node.name not in columns:
                raise BadInput(f"there is no column for the fact {node.name}", "rule")
            return columns[node.name].cast(_SQL_TYPES[node.type])
        case Not():
            return ~read(node.operand)
        case And():
            return functools.reduce(operator.and_, map(read, node.operands))
        case Or():
            return functools.reduce(operator.or_, map(read, node.operands))
        case Compare() | Arithmetic():
            return _OPERATORS[node.operator](read(node.left), read(node.right))
        case Member():
            return _member(read(node.operand), node)
        case IsMissing():
            operand = read(node.operand)
            return operand.notnull() if node.negated else operand.isnull()
        case FloorDivide():
            return _floor_divide(read(node.operand), node.divisor, engine)
        case Negate():
            return -read(node.operand)
        case Choose():
            condition = read(node.condition)
            return ibis.cases((condition, read(node.when_true)), (~condition, read(node.otherwise)))
        case Call():
            return _call(node.function, [read(operand) for operand in node.operands])


def _member(operand: Value, node: Member) -> Value:
    if not node.choices:
        return operand.notnull().ifelse(ibis.literal(node.negated), ibis.null("boolean"))
    found = operand.isin([ibis.literal(choice, type=operand.type()) for choice in node.choices])
    return ~found if node.negated else found


def _floor_divide(dividend: Value, divisor: int, engine: Engine) -> Value:
    """Towards minus infinity, for a positive literal divisor."""
    literal = ibis.literal(divisor, type="int64")
    quotient = engine.truncating_divide(dividend, literal)
    return quotient - (dividend - quotient * literal < 0).cast("int64")


def _call(function: str, operands: list[Value]) -> Value:
    if function == "abs":
        return operands[0].abs()
    chosen = ibis.least(*operands) if function == "min" else ibis.greatest(*operands)
    missing = functools.reduce(operator.or_, [operand.isnull() for operand in operands])
    return missing.ifelse(ibis.null("int64"), chosen)
