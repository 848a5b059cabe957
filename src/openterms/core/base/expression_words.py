"""A condition in words, for whoever reads a policy as a document: "days overdue above 30 and overdue above 500.00".

The tree is walked once and every node has its words, so there is no condition without them. What a fact is called, how
a value is written, and the language are the caller's; the sentences between them are marked here for translation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

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
)
from openterms.core.base.reasons import gettext_noop as _

_IS = {
    "==": _("is %(value)s"), "!=": _("is not %(value)s"), ">": _("above %(value)s"), ">=": _("at least %(value)s"),
    "<": _("below %(value)s"), "<=": _("at most %(value)s"),
}  # fmt: skip
_TURNED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_SIGNS = {"+": "+", "-": "−", "*": "×"}
_OF = {
    "min": _("the smallest of %(values)s"), "max": _("the largest of %(values)s"), "abs": _("%(values)s, sign aside"),
}  # fmt: skip
_ALONE = (Constant, Name, Call)
_WHAT_IS = _("%(what)s %(is)s")
_IS_ONE_OF, _IS_NONE_OF = _("is one of %(values)s"), _("is none of %(values)s")
_IS_KNOWN, _IS_NOT_KNOWN = _("is known"), _("is not known")
_AND, _OR, _NOT = _("%(first)s and %(then)s"), _("%(first)s or %(then)s"), _("not %(what)s")
_IF = _("%(value)s if %(condition)s, else %(otherwise)s")
_ALWAYS, _NEVER = _("always"), _("never")
_ROUNDED_DOWN = _("%(value)s ÷ %(divisor)s, rounded down")


class Words(Protocol):
    """What a reader calls things."""

    def say(self, message: str, params: Mapping[str, str]) -> str:
        """A message of this module in the reader's language, its places filled."""

    def fact(self, name: str) -> str:
        """What people call a fact, as it stands inside a sentence."""

    def value(self, name: str, value: int | bool | str) -> str:
        """A value as people write it, in the unit of the fact ``name``; empty: a bare number or code."""


def told(node: Node, words: Words) -> str:
    """A condition, or any part of one, in words. Never raises: every kind of node has its sentence."""
    match node:
        case And():
            return _joined(node, _AND, words)
        case Or():
            return _joined(node, _OR, words)
        case Not():
            return words.say(_NOT, {"what": _within(node.operand, words)})
        case Compare() | Member() | IsMissing():
            what, is_ = _predicate(node, words)
            return words.say(_WHAT_IS, {"what": what, "is": is_})
        case Constant() if node.type == "bool":
            return words.say(_ALWAYS if node.value else _NEVER, {})
        case _:
            return _value(node, "", words)


def unit_fact(node: Node) -> str:
    """The fact in whose unit a number is counted; empty where it has none (a product of two, a bare number)."""
    match node:
        case Name():
            return node.name
        case Arithmetic() if node.operator == "*":
            sides = [one for one in (node.left, node.right) if not isinstance(one, Constant)]
            return unit_fact(sides[0]) if len(sides) == 1 else ""
        case Arithmetic():
            return unit_fact(node.left) or unit_fact(node.right)
        case FloorDivide() | Negate():
            return unit_fact(node.operand)
        case Call():
            return next(filter(None, map(unit_fact, node.operands)), "")
        case Choose():
            return unit_fact(node.when_true) or unit_fact(node.otherwise)
        case _:
            return ""


def _joined(node: And | Or, message: str, words: Words) -> str:
    text = ""
    for part in _parts(node, words):
        text = words.say(message, {"first": text, "then": part}) if text else part
    return text


def _parts(node: And | Or, words: Words) -> Iterator[str]:
    """The operands; a second comparison of the same thing says only how: `above 5 and at most 15`."""
    before: Node | None = None
    for operand in node.operands:
        one = _turned(operand)
        if isinstance(one, Compare) and one.left == before and isinstance(node, And):
            yield _predicate(one, words)[1]
            continue
        before = one.left if isinstance(one, Compare) else None
        yield f"({told(one, words)})" if isinstance(one, And | Or) else told(one, words)


def _turned(node: Node) -> Node:
    """A comparison with what varies on its left."""
    if isinstance(node, Compare) and isinstance(node.left, Constant) and not isinstance(node.right, Constant):
        return Compare(_TURNED[node.operator], node.right, node.left)
    return node


def _predicate(node: Compare | Member | IsMissing, words: Words) -> tuple[str, str]:
    """What is spoken of, and what is said of it."""
    if isinstance(node, IsMissing):
        return _within(node.operand, words), words.say(_IS_KNOWN if node.negated else _IS_NOT_KNOWN, {})
    if isinstance(node, Member):
        unit = unit_fact(node.operand)
        values = [words.value(unit, choice) for choice in node.choices]
        if len(values) == 1:
            return _within(node.operand, words), words.say(_IS["!=" if node.negated else "=="], {"value": values[0]})
        message = _IS_NONE_OF if node.negated else _IS_ONE_OF
        return _within(node.operand, words), words.say(message, {"values": ", ".join(values)})
    turned = _turned(node)
    assert isinstance(turned, Compare)
    unit = unit_fact(turned.left) or unit_fact(turned.right)
    sides = [
        _bracketed(side, unit, words) if isinstance(side, Choose) else _value(side, unit, words)
        for side in (turned.left, turned.right)
    ]
    return sides[0], words.say(_IS[turned.operator], {"value": sides[1]})


def _value(node: Node, unit: str, words: Words) -> str:
    """A number, code or flag; ``unit`` is the fact in whose unit a bare number is counted."""
    match node:
        case Constant():
            return words.value(unit, node.value)
        case Name():
            return words.fact(node.name)
        case Arithmetic():
            factor = node.operator == "*"
            sides = [_bracketed(one, "" if factor else unit, words) for one in (node.left, node.right)]
            return f"{sides[0]} {_SIGNS[node.operator]} {sides[1]}"
        case FloorDivide():
            params = {"value": _bracketed(node.operand, unit, words), "divisor": words.value("", node.divisor)}
            return words.say(_ROUNDED_DOWN, params)
        case Negate():
            return f"−{_bracketed(node.operand, unit, words)}"
        case Call():
            values = ", ".join(_value(one, unit, words) for one in node.operands)
            return words.say(_OF[node.function], {"values": values})
        case Choose():
            return words.say(
                _IF,
                {
                    "value": _value(node.when_true, unit, words),
                    "condition": told(node.condition, words),
                    "otherwise": _value(node.otherwise, unit, words),
                },
            )
        case _:
            return f"({told(node, words)})"


def _bracketed(node: Node, unit: str, words: Words) -> str:
    text = _value(node, unit, words)
    return text if isinstance(node, _ALONE) else f"({text})"


def _within(node: Node, words: Words) -> str:
    """A part inside another sentence: alone as it is, anything longer in brackets."""
    text = told(node, words)
    return text if isinstance(node, _ALONE) else f"({text})"
