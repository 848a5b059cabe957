"""A file of invoices taken in by the command, end to end with its postings."""

from __future__ import annotations

import csv
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from .figures import Figure
from .filling import END, customers_only
from .place import owner
from .timing import run, seconds

TABLES = ("receivables_entry", "receivables_item", "receivables_posting")
HEADER = ("customer", "number", "invoice_date", "due_date", "currency", "amount", "purchase_order")
DAYS = 720
MOST_TRIES = 2


def write_file(path: Path, invoices: int, customers: int) -> None:
    """A CSV of invoices in the order of their dates, spread over customers."""
    start = END - timedelta(days=DAYS)
    days = [(start + timedelta(days=n)).isoformat() for n in range(DAYS + 31)]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for n in range(1, invoices + 1):
            day = n * DAYS // invoices
            amount = 10_000 + n * 7919 % 1_000_000
            writer.writerow((
                f"C{1 + n * 48_271 % customers:07}", f"INV-{n}", days[day], days[day + 30], "USD",
                f"{amount // 100}.{amount % 100:02}", f"PO-{n}",
            ))  # fmt: skip


def insert_bare(connection: psycopg.Connection[Any], seller_id: UUID) -> None:
    """The floor: the same rows by INSERT ... SELECT into the same tables with their indexes, without triggers."""
    for table in TABLES:
        connection.execute(f"DROP TABLE IF EXISTS bench_{table}")
        connection.execute(f"CREATE TABLE bench_{table} (LIKE {table} INCLUDING ALL)")
    with connection.transaction():
        for table in TABLES:
            connection.execute(f"INSERT INTO bench_{table} SELECT * FROM {table} WHERE seller_id = %s", [seller_id])


def take_in(code: str, invoices: int) -> tuple[Any, float, float]:
    """Import so many invoices for a seller of their own; the seller, the command's seconds and its peak MiB."""
    customers = max(10, invoices // 10)
    seller = customers_only(code, customers)
    file = Path(os.environ["OPENTERMS_HOME"]) / f"{code}.csv"
    write_file(file, invoices, customers)
    child = run(["-m", "openterms.cli.main", "import", "invoices", str(file), "--seller", code, "--json"])
    file.unlink()
    told = json.loads(child.output.strip().splitlines()[-1])
    if told["loaded"] != invoices:
        raise RuntimeError(f"{told['loaded']} of {invoices} invoices were loaded: {told['errors'][:3]}")
    return seller, child.seconds, child.peak_mib


def measure(size: int) -> list[Figure]:
    """Figures of the bench over a file of `size` invoices."""
    tenth = max(1_000, size // 10)
    _, start, _ = take_in(f"IMPORT{size}-START", 1)
    _, small, small_peak = take_in(f"IMPORT{size}-TENTH", tenth)
    seller, taken, peak = take_in(f"IMPORT{size}", size)
    with owner() as connection:
        connection.execute("CHECKPOINT")
        floor = sorted(seconds(lambda: insert_bare(connection, seller.id)) for _ in range(MOST_TRIES))[0]
        for table in TABLES:
            connection.execute(f"DROP TABLE bench_{table}")
    return [
        Figure("import", "invoices a second, command to commit", size / taken, "/s", least=8_000,
               note=f"{taken:.1f} s for {size:,}, {start:.1f} s of them to start and end"),
        Figure("import", "speed as a part of a bare INSERT ... SELECT", floor / taken, "x", least=0.5,
               note=f"bare: {floor:.1f} s"),
        Figure("import", f"memory, to that for {tenth:,}", peak / small_peak, "x", most=1.5,
               note=f"{peak:.0f} MiB to {small_peak:.0f} MiB"),
        Figure("import", "seconds", taken, "s"),
        Figure("import", "seconds of a tenth", small, "s"),
        Figure("import", "seconds of one row", start, "s"),
    ]  # fmt: skip


