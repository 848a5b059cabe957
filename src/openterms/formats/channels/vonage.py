"""Vonage's Messages API: SMS and WhatsApp by POST /v1/messages with a bearer token, status webhooks signed by a JWT.

A request's token is a JWT (RS256) of the application's private key in their API; accounts may also use basic
authentication with key and secret, which is taken here. Webhooks bear `Authorization: Bearer` with a JWT (HS256) of the
account's signature secret, whose `payload_hash` is the SHA-256 of the body.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping

from openterms.formats.channels.calls import (
    Answer,
    Call,
    Fate,
    Kind,
    Posted,
    ShortMessage,
    digits,
    mapping,
    outcome_of,
    read_json,
    same,
)  # fmt: skip

_FATES: dict[str, Kind] = {
    "submitted": "sent", "delivered": "delivered", "read": "opened", "rejected": "failed", "undeliverable": "failed",
}  # fmt: skip
_BAD_NUMBER = frozenset(("1120", "1170", "1180", "1210", "1330", "1340", "1360"))


def _unpacked(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


class Vonage:
    """Vonage."""

    name = "vonage"
    secrets = ("api_key", "api_secret", "signature_secret")
    kinds = ("sms", "whatsapp")
    base_url = "https://api.nexmo.com"

    def call(self, message: ShortMessage, kind: str, secrets: Mapping[str, str]) -> Call:
        """The request that sends a message; `client_ref` is our key and comes back in every report."""
        body: dict[str, object] = {
            "message_type": "text", "channel": kind, "to": digits(message.number),
            "from": message.sender.removeprefix("+"), "text": message.text, "client_ref": message.key,
        }  # fmt: skip
        if message.report_url:
            body |= {"webhook_url": message.report_url, "webhook_version": "v1"}
        code = base64.b64encode(f"{secrets['api_key']}:{secrets['api_secret']}".encode()).decode()
        headers = {"Authorization": f"Basic {code}", "Content-Type": "application/json"}
        return Call("POST", "/v1/messages", headers, json.dumps(body, ensure_ascii=False).encode())

    def read_answer(self, status: int, body: bytes) -> Answer:
        """202 with a message_uuid is accepted; errors are RFC 7807 documents."""
        said = mapping(read_json(body))
        if status == 202 and isinstance(said.get("message_uuid"), str):
            return Answer("accepted", said["message_uuid"])
        what = f"{status} {said.get('title') or ''} {said.get('detail') or ''}".strip()
        if str(said.get("type", "")).rpartition("#")[2] in _BAD_NUMBER:
            return Answer("bad_number", "", what)
        return Answer(outcome_of(status) if status >= 400 else "later", "", what)

    def is_genuine(self, posted: Posted, secrets: Mapping[str, str]) -> bool:
        """A JWT of the signature secret that vouches for this very body."""
        token = posted.headers.get("authorization", "").removeprefix("Bearer ").strip()
        parts = token.split(".")
        if len(parts) != 3:
            return False
        try:
            head, claims = json.loads(_unpacked(parts[0])), json.loads(_unpacked(parts[1]))
            given = _unpacked(parts[2])
        except ValueError:
            return False
        if mapping(head).get("alg") != "HS256":
            return False
        wanted = hmac.new(secrets["signature_secret"].encode(), f"{parts[0]}.{parts[1]}".encode(), "sha256").digest()
        said = mapping(claims).get("payload_hash")
        own = hashlib.sha256(posted.body).hexdigest()
        return hmac.compare_digest(wanted, given) and isinstance(said, str) and same(said, own)

    def read_report(self, posted: Posted) -> list[Fate]:
        """One status of one message."""
        said = mapping(read_json(posted.body))
        status, uuid = str(said.get("status", "")), str(said.get("message_uuid", ""))
        if status not in _FATES or not uuid:
            return []
        error = mapping(said.get("error"))
        kind: Kind = _FATES[status]
        if kind == "failed" and str(error.get("type", "")).rpartition("#")[2] in _BAD_NUMBER:
            kind = "bounced"
        what = f"{status} {error.get('title') or ''}".strip()
        return [Fate(kind, f"{uuid}:{status}", str(said.get("client_ref") or ""), uuid, what)]
