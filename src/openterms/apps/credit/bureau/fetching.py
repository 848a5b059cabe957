"""Talking to a bureau: token, match, report, with what may be repeated repeated. No transaction is open meanwhile.

Repeated are: refused connections (nothing was sent), 429 and 503 (as told by Retry-After), 500, 502 and 504 (nothing
was delivered), 401 once with a new token, and broken or late answers of calls that cost nothing. A report whose answer
broke off or is late may have been delivered, and paid for: it is not asked for again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Protocol

from openterms.core.base.errors import BadInput
from openterms.formats.bureau.adapters import Adapter, Call, Token
from openterms.formats.bureau.dnb import Dnb
from openterms.formats.bureau.experian import Experian
from openterms.formats.bureau.report import BureauReport, Subject

from .models import BureauAccount
from .wire import Response, WireFault, send

ADAPTERS: dict[str, Adapter] = {"dnb": Dnb(), "experian": Experian()}
MOST_TRIES = 3
PAUSES = (0.5, 1.0)
MOST_WAIT = 20
"""Seconds: a bureau that asks for a longer pause is left for another time."""
MOST_SECONDS = 90
"""For all calls of one report together."""
TRANSIENT = (500, 502, 503, 504)

_tokens: dict[tuple[object, str], Token] = {}
_turn = Lock()


class Note(Protocol):
    """Keeps one try: step, number, instant, HTTP status (0: none), milliseconds, error, digest of what was refused."""

    def __call__(
        self, step: str, number: int, at: datetime, status: int, milliseconds: int, error: str = "", digest: str = ""
    ) -> None: ...  # fmt: skip


class Failed(Exception):
    """There is no report. `is_spent`: it was, or may have been, delivered and paid for all the same."""

    def __init__(self, what: str, is_spent: bool) -> None:
        self.what, self.is_spent = what, is_spent
        super().__init__(what)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A report with the answer it was read from."""

    report: BureauReport
    raw: bytes


class Talk:
    """One conversation about one company with one account, begun at `now`."""

    def __init__(
        self,
        account: BureauAccount,
        secrets: dict[str, str],
        note: Note,
        now: datetime,
        pause: Callable[[float], None] = time.sleep,
        most_tries: int = MOST_TRIES,
    ) -> None:
        self.most_tries = most_tries
        self.account, self.secrets, self.note, self.now, self.pause = account, secrets, note, now, pause
        self.adapter = ADAPTERS[account.adapter]
        self.begun = time.monotonic()
        words = "\0".join([account.base_url, *secrets.values()])
        self.key = (account.id, hashlib.sha256(words.encode()).hexdigest())
        self.number = 0

    def fetch(self, subject: Subject, received_on: date) -> Fetched:
        """The report about a company. Errors: Failed."""
        adapter, account = self.adapter, self.account
        try:
            identifier = subject.identifiers.get(adapter.scheme, "")
            if not identifier:
                raw = self._ask(adapter.match_call(subject, account.options))
                identifier = adapter.read_match(raw, subject, account.options)
            call = adapter.report_call(account.product, identifier, account.options)
        except BadInput as error:
            raise Failed(str(error), False) from error
        raw = self._ask(call)
        try:
            return Fetched(adapter.read_report(raw, account.product, identifier, subject, received_on), raw)
        except BadInput as error:
            self.note("report", self.number, self._at(), 200, 0, str(error)[:500], hashlib.sha256(raw).hexdigest())
            raise Failed(str(error), True) from error

    def sign_in(self) -> None:
        """Ask for a new token, which costs nothing. Errors: Failed."""
        self._token()

    def _at(self) -> datetime:
        return self.now + timedelta(seconds=time.monotonic() - self.begun)

    def _ask(self, call: Call) -> bytes:
        """The body of a successful answer to a call that needs a token."""
        is_new = False
        for _round in range(2):
            token = None if is_new else _tokens.get(self.key)
            if token is None or not token.holds(self._at()):
                token, is_new = self._token(), True
            answer = self._repeat(call.bearing(token.text))
            if answer.status == 200:
                return answer.body
            if answer.status != 401 or is_new:
                break
            is_new = True
            with _turn:
                _tokens.pop(self.key, None)
        raise Failed(_said(answer), False)

    def _token(self) -> Token:
        answer = self._repeat(self.adapter.token_call(self.secrets))
        if answer.status != 200:
            raise Failed(_said(answer), False)
        try:
            token = self.adapter.read_token(answer.body, self._at())
        except BadInput as error:
            raise Failed(str(error), False) from error
        with _turn:
            _tokens[self.key] = token
        return token

    def _repeat(self, call: Call) -> Response:
        """The last answer to a call, after as many tries as are safe and left. Errors: Failed."""
        for number in range(1, self.most_tries + 1):
            self.number += 1
            left = MOST_SECONDS - (time.monotonic() - self.begun)
            if left <= 0:
                raise Failed("too late", False)
            wait = PAUSES[min(number, len(PAUSES)) - 1]
            at = self._at()
            try:
                answer = send(self.account.base_url, call, min(self.account.timeout_seconds, left))
            except WireFault as fault:
                self.note(call.step, self.number, at, 0, fault.milliseconds, fault.what)
                if number == self.most_tries or (fault.was_sent and call.is_charged):
                    raise Failed(f"{call.step}: {fault.what}", fault.was_sent and call.is_charged) from fault
            else:
                error = "" if answer.status == 200 else _said(answer)
                self.note(call.step, self.number, at, answer.status, answer.milliseconds, error)
                asked = _asked_pause(answer)
                is_over = asked is not None and asked > MOST_WAIT
                if answer.status not in (429, *TRANSIENT) or number == self.most_tries or is_over:
                    return answer
                wait = wait if asked is None else asked
            self.pause(wait)
        raise AssertionError("a last try answers or fails")


def _asked_pause(answer: Response) -> int | None:
    """Seconds that Retry-After asks for; None where it does not say them."""
    text = answer.headers.get("retry-after", "").strip()
    return int(text) if answer.status in (429, 503) and text.isascii() and text.isdecimal() else None


def _said(answer: Response) -> str:
    """What an answer other than 200 says, for people: its status and, for a redirect, that it is not followed."""
    if 300 <= answer.status < 400:
        return f"HTTP {answer.status}: redirects are not followed"
    return f"HTTP {answer.status}"
