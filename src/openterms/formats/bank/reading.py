"""A bank file of any kind: which format it is, by its content, and what it says."""

from __future__ import annotations

import re
from typing import NamedTuple

from openterms.core.base.reasons import gettext_noop
from openterms.core.cash.statement import Statement
from openterms.formats.bank import bai2, camt, ofx, swift, table
from openterms.formats.bank.faults import Faults
from openterms.formats.bank.table import CsvMap

MOST_BYTES = 200 * 2**20
_XML = re.compile(rb"\s*<(\?xml|Document|[A-Za-z:]*Document|[A-Za-z])")
_SWIFT = re.compile(rb"(^|\n)\s*(:20:|\{1:|:25P?:)")
_READERS = {"mt940": swift.read, "camt": camt.read, "bai2": bai2.read, "ofx": ofx.read}


class BankFile(NamedTuple):
    """What was read: ``mt940``, ``camt``, ``bai2``, ``ofx`` or ``csv``, and the statements in the file's order."""

    format: str
    statements: list[Statement]


def read_bank_file(content: bytes, name: str, layout: CsvMap | None = None) -> BankFile:
    """Read a bank file. With a ``layout`` it is a CSV; otherwise its content says what it is.

    Errors: ``BadFile`` with every fault: file, line, what is wrong and what would be right.
    """
    faults = Faults(name)
    if not content.strip():
        raise faults.fatal(1, gettext_noop("the file is empty"))
    if len(content) > MOST_BYTES:
        raise faults.fatal(1, gettext_noop("the file is larger than 200 MB"), gettext_noop("send it in parts"))
    if layout is not None:
        return BankFile("csv", table.read(content, name, layout))
    found = detect(content)
    if found is None:
        raise faults.fatal(
            1, gettext_noop("this is no bank file that can be read"),
            gettext_noop("MT940, camt.052, camt.053, camt.054, BAI2, OFX, or CSV with a map of columns"),
        )  # fmt: skip
    return BankFile(found, _READERS[found](content, name))


def detect(content: bytes) -> str | None:
    """Which of the formats a content has; None where it is none of them."""
    head = content[:4096]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", "ignore").encode()
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if b"OFXHEADER" in head.upper() or b"<OFX>" in head.upper():
        return "ofx"
    if head.startswith(b"01,"):
        return "bai2"
    if _XML.match(head):
        return "camt"
    return "mt940" if _SWIFT.search(head) else None
