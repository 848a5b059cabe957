"""Sessions in the database, each visible only to who brings its key.

Row-level security shows the web role one session: the one whose key it set for the transaction. Keys are random, so
nobody who can send SQL through that role can list or read other people's sessions.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.db import connection, transaction


@contextmanager
def _holding(key: str | None) -> Iterator[None]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('openterms.session', %s, true)", [key or ""])
        yield


class SessionStore(DatabaseSessions):
    """Django's database sessions, each query under its key."""

    def _get_session_from_db(self) -> Any:
        with _holding(self.session_key):
            return super()._get_session_from_db()

    def exists(self, session_key: str) -> bool:
        """Whether a session has this key."""
        with _holding(session_key):
            found: bool = super().exists(session_key)
            return found

    def save(self, must_create: bool = False) -> None:
        """Store the session; makes a key first where it has none."""
        if self.session_key is None:
            self.create()
            return
        with _holding(self.session_key):
            super().save(must_create=must_create)

    def delete(self, session_key: str | None = None) -> None:
        """Forget the session."""
        key = session_key or self.session_key
        if key is None:
            return
        with _holding(key):
            super().delete(key)
