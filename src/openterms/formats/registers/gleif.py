"""GLEIF's register of legal entity identifiers: ``GET {base}/lei-records/{lei}``, JSON:API.

``data.attributes.entity`` has ``legalName.name``, ``status`` (ACTIVE, INACTIVE), ``legalAddress``, ``registeredAs``,
``creationDate``; ``data.attributes.registration`` has ``status`` (ISSUED, LAPSED, RETIRED …) and ``nextRenewalDate``
(https://documenter.getpostman.com/view/7679680/SVYrrxuU, https://www.gleif.org/en/lei-data/gleif-api).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from openterms.formats.registers.answers import Answer, Question, json_object, short, unreachable

BASE = "https://api.gleif.org/api/v1"


def question(base: str, lei: str) -> Question:
    """Ask about an LEI."""
    return Question(f"{base.rstrip('/')}/lei-records/{lei}", accept="application/vnd.api+json")


def answer(status: int, body: bytes) -> tuple[Answer, bool]:
    """What GLEIF said, and whether asking again may help."""
    found = json_object(body)
    if status == 404 and found is not None:
        return Answer("not_found"), False
    entity = _at(found, "data", "attributes", "entity")
    if status != 200 or not isinstance(entity, dict):
        return unreachable(f"status {status}"), status >= 500 or status == 429
    registration = _at(found, "data", "attributes", "registration") or {}
    kept = {
        "country": short(_at(entity, "legalAddress", "country"), 2),
        "register_number": short(entity.get("registeredAs"), 80),
        "lei_status": short(registration.get("status"), 40),
        "renew_by": short(registration.get("nextRenewalDate"), 40),
    }
    state = {"ACTIVE": "active", "INACTIVE": "closed"}.get(str(entity.get("status")), "")
    name = short(_at(entity, "legalName", "name"))
    return Answer("found", name, state, day_of(entity.get("creationDate")), kept), False


def _at(found: Any, *path: str) -> Any:
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def day_of(text: object) -> date | None:
    """A date of a register, by its first ten characters; None where it is none."""
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return None
