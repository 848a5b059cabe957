"""Reading a condition's text: Python's own grammar through ``ast``, and of it only a small typed subset.

Nothing is ever evaluated while reading. What the subset does not know (attributes, subscripts, other calls,
comprehensions, f-strings, powers, true division, lambda, assignment, starred parts ...) is refused with the place it
stands in. Every whole-number part gets a proved range; a text in which any part could leave 64 bits is refused.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from openterms.core.base.errors import BadInput
from openterms.core.base.expression_tree import (
    WIDEST,
    And,
    Arithmetic,
    Call,
    Choose,
    Compare,
    Constant,
    Fact,
    FloorDivide,
    IsMissing,
    Member,
    Name,
    Negate,
    Node,
    Not,
    Or,
    Type,
    span,
)
from openterms.core.base.reasons import gettext_noop as _

LONGEST_TEXT = 4_000
DEEPEST = 40
MOST_PARTS = 600

_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
_ARITHMETIC: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}
_GRAMMAR = _("use facts, numbers, codes, and/or/not, comparisons, in, is None, + - * //, min, max, abs, a if c else b")
_TYPE_NAMES: dict[Type, str] = {"int": "a whole number", "bool": "true or false", "text": "a code"}


def normalise(source: str) -> str:
    """The text on one line with single spaces, as it is stored and shown."""
    return " ".join(source.split())


def read(source: str, facts: Mapping[str, Fact], where: str) -> Node:
    """The typed tree of a normalised text. Raises BadInput naming ``where`` and the column."""
    return _Reader(source, facts, where).whole()


class _Reader:
    """Turns one text into nodes; counts the parts and the depth as it goes."""

    def __init__(self, source: str, facts: Mapping[str, Fact], where: str) -> None:
        self.source = source
        self.facts = facts
        self.where = where
        self.count = 0

    def whole(self) -> Node:
        """Parse with ``ast`` under limits, then read the tree."""
        if not self.source:
            raise BadInput(_("the condition is empty"), self.where, _("write one, or True"))
        if len(self.source) > LONGEST_TEXT:
            raise BadInput(
                _("the condition has more than %(most)s characters"), self.where, _("divide it"), {"most": LONGEST_TEXT}
            )
        for sign in "#\\;\0":
            if sign in self.source:
                column = self.source.index(sign) + 1
                raise BadInput(_("this character is not read"), f"{self.where}, column {column}", _("leave it out"))
        try:
            tree = ast.parse(self.source, mode="eval")
        except SyntaxError as error:
            place = f"{self.where}, column {error.offset or len(self.source) + 1}"
            raise BadInput(_("this is not a condition"), place, _GRAMMAR) from None
        except (ValueError, RecursionError, MemoryError):
            raise BadInput(_("this is not a condition"), self.where, _GRAMMAR) from None
        return self.node(tree.body, 1)

    def fail(self, at: ast.AST, what: str, remedy: str, **params: str | int) -> BadInput:
        """The fault, placed at a part of the text."""
        start, end = getattr(at, "col_offset", 0), getattr(at, "end_col_offset", 0) or 0
        encoded = self.source.encode()
        column = len(encoded[:start].decode(errors="ignore")) + 1
        part = encoded[start:end].decode(errors="ignore")
        shown = part if len(part) <= 40 else part[:37] + "..."
        place = f"{self.where}, column {column}" + (f", at `{shown}`" if shown else "")
        return BadInput(what, place, remedy, params)

    def node(self, at: ast.expr, depth: int) -> Node:
        """Any part, of any type."""
        self.count += 1
        if depth > DEEPEST or self.count > MOST_PARTS:
            raise self.fail(at, _("the condition is too deep or too long"), _("divide it into several rules"))
        match at:
            case ast.Constant():
                return self.constant(at)
            case ast.Name():
                return self.name(at)
            case ast.BoolOp():
                operands = tuple(self.typed(value, "bool", depth) for value in at.values)
                return And(operands) if isinstance(at.op, ast.And) else Or(operands)
            case ast.UnaryOp():
                return self.unary(at, depth)
            case ast.BinOp():
                return self.binary(at, depth)
            case ast.Compare():
                return self.comparison(at, depth)
            case ast.IfExp():
                return self.choice(at, depth)
            case ast.Call():
                return self.call(at, depth)
            case _:
                raise self.fail(at, _("this is not part of the language of conditions"), _GRAMMAR)

    def typed(self, at: ast.expr, wanted: Type, depth: int) -> Node:
        """A part that must have a certain type."""
        node = self.node(at, depth + 1)
        if node.type != wanted:
            raise self.fail(
                at,
                _("this is %(found)s where %(wanted)s is needed"),
                _("compare it, or use another fact"),
                found=_TYPE_NAMES[node.type],
                wanted=_TYPE_NAMES[wanted],
            )
        return node

    def constant(self, at: ast.Constant) -> Constant:
        """A literal whole number, True, False or a text code."""
        match at.value:
            case bool():
                return Constant(at.value, "bool")
            case int():
                self.in_range(at, at.value, at.value)
                return Constant(at.value, "int", at.value, at.value)
            case str():
                return Constant(at.value, "text")
            case None:
                raise self.fail(at, _("None stands only after `is` or `is not`"), _("write `fact is None`"))
            case _:
                raise self.fail(
                    at, _("only whole numbers, codes, True and False can be written"), _("use minor units, bp")
                )

    def name(self, at: ast.Name) -> Name:
        """A fact by name."""
        fact = self.facts.get(at.id)
        if fact is None:
            known = ", ".join(sorted(self.facts)) or "none"
            raise self.fail(at, _("there is no fact %(name)s"), _("known here: %(known)s"), name=at.id, known=known)
        return Name(fact.name, fact.type, fact.lo, fact.hi, fact.members)

    def unary(self, at: ast.UnaryOp, depth: int) -> Node:
        """``not x`` and ``-x``."""
        if isinstance(at.op, ast.Not):
            return Not(self.typed(at.operand, "bool", depth))
        if not isinstance(at.op, ast.USub):
            raise self.fail(at, _("this operator is not part of the language of conditions"), _GRAMMAR)
        operand = self.typed(at.operand, "int", depth)
        lo, hi = span(operand)
        if isinstance(operand, Constant):
            return Constant(-hi, "int", -hi, -lo)
        return Negate(operand, -hi, -lo)

    def binary(self, at: ast.BinOp, depth: int) -> Node:
        """``+ - *`` between whole numbers, ``//`` by a positive literal."""
        if isinstance(at.op, ast.FloorDiv):
            dividend, divisor = self.typed(at.left, "int", depth), self.typed(at.right, "int", depth)
            if not isinstance(divisor, Constant) or not isinstance(divisor.value, int) or divisor.value < 1:
                raise self.fail(at.right, _("only a positive number can divide"), _("write it out, such as `// 100`"))
            lo, hi = span(dividend)
            return FloorDivide(dividend, divisor.value, lo // divisor.value, hi // divisor.value)
        sign = _ARITHMETIC.get(type(at.op))
        if sign is None:
            raise self.fail(at, _("this operator is not part of the language of conditions"), _GRAMMAR)
        left, right = self.typed(at.left, "int", depth), self.typed(at.right, "int", depth)
        lo, hi = _combine(sign, span(left), span(right))
        self.in_range(at, lo, hi)
        return Arithmetic(sign, left, right, lo, hi)

    def in_range(self, at: ast.AST, lo: int, hi: int) -> None:
        """Refuse a part whose values could leave 64 bits."""
        if lo < -WIDEST or hi > WIDEST:
            raise self.fail(at, _("this could overflow 64 bits"), _("compare the parts separately, or in larger units"))

    def comparison(self, at: ast.Compare, depth: int) -> Node:
        """One comparison, or a chain ``a < b <= c`` as the And of its links."""
        links: list[Node] = []
        left = at.left
        for sign, right in zip(at.ops, at.comparators, strict=True):
            links.append(self.link(at, left, sign, right, depth))
            left = right
        return links[0] if len(links) == 1 else And(tuple(links))

    def link(self, at: ast.Compare, left: ast.expr, sign: ast.cmpop, right: ast.expr, depth: int) -> Node:
        """One link of a comparison chain."""
        if isinstance(sign, (ast.Is, ast.IsNot)):
            if not (isinstance(right, ast.Constant) and right.value is None):
                raise self.fail(right, _("after `is` only None can stand"), _("use == to compare"))
            return IsMissing(self.node(left, depth + 1), isinstance(sign, ast.IsNot))
        if isinstance(sign, (ast.In, ast.NotIn)):
            return self.member(left, right, isinstance(sign, ast.NotIn), depth)
        if isinstance(right, ast.Constant) and right.value is None:
            raise self.fail(right, _("nothing equals None: it would be missing"), _("write `is None` or `is not None`"))
        lower = self.node(left, depth + 1)
        upper = self.typed(right, lower.type, depth)
        operator = _COMPARISONS[type(sign)]
        if lower.type != "int" and operator not in ("==", "!="):
            raise self.fail(at, _("only whole numbers have an order"), _("use == or != here"))
        if lower.type == "text":
            self.can_meet(at, lower, upper)
        return Compare(operator, lower, upper)

    def member(self, left: ast.expr, right: ast.expr, negated: bool, depth: int) -> Member:
        """``fact in (literal, literal ...)``."""
        operand = self.node(left, depth + 1)
        if operand.type == "bool" or not isinstance(right, (ast.Tuple, ast.List, ast.Set)) or not right.elts:
            raise self.fail(
                right, _("`in` needs a list of numbers or codes"), _("write `in (1, 2)` or `in ('a', 'b')`")
            )
        choices: list[int | str] = []
        for element in right.elts:
            literal = self.typed(element, operand.type, depth)
            if not isinstance(literal, Constant):
                raise self.fail(element, _("only literals can stand in the list after `in`"), _("write the values out"))
            self.can_meet(element, operand, literal)
            choices.append(literal.value)
        return Member(operand, tuple(dict.fromkeys(choices)), negated)

    def can_meet(self, at: ast.AST, left: Node, right: Node) -> None:
        """Refuse a code that its fact can never have (a typing mistake)."""
        ours, theirs = _codes(left), _codes(right)
        if left.type == "text" and ours and theirs and not ours & theirs:
            known = ", ".join(sorted(ours if isinstance(right, Constant) else theirs))
            raise self.fail(at, _("these codes can never be equal"), _("known codes: %(known)s"), known=known)

    def choice(self, at: ast.IfExp, depth: int) -> Choose:
        """``a if c else b`` with both sides of one type."""
        condition = self.typed(at.test, "bool", depth)
        when_true = self.node(at.body, depth + 1)
        otherwise = self.typed(at.orelse, when_true.type, depth)
        spans = (span(when_true), span(otherwise))
        lo, hi = min(lo for lo, _ in spans), max(hi for _, hi in spans)
        return Choose(condition, when_true, otherwise, when_true.type, lo, hi)

    def call(self, at: ast.Call, depth: int) -> Call:
        """``min``, ``max`` and ``abs``; no other call exists."""
        function = at.func.id if isinstance(at.func, ast.Name) else ""
        if function not in ("min", "max", "abs") or at.keywords:
            raise self.fail(at, _("only min, max and abs can be called"), _GRAMMAR)
        operands = tuple(self.typed(argument, "int", depth) for argument in at.args)
        if (len(operands) != 1) if function == "abs" else (len(operands) < 2):
            raise self.fail(at, _("the number of parts is wrong"), _("abs takes one, min and max take two or more"))
        lows, highs = zip(*(span(operand) for operand in operands), strict=True)
        if function == "min":
            return Call("min", operands, min(lows), min(highs))
        if function == "max":
            return Call("max", operands, max(lows), max(highs))
        (lo,), (hi,) = lows, highs
        return Call("abs", operands, 0 if lo <= 0 <= hi else min(abs(lo), abs(hi)), max(abs(lo), abs(hi)))


def _combine(sign: str, left: tuple[int, int], right: tuple[int, int]) -> tuple[int, int]:
    """Interval arithmetic: the range of ``left sign right``."""
    if sign == "+":
        return left[0] + right[0], left[1] + right[1]
    if sign == "-":
        return left[0] - right[1], left[1] - right[0]
    products = [a * b for a in left for b in right]
    return min(products), max(products)


def _codes(node: Node) -> frozenset[str]:
    """The codes a text node can give; empty when the set is open."""
    match node:
        case Constant():
            return frozenset((str(node.value),))
        case Name():
            return frozenset(node.members)
        case Choose():
            sides: Iterable[frozenset[str]] = (_codes(node.when_true), _codes(node.otherwise))
            return frozenset().union(*sides) if all(sides) else frozenset()
        case _:
            return frozenset()
