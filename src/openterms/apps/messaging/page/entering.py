"""The link of a personal page: entered by its secret, of which the record keeps the digest alone."""

from __future__ import annotations

from datetime import datetime

from openterms.apps.tenancy.api_keys import digest_of
from openterms.apps.tenancy.context import set_context

from .models import PageLink


def ended_page(secret: str, now: datetime) -> PageLink | None:
    """The link of a secret that has expired and was not revoked, under a context of its seller; else None, and no
    context. It opens nothing: its reader may ask for a new one. Inside a transaction."""
    set_context(key=f"page:{digest_of(secret)}")
    found = PageLink.objects.filter(digest=digest_of(secret), revoked_at=None, expires_at__lte=now).first()
    set_context(seller=found.seller_id) if found else set_context()
    return found


def enter_page(secret: str, now: datetime) -> PageLink | None:
    """The link of a secret, under a context that shows its customer alone; None, and no context, where there is none,
    where it has expired or was revoked. Inside a transaction."""
    set_context(key=f"page:{digest_of(secret)}")
    found = PageLink.objects.filter(digest=digest_of(secret)).first()
    if found is None or found.revoked_at is not None or found.expires_at <= now:
        set_context()
        return None
    set_context(seller=found.seller_id, customer=found.customer_id)
    return found
