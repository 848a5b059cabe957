"""A sender that is killed between handing a message over and writing it down: nothing is lost, and the reader's server
sees one message."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from openterms.apps.messaging.models import Message, MessageAttempt
from openterms.apps.messaging.outgoing import last_look
from openterms.apps.tenancy.context import acting
from tests.apps.desk import NOW
from tests.apps.messaging.mail_server import mail_server
from tests.apps.messaging.test_mail import Office

pytestmark = [pytest.mark.timeout(180)]

SEND = """
import django, sys
django.setup()
from datetime import datetime
from openterms.apps.messaging.outgoing import last_look
from openterms.apps.messaging.outgoing.actions import send_due
from openterms.apps.tenancy.models import Seller
last_look._checks.clear()  # the way of a message is tried, not what upper rooms say of its customer
send_due(Seller.objects.get(code=sys.argv[1]), datetime.fromisoformat(sys.argv[2]))
"""


def test_a_sender_killed_mid_send_loses_nothing_and_doubles_nothing(home, committed, new_seller, monkeypatch):
    monkeypatch.setattr(last_look, "_checks", {})
    with mail_server() as (box, url):
        office = Office(new_seller(enter=False), box, url)
        with acting(office.seller.id):
            from openterms.apps.messaging.models import MessageChannel

            MessageChannel.objects.filter(seller=office.seller).update(timeout_seconds=60)
        office.queue(*office.letters(5))
        box.behaves["a2@c.example"] = "hang"
        environment = os.environ | {"OPENTERMS_HOME": str(home.path), "OPENTERMS_ROLE": "worker"}
        process = subprocess.Popen(
            [sys.executable, "-c", SEND, office.seller.code, NOW.isoformat()], env=environment, start_new_session=True
        )
        end = time.monotonic() + 60
        while not any(str(mail["To"]).startswith("a2@") for mail in box.taken) and time.monotonic() < end:
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
        taken = len(box.taken)
        states = office.states()
        assert states.count("sent") == taken - 1 and "sending" in states, "the server has one of which nobody knows"

        box.behaves.clear()
        assert office.send(timedelta(minutes=1)) == {}, "its claim still holds"
        assert office.send(timedelta(minutes=11)) == {"sent": 5 - states.count("sent")}
        assert office.states() == ["sent"] * 5 and office.send(timedelta(minutes=30)) == {}
        assert len(box.taken) == 6 and len(set(box.ids())) == 5, "one came twice, under one Message-ID"
        with acting(office.seller.id):
            one = Message.objects.get(seller=office.seller, address="a2@c.example")
            outcomes = MessageAttempt.objects.filter(message=one).order_by("id").values_list("outcome", flat=True)
            assert list(outcomes) == ["broken_off", "accepted"]
            assert Message.objects.filter(seller=office.seller).count() == 5
