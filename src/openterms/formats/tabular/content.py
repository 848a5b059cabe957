"""The hash of what a row says, by which a repeated import is told from a changed one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from openterms.formats.tabular.fields import Field


def content_hashes(columns: Mapping[str, list[Any]], fields: Sequence[Field]) -> list[str]:
    """One hash of 32 hexadecimal digits per row, over its values as they were understood.

    The same facts give the same hash whatever the file's format, encoding or date order; fields that are empty do not
    count, nor do the external id and the attributes (a flag such as disputed may change between two exports).
    """
    template = ""
    parts: list[list[Any]] = []
    for field in fields:
        if field.name != "external_id":
            mark, column = _part(field.name, columns[field.name])
            template, parts = template + mark, [*parts, column]
    if "limit_unlimited" in columns:
        template += "%s"
        parts.append(["\x1flimit=unlimited" if one else "" for one in columns["limit_unlimited"]])
    said = map(template.__mod__, zip(*parts, strict=True))
    return [blake2b(text.encode(), digest_size=16).hexdigest() for text in said]


def _part(name: str, column: list[Any]) -> tuple[str, list[Any]]:
    """``name=value`` behind a separator that no value holds, as a place in a template and what goes there."""
    mark = f"\x1f{name}="
    if date in set(map(type, column)):
        column = [value if value is None else _iso(value) for value in column]
    if None not in column:
        return mark + "%s", column
    return "%s", ["" if value is None else f"{mark}{value}" for value in column]


@lru_cache(maxsize=100_000)
def _iso(day: date) -> str:
    return day.isoformat()
