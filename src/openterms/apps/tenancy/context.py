"""Who is asking: the signed context that row-level security reads.

The database believes a seller, customer or user only with a message authentication code made with a key that the web
role cannot read, so raw SQL through that role cannot name another seller. A context lasts for one transaction and is
worth nothing in another, so that one overheard cannot be used again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import connection, transaction

from .clock import now

BLOCK = 64
LIFETIME = 120
LINKS = frozenset({"application", "reference", "of"})
"""What a personal link may open; an applicant or referee sees no more of the seller than that."""
SET = "SELECT set_config('openterms.context', %s, true), set_config('openterms.code', %s, true)"
TRANSACTION = "pg_backend_pid() || ':' || (extract(epoch FROM transaction_timestamp()) * 1000000)::bigint"


def pads(key: bytes) -> tuple[bytes, bytes]:
    """Inner and outer pad of HMAC-SHA-256 for a key of at most 64 bytes (RFC 2104)."""
    padded = key.ljust(BLOCK, b"\0")
    return bytes(b ^ 0x36 for b in padded), bytes(b ^ 0x5C for b in padded)


def signed(
    seller: UUID | None = None,
    customer: UUID | None = None,
    user: UUID | None = None,
    login: str | None = None,
    key: str | None = None,
    **bound: str | int,
) -> tuple[str, str]:
    """The context as canonical JSON text, and its code.

    `bound` says when it holds: `at` names one transaction of one connection, `until` an instant (seconds since 1970) by
    which the transaction must have begun. Without either the database does not believe it.
    """
    parts: dict[str, str | int | None] = {
        "seller": str(seller) if seller else None,
        "customer": str(customer) if customer else None,
        "user": str(user) if user else None,
        "login": login,
        "key": key,
        "nonce": secrets.token_hex(8),
        **bound,
    }
    text = json.dumps({name: value for name, value in parts.items() if value is not None}, sort_keys=True)
    code = hmac.new(settings.CONTEXT_KEY, text.encode(), hashlib.sha256).hexdigest()
    return text, code


def context_sql(
    seller: UUID | None = None, customer: UUID | None = None, user: UUID | None = None, login: str | None = None
) -> str:
    """The statement that sets a context in the running transaction, for connections outside Django.

    Holds in transactions that begin within two minutes.
    """
    text, code = signed(seller, customer, user, login, until=int(now().timestamp()) + LIFETIME)
    quoted = text.replace("'", "''")
    return f"SELECT set_config('openterms.context', '{quoted}', true), set_config('openterms.code', '{code}', true)"


def set_context(
    seller: UUID | None = None,
    customer: UUID | None = None,
    user: UUID | None = None,
    login: str | None = None,
    key: str | None = None,
    **link: UUID,
) -> None:
    """Set the context of the running transaction; refused outside one. It holds in this transaction and no other.

    `key` is the digest of a secret (of an API key, of a personal link): under it that one row shows, and nothing else.
    `link` is what a personal link opens: `application` or `reference`, and `of`, the seller whose form it belongs to.
    """
    unknown = set(link) - LINKS
    if unknown:
        raise ValueError(f"no link opens {min(unknown)}")
    if not connection.in_atomic_block:
        raise RuntimeError("A context needs a transaction.")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {TRANSACTION}")
        bound = {name: str(value) for name, value in link.items()}
        text, code = signed(seller, customer, user, login, key, at=cursor.fetchone()[0], **bound)
    # Bound by the server, not written into the statement: statements are seen by other connections of the same role.
    with psycopg.Cursor(connection.connection) as plain:
        plain.execute(SET, [text, code])


@contextmanager
def acting(
    seller: UUID | None = None, customer: UUID | None = None, user: UUID | None = None, login: str | None = None
) -> Iterator[None]:
    """A transaction in which the database shows what this seller (customer, user) may see.

    Inside another context the outer one is restored at the end.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('openterms.context', true), current_setting('openterms.code', true)")
            before = cursor.fetchone()
        set_context(seller, customer, user, login)
        yield
        with psycopg.Cursor(connection.connection) as plain:
            plain.execute(SET, [before[0] or "", before[1] or ""])
