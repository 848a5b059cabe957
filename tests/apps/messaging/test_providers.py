"""SMS and WhatsApp by three providers, each against a server on this machine that speaks its documented API."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest

from openterms.apps.messaging.channel.actions import Setting, set_channel, switch
from openterms.apps.messaging.models import BadAddress, Message, MessageAttempt
from openterms.apps.messaging.outgoing.actions import queue, send_due
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting
from openterms.formats.channels.calls import Posted
from openterms.formats.channels.meta import Meta
from openterms.formats.channels.twilio import Twilio
from openterms.formats.channels.vonage import Vonage
from tests.apps.desk import NOW, Desk
from tests.apps.messaging.letters import letter

SECRETS = {
    "twilio": {"account_sid": "AC1", "auth_token": "t"},
    "vonage": {"api_key": "k", "api_secret": "s", "signature_secret": "z"},
    "meta": {"phone_number_id": "77", "access_token": "a", "app_secret": "p"},
}
PATHS = {
    "twilio": "/2010-04-01/Accounts/AC1/Messages.json", "vonage": "/v1/messages", "meta": "/v21.0/77/messages",
}  # fmt: skip
BASIC = {"twilio": "AC1:t", "vonage": "k:s"}
GOOD = {
    "twilio": (201, {"sid": "SM1", "status": "queued"}), "vonage": (202, {"message_uuid": "u-1"}),
    "meta": (200, {"messages": [{"id": "wamid.1"}]}),
}  # fmt: skip
KEYS = {"twilio": "SM1", "vonage": "u-1", "meta": "wamid.1"}
BAD_NUMBER = {
    "twilio": (400, {"code": 21211, "message": "not a number"}),
    "vonage": (422, {"type": "https://developer.vonage.com/api-errors/messages#1120", "title": "Illegal number"}),
    "meta": (400, {"error": {"code": 131026, "message": "undeliverable"}}),
}
BUSY = {
    "twilio": (429, {"code": 20429, "message": "too many"}), "vonage": (429, {"title": "Rate limit hit"}),
    "meta": (400, {"error": {"code": 130429, "message": "rate"}}),
}  # fmt: skip
NO_ENTRY = {"twilio": (401, {"code": 20003}), "vonage": (401, {}), "meta": (401, {"error": {"code": 190}})}


class Api:
    """What the provider's server was asked, and what it answers; None hangs up without a word."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.answer: tuple[int, Any] | None = (500, {})


@contextmanager
def api_server() -> Iterator[tuple[Api, str]]:
    api = Api()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            api.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            if api.answer is None:
                self.connection.close()
                return
            status, said = api.answer
            content = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield api, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("name", ["twilio", "vonage", "meta"])
def test_a_provider_takes_a_message_is_busy_refuses_a_number_or_does_not_let_us_in(
    name, committed, new_seller, settings
):
    settings.CHANNEL_LOCAL, settings.PUBLIC_URL = True, "https://terms.example"
    seller = new_seller(enter=False)
    with api_server() as (api, url):
        with acting(seller.id):
            desk = Desk(seller)
            kind = "whatsapp" if name == "meta" else "sms"
            wanted = Setting(kind=kind, adapter=name, address=url, sender="+15550199", secrets=SECRETS[name])
            channel = set_channel(seller, SYSTEM, wanted, NOW)
            switch(seller, SYSTEM, kind, True, NOW)
            letters = [letter(desk, f"k{n}", channel=kind, address=f"+1555010{n}", language="ar") for n in range(2)]
            first, second = queue(seller, SYSTEM, letters[:1], NOW)[0], letters[1]

        api.answer = NO_ENTRY[name]
        assert dict(send_due(seller, NOW)) == {"down": 1}
        api.answer = BUSY[name]
        assert dict(send_due(seller, NOW + timedelta(minutes=3))) == {"later": 1}
        api.answer = None
        assert dict(send_due(seller, NOW + timedelta(minutes=9))) == {"later": 1}, "it may have been taken"
        api.answer = GOOD[name]
        assert dict(send_due(seller, NOW + timedelta(hours=1))) == {"sent": 1}
        with acting(seller.id):
            sent = Message.objects.get(id=first.id)
            assert (sent.state, sent.provider_key, sent.provider) == ("sent", KEYS[name], name)
            outcomes = MessageAttempt.objects.filter(message=sent).order_by("id").values_list("outcome", flat=True)
            assert list(outcomes) == ["later", "later", "accepted"]
            queue(seller, SYSTEM, [second], NOW)
        api.answer = BAD_NUMBER[name]
        assert dict(send_due(seller, NOW + timedelta(hours=2))) == {"refused": 1}
        with acting(seller.id):
            assert BadAddress.objects.get(seller=seller).address == "+15550101"

    path, headers, body = api.asked[3]
    assert path == PATHS[name]
    if name in BASIC:
        assert headers["authorization"] == f"Basic {base64.b64encode(BASIC[name].encode()).decode()}"
    else:
        assert headers["authorization"] == "Bearer a"
    if name == "twilio":
        fields = {key: values[0] for key, values in parse_qs(body.decode()).items()}
        assert (fields["To"], fields["From"]) == ("+15550100", "+15550199") and "12,400.00" in fields["Body"]
        hook = f"https://terms.example/hooks/messages/{seller.id}/{channel.id}/?message={first.id.hex}"
        assert fields["StatusCallback"] == hook
    else:
        said = json.loads(body)
        assert said["to"] == "15550100" and "12,400.00" in json.dumps(said, ensure_ascii=False)
        assert first.id.hex in (said.get("client_ref"), said.get("biz_opaque_callback_data"))


def _part(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_each_providers_signature_is_checked_and_its_reports_are_read():
    url = "https://t.example/hooks/messages/s/c/?message=" + "a" * 32
    body = urlencode({"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30003"}).encode()
    text = url + "ErrorCode30003MessageSidSM1MessageStatusundelivered"
    code = base64.b64encode(hmac.new(b"t", text.encode(), hashlib.sha1).digest()).decode()
    posted = Posted(url, {"x-twilio-signature": code}, body)
    assert Twilio().is_genuine(posted, SECRETS["twilio"])
    assert not Twilio().is_genuine(Posted(url, posted.headers, body + b"&a=b"), SECRETS["twilio"])
    (fate,) = Twilio().read_report(posted)
    assert (fate.kind, fate.key, fate.provider_key) == ("bounced", "a" * 32, "SM1")

    body = json.dumps({"message_uuid": "u", "status": "delivered", "client_ref": "k"}).encode()
    claims = {"payload_hash": hashlib.sha256(body).hexdigest()}
    signed = f"{_part({'alg': 'HS256'})}.{_part(claims)}"
    token = f"{signed}.{_part(hmac.new(b'z', signed.encode(), 'sha256').digest())}"
    assert Vonage().is_genuine(Posted(url, {"authorization": f"Bearer {token}"}, body), SECRETS["vonage"])
    assert not Vonage().is_genuine(Posted(url, {"authorization": f"Bearer {token}"}, body + b" "), SECRETS["vonage"])
    none = f"{_part({'alg': 'none'})}.{_part(claims)}."
    assert not Vonage().is_genuine(Posted(url, {"authorization": f"Bearer {none}"}, body), SECRETS["vonage"])
    assert [(one.kind, one.key) for one in Vonage().read_report(Posted(url, {}, body))] == [("delivered", "k")]

    status = {"id": "w1", "status": "read", "timestamp": "1767225600", "biz_opaque_callback_data": "k"}
    body = json.dumps({"entry": [{"changes": [{"value": {"statuses": [status, {"id": 1}]}}]}]}).encode()
    code = hmac.new(b"p", body, hashlib.sha256).hexdigest()
    assert Meta().is_genuine(Posted(url, {"x-hub-signature-256": f"sha256={code}"}, body), SECRETS["meta"])
    assert not Meta().is_genuine(Posted(url, {"x-hub-signature-256": code}, body), SECRETS["meta"])
    assert [(one.kind, one.at) for one in Meta().read_report(Posted(url, {}, body))] == [("opened", 1767225600)]


@pytest.mark.parametrize("provider", [Twilio(), Vonage(), Meta()])
@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"\xff", b'{"entry": [1, null]}', b'"x"', b"[" * 5000])
def test_a_report_or_answer_of_any_bytes_breaks_nothing(provider, body):
    posted = Posted("https://t.example/", {"authorization": "Bearer a.b.c"}, body)
    assert provider.read_report(posted) == []
    assert not provider.is_genuine(posted, SECRETS[provider.name])
    assert provider.read_answer(500, body).outcome in ("later", "down")
