# ruff: noqa: E501
"""Mailboxes: every mail once, in order, whatever breaks; nothing in them is changed."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from openterms.apps.messaging.incoming import reading
from openterms.apps.messaging.incoming.actions import assign
from openterms.apps.messaging.incoming.mailboxes import add_mailbox
from openterms.apps.messaging.incoming.models import IncomingFile, IncomingMail, Mailbox
from openterms.apps.messaging.incoming.reading import read_mailboxes
from openterms.apps.tenancy import contents
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.context import acting
from openterms.core.base.errors import BadInput, Refused
from tests.apps.desk import NOW, Desk
from tests.apps.messaging.imap_server import Server


def mail(number, body="Hello", sender="Sara Khan <sara@customer.example>", **headers):
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return (
        f"From: {sender}\r\nTo: ap@seller.example\r\nSubject: Re: your reminder {number}\r\n"
        f"Message-ID: <m{number}@customer.example>\r\nDate: Mon, 01 Jun 2026 08:00:00 +0000\r\n{more}\r\n{body}\r\n"
    ).encode()


@pytest.fixture
def server():
    made = Server()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def seller(committed, new_seller, settings, tmp_path, server):
    settings.CHANNEL_FOLDER, settings.FILES_FOLDER = tmp_path / "channels", tmp_path / "files"
    made = new_seller(enter=False)
    with acting(made.id):
        add_mailbox(made, SYSTEM, "main", server.url, NOW, timeout_seconds=2)
    return made


def subjects(seller):
    with acting(seller.id):
        return list(IncomingMail.objects.filter(seller=seller).order_by("id").values_list("subject", flat=True))


def test_a_mailbox_is_read_once_and_only_on_from_there(seller, server):
    for number in (1, 2, 3):
        server.box.add(mail(number))
    assert [(one.kept, one.known, one.fault) for one in read_mailboxes(seller, NOW)] == [(3, 0, "")]
    assert [(one.kept, one.known) for one in read_mailboxes(seller, NOW)] == [(0, 0)]
    server.box.add(mail(4))
    del server.box.mails[2]
    assert [(one.kept, one.known) for one in read_mailboxes(seller, NOW)] == [(1, 0)]
    assert subjects(seller) == [f"Re: your reminder {number}" for number in (1, 2, 3, 4)]
    said = " ".join(server.box.commands).upper()
    assert "EXAMINE" in said and "BODY.PEEK[]" in said
    assert not any(word in said for word in ("SELECT", "STORE", "EXPUNGE", "CLOSE", "DELETE"))
    with acting(seller.id):
        kept = IncomingMail.objects.filter(seller=seller).first()
        assert contents.content_of(kept.digest) == mail(1)


def test_new_numbering_reads_again_and_keeps_nothing_twice(seller, server):
    server.box.add(mail(1))
    read_mailboxes(seller, NOW)
    server.box.validity = 8
    server.box.add(mail(2))
    assert [(one.kept, one.known) for one in read_mailboxes(seller, NOW)] == [(1, 1)]
    with acting(seller.id):
        box = Mailbox.objects.get(seller=seller)
        assert (box.uid_validity, box.last_uid) == (8, 2)


def test_a_line_that_drops_within_a_mail_loses_nothing(seller, server):
    for number in range(1, 5):
        server.box.add(mail(number, "word " * 2000))
    server.box.drop_after = 2
    (first,) = read_mailboxes(seller, NOW)
    assert first.kept == 2 and "line broke" in first.fault
    server.box.drop_after = None
    (second,) = read_mailboxes(seller, NOW)
    assert (second.kept, second.known, second.fault) == (2, 0, "")


def test_a_break_between_two_mails_loses_nothing(seller, server, monkeypatch):
    for number in (1, 2, 3):
        server.box.add(mail(number))
    real, seen = reading.keep_mail, []

    def killed(*given, **more):
        seen.append(given)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return real(*given, **more)

    monkeypatch.setattr(reading, "keep_mail", killed)
    with pytest.raises(KeyboardInterrupt):
        read_mailboxes(seller, NOW)
    monkeypatch.setattr(reading, "keep_mail", real)
    read_mailboxes(seller, NOW)
    assert len(subjects(seller)) == 3


def test_two_workers_keep_nothing_twice(seller, server):
    for number in range(1, 13):
        server.box.add(mail(number))
    from django.db import connection

    def work():
        read_mailboxes(seller, NOW)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    read_mailboxes(seller, NOW)
    assert sorted(subjects(seller)) == sorted(f"Re: your reminder {number}" for number in range(1, 13))


def test_who_died_while_reading_leaves_the_mailbox_to_the_next(seller, server):
    server.box.add(mail(1))
    with acting(seller.id):
        Mailbox.objects.filter(seller=seller).update(claimed_until=NOW + timedelta(minutes=10))
    assert read_mailboxes(seller, NOW) == []
    assert [one.kept for one in read_mailboxes(seller, NOW + timedelta(minutes=11))] == [1]


@pytest.mark.parametrize(("spoil", "said"), [("password", "user and password"), ("stall", "broke|stalled"), ("folder", "folder")])
def test_a_mailbox_that_does_not_work_says_why_and_no_secret(seller, server, spoil, said):
    import re

    server.box.add(mail(1))
    secret = server.box.password
    if spoil == "password":
        server.box.password = "other"
    elif spoil == "stall":
        server.box.stall = True
    else:
        with acting(seller.id):
            Mailbox.objects.filter(seller=seller).update(folder="Nowhere")
    (done,) = read_mailboxes(seller, NOW)
    assert re.search(said, done.fault) and secret not in done.fault and done.kept == 0
    with acting(seller.id):
        assert Mailbox.objects.get(seller=seller).fault == done.fault


def test_copies_by_two_mailboxes_are_one_mail_and_a_stolen_id_is_another(seller, server):
    with acting(seller.id):
        add_mailbox(seller, SYSTEM, "other", server.url, NOW, timeout_seconds=2, marks_seen=True)
    server.box.add(mail(1, Received="by a"))
    read_mailboxes(seller, NOW, code="main")
    server.box.mails[1] = mail(1, Received="by b")
    read_mailboxes(seller, NOW, code="other")
    assert len(subjects(seller)) == 1 and server.box.seen == {1}
    server.box.add(mail(1, body="Pay to another account"))
    read_mailboxes(seller, NOW)
    assert len(subjects(seller)) == 2


def test_files_are_kept_by_kind_and_size(seller, server):
    body = (
        "--b\r\nContent-Type: text/plain\r\n\r\nSee file\r\n--b\r\nContent-Type: application/pdf\r\n"
        "Content-Disposition: attachment; filename=\"..\\\\..\\\\a.pdf\"\r\n\r\n%PDF-1.4 x\r\n--b\r\nContent-Type: text/html\r\n"
        "Content-Disposition: attachment; filename=x.html\r\n\r\n<script>1</script>\r\n--b\r\nContent-Type: application/pdf\r\n"
        "Content-Disposition: attachment; filename=fake.pdf\r\n\r\nMZ not a pdf\r\n--b--\r\n"
    )
    server.box.add(mail(1, body, MIME_Version="1.0", Content_Type="multipart/mixed; boundary=b"))
    read_mailboxes(seller, NOW)
    with acting(seller.id):
        rows = IncomingFile.objects.filter(seller=seller).order_by("place").values_list("name", "media_type", "digest")
        assert [(name, media, bool(digest)) for name, media, digest in rows] == [
            ("a.pdf", "application/pdf", True), ("x.html", "application/octet-stream", False),
            ("fake.pdf", "application/octet-stream", False),
        ]  # fmt: skip


def test_mailboxes_are_refused_in_words(seller, server):
    with acting(seller.id):
        for url in ("http://x", "imap://u:p@mail.example?tls=off", "imaps://mail.example", "imaps://u:p@/"):
            with pytest.raises(BadInput):
                add_mailbox(seller, SYSTEM, "new", url, NOW)
        with pytest.raises(BadInput):
            add_mailbox(seller, SYSTEM, "main", server.url, NOW)
        with pytest.raises(Refused):
            add_mailbox(seller, Actor("Sal", role="sales"), "new", server.url, NOW)
        assert Mailbox.objects.filter(seller=seller).count() == 1
        box = Mailbox.objects.get(seller=seller)
        assert server.box.password not in f"{box.address} {box.credentials}"


def test_whose_a_mail_is_is_said_once(seller, server):
    server.box.add(mail(1))
    read_mailboxes(seller, NOW)
    with acting(seller.id):
        desk = Desk(seller)
        kept = IncomingMail.objects.get(seller=seller)
        with pytest.raises(Refused):
            assign(seller, Actor("Sal", role="sales"), kept.id, desk.customer().id, NOW)
        assert assign(seller, SYSTEM, kept.id, desk.customer().id, NOW).matched_by == "person"
        assign(seller, SYSTEM, kept.id, desk.customer().id, NOW)
        with pytest.raises(BadInput):
            assign(seller, SYSTEM, kept.id, desk.customer("C2").id, NOW)
