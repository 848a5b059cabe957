"""The command that takes a file in."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from .common import JsonOption, SellerOption, emit, fail, messages, ready, refusals, say

if TYPE_CHECKING:
    from openterms.apps.analytics.importing.actions import ImportResult

KINDS = ("customers", "invoices", "receipts", "credit-notes")
SHOWN = 1_000


def import_file(
    kind: str = typer.Argument(..., help="customers, invoices, receipts or credit-notes"),
    file: Path = typer.Argument(..., help="CSV, XLSX, Parquet or JSON lines"),
    seller_code: str = SellerOption,
    map_file: Path = typer.Option(None, "--map", help="A YAML file that names the columns; guessed without it."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Read and check everything, load nothing."),
    partial: bool = typer.Option(False, "--partial", help="Load the good rows although some are refused."),
    as_json: bool = JsonOption,
) -> None:
    """Import a file. Nothing is loaded while a row is wrong, unless --partial says so."""
    if kind not in KINDS:
        raise typer.BadParameter(f"'{kind}' is not a kind of import; give one of {', '.join(KINDS)}")
    home = ready()
    from openterms.apps.analytics.importing.actions import run_import
    from openterms.apps.tenancy import clock
    from openterms.apps.tenancy.actor import SYSTEM
    from openterms.apps.tenancy.context import acting
    from openterms.formats.tabular.maps import load_map

    from .common import find_seller

    refused_file = home.path / "files" / f"refused-{kind}-{clock.now():%Y%m%dT%H%M%S}.csv"
    spool = _Spool(refused_file)
    with refusals():
        seller = find_seller(seller_code)
        chosen = load_map(map_file, kind) if map_file else None
        with _progress() as bar, acting(seller.id):
            task = bar.add_task("reading", total=None)

            def progress(rows: int, phase: str) -> None:
                bar.update(task, advance=rows, description=phase)

            result = run_import(
                seller, SYSTEM, file, kind, chosen, clock.now(), partial=partial, dry_run=dry_run,
                progress=progress, on_error=spool.add,
            )  # fmt: skip
    spool.close()
    _tell(result, spool, map_file is None, as_json)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=messages, transient=True, disable=not messages.is_terminal)


class _Spool:
    """Every row error, in a file beside the data, so that none is lost however many there are."""

    def __init__(self, path: Path) -> None:
        self.path, self.count = path, 0
        self._file = None

    def add(self, error: object) -> None:
        """Write one error."""
        from openterms.apps.analytics.importing.actions import error_row

        row = error_row(error)  # type: ignore[arg-type]
        if self._file is None:
            self._file = self.path.open("w", newline="", encoding="utf-8")
            self._writer = csv.DictWriter(self._file, list(row))
            self._writer.writeheader()
        self._writer.writerow(row)
        self.count += 1

    def close(self) -> None:
        """Finish the file."""
        if self._file is not None:
            self._file.close()


def _tell(result: ImportResult, spool: _Spool, guessed: bool, as_json: bool) -> None:
    from openterms.apps.analytics.importing.actions import error_row

    if as_json:
        emit(
            {
                "state": result.state, "kind": result.kind, "file": result.file, "read": result.read,
                "loaded": result.loaded, "unchanged": result.unchanged, "refused": result.refused,
                "skipped": result.skipped, "detected": {k: str(v) for k, v in result.detected.items()},
                "mapping": result.mapping, "errors": [error_row(e) for e in result.errors],
                "warnings": [error_row(w) for w in result.warnings],
                "errors_file": str(spool.path) if spool.count > len(result.errors) else None,
            }
        )  # fmt: skip
    say("Detected: " + ", ".join(f"{name} {value}" for name, value in result.detected.items()))
    if guessed:
        say("The columns were guessed; correct them with --map:\n" + result.mapping.rstrip())
    for error in result.errors[:SHOWN]:
        row = error_row(error)
        say(f"row {row['row']}, {row['field']}: {row['what']}: '{row['value']}'. {row['remedy']}.")
    if spool.count > SHOWN:
        say(f"All {spool.count:,} errors are in {spool.path}.")
    if result.warnings:
        say(f"{len(result.warnings):,} rows are odd but possible (for example row {result.warnings[0].row}).")
    figures = (
        f"{result.read:,} rows read, {result.loaded:,} loaded, {result.unchanged:,} on record already, "
        f"{result.refused:,} refused."
    )
    if result.state == "refused":
        fail(f"Nothing was loaded: {figures} Correct the rows, or load the good ones with --partial.")
    say(f"Nothing was loaded, this was a dry run: {figures}" if result.state == "dry_run" else figures)
