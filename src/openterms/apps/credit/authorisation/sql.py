"""The two statements of an order on credit: what it is answered on, under the locks of the lines, and what is written.

Both take many orders at once. They are prepared by the connection, because parsing and planning would take longer than
running them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg
from django.db import connection
from psycopg.rows import dict_row

from openterms.apps.journal.actions import INSERT_DRAFTS
from openterms.apps.tenancy.locks import waiting

SEEN = "SELECT * FROM credit_orders_seen(%(asked)s::jsonb, %(now)s::timestamptz, %(keeps)s::boolean)"

ROW = {
    "id": "uuid", "seller_id": "uuid", "line_id": "uuid", "customer_id": "uuid", "purchaser": "text",
    "person_id": "uuid", "order_ref": "text", "purchase_order": "text", "lines": "jsonb", "currency": "text",
    "requested_minor": "bigint", "prepaid_minor": "bigint", "approved_minor": "bigint", "tolerance_bp": "int",
    "allows_partial_capture": "boolean", "authorised_at": "timestamptz", "most_until": "timestamptz",
    "limit_minor": "bigint", "is_unlimited": "boolean", "headroom_minor": "bigint", "seen": "jsonb", "rules": "jsonb",
    "policy_version_id": "uuid", "reasons": "jsonb", "override_id": "uuid", "overridden": "jsonb",
    "idempotency_key": "text", "state": "text", "expires_at": "timestamptz",
}  # fmt: skip
"""The columns of an authorisation as they are written, with their types."""

_COLUMNS = ", ".join(ROW)
_TYPES = ", ".join(f"{name} {kind}" for name, kind in ROW.items())

WRITE = f"""
WITH given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS g ({_TYPES})
), authorised AS (
    INSERT INTO credit_authorisation ({_COLUMNS}, captured_minor, released_minor, lapsed_minor)
    SELECT {_COLUMNS}, 0, 0, 0 FROM given
), held AS (
    UPDATE credit_line l SET held_minor = l.held_minor + h.minor
    FROM (SELECT line_id, sum(approved_minor)::bigint AS minor FROM given GROUP BY line_id) h
    WHERE l.id = h.line_id AND h.minor > 0
), answered AS (
    INSERT INTO credit_authorisationanswer (id, seller_id, key, verb, body, authorisation_id, answer)
    SELECT openterms_id(), seller_id, key, verb, body, authorisation_id, answer
    FROM jsonb_to_recordset(%(answers)s::jsonb)
        AS k (seller_id uuid, key text, verb text, body jsonb, authorisation_id uuid, answer jsonb)
)
{INSERT_DRAFTS}
"""


def read_orders(asked: Sequence[Mapping[str, Any]], now: datetime, keeps: bool) -> list[dict[str, Any]]:
    """What each order is answered on: a row each, by its `n`; none for an unknown customer.

    `keeps` makes and locks the lines. Refused: busy.
    """
    with waiting():
        return _run(SEEN, {"asked": _json(asked), "now": now, "keeps": keeps}).fetchall()


def write_orders(
    rows: Sequence[Mapping[str, Any]], answers: Sequence[Mapping[str, Any]], events: Sequence[Mapping[str, Any]]
) -> None:
    """Authorisations, what their lines hold, answers to keys and journal events, in one statement."""
    _run(WRITE, {"rows": _json(rows), "answers": _json(answers), "events": _json(events)})


def _run(statement: str, params: Mapping[str, Any]) -> psycopg.Cursor[dict[str, Any]]:
    connection.ensure_connection()
    cursor = psycopg.Cursor(connection.connection, row_factory=dict_row)
    with connection.wrap_database_errors:
        return cursor.execute(statement, params, prepare=True)


def plain(kept: Any) -> Any:
    """A value of a JSON column, which the driver gives as text; None for nothing."""
    return json.loads(kept) if isinstance(kept, str) and kept else kept or None


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
