"""One request over the network, and nothing else: bounded in time and length, to the account's own host alone.

HTTPS with verified certificates; the host's address is looked up once and must be public. Redirects are not followed.
Where a caller lets `is_local` through, plain HTTP to this machine's loopback is too, for tests and gateways.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop

_BLOCK = 1 << 16
MOST_BYTES = 10_000_000


class Asked(Protocol):
    """A request as a value: its path, with the query, lies below the base address."""

    @property
    def method(self) -> str: ...

    @property
    def path(self) -> str: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def body(self) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class Response:
    """What came back: status, headers by small letters, body, and how long it took."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    milliseconds: int


class WireFault(Exception):
    """No complete answer came. `was_sent`: the request may have reached the bureau. The text says what happened."""

    def __init__(self, what: str, was_sent: bool, milliseconds: int) -> None:
        self.what, self.was_sent, self.milliseconds = what, was_sent, milliseconds
        super().__init__(what)


def check_base_url(text: str, is_local: bool = False) -> SplitResult:
    """The parts of a base address. BadInput unless it is https with a host, or loopback where that is allowed."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    plain_host = parts.hostname or ""
    is_near = is_local and plain_host in ("127.0.0.1", "::1", "localhost")
    is_ok = parts.scheme == "https" or (parts.scheme == "http" and is_near)
    if not is_ok or not plain_host or parts.username or parts.query or parts.fragment or port == 0:
        raise BadInput(
            gettext_noop("this is not the base address of a bureau"),
            "base_url",
            gettext_noop("write it as https://plus.dnb.com, without a query"),
        )
    return parts


def send(
    base_url: str, call: Asked, seconds: float, is_local: bool = False, most_bytes: int = MOST_BYTES
) -> Response:
    """Make one request. `seconds` bounds the whole of it. Errors: WireFault, or BadInput for a bad base address."""
    parts = check_base_url(base_url, is_local)
    begun = time.monotonic()

    def fault(what: str, was_sent: bool) -> WireFault:
        return WireFault(what, was_sent, round((time.monotonic() - begun) * 1000))

    try:
        connection, line = _connect(parts, seconds, is_local)
    except (OSError, ValueError) as error:
        raise fault(f"no connection ({type(error).__name__})", False) from error
    over = threading.Event()

    def stop() -> None:
        over.set()
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)

    watch = threading.Timer(max(seconds - (time.monotonic() - begun), 0.01), stop)
    watch.daemon = True
    watch.start()
    try:
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", **call.headers}
        connection.request(call.method, parts.path.rstrip("/") + call.path, call.body, headers)
        answer = connection.getresponse()
        body = bytearray()
        while block := answer.read1(_BLOCK):
            body += block
            if len(body) > most_bytes:
                raise fault("the answer is too long", True)
        is_short = answer.length not in (None, 0)
    except (OSError, http.client.HTTPException, ValueError) as error:
        is_late = over.is_set() or isinstance(error, TimeoutError)
        raise fault("time-out" if is_late else f"broken off ({type(error).__name__})", True) from error
    finally:
        watch.cancel()
        connection.close()
    if over.is_set() or is_short:
        raise fault("time-out" if over.is_set() else "broken off", True)
    found = {name.lower(): value for name, value in answer.getheaders()}
    return Response(answer.status, found, bytes(body), round((time.monotonic() - begun) * 1000))


def _connect(parts: SplitResult, seconds: float, is_local: bool) -> tuple[http.client.HTTPConnection, socket.socket]:
    """A connection to the address that the host's name was found to have; refused where that is not public."""
    host, is_secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if is_secure else 80)
    address = _address(host, port, is_local)
    raw = socket.create_connection((address, port), timeout=seconds)
    if not is_secure:
        connection = http.client.HTTPConnection(host, port, timeout=seconds)
        connection.sock = raw
        return connection, raw
    try:
        secured = ssl.create_default_context().wrap_socket(raw, server_hostname=host)
    except BaseException:
        raw.close()
        raise
    connection = http.client.HTTPSConnection(host, port, timeout=seconds)
    connection.sock = secured
    return connection, secured


def _address(host: str, port: int, is_local: bool) -> str:
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for text in found:
        address = ipaddress.ip_address(text)
        if not address.is_global and not (is_local and address.is_loopback):
            raise ValueError("the host's address is not public")
    return found[0]
