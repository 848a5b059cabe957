"""Let the database work on what was read while the file is read on: one thread, one connection, one transaction."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

from django.db import DEFAULT_DB_ALIAS, connections


class Alongside:
    """Runs pieces of work in order in a thread that shares this thread's connection.

    Only one of the two may use the connection at a time: call `rest` before asking the database anything. An error of
    the work is raised by the next `do` or `rest`. Ends with its `with` block.
    """

    def __init__(self) -> None:
        self._connection = connections[DEFAULT_DB_ALIAS]
        self._thread = ThreadPoolExecutor(1, "import", self._adopt)
        self._work: Future[None] | None = None

    def _adopt(self) -> None:
        connections[DEFAULT_DB_ALIAS] = self._connection

    def do(self, work: Callable[[], None]) -> None:
        """Start a piece of work, once the piece before is done."""
        self.rest()
        self._work = self._thread.submit(work)

    def rest(self) -> None:
        """Wait until nothing is under way."""
        work, self._work = self._work, None
        if work is not None:
            work.result()

    def __enter__(self) -> Self:
        self._connection.inc_thread_sharing()
        return self

    def __exit__(self, *error: object) -> None:
        try:
            self._thread.shutdown(wait=True)
        finally:
            self._connection.dec_thread_sharing()
