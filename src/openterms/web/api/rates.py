"""How often a key may ask: so many requests in each minute that begins with its first, over all web processes.

A process takes some of a key's minute from the database at a time, at most a hundredth of it and 500, and gives it out
from memory; so the count is one for all, and a request seldom costs a statement. What is taken goes over a connection
of its own, outside the order's transaction: nobody waits for a row that an order holds. Towards the end of a minute
little is taken at once, so that what one process holds unused is little too.

Where the counter cannot be reached, which is logged, each process counts for itself until the minute is over: orders do
not stop for it.
"""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection

MINUTE = 60.0
MOST_KEYS = 10_000
MOST_TAKEN = 500
"""Requests that a process takes of a key's minute at a time, at most."""
SECONDS = 2
TAKE = "SELECT given, remaining, seconds FROM openterms_take(%s, %s, %s)"

log = logging.getLogger(__name__)
_lock = threading.Lock()
_held: dict[UUID, _Held] = {}
_link: tuple[int, psycopg.Connection[Any]] | None = None


@dataclass(slots=True)
class _Held:
    """What this process holds of a key's minute: requests left here and left for others, and when the minute ends."""

    here: int
    elsewhere: int
    ends: float


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
    """Count a request of a key. One that is over its limit is counted no further.

    `remaining` is exact where the key asks one process alone; else what others took since is not known yet.
    """
    with _lock:
        now = time.monotonic()
        held = _held.get(key)
        if held is None or now >= held.ends or (not held.here and held.elsewhere):
            held = _take(key, per_minute)
            if len(_held) >= MOST_KEYS:
                _held.clear()
            _held[key] = held
        is_over = held.here <= 0
        if not is_over:
            held.here -= 1
        left = held.here + held.elsewhere
    return Allowance(per_minute, left, min(max(math.ceil(held.ends - now), 1), 60), is_over)


def _take(key: UUID, per_minute: int) -> _Held:
    wanted = max(1, min(per_minute // 100, MOST_TAKEN))
    for is_last in (False, True):
        try:
            found = _connected().execute(TAKE, [key, per_minute, wanted]).fetchone()
        except psycopg.Error as fault:
            _forget()
            if is_last:
                log.warning("The counter of requests cannot be reached; this process counts alone: %s", fault)
        else:
            assert found is not None
            return _Held(found[0], found[1], time.monotonic() + max(found[2], 0))
    return _Held(per_minute, 0, time.monotonic() + MINUTE)


def _connected() -> psycopg.Connection[Any]:
    """This process's connection for counting; a child of a fork makes its own."""
    global _link
    if _link is None or _link[0] != os.getpid() or _link[1].closed:
        given = connection.get_connection_params()
        wanted = {name: given[name] for name in ("host", "port", "user", "password", "dbname") if given.get(name)}
        options = f"-c statement_timeout={SECONDS}s -c lock_timeout={SECONDS}s -c synchronous_commit=off"
        made = psycopg.connect(
            **wanted, connect_timeout=SECONDS, options=options, autocommit=True, prepare_threshold=0
        )
        _link = (os.getpid(), made)
    return _link[1]


def _forget() -> None:
    global _link
    if _link is not None and _link[0] == os.getpid():
        _link[1].close()
    _link = None
