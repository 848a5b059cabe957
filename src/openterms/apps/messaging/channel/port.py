"""What every way of sending has: a parcel in, a provider's key out, and three ways of saying no."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self
from uuid import UUID


@dataclass(frozen=True, slots=True)
class File:
    """An attachment with its bytes."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A message as it is handed over. `id` is the provider's key for it on our side: the same at every try.

    `root` and `before` are Message-IDs of the conversation: its first message and the latest that went out.
    """

    id: UUID
    address: str
    name: str
    language: str
    purpose: str
    subject: str
    text: str
    html: str
    root: str = ""
    before: str = ""
    files: Sequence[File] = ()


class NotSent(Exception):
    """No. The text says why, for people."""

    def __init__(self, what: str) -> None:
        self.what = " ".join(what.split())[:500]
        super().__init__(self.what)


class Later(NotSent):
    """Not now, perhaps at another try: a busy server, a broken line, a stall. It may have been accepted."""


class Rejected(NotSent):
    """Never. `is_address`: because of whom it is for, so that the address is bad."""

    def __init__(self, what: str, is_address: bool) -> None:
        self.is_address = is_address
        super().__init__(what)


class Down(NotSent):
    """The channel as a whole does not work now (no connection, login refused): nothing was handed over."""


class Port(Protocol):
    """A channel that is open. `send` gives the provider's own key, empty where it has none. Errors: NotSent."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def send(self, parcel: Parcel) -> str:
        """Hand one over."""
        ...
