"""What every page of the desk knows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def desk(request: HttpRequest) -> dict[str, Any]:
    """The seller, the person's role and preferences."""
    user = getattr(request, "user", None)
    return {
        "seller": getattr(request, "seller", None),
        "sellers": getattr(request, "sellers", []),
        "membership": getattr(request, "membership", None),
        "theme": getattr(user, "theme", "auto"),
        "numerals": getattr(user, "numerals", "latn"),
        "calendar": getattr(user, "calendar", "gregorian"),
    }
