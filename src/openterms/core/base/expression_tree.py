"""The parts of an expression: facts (what a condition may speak of) and the nodes a condition is made of.

Nodes are immutable and carry their type; whole-number nodes carry the range ``lo..hi`` that was proved for them. Two
readers walk the same nodes: ``expression_values`` for one customer, and ``portfolio.rules`` for columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop as _

Type = Literal["int", "bool", "text"]
Value = int | bool | str | None

WIDEST = 2**63 - 1
"""No value and no intermediate result may leave ``-WIDEST..WIDEST``, so that 64-bit columns hold every step."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing a condition may speak of.

    ``type`` is ``int`` (with the range ``lo..hi``, both ends included), ``bool`` or ``text`` (a code; ``members`` are
    the codes that exist, empty when the set is open, as with currencies). ``unit`` says what a number counts
    (``days``, ``minor``, ``bp``, ``cd`` for hundredths of a day), ``source`` where it comes from. Any fact may be
    missing (None).
    """

    name: str
    type: Type
    lo: int = 0
    hi: int = 0
    members: tuple[str, ...] = ()
    meaning: str = ""
    unit: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        if not (self.name.isidentifier() and self.name.isascii()):
            raise BadInput(
                _("%(name)s is no name for a fact"), "fact", _("use letters, digits and _"), {"name": self.name}
            )
        if self.type == "int" and not -WIDEST <= self.lo <= self.hi <= WIDEST:
            raise BadInput(
                _("the range of %(name)s is wrong"), "fact", _("give lo <= hi in 64 bits"), {"name": self.name}
            )

    def check(self, value: Value) -> None:
        """Raise BadInput unless ``value`` is missing or of this fact's type, in its range, among its members."""
        if value is None:
            return
        if self.type == "int":
            fits = type(value) is int and self.lo <= value <= self.hi
            wanted = f"a whole number from {self.lo} to {self.hi}"
        elif self.type == "bool":
            fits, wanted = type(value) is bool, "true or false"
        else:
            fits = type(value) is str and (not self.members or value in self.members)
            wanted = "one of " + ", ".join(self.members) if self.members else "a text"
        if not fits:
            raise BadInput(
                _("%(value)s cannot be a value here"),
                f"fact {self.name}",
                _("it must be %(wanted)s or missing"),
                {"value": repr(value)[:60], "wanted": wanted},
            )


def whole(name: str, lo: int, hi: int, meaning: str = "", unit: str = "", source: str = "") -> Fact:
    """A whole-number fact in ``lo..hi``."""
    return Fact(name, "int", lo, hi, (), meaning, unit, source)


def flag(name: str, meaning: str = "", source: str = "") -> Fact:
    """A fact that is true, false or not known."""
    return Fact(name, "bool", meaning=meaning, source=source)


def code(name: str, members: tuple[str, ...] = (), meaning: str = "", source: str = "") -> Fact:
    """A text-code fact; no members means an open set."""
    return Fact(name, "text", members=members, meaning=meaning, source=source)


def vocabulary(*facts: Fact) -> dict[str, Fact]:
    """Facts by name, in the order given."""
    return {fact.name: fact for fact in facts}


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal: 30, True, 'prompt'."""

    value: int | bool | str
    type: Type
    lo: int = 0
    hi: int = 0


@dataclass(frozen=True, slots=True)
class Name:
    """A fact by name; ``members`` as in the fact."""

    name: str
    type: Type
    lo: int = 0
    hi: int = 0
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    """Kleene's not: missing stays missing."""

    operand: Node
    type: Type = "bool"


@dataclass(frozen=True, slots=True)
class And:
    """Kleene's and over two or more operands: false if any is false, else missing if any is missing, else true."""

    operands: tuple[Node, ...]
    type: Type = "bool"


@dataclass(frozen=True, slots=True)
class Or:
    """Kleene's or over two or more operands: true if any is true, else missing if any is missing, else false."""

    operands: tuple[Node, ...]
    type: Type = "bool"


@dataclass(frozen=True, slots=True)
class Compare:
    """``left operator right`` with operator one of == != < <= > >=; missing if either side is. Chains become an And."""

    operator: str
    left: Node
    right: Node
    type: Type = "bool"


@dataclass(frozen=True, slots=True)
class Member:
    """``operand in choices`` (or ``not in`` when negated) over literals; missing if the operand is."""

    operand: Node
    choices: tuple[int | str, ...]
    negated: bool
    type: Type = "bool"


@dataclass(frozen=True, slots=True)
class IsMissing:
    """``operand is None`` (``is not None`` when negated); never missing itself."""

    operand: Node
    negated: bool
    type: Type = "bool"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``left operator right`` with operator one of + - *; missing if either side is."""

    operator: str
    left: Node
    right: Node
    lo: int
    hi: int
    type: Type = "int"


@dataclass(frozen=True, slots=True)
class FloorDivide:
    """``operand // divisor``, a positive literal; floors: -7 // 2 is -4 (DuckDB's ``//`` truncates)."""

    operand: Node
    divisor: int
    lo: int
    hi: int
    type: Type = "int"


@dataclass(frozen=True, slots=True)
class Negate:
    """``-operand``."""

    operand: Node
    lo: int
    hi: int
    type: Type = "int"


@dataclass(frozen=True, slots=True)
class Choose:
    """``when_true if condition else otherwise``; a missing condition gives missing (SQL's ELSE would not)."""

    condition: Node
    when_true: Node
    otherwise: Node
    type: Type
    lo: int = 0
    hi: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """``min``, ``max`` (two or more operands) or ``abs`` (one); missing if any operand is (SQL's LEAST skips nulls)."""

    function: Literal["min", "max", "abs"]
    operands: tuple[Node, ...]
    lo: int
    hi: int
    type: Type = "int"


Node = (
    Constant | Name | Not | And | Or | Compare | Member | IsMissing | Arithmetic | FloorDivide | Negate | Choose | Call
)


def span(node: Node) -> tuple[int, int]:
    """The proved range of a whole-number node."""
    match node:
        case Constant() | Name() | Arithmetic() | FloorDivide() | Negate() | Choose() | Call():
            return node.lo, node.hi
        case _:
            return 0, 0


def parts(node: Node) -> tuple[Node, ...]:
    """The nodes directly below ``node``, in reading order."""
    match node:
        case Not() | Member() | IsMissing() | FloorDivide() | Negate():
            return (node.operand,)
        case And() | Or() | Call():
            return node.operands
        case Compare() | Arithmetic():
            return (node.left, node.right)
        case Choose():
            return (node.condition, node.when_true, node.otherwise)
        case _:
            return ()
