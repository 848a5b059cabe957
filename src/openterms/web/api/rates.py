"""How often a key may ask: so many requests in each minute that begins with its first.

Each web process counts for itself, in memory: counting in the database would cost every request a write.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from uuid import UUID

MINUTE = 60.0
MOST_KEYS = 10_000

_lock = threading.Lock()
_minutes: dict[UUID, tuple[float, int]] = {}


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a key's minute: requests, and whole seconds until the next minute begins."""

    limit: int
    remaining: int
    reset: int
    is_over: bool

    def headers(self) -> dict[str, str]:
        """As programs read it; one that is over is told when to come back."""
        found = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }
        return found | ({"Retry-After": str(self.reset)} if self.is_over else {})


def count(key: UUID, per_minute: int) -> Allowance:
    """Count a request of a key. One that is over its limit is counted no further."""
    now = time.monotonic()
    with _lock:
        began, sent = _minutes.get(key, (now, 0))
        if now - began >= MINUTE:
            began, sent = now, 0
        is_over = sent >= per_minute
        if not is_over:
            if len(_minutes) >= MOST_KEYS:
                _minutes.clear()
            sent += 1
            _minutes[key] = (began, sent)
    return Allowance(per_minute, max(per_minute - sent, 0), max(math.ceil(began + MINUTE - now), 1), is_over)
