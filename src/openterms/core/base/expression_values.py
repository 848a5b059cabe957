"""Reading an expression for one customer: its value, and the sentence that explains it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
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

Values = Mapping[str, Value]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_ARITHMETIC: dict[str, Callable[[int, int], int]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}
_FUNCTIONS: dict[str, Callable[[list[int]], int]] = {"min": min, "max": max, "abs": lambda values: abs(values[0])}


def value_of(node: Node, values: Values) -> Value:
    """The value of ``node``; None when it cannot be known. The values must have been checked against their facts."""
    match node:
        case Constant():
            return node.value
        case Name():
            return values[node.name]
        case Not() | And() | Or() | Compare() | Member() | IsMissing():
            return truth_of(node, values)
        case Choose():
            condition = value_of(node.condition, values)
            if condition is None:
                return None
            return value_of(node.when_true if condition else node.otherwise, values)
        case _:
            return _number_of(node, values)


def truth_of(node: Node, values: Values) -> bool | None:
    """The value of a true-or-false node in Kleene's three-valued logic."""
    match node:
        case Not():
            held = truth_of(node.operand, values)
            return None if held is None else not held
        case And():
            return _kleene(node.operands, values, decisive=False)
        case Or():
            return _kleene(node.operands, values, decisive=True)
        case Compare():
            left, right = value_of(node.left, values), value_of(node.right, values)
            return None if left is None or right is None else _COMPARE[node.operator](left, right)
        case Member():
            found = value_of(node.operand, values)
            return None if found is None else (found in node.choices) is not node.negated
        case IsMissing():
            return (value_of(node.operand, values) is None) is not node.negated
        case _:
            value = value_of(node, values)
            assert value is None or isinstance(value, bool)
            return value


def _kleene(operands: Iterable[Node], values: Values, decisive: bool) -> bool | None:
    unknown = False
    for operand in operands:
        held = truth_of(operand, values)
        if held is decisive:
            return decisive
        unknown = unknown or held is None
    return None if unknown else not decisive


def _number_of(node: Node, values: Values) -> int | None:
    match node:
        case Arithmetic():
            left, right = _whole(node.left, values), _whole(node.right, values)
            return None if left is None or right is None else _ARITHMETIC[node.operator](left, right)
        case FloorDivide():
            dividend = _whole(node.operand, values)
            return None if dividend is None else dividend // node.divisor
        case Negate():
            negated = _whole(node.operand, values)
            return None if negated is None else -negated
        case Call():
            numbers = [_whole(operand, values) for operand in node.operands]
            known = [number for number in numbers if number is not None]
            return _FUNCTIONS[node.function](known) if len(known) == len(numbers) else None
        case _:
            raise AssertionError(f"not a number: {node}")


def _whole(node: Node, values: Values) -> int | None:
    value = value_of(node, values)
    assert value is None or isinstance(value, int)
    return value


def explain(node: Node, values: Values) -> str:
    """What is so, in words with values: ``days overdue 34 >= 30``.

    Always states what holds: a comparison that fails is given by its opposite (``days overdue 12 < 30``); of an
    ``and`` that fails and an ``or`` that holds only the deciding parts are named; what is missing reads ``unknown``.
    """
    match node:
        case Not():
            return explain(node.operand, values)
        case And():
            return _explain_parts(node.operands, values, decisive=False)
        case Or():
            return _explain_parts(node.operands, values, decisive=True)
        case Compare() | Member():
            return _explain_comparison(node, values)
        case IsMissing():
            known = value_of(node.operand, values) is not None
            return _describe(node.operand, values) if known else f"{_label(node.operand)} unknown"
        case Choose() if node.type == "bool":
            return _explain_choice(node, values)
        case Name() if node.type == "bool":
            held = values[node.name]
            words = _words(node.name)
            return f"{words} unknown" if held is None else words if held else f"not {words}"
        case Constant():
            return "always" if node.value is True else "never" if node.value is False else str(node.value)
        case _:
            return _describe(node, values)


def _explain_parts(operands: tuple[Node, ...], values: Values, decisive: bool) -> str:
    truths = [truth_of(operand, values) for operand in operands]
    outcome = decisive if decisive in truths else None if None in truths else not decisive
    texts = [explain(operand, values) for operand, held in zip(operands, truths, strict=True) if held is outcome]
    return " and ".join(dict.fromkeys(texts))


def _explain_comparison(node: Compare | Member, values: Values) -> str:
    held = truth_of(node, values)
    if isinstance(node, Member):
        choices = ", ".join(str(choice) for choice in node.choices)
        outside = node.negated if held is not False else not node.negated
        text = f"{_describe(node.operand, values)} {'not in' if outside else 'in'} ({choices})"
    else:
        sign = _OPPOSITE[node.operator] if held is False else node.operator
        if held is not None and sign == "==" and node.left.type == "text" and isinstance(node.right, Constant):
            return _describe(node.left, values)
        text = f"{_describe(node.left, values)} {sign} {_describe(node.right, values)}"
    return f"{text}?" if held is None else text


def _explain_choice(node: Choose, values: Values) -> str:
    condition = truth_of(node.condition, values)
    reason = explain(node.condition, values)
    if condition is None:
        return reason
    branch = node.when_true if condition else node.otherwise
    return f"{reason} and {explain(branch, values)}"


def _describe(node: Node, values: Values) -> str:
    """A part of a comparison with its value: ``days overdue 34``, ``collectable minor 500``, ``30``."""
    if isinstance(node, Constant):
        return str(node.value)
    value = value_of(node, values)
    shown = "unknown" if value is None else str(value)
    label = _label(node)
    return f"{label} {shown}" if isinstance(node, Name) else f"{label} = {shown}"


def _label(node: Node) -> str:
    """The node in words, without values."""
    match node:
        case Constant():
            return str(node.value)
        case Name():
            return _words(node.name)
        case Arithmetic():
            return f"({_label(node.left)} {node.operator} {_label(node.right)})"
        case FloorDivide():
            return f"({_label(node.operand)} // {node.divisor})"
        case Negate():
            return f"-{_label(node.operand)}"
        case Call():
            return f"{node.function}({', '.join(_label(operand) for operand in node.operands)})"
        case Choose():
            return f"({_label(node.when_true)} or {_label(node.otherwise)})"
        case _:
            return "condition"


def _words(name: str) -> str:
    return name.replace("_", " ")
