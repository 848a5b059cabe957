"""What of messages waits for a person."""

from __future__ import annotations

from openterms.apps.tenancy.models import Seller

from .models import Message

STOPPED = ("held", "failed")
"""States out of which only a person brings a message: a fault in its words, a refusal, or every try in vain."""


def stopped(seller: Seller) -> int:
    """How many messages somebody has to look at before they go, or end them."""
    return Message.objects.filter(seller=seller, state__in=STOPPED).count()
