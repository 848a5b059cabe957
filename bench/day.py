"""The day over a book in which everything is open, write-back included."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg

from .figures import Figure
from .filling import END, OPEN, fill
from .place import owner
from .timing import peak_mib, seconds

COLUMNS = (
    "seller_id, item_id, customer_id, kind, number, document_id, instalment, issued_on, due_on, currency,"
    " amount_minor, base_minor, discount_on, discount_minor, recorded_at"
)


def read_and_write(connection: psycopg.Connection[Any], seller_id: UUID, rows: int) -> None:
    """The floor: so many rows of the book out of the database by COPY, and back into a plain table."""
    chosen = f"SELECT {COLUMNS} FROM book_items WHERE seller_id = '{seller_id}' AND kind = 'invoice' LIMIT {rows}"
    connection.execute("DROP TABLE IF EXISTS bench_floor")
    connection.execute(f"CREATE TABLE bench_floor AS SELECT {COLUMNS} FROM book_items WITH NO DATA")
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY ({chosen}) TO STDOUT (FORMAT binary)") as copy:
            blocks = [bytes(block) for block in copy]
        with cursor.copy("COPY bench_floor FROM STDIN (FORMAT binary)") as copy:
            for block in blocks:
                copy.write(block)


def measure(size: int) -> list[Figure]:
    """Figures of the bench over `size` open invoices of a tenth as many customers."""
    from openterms.apps.analytics.day.actions import run_day
    from openterms.apps.tenancy import clock

    seller = fill(f"OPEN{size}", size, OPEN)
    with owner() as connection:
        floors = [seconds(lambda: read_and_write(connection, seller.id, size))]
        before = peak_mib()
        first = seconds(lambda: run_day(seller, END - timedelta(days=1), clock.now()))
        floors.append(seconds(lambda: read_and_write(connection, seller.id, size)))
        second = seconds(lambda: run_day(seller, END, clock.now()))
        floors.append(seconds(lambda: read_and_write(connection, seller.id, size)))
        connection.execute("DROP TABLE bench_floor")
    floor = sorted(floors)[1]
    customers = max(10, size // 10)
    note = f"{size:,} open items of {customers:,} customers"
    return [
        Figure("day", "first day, to reading and writing by COPY", first / floor, "x", most=4,
               note=f"{first:.1f} s to {floor:.2f} s, {note}"),
        Figure("day", "next day, to reading and writing by COPY", second / floor, "x", most=4, note=f"{second:.1f} s"),
        Figure("day", "peak memory", peak_mib(), "MiB", most=2048, note=f"{before:.0f} MiB after the floor"),
        Figure("day", "seconds", first, "s"),
    ]  # fmt: skip
