"""Twilio's Programmable Messaging: SMS and WhatsApp by one resource, status callbacks signed with the token.

Shapes: POST /2010-04-01/Accounts/{sid}/Messages.json with form fields To, From, Body, StatusCallback; callbacks carry
MessageSid and MessageStatus, and X-Twilio-Signature: base64 of HMAC-SHA1 over the address and the sorted form fields.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from openterms.formats.channels.calls import (
    Answer,
    Call,
    Fate,
    Kind,
    Posted,
    ShortMessage,
    mapping,
    outcome_of,
    read_json,
    same,
)  # fmt: skip

_BAD_NUMBER = frozenset((21211, 21214, 21217, 21610, 21614, 30003, 30005, 30006, 63003, 63024))
_BUSY = frozenset((20429, 14107, 30001, 63018))
_FATES: dict[str, Kind] = {
    "sent": "sent", "delivered": "delivered", "undelivered": "failed", "failed": "failed", "read": "opened",
    "canceled": "failed",
}  # fmt: skip


class Twilio:
    """Twilio."""

    name = "twilio"
    secrets = ("account_sid", "auth_token")
    kinds = ("sms", "whatsapp")
    base_url = "https://api.twilio.com"

    def call(self, message: ShortMessage, kind: str, secrets: Mapping[str, str]) -> Call:
        """The request that sends a message; its callback address names our key."""
        prefix = "whatsapp:" if kind == "whatsapp" else ""
        fields = {"To": prefix + message.number, "From": prefix + message.sender, "Body": message.text}
        if message.report_url:
            fields["StatusCallback"] = f"{message.report_url}?{urlencode({'message': message.key})}"
        if message.template:
            del fields["Body"]
            fields["ContentSid"] = message.template
        sid = secrets["account_sid"]
        code = base64.b64encode(f"{sid}:{secrets['auth_token']}".encode()).decode()
        headers = {"Authorization": f"Basic {code}", "Content-Type": "application/x-www-form-urlencoded"}
        return Call("POST", f"/2010-04-01/Accounts/{sid}/Messages.json", headers, urlencode(fields).encode())

    def read_answer(self, status: int, body: bytes) -> Answer:
        """201 with a sid is accepted; errors carry a code of Twilio's."""
        said = mapping(read_json(body))
        if status == 201 and isinstance(said.get("sid"), str):
            return Answer("accepted", said["sid"])
        code, what = said.get("code"), f"{status} {said.get('code') or ''} {said.get('message') or ''}".strip()
        if code in _BAD_NUMBER:
            return Answer("bad_number", "", what)
        if code in _BUSY:
            return Answer("later", "", what)
        return Answer(outcome_of(status) if status >= 400 else "later", "", what)

    def is_genuine(self, posted: Posted, secrets: Mapping[str, str]) -> bool:
        """The signature over the address and the fields, sorted by name."""
        fields = sorted(parse_qsl(posted.body.decode("utf-8", "replace"), keep_blank_values=True))
        text = posted.url + "".join(name + value for name, value in fields)
        code = hmac.new(secrets["auth_token"].encode(), text.encode(), hashlib.sha1).digest()
        return same(base64.b64encode(code).decode(), posted.headers.get("x-twilio-signature", ""))

    def read_report(self, posted: Posted) -> list[Fate]:
        """One status of one message."""
        fields = dict(parse_qsl(posted.body.decode("utf-8", "replace"), keep_blank_values=True))
        status, sid = fields.get("MessageStatus", ""), fields.get("MessageSid", "")
        if status not in _FATES or not sid:
            return []
        code = fields.get("ErrorCode", "")
        kind: Kind = _FATES[status]
        if kind == "failed" and code.isdigit() and int(code) in _BAD_NUMBER:
            kind = "bounced"
        key = parse_qs(urlsplit(posted.url).query).get("message", [""])[0]
        return [Fate(kind, f"{sid}:{status}", key, sid, f"{status} {code}".strip())]
