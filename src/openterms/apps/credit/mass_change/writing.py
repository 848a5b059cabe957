"""What became of many rows of a change, written in one statement."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from django.db import connection

from .models import MassChangeRow


def write_rows(found: Sequence[MassChangeRow], columns: Mapping[str, str]) -> None:
    """Write columns (name -> type) of rows that are there already."""
    if not found:
        return
    given = {name: [getattr(row, name) for row in found] for name in ("id", *columns)}
    for name, kind in columns.items():
        if kind == "jsonb":
            given[name] = [None if value is None else json.dumps(value) for value in given[name]]
    sets = ", ".join(f"{name} = w.{name}::{kind}" for name, kind in columns.items())
    lists = ", ".join(f"%({name})s::{'text' if kind == 'jsonb' else kind}[]" for name, kind in columns.items())
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE credit_masschangerow r SET {sets}"
            f" FROM unnest(%(id)s::bigint[], {lists}) AS w (id, {', '.join(columns)}) WHERE r.id = w.id",
            given,
        )
