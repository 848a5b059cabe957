"""The link of an offer: entered by its secret, of which the record keeps the digest alone."""

from __future__ import annotations

from openterms.apps.tenancy.api_keys import digest_of
from openterms.apps.tenancy.context import set_context

from .models import Offer


def enter_offer(secret: str) -> Offer | None:
    """The offer of a link, under a context that shows it and its seller alone; None, and no context, where there is
    none. Inside a transaction."""
    key = f"offer:{digest_of(secret)}"
    set_context(key=key)
    found = Offer.objects.filter(digest=digest_of(secret)).first()
    if found is None:
        set_context()
        return None
    set_context(key=key, of=found.seller_id)
    return found
