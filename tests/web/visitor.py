"""A person at the desk over HTTP: keeps cookies, sends the CSRF token, follows redirects unless told not to."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit
from uuid import uuid4


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes
    address: str

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class Visitor:
    """One browser's worth of cookies."""

    base: str
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, address: str, follow: bool = True, **headers: str) -> Answer:
        """Ask for a page."""
        return self._ask("GET", address, None, headers, follow)

    def post(
        self, address: str, data: dict[str, Any] | None = None, follow: bool = True,
        files: dict[str, tuple[str, bytes, str]] | None = None, **headers: str
    ) -> Answer:  # fmt: skip
        """Send a form; fetches a CSRF token first where there is none."""
        if "csrftoken" not in self.cookies:
            self.get("/accounts/login/", follow=False)
        headers.setdefault("X-CSRFToken", self.cookies.get("csrftoken", ""))
        if files:
            body, kind = _multipart(data or {}, files)
        else:
            body, kind = urlencode(data or {}, doseq=True).encode(), "application/x-www-form-urlencoded"
        headers["Content-Type"] = kind
        return self._ask("POST", address, body, headers, follow)

    def sign_in(self, email: str, password: str) -> Answer:
        """Sign in as a person would."""
        self.get("/accounts/login/")
        return self.post("/accounts/login/", {"login": email, "password": password})

    def _ask(self, method: str, address: str, body: bytes | None, headers: dict[str, str], follow: bool) -> Answer:
        for _ in range(10):
            place = urlsplit(urljoin(self.base, address))
            connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            target = place.path + (f"?{place.query}" if place.query else "")
            connection.request(method, target, body, sent)
            response = connection.getresponse()
            answer = Answer(response.status, dict(response.getheaders()), response.read(), target)
            for name, value in response.getheaders():
                if name.lower() == "set-cookie":
                    self._keep(value)
            connection.close()
            location = response.getheader("Location")
            if not follow or not location or answer.status not in (301, 302, 303, 307, 308):
                return answer
            method, body, address = "GET", None, urljoin(urljoin(self.base, target), location)
            headers = {name: value for name, value in headers.items() if name not in ("Content-Type", "X-CSRFToken")}
        raise AssertionError("too many redirects")

    def _keep(self, text: str) -> None:
        for name, morsel in SimpleCookie(text).items():
            if morsel["max-age"] == "0" or not morsel.value:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value


def _multipart(data: dict[str, Any], files: dict[str, tuple[str, bytes, str]]) -> tuple[bytes, str]:
    mark = uuid4().hex
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in data.items()
    ]
    for name, (file, content, kind) in files.items():
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n'
        parts.append(f"{head}Content-Type: {kind}\r\n\r\n".encode() + content + b"\r\n")
    return b"".join(parts) + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"
