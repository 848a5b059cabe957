"""A company register behind a plain JSON interface, as a gateway to a national one offers it.

``GET {address}`` where the configured address has the places ``{country}`` and ``{number}``; 200 with ``name``,
``status`` (``active, dormant, closing, closed``) and ``registered_on`` (ISO date), 404 where there is no such company.
"""

from __future__ import annotations

from urllib.parse import quote

from openterms.formats.registers.answers import Answer, Question, json_object, short, unreachable
from openterms.formats.registers.gleif import day_of

STATES = ("active", "dormant", "closing", "closed")


def question(address: str, country: str, number: str) -> Question:
    """Ask about a register number of a country."""
    return Question(address.replace("{country}", quote(country)).replace("{number}", quote(number, safe="")))


def answer(status: int, body: bytes) -> tuple[Answer, bool]:
    """What the register said, and whether asking again may help."""
    found = json_object(body)
    if status == 404:
        return Answer("not_found", status="not_found"), False
    if status != 200 or found is None or not found.get("name"):
        return unreachable(f"status {status}"), status >= 500 or status == 429
    state = str(found.get("status") or "")
    known = state if state in STATES else ""
    since = day_of(found.get("registered_on"))
    return Answer("found", short(found["name"]), known, since, {"status": short(state)}), False
