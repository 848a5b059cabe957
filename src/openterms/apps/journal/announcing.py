"""Announcements: what a lower room says happened, heard by upper rooms inside the same transaction.

Listeners are registered once, when the apps are ready. There is no order among them, and none answers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Said = TypeVar("Said")
_listeners: dict[type, list[Callable[[Any], None]]] = {}


def listen(kind: type[Said], hear: Callable[[Said], None]) -> None:
    """Have a function hear every announcement of a kind. What it raises ends the transaction."""
    heard = _listeners.setdefault(kind, [])
    if hear not in heard:
        heard.append(hear)


def announce(said: Any) -> None:
    """Say it to everybody who listens for its kind."""
    for hear in _listeners.get(type(said), ()):
        hear(said)
