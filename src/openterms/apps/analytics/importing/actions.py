"""Take a file in: read, stage, validate everything, post in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from psycopg.errors import UniqueViolation

from openterms.apps.credit.authorisation.invoicing import bill_batch
from openterms.apps.journal.actions import record
from openterms.apps.receivables.claim.actions import refresh_slices
from openterms.apps.receivables.ledger.reads import in_locked_period, locked_through
from openterms.apps.receivables.open_item.bulk import BulkPosting, refresh_statistics
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import fill, gettext_noop
from openterms.formats.tabular.faults import RowError
from openterms.formats.tabular.guess import guess_map
from openterms.formats.tabular.maps import Map
from openterms.formats.tabular.readers import open_table
from openterms.formats.tabular.reading import Reading, settle
from openterms.formats.tabular.records import ParsedBatch, parse
from openterms.formats.tabular.source import Source

from .alongside import Alongside
from .customers import CustomerLoader
from .models import ImportRun
from .rows import RowBuilder, Staged, conflict_error
from .unknown import add_unknown_customers

KEPT = 1_000
LARGE = 5_000
PILE = 50_000
"""So many items are posted at a time while the file is read on."""
Progress = Callable[[int, str], None]


@dataclass
class ImportResult:
    """What became of a file. `errors` and `warnings` hold the first thousand; `refused` counts rows."""

    kind: str
    file: str
    state: str = "refused"
    read: int = 0
    loaded: int = 0
    unchanged: int = 0
    refused: int = 0
    skipped: int = 0
    detected: dict[str, Any] = field(default_factory=dict)
    mapping: str = ""
    errors: list[RowError] = field(default_factory=list)
    warnings: list[RowError] = field(default_factory=list)
    run_id: UUID | None = None
    on_error: Callable[[RowError], None] | None = None
    _bad_rows: set[int] = field(default_factory=set)

    def refuse(self, errors: Iterable[RowError]) -> None:
        """Count and keep errors; every one also goes to `on_error`, so that none is lost."""
        for error in errors:
            if error.row not in self._bad_rows:
                self._bad_rows.add(error.row)
                self.refused += 1
            if len(self.errors) < KEPT:
                self.errors.append(error)
            if self.on_error is not None:
                self.on_error(error)

    def warn(self, warnings: Iterable[RowError]) -> None:
        """Keep the first thousand warnings."""
        for warning in warnings:
            if len(self.warnings) < KEPT:
                self.warnings.append(warning)


class Unwanted(Exception):
    """Rolls a dry run or a refused import back."""


def run_import(
    seller: Seller,
    actor: Actor,
    path: Path,
    kind: str,
    map: Map | None,
    now: datetime,
    *,
    partial: bool = False,
    dry_run: bool = False,
    name: str | None = None,
    progress: Progress | None = None,
    on_error: Callable[[RowError], None] | None = None,
    run_id: UUID | None = None,
) -> ImportResult:
    """Load a file of customers, invoices, receipts or credit notes.

    Without `partial` one bad row refuses the whole file; nothing half-applies. Importing the same file again changes
    nothing. Imports of one seller wait for each other. `run_id` is the upload that this becomes the run of. Errors:
    `BadInput` where the file or the map as a whole cannot be read, or where somebody posted the same meanwhile.
    """
    options = dict(map.options) if map else {}
    source = open_table(path, name=name, **_typed(options))
    chosen = map or guess_map(source.header, kind)
    reading = settle(source, chosen, kind, _defaults(seller))
    result = ImportResult(kind, name or path.name, detected=dict(source.detected), mapping=reading.map.describe())
    result.on_error = on_error
    batch_id = result.run_id = run_id or new_id()
    with transaction.atomic():
        _wait_for_others(seller)
        try:
            with transaction.atomic(), _collisions(seller):
                load = _load_customers if kind == "customers" else _load_items
                load(seller, actor, source, reading, now, result, batch_id, progress or _silent)
                if dry_run or (result.refused and not partial):
                    raise Unwanted
        except Unwanted:
            result.state = "dry_run" if dry_run and (partial or not result.refused) else "refused"
            if result.state == "refused":
                result.loaded = result.unchanged = 0
        else:
            result.state = "loaded"
        if not dry_run:
            _remember(seller, actor, path, now, result, partial)
    return result


def _wait_for_others(seller: Seller) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('import:' || %s, 0))", [str(seller.id)])


@contextmanager
def _collisions(seller: Seller) -> Iterator[None]:
    """What somebody else did while the file was read is said as it is: a period locked, the same thing posted."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
        locked = locked_through(seller)
        if name == "entry_period" and locked is not None:
            raise in_locked_period(locked, locked) from error
        if isinstance(error.__cause__, UniqueViolation):
            raise BadInput(
                gettext_noop("Somebody else posted rows of this file meanwhile"),
                remedy=gettext_noop("Import it again"),
            ) from error
        raise


def _silent(rows: int, phase: str) -> None:
    """No progress wanted."""


def _typed(options: dict[str, str]) -> dict[str, Any]:
    return {name: int(value) if name == "header_line" else value for name, value in options.items()}


def _defaults(seller: Seller) -> dict[str, str]:
    return {"currency": seller.currency}


def _each(
    source: Source, reading: Reading, kind: str, result: ImportResult, progress: Progress
) -> Iterable[ParsedBatch]:
    for batch in parse(source, reading, kind):
        result.read += batch.rows
        result.skipped += batch.skipped
        result.refuse(batch.errors)
        result.warn(batch.warnings)
        progress(batch.rows, "reading")
        yield batch


def _load_customers(
    seller: Seller, actor: Actor, source: Source, reading: Reading, now: datetime, result: ImportResult,
    batch_id: UUID, progress: Progress,
) -> None:  # fmt: skip
    loader = CustomerLoader(seller, actor, now, batch_id)
    for batch in _each(source, reading, "customers", result, progress):
        loader.load(batch)
        result.refuse(loader.errors)
        loader.errors.clear()
    result.loaded, result.unchanged = loader.loaded, loader.unchanged


def _load_items(
    seller: Seller, actor: Actor, source: Source, reading: Reading, now: datetime, result: ImportResult,
    batch_id: UUID, progress: Progress,
) -> None:  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute("SET LOCAL synchronous_commit = on")
    posting = BulkPosting(seller, batch_id)
    good, pile = 0, Staged()
    with Alongside() as alongside:
        builder = RowBuilder(seller, result.kind, int(now.timestamp() * 1000), alongside.rest)
        if not reading.map.new_customers:
            builder.know_customers()
        for batch in _each(source, reading, result.kind, result, progress):
            if reading.map.new_customers:
                alongside.rest()
                add_unknown_customers(seller, batch.columns["customer"], now, batch_id)
            staged = builder.build(batch)
            result.refuse(staged.errors)
            good += len(batch) - len(staged.errors)
            pile.add(staged)
            if len(pile) >= PILE:
                alongside.do(partial(_post_pile, posting, pile))
                pile = Staged()
        alongside.rest()
    progress(0, "posting")
    _stage(posting, pile)
    posted = posting.post()
    result.refuse(conflict_error(conflict.row, conflict.external_id) for conflict in posted.conflicts)
    if posted.changed:
        refresh_slices(posted.changed)
    if posted.items >= LARGE:
        refresh_statistics()
    if result.kind == "invoices" and posted.items:
        bill_batch(seller, actor, batch_id, now)
    result.unchanged = posted.same
    result.loaded = good - posted.same - len(posted.conflicts)


def _post_pile(posting: BulkPosting, pile: Staged) -> None:
    _stage(posting, pile)
    posting.post_so_far()


def _stage(posting: BulkPosting, pile: Staged) -> None:
    posting.stage_lines(pile.lines)
    posting.stage_items(pile.items)
    posting.stage_allocations(pile.allocations)


def _remember(
    seller: Seller, actor: Actor, path: Path, now: datetime, result: ImportResult, partial: bool
) -> None:
    """The run, and one journal event with the file's digest for all that it brought."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(2**20):
            digest.update(block)
    columns = {
        "seller": seller,
        "kind": result.kind,
        "file_name": result.file[:255],
        "file_digest": digest.hexdigest(),
        "state": result.state,
        "is_partial": partial,
        "rows_read": result.read,
        "rows_loaded": result.loaded,
        "rows_unchanged": result.unchanged,
        "rows_refused": result.refused,
        "mapping": {"text": result.mapping, "detected": {k: str(v) for k, v in result.detected.items()}},
        "errors": [kept_row(error) for error in result.errors],
        "warnings": [kept_row(warning) for warning in result.warnings],
        "user_id": actor.user_id,
        "started_at": now,
        "finished_at": now,
    }
    run, _ = ImportRun.objects.update_or_create(id=result.run_id, defaults=columns)
    if result.state == "loaded" and result.loaded:
        record(
            seller.id, actor, "file_imported", "import", run.id, now, None,
            {"file": run.file_name, "digest": run.file_digest, "kind": run.kind, "loaded": result.loaded,
             "refused": result.refused, "unchanged": result.unchanged},
        )  # fmt: skip


def kept_row(error: RowError) -> dict[str, Any]:
    """A row error as it is kept for people: as `error_row`, and as messages with their places, for any language."""
    said = {"what": error.what, "remedy": error.remedy, "params": dict(error.params)}
    return error_row(error) | {"said": said}


def error_row(error: RowError) -> dict[str, Any]:
    """A row error as plain data, texts filled."""
    return {
        "row": error.row,
        "field": error.field,
        "what": fill(error.what, error.params),
        "remedy": fill(error.remedy, error.params),
        "value": error.value,
    }
