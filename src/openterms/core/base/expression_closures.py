"""An expression as a function: the same answers as ``expression_values``, several times faster.

Each node of the tree becomes one small Python function that holds the functions of its parts; nothing is evaluated
from text. Made once for a policy, and asked for every decision. Tests hold the two readings equal.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

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
    Value,
)

Reader = Callable[[Mapping[str, Value]], Value]
# Inside, types are already proved by the tree, so that the functions need not ask again.
_Any = Callable[[Any], Any]

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "+": operator.add, "-": operator.sub, "*": operator.mul,
}  # fmt: skip
_FUNCTIONS: dict[str, Callable[[list[Any]], Any]] = {"min": min, "max": max, "abs": lambda found: abs(found[0])}


def closure(node: Node) -> Reader:
    """A function of a mapping ``fact -> value`` that gives the node's value, None when it cannot be known.

    The mapping must hold every fact the node names, each checked against its fact beforehand; the function itself
    checks nothing and never raises on such values.
    """
    match node:
        case Constant():
            return _constant(node.value)
        case Name():
            return operator.itemgetter(node.name)
        case Not():
            return _not(closure(node.operand))
        case And():
            return _kleene(tuple(closure(operand) for operand in node.operands), decisive=False)
        case Or():
            return _kleene(tuple(closure(operand) for operand in node.operands), decisive=True)
        case Compare() | Arithmetic():
            return _binary(node)
        case Member():
            return _member(closure(node.operand), frozenset(node.choices), node.negated)
        case IsMissing():
            return _is_missing(closure(node.operand), node.negated)
        case FloorDivide():
            return _floor_divide(closure(node.operand), node.divisor)
        case Negate():
            return _negate(closure(node.operand))
        case Choose():
            return _choose(closure(node.condition), closure(node.when_true), closure(node.otherwise))
        case Call():
            return _call(_FUNCTIONS[node.function], tuple(closure(operand) for operand in node.operands))


def _constant(value: Value) -> Reader:
    return lambda values: value


def _not(operand: _Any) -> Reader:
    def negation(values: Any) -> Value:
        held = operand(values)
        return None if held is None else not held

    return negation


def _kleene(operands: tuple[_Any, ...], decisive: bool) -> Reader:
    if len(operands) == 2:
        return _kleene_of_two(*operands, decisive=decisive)

    def joined(values: Any) -> Value:
        unknown = False
        for operand in operands:
            held: Value = operand(values)
            if held is decisive:
                return decisive
            if held is None:
                unknown = True
        return None if unknown else not decisive

    return joined


def _kleene_of_two(first: _Any, second: _Any, decisive: bool) -> Reader:
    otherwise = not decisive

    def joined(values: Any) -> Value:
        one: Value = first(values)
        if one is decisive:
            return decisive
        other: Value = second(values)
        if other is decisive:
            return decisive
        return None if one is None or other is None else otherwise

    return joined


def _binary(node: Compare | Arithmetic) -> Reader:
    if isinstance(node, Compare):
        if isinstance(node.left, Name) and isinstance(node.right, Constant):
            return _AGAINST[node.operator](node.left.name, node.right.value)
        if isinstance(node.left, Constant) and isinstance(node.right, Name):
            return _AGAINST[_TURNED[node.operator]](node.right.name, node.left.value)
    apply = _OPERATORS[node.operator]
    left, right = closure(node.left), closure(node.right)

    def applied(values: Any) -> Value:
        first, second = left(values), right(values)
        return None if first is None or second is None else apply(first, second)

    return applied


# A fact against a literal is by far the most frequent part of a policy, so each operator has its own function.
_AGAINST: dict[str, Callable[[str, Any], _Any]] = {
    "==": lambda name, literal: lambda values: None if (found := values[name]) is None else found == literal,
    "!=": lambda name, literal: lambda values: None if (found := values[name]) is None else found != literal,
    "<": lambda name, literal: lambda values: None if (found := values[name]) is None else found < literal,
    "<=": lambda name, literal: lambda values: None if (found := values[name]) is None else found <= literal,
    ">": lambda name, literal: lambda values: None if (found := values[name]) is None else found > literal,
    ">=": lambda name, literal: lambda values: None if (found := values[name]) is None else found >= literal,
}
_TURNED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _member(operand: _Any, choices: frozenset[int | str], negated: bool) -> Reader:
    def member(values: Any) -> Value:
        found = operand(values)
        return None if found is None else (found in choices) is not negated

    return member


def _is_missing(operand: _Any, negated: bool) -> Reader:
    return lambda values: (operand(values) is None) is not negated


def _floor_divide(operand: _Any, divisor: int) -> Reader:
    def divided(values: Any) -> Value:
        found = operand(values)
        return None if found is None else found // divisor

    return divided


def _negate(operand: _Any) -> Reader:
    def negated(values: Any) -> Value:
        found = operand(values)
        return None if found is None else -found

    return negated


def _choose(condition: _Any, when_true: _Any, otherwise: _Any) -> Reader:
    def chosen(values: Any) -> Value:
        held = condition(values)
        found: Value = None if held is None else (when_true if held else otherwise)(values)
        return found

    return chosen


def _call(function: Callable[[list[Any]], Any], operands: tuple[_Any, ...]) -> Reader:
    def called(values: Any) -> Value:
        found = [operand(values) for operand in operands]
        return None if None in found else function(found)

    return called
