"""How often a personal page may be asked for: so many times a minute by one link, and from one network address.

Links and addresses are counted in a fixed number of places, so that nobody makes the count grow; two that share a place
share its minute.
"""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.http import HttpRequest

from openterms.web.api.rates import count

from .door import address_of

BY_LINK = 120
BY_ADDRESS = 600
"""An office may stand behind one address."""
SENT_BY_LINK = 20
"""Forms that are sent, of one link."""


def wait_seconds(request: HttpRequest, secret: str) -> int:
    """Seconds until it may be asked for again; 0 where it may be now."""
    wanted = [("address", address_of(request), BY_ADDRESS), ("link", secret, BY_LINK)]
    if request.method == "POST":
        wanted.append(("sent", secret, SENT_BY_LINK))
    for kind, text, per_minute in wanted:
        allowed = count(place_of(kind, text), per_minute)
        if allowed.is_over:
            return allowed.reset
    return 0


def place_of(kind: str, text: str) -> UUID:
    """Where something is counted: one of 65,536 places of its kind."""
    room, place = (hashlib.sha256(one.encode()).digest() for one in (f"page {kind}", text))
    return UUID(bytes=room[:14] + place[:2])
