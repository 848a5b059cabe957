"""A home of its own for the benches, its sellers, and the owner's connection to its database."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg


@contextmanager
def temporary_home() -> Iterator[Path]:
    """A data directory under /tmp with its database up; removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="ob-", dir="/tmp"))
    folder.chmod(0o711)
    os.environ["OPENTERMS_HOME"] = str(folder)
    from openterms.cli.database import prepare
    from openterms.cli.home import Home
    from openterms.cli.postgres import release

    home = Home.from_environment()
    try:
        prepare(home)
        yield folder
    finally:
        release(home)
        shutil.rmtree(folder, ignore_errors=True)


def ready() -> None:
    """Set Django up under the worker's role, in the home that the environment names."""
    from openterms.cli.common import ready

    ready(os.environ.get("OPENTERMS_ROLE", "worker"))


def owner() -> psycopg.Connection[Any]:
    """A connection of the database's owner, to whom row-level security does not apply."""
    from openterms.cli.home import Home

    return psycopg.connect(Home.from_environment().database_url(), autocommit=True)


def seller(code: str) -> Any:
    """The seller of a code, made where it is missing."""
    from openterms.apps.tenancy.actions import add_seller
    from openterms.apps.tenancy.models import Seller

    return Seller.objects.filter(code=code).first() or add_seller(code, f"Seller {code}", "USD", "US")
