"""What every bureau offers: which calls to make, in order, and how to read what comes back. No network here.

An adapter is asked for a token, for the identifier of a company where we have none, and for the report. A ``Call`` is a
request as a value; whoever makes it hands the answer back as bytes.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, Protocol
from urllib.parse import urlencode

from openterms.core.base.errors import BadInput
from openterms.core.base.expression_domains import Domain
from openterms.core.base.reasons import gettext_noop
from openterms.formats.bureau.report import BureauReport, Subject, at, read_json, text_at

Step = Literal["token", "match", "report"]


@dataclass(frozen=True, slots=True)
class Call:
    """A request: ``path`` with its query, below the account's base address. ``is_charged``: its answer costs money."""

    step: Step
    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    is_charged: bool = False

    def bearing(self, token: str) -> Call:
        """The call with a token."""
        headers = {**self.headers, "Authorization": f"Bearer {token}"}
        return Call(self.step, self.method, self.path, headers, self.body, self.is_charged)


@dataclass(frozen=True, slots=True)
class Token:
    """What lets calls in until ``until`` (None: not said)."""

    text: str = field(repr=False)
    until: datetime | None

    def holds(self, now: datetime) -> bool:
        """Whether it can still be used; half a minute early it counts as over."""
        return self.until is None or now + timedelta(seconds=30) < self.until


class Adapter(Protocol):
    """A bureau. ``scheme`` is the kind of identifier by which it knows companies; ``secrets`` are the names of the
    credentials it needs; ``options`` those of an account's settings it understands."""

    name: str
    scheme: str
    secrets: tuple[str, ...]
    options: tuple[str, ...]
    products: Mapping[str, str]
    source: str

    def brings(self, product: str) -> Mapping[str, Domain]:
        """The facts that a product could tell, with the values they can have."""

    def token_call(self, secrets: Mapping[str, str]) -> Call:
        """The request for a token."""

    def read_token(self, raw: bytes, now: datetime) -> Token:
        """The token of an answer. BadInput: no token in it."""

    def match_call(self, subject: Subject, options: Mapping[str, str]) -> Call:
        """The request that looks for the company."""

    def read_match(self, raw: bytes, subject: Subject, options: Mapping[str, str]) -> str:
        """The identifier of the one company that fits. BadInput: none does, or several."""

    def report_call(self, product: str, identifier: str, options: Mapping[str, str]) -> Call:
        """The request for the report."""

    def read_report(
        self, raw: bytes, product: str, identifier: str, subject: Subject, received_on: date
    ) -> BureauReport:  # fmt: skip
        """The report of an answer, about this company. BadInput, with the path, for all else."""


def basic(name: str, word: str) -> str:
    """The value of an Authorization header by name and word (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{name}:{word}".encode()).decode("ascii")


def as_json(body: Mapping[str, Any]) -> bytes:
    """A JSON body without what is empty."""
    return json.dumps({name: value for name, value in body.items() if value not in ("", None)}).encode()


def query(path: str, **given: str) -> str:
    """A path with those parameters that are not empty."""
    return f"{path}?{urlencode({name: value for name, value in given.items() if value})}"


def token_of(raw: bytes, now: datetime) -> Token:
    """An OAuth 2.0 token (RFC 6749, 5.1). Its end is said in seconds from now, or as an instant; else it is unknown."""
    document = read_json(raw, "token")
    text = text_at(document, "access_token")
    if not text:
        raise BadInput(gettext_noop("there is no token in the answer"), "access_token", _CREDENTIALS)
    seconds = at(document, "expires_in") or at(document, "expiresIn")
    if isinstance(seconds, str) and seconds.isascii() and seconds.isdecimal():
        seconds = int(seconds)
    if isinstance(seconds, int) and 0 < seconds < 10**7:
        return Token(text, now + timedelta(seconds=seconds))
    until = at(document, "expirationDateTime")
    try:
        ends = datetime.fromisoformat(until) if isinstance(until, str) else None
    except ValueError:
        ends = None
    return Token(text, ends.replace(tzinfo=ends.tzinfo or UTC) if ends else None)


_CREDENTIALS = gettext_noop("check the credentials")
NO_COMPANY = gettext_noop("the answer holds no company")
LATER = gettext_noop("ask again later")


def no_match(found: int, subject: Subject) -> BadInput:
    """BadInput: not exactly one company fits."""
    return BadInput(
        gettext_noop("the bureau knows %(found)s companies that may be %(name)s"),
        "match",
        gettext_noop("add its identifier to the customer"),
        {"found": found, "name": subject.name[:80]},
    )
