"""The small expressions of a map: a column, the row's position, a function of a column, or a template of these."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.formats.tabular.cells import Cell, texts, western
from openterms.formats.tabular.fields import nearest
from openterms.formats.tabular.source import Batch

ROW = "row"
_CALL = re.compile(r"([a-z]+)\((.*)\)", re.DOTALL)
_PLACE = re.compile(r"\{([^{}]*)\}")
_DEEPEST = 5


def _digits(text: str) -> str:
    return "".join(sign for sign in western(text) if "0" <= sign <= "9")


def _abs(text: str) -> str:
    return text.strip().strip("-+()").strip()


FUNCTIONS: Mapping[str, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "strip": str.strip,
    "digits": _digits,
    "abs": _abs,
}


class Expression(ABC):
    """Something that gives one cell per row of a batch. ``columns`` names the columns it reads."""

    columns: tuple[str, ...] = ()

    @abstractmethod
    def cells(self, batch: Batch, typed: bool) -> Sequence[Cell]:
        """One cell per row. ``typed`` says whether the batch may hold other than texts."""

    def gives_typed(self, typed: bool) -> bool:
        """Whether the cells may be other than texts, given whether the batch's may."""
        return False


@dataclass(frozen=True)
class Column(Expression):
    """The cells of one column as they are."""

    name: str

    @property
    def columns(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.name,)

    def cells(self, batch: Batch, typed: bool) -> Sequence[Cell]:
        return batch.columns[self.name]

    def gives_typed(self, typed: bool) -> bool:
        return typed


@dataclass(frozen=True)
class Position(Expression):
    """The position of the row among the data rows, counted from 0."""

    def cells(self, batch: Batch, typed: bool) -> Sequence[Cell]:
        return [str(position) for position in batch.positions]


@dataclass(frozen=True)
class Call(Expression):
    """A text function of another expression."""

    function: str
    argument: Expression

    @property
    def columns(self) -> tuple[str, ...]:  # type: ignore[override]
        return self.argument.columns

    def cells(self, batch: Batch, typed: bool) -> Sequence[Cell]:
        given = texts(self.argument.cells(batch, typed), self.argument.gives_typed(typed))
        return list(map(FUNCTIONS[self.function], given))


@dataclass(frozen=True)
class Template(Expression):
    """Texts and expressions in turn, joined: texts at even places, expressions at odd ones."""

    literals: tuple[str, ...]
    places: tuple[Expression, ...]

    @property
    def columns(self) -> tuple[str, ...]:  # type: ignore[override]
        return tuple(name for place in self.places for name in place.columns)

    def cells(self, batch: Batch, typed: bool) -> Sequence[Cell]:
        given = [texts(place.cells(batch, typed), place.gives_typed(typed)) for place in self.places]
        joined = []
        for row in zip(*given, strict=True):
            parts = [part for pair in zip(self.literals, map(str.strip, row), strict=False) for part in pair]
            joined.append("".join(parts) + self.literals[-1])
        return joined


def bind(text: str, header: Sequence[str], fields: Mapping[str, str], where: str, depth: int = 0) -> Expression:
    """Read an expression against a header.

    ``InvoiceNo`` is a column; ``row`` the position counted from 0 (unless a column is called so); ``lower(InvoiceNo)``
    a function (lower, upper, strip, digits, abs); ``{customer}-{row}`` a template whose places are expressions, or
    names of ``fields`` (target field to its expression). Errors: ``BadInput`` naming what the header has.
    """
    if text in header:
        return Column(text)
    if text == ROW:
        return Position()
    if depth < _DEEPEST:
        call = _CALL.fullmatch(text)
        if call and call[1] in FUNCTIONS:
            return Call(call[1], bind(call[2].strip(), header, fields, where, depth + 1))
        if depth and text in fields:
            return bind(fields[text], header, fields, where, depth + 1)
        if _PLACE.search(text):
            pieces = _PLACE.split(text)
            if not any("{" in literal or "}" in literal for literal in pieces[0::2]):
                places = tuple(bind(piece.strip(), header, fields, where, depth + 1) for piece in pieces[1::2])
                return Template(tuple(pieces[0::2]), places)
    raise BadInput(
        gettext_noop("the file has no column %(name)s"),
        where,
        gettext_noop("its columns are %(names)s; row, %(functions)s and {column}-{row} are understood too"),
        {
            "name": repr(text[:100]),
            "names": nearest(text, list(header)),
            "functions": ", ".join(f"{name}(column)" for name in FUNCTIONS),
        },
    )
