"""The map of a file: which column means what, and how dates and amounts are written in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.formats.tabular.amounts import SIGNS
from openterms.formats.tabular.dates import ORDERS, is_date_format
from openterms.formats.tabular.detect import ENCODINGS
from openterms.formats.tabular.fields import KINDS, fields_of, nearest

_LARGEST = 1 << 17
_OPTIONS = ("encoding", "delimiter", "sheet", "header_line")
_KEYS = (
    "kind",
    "key",
    "columns",
    "dates",
    "decimal",
    "constants",
    "attributes",
    "skip_when",
    "new_customers",
    *_OPTIONS,
)


@dataclass(frozen=True, slots=True)
class Map:
    """How the rows of a file become rows of one kind.

    ``columns``: target field -> expression (a column's name, ``row``, ``lower(column)``, ``{column}-{row}``).
    ``constants``: target field -> the same text for every row. ``attributes``: name to keep it under -> column.
    ``dates``: date field ("" for all others) -> formats, tried in order. ``decimal``: amount field ("" for all others)
    -> decimal sign. ``skip_when``: column -> values whose rows are left out in silence ("" means an empty cell).
    ``key``: what stands before a row's position where rows have no number (else the file's name without ending).
    ``options``: encoding, delimiter, sheet, header_line for :func:`~openterms.formats.tabular.readers.open_table`.
    ``new_customers``: ``add`` makes customers that a row names and nobody has entered; ``refuse`` (the default) refuses
    such rows. ``origin`` tells people where the map came from; ``notes`` what they should know about a guess.
    """

    kind: str
    columns: Mapping[str, str]
    constants: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    dates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    decimal: Mapping[str, str] = field(default_factory=dict)
    skip_when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    key: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    new_customers: bool = False
    origin: str = ""
    notes: tuple[str, ...] = ()

    def describe(self) -> str:
        """The map as the text of a map file, notes as comments: to print, to keep, to correct and give back."""
        shown: dict[str, Any] = {"kind": self.kind}
        if self.key:
            shown["key"] = self.key
        shown.update(self.options)
        if self.new_customers:
            shown["new_customers"] = "add"
        shown["columns"] = dict(self.columns)
        if self.dates:
            shown["dates"] = _folded({name: list(one) if len(one) > 1 else one[0] for name, one in self.dates.items()})
        if self.decimal:
            shown["decimal"] = _folded(dict(self.decimal))
        for name, part in (("constants", self.constants), ("attributes", self.attributes)):
            if part:
                shown[name] = dict(part)
        if self.skip_when:
            shown["skip_when"] = {name: list(values) for name, values in self.skip_when.items()}
        text = yaml.safe_dump(shown, sort_keys=False, allow_unicode=True, width=120)
        comments = "".join(f"# {note}\n" for note in (self.origin, *self.notes) if note)
        return comments + text


def _folded(part: dict[str, Any]) -> Any:
    return part[""] if set(part) == {""} else {name or "default": value for name, value in part.items()}


class _Loader(yaml.BaseLoader):
    """YAML in which every scalar is a text (so NO stays Norway), without aliases and without repeated keys."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not used in map files")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = [key for key in keys if not isinstance(key, str) or keys.count(key) > 1]
        if twice:
            raise yaml.YAMLError(f"line {node.start_mark.line + 1}: the key {twice[0]!r} occurs twice or is no text")
        return super().construct_mapping(node, deep=deep)


def load_map(path: Path | str, kind: str | None = None) -> Map:
    """Read a map file (YAML). ``kind`` is what is being imported; a map that says another is refused.

    Errors: ``BadInput`` saying what is wrong, where in the map, and what would be right.
    """
    path = Path(path)
    try:
        if path.stat().st_size > _LARGEST:
            raise BadInput(gettext_noop("the map is too large"), path.name, gettext_noop("give a map of one file"))
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(
            gettext_noop("the map cannot be read: %(error)s"),
            path.name,
            gettext_noop("give a YAML file in UTF-8"),
            {"error": getattr(error, "strerror", None) or str(error)},
        ) from None
    return read_map(text, kind, path.name)


def read_map(text: str, kind: str | None = None, name: str = "map") -> Map:
    """Read the text of a map file, as :func:`load_map` does."""
    try:
        found = yaml.load(text, _Loader)  # noqa: S506  (a BaseLoader: texts, lists and mappings only)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadInput(
            gettext_noop("the map is not YAML: %(error)s"),
            name,
            gettext_noop("write keys and values as in examples/maps"),
            {"error": " ".join(str(error).split())[:200] or "nested too deeply"},
        ) from None
    return _Reader(name).map(found, kind)


class _Reader:
    """Checks the parts of a loaded map one after the other."""

    def __init__(self, name: str) -> None:
        self.name = name

    def map(self, found: Any, kind: str | None) -> Map:
        parts = self._mapping(found, "")
        self._known(parts, _KEYS, "")
        kind = self._kind(parts.get("kind"), kind)
        names = [one.name for one in fields_of(kind)]
        columns = self._texts(parts, "columns", names)
        constants = self._texts(parts, "constants", names)
        both = sorted(set(columns) & set(constants))
        if both:
            self._fail(
                gettext_noop("%(given)s has a column and a constant"),
                both[0],
                gettext_noop("give one of them"),
                "constants",
            )
        if not columns:
            self._fail(gettext_noop("the map names no columns"), "", gettext_noop("give a part `columns:`"), "columns")
        options = {key: self._text(parts[key], key) for key in _OPTIONS if key in parts}
        self._check_options(options)
        return Map(
            kind=kind,
            columns=columns,
            constants=constants,
            attributes=self._attributes(parts.get("attributes")),
            dates=self._per_field(
                parts.get("dates"), "dates", [one.name for one in fields_of(kind) if one.type == "date"]
            ),
            decimal=self._signs(
                parts.get("decimal"), [one.name for one in fields_of(kind) if one.type in ("amount", "limit")]
            ),
            skip_when=self._lists(parts.get("skip_when"), "skip_when"),
            key=self._text(parts["key"], "key") if "key" in parts else None,
            options=options,
            new_customers=self._new_customers(parts.get("new_customers", "refuse")),
            origin=f"map {self.name}",
        )

    def _kind(self, told: Any, kind: str | None) -> str:
        given = self._text(told, "kind") if told is not None else kind
        if given is None:
            self._fail(
                gettext_noop("the map does not say its kind"),
                "",
                gettext_noop("add kind: %(expected)s"),
                "",
                " | ".join(KINDS),
            )
        if given not in KINDS or (kind is not None and given != kind):
            expected = kind or ", ".join(KINDS)
            self._fail(
                gettext_noop("the map is for %(given)s"),
                repr(given),
                gettext_noop("expected is %(expected)s"),
                "kind",
                expected,
            )
        return str(given)

    def _new_customers(self, told: Any) -> bool:
        given = self._text(told, "new_customers")
        if given not in ("add", "refuse"):
            self._fail(
                gettext_noop("%(given)s is not known here"),
                repr(given),
                gettext_noop("expected is one of %(expected)s"),
                "new_customers",
                "add, refuse",
            )
        return given == "add"

    def _check_options(self, options: Mapping[str, str]) -> None:
        line = options.get("header_line", "1")
        if not (line.isascii() and line.isdecimal() and 1 <= int(line[:6]) <= 1_000):
            self._fail(
                gettext_noop("%(given)s is not a line"), repr(line), gettext_noop("give a number from 1"), "header_line"
            )
        delimiter = options.get("delimiter", ",")
        if len(delimiter) != 1 or delimiter in "\r\n\"' ":
            self._fail(
                gettext_noop("%(given)s is not a delimiter"),
                repr(delimiter),
                gettext_noop('give one sign, such as ";"'),
                "delimiter",
            )
        encoding = options.get("encoding", "utf-8").casefold()
        if encoding not in ENCODINGS:
            self._fail(
                gettext_noop("%(given)s is not a known encoding"),
                repr(encoding),
                gettext_noop("expected is one of %(expected)s"),
                "encoding",
                ", ".join(ENCODINGS),
            )

    def _mapping(self, found: Any, where: str) -> dict[str, Any]:
        if found is None or found == "":
            return {}
        if not isinstance(found, dict):
            self._fail(
                gettext_noop("%(given)s is not a set of keys and values"),
                repr(found)[:60],
                gettext_noop("write key: value"),
                where,
            )
        return dict(found)

    def _text(self, found: Any, where: str) -> str:
        if not isinstance(found, str):
            self._fail(gettext_noop("%(given)s is not a text"), repr(found)[:60], gettext_noop("give one text"), where)
        return str(found)

    def _known(self, parts: Mapping[str, Any], names: tuple[str, ...] | list[str], where: str) -> None:
        for key in parts:
            if key not in names:
                self._fail(
                    gettext_noop("%(given)s is not known here"),
                    repr(key),
                    gettext_noop("expected is one of %(expected)s"),
                    where,
                    nearest(str(key), list(names)),
                )

    def _texts(self, parts: Mapping[str, Any], key: str, names: list[str]) -> dict[str, str]:
        part = self._mapping(parts.get(key), key)
        self._known(part, names, key)
        return {name: self._text(value, f"{key}, {name}") for name, value in part.items()}

    def _lists(self, found: Any, where: str) -> dict[str, tuple[str, ...]]:
        part = self._mapping(found, where)
        return {
            name: tuple(self._text(one, f"{where}, {name}") for one in (value if isinstance(value, list) else [value]))
            for name, value in part.items()
        }

    def _attributes(self, found: Any) -> dict[str, str]:
        if isinstance(found, list):
            return {self._text(name, "attributes"): name for name in found}
        part = self._mapping(found, "attributes")
        return {name: self._text(value, f"attributes, {name}") for name, value in part.items()}

    def _per_field(self, found: Any, where: str, names: list[str]) -> dict[str, tuple[str, ...]]:
        if isinstance(found, (str, list)) and found:
            found = {"default": found}
        part = self._lists(found, where)
        self._known(part, [*names, "default"], where)
        for formats in part.values():
            for one in formats:
                if not is_date_format(one):
                    self._fail(
                        gettext_noop("%(given)s is not a date format"),
                        repr(one),
                        gettext_noop("use %(expected)s or a pattern such as %%d.%%m.%%Y"),
                        where,
                        ", ".join(ORDERS),
                    )
        return {"" if name == "default" else name: formats for name, formats in part.items() if formats}

    def _signs(self, found: Any, names: list[str]) -> dict[str, str]:
        part = self._mapping({"default": found} if isinstance(found, str) and found else found, "decimal")
        self._known(part, [*names, "default"], "decimal")
        for sign in part.values():
            if sign not in SIGNS:
                self._fail(
                    gettext_noop("%(given)s is not a decimal sign"),
                    repr(sign),
                    gettext_noop('use "." or ","'),
                    "decimal",
                )
        return {"" if name == "default" else name: sign for name, sign in part.items()}

    def _fail(self, what: str, given: str, remedy: str, where: str, expected: str = "") -> None:
        place = f"{self.name}, {where}" if where else self.name
        raise BadInput(what, place, remedy, {"given": given, "expected": expected})
