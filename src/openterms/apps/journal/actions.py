"""Record what happened; seal the chain; verify it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import new_id

from .models import Event

FIRST_LINK = b"\0" * 32
SEAL_BATCH = 5_000


def content_hash(
    id: UUID,
    seller_id: UUID,
    at: datetime,
    actor_id: UUID | None,
    actor: str,
    kind: str,
    subject_type: str,
    subject_id: UUID | None,
    customer_id: UUID | None,
    data: Mapping[str, Any],
) -> bytes:
    """SHA-256 of the event's canonical JSON: every column but the hash itself."""
    body = {
        "id": str(id),
        "seller": str(seller_id),
        "at": at.astimezone(UTC).isoformat(),
        "actor_id": str(actor_id) if actor_id else None,
        "actor": actor,
        "kind": kind,
        "subject_type": subject_type,
        "subject_id": str(subject_id) if subject_id else None,
        "customer_id": str(customer_id) if customer_id else None,
        "data": data,
    }
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).digest()


def record(
    seller_id: UUID,
    actor: Actor,
    kind: str,
    subject_type: str,
    subject_id: UUID | None,
    at: datetime,
    customer_id: UUID | None = None,
    data: Mapping[str, Any] | None = None,
) -> Event:
    """Write one event inside the caller's transaction. `data` holds text, whole numbers, booleans, lists, maps."""
    if not connection.in_atomic_block:
        raise RuntimeError("An event is written inside the transaction of the action it tells of.")
    columns = _drafted(seller_id, actor, kind, subject_type, subject_id, at, customer_id, data)
    return Event.objects.create(**columns, content_hash=content_hash(**columns))


INSERT_DRAFTS = """
INSERT INTO journal_event (id, seller_id, at, actor_id, actor, kind, subject_type, subject_id, customer_id, data,
    content_hash)
SELECT id, seller_id, at, actor_id, actor, kind, subject_type, subject_id, customer_id, data,
    decode(content_hash, 'hex')
FROM jsonb_to_recordset(%(events)s::jsonb) AS e (id uuid, seller_id uuid, at timestamptz, actor_id uuid, actor text,
    kind text, subject_type text, subject_id uuid, customer_id uuid, data jsonb, content_hash text)
"""
"""Writes drafts (a JSON list in `events`), alone or as the end of an action's one statement."""


def draft(
    seller_id: UUID,
    actor: Actor,
    kind: str,
    subject_type: str,
    subject_id: UUID | None,
    at: datetime,
    customer_id: UUID | None = None,
    data: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """An event not yet written, as plain values for `INSERT_DRAFTS`. Means the same as `record`."""
    columns = _drafted(seller_id, actor, kind, subject_type, subject_id, at, customer_id, data)
    hashed = content_hash(**columns).hex()
    return {
        name: value if value is None or isinstance(value, str | dict) else str(value) for name, value in columns.items()
    } | {"at": at.isoformat(), "content_hash": hashed}


def _drafted(
    seller_id: UUID,
    actor: Actor,
    kind: str,
    subject_type: str,
    subject_id: UUID | None,
    at: datetime,
    customer_id: UUID | None,
    data: Mapping[str, Any] | None,
) -> dict[str, Any]:
    payload = dict(data or {})
    _refuse_floats(payload)
    return {
        "id": new_id(),
        "seller_id": seller_id,
        "at": at,
        "actor_id": actor.user_id,
        "actor": actor.name,
        "kind": kind,
        "subject_type": subject_type,
        "subject_id": subject_id,
        "customer_id": customer_id,
        "data": payload,
    }


def _refuse_floats(value: Any) -> None:
    """A float has no one way to be written, so it has no place in a sealed record."""
    if isinstance(value, float):
        raise TypeError(f"A journal event holds no floats: {value!r}")
    if isinstance(value, Mapping):
        for inner in value.values():
            _refuse_floats(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_floats(inner)


def seal(seller_id: UUID) -> int:
    """Link every committed, unsealed event into the seller's chain; returns how many. One sealer at a time."""
    sealed = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('seal:' || %s, 0))", [str(seller_id)])
            cursor.execute(
                "SELECT number, chain_hash FROM journal_seal WHERE seller_id = %s ORDER BY number DESC LIMIT 1",
                [seller_id],
            )
            number, last = cursor.fetchone() or (0, FIRST_LINK)
            cursor.execute(
                "SELECT e.id, e.content_hash FROM journal_event e WHERE e.seller_id = %s AND NOT EXISTS"
                " (SELECT 1 FROM journal_seal s WHERE s.event_id = e.id) ORDER BY e.id LIMIT %s",
                [seller_id, SEAL_BATCH],
            )
            rows = cursor.fetchall()
            links = []
            for event_id, digest in rows:
                number += 1
                last = hashlib.sha256(bytes(last) + bytes(digest)).digest()
                links.append((number, event_id, last))
            if links:
                cursor.execute(
                    "INSERT INTO journal_seal (seller_id, number, event_id, chain_hash)"
                    " SELECT %s, * FROM unnest(%s::bigint[], %s::uuid[], %s::bytea[])",
                    [seller_id, *(list(column) for column in zip(*links, strict=True))],
                )
        sealed += len(rows)
        if len(rows) < SEAL_BATCH:
            return sealed


@dataclass(frozen=True)
class Verdict:
    """What a verification found: sealed and unsealed events, and the first fault with its place."""

    sealed: int
    unsealed: int
    through_event: UUID | None
    fault: str | None

    @property
    def ok(self) -> bool:
        """Whether nothing was found wrong."""
        return self.fault is None


def verify(seller_id: UUID) -> Verdict:
    """Recompute every event's hash and the whole chain. Reads in batches; memory stays flat."""
    last, count, through = FIRST_LINK, 0, None
    for number, event_id, chain_hash, columns in _sealed_events(seller_id):
        count += 1
        if number != count:
            return Verdict(count - 1, 0, through, f"Link {count} of the chain is missing.")
        if columns is None:
            return Verdict(count - 1, 0, through, f"Event {event_id}, link {number}, is missing.")
        stored = columns.pop("content_hash")
        if content_hash(**columns) != stored:
            return Verdict(count - 1, 0, through, f"Event {event_id}, link {number}, was changed after it was written.")
        last = hashlib.sha256(last + stored).digest()
        if last != chain_hash:
            return Verdict(count - 1, 0, through, f"Link {number} of the chain was changed.")
        through = event_id
    unsealed, fault = 0, None
    for event in Event.objects.filter(seller_id=seller_id).extra(
        where=["NOT EXISTS (SELECT 1 FROM journal_seal s WHERE s.event_id = journal_event.id)"]
    ).iterator(chunk_size=SEAL_BATCH):
        unsealed += 1
        if content_hash(**_columns(event)) != bytes(event.content_hash):
            fault = f"Event {event.id}, not yet sealed, was changed after it was written."
            break
    return Verdict(count, unsealed, through, fault)


def _columns(event: Event) -> dict[str, Any]:
    names = ("id", "seller_id", "at", "actor_id", "actor", "kind", "subject_type", "subject_id", "customer_id", "data")
    return {name: getattr(event, name) for name in names}


def _sealed_events(seller_id: UUID) -> Iterator[tuple[int, UUID, bytes, dict[str, Any] | None]]:
    """Links in order with their events' columns, in batches by number."""
    after = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT number, event_id, chain_hash FROM journal_seal WHERE seller_id = %s AND number > %s"
                " ORDER BY number LIMIT %s",
                [seller_id, after, SEAL_BATCH],
            )
            links = cursor.fetchall()
        events = Event.objects.in_bulk([link[1] for link in links])
        for number, event_id, chain_hash in links:
            event = events.get(event_id)
            columns = None
            if event is not None:
                columns = _columns(event) | {"content_hash": bytes(event.content_hash)}
            yield number, event_id, bytes(chain_hash), columns
            after = number
        if len(links) < SEAL_BATCH:
            return
