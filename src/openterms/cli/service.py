"""Run the product: web and worker over the database; say what is missing; back up and restore."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

import typer

from .common import JsonOption, emit, fail, ready, say
from .home import Home, HomeError

START_SECONDS = 60
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def up(
    port: int = typer.Option(8020, "--port", min=1, max=65535, help="Where the desk answers on this machine."),
    host: str = typer.Option("127.0.0.1", "--host"),
    demo: bool = typer.Option(True, "--demo/--no-demo", help="Make the demonstration seller on the first start."),
) -> None:
    """Start everything: database, web and worker. Ctrl-C ends it."""
    began = time.monotonic()
    for number in STOPPING:
        signal.signal(number, _interrupt)
    _refuse_taken(host, port)
    # Links in messages need an address; behind a name of your own, OPENTERMS_PUBLIC_URL says it.
    os.environ.setdefault("OPENTERMS_PUBLIC_URL", f"http://{host}:{port}")
    say("Preparing the database …")
    home = ready()
    logins: list[dict[str, str]] = []
    if demo:
        from .demo import DEMO, demo_logins, make_demo

        make_demo(DEMO, 400, 30_000, 24, 7, say)
        logins = demo_logins()
    _prepare_assets()
    told_to_stop = threading.Event()
    for number in STOPPING:
        signal.signal(number, lambda *_: told_to_stop.set())
    say("Starting web and worker …")
    processes = [_start_web(home, host, port), _start_worker(home)]
    try:
        if _await(host, port, processes, told_to_stop):
            _print_ready(host, port, logins, time.monotonic() - began)
            _watch(processes, told_to_stop)
        say("Stopping …")
    finally:
        _stop(processes)


def _refuse_taken(host: str, port: int) -> None:
    """End before anything is started where the address cannot be had."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            fail(f"Port {port} is in use by another program. Give a free one with --port.")
        fail(f"{host}:{port} cannot be used: {error.strerror}.")


def _prepare_assets() -> None:
    """Style sheet, scripts and message catalogues, made anew when their sources changed."""
    from . import assets

    try:
        assets.build()
    except assets.AssetsError as error:
        fail(str(error))


def _environment(home: Home, role: str) -> dict[str, str]:
    return os.environ | {
        "OPENTERMS_HOME": str(home.path),
        "OPENTERMS_ROLE": role,
        "DJANGO_SETTINGS_MODULE": "openterms.config.settings",
    }


def web_command(host: str, port: int) -> list[str]:
    """The web process: one interpreter, and a thread for each request that waits for the database."""
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port),
        "--workers", "1", "--blocking-threads", "16", "--no-ws", "--log-level", "error",
        "openterms.config.wsgi:application",
    ]  # fmt: skip


def _start_web(home: Home, host: str, port: int) -> subprocess.Popen[bytes]:
    return _start(web_command(host, port), _environment(home, "web"))


def _start_worker(home: Home) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", "from openterms.jobs.worker import main; main()"]
    return _start(command, _environment(home, "worker"))


def _start(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """A process that Ctrl-C does not reach, and that ends with this one however this one ends."""
    followed = [sys.executable, "-m", "openterms.cli.follow", str(os.getpid()), *command]
    return subprocess.Popen(followed, env=environment, stdout=sys.stderr, start_new_session=True)


def _await(host: str, port: int, processes: list[subprocess.Popen[bytes]], told_to_stop: threading.Event) -> bool:
    """Whether the web process answers, or a stop came before; ends with what went wrong where it does not."""
    end = time.monotonic() + START_SECONDS
    while not told_to_stop.wait(0.15):
        for process in processes:
            if process.poll() is not None:
                fail(f"A process ended while starting (exit code {process.returncode}); its messages are above.")
        if time.monotonic() > end:
            fail(f"Nothing answered on port {port} within {START_SECONDS} seconds. Is the port taken?")
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://{host}:{port}/healthz", timeout=2) as answer:
            if answer.status == 200:
                return True
    return False


def _print_ready(host: str, port: int, logins: list[dict[str, str]], seconds: float) -> None:
    say(f"OpenTerms is ready after {seconds:.1f} s: http://{host}:{port}/")
    for login in logins:
        say(f"  {login['role']:<16} {login['email']:<28} {login['password']}")
    say("Press Ctrl-C to stop.")


def _watch(processes: list[subprocess.Popen[bytes]], told_to_stop: threading.Event) -> None:
    """Wait until told to stop, or until a process ends by itself."""
    while not told_to_stop.wait(0.5):
        for process in processes:
            if process.poll() is not None:
                fail(f"A process ended by itself (exit code {process.returncode}); its messages are above.")


def _interrupt(number: int, frame: Any) -> None:
    raise KeyboardInterrupt


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    """Ask each to end; after ten seconds end it and all it started (each leads a session of its own)."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def doctor(as_json: bool = JsonOption) -> None:
    """Say what is missing or misconfigured."""
    home = Home.from_environment()
    findings: list[dict[str, Any]] = []

    def note(name: str, ok: bool, text: str) -> None:
        findings.append({"check": name, "ok": ok, "text": text})
        say(f"{'ok     ' if ok else 'MISSING'} {name}: {text}")

    version = sys.version_info
    note("python", version >= (3, 11), f"{version.major}.{version.minor}; 3.11 or newer is needed")
    try:
        home.create()
        note("home", True, str(home.path))
    except HomeError as error:
        note("home", False, str(error))
    free = shutil.disk_usage(home.path if home.path.exists() else Path("/")).free // 2**20
    note("disk", free > 1024, f"{free:,} MB free; 1,024 MB or more is advised")
    _doctor_database(home, note)
    built = Path(__file__).resolve().parent.parent / "web" / "static" / "build"
    note("assets", built.is_dir(), "built" if built.is_dir() else "not built; run `make setup`")
    spark = _has("pyspark")
    note("spark", True, "installed" if spark else "not installed; only books larger than this machine need it")
    if as_json:
        emit(findings)
    if not all(finding["ok"] for finding in findings):
        raise typer.Exit(1)


def _has(module: str) -> bool:
    import importlib.util

    return importlib.util.find_spec(module) is not None


def _doctor_database(home: Home, note: Any) -> None:
    import psycopg

    from .database import prepare

    try:
        prepare(home)
        with psycopg.connect(home.database_url("worker"), connect_timeout=5) as connection:
            row = connection.execute("SHOW server_version").fetchone()
            note("database", True, f"PostgreSQL {row[0] if row else '?'}, {'embedded' if home.is_embedded else 'own'}")
            roles = connection.execute(
                "SELECT count(*) FROM pg_roles WHERE rolname IN ('openterms_web', 'openterms_worker')"
                " AND NOT rolsuper AND NOT rolbypassrls"
            ).fetchone()
            note("roles", roles == (2,), "web and worker own nothing and cannot bypass row-level security")
    except (HomeError, psycopg.Error) as error:
        note("database", False, str(error))


def backup(file: Path, as_json: bool = JsonOption) -> None:
    """Write the embedded database into a file that `restore` reads. The product may be running."""
    home = ready()
    _embedded_only(home)
    from .postgres import dump

    file.parent.mkdir(parents=True, exist_ok=True)
    dump(home, file)
    size = file.stat().st_size
    if as_json:
        emit({"file": str(file), "bytes": size})
    say(f"Backed up into {file}, {size:,} bytes.")


def restore(
    file: Path,
    as_json: bool = JsonOption,
    replace: bool = typer.Option(False, "--replace", help="Replace a database that holds sellers."),
) -> None:
    """Replace the embedded database by a backup. Refused while it holds sellers, unless --replace says so."""
    if not file.is_file():
        fail(f"There is no backup {file}.")
    home = ready()
    _embedded_only(home)
    from openterms.apps.tenancy.models import Seller

    if Seller.objects.exists() and not replace:
        fail("This database holds sellers. Restore into a fresh OPENTERMS_HOME, or say --replace.")
    from django.db import connection

    from .database import prepare
    from .postgres import load_dump

    connection.close()
    try:
        load_dump(home, file)
        prepare(home, force=True)
    except HomeError as error:
        fail(str(error))
    if as_json:
        emit({"file": str(file), "restored": True})
    say(f"Restored from {file}.")


def _embedded_only(home: Home) -> None:
    if not home.is_embedded:
        fail("This is for the embedded database. For a server of your own use its own tools, for example pg_dump.")
