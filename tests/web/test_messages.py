"""The outbox, templates and channels at the desk, and the door where providers report."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from openterms.apps.messaging.models import Message
from openterms.apps.messaging.outgoing.reads import stopped
from openterms.apps.tenancy.context import acting

KEYS = {"twilio": {"account_sid": "AC1", "auth_token": "twilio-token"}}


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """A seller with people, a customer, a message of each kind of fate, and two channels that report."""
    from openterms.apps.messaging.channel.actions import Setting, set_channel
    from openterms.apps.messaging.outgoing.actions import queue
    from openterms.apps.tenancy import clock
    from openterms.apps.tenancy.actions import add_membership, add_seller, add_user
    from openterms.apps.tenancy.actor import SYSTEM
    from tests.apps.desk import Desk
    from tests.apps.messaging.letters import FACTS, letter

    from .conftest import PASSWORD, Team

    with django_db_blocker.unblock():
        code = f"M{clock.new_id().hex[-12:]}"
        team = Team(add_seller(code, f"Seller {code}", "USD", "US"))
        with acting(team.seller.id):
            for role in ("credit_manager", "admin", "auditor", "collector"):
                team.people[role] = add_user(f"{role}@{code.lower()}.example", PASSWORD, role)
                add_membership(team.seller, team.people[role], role, 0)
            desk, now = Desk(team.seller), clock.now()
            broken = {name: value for name, value in FACTS.items() if name != "link"}
            made = queue(team.seller, SYSTEM, [
                letter(desk, "k1"), letter(desk, "k2", variables=broken), letter(desk, "k3", language="ar"),
                letter(desk, "k4", channel="sms", address="+15550100"), letter(desk, "k5"),
            ], now)  # fmt: skip
            Message.objects.filter(id__in=[made[3].id, made[4].id]).update(state="sent", sent_at=now)
            sms = set_channel(team.seller, SYSTEM, Setting(
                kind="sms", adapter="twilio", sender="+15550199", secrets=KEYS["twilio"],
            ), now)  # fmt: skip
            mail = set_channel(team.seller, SYSTEM, Setting(
                kind="email", adapter="smtp", address="smtp://mail.seller.example", sender="ar@seller.example",
                hook="postmark", secrets={"hook_secret": "post:mark"},
            ), now)  # fmt: skip
        yield team, made, sms, mail


def state_of(seller, message):

    with acting(seller.id):
        return Message.objects.get(id=message.id).state


def send(address, body, headers):
    try:
        with urlopen(Request(address, body, headers), timeout=20) as answer:
            return answer.status
    except HTTPError as error:
        return error.code


def test_the_outbox_tells_what_is_held_and_why_and_who_may_stop_it(world, visitor, committed):
    team, made, _sms, _mail = world
    manager, auditor = visitor(team.people["credit_manager"]), visitor(team.people["auditor"])
    page = manager.get("/outbox/")
    assert page.status == 200 and "The fact link is not known" in page.text and "No channel is switched on" in page.text
    assert "12,400.00" in manager.get(f"/outbox/{made[0].id}/").text
    with acting(team.seller.id):
        assert stopped(team.seller) == Message.objects.filter(seller=team.seller, state="held").count() > 0
    shown = manager.get(f"/outbox/{made[0].id}/page/")
    assert "sandbox" in shown.headers.get("Content-Security-Policy", shown.headers.get("content-security-policy", ""))
    assert auditor.post(f"/outbox/{made[0].id}/do/cancel/").status == 403
    assert state_of(team.seller, made[0]) == "queued"
    assert manager.post(f"/outbox/{made[0].id}/do/cancel/").status == 200
    assert state_of(team.seller, made[0]) == "cancelled"


def test_a_template_is_drafted_looked_at_on_a_customer_and_published_by_role(world, visitor, committed):
    from openterms.apps.messaging.template.reads import chosen

    team = world[0]
    manager, collector = visitor(team.people["credit_manager"]), visitor(team.people["collector"])
    assert "as brought" in manager.get("/settings/templates/").text
    place = "/settings/templates/reminder/en/friendly/"
    words = {"subject": "About {{ amount }}", "text": "Dear {{ customer_name }},\n\nplease see {{ link }}", "short": ""}
    looked = collector.post(place, words | {"which": "preview", "customer": "Customer C1"})
    assert "Dear Customer C1" in looked.text and "told the amount" in looked.text
    assert collector.post(place, words | {"which": "publish"}).status == 422
    wrong = words | {"text": "{{ nothing }}", "which": "publish"}
    assert "There is no fact nothing" in manager.post(place, wrong).text
    assert manager.post(place, words | {"which": "publish"}).status == 200
    with acting(team.seller.id):
        assert chosen(team.seller, "reminder", "en").source.subject == "About {{ amount }}"
        assert chosen(team.seller, "reminder", "ar").number == 0


def test_a_channel_is_set_up_by_an_administrator_and_its_secret_is_never_shown(world, visitor, committed):
    team = world[0]
    admin = visitor(team.people["admin"])
    assert visitor(team.people["collector"]).get("/settings/channels/email/").status == 403
    given = {"adapter": "vonage", "sender": "Acme", "api_key": "k", "api_secret": "s-e-c", "signature_secret": "z",
             "timeout_seconds": 30}  # fmt: skip
    page = admin.post("/settings/channels/whatsapp/", given)
    assert page.status == 200 and "s-e-c" not in page.text and "Keeps, does not send" in page.text
    assert admin.post("/settings/channels/whatsapp/do/on/").status == 200
    elsewhere = {"address": "http://x.example", "timeout_seconds": 30}
    assert admin.post("/settings/channels/whatsapp/", given | elsewhere).status == 422
    plain = {"adapter": "smtp", "address": "smtp://h?tls=off", "sender": "a@b.co", "timeout_seconds": 30}
    refused = admin.post("/settings/channels/email/", plain)
    assert refused.status == 422 and "unencrypted" in refused.text


def test_only_a_genuine_report_is_believed(world, web_server, committed):
    """Twilio's and Postmark's: forged, they change nothing; genuine, once."""
    team, made, sms, mail = world
    path = f"/hooks/messages/{team.seller.id}/{sms.id}/?message={made[3].id.hex}"
    fields = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    text = web_server + path + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    code = base64.b64encode(hmac.new(b"twilio-token", text.encode(), hashlib.sha1).digest()).decode()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert send(web_server + path, urlencode(fields).encode(), form | {"X-Twilio-Signature": "no"}) == 403
    assert state_of(team.seller, made[3]) == "sent"
    assert send(web_server + path, urlencode(fields).encode(), form | {"X-Twilio-Signature": code}) == 200
    assert state_of(team.seller, made[3]) == "delivered"

    path = f"/hooks/messages/{team.seller.id}/{mail.id}/"
    bounced = {"RecordType": "Bounce", "ID": 7, "Type": "HardBounce", "MessageID": "m-1",
               "Email": "ap@customer.example", "BouncedAt": "2026-06-01T10:00:00Z", "Details": "no such user",
               "Metadata": {"message": made[4].id.hex}}  # fmt: skip
    body, kind = json.dumps(bounced).encode(), {"Content-Type": "application/json"}
    forged, genuine = (f"Basic {base64.b64encode(one).decode()}" for one in (b"post:wrong", b"post:mark"))
    assert send(web_server + path, body, kind | {"Authorization": forged}) == 403
    assert state_of(team.seller, made[4]) == "sent"
    assert [send(web_server + path, body, kind | {"Authorization": genuine}) for _ in range(2)] == [200, 200]
    assert state_of(team.seller, made[4]) == "bounced"
    assert send(web_server + f"/hooks/messages/{team.seller.id}/{made[0].id}/", body, kind) == 404
