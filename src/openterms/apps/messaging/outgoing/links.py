"""Whoever makes personal pages says here what a message's link is; without one a letter brings its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from openterms.apps.tenancy.models import Seller


class Wanted(NamedTuple):
    """A message that needs a link of its own."""

    message_id: UUID
    customer_id: UUID
    contact_id: UUID | None
    address: str


Maker = Callable[[Seller, Sequence[Wanted], datetime], Mapping[UUID, str]]
_makers: list[Maker] = []


def register(make: Maker) -> None:
    """Have links made by this function from now on."""
    _makers[:] = [make]


def made(seller: Seller, wanted: Sequence[Wanted], now: datetime) -> Mapping[UUID, str]:
    """A link for each message, by its id; empty where nobody makes any."""
    return _makers[0](seller, wanted, now) if _makers and wanted else {}
