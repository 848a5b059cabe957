"""The command `openterms` as people run it: a process of its own on a home of its own."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .warm import Warm

OPENTERMS = Path(sys.executable).parent / "openterms"
HIDDEN = ("DATABASE_URL", "OPENTERMS_ROLE", "DJANGO_SETTINGS_MODULE", "OPENTERMS_TEST_HOME", "FORCE_COLOR",
          "PYTHONDONTWRITEBYTECODE", "PYTEST_CURRENT_TEST")  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which is one JSON document and nothing else."""
        return json.loads(self.out)

    @property
    def rows(self) -> list[dict[str, str]]:
        """Standard output as CSV."""
        return list(csv.DictReader(io.StringIO(self.out)))

    @property
    def columns(self) -> str:
        """The first line of a CSV."""
        return self.out.partition("\n")[0].rstrip("\r")


_known: dict[Path, dict[str, str]] = {}
_warm: dict[Path, Warm] = {}
"""The environment of each home's first command, and the process that forks its later ones (see `tests.warm`)."""


def cool(home: Path) -> None:
    """End the forking process of a home, so that the next command is started as people start it."""
    _known.pop(home, None)
    if home in _warm:
        _warm.pop(home).close()


class Command:
    """Runs `openterms` on a home."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def __call__(self, *arguments: object, code: int = 0, stdin: str = "", timeout: float = 300) -> Answer:
        """Run to the end; another exit code than expected, or a traceback, fails the test."""
        asked, environment = [str(one) for one in arguments], self.environment()
        if _known.setdefault(self.home, environment) == environment and self.home in _warm:
            done = _warm[self.home].run(asked, stdin, timeout)
        else:
            done = subprocess.run(
                [OPENTERMS, *asked], env=environment, input=stdin, text=True, capture_output=True,
                timeout=timeout, check=False,
            )  # fmt: skip
            if self.home not in _warm:
                _warm[self.home] = Warm(_known[self.home])
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, f"exit code {done.returncode}, not {code}\n{done.stdout}\n{done.stderr}"
        return Answer(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: object, **options: Any) -> subprocess.Popen[str]:
        """Start and leave running; its messages are read from `stderr`."""
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | options
        return subprocess.Popen([OPENTERMS, *map(str, arguments)], env=self.environment(), **options)

    def environment(self) -> dict[str, str]:
        """The environment of a person at a terminal of their own."""
        kept = {name: value for name, value in os.environ.items() if name not in HIDDEN}
        return kept | {"OPENTERMS_HOME": str(self.home)}


@contextmanager
def fresh_home() -> Iterator[Path]:
    """A folder for a home, with a path short enough for a socket; removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="ot-", dir="/tmp"))
    folder.chmod(0o711)
    try:
        yield folder / "h"
    finally:
        cool(folder / "h")
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def kept_up(home: Path) -> Iterator[None]:
    """Keep a home's database up between commands, as a running web process would."""
    from openterms.cli.home import Home
    from openterms.cli.postgres import ensure_running, release

    ensure_running(Home(home))
    try:
        yield
    finally:
        release(Home(home))
