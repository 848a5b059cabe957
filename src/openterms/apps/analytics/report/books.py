"""The book of a seller, loaded once for each state of the record and kept beside the database.

A loaded book stays in `book/<seller>/<mark>/` of the home as Arrow files that are read in place. `mark` is the seller's
high-water mark: how many events its journal holds. Every action writes an event in its own transaction and events are
never taken away, so two readings with one count saw the same record. The mark is read before the book: a book may
know more than its mark says and is then loaded again, never the other way round.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from urllib.parse import quote, urlencode
from uuid import UUID

import pyarrow as pa
from adbc_driver_postgresql import dbapi
from django.conf import settings
from django.db import connection

from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.context import context_sql
from openterms.apps.tenancy.models import Seller
from openterms.portfolio.book import postgres
from openterms.portfolio.book.book import Book
from openterms.portfolio.book.tables import TABLES
from openterms.portfolio.measures.ageing import ageing


@contextmanager
def open_book(seller: Seller) -> Iterator[Book]:
    """The seller's whole book as the record stands now; measures narrow it to a date and an instant.

    Only inside the seller's own context: a book is read over a connection of its own, so the context is asked first.
    """
    _refuse_others(seller.id)
    tables = _read(_folder(seller.id) / str(mark(seller.id)))
    if tables is None:
        committed = _committed_mark(seller.id)
        tables = postgres.fetch(database_uri(), context_sql(seller.id), seller.id)
        _keep(_folder(seller.id) / str(committed), tables)
    book = Book.from_arrow(tables)
    try:
        yield book
    finally:
        book.close()


@contextmanager
def open_book_at(seller: Seller, as_of: date) -> Iterator[Book]:
    """What ageing at a date asks for: the kept book while nothing has changed, else only what was open on the date."""
    _refuse_others(seller.id)
    tables = _read(_folder(seller.id) / str(mark(seller.id)))
    if tables is None:
        book = postgres.load_needed(database_uri(), context_sql(seller.id), seller.id, open_on=as_of)
    else:
        book = Book.from_arrow(tables)
    with book:
        yield book


def warm() -> None:
    """Let the engine answer once about an empty book: the first question of a process takes a second more."""
    with Book.from_arrow({}) as book:
        book.rows(ageing(book, date(2000, 1, 1)))


def _refuse_others(seller_id: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT openterms_seller()")
        (own,) = cursor.fetchone()
    if own != seller_id:
        raise PermissionError("A book is read in the context of its own seller.")


MARK = "SELECT count(*) FROM journal_event WHERE seller_id = "


def mark(seller_id: UUID) -> int:
    """How many events the journal of a seller holds, as far as this transaction sees."""
    with connection.cursor() as cursor:
        cursor.execute(MARK + "%s", [seller_id])
        return int(cursor.fetchone()[0])


def _committed_mark(seller_id: UUID) -> int:
    """The mark as others see it: what the running transaction has not committed is not in a book that is loaded now."""
    with dbapi.connect(database_uri(), autocommit=False) as outside, outside.cursor() as cursor:
        cursor.execute(context_sql(seller_id))
        cursor.fetchall()
        cursor.execute(f"{MARK}'{UUID(str(seller_id))}'")
        (count,) = cursor.fetchone()
        outside.rollback()
        return int(count)


def database_uri() -> str:
    """The database's address for columnar reading, under the role that Django itself uses."""
    database = settings.DATABASES["default"]
    login = quote(database["USER"], safe="")
    if database["PASSWORD"]:
        login += ":" + quote(database["PASSWORD"], safe="")
    host = database["HOST"]
    options = {"connect_timeout": "10"}
    if host.startswith("/"):
        options["host"], host = host, ""
    port = f":{database['PORT']}" if database["PORT"] else ""
    name = quote(database["NAME"], safe="")
    return f"postgresql://{login}@{host}{port}/{name}?{urlencode(options, quote_via=quote)}"


def _folder(seller_id: UUID) -> Path:
    return Path(settings.HOME.path) / "book" / str(seller_id)


def _read(folder: Path) -> dict[str, pa.Table] | None:
    """The kept tables, mapped into memory and not copied; None where they are not all there."""
    try:
        return {name: _mapped(folder / f"{name}.arrow") for name in TABLES}
    except (FileNotFoundError, pa.ArrowInvalid):
        return None


def _mapped(file: Path) -> pa.Table:
    with pa.memory_map(str(file)) as source:
        return pa.ipc.open_file(source).read_all()


def _keep(folder: Path, tables: dict[str, pa.Table]) -> None:
    """Write the tables under their mark and drop older ones. A full disk costs the next report time, not this one."""
    made = folder.with_name(f"{folder.name}.{new_id().hex}")
    try:
        made.mkdir(parents=True, mode=0o700)
        for name, table in tables.items():
            with pa.OSFile(str(made / f"{name}.arrow"), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
                writer.write_table(table)
        made.replace(folder)
    except OSError:
        shutil.rmtree(made, ignore_errors=True)
        return
    for other in folder.parent.iterdir():
        if other != folder and not _is_newer(other.name, folder.name):
            shutil.rmtree(other, ignore_errors=True)


def _is_newer(name: str, than: str) -> bool:
    """Whether another folder holds a later mark, or is being written."""
    number = name.partition(".")[0]
    return "." in name or (number.isdecimal() and int(number) > int(than))
