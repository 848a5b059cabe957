"""Keys by which programs reach a seller: made, found by their secret, revoked."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg
from django.db import connection

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop

from . import locks
from .models import ApiKey, Seller

SCOPES = ("apply", "authorise", "bill", "collect", "read")
"""`authorise` takes and moves authorisations, and reads; `read` only reads.
`bill` issues invoices and credit notes, and reads. `apply` begins applications and sees them, with their links."""
MARK = "ot_"
PREFIX = 11
USUAL_PER_MINUTE = 120_000
MOST_PER_MINUTE = 10**9


def digest_of(secret: str) -> str:
    """What is kept of a secret: its SHA-256 in hexadecimal. A secret has 256 random bits, so nobody guesses it back."""
    return hashlib.sha256(secret.encode()).hexdigest()


def add_key(
    seller: Seller, name: str, scopes: Sequence[str], per_minute: int = USUAL_PER_MINUTE
) -> tuple[ApiKey, str]:
    """Make a key; the second of the answer is its secret, which nobody sees again.

    The caller has the seller's context. Errors: no scope, an unknown one, or fewer than one request a minute.
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
    if not 1 <= per_minute <= MOST_PER_MINUTE:
        raise BadInput(
            gettext_noop("A key sends at least one request a minute"), "per-minute", gettext_noop("Give such as 120000")
        )
    secret = MARK + secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        seller=seller, name=name.strip()[:80], prefix=secret[:PREFIX], digest=digest_of(secret), scopes=wanted,
        per_minute=per_minute,
    )  # fmt: skip
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


@dataclass(frozen=True)
class Entered:
    """A key in force whose seller's context is entered."""

    id: UUID
    name: str
    prefix: str
    scopes: tuple[str, ...]
    per_minute: int
    seller: Seller


ENTER = "SELECT * FROM openterms_enter_by_key(%s, %s)"


def enter_by_key(secret: str) -> Entered | None:
    """The key in force of a secret, its seller's context entered; None where there is none, and no context then.

    Inside a transaction, whose lock time-out is set with it. The database finds the key and signs the context itself.
    """
    if "\0" in secret:
        return None
    connection.ensure_connection()
    # Bound by the server, not written into the statement: statements are seen by other connections of the same role.
    cursor = psycopg.Cursor(connection.connection)
    with connection.wrap_database_errors:
        found = cursor.execute(ENTER, [secret, f"{locks.LOCK_SECONDS}s"], prepare=True).fetchone()
    if found is None:
        return None
    id, name, prefix, scopes, per_minute, *columns = found
    seller = Seller.from_db(connection.alias, ["id", "code", "currency", "timezone"], columns)
    return Entered(id, name, prefix, tuple(scopes), per_minute, seller)
