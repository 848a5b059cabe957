"""The address of a mail server or mailbox: where it is, how it is encrypted, and who signs in."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from openterms.core.base.errors import BadInput

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of server: its scheme (with an `s` behind it: encrypted from the first byte) and the usual ports, and what
    is said, with its remedy, of an address that is none, or that asks for no encryption over a network."""

    scheme: str
    port: int
    secure_port: int
    wrong: tuple[str, str]
    unencrypted: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server is: encrypted from the first byte (`is_secure`), by STARTTLS, or plain on this machine alone."""

    scheme: str
    host: str
    port: int
    is_secure: bool
    is_plain: bool
    user: str = ""
    password: str = ""

    @property
    def address(self) -> str:
        """The same without user and password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        scheme = f"{self.scheme}s" if self.is_secure else self.scheme
        return f"{scheme}://{host}:{self.port}{'?tls=off' if self.is_plain else ''}"


def read_place(url: str, kind: Kind) -> Place:
    """`scheme://user:password@host:port` (STARTTLS), `schemes://…`, or on this machine `scheme://127.0.0.1:25?tls=off`.

    Errors: the kind's own for anything else.
    """
    secure = f"{kind.scheme}s"
    try:
        parts = urlsplit(url)
        port = parts.port or (kind.secure_port if parts.scheme == secure else kind.port)
    except ValueError:
        raise _fault(kind.wrong) from None
    is_plain = parse_qs(parts.query).get("tls") == ["off"]
    host = parts.hostname or ""
    if parts.scheme not in (kind.scheme, secure) or not host or parts.path not in ("", "/") or not host.isprintable():
        raise _fault(kind.wrong)
    if is_plain and host not in LOOPBACK:
        raise _fault(kind.unencrypted)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Place(kind.scheme, host, port, parts.scheme == secure, is_plain, user, password)


def _fault(said: tuple[str, str]) -> BadInput:
    return BadInput(said[0], "address", said[1])
