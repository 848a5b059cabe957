"""What an import would do, shown before it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from openterms.core.base.money import to_decimal
from openterms.formats.tabular.cells import as_text
from openterms.formats.tabular.faults import RowError
from openterms.formats.tabular.fields import fields_of
from openterms.formats.tabular.maps import Map
from openterms.formats.tabular.reading import settle
from openterms.formats.tabular.records import ParsedBatch, parse
from openterms.formats.tabular.source import Source

_MOST_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows of a file as they would load.

    ``detected``: what was found out about the file (format, encoding, delimiter ...), for people. ``columns``: every
    column of the file and the field it fills ("" when left out). ``map``: the map with every format decided (its
    ``describe()`` is a map file). ``headers`` and ``rows``: the first good rows as texts, by target field. ``errors``
    and ``warnings``: the first ones. ``rows_read``: how many rows were looked at; ``rows_about``: how many there are.
    """

    kind: str
    detected: Mapping[str, str]
    columns: Sequence[tuple[str, str]]
    map: Map
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    errors: Sequence[RowError]
    warnings: Sequence[RowError]
    rows_read: int
    rows_about: int | None


def preview(source: Source, map: Map, kind: str, limit: int = 20, defaults: Mapping[str, str] | None = None) -> Preview:
    """Look at the first 5,000 rows of a file and show at most ``limit`` good rows, errors and warnings of them.

    Errors: ``BadInput`` where the file or the map as a whole cannot be used.
    """
    reading = settle(source, map, kind, defaults)
    batch = next(islice(parse(source, reading, kind, size=_MOST_ROWS), 1))
    headers = [field.name for field in fields_of(kind) if field.name in batch.columns]
    return Preview(
        kind=kind,
        detected=source.detected,
        columns=_uses(source, reading.map),
        map=reading.map,
        headers=headers,
        rows=[[_shown(batch, name, index) for name in headers] for index in range(min(limit, len(batch)))],
        errors=batch.errors[:limit],
        warnings=batch.warnings[:limit],
        rows_read=batch.rows,
        rows_about=source.rows_about,
    )


def _uses(source: Source, map: Map) -> list[tuple[str, str]]:
    uses: dict[str, list[str]] = {}
    for name, expression in [*map.columns.items(), *map.attributes.items()]:
        for column in source.header:
            if column == expression or (expression not in source.header and _mentions(expression, column)):
                uses.setdefault(column, []).append(name)
    return [(column, ", ".join(uses.get(column, []))) for column in source.header]


def _mentions(expression: str, column: str) -> bool:
    return f"({column})" in expression or f"{{{column}}}" in expression


def _shown(batch: ParsedBatch, name: str, index: int) -> str:
    value = batch.columns[name][index]
    if isinstance(value, (date, bool)) or not isinstance(value, int):
        return as_text(value)
    currency = batch.columns["currency"][index] if "currency" in batch.columns else None
    return format(to_decimal(value, currency), "f") if currency else str(value)
