"""Mailboxes in Settings, addresses that fail, letters for the post, and experiments in the desk."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from openterms.apps.tenancy.context import acting
from tests.apps.messaging.imap_server import Server


@pytest.fixture(scope="module")
def team(django_db_setup, django_db_blocker):
    """A seller with its people."""
    from openterms.apps.tenancy.actions import add_membership, add_seller, add_user
    from openterms.apps.tenancy.clock import new_id

    from .conftest import PASSWORD, Team

    with django_db_blocker.unblock():
        from django.db import connection

        code = f"M{new_id().hex[-12:]}"
        made = Team(add_seller(code, f"Seller {code}", "USD", "US"))
        with acting(made.seller.id):
            for name, role in (("may", "credit_manager"), ("wes", "credit_manager"), ("admin", "admin"),
                               ("col", "collector"), ("otto", "auditor")):  # fmt: skip
                made.people[name] = add_user(f"{name}@{code.lower()}.example", PASSWORD, name)
                add_membership(made.seller, made.people[name], role, 0)
        yield made
        connection.close()


@pytest.fixture
def server():
    made = Server()
    yield made
    made.shutdown()
    made.server_close()


def test_a_mailbox_is_added_tried_changed_and_switched_and_its_password_is_never_shown(team, visitor, server):
    from openterms.apps.messaging.incoming.models import Mailbox

    admin, port = visitor(team.people["admin"]), server.server_address[1]
    given = {"code": "main", "host": "127.0.0.1", "way": "plain", "port": port, "user": "ar", "password": "s3cret",
             "folder": "INBOX", "timeout_seconds": 3}  # fmt: skip
    assert visitor(team.people["col"]).get("/settings/mailboxes/add/").status == 403
    assert "No mailbox is read." in visitor(team.people["otto"]).get("/settings/mailboxes/").text
    far = admin.post("/settings/mailboxes/add/", given | {"host": "mail.example"})
    assert far.status == 422 and "unencrypted" in far.text and "s3cret" not in far.text
    made = admin.post("/settings/mailboxes/add/", given)
    assert "Test it." in made.text and "s3cret" not in made.text
    assert "mails in the folder: 0" in admin.post("/settings/mailboxes/main/do/test/", {}).text
    away = admin.post("/settings/mailboxes/main/", given | {"port": port + 1, "user": "", "password": ""})
    assert away.status == 422 and "needs its user and password" in away.text
    changed = admin.post("/settings/mailboxes/main/", given | {"user": "", "password": "", "timeout_seconds": 5})
    assert "Changed." in changed.text
    wrong = admin.post("/settings/mailboxes/main/", given | {"password": "wrong"})
    assert "Changed." in wrong.text
    assert "does not work" in admin.post("/settings/mailboxes/main/do/test/", {}).text
    assert "not read any more" in admin.post("/settings/mailboxes/main/do/off/", {}).text
    with acting(team.seller.id):
        box = Mailbox.objects.get(seller=team.seller)
        assert (box.is_active, box.timeout_seconds) == (False, 3)
    reader = team.people["otto"]
    type(reader).objects.filter(id=reader.id).update(locale="ar")
    assert "صناديق البريد" in visitor(reader).get("/settings/mailboxes/").text
    type(reader).objects.filter(id=reader.id).update(locale="en")


def test_an_address_is_cleared_by_a_person_and_a_batch_of_letters_is_fetched(team, visitor):
    from openterms.apps.messaging.models import BadAddress, PostBatch
    from openterms.apps.tenancy import clock, contents

    col, otto = visitor(team.people["col"]), visitor(team.people["otto"])
    assert "Every address takes messages." in col.get("/outbox/addresses/").text
    assert "No letters yet." in col.get("/outbox/post/").text
    with acting(team.seller.id):
        bad = BadAddress.objects.create(seller=team.seller, channel="email", address="ap@c.example", cause="bounced",
                                        what="5.1.1 no such user", marked_at=clock.now())  # fmt: skip
        PostBatch.objects.create(seller=team.seller, number=7, made_at=clock.now(), letters=2, pages=4,
                                 digest=contents.store(b"%PDF-1.7 x"), size=10,
                                 manifest_digest=contents.store(b"place,letter\n"), manifest_size=13)  # fmt: skip
    page = otto.get("/outbox/addresses/").text
    assert "ap@c.example" in page and "no such user" in page and "It works again" not in page
    assert otto.post(f"/outbox/addresses/{bad.id}/clear/", {}).status == 403
    assert "takes messages again" in col.post(f"/outbox/addresses/{bad.id}/clear/", {}).text
    assert "not marked as bad" in col.post(f"/outbox/addresses/{bad.id}/clear/", {}).text
    assert otto.get("/outbox/post/7/letters/").status == 403
    letters, manifest = col.get("/outbox/post/7/letters/"), col.get("/outbox/post/7/manifest/")
    assert letters.body == b"%PDF-1.7 x" and "post-7-letters.pdf" in letters.headers["content-disposition"]
    assert manifest.body == b"place,letter\n"
    assert col.get("/outbox/post/8/letters/").status == 404 and col.get("/outbox/post/7/other/").status == 404


def test_an_experiment_is_written_by_one_begun_by_another_and_ended(team, visitor):
    from openterms.apps.tenancy import clock

    writer, other = visitor(team.people["wes"]), visitor(team.people["may"])
    page = writer.get("/strategy/experiments/").text
    text = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.S)
    assert text and "after_days" in text.group(1)
    from openterms.apps.collecting.strategy.actions import standard_document

    today = clock.today(team.seller.timezone)
    given = {"code": "later", "challenger": 50, "hold_out": 10, "starts_on": today,
             "ends_on": today + timedelta(days=60), "document": standard_document()}  # fmt: skip
    assert writer.post("/strategy/experiments/", given | {"challenger": 95}).status == 422
    assert writer.post("/strategy/experiments/", given | {"ends_on": today + timedelta(days=3)}).status == 422
    made = writer.post("/strategy/experiments/", given).text
    assert "Another person begins it" in made and "Begin the experiment" in made
    assert "that they wrote" in writer.post("/strategy/experiments/later/do/start/", {}).text
    assert visitor(team.people["col"]).post("/strategy/experiments/later/do/start/", {}).status == 403
    assert "The experiment runs." in other.post("/strategy/experiments/later/do/start/", {}).text
    assert "Which arm of" not in other.get("/team/").text  # nobody was drawn: there are no customers yet
    assert "The experiment has ended." in other.post("/strategy/experiments/later/do/end/", {}).text
