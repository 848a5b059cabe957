"""Rows of a file as values of their kind: column by column, with every fault of every row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

from openterms.core.base.money import exponent
from openterms.core.base.reasons import gettext_noop
from openterms.formats.tabular.amounts import read_amounts
from openterms.formats.tabular.cells import amount_texts, as_text, date_texts, texts
from openterms.formats.tabular.checks import Duplicates, check_rows
from openterms.formats.tabular.columns import is_unlimited, read_column
from openterms.formats.tabular.content import content_hashes
from openterms.formats.tabular.expressions import Position
from openterms.formats.tabular.faults import Fault, RowError
from openterms.formats.tabular.fields import Field, fields_of
from openterms.formats.tabular.maps import Map
from openterms.formats.tabular.reading import Reading, settle
from openterms.formats.tabular.source import BATCH_ROWS, Batch, Source

_PIECE_ROWS = 500


@dataclass(frozen=True, slots=True)
class ParsedBatch:
    """Some rows of an import, column by column. Only good rows have values.

    ``columns``: a list for every target field of the kind that the file can give (text, ``date``, amounts as ``int``
    minor units of the row's currency, flags as ``bool``; None where empty), and always ``external_id``,
    ``content_hash`` (32 hexadecimal digits), ``row`` (line as a person counts it), ``position`` (data row from 0) and
    ``attributes`` (a dict of texts, or None). Customers with a limit also have ``limit_unlimited``. ``errors`` lists
    the faults of bad rows, ``warnings`` what is odd but possible; ``rows`` counts all rows read, ``skipped`` those that
    ``skip_when`` left out.
    """

    kind: str
    columns: Mapping[str, list[Any]]
    errors: Sequence[RowError]
    warnings: Sequence[RowError]
    rows: int
    skipped: int

    def __len__(self) -> int:
        """How many good rows there are."""
        return len(self.columns["row"])


def parse(
    source: Source,
    map: Map | Reading,
    kind: str,
    defaults: Mapping[str, str] | None = None,
    *,
    size: int = BATCH_ROWS,
) -> Iterator[ParsedBatch]:
    """Read a file as rows of one kind (``customers``, ``invoices``, ``receipts``, ``credit-notes``), batch by batch.

    ``map`` is a map, or a reading settled before (then ``defaults`` are the reading's). ``defaults`` are texts for
    empty or absent fields, such as ``{"currency": "EUR"}``. A row's ``external_id`` is the one given, else its number,
    else the file's key and its position (``br:17``, and then the position is also its number). Memory does not grow
    with the file, but for 16 bytes a row that find duplicates. Errors: ``BadInput`` where the file as a whole
    cannot be read; faults of rows are values.
    """
    reading = map if isinstance(map, Reading) else settle(source, map, kind, defaults)
    return _parsed(_Parser(reading, source.typed), source, size)


def _parsed(parser: _Parser, source: Source, size: int) -> Iterator[ParsedBatch]:
    """Batches of ``size``, parsed in pieces that stay in the processor's cache and below the collector's notice."""
    pieces: list[ParsedBatch] = []
    rows = 0
    for batch in source.batches(min(size, _PIECE_ROWS)):
        pieces.append(parser.parse(batch))
        rows += pieces[-1].rows
        if rows >= size:
            yield _joined(pieces)
            pieces, rows = [], 0
    if pieces:
        yield _joined(pieces)


def _joined(pieces: list[ParsedBatch]) -> ParsedBatch:
    return ParsedBatch(
        pieces[0].kind,
        {name: list(chain.from_iterable(piece.columns[name] for piece in pieces)) for name in pieces[0].columns},
        [error for piece in pieces for error in piece.errors],
        [warning for piece in pieces for warning in piece.warnings],
        sum(piece.rows for piece in pieces),
        sum(piece.skipped for piece in pieces),
    )


class _Parser:
    """The state of one parse: what texts meant so far, and which ids were seen."""

    def __init__(self, reading: Reading, typed: bool) -> None:
        self._reading = reading
        self._typed = typed
        self._fields = tuple(field for field in fields_of(reading.kind) if reading.has(field.name))
        self._memos: dict[str, dict[str, Any]] = {field.name: {} for field in self._fields}
        self._duplicates = Duplicates()

    def parse(self, batch: Batch) -> ParsedBatch:
        """One batch of texts as values."""
        rows = len(batch) + len(batch.ragged)
        batch = self._without_skipped(batch)
        skipped = rows - len(batch) - len(batch.ragged)
        written = {field.name: self._written(field, batch) for field in self._fields}
        columns: dict[str, list[Any]] = {}
        faults: dict[str, dict[int, Fault]] = {}
        for field in sorted(self._fields, key=lambda field: field.type in ("amount", "limit")):
            columns[field.name], faults[field.name] = self._read(field, written, columns)
        for field in self._fields:
            if field.required and None in columns[field.name]:
                _require(columns[field.name], faults[field.name])
        columns = {field.name: columns[field.name] for field in self._fields}
        columns["row"], columns["position"] = list(batch.lines), list(batch.positions)
        self._identify(columns, batch)
        if "limit" in columns:
            columns["limit_unlimited"] = [is_unlimited(text) for text in written["limit"]]
        warnings = check_rows(self._reading.kind, columns, faults)
        columns["attributes"] = self._attributes(batch)
        columns["content_hash"] = content_hashes(columns, self._fields)
        bad = {index for found in faults.values() for index in found}
        self._duplicates.find(columns, bad, faults)
        errors = [
            *(RowError.of(fault, line, position, "", "") for line, position, fault in batch.ragged),
            *_placed(faults, columns, written),
        ]
        shown = _placed({name: _but(found, faults) for name, found in warnings.items()}, columns, written)
        bad = {index for found in faults.values() for index in found}
        if bad:
            columns = {
                name: [value for index, value in enumerate(column) if index not in bad]
                for name, column in columns.items()
            }
        errors.sort(key=lambda error: error.position)
        return ParsedBatch(self._reading.kind, columns, errors, shown, rows, skipped)

    def _without_skipped(self, batch: Batch) -> Batch:
        drop: set[int] = set()
        for expression, values in self._reading.skips:
            given = texts(expression.cells(batch, self._typed), expression.gives_typed(self._typed))
            drop.update(index for index, text in enumerate(given) if text.strip() in values)
        if not drop:
            return batch
        keep = [index for index in range(len(batch)) if index not in drop]
        columns = {name: [column[index] for index in keep] for name, column in batch.columns.items()}
        lines = [batch.lines[index] for index in keep]
        return Batch(columns, lines, [batch.positions[index] for index in keep], batch.ragged)

    def _written(self, field: Field, batch: Batch) -> Sequence[str]:
        """The column's texts, constants and defaults put in."""
        reading = self._reading
        expression = reading.expressions.get(field.name)
        default = reading.defaults.get(field.name, "")
        if expression is None:
            return [reading.fixed.get(field.name, default)] * len(batch)
        cells, typed = expression.cells(batch, self._typed), expression.gives_typed(self._typed)
        if field.type == "date":
            given = date_texts(cells, typed)
        elif field.type in ("amount", "limit"):
            given = amount_texts(cells, typed, reading.sign_of(field.name))
        else:
            given = texts(cells, typed)
        return [text if text and not text.isspace() else default for text in given] if default else given

    def _read(
        self, field: Field, written: Mapping[str, Sequence[str]], columns: Mapping[str, list[Any]]
    ) -> tuple[list[Any], dict[int, Fault]]:
        given = written[field.name]
        if field.type not in ("amount", "limit"):
            return read_column(field, given, self._memos[field.name], self._reading.dates_of(field.name))
        if field.type == "limit":
            given = ["" if is_unlimited(text) else text for text in given]
        found, faults = read_amounts(
            given, self._reading.sign_of(field.name), _digits(columns.get("currency"), len(given))
        )
        for index, minor in enumerate(found):
            if minor is not None and minor <= 0 and (minor < 0 or field.positive):
                faults[index] = _NEGATIVE if minor < 0 else _ZERO
        return found, faults

    def _identify(self, columns: dict[str, list[Any]], batch: Batch) -> None:
        """Give every row its external id; where the file has none, its key and position, which is also its number."""
        reading = self._reading
        if reading.kind == "customers":
            columns["external_id"] = columns["customer"]
            return
        given = columns.get("external_id")
        if given is None or isinstance(reading.expressions.get("external_id"), Position):
            given = [None] * len(batch)
        numbers = columns.get("number")
        if numbers is None or isinstance(reading.expressions.get("number"), Position):
            numbers = [None] * len(batch)
        columns["external_id"] = [
            one or number or f"{reading.key}:{position}"
            for one, number, position in zip(given, numbers, batch.positions, strict=True)
        ]
        if any(field.name == "number" for field in fields_of(reading.kind)):
            columns["number"] = [
                number or one or str(position)
                for one, number, position in zip(given, numbers, batch.positions, strict=True)
            ]

    def _attributes(self, batch: Batch) -> list[Any]:
        if not self._reading.attributes:
            return [None] * len(batch)
        names = tuple(self._reading.attributes)
        columns = [
            texts(one.cells(batch, self._typed), one.gives_typed(self._typed))
            for one in self._reading.attributes.values()
        ]
        return [
            {name: kept for name, text in zip(names, row, strict=True) if (kept := _attribute(text))} or None
            for row in zip(*columns, strict=True)
        ]


_EMPTY = Fault(gettext_noop("the field is empty"), gettext_noop("give a value; every row needs one"))
_NEGATIVE = Fault(
    gettext_noop("the amount is negative"),
    gettext_noop("give an amount above zero; what reduces a debt is a receipt or a credit note, without a sign"),
)
_ZERO = Fault(gettext_noop("the amount is zero"), gettext_noop("give an amount above zero, or leave the row out"))


def _require(column: list[Any], faults: dict[int, Fault]) -> None:
    for index, value in enumerate(column):
        if value is None and index not in faults:
            faults[index] = _EMPTY


def _digits(currencies: list[Any] | None, count: int) -> list[int] | int:
    """The digits after the point of every row's currency; 2 where it is not known (that row is bad anyway)."""
    if not currencies:
        return 2 if not count else [2] * count
    kinds = set(currencies)
    if len(kinds) == 1:
        return _places(kinds.pop())
    known = {currency: _places(currency) for currency in kinds}
    return [known[currency] for currency in currencies]


def _places(currency: str | None) -> int:
    return 2 if currency is None else exponent(currency)


@cache
def _attribute_cleaner() -> dict[int, None]:
    return dict.fromkeys([*range(32), 127])


def _attribute(text: str) -> str:
    kept = text.strip()
    if not kept.isprintable():
        kept = kept.translate(_attribute_cleaner()).encode("utf-8", "replace").decode()
    return kept[:500]


def _but(found: Mapping[int, Fault], faults: Mapping[str, Mapping[int, Fault]]) -> dict[int, Fault]:
    return {index: fault for index, fault in found.items() if not any(index in one for one in faults.values())}


def _placed(
    faults: Mapping[str, Mapping[int, Fault]], columns: Mapping[str, list[Any]], written: Mapping[str, Sequence[str]]
) -> list[RowError]:
    """Faults by field and index as errors of rows, in the order of the file."""
    lines, positions = columns["row"], columns["position"]
    found = []
    for name, one in faults.items():
        given = written.get(name)
        for index, fault in one.items():
            value = given[index] if given is not None else as_text(columns[name][index] if name in columns else None)
            found.append(RowError.of(fault, lines[index], positions[index], name, value))
    found.sort(key=lambda error: error.position)
    return found
