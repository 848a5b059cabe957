# ruff: noqa: E501
"""An e-mail as values: who, when, which conversation, its own words, its files. Bounded in every direction.

A mail is written by anybody. Whatever its bytes are, it is read in bounded time and memory and nothing is raised; what
was left out is said in `faults`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header
from email.message import Message
from email.policy import compat32
from email.utils import getaddresses, parsedate_to_datetime

from .attachments import MOST_FILES, File, taken
from .delivery import DeliveryReport, delivery_report
from .html_text import QUOTE_MARK, text_of_html
from .quotes import own_words

MOST_BYTES = 30 * 2**20
"""A larger mail is read by its headers alone."""
MOST_PARTS, MOST_DEPTH, MOST_TEXT, MOST_HEADER, MOST_ADDRESSES = 100, 8, 200_000, 2_000, 50
MOST_LINES_OF_HEADERS = 64 * 2**10
_ID = re.compile(r"<[^<>\s]{1,400}>")
_BREAKS = re.compile(r"[\r\n\t\x00-\x1f\x7f\u2028\u2029]+")
_HIDDEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_CHARSETS = {"unicode-1-1-utf-7": "utf-7", "x-unknown": "utf-8", "default": "utf-8", "iso-8859-8-i": "iso-8859-8",
             "cp-850": "cp850", "windows-874": "cp874", "iso-8859-6-i": "iso-8859-6", "iso-8859-1": "cp1252"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """An address with the name that stands beside it. The name is whatever the sender liked."""

    address: str
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """A mail that came. `text` is all of its text, `own` the sender's words without what is quoted; `digest` is of all
    its bytes. `sent_at` is what the sender says, None where that is no date. Everything is a single clean line but text.
    """

    digest: str
    size: int
    message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    sender: Person
    reply_to: str
    to: tuple[Person, ...]
    subject: str
    sent_at: datetime | None
    text: str
    own: str
    is_automatic: bool
    is_bounce: bool
    is_list: bool
    files: tuple[File, ...] = ()
    faults: tuple[str, ...] = ()
    language: str = ""
    report: DeliveryReport | None = None
    """What a server reports of a mail of ours, where this is such a report."""


@dataclass(slots=True)
class _Found:
    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    left: int = MOST_TEXT


def read_mail(content: bytes) -> Incoming:
    """Read a mail. Never raises; what cannot be read is left out and named in `faults`."""
    found = _Found()
    whole = content
    if len(content) > MOST_BYTES:
        found.faults.append("too_large")
        content = content[:MOST_LINES_OF_HEADERS].partition(b"\r\n\r\n")[0].partition(b"\n\n")[0] + b"\r\n\r\n"
    message = _parsed(content, found)
    parts = list(_parts(message, found))
    for part in parts:
        try:
            _take(part, found)
        except Exception as error:
            found.faults.append(f"part_unreadable:{type(error).__name__}")
    marked = "\n".join(found.plain).strip() or "\n".join(found.html).strip()
    text = re.sub(r"\n{3,}", "\n\n", marked.replace(QUOTE_MARK, ""))
    sender = next(iter(_people(message, "from")), Person(""))
    kind, automatic = _header(message, "content-type").lower(), _header(message, "auto-submitted").lower()
    precedence = _header(message, "precedence").lower()
    answers = _people(message, "reply-to")
    is_bounce = "multipart/report" in kind or (_header(message, "return-path").strip() == "<>" and not automatic)
    try:
        report = delivery_report(message, parts)
    except Exception as error:
        found.faults.append(f"report_unreadable:{type(error).__name__}")
        report = None
    return Incoming(
        digest=hashlib.sha256(whole).hexdigest(), size=len(whole),
        message_id=next(iter(_ids(message, "message-id")), ""), in_reply_to=_ids(message, "in-reply-to"),
        references=_ids(message, "references"), sender=sender, reply_to=answers[0].address if answers else "",
        to=(*_people(message, "to"), *_people(message, "cc")), subject=_header(message, "subject")[:998],
        sent_at=_sent(message), text=text, own=own_words(marked), is_bounce=is_bounce,
        is_automatic=automatic not in ("", "no") or precedence in ("auto_reply",) or _has(message, "x-autoreply", "x-autorespond"),
        is_list=precedence in ("bulk", "list", "junk") or _has(message, "list-id", "list-unsubscribe"),
        files=tuple(found.files), faults=tuple(dict.fromkeys(found.faults))[:20],
        language=_header(message, "content-language")[:2].lower(), report=report,
    )  # fmt: skip


def _parsed(content: bytes, found: _Found) -> Message:
    try:
        return message_from_bytes(content, policy=compat32)
    except Exception as error:
        found.faults.append(f"unreadable:{type(error).__name__}")
        return Message()


def _parts(message: Message, found: _Found) -> Iterator[Message]:
    """The leaves, in order; a mail within a mail is a file. Bounded in number and depth."""
    waiting: list[tuple[Message, int]] = [(message, 0)]
    seen = 0
    while waiting:
        part, depth = waiting.pop()
        seen += 1
        if seen > MOST_PARTS or depth > MOST_DEPTH:
            found.faults.append("too_many_parts" if seen > MOST_PARTS else "too_deep")
            if seen > MOST_PARTS:
                return
            continue
        payload = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            waiting += [(one, depth + 1) for one in reversed(payload[: MOST_PARTS + 1]) if isinstance(one, Message)]
        else:
            yield part


def _take(part: Message, found: _Found) -> None:
    kind = part.get_content_type()
    named = part.get_filename()
    disposition = str(part.get("content-disposition", "")).lstrip().lower()
    is_text = kind in ("text/plain", "text/html") and not named and not disposition.startswith("attachment")
    if kind == "message/delivery-status":
        return
    if kind == "message/rfc822":
        inner = part.get_payload()
        first = inner[0] if isinstance(inner, list) and inner else None
        content = first.as_bytes()[:MOST_BYTES] if isinstance(first, Message) else b""
        named = named or "message.eml"
    else:
        raw = part.get_payload(decode=True)
        content = raw if isinstance(raw, bytes) else b""
    if is_text:
        text = _decoded(content[: 4 * MOST_TEXT], part)
        if kind == "text/html":
            text = text_of_html(text, found.left)
        text = _cleaned(text)
        if len(text) > found.left:
            found.faults.append("text_cut")
        (found.html if kind == "text/html" else found.plain).append(text[: max(found.left, 0)])
        found.left -= len(text) if kind == "text/plain" else 0
        return
    if len(found.files) >= MOST_FILES:
        found.faults.append("too_many_files")
        return
    file, fault = taken(_line(_words(named or ""))[:200], kind, content)
    if fault:
        found.faults.append(fault)
    if file is not None:
        found.files.append(file)


def _decoded(content: bytes, part: Message) -> str:
    """The text in the character set that it says, else in one that fits."""
    try:
        said = str(part.get_content_charset() or "")[:40]
    except (LookupError, UnicodeError, ValueError, TypeError):
        said = ""
    for charset in (_CHARSETS.get(said, said), "utf-8", "cp1256" if said in ("windows-1256", "iso-8859-6") else "cp1252"):
        if charset in ("", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"):
            continue
        try:
            return content.decode(charset)
        except (LookupError, UnicodeError, ValueError, AttributeError):
            continue
    return content.decode("utf-8", "replace")


def _cleaned(text: str) -> str:
    """Line ends of one kind; nothing that hides or turns letters round."""
    return _HIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _words(raw: object) -> str:
    """A header's value with its encoded words read."""
    text = str(raw)[:MOST_HEADER]
    if "=?" not in text:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        pieces = decode_header(text)
    except Exception:
        return text
    made = []
    for piece, charset in pieces:
        if isinstance(piece, str):
            made.append(piece)
            continue
        try:
            made.append(piece.decode(_CHARSETS.get((charset or "").lower(), charset or "ascii"), "replace"))
        except (LookupError, UnicodeError, ValueError):
            made.append(piece.decode("utf-8", "replace"))
    return "".join(made)


def _line(text: str) -> str:
    return " ".join(_HIDDEN.sub("", _BREAKS.sub(" ", text)).split())


def _header(message: Message, name: str) -> str:
    """The first header of a name; a second one counts for nothing."""
    try:
        raw = message.get(name)
    except Exception:
        return ""
    return "" if raw is None else _line(_words(raw))


def _has(message: Message, *names: str) -> bool:
    return any(message.get(name) is not None for name in names)


def _ids(message: Message, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_ID.findall(_header(message, name))))[-30:]


def _people(message: Message, name: str) -> tuple[Person, ...]:
    """The addresses of a header. They are read before its encoded words are: a name cannot bring an address in."""
    try:
        raw = message.get(name)
        found = getaddresses([_line(str(raw)[:MOST_HEADER])]) if raw is not None else []
    except Exception:
        return ()
    people = []
    for shown, address in found[:MOST_ADDRESSES]:
        bare = _line(address).strip("<>").casefold()
        user, at, domain = bare.rpartition("@")
        if at and user and domain and " " not in bare and len(bare) <= 320:
            people.append(Person(bare, _line(_words(shown))[:200]))
    return tuple(people)


def _sent(message: Message) -> datetime | None:
    try:
        at = parsedate_to_datetime(_header(message, "date"))
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
        return at if 1995 <= at.year <= 2100 else None
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None
