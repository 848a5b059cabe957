"""WhatsApp by Meta's Cloud API: POST /{version}/{number id}/messages, webhooks signed with the app's secret.

Webhooks bear X-Hub-Signature-256: `sha256=` and the HMAC of the body; statuses come in batches and carry
`biz_opaque_callback_data`, where our key travels.
"""

from __future__ import annotations

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

VERSION = "v21.0"
_BAD_NUMBER = frozenset((131026, 131030, 131021))
_BUSY = frozenset((4, 80007, 130429, 131048, 131056, 131000, 131016))
_DOWN = frozenset((0, 10, 190, 131005, 131031, 131042))
_FATES: dict[str, Kind] = {"sent": "sent", "delivered": "delivered", "read": "opened", "failed": "failed"}


class Meta:
    """Meta's Cloud API."""

    name = "meta"
    secrets = ("phone_number_id", "access_token", "app_secret")
    kinds = ("whatsapp",)
    base_url = "https://graph.facebook.com"

    def call(self, message: ShortMessage, kind: str, secrets: Mapping[str, str]) -> Call:
        """The request that sends a message."""
        body: dict[str, object] = {
            "messaging_product": "whatsapp", "recipient_type": "individual", "to": digits(message.number),
            "biz_opaque_callback_data": message.key,
        }  # fmt: skip
        if message.template:
            parameters = [{"type": "text", "text": message.text}]
            body |= {"type": "template", "template": {
                "name": message.template, "language": {"code": message.language},
                "components": [{"type": "body", "parameters": parameters}],
            }}  # fmt: skip
        else:
            body |= {"type": "text", "text": {"preview_url": False, "body": message.text}}
        headers = {"Authorization": f"Bearer {secrets['access_token']}", "Content-Type": "application/json"}
        path = f"/{VERSION}/{secrets['phone_number_id']}/messages"
        return Call("POST", path, headers, json.dumps(body, ensure_ascii=False).encode())

    def read_answer(self, status: int, body: bytes) -> Answer:
        """200 with a message id is accepted; errors carry a code of Meta's."""
        said = mapping(read_json(body))
        messages = said.get("messages")
        if status == 200 and isinstance(messages, list) and messages and mapping(messages[0]).get("id"):
            return Answer("accepted", str(messages[0]["id"]))
        error = mapping(said.get("error"))
        code, what = error.get("code"), f"{status} {error.get('code') or ''} {error.get('message') or ''}".strip()
        for codes, outcome in ((_BAD_NUMBER, "bad_number"), (_BUSY, "later"), (_DOWN, "down")):
            if code in codes:
                return Answer(outcome, "", what)  # type: ignore[arg-type]
        return Answer(outcome_of(status) if status >= 400 else "later", "", what)

    def is_genuine(self, posted: Posted, secrets: Mapping[str, str]) -> bool:
        """The HMAC of the body with the app's secret."""
        code = hmac.new(secrets["app_secret"].encode(), posted.body, hashlib.sha256).hexdigest()
        return same(f"sha256={code}", posted.headers.get("x-hub-signature-256", ""))

    def read_report(self, posted: Posted) -> list[Fate]:
        """Every status of every message in the batch."""
        found: list[Fate] = []
        for entry in mapping(read_json(posted.body)).get("entry") or []:
            for change in mapping(entry).get("changes") or []:
                for one in mapping(mapping(change).get("value")).get("statuses") or []:
                    fate = _fate(mapping(one))
                    found += [fate] if fate else []
        return found


def _fate(said: Mapping[str, object]) -> Fate | None:
    status, wamid = str(said.get("status", "")), str(said.get("id", ""))
    if status not in _FATES or not wamid:
        return None
    errors = said.get("errors")
    error = mapping(errors[0]) if isinstance(errors, list) and errors else {}
    kind: Kind = _FATES[status]
    if kind == "failed" and error.get("code") in _BAD_NUMBER:
        kind = "bounced"
    stamp = str(said.get("timestamp", ""))
    what = f"{status} {error.get('code') or ''} {error.get('title') or ''}".strip()
    key = str(said.get("biz_opaque_callback_data") or "")
    return Fate(kind, f"{wamid}:{status}", key, wamid, what, int(stamp) if stamp.isdigit() else 0)
