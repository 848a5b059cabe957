"""Ask registers about an applicant's numbers. The answers are kept with their instant; no answer is not a no.

Addresses come from the environment: `OPENTERMS_VIES`, `OPENTERMS_GLEIF` (empty turns them off) and
`OPENTERMS_REGISTER`, an address with `{country}` and `{number}`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from openterms.core.base.company_numbers import EU_VAT, vat_parts
from openterms.formats.registers import company, gleif, vies
from openterms.formats.registers.answers import Answer, Question, unreachable

from .models import Application

SECONDS = 6
TRIES = 2
PAUSE_SECONDS = 0.4
MOST_BYTES = 512 * 1024

Reader = Callable[[int, bytes], tuple[Answer, bool]]


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One question to one register about one number."""

    register: str
    value: str
    question: Question
    reader: Reader


def inquiries_of(application: Application) -> list[Inquiry]:
    """Which registers can be asked about which numbers of an application, in the order of trust."""
    said = application.answers.get("company") or {}
    country = str(said.get("country", ""))
    found = []
    base = os.environ.get("OPENTERMS_VIES", vies.BASE)
    if base and said.get("vat"):
        prefix, rest = vat_parts(str(said["vat"]), country)
        if prefix in EU_VAT:
            found.append(Inquiry("vies", prefix + rest, vies.question(base, prefix, rest), vies.answer))
    base = os.environ.get("OPENTERMS_GLEIF", gleif.BASE)
    if base and said.get("lei"):
        found.append(Inquiry("gleif", str(said["lei"]), gleif.question(base, str(said["lei"])), gleif.answer))
    base = os.environ.get("OPENTERMS_REGISTER", "")
    if base and said.get("register") and country:
        number = str(said["register"])
        found.append(Inquiry("company", number, company.question(base, country, number), company.answer))
    return found


def ask(inquiry: Inquiry) -> Answer:
    """Ask, at most twice, each within six seconds; whatever goes wrong on the way is `unreachable`, with why."""
    answer = unreachable("not asked")
    for turn in range(TRIES):
        if turn:
            time.sleep(PAUSE_SECONDS)
        try:
            status, body = _fetch(inquiry.question)
        except OSError as error:
            answer = unreachable(str(error) or type(error).__name__)
            continue
        except ValueError as error:  # an address that is none
            return unreachable(str(error))
        answer, may_help = inquiry.reader(status, body)
        if answer.outcome != "unreachable" or not may_help:
            break
    return answer


def _fetch(question: Question) -> tuple[int, bytes]:
    if not question.address.startswith(("https://", "http://")):
        raise ValueError("the register's address is not http(s)")
    headers = {"Accept": question.accept, "User-Agent": "OpenTerms"}
    if question.body is not None:
        headers["Content-Type"] = "application/json"
    request = Request(question.address, question.body, headers)  # noqa: S310 the operator's own address, http(s) alone
    try:
        with urlopen(request, timeout=SECONDS) as found:  # noqa: S310
            return int(found.status), found.read(MOST_BYTES)
    except HTTPError as refused:
        with refused:
            return refused.code, refused.read(MOST_BYTES)
