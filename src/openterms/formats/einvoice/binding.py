"""How the terms of EN 16931 lie in a syntax: one table, read in both directions.

A table's rows stand in the order of the syntax's schema. A path names children by local name, apart by ``/``; its last
part may be an attribute (``@schemeID``). A step may say what must be so of it, in braces:

- ``{ChargeIndicator=false}`` a child with a value, written first;
- ``{>TaxScheme/ID=VAT}`` the same, written last;
- ``{!TaxScheme/ID=VAT}`` not so; nothing is written;
- ``{@schemeID=VA}`` an attribute.

``$BT-5`` in place of a value is the term of the whole invoice. A tree is a mapping of terms (``BT-1``) to texts and of
groups (``BG-25``) to lists of trees, named as in the standard; sub-terms such as a scheme are ``BT-29-1``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from openterms.formats.safe_xml import Element

Tree = dict[str, Any]


class Test(NamedTuple):
    """What must be so of a step: where, with which value, and how it is written (``first, last, never``)."""

    path: tuple[str, ...]
    value: str
    written: str


class Step(NamedTuple):
    """A part of a path."""

    name: str
    tests: tuple[Test, ...] = ()


@dataclass(frozen=True, slots=True)
class Term:
    """A term: its code, and where it lies. ``kind`` is ``text``, ``date``, ``amount`` (with a currency) or ``bare`` (an
    amount whose currency is not written)."""

    code: str
    path: tuple[Step, ...]
    attribute: str = ""
    kind: str = "text"
    currency: str = "BT-5"


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that stands wherever its parent does."""

    value: str
    path: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A group that may repeat; ``takes`` says which of a tree's groups are written here."""

    code: str
    path: tuple[Step, ...]
    rows: tuple[Row, ...]
    takes: Callable[[Tree], bool] = field(default=lambda _one: True)


Row = Term | Constant | Group


def term(code: str, path: str, kind: str = "text", currency: str = "BT-5") -> Term:
    """A row for a term."""
    steps = re.findall(r"(?:[^/{]|\{[^}]*\})+", path)
    attribute = steps.pop()[1:] if steps and steps[-1].startswith("@") else ""
    return Term(code, tuple(_step(one) for one in steps), attribute, kind, currency)


def constant(value: str, path: str) -> Constant:
    """A row for a value that never changes."""
    return Constant(value, term("", path).path)


def group(code: str, path: str, *rows: Row, takes: Callable[[Tree], bool] | None = None) -> Group:
    """A row for a group."""
    made = term("", path).path
    return Group(code, made, rows, takes) if takes else Group(code, made, rows)


def _step(text: str) -> Step:
    name, *conditions = re.split(r"[{}]+", text.rstrip("}"))
    return Step(name, tuple(_test(one) for one in conditions if one))


def _test(text: str) -> Test:
    written = {">": "last", "!": "never"}.get(text[0], "first")
    path, _equals, value = text.lstrip(">!").partition("=")
    return Test(tuple(path.split("/")), value, written)


class Reading:
    """One document being read into a tree; what no row named is `left`."""

    def __init__(self, root: Element, dated: Callable[[str], str]) -> None:
        self.root, self.dated = root, dated
        self.seen: set[tuple[int, str]] = set()
        self.tree: Tree = {}

    def read(self, rows: Sequence[Row], variables: Sequence[Term] = ()) -> Tree:
        """The tree of the whole document; `variables` are read first, for `$BT-5`."""
        for row in variables:
            self._one(row, self.root, self.tree)
        return self.rows(rows, self.root, self.tree)

    def rows(self, rows: Sequence[Row], at: Element, tree: Tree) -> Tree:
        """What rows find below an element, put into a tree."""
        for row in rows:
            if isinstance(row, Group):
                found = [self.rows(row.rows, one, {}) for one in self.below(at, row.path)]
                kept = [one for one in found if one]
                if kept:
                    tree.setdefault(row.code, []).extend(kept)
            elif isinstance(row, Term):
                self._one(row, at, tree)
            else:
                for one in self.below(at, row.path):
                    if one.text.strip() == row.value:
                        self.seen.add((id(one), ""))
        return tree

    def _one(self, row: Term, at: Element, tree: Tree) -> None:
        for one in self.below(at, row.path):
            value = one.attributes.get(row.attribute, "") if row.attribute else one.text.strip()
            if not value or (id(one), row.attribute) in self.seen:
                continue
            if row.code in tree:
                return
            tree[row.code] = self.dated(value) if row.kind == "date" else value
            self.seen.add((id(one), row.attribute))
            self._beside(row, one)
            return

    def _beside(self, row: Term, one: Element) -> None:
        """The currency of an amount, and a date's format, are what the row says already."""
        if row.kind in ("amount", "bare") and one.attributes.get("currencyID") == self.tree.get(row.currency):
            self.seen.add((id(one), "currencyID"))
        if row.kind == "date":
            self.seen.add((id(one), "format"))

    def below(self, at: Element, path: Sequence[Step]) -> list[Element]:
        """The elements that a path leads to."""
        found = [at]
        for step in path:
            found = [one for parent in found for one in parent.named(step.name) if self._fits(one, step)]
        return found

    def _fits(self, one: Element, step: Step) -> bool:
        for test in step.tests:
            wanted = str(self.tree.get(test.value[1:], "")) if test.value.startswith("$") else test.value
            met = [place for place, value in self._values(one, test.path) if value == wanted]
            if bool(met) == (test.written == "never"):
                return False
            self.seen.update(met)
        return True

    def _values(self, one: Element, path: Sequence[str]) -> Iterator[tuple[tuple[int, str], str]]:
        first, *rest = path
        if first.startswith("@"):
            yield (id(one), first[1:]), one.attributes.get(first[1:], "")
            return
        for child in one.named(first):
            if rest:
                yield from self._values(child, rest)
            else:
                yield (id(child), ""), child.text.strip()

    def left(self) -> list[str]:
        """Paths, with values, of everything that no row read."""
        return list(self._left(self.root, ""))

    def _left(self, one: Element, path: str) -> Iterator[str]:
        here = f"{path}/{one.name}"
        if one.text.strip() and (id(one), "") not in self.seen:
            yield f"{here} = {one.text.strip()[:60]}"
        for name, value in one.attributes.items():
            if (id(one), name) not in self.seen:
                yield f"{here}/@{name} = {value[:60]}"
        for child in one.children:
            yield from self._left(child, here)


class Writing:
    """One tree being written as elements."""

    def __init__(self, tree: Tree, dated: Callable[[str], str]) -> None:
        self.tree, self.dated = tree, dated

    def rows(self, rows: Sequence[Row], at: Element, tree: Tree) -> None:
        """Write what rows say of a tree below an element."""
        made: dict[tuple[int, Step], Element] = {}
        late: list[tuple[Element, Test]] = []
        for row in rows:
            if isinstance(row, Group):
                for one in tree.get(row.code, []):
                    if row.takes(one):
                        *parents, last = row.path
                        own: list[tuple[Element, Test]] = []
                        parent = self._reach(at, parents, made, late)
                        self.rows(row.rows, self._new(parent, last, own), one)
                        self._finish(own)
            elif isinstance(row, Constant):
                *parents, last = row.path
                parent = at
                for step in parents:
                    if (key := (id(parent), step)) not in made:
                        break
                    parent = made[key]
                else:
                    parent.children.append(Element(last.name, text=row.value))
            else:
                self._one(row, at, tree, made, late)
        self._finish(late)

    def _one(
        self, row: Term, at: Element, tree: Tree, made: dict[tuple[int, Step], Element],
        late: list[tuple[Element, Test]],
    ) -> None:  # fmt: skip
        value = tree.get(row.code)
        if value is None or value == "":
            return
        target = self._reach(at, row.path, made, late)
        if row.attribute:
            target.attributes[row.attribute] = value
            return
        target.text = self.dated(value) if row.kind == "date" else value
        if row.kind == "amount":
            target.attributes["currencyID"] = self.tree[row.currency]

    def _reach(
        self, at: Element, path: Sequence[Step], made: dict[tuple[int, Step], Element],
        late: list[tuple[Element, Test]],
    ) -> Element:  # fmt: skip
        for step in path:
            key = (id(at), step)
            if key not in made:
                begun = [one for one in at.named(step.name) if not one.text and not one.children]
                made[key] = begun[0] if begun and not step.tests else self._new(at, step, late)
            at = made[key]
        return at

    def _new(self, parent: Element, step: Step, late: list[tuple[Element, Test]]) -> Element:
        one = Element(step.name)
        parent.children.append(one)
        for test in step.tests:
            if test.written == "last":
                late.append((one, test))
            elif test.written == "first" and not test.value.startswith("$"):
                self._put(one, test)
        return one

    def _finish(self, late: list[tuple[Element, Test]]) -> None:
        for one, test in late:
            self._put(one, test)

    def _put(self, one: Element, test: Test) -> None:
        for name in test.path:
            if name.startswith("@"):
                one.attributes[name[1:]] = test.value
                return
            found = one.named(name)
            if not found:
                one.children.append(Element(name))
            one = one.named(name)[0]
        one.text = test.value
