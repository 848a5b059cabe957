"""What a register says of a number, in one form for all of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

Outcome = Literal["found", "not_found", "unreachable"]


@dataclass(frozen=True, slots=True)
class Question:
    """A request to a register: an address, and a JSON body where it is a POST."""

    address: str
    body: bytes | None = None
    accept: str = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """A register's answer. ``unreachable`` says nothing about the number; ``status`` is one of the credit facts'
    ``active, dormant, closing, closed, not_found``, empty where the register tells none."""

    outcome: Outcome
    name: str = ""
    status: str = ""
    registered_on: date | None = None
    said: dict[str, Any] = field(default_factory=dict)


def unreachable(why: str) -> Answer:
    """No answer about the number, and why not."""
    return Answer("unreachable", said={"why": why[:300]})


def json_object(body: bytes) -> dict[str, Any] | None:
    """The JSON object of a body; None where it is anything else."""
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def short(value: object, most: int = 300) -> str:
    """A text of a register, in one line; a missing one and VIES's ``---`` are empty."""
    text = " ".join(str(value or "").split())[:most]
    return "" if text == "---" else text
