"""VIES, the European Commission's check of VAT numbers: its REST interface.

``POST {base}/check-vat-number`` with ``countryCode`` and ``vatNumber`` answers ``valid``, ``name``, ``address``,
``requestDate``, ``requestIdentifier``; what went wrong comes as ``errorWrappers`` with a code such as
``MS_UNAVAILABLE`` (https://ec.europa.eu/taxation_customs/vies/#/technical-information).
"""

from __future__ import annotations

import json

from openterms.formats.registers.answers import Answer, Question, json_object, short, unreachable

BASE = "https://ec.europa.eu/taxation_customs/vies/rest-api"
TRANSIENT = frozenset(
    {
        "GLOBAL_MAX_CONCURRENT_REQ", "GLOBAL_MAX_CONCURRENT_REQ_TIME", "MS_MAX_CONCURRENT_REQ",
        "MS_MAX_CONCURRENT_REQ_TIME", "MS_UNAVAILABLE", "SERVICE_UNAVAILABLE", "TIMEOUT", "SERVER_BUSY",
    }
)  # fmt: skip
"""Codes after which asking again later may help."""


def question(base: str, prefix: str, number: str) -> Question:
    """Ask about a VAT number by its two letters and the rest."""
    body = json.dumps({"countryCode": prefix, "vatNumber": number}).encode()
    return Question(f"{base.rstrip('/')}/check-vat-number", body)


def answer(status: int, body: bytes) -> tuple[Answer, bool]:
    """What VIES said, and whether asking again may help."""
    found = json_object(body)
    if found is None:
        return unreachable(f"status {status}, and no JSON"), status >= 500 or status == 429
    errors = [str(one.get("error", "")) for one in found.get("errorWrappers") or [] if isinstance(one, dict)]
    if "INVALID_INPUT" in errors:
        return Answer("not_found", said={"errors": errors}), False
    if errors or not isinstance(found.get("valid"), bool):
        why = ", ".join(errors) or f"status {status} without an answer"
        return unreachable(why), status >= 500 or status == 429 or any(one in TRANSIENT for one in errors)
    kept = {
        "address": short(found.get("address")),
        "asked_on": short(found.get("requestDate"), 40),
        "receipt": short(found.get("requestIdentifier"), 60),
    }
    if not found["valid"]:
        return Answer("not_found", said=kept), False
    return Answer("found", short(found.get("name")), said=kept), False
