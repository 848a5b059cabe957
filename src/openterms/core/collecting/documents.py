"""Reading a parsed policy document key by key, so that every fault names its place and what would be right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop


class Section:
    """A mapping inside a document, with the place it stands in."""

    def __init__(self, values: Mapping[str, object], where: str) -> None:
        self.values = values
        self.where = where

    def at(self, key: str) -> str:
        """The place of a key."""
        return f"{self.where}, {key}"

    def names(self) -> Sequence[str]:
        """The keys in the order written."""
        return tuple(self.values)

    def has(self, key: str) -> bool:
        """Whether the key is there and not empty."""
        return self.values.get(key) is not None

    def only(self, *known: str) -> None:
        """Refuse keys that do not exist."""
        for key in self.values:
            if key not in known:
                raise BadInput(
                    gettext_noop("%(key)s is not a key here"),
                    self.where,
                    gettext_noop("known keys: %(known)s"),
                    {"key": str(key), "known": ", ".join(known)},
                )

    def text(self, key: str, default: str | None = None) -> str:
        """A text; required unless there is a default."""
        value = self._value(key, default)
        if not isinstance(value, str) or not value.strip():
            raise self._wrong(key, value, gettext_noop("write a text"))
        return value.strip()

    def condition(self, key: str, default: str | None = None) -> str:
        """The text of a condition; YAML's own true and false are conditions too."""
        value = self._value(key, default)
        return str(value) if isinstance(value, bool) else self.text(key, default)

    def number(self, key: str, lo: int, hi: int, default: int | None = None) -> int:
        """A whole number in ``lo..hi``; required unless there is a default."""
        return self._whole(key, self._value(key, default), lo, hi)

    def truth(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self._value(key, default)
        if not isinstance(value, bool):
            raise self._wrong(key, value, gettext_noop("write true or false"))
        return value

    def choice(self, key: str, known: Sequence[str]) -> str:
        """One of the known codes; required."""
        return self._known(key, self._value(key, None), known)

    def choices(self, key: str, known: Sequence[str]) -> list[str]:
        """A list of known codes; empty where the key is absent."""
        value = self._value(key, [])
        if not isinstance(value, list):
            raise self._wrong(key, value, gettext_noop("write a list"))
        return [self._known(key, element, known) for element in value]

    def numbers(self, key: str, known: Sequence[str] | None, lo: int, hi: int) -> dict[str, int]:
        """A mapping of codes (``known`` ones, or any) to whole numbers; empty where the key is absent."""
        inner = self.section(key)
        if known is not None:
            inner.only(*known)
        return {str(name): inner._whole(str(name), value, lo, hi) for name, value in inner.values.items()}

    def section(self, key: str) -> Section:
        """The mapping under a key; empty where the key is absent."""
        return section(self._value(key, {}), self.at(key))

    def sections(self, key: str, title: str) -> list[Section]:
        """The list of mappings under a key; each place is numbered and carries the entry's ``title`` value."""
        value = self._value(key, [])
        if not isinstance(value, list):
            raise self._wrong(key, value, gettext_noop("write a list, each entry starting with -"))
        found: list[Section] = []
        for position, entry in enumerate(value, 1):
            named = entry.get(title) if isinstance(entry, Mapping) else None
            place = f"{self.at(key)}, {position}" + (f" ({named})" if named else "")
            found.append(section(entry, place))
        return found

    def _value(self, key: str, default: object) -> object:
        value = self.values.get(key)
        if value is None:
            value = default
        if value is None:
            raise BadInput(gettext_noop("it is missing"), self.at(key), gettext_noop("add this key"))
        return value

    def _whole(self, key: str, value: object, lo: int, hi: int) -> int:
        if type(value) is not int or not lo <= value <= hi:
            raise BadInput(
                gettext_noop("%(value)s cannot stand here"),
                self.at(key),
                gettext_noop("write a whole number from %(lo)s to %(hi)s"),
                {"value": repr(value)[:60], "lo": lo, "hi": hi},
            )
        return value

    def _known(self, key: str, value: object, known: Sequence[str]) -> str:
        if not isinstance(value, str) or value not in known:
            raise BadInput(
                gettext_noop("%(value)s is not known"),
                self.at(key),
                gettext_noop("one of: %(known)s"),
                {"value": repr(value)[:60], "known": ", ".join(known)},
            )
        return value

    def _wrong(self, key: str, value: object, remedy: str) -> BadInput:
        return BadInput(gettext_noop("%(value)s cannot stand here"), self.at(key), remedy, {"value": repr(value)[:60]})


def section(value: object, where: str) -> Section:
    """A section over a parsed value, which must be a mapping with text keys."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise BadInput(
            gettext_noop("%(value)s cannot stand here"),
            where,
            gettext_noop("write keys with values, as in key: value"),
            {"value": repr(value)[:60]},
        )
    return Section(value, where)
