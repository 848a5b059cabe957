"""Commands without their starting: a process that has loaded the product forks one for each command of a home.

Starting Python and loading every module costs more than most commands do. What a command runs in is still a process of
its own, with its own streams, directory and exit code; only its modules were loaded before. The first command of a home
is started as people start it, because settings are read once and the home has to be there.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

LOADED = (
    "ibis.backends.duckdb", "openterms.apps.analytics.day.actions", "openterms.cli.database", "openterms.cli.main",
    "openterms.formats.tabular", "typer._adapters",
)  # fmt: skip


class Warm:
    """The forking process of one home. Ends with the test run, or by `close`."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.warm", str(theirs.fileno())], pass_fds=[theirs.fileno()],
                env=environment, cwd=Path(__file__).parent.parent,
            )  # fmt: skip

    def run(self, arguments: list[str], stdin: str, timeout: float) -> subprocess.CompletedProcess[str]:
        """Run one command to its end; `subprocess.TimeoutExpired` where it takes longer."""
        stream = partial(tempfile.TemporaryFile, "w+", encoding="utf-8")
        with stream() as given, stream() as out, stream() as err:
            given.write(stdin)
            given.seek(0)
            ours, theirs = socket.socketpair()
            with ours:
                with theirs:
                    asked = json.dumps({"arguments": arguments, "directory": str(Path.cwd())}).encode()
                    files = [theirs.fileno(), given.fileno(), out.fileno(), err.fileno()]
                    socket.send_fds(self._ours, [asked], files)
                ours.settimeout(timeout)
                with ours.makefile() as answers:
                    pid = int(answers.readline())
                    try:
                        code = int(answers.readline())
                    except TimeoutError:
                        os.kill(pid, signal.SIGKILL)
                        raise subprocess.TimeoutExpired(arguments, timeout) from None
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(arguments, code, out.read(), err.read())

    def close(self) -> None:
        """End it; commands that still run are not waited for."""
        self._ours.close()
        self._process.wait(timeout=10)


def serve(asked: socket.socket) -> None:
    """Fork a process for each command until nobody can ask any more."""
    import importlib

    import django

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    os.environ |= {"OPENTERMS_ROLE": "worker", "DJANGO_SETTINGS_MODULE": "openterms.config.settings"}
    django.setup()
    for name in LOADED:
        importlib.import_module(name)
    gc.freeze()  # a collection in the child would copy every page
    while True:
        text, files, _, _ = socket.recv_fds(asked, 1_000_000, 4)
        if not text:
            os._exit(0)
        if os.fork() == 0:
            asked.close()
            _be_the_command(json.loads(text), *files)
        for one in files:
            os.close(one)


def _be_the_command(asked: dict[str, object], answers: int, *streams: int) -> None:
    """Be the command to its end, and tell its id and its exit code."""
    code = 70
    try:
        os.write(answers, f"{os.getpid()}\n".encode())
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for place, one in enumerate(streams):
            os.dup2(one, place)
        os.chdir(str(asked["directory"]))
        sys.argv = ["openterms", *asked["arguments"]]  # type: ignore[misc]
        from openterms.cli.main import main

        try:
            main()
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
        except BaseException:
            import traceback

            traceback.print_exc()
            code = 1
    finally:
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os.write(answers, f"{code}\n".encode())
        os._exit(code)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
