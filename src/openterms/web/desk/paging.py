"""Keys of the last row shown, as they stand in an address."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404

MOST_EXPORTED = 200_000
PAGE = 2_000


def cursor(row: dict[str, Any]) -> str:
    """A row's key as text for the address."""
    return base64.urlsafe_b64encode(json.dumps(row["key"]).encode()).decode().rstrip("=")


def read_cursor(text: str, *kinds: str) -> list[Any] | None:
    """The key in an address, or nothing where there is none. `kinds` names what stands in each place: `uuid`, `text`,
    `int`, `date`; a key that does not fit is an address that does not exist."""
    if not text:
        return None
    try:
        key = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(key, list):
            raise ValueError(key)
        for value, kind in zip(key, kinds, strict=False):
            _check(value, kind)
    except (ValueError, binascii.Error, UnicodeDecodeError) as error:
        raise Http404 from error
    return key


def _check(value: Any, kind: str) -> None:
    if kind == "uuid":
        UUID(value if isinstance(value, str) else "")
    elif kind == "int":
        if not isinstance(value, int) or abs(value) >= 2**63:
            raise ValueError(value)
    elif not isinstance(value, str) or "\0" in value:
        raise ValueError(value)


def uuid_of(text: str) -> UUID | None:
    """An id in an address, or nothing."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def day_of(text: str) -> date | None:
    """A day in an address; None where it is none."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def every_row(read: Callable[[list[Any] | None, int], list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """All rows of a list, page by page, for a download. `read(after, limit)` gives the rows after a key."""
    after, given = None, 0
    while given < MOST_EXPORTED:
        page = read(after, PAGE)
        yield from page
        given += len(page)
        if len(page) < PAGE:
            return
        after = page[-1]["key"]
