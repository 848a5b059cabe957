"""Files that come in through the desk: kept, looked at, corrected, loaded, and what became of their bad rows.

An upload is an `ImportRun` from its first byte on. Its file, the news of its progress and its refused rows lie in
`files/imports/<id>/` of the home, because a running import's transaction shows nothing to others.
"""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.formats.tabular.faults import RowError
from openterms.formats.tabular.guess import guess_map
from openterms.formats.tabular.maps import Map, read_map
from openterms.formats.tabular.readers import open_table
from openterms.formats.tabular.reading import settle
from openterms.formats.tabular.records import parse
from openterms.formats.tabular.source import Source

from .actions import ImportResult, kept_row, run_import
from .models import ImportRun

MOST_BYTES = 512 * 2**20
SHOWN_ROWS = 12
LOOKED_AT = 2_000
"""Rows that a preview reads of a file too large to be read whole at once."""

WHOLE_BYTES = 2**20
"""A file up to this size is checked whole before it is loaded, and loaded at once."""

NEWS_EVERY = 5_000


@dataclass
class Preview:
    """A file before it is loaded: what was found out about it, and its first rows as they would load."""

    header: tuple[str, ...] = ()
    detected: dict[str, str] = field(default_factory=dict)
    map: Map | None = None
    columns: list[str] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    read: int = 0
    good: int = 0
    refused: int = 0
    is_whole: bool = False
    fault: BadInput | None = None


def folder_of(run: ImportRun) -> Path:
    """Where an upload's files lie."""
    return Path(settings.FILES_FOLDER) / "imports" / str(run.id)


def take_in(
    seller: Seller,
    actor: Actor,
    kind: str,
    name: str,
    chunks: Iterable[bytes],
    now: datetime,
    map: Map | None = None,
    most_bytes: int = MOST_BYTES,
) -> ImportRun:
    """Keep an uploaded file, chunk by chunk. Errors: too large, empty, not a table; then nothing of it is kept."""
    run = ImportRun(
        id=new_id(), seller=seller, kind=kind, file_name=Path(name).name[-255:] or "file", state="previewed",
        user_id=actor.user_id, started_at=now,
    )  # fmt: skip
    folder = folder_of(run)
    folder.mkdir(parents=True, mode=0o700)
    try:
        run.file_digest = _write(folder / "file", chunks, most_bytes)
        open_table(folder / "file", name=run.file_name)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    run.mapping = {"text": map.describe()} if map else {}
    run.save(force_insert=True)
    return run


def _write(file: Path, chunks: Iterable[bytes], most_bytes: int) -> str:
    digest, size = hashlib.sha256(), 0
    with file.open("wb") as target:
        for chunk in chunks:
            size += len(chunk)
            if size > most_bytes:
                raise BadInput(
                    gettext_noop("The file is larger than %(most)s megabytes"),
                    "file",
                    gettext_noop("Split it, or load it with `openterms import`"),
                    {"most": most_bytes // 2**20},
                )
            digest.update(chunk)
            target.write(chunk)
    return digest.hexdigest()


def chosen_map(run: ImportRun) -> Map | None:
    """The map that a person gave or corrected; None while it is guessed."""
    text = run.mapping.get("text")
    return read_map(text, run.kind, run.mapping.get("name", "map")) if text else None


def choose_map(run: ImportRun, map: Map) -> None:
    """Keep a corrected map."""
    run.mapping = {**run.mapping, "text": map.describe()}
    run.save(update_fields=["mapping"])


def source_of(run: ImportRun, map: Map | None) -> Source:
    """The table in an upload's file."""
    options: dict[str, Any] = dict(map.options) if map else {}
    if "header_line" in options:
        options["header_line"] = int(options["header_line"])
    return open_table(folder_of(run) / "file", name=run.file_name, **options)


def preview(seller: Seller, actor: Actor, run: ImportRun, now: datetime) -> Preview:
    """What would happen. Nothing is written. A fault of the file or the map as a whole stands in `fault`."""
    shown = Preview()
    try:
        map = chosen_map(run)
        source = source_of(run, map)
        shown.header, shown.detected = source.header, {key: str(value) for key, value in source.detected.items()}
        shown.map = map or guess_map(source.header, run.kind)
        reading = settle(source, shown.map, run.kind, {"currency": seller.currency})
        shown.map = reading.map
        batch = next(iter(parse(source, reading, run.kind, size=LOOKED_AT)))
        hidden = ("position", "content_hash", "external_id", "attributes", "limit_unlimited")
        shown.columns = [name for name in batch.columns if name not in hidden]
        shown.rows = [
            {name: batch.columns[name][place] for name in shown.columns} for place in range(min(SHOWN_ROWS, len(batch)))
        ]
        shown.read, shown.good = batch.rows, len(batch)
        shown.errors = [kept_row(error) for error in batch.errors]
        shown.warnings = [kept_row(warning) for warning in batch.warnings]
        shown.refused = len({error.row for error in batch.errors})
        if (folder_of(run) / "file").stat().st_size <= WHOLE_BYTES:
            _check_whole(seller, actor, run, shown, now)
    except BadInput as error:
        shown.fault = error
    return shown


def _check_whole(seller: Seller, actor: Actor, run: ImportRun, shown: Preview, now: datetime) -> None:
    """A dry run: it also finds what only the record knows, such as customers that nobody has entered."""
    result = run_import(
        seller, actor, folder_of(run) / "file", run.kind, shown.map, now, partial=True, dry_run=True, name=run.file_name
    )
    shown.read, shown.refused = result.read, result.refused
    shown.good = result.loaded + result.unchanged
    shown.errors = [kept_row(error) for error in result.errors]
    shown.warnings = [kept_row(warning) for warning in result.warnings]
    shown.is_whole = True


def is_large(run: ImportRun) -> bool:
    """Whether loading is the worker's."""
    return (folder_of(run) / "file").stat().st_size > WHOLE_BYTES


def begin(run: ImportRun, partial: bool, now: datetime) -> None:
    """Say that loading has been asked for."""
    run.state, run.is_partial, run.started_at, run.finished_at = "loading", partial, now, None
    run.errors = run.warnings = []
    run.save()
    for name in ("progress.json", "refused.csv"):
        (folder_of(run) / name).unlink(missing_ok=True)


def carry_out(seller: Seller, actor: Actor, run: ImportRun, now: datetime) -> ImportRun:
    """Load an upload whose loading has begun, and keep its refused rows. Nothing half-applies."""
    folder = folder_of(run)
    news = _News(folder / "progress.json")
    refused: dict[int, list[RowError]] = {}

    def keep(error: RowError) -> None:
        refused.setdefault(error.row, []).append(error)

    try:
        map = chosen_map(run)
        news.total = source_of(run, map).rows_about
        result = run_import(
            seller, actor, folder / "file", run.kind, map, now, partial=run.is_partial, name=run.file_name,
            progress=news.tell, on_error=keep, run_id=run.id,
        )  # fmt: skip
    except BadInput as error:
        return stopped(run, error, now)
    run.refresh_from_db()
    if refused:
        _write_refused(folder / "refused.csv", source_of(run, map), refused)
    _finish(run, result)
    return run


def stopped(run: ImportRun, error: BadInput | str, now: datetime) -> ImportRun:
    """Say that nothing was loaded, and why."""
    what = str(error)
    run.state, run.finished_at = "refused", now
    run.errors = [{"row": None, "field": "", "what": what, "remedy": "", "value": ""}]
    run.save()
    return run


def _finish(run: ImportRun, result: ImportResult) -> None:
    if result.state == "loaded":
        (folder_of(run) / "file").unlink(missing_ok=True)
    (folder_of(run) / "progress.json").unlink(missing_ok=True)


class _News:
    """How far a running import is, for whoever looks."""

    def __init__(self, file: Path) -> None:
        self.file, self.total, self.done, self.told, self.phase = file, None, 0, -NEWS_EVERY, ""

    def tell(self, rows: int, phase: str) -> None:
        """Note some more rows."""
        self.done += rows
        if phase == self.phase and self.done - self.told < NEWS_EVERY:
            return
        self.told, self.phase = self.done, phase
        fresh = self.file.with_suffix(".new")
        fresh.write_text(json.dumps({"done": self.done, "total": self.total, "phase": phase}))
        fresh.replace(self.file)


def news_of(run: ImportRun) -> dict[str, Any] | None:
    """How far a running import is; None before its first news."""
    try:
        return dict(json.loads((folder_of(run) / "progress.json").read_text()))
    except (OSError, ValueError):
        return None


def _write_refused(file: Path, source: Source, refused: dict[int, list[RowError]]) -> None:
    """The refused rows as they stood, each with its line and its faults as JSON, which a door puts in words."""
    with file.open("w", encoding="utf-8-sig", newline="") as target:
        writer = csv.writer(target, lineterminator="\r\n")
        writer.writerow([*source.header, "line", "faults"])
        for batch in source.batches():
            for at, line in enumerate(batch.lines):
                if line in refused:
                    cells = [_text(batch.columns[name][at]) for name in source.header]
                    writer.writerow([*cells, line, _wrong(refused.pop(line))])
            for line, _, _ in batch.ragged:
                if line in refused:
                    writer.writerow([*[""] * len(source.header), line, _wrong(refused.pop(line))])
        for line, errors in refused.items():
            writer.writerow([*[""] * len(source.header), line, _wrong(errors)])


def _text(cell: Any) -> str:
    from openterms.formats.tabular.cells import as_text
    from openterms.formats.tabular.write import guarded

    return guarded(as_text(cell))


def _wrong(errors: Iterable[RowError]) -> str:
    return json.dumps([kept_row(error) for error in errors], ensure_ascii=False)


def refused_file(run: ImportRun) -> Path | None:
    """The refused rows of a run, where there are any."""
    file = folder_of(run) / "refused.csv"
    return file if file.exists() else None
