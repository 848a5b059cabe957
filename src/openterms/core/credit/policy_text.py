"""From the text of a policy to plain values, and from plain values to the one text that is hashed.

The text is YAML, read strictly: nothing but mappings, lists, texts, whole numbers, true, false and null. Two equal
keys, anchors, aliases, tags and the older spellings of YAML (``yes``, ``010``, ``12:30``, dates) would each let a
person read one thing and the machine another; the first four are refused, the last read as the texts they look like.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Hashable, Mapping
from typing import Any

import yaml

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop as _

LONGEST_TEXT = 400_000
DEEPEST = 16


class _Loader(yaml.SafeLoader):
    """YAML without what surprises."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _fault(_("anchors and aliases are not read"), event.start_mark)
        if getattr(event, "tag", None) is not None:
            raise _fault(_("tags are not read"), event.start_mark)
        self.depth += 1
        if self.depth > DEEPEST:
            raise _fault(_("this is nested too deeply"), event.start_mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _fault(_("a key is a single word"), key.start_mark)
            if key.value in seen:
                raise _fault(_("the key %(key)s stands twice"), key.start_mark, {"key": key.value[:40]})
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _plain_number(loader: _Loader, node: Any) -> object:
    text = loader.construct_scalar(node)
    return int(text.replace("_", "")) if len(text) <= 30 else text


_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"(?:~|null|)$"), ["~", "n", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(?:true|false)$"), ["t", "f"])
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"-?(?:0|[1-9][0-9]*(?:_[0-9]+)*)$"), list("-0123456789")
)
_Loader.add_constructor("tag:yaml.org,2002:int", _plain_number)


def _fault(what: str, mark: Any, params: Mapping[str, str | int] | None = None) -> BadInput:
    place = f"policy, line {mark.line + 1}, column {mark.column + 1}" if mark else "policy"
    return BadInput(what, place, _("write plain YAML: keys, lists, texts, whole numbers, true, false"), params)


def read_text(text: str) -> object:
    """The values of a YAML text. Raises BadInput with line and column for whatever is not plain YAML."""
    if len(text) > LONGEST_TEXT:
        raise BadInput(_("the document is too long"), "policy", _("divide it"))
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a stricter SafeLoader
    except yaml.YAMLError as error:
        raise _fault(_("this is not plain YAML"), getattr(error, "problem_mark", None)) from None
    except (RecursionError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        raise _fault(_("this is not plain YAML"), None) from None


def canonical(value: object) -> str:
    """One text for equal values: JSON with sorted keys and no spaces. The order of lists counts."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_jsonable)


def digest(value: object) -> str:
    """SHA-256 of the canonical text, in 64 hexadecimal digits."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def _jsonable(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no place in a document")
