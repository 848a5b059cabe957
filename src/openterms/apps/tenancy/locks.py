"""Wait a short while for a lock, then answer "busy, try again"."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection

from openterms.core.base.errors import Refused
from openterms.core.base.reasons import Reason, gettext_noop

BUSY = Reason(
    "busy",
    gettext_noop("Somebody else is working on this account right now."),
    gettext_noop("Somebody else is working on this account right now."),
    gettext_noop("Try again in a moment."),
)
LOCK_SECONDS = 3
LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED = "55P03", "40P01"


@contextmanager
def locking() -> Iterator[None]:
    """Around statements that lock rows, inside a transaction: after three seconds of waiting they are refused as busy.

    A deadlock is answered the same way. The lock time-out stays for the rest of the transaction.
    """
    wait_shortly()
    with waiting():
        yield


@contextmanager
def waiting() -> Iterator[None]:
    """As `locking`, in a transaction whose lock time-out is set already."""
    try:
        yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") in {LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED}:
            raise Refused([BUSY]) from error
        raise


def wait_shortly() -> None:
    """Set the lock time-out of the running transaction."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
