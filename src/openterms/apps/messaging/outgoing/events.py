"""What messages announce to upper rooms, in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from openterms.apps.tenancy.models import Seller


@dataclass(frozen=True, kw_only=True)
class MessagesWentOut:
    """Messages were handed over to a provider or a printer."""

    seller: Seller
    message_ids: tuple[UUID, ...]
    now: datetime


@dataclass(frozen=True, kw_only=True)
class MessagesHeld:
    """Messages wait for a person: a template fault, a bad address, a refusal at the last look."""

    seller: Seller
    message_ids: tuple[UUID, ...]
    now: datetime


@dataclass(frozen=True, kw_only=True)
class MessageReported:
    """A provider told what became of a message: delivered, bounced, complained, failed, opened."""

    seller: Seller
    message_id: UUID
    kind: str
    now: datetime


@dataclass(frozen=True, kw_only=True)
class AddressFailed:
    """An address takes no messages. `repaired_by` is the message to the next contact; None: one has to be found."""

    seller: Seller
    customer_id: UUID
    contact_id: UUID | None
    channel: str
    address: str
    message_id: UUID
    repaired_by: UUID | None
    now: datetime
