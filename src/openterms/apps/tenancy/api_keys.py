"""Keys by which programs reach a seller: made, found by their secret, revoked."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop

from .context import set_context
from .models import ApiKey, Seller

SCOPES = ("authorise", "read")
"""`authorise` takes and moves authorisations, and reads; `read` only reads."""
MARK = "ot_"
PREFIX = 11


def digest_of(secret: str) -> str:
    """What is kept of a secret: its SHA-256 in hexadecimal. A secret has 256 random bits, so nobody guesses it back."""
    return hashlib.sha256(secret.encode()).hexdigest()


def add_key(seller: Seller, name: str, scopes: Sequence[str]) -> tuple[ApiKey, str]:
    """Make a key; the second of the answer is its secret, which nobody sees again. Errors: no scope, or an unknown one.

    The caller has the seller's context.
    """
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown or not wanted:
        raise BadInput(
            gettext_noop("'%(scope)s' is not a scope"),
            "scope",
            gettext_noop("Give one of: %(scopes)s"),
            {"scope": unknown[0] if unknown else "", "scopes": ", ".join(SCOPES)},
        )
    secret = MARK + secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        seller=seller, name=name.strip()[:80], prefix=secret[:PREFIX], digest=digest_of(secret), scopes=wanted
    )
    return key, secret


def revoke_key(seller: Seller, prefix: str, now: datetime) -> ApiKey:
    """End a key for good, by its prefix or id. Errors: the seller has no such key in force."""
    in_force = ApiKey.objects.select_for_update().filter(seller=seller, revoked_at__isnull=True)
    found = [key for key in in_force if prefix in (key.prefix, str(key.id))]
    if len(found) != 1:
        raise BadInput(
            gettext_noop("There is no one key %(key)s in force"),
            "key",
            gettext_noop("Give the beginning of the key as it is listed, or its id"),
            {"key": prefix},
        )
    found[0].revoked_at = now
    found[0].save(update_fields=["revoked_at"])
    return found[0]


def enter_by_key(secret: str) -> ApiKey | None:
    """The key in force of a secret, its seller's context entered; None where there is none, and no context then.

    Inside a transaction. No seller is known before: a signed context that names the digest shows the one row.
    """
    digest = digest_of(secret)
    set_context(key=digest)
    key = ApiKey.objects.filter(digest=digest, revoked_at__isnull=True).first()
    if key is None:
        set_context()
        return None
    set_context(seller=key.seller_id)
    return key
