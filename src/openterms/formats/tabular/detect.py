"""What a text file does not say about itself: its encoding, its separator and its quotes."""

from __future__ import annotations

import codecs
import csv
import re
from dataclasses import dataclass
from pathlib import Path

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop

LINE_LIMIT = 1 << 20
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1", "cp1256")
_CHUNK = 1 << 20
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_UTF8_SEQUENCE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]{1,3}")


@dataclass(frozen=True, slots=True)
class TextScan:
    """One pass over a text file: its encoding, how many lines it has, and how its lines end."""

    encoding: str
    lines: int
    line_end: str


class _WrongEncoding(Exception):
    def __init__(self, around: bytes, line: int) -> None:
        self.around = around
        self.line = line


def scan_text(path: Path, name: str, encoding: str | None = None, limit: int = LINE_LIMIT) -> TextScan:
    """Read a text file once, a megabyte at a time: decode all of it and measure its lines.

    Without ``encoding`` it is a byte-order mark's, else UTF-8, else UTF-16 by its zero bytes, else a Western or Arabic
    code page by how its letters lie together. Errors: ``BadInput`` for an unknown or wrong encoding, for a line longer
    than ``limit`` characters (found after reading no more than that), and for NUL characters.
    """
    if encoding is not None:
        try:
            return _scan(path, name, codecs.lookup(encoding).name, limit)
        except LookupError:
            raise _unknown(encoding, name) from None
        except _WrongEncoding as wrong:
            raise _wrong(encoding, name, wrong.line) from None
    with path.open("rb") as file:
        head = file.read(4096)
    guess = next((known for mark, known in _BOMS if head.startswith(mark)), None) or _utf16_without_mark(head)
    try:
        return _scan(path, name, guess or "utf-8", limit)
    except _WrongEncoding as wrong:
        if guess or _mostly_utf8(wrong.around):
            raise _wrong(guess or "utf-8", name, wrong.line) from None
        page = _code_page(wrong.around)
    try:
        return _scan(path, name, page, limit)
    except _WrongEncoding:
        return _scan(path, name, "latin-1", limit)


def _scan(path: Path, name: str, encoding: str, limit: int) -> TextScan:
    decoder = codecs.getincrementaldecoder(encoding)()
    feeds = returns = run = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError as error:
                around = error.object[max(0, error.start - 100_000) : error.start + 100_000]
                raise _WrongEncoding(
                    around, max(feeds, returns) + error.object[: error.start].count(b"\n") + 1
                ) from None
            if "\0" in text:
                raise _nul(name, max(feeds, returns) + text[: text.index("\0")].count("\n") + 1)
            run = _run_on(text, run, limit, f"{name}, line {max(feeds, returns) + 1}")
            feeds, returns = feeds + text.count("\n"), returns + text.count("\r")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _WrongEncoding(error.object, max(feeds, returns) + 1) from None
    lines = max(feeds, returns) + (1 if run else 0)
    return TextScan(encoding, lines, "CRLF" if feeds and returns else "CR" if returns else "LF")


def _run_on(text: str, run: int, limit: int, where: str) -> int:
    """Characters since the last line end, given those before this piece (which is no longer than the limit)."""
    last = max(text.rfind("\n"), text.rfind("\r"))
    first = min((found for found in (text.find("\n"), text.find("\r")) if found >= 0), default=len(text))
    if run + first > limit:
        raise BadInput(
            gettext_noop("a line is longer than %(limit)s characters"),
            where,
            gettext_noop("give a table with one row per line; a quote that never closes can also cause this"),
            {"limit": limit},
        )
    return run + len(text) if last < 0 else len(text) - last - 1


def _utf16_without_mark(head: bytes) -> str | None:
    even, odd = head[0::2], head[1::2]
    if len(odd) < 4:
        return None
    if odd.count(0) > len(odd) // 2 and not even.count(0):
        return "utf-16-le"
    if even.count(0) > len(even) // 2 and not odd.count(0):
        return "utf-16-be"
    return None


def _mostly_utf8(around: bytes) -> bool:
    inside = sum(len(found) for found in _UTF8_SEQUENCE.findall(around))
    high = sum(len(found) for found in _HIGH_RUN.findall(around))
    return inside > 4 * (high - inside)


def _code_page(around: bytes) -> str:
    """Arabic words are runs of high bytes, Western ones have single accented letters: cp1256 or cp1252."""
    runs = [len(found) for found in _HIGH_RUN.findall(around)]
    arabic = sum(length for length in runs if length >= 3)
    return "cp1256" if 2 * arabic > sum(runs) else "cp1252"


def _wrong(encoding: str, name: str, line: int) -> BadInput:
    return BadInput(
        gettext_noop("the text is not %(encoding)s"),
        f"{name}, line {line}",
        gettext_noop("save the file as UTF-8, or name its encoding in the map (one of %(encodings)s)"),
        {"encoding": encoding, "encodings": ", ".join(ENCODINGS)},
    )


def _unknown(encoding: str, name: str) -> BadInput:
    return BadInput(
        gettext_noop("%(encoding)s is not a known encoding"),
        name,
        gettext_noop("use one of %(encodings)s"),
        {"encoding": repr(encoding), "encodings": ", ".join(ENCODINGS)},
    )


def _nul(name: str, line: int) -> BadInput:
    return BadInput(
        gettext_noop("the file holds NUL characters, so it is not a text table"),
        f"{name}, line {line}",
        gettext_noop("give CSV, XLSX, Parquet or JSON lines; save a text table as UTF-8"),
    )


def detect_delimiter(sample: str) -> str:
    """The separator of a sample of lines: it cuts most lines into as many parts as the header, and many.

    A table of one column has none; then it is the comma.
    """
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        widths = _widths(sample, delimiter)
        if not widths or widths[0] < 2:
            continue
        agreeing = sum(width == widths[0] for width in widths) / len(widths)
        score = (round(agreeing, 1), widths[0])
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _widths(sample: str, delimiter: str) -> list[int]:
    widths = []
    try:
        for row in csv.reader(sample.splitlines(keepends=True), delimiter=delimiter):
            if row:
                widths.append(len(row))
            if len(widths) >= 200:
                break
    except csv.Error:
        return []
    return widths


def detect_quote(sample: str, delimiter: str) -> str:
    """The quote around texts: double unless only single ones stand around whole cells."""
    cut = re.escape(delimiter)
    single = re.findall(rf"(?:^|{cut})'[^'\r\n]*'(?={cut}|\r|\n|$)", sample, re.MULTILINE)
    double = re.search(rf'(?:^|{cut})"', sample, re.MULTILINE)
    return "'" if len(single) >= 2 and double is None else '"'


def detect_escape(sample: str, delimiter: str, quote: str) -> str | None:
    """A backslash when quotes inside texts are written with it and never doubled; else None (they are doubled)."""
    escaped = re.search(rf"[^\\]\\{quote}(?!{re.escape(delimiter)}|[\r\n]|$)", sample)
    doubled = re.search(rf"\w{quote}{quote}|{quote}{quote}\w", sample)
    return "\\" if escaped and not doubled else None
