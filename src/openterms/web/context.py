"""What every page of the desk knows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from .desk.access import Rights


def desk(request: HttpRequest) -> dict[str, Any]:
    """The seller, the person's role, what they may do (`can.post`), and their preferences."""
    user = getattr(request, "user", None)
    membership = getattr(request, "membership", None)
    return {
        "seller": getattr(request, "seller", None),
        "sellers": getattr(request, "sellers", []),
        "membership": membership,
        "can": Rights(membership),
        "theme": getattr(user, "theme", "auto"),
        "numerals": getattr(user, "numerals", "latn"),
        "calendar": getattr(user, "calendar", "gregorian"),
        "panel": request.headers.get("HX-Panel") == "true",
        "shell": "desk/panel_base.html" if request.headers.get("HX-Panel") == "true" else "desk/base.html",
    }
