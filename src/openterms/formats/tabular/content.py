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
    marked = [_marked(field.name, columns[field.name]) for field in fields if field.name != "external_id"]
    if "limit_unlimited" in columns:
        marked.append(["\x1flimit=unlimited" if one else "" for one in columns["limit_unlimited"]])
    if not marked:
        return []
    return [blake2b(text.encode(), digest_size=16).hexdigest() for text in map("".join, zip(*marked, strict=True))]


def _marked(name: str, column: list[Any]) -> list[str]:
    """Values as ``name=value`` behind a separator that no value holds; "" where empty."""
    mark = f"\x1f{name}="
    first = next((value for value in column if value is not None), None)
    if first is None:
        return [""] * len(column)
    if isinstance(first, str):
        return [mark + value if value is not None else "" for value in column]
    if isinstance(first, date):
        return [mark + _iso(value) if value is not None else "" for value in column]
    return [f"{mark}{value}" if value is not None else "" for value in column]


@lru_cache(maxsize=100_000)
def _iso(day: date) -> str:
    return day.isoformat()
