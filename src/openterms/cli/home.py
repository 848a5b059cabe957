"""The data directory: where it is, its secret, and what is derived from the secret.

`OPENTERMS_HOME` names it. It holds `secret` (32 random bytes, readable by its owner alone), `pg/` (the embedded
database, when `DATABASE_URL` names no other), `run/` (its socket), `files/` (attachments) and `book/` (loaded books).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

SOCKET_PATH_LIMIT = 100
ROLES = ("web", "worker")


class HomeError(Exception):
    """The data directory cannot be used; the message says what would help."""


@dataclass(frozen=True)
class Home:
    """A data directory and the addresses that follow from it."""

    path: Path

    @classmethod
    def from_environment(cls) -> Home:
        """The directory that `OPENTERMS_HOME` names, else the usual place of this user."""
        named = os.environ.get("OPENTERMS_HOME")
        if named:
            return cls(Path(named).expanduser().resolve())
        if os.geteuid() == 0:
            return cls(Path("/var/lib/openterms"))
        return cls(Path.home() / ".openterms")

    def create(self) -> None:
        """Make the directory and its secret where they are missing."""
        if len(str(self.socket_folder / ".s.PGSQL.5432")) > SOCKET_PATH_LIMIT:
            raise HomeError(
                f"The data directory {self.path} has too long a path for a database socket. "
                "Set OPENTERMS_HOME to a shorter one, for example ~/.openterms."
            )
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o711)
            (self.path / "files").mkdir(exist_ok=True, mode=0o700)
            (self.path / "book").mkdir(exist_ok=True, mode=0o700)
            (self.path / "static").mkdir(exist_ok=True, mode=0o755)
            try:
                handle = os.open(self.secret_file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            except FileExistsError:
                return
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(32))
        except OSError as error:
            raise HomeError(f"The data directory {self.path} cannot be written: {error.strerror}.") from error

    @property
    def secret_file(self) -> Path:
        """File with the root secret, as hexadecimal text."""
        return self.path / "secret"

    @property
    def socket_folder(self) -> Path:
        """Folder of the embedded database's socket."""
        return self.path / "run"

    @property
    def data_folder(self) -> Path:
        """Folder of the embedded database's files."""
        return self.path / "pg"

    def derive(self, purpose: str) -> str:
        """A secret of its own for one purpose, as 64 hexadecimal digits."""
        root = bytes.fromhex(self.secret_file.read_text().strip())
        return hmac.new(root, purpose.encode(), hashlib.sha256).hexdigest()

    @property
    def is_embedded(self) -> bool:
        """Whether this home runs its own database."""
        return not os.environ.get("DATABASE_URL")

    def database_url(self, role: str = "owner") -> str:
        """Address of the database as `owner`, `web` or `worker`, password included."""
        if self.is_embedded:
            base = f"postgresql://postgres@/openterms?host={quote(str(self.socket_folder), safe='')}"
            owner = ("postgres", self.derive("database:owner"))
        else:
            base = os.environ["DATABASE_URL"]
            owner = None
        if role == "owner":
            return base if owner is None else _with_login(base, *owner)
        return _with_login(base, f"openterms_{role}", self.derive(f"database:{role}"))


def _with_login(url: str, user: str, password: str) -> str:
    """The address with another user and password."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(user)}:{quote(password)}@{place}"))
