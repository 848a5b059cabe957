"""The description of a document, from which both its reader and its JSON Schema are made.

A shape says what may stand at a place. ``read`` checks a value there and returns it in its plain form (defaults
filled in), naming every fault by its place; ``schema`` says the same to an editor, as JSON Schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop as _

Schema = dict[str, Any]
NAME = r"[a-z][a-z0-9_]{0,39}"


class Shape(Protocol):
    """What may stand at a place of a document."""

    def read(self, value: object, where: str) -> object:
        """The value in its plain form; BadInput with the place where it cannot stand there."""

    def schema(self) -> Schema:
        """The same as JSON Schema."""


def refuse(value: object, where: str, remedy: str, **params: str | int) -> NoReturn:
    """Say that a value cannot stand at a place, and what could."""
    shown = repr(value)[:60]
    raise BadInput(_("%(value)s cannot stand here"), where, remedy, {"value": shown, **params})


class Part(Mapping[str, Any]):
    """A mapping of the document that has been read, with the place it stands in; absent keys read as None."""

    def __init__(self, values: Mapping[str, Any], where: str) -> None:
        self.values_by_key = values
        self.where = where

    def __getitem__(self, key: str) -> Any:
        return self.values_by_key[key]

    def __iter__(self) -> Any:
        return iter(self.values_by_key)

    def __len__(self) -> int:
        return len(self.values_by_key)

    def at(self, key: str) -> str:
        """The place of a key."""
        return f"{self.where}, {key}"


@dataclass(frozen=True)
class Text:
    """A text that is not empty; ``pattern`` (with ``remedy``) narrows it."""

    pattern: str = ""
    remedy: str = _("write a text")

    def read(self, value: object, where: str) -> str:
        if not isinstance(value, str) or not value.strip():
            refuse(value, where, _("write a text"))
        if self.pattern and not re.fullmatch(self.pattern, value.strip()):
            refuse(value, where, self.remedy)
        return value.strip()

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^{self.pattern}$"} if self.pattern else {"type": "string"}


NAME_TEXT = Text(NAME, _("write small letters, digits and _, such as thin_file"))


@dataclass(frozen=True)
class Words:
    """A text for people: one text, or one for each language (``en: ...``, ``ar: ...``); read as the latter."""

    def read(self, value: object, where: str) -> Mapping[str, str]:
        if not isinstance(value, Mapping):
            return {"en": Text().read(value, where)}
        if not value or not all(isinstance(key, str) and re.fullmatch("[a-z]{2}", key) for key in value):
            refuse(list(value), where, _("name languages by two letters, such as en and ar"))
        if "en" not in value:
            raise BadInput(_("it is missing"), f"{where}, en", _("add this key"))
        return {str(key): Text().read(text, f"{where}, {key}") for key, text in value.items()}

    def schema(self) -> Schema:
        texts = {"type": "object", "required": ["en"], "additionalProperties": {"type": "string"}}
        return {"oneOf": [{"type": "string"}, texts]}


@dataclass(frozen=True)
class Whole:
    """A whole number in ``lo..hi``."""

    lo: int
    hi: int

    def read(self, value: object, where: str) -> int:
        if type(value) is not int or not self.lo <= value <= self.hi:
            refuse(value, where, _("write a whole number from %(lo)s to %(hi)s"), lo=self.lo, hi=self.hi)
        return value

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.lo, "maximum": self.hi}


@dataclass(frozen=True)
class Truth:
    """True or false."""

    def read(self, value: object, where: str) -> bool:
        if not isinstance(value, bool):
            refuse(value, where, _("write true or false"))
        return value

    def schema(self) -> Schema:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Choice:
    """One of some codes."""

    codes: Sequence[str]

    def read(self, value: object, where: str) -> str:
        if not isinstance(value, str) or value not in self.codes:
            raise BadInput(
                _("%(value)s is not known"),
                where,
                _("one of: %(known)s"),
                {"value": repr(value)[:60], "known": ", ".join(self.codes)},
            )
        return value

    def schema(self) -> Schema:
        return {"enum": list(self.codes)}


@dataclass(frozen=True)
class Condition:
    """The text of an expression; it is parsed later, against the facts of its place. YAML's true and false too."""

    def read(self, value: object, where: str) -> str:
        return str(value) if isinstance(value, bool) else Text().read(value, where)

    def schema(self) -> Schema:
        return {"type": ["string", "boolean"]}


@dataclass(frozen=True)
class Items:
    """A list. Entries that are mappings carry the value of their ``title`` key in their place."""

    entry: Shape
    title: str = ""
    least: int = 0

    def read(self, value: object, where: str) -> tuple[object, ...]:
        if not isinstance(value, Sequence) or isinstance(value, str):
            refuse(value, where, _("write a list, each entry starting with -"))
        if len(value) < self.least:
            raise BadInput(_("the list is empty"), where, _("add an entry"))
        found = []
        for position, one in enumerate(value, 1):
            named = one.get(self.title) if isinstance(one, Mapping) and self.title else None
            found.append(self.entry.read(one, f"{where}, {position}" + (f" ({named})" if named else "")))
        return tuple(found)

    def schema(self) -> Schema:
        return {"type": "array", "items": self.entry.schema(), "minItems": self.least}


@dataclass(frozen=True)
class ByName:
    """A mapping from names to one shape, such as terms by risk class."""

    entry: Shape
    name: str = r"[A-Za-z][A-Za-z0-9_+-]{0,15}"

    def read(self, value: object, where: str) -> Part:
        if not isinstance(value, Mapping):
            refuse(value, where, _("write keys with values, as in key: value"))
        for key in value:
            if not isinstance(key, str) or not re.fullmatch(self.name, key):
                refuse(key, where, _("a name has letters, digits, _, + and -"))
        return Part({str(key): self.entry.read(one, f"{where}, {key}") for key, one in value.items()}, where)

    def schema(self) -> Schema:
        return {"type": "object", "propertyNames": {"pattern": f"^{self.name}$"},
                "additionalProperties": self.entry.schema()}  # fmt: skip


@dataclass(frozen=True)
class Key:
    """One key of ``Keys``: its shape, what it means, and whether it may be absent (then it reads as ``default``)."""

    shape: Shape
    meaning: str
    needed: bool = True
    default: object = None


@dataclass(frozen=True)
class Keys:
    """A mapping with known keys. ``check`` may look at the whole once its keys are read."""

    keys: Mapping[str, Key]
    check: Callable[[Part], None] = field(default=lambda part: None)

    def read(self, value: object, where: str) -> Part:
        if not isinstance(value, Mapping):
            refuse(value, where, _("write keys with values, as in key: value"))
        for key in value:
            if key not in self.keys:
                raise BadInput(
                    _("%(key)s is not a key here"),
                    where,
                    _("known keys: %(known)s"),
                    {"key": str(key)[:40], "known": ", ".join(self.keys)},
                )
        part = Part({name: self._one(name, key, value, where) for name, key in self.keys.items()}, where)
        self.check(part)
        return part

    def _one(self, name: str, key: Key, values: Mapping[str, object], where: str) -> object:
        value = values.get(name)
        if value is not None:
            return key.shape.read(value, f"{where}, {name}")
        if key.needed:
            raise BadInput(_("it is missing"), f"{where}, {name}", _("add this key"))
        return key.default

    def schema(self) -> Schema:
        return {
            "type": "object",
            "additionalProperties": False,
            "required": [name for name, key in self.keys.items() if key.needed],
            "properties": {name: {"description": key.meaning} | key.shape.schema() for name, key in self.keys.items()},
        }


def needed(shape: Shape, meaning: str) -> Key:
    """A key that must be there."""
    return Key(shape, meaning)


def optional(shape: Shape, meaning: str, default: object = None) -> Key:
    """A key that may be absent."""
    return Key(shape, meaning, False, default)
