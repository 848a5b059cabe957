"""The one place that reads the clock. Doors ask it and pass the answer down."""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from openterms.core.base.identifiers import uuid7

MOST_TRANSACTION_SECONDS = 3_600
"""No transaction is longer. What it records counts as known from its beginning: so long is an answer not final."""


def now() -> datetime:
    """The instant, in UTC."""
    return datetime.now(UTC)


def today(timezone: str) -> date:
    """The business date in a time zone, for example a seller's."""
    return datetime.now(ZoneInfo(timezone)).date()


def new_id() -> UUID:
    """A fresh UUIDv7."""
    return uuid7(time.time_ns() // 1_000_000, os.urandom)


def local_date(at: datetime, timezone: str) -> date:
    """The business date of an instant in a time zone."""
    return at.astimezone(ZoneInfo(timezone)).date()
