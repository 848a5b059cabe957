"""Addresses of mail servers and mailboxes: what is read from them, and which are refused."""

from __future__ import annotations

import pytest

from openterms.apps.messaging.channel import smtp
from openterms.apps.messaging.incoming import imap
from openterms.core.base.errors import BadInput


@pytest.mark.parametrize(
    ("read", "url", "place", "address"),
    [
        (smtp, "smtp://u:p%40@mail.x.example", ("mail.x.example", 587, False, False, "u", "p@"), "smtp://mail.x.example:587"),
        (smtp, "smtps://mail.x.example", ("mail.x.example", 465, True, False, "", ""), "smtps://mail.x.example:465"),
        (smtp, "smtp://[::1]:25?tls=off", ("::1", 25, False, True, "", ""), "smtp://[::1]:25?tls=off"),
        (imap, "imaps://u:p@box.example", ("box.example", 993, True, False, "u", "p"), "imaps://box.example:993"),
        (imap, "imap://box.example/", ("box.example", 143, False, False, "", ""), "imap://box.example:143"),
    ],
)  # fmt: skip
def test_an_address_is_read_and_told_without_its_secret(read, url, place, address):
    found = read.read_url(url)
    assert (found.host, found.port, found.is_secure, found.is_plain, found.user, found.password) == place
    assert found.address == address


@pytest.mark.parametrize(
    ("read", "url", "match"),
    [
        (smtp, "imap://x.example", "address of a mail server"), (imap, "smtp://x.example", "address of a mailbox"),
        (smtp, "smtp://x.example:no", "mail server"), (imap, "imaps://", "mailbox"), (smtp, "", "mail server"),
        (smtp, "smtp://x.example/path", "mail server"), (smtp, "smtp://x.example?tls=off", "not sent unencrypted"),
        (imap, "imap://x.example?tls=off", "not read unencrypted"),
    ],
)  # fmt: skip
def test_anything_else_is_refused(read, url, match):
    with pytest.raises(BadInput, match=match) as caught:
        read.read_url(url)
    assert caught.value.where == "address"
