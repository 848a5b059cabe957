"""Changes and steps of many lines, written in a few statements: what a line's own verbs write, row by row and event by
event, without a statement for each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from openterms.apps.journal.actions import INSERT_DRAFTS, draft
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import Refused

from . import actions, states
from .actions import Change
from .models import Line, LineChange, LineStep
from .states import Told

COLUMNS = {
    "limit_minor": "bigint", "is_unlimited": "boolean", "temporary_until": "date", "after_minor": "bigint",
    "after_is_unlimited": "boolean", "state": "text", "state_on": "date", "valid_until": "date",
}  # fmt: skip
"""Column -> its type: what changes and steps write of a line."""
WRITE = f"""
UPDATE credit_line l SET {", ".join(f"{name} = w.{name}" for name in COLUMNS)}
FROM unnest(%(id)s::uuid[], {", ".join(f"%({name})s::{kind}[]" for name, kind in COLUMNS.items())})
    AS w (id, {", ".join(COLUMNS)})
WHERE l.id = w.id AND l.seller_id = %(seller)s
"""

CHANGE = {
    "id": "uuid", "line_id": "uuid", "customer_id": "uuid", "currency": "text", "limit_minor": "bigint",
    "is_unlimited": "boolean", "valid_from": "date", "reason": "text", "seller_id": "uuid", "actor_id": "uuid",
    "decision_id": "uuid", "until": "date",
}  # fmt: skip
STEP = {
    "id": "uuid", "line_id": "uuid", "customer_id": "uuid", "currency": "text", "kind": "text",
    "before_minor": "bigint", "after_minor": "bigint", "valid_until": "date", "reason": "text", "message": "text",
    "on_day": "date", "at": "timestamptz", "seller_id": "uuid", "actor_id": "uuid", "actor_name": "text",
}  # fmt: skip
"""Columns of what is kept of a change and of a step -> their types; the rest are the table's own."""


def _insert(made: Sequence[LineChange] | Sequence[LineStep], columns: Mapping[str, str]) -> None:
    """Write rows in one statement, a list for each column: far less to send than a place for each value."""
    if not made:
        return
    lists = ", ".join(f"%({name})s::{kind}[]" for name, kind in columns.items())
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {made[0]._meta.db_table} ({', '.join(columns)}) SELECT * FROM unnest({lists})",
            {name: [getattr(one, name) for one in made] for name in columns},
        )


def locked_lines(seller: Seller, ids: Sequence[Any]) -> dict[Any, Line | None]:
    """Lines by id, locked in order of id until the transaction ends; None for one that somebody else keeps locked."""
    wanted = Line.objects.select_for_update().filter(seller=seller)
    try:
        with transaction.atomic(), locking():
            return {line.id: line for line in wanted.filter(id__in=ids).order_by("id")}
    except Refused:
        found: dict[Any, Line | None] = {}
    for one in sorted(ids):
        try:
            with transaction.atomic(), locking():
                line = wanted.filter(id=one).first()
        except Refused:
            line = None
        found[one] = line
    return found


class Many:
    """Lines under their locks, changed one after the other and written together by `write`."""

    def __init__(self, seller: Seller, actor: Actor, told: Told, now: datetime) -> None:
        self._seller, self._actor, self._told, self._now = seller, actor, told, now
        self._lines: list[Line] = []
        self._changes: list[LineChange] = []
        self._steps: list[LineStep] = []
        self._drafts: list[dict[str, Any]] = []

    def change(self, line: Line, change: Change) -> None:
        """Set a line's limit, as `actions.change_line`. What is refused was asked before."""
        before = actions.become(line, change)
        self._changes.append(actions.row_of(self._seller, self._actor, line, change))
        self._lines.append(line)
        self._say("line_set", line, actions.said_of(line, change, before))

    def step(self, line: Line, kind: str, before: int | None) -> None:
        """Keep a step of a line that is already as it is afterwards; `before` is the limit that it had, in minor
        units. What is refused was asked before."""
        made = states.row_of(self._seller, self._actor, line, kind, self._told, before, self._now)
        self._steps.append(made)
        self._lines.append(line)
        self._say(states.verb_of(kind), line, states.said_of(made))

    def write(self) -> None:
        """Write everything, inside the transaction that holds the locks."""
        lines = list({line.id: line for line in self._lines}.values())
        if not lines:
            return
        given = {name: [getattr(line, name) for line in lines] for name in ("id", *COLUMNS)}
        with connection.cursor() as cursor:
            cursor.execute(WRITE, given | {"seller": self._seller.id})
        _insert(self._changes, CHANGE)
        _insert(self._steps, STEP)
        with connection.cursor() as cursor:
            cursor.execute(INSERT_DRAFTS, {"events": json.dumps(self._drafts)})

    def _say(self, kind: str, line: Line, data: dict[str, Any]) -> None:
        self._drafts.append(
            draft(self._seller.id, self._actor, kind, "line", line.id, self._now, line.customer_id, data)
        )
