"""Load a seller's book through the row-level security of the role that asks."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from django.db import connection

from openterms.apps.tenancy.context import context_sql
from openterms.apps.tenancy.models import Seller
from openterms.portfolio.book.book import Book
from openterms.portfolio.book.postgres import load_needed


def database_uri() -> str:
    """The address that this process's own role connects by, for drivers other than Django's."""
    settings = connection.settings_dict
    login = f"{quote(str(settings['USER']))}:{quote(str(settings['PASSWORD']))}"
    host, port = str(settings["HOST"]), str(settings["PORT"] or "")
    if host.startswith("/"):
        return f"postgresql://{login}@/{settings['NAME']}?host={quote(host, safe='')}"
    place = f"{host}:{port}" if port else host
    return f"postgresql://{login}@{place}/{settings['NAME']}"


def load_book(seller: Seller, customer_id: UUID | None = None) -> Book:
    """What the day needs of the book of a seller, or of one of its customers, as the database shows it to this role."""
    return load_needed(database_uri(), context_sql(seller.id), seller.id, customer_id)
