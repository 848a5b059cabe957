"""Conditions people can read, in a small typed subset of Python's own grammar.

A seller's policy says ``days_overdue >= 30 and segment not in ('prompt', 'disputing')``. The text is read once into a
typed tree; ``evaluate`` reads the tree for one customer, ``portfolio.rules`` compiles the same tree to columns, and
tests hold the two to one answer.

**What there is.** Facts by name (whole numbers in a known range, true/false, text codes); whole-number, code, True
and False literals; ``and or not``; ``== != < <= > >=``, also chained; ``in (..)`` and ``not in (..)`` over literals;
``is None`` and ``is not None``; ``+ - *``, ``//`` by a positive literal (rounds towards minus infinity), unary minus;
``min max abs``; ``a if c else b``. Nothing else: no attribute, subscript, other call, comprehension, f-string, power
or true division.

**Missing.** A fact that is not known is None. Arithmetic, comparisons, ``in``, ``min``, ``max`` and a choice whose
condition is missing give None; ``and``, ``or`` and ``not`` follow Kleene (``False and None`` is False, ``True or
None`` is True); ``is None`` always answers. A rule acts only on True.

**Ranges.** Every whole-number part carries the range interval arithmetic proves for it, and a text in which any part
could leave 64 bits is refused, because a columnar engine raises or wraps where Python does not. The proof rests on
the facts' ranges, so ``evaluate`` refuses a value outside them; a columnar reader must check its columns likewise,
and compute in 64-bit integers throughout.

Shapes: a mapping ``name -> value`` in, one value out. Errors: BadInput, with the place. Source: DESIGN section 1,
idea 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from openterms.core.base import expression_closures, expression_values
from openterms.core.base.errors import BadInput
from openterms.core.base.expression_closures import Reader
from openterms.core.base.expression_reading import normalise, read
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
    Type,
    Value,
    code,
    flag,
    parts,
    vocabulary,
    whole,
)
from openterms.core.base.reasons import gettext_noop as _

__all__ = [
    "And",
    "Arithmetic",
    "Call",
    "Choose",
    "Compare",
    "Constant",
    "Expression",
    "Fact",
    "FloorDivide",
    "IsMissing",
    "Member",
    "Name",
    "Negate",
    "Node",
    "Not",
    "Or",
    "Reader",
    "Type",
    "Value",
    "all_of",
    "code",
    "flag",
    "parse",
    "parts",
    "vocabulary",
    "whole",
]


@dataclass(frozen=True, slots=True)
class Expression:
    """A condition that has been read and proved.

    ``source`` is the text on one line; ``tree`` the typed nodes; ``type`` what it gives; ``facts`` those it speaks
    of, in order of first mention. Equal texts over equal facts are equal expressions.
    """

    source: str
    tree: Node
    facts: tuple[Fact, ...] = field(repr=False)

    @property
    def type(self) -> Type:
        """What it gives: ``int``, ``bool`` or ``text``."""
        return self.tree.type

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the facts it speaks of, in order of first mention."""
        return tuple(fact.name for fact in self.facts)

    def evaluate(self, values: Mapping[str, Value]) -> Value:
        """The value for one set of facts; None when it cannot be known.

        ``values`` must hold every name in ``names`` (None for missing) and may hold more. Raises BadInput for a name
        that is absent, a value of another type, outside its fact's range or not among its members; otherwise never
        raises.
        """
        self._check(values)
        return expression_values.value_of(self.tree, values)

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Whether the condition is True (not False, and not missing)."""
        return self.evaluate(values) is True

    def reader(self) -> Reader:
        """The expression as a function of checked values, for whoever asks often: the same answers, and no checks.

        The caller checks every value against its fact first (``Fact.check``), and gives every name in ``names``.
        """
        return expression_closures.closure(self.tree)

    def explain(self, values: Mapping[str, Value]) -> str:
        """What is so, in words with values: ``days overdue 34 >= 30``.

        A failing comparison is told by its opposite (``days overdue 12 < 30``), only the deciding parts of ``and``
        and ``or`` are named, and what is missing reads ``unknown``. English, for staff and for the record. Errors as
        ``evaluate``.
        """
        self._check(values)
        return expression_values.explain(self.tree, values)

    def _check(self, values: Mapping[str, Value]) -> None:
        for fact in self.facts:
            if fact.name not in values:
                raise BadInput(
                    _("the fact is not given"), f"fact {fact.name}", _("give its value, or None for missing")
                )
            fact.check(values[fact.name])


def parse(source: str, facts: Mapping[str, Fact], where: str = "condition", wanted: Type | None = None) -> Expression:
    """Read a condition, check its types and prove that nothing in it can overflow 64 bits.

    ``facts`` is the vocabulary by name; ``where`` names the place for errors (``steps, firm_letter, when``);
    ``wanted`` asks for a type (``bool`` for a rule). Raises BadInput with the place and the column for everything
    that is not in the language, and for texts beyond 4,000 characters, 40 levels or 600 parts.
    """
    text = normalise(source)
    tree = read(text, facts, where)
    if wanted is not None and tree.type != wanted:
        raise BadInput(
            _("the condition gives %(found)s where %(wanted)s is needed"),
            where,
            _("compare it with something"),
            {"found": tree.type, "wanted": wanted},
        )
    return Expression(text, tree, tuple(facts[name] for name in dict.fromkeys(_names(tree))))


def all_of(expressions: Iterable[Expression]) -> Expression:
    """The conjunction of several true-or-false expressions, in order; of one, that one."""
    members = tuple(expressions)
    if not members or any(member.type != "bool" for member in members):
        raise BadInput(_("only true-or-false conditions can be joined"), "condition", _("give at least one"))
    if len(members) == 1:
        return members[0]
    facts = tuple(dict.fromkeys(fact for member in members for fact in member.facts))
    source = " and ".join(f"({member.source})" for member in members)
    return Expression(source, And(tuple(member.tree for member in members)), facts)


def _names(node: Node) -> Iterable[str]:
    if isinstance(node, Name):
        yield node.name
    for part in parts(node):
        yield from _names(part)
