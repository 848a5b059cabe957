"""What open items announce."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.models import Seller


@dataclass(frozen=True, kw_only=True)
class InvoicePosted:
    """An invoice stands on an account. `order` is the reference or authorisation that it names, empty for none.

    `external_id` is the id under which it came; amounts are minor units of `currency`.
    """

    seller: Seller
    actor: Actor
    customer_id: UUID
    external_id: str
    currency: str
    amount_minor: int
    order: str
    now: datetime
    orders: tuple[str, ...] = ()
    """Further orders that an invoice of several bills, by what is captured of them alone."""
