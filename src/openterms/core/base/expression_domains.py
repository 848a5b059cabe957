"""What an expression could give if its facts lie in known domains: the ground under every proof about rules.

A domain says which values are possible: a range for a number, a set of codes, the truths that can occur, and whether
the value can be missing. ``reach`` reads a tree over domains and answers with a domain that holds every value the
expression can take there. It may hold more (two parts that speak of the same fact are read apart), never less: what
it excludes is proved impossible. Shapes: a mapping ``fact -> Domain`` in, one Domain out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from openterms.core.base.expression_tree import (
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
    Value,
    span,
)


@dataclass(frozen=True, slots=True)
class Domain:
    """Possible values. ``missing`` is whether None is one of them; the rest by type:

    a number lies in ``lo..hi`` (``lo > hi``: never known); ``truths`` holds True, False or both; ``codes`` holds the
    codes, and ``is_open`` says that any other code is possible too.
    """

    missing: bool = False
    lo: int = 1
    hi: int = 0
    truths: frozenset[bool] = frozenset()
    codes: frozenset[str] = frozenset()
    is_open: bool = False

    @property
    def known(self) -> bool:
        """Whether a value that is not None is possible."""
        return self.lo <= self.hi or bool(self.truths) or bool(self.codes) or self.is_open

    @property
    def is_single(self) -> bool:
        """Whether exactly one value is possible."""
        numbers = max(0, min(2, self.hi - self.lo + 1))
        count = numbers + len(self.truths) + len(self.codes) + 2 * self.is_open + self.missing
        return count == 1


MISSING = Domain(missing=True)
TRUE, FALSE = Domain(truths=frozenset((True,))), Domain(truths=frozenset((False,)))


def only(value: Value) -> Domain:
    """The domain of one value."""
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return TRUE if value else FALSE
    if isinstance(value, int):
        return Domain(lo=value, hi=value)
    return Domain(codes=frozenset((value,)))


def whole_domain(fact: Fact, can_miss: bool = True) -> Domain:
    """Everything a fact can be."""
    match fact.type:
        case "int":
            return Domain(can_miss, fact.lo, fact.hi)
        case "bool":
            return Domain(can_miss, truths=frozenset((True, False)))
        case "text":
            return Domain(can_miss, codes=frozenset(fact.members), is_open=not fact.members)


def reach(node: Node, domains: Mapping[str, Domain]) -> Domain:
    """Every value that ``node`` can take while each fact lies in its domain."""
    match node:
        case Constant():
            return only(node.value)
        case Name():
            return domains[node.name]
        case Not():
            held = reach(node.operand, domains)
            return Domain(held.missing, truths=frozenset(not truth for truth in held.truths))
        case And():
            return _kleene(node.operands, domains, decisive=False)
        case Or():
            return _kleene(node.operands, domains, decisive=True)
        case Compare():
            return _compare(node, reach(node.left, domains), reach(node.right, domains))
        case Member():
            return _member(node, reach(node.operand, domains))
        case IsMissing():
            operand = reach(node.operand, domains)
            found = {not node.negated} if operand.missing else set()
            return Domain(truths=frozenset(found | ({node.negated} if operand.known else set())))
        case Choose():
            return _choose(node, domains)
        case _:
            return _number(node, domains)


def _kleene(operands: tuple[Node, ...], domains: Mapping[str, Domain], decisive: bool) -> Domain:
    """And (decisive False) or Or (decisive True): parts in any combination."""
    can_decide = can_miss = False
    all_can_rest = all_known = True
    for operand in operands:
        found = reach(operand, domains)
        if found.truths == {decisive} and not found.missing:
            return only(decisive)
        can_decide = can_decide or decisive in found.truths
        can_miss = can_miss or found.missing
        all_known = all_known and (not decisive) in found.truths
        all_can_rest = all_can_rest and (found.missing or (not decisive) in found.truths)
    truths = ({decisive} if can_decide else set()) | ({not decisive} if all_known else set())
    return Domain(can_miss and all_can_rest, truths=frozenset(truths))


def _compare(node: Compare, left: Domain, right: Domain) -> Domain:
    missing = left.missing or right.missing
    if not (left.known and right.known):
        return Domain(missing)
    if node.left.type == "int":
        return Domain(missing, truths=_order(node.operator, left, right))
    if node.left.type == "bool":
        can_meet = bool(left.truths & right.truths)
        can_differ = len(left.truths | right.truths) > 1
    else:
        is_open = left.is_open or right.is_open
        can_meet = is_open or bool(left.codes & right.codes)
        can_differ = is_open or len(left.codes | right.codes) > 1
    equal = ({True} if can_meet else set()) | ({False} if can_differ else set())
    return Domain(missing, truths=frozenset(equal if node.operator == "==" else {not truth for truth in equal}))


def _order(sign: str, left: Domain, right: Domain) -> frozenset[bool]:
    """Which answers a comparison of two ranges can have."""
    if sign in (">", ">="):
        return _order("<" if sign == ">" else "<=", right, left)
    if sign in ("==", "!="):
        can_meet = left.lo <= right.hi and right.lo <= left.hi
        can_differ = not (left.lo == left.hi == right.lo == right.hi)
        truths = {(sign == "==")} if can_meet else set()
        return frozenset(truths | ({sign != "=="} if can_differ else set()))
    strict = sign == "<"
    can_hold = left.lo < right.hi if strict else left.lo <= right.hi
    can_fail = left.hi >= right.lo if strict else left.hi > right.lo
    return frozenset(({True} if can_hold else set()) | ({False} if can_fail else set()))


def _member(node: Member, operand: Domain) -> Domain:
    if node.operand.type == "int":
        inside = sum(1 for choice in node.choices if isinstance(choice, int) and operand.lo <= choice <= operand.hi)
        can_be, can_not = inside > 0, operand.hi - operand.lo + 1 > inside
    else:
        choices = frozenset(str(choice) for choice in node.choices)
        can_be = operand.is_open or bool(operand.codes & choices)
        can_not = operand.is_open or bool(operand.codes - choices)
    truths = ({not node.negated} if can_be else set()) | ({node.negated} if can_not else set())
    return Domain(operand.missing, truths=frozenset(truths))


def _choose(node: Choose, domains: Mapping[str, Domain]) -> Domain:
    condition = reach(node.condition, domains)
    sides = [reach(node.when_true, domains)] if True in condition.truths else []
    if False in condition.truths:
        sides.append(reach(node.otherwise, domains))
    numbers = [side for side in sides if side.lo <= side.hi]
    return Domain(
        condition.missing or any(side.missing for side in sides),
        min((side.lo for side in numbers), default=1),
        max((side.hi for side in numbers), default=0),
        frozenset().union(*(side.truths for side in sides)),
        frozenset().union(*(side.codes for side in sides)),
        any(side.is_open for side in sides),
    )


def _number(node: Node, domains: Mapping[str, Domain]) -> Domain:
    match node:
        case Arithmetic():
            operands = [reach(node.left, domains), reach(node.right, domains)]
        case FloorDivide() | Negate():
            operands = [reach(node.operand, domains)]
        case Call():
            operands = [reach(operand, domains) for operand in node.operands]
        case _:
            lo, hi = span(node)
            return Domain(True, lo, hi)
    missing = any(operand.missing for operand in operands)
    if not all(operand.known for operand in operands):
        return Domain(missing)
    lo, hi = _combined(node, [(operand.lo, operand.hi) for operand in operands])
    return Domain(missing, lo, hi)


def _combined(node: Arithmetic | FloorDivide | Negate | Call, spans: list[tuple[int, int]]) -> tuple[int, int]:
    (lo, hi), rest = spans[0], spans[1:]
    match node:
        case FloorDivide():
            return lo // node.divisor, hi // node.divisor
        case Negate():
            return -hi, -lo
        case Call(function="abs"):
            return (0 if lo <= 0 <= hi else min(abs(lo), abs(hi))), max(abs(lo), abs(hi))
        case Call():
            choose = min if node.function == "min" else max
            return choose(low for low, _ in spans), choose(high for _, high in spans)
        case Arithmetic(operator="+"):
            return lo + rest[0][0], hi + rest[0][1]
        case Arithmetic(operator="-"):
            return lo - rest[0][1], hi - rest[0][0]
        case Arithmetic():
            products = [a * b for a in (lo, hi) for b in rest[0]]
            return min(products), max(products)
