"""Make a database ready: create it, migrate it, give the web and worker roles their rights, store the context key."""

from __future__ import annotations

import fcntl
import os
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from .home import ROLES, Home, HomeError
from .postgres import ensure_running


def prepare(home: Home, force: bool = False) -> None:
    """Bring the home's database up to date and set Django up as `OPENTERMS_ROLE`. Repeating changes nothing.

    The check whether anything is missing costs one query; only then, or by `force`, does a process of the owner's
    migrate.
    """
    home.create()
    ensure_running(home)
    stamp = _stamp()
    if not force and _stamp_in(home) == stamp:
        return
    with (home.path / "prepare.gate").open("a") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        if not force and _stamp_in(home) == stamp:
            return
        if home.is_embedded:
            _create_database(home)
        _migrate_as_owner(home, stamp)


def _stamp() -> str:
    """A digest of the shipped migrations' names: which shape this code wants."""
    import hashlib
    from pathlib import Path

    package = Path(__file__).resolve().parent.parent / "apps"
    names = sorted(str(path.relative_to(package)) for path in package.glob("*/migrations/*.py"))
    texts = b"".join((package / name).read_bytes() for name in names)
    return hashlib.sha256("\n".join(names).encode() + texts).hexdigest()[:32]


def _stamp_in(home: Home) -> str | None:
    """The stamp of the database as it is, or None where it has none."""
    try:
        with psycopg.connect(home.database_url(), connect_timeout=10) as connection:
            row = connection.execute("SELECT stamp FROM openterms_stamp").fetchone()
    except (psycopg.OperationalError, psycopg.errors.UndefinedTable) as error:
        if not home.is_embedded and isinstance(error, psycopg.OperationalError):
            raise HomeError(f"The database that DATABASE_URL names cannot be reached: {error}") from error
        return None
    return row[0] if row else None


def _create_database(home: Home) -> None:
    url = home.database_url().replace("/openterms?", "/postgres?")
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'openterms'").fetchone()
        if not found:
            connection.execute("CREATE DATABASE openterms TEMPLATE template0 ENCODING 'UTF8'")


def _migrate_as_owner(home: Home, stamp: str) -> None:
    """Migrate in a process of its own, so that this one may set Django up under another role."""
    import subprocess
    import sys

    environment = os.environ | {"OPENTERMS_ROLE": "owner", "OPENTERMS_HOME": str(home.path)}
    done = subprocess.run(
        [sys.executable, "-m", "openterms.cli.database", stamp],
        env=environment, text=True, capture_output=True, timeout=600, check=False,
    )  # fmt: skip
    if done.returncode:
        raise HomeError(f"The database could not be brought up to date: {done.stderr.strip()[-1500:]}")


def migrate(home: Home, stamp: str) -> None:
    """Everything the owner does: roles, migrations, rights, key. One at a time, by an advisory lock."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "openterms.config.settings")
    with psycopg.connect(home.database_url(), autocommit=True, connect_timeout=10) as connection:
        connection.execute("SELECT pg_advisory_lock(7367)")
        _make_roles(connection, home)
        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        from openterms.apps.tenancy.clock import MOST_TRANSACTION_SECONDS
        from openterms.apps.tenancy.context import pads

        _refuse_others()
        call_command("migrate", verbosity=0, interactive=False)
        inner, outer = pads(settings.CONTEXT_KEY)
        connection.execute(
            "INSERT INTO tenancy_contextkey (id, inner_pad, outer_pad) VALUES (1, %s, %s)"
            " ON CONFLICT (id) DO UPDATE SET inner_pad = EXCLUDED.inner_pad, outer_pad = EXCLUDED.outer_pad",
            [inner, outer],
        )
        connection.execute("SELECT openterms_grant()")
        if connection.info.server_version >= 170000:
            # No transaction is longer than the time after which an answer as known at an instant is final.
            for role in ("openterms_web", "openterms_worker"):
                connection.execute(f"ALTER ROLE {role} SET transaction_timeout = '{MOST_TRANSACTION_SECONDS}s'")
            # The worker may refresh statistics after a large import: nothing else does before the next question comes.
            connection.execute("GRANT MAINTAIN ON ALL TABLES IN SCHEMA public TO openterms_worker")
        connection.execute("CREATE TABLE IF NOT EXISTS openterms_stamp (one boolean PRIMARY KEY, stamp text NOT NULL)")
        connection.execute(
            "INSERT INTO openterms_stamp VALUES (true, %s) ON CONFLICT (one) DO UPDATE SET stamp = EXCLUDED.stamp",
            [stamp],
        )


def _refuse_others() -> None:
    """Leave a database alone that another state of the code has migrated. Nothing that was released is refused."""
    from django.apps import apps
    from django.db import connection
    from django.db.migrations.exceptions import InconsistentMigrationHistory
    from django.db.migrations.loader import MigrationLoader

    own = {app.label for app in apps.get_app_configs() if app.name.startswith("openterms.")}
    loader = MigrationLoader(connection)
    strange = sorted(name for name in set(loader.applied_migrations) - set(loader.disk_migrations) if name[0] in own)
    try:
        loader.check_consistent_history(connection)
    except InconsistentMigrationHistory as error:
        said = str(error)
    else:
        said = ", ".join(".".join(name) for name in strange)
    if said:
        raise HomeError(
            f"it was made by another, unreleased state of OpenTerms ({said}). It is left as it was. Name another"
            " OPENTERMS_HOME or DATABASE_URL, or start the version that made it."
        )


def _make_roles(connection: psycopg.Connection, home: Home) -> None:
    """The two roles that own nothing and cannot bypass row-level security."""
    database = urlsplit(home.database_url()).path.lstrip("/")
    for role in ROLES:
        name = f"openterms_{role}"
        found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
        verb = "ALTER" if found else "CREATE"
        connection.execute(
            sql.SQL(verb + " ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {}").format(
                sql.Identifier(name), sql.Literal(home.derive(f"database:{role}"))
            )
        )
        connection.execute(
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(database), sql.Identifier(name))
        )


if __name__ == "__main__":
    import sys

    try:
        migrate(Home.from_environment(), sys.argv[1])
    except HomeError as refusal:
        sys.exit(str(refusal))
