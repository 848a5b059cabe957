"""Delivery status notifications (RFC 3464): which mail of ours did not arrive where, and why. Never raises."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser

MOST_RECIPIENTS = 20
MOST_WORDS = 300
ACTIONS = ("failed", "delayed", "delivered", "relayed", "expanded")
_ID = re.compile(r"<[^<>\s]{1,400}>")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Recipient:
    """What became of a mail for one reader: the addresses that the report names, `action` (one of ``ACTIONS``),
    `status` (RFC 3463, such as 5.1.1; empty where none is given) and the words of the server that refused."""

    addresses: tuple[str, ...]
    action: str
    status: str = ""
    what: str = ""

    @property
    def is_final(self) -> bool:
        """Whether the address itself is refused, and not the mail for now."""
        return self.action == "failed" and not self.status.startswith("4.")


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """A report: the Message-ID of the mail that it is about (empty where it names none), and its readers."""

    message_id: str
    recipients: tuple[Recipient, ...]


def delivery_report(message: Message, parts: Sequence[Message]) -> DeliveryReport | None:
    """The report in a mail whose leaves are `parts`; None where it holds none, or names no reader with an action."""
    if message.get_content_type() != "multipart/report":
        return None
    status = next((one for one in parts if one.get_content_type() == "message/delivery-status"), None)
    if status is None:
        return None
    recipients = tuple(found for block in _blocks(status) if (found := _recipient(block)) is not None)
    if not recipients:
        return None
    return DeliveryReport(_about(parts), recipients[:MOST_RECIPIENTS])


def _blocks(status: Message) -> Iterator[Message]:
    """The groups of fields: of the mail first, then of each reader. Some servers send them as one text."""
    payload = status.get_payload()
    if isinstance(payload, list):
        yield from (one for one in payload[: MOST_RECIPIENTS + 1] if isinstance(one, Message))
        return
    for text in re.split(r"\r?\n[ \t]*\r?\n", str(payload))[: MOST_RECIPIENTS + 1]:
        yield HeaderParser().parsestr(text.strip())


def _recipient(block: Message) -> Recipient | None:
    action = _line(block.get("action", "")).lower()
    names = (_address(block.get(name, "")) for name in ("original-recipient", "final-recipient"))
    addresses = tuple(dict.fromkeys(one for one in names if one))
    if action not in ACTIONS or not addresses:
        return None
    status = _STATUS.search(_line(block.get("status", "")))
    said = _line(block.get("diagnostic-code", ""))
    what = said.partition(";")[2].strip() if ";" in said[:20] else said
    return Recipient(addresses, action, status.group(0) if status else "", what[:MOST_WORDS])


def _address(field: object) -> str:
    """`rfc822; name@company.com` as an address; other kinds of addresses are none of ours."""
    kind, _, address = _line(field).partition(";")
    address = address.strip().strip("<>")
    return address[:320] if kind.strip().lower() in ("rfc822", "utf-8") and "@" in address else ""


def _about(parts: Sequence[Message]) -> str:
    """The Message-ID of the mail that came back with the report, whole or by its headers."""
    for part in parts:
        kind, payload = part.get_content_type(), part.get_payload()
        inner: Message | None = None
        if kind == "message/rfc822" and isinstance(payload, list) and payload and isinstance(payload[0], Message):
            inner = payload[0]
        elif kind in ("text/rfc822-headers", "message/rfc822-headers"):
            raw = part.get_payload(decode=True)
            text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(payload)
            inner = HeaderParser().parsestr(text[:20_000])
        found = _ID.search(str(inner.get("message-id", ""))) if inner is not None else None
        if found:
            return found.group(0)
    return ""


def _line(value: object) -> str:
    return " ".join(_CONTROL.sub(" ", str(value)[:2_000]).split())
