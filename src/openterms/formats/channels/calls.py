"""What every provider of short messages offers: the call that sends one, its answer, and what it reports. No network.

A provider's reports are believed only with its signature.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Kind = Literal["sent", "delivered", "failed", "bounced", "opened", "deferred"]


@dataclass(frozen=True, slots=True)
class Call:
    """A request: ``path`` with its query, below the provider's base address."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class ShortMessage:
    """A text to a number. ``key`` is our id of it, ``report_url`` where its fate is told (empty: nowhere)."""

    key: str
    sender: str
    number: str
    text: str
    language: str
    report_url: str = ""
    template: str = ""
    """The provider's name of an approved template; empty for free text."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a provider answered: ``accepted`` with its own key, ``later``, ``refused``, ``bad_number`` or ``down``."""

    outcome: Literal["accepted", "later", "refused", "bad_number", "down"]
    key: str = ""
    what: str = ""


@dataclass(frozen=True, slots=True)
class Fate:
    """One report: our key where it says it, the provider's key, what happened, when (seconds since 1970; 0: unsaid)."""

    kind: Kind
    event_key: str
    key: str = ""
    provider_key: str = ""
    what: str = ""
    at: int = 0


@dataclass(frozen=True, slots=True)
class Posted:
    """A report as it came: the address it was sent to, its headers in small letters, its body."""

    url: str
    headers: Mapping[str, str]
    body: bytes


class Provider(Protocol):
    """A provider. ``secrets`` are the names of its credentials, ``kinds`` the channels that it sends."""

    name: str
    secrets: tuple[str, ...]
    kinds: tuple[str, ...]
    base_url: str

    def call(self, message: ShortMessage, kind: str, secrets: Mapping[str, str]) -> Call:
        """The request that sends a message."""
        ...

    def read_answer(self, status: int, body: bytes) -> Answer:
        """What the provider said."""
        ...

    def is_genuine(self, posted: Posted, secrets: Mapping[str, str]) -> bool:
        """Whether a report bears the provider's signature."""
        ...

    def read_report(self, posted: Posted) -> list[Fate]:
        """What a genuine report tells; empty where it tells nothing of a message's fate."""
        ...


def digits(number: str) -> str:
    """The digits of a number in international form."""
    return "".join(one for one in number if one.isascii() and one.isdigit())


def read_json(body: bytes) -> Any:
    """The JSON of a body; None where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def mapping(value: Any) -> Mapping[str, Any]:
    """The value where it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def same(one: str, other: str) -> bool:
    """Whether two codes are the same, in a time that tells nothing."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def outcome_of(status: int) -> Literal["later", "refused", "down"]:
    """What a status that is no success means where the body says no more."""
    if status in (401, 403):
        return "down"
    return "later" if status in (408, 429) or status >= 500 else "refused"
