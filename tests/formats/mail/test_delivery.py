"""Reports of mail that did not arrive (RFC 3464), as servers write them, and what anybody may send instead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.formats.mail.message import read_mail

ID = "<0123456789abcdef0123456789abcdef@seller.example>"


def report(*groups, original=f"Message-ID: {ID}\r\nSubject: Reminder\r\n", kind="text/rfc822-headers", blank="\r\n"):
    """A report as a server sends it: words for people, fields for machines, the mail that came back."""
    fields = blank.join(["Reporting-MTA: dns; mx.customer.example\r\nArrival-Date: Mon, 1 Jun 2026 09:00:00 +0000\r\n",
                         *groups])  # fmt: skip
    return (
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: ar@seller.example\r\nSubject: Undelivered\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\nMIME-Version: 1.0\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        f"--b\r\nContent-Type: message/delivery-status\r\n\r\n{fields}\r\n"
        f"--b\r\nContent-Type: {kind}\r\n\r\n{original}\r\n--b--\r\n"
    ).encode()


GONE = ("Original-Recipient: rfc822;AP@Customer.example\r\nFinal-Recipient: rfc822; ada@forward.example\r\n"
        "Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user here\r\n")  # fmt: skip


def test_a_report_names_the_mail_the_readers_and_what_the_server_said():
    late = "Final-Recipient: rfc822;cc@customer.example\r\nAction: delayed\r\nStatus: 4.4.7\r\n"
    found = read_mail(report(GONE, late))
    assert found.is_bounce and found.report.message_id == ID
    first, second = found.report.recipients
    assert first.addresses == ("AP@Customer.example", "ada@forward.example")
    assert (first.action, first.status, first.what) == ("failed", "5.1.1", "550 5.1.1 no such user here")
    assert first.is_final and not second.is_final and second.action == "delayed"


@pytest.mark.parametrize(
    ("status", "action", "is_final"),
    [("5.1.1", "failed", True), ("5.7.1", "failed", True), ("4.2.2", "failed", False), ("", "failed", True),
     ("4.4.1", "delayed", False), ("2.0.0", "delivered", False)],
)  # fmt: skip
def test_only_a_refusal_for_good_is_final(status, action, is_final):
    group = f"Final-Recipient: rfc822; a@b.example\r\nAction: {action}\r\n"
    group += f"Status: {status}\r\n" if status else ""
    (one,) = read_mail(report(group)).report.recipients
    assert (one.is_final, one.status) == (is_final, status)


def test_the_mail_may_come_back_whole():
    whole = f"From: ar@seller.example\r\nMessage-ID: {ID}\r\nContent-Type: text/plain\r\n\r\nDear Ada\r\n"
    assert read_mail(report(GONE, original=whole, kind="message/rfc822")).report.message_id == ID


@pytest.mark.parametrize(
    "content",
    [
        report(), report("Action: failed\r\nStatus: 5.1.1\r\n"),
        report("Final-Recipient: x400; a@b.example\r\nAction: failed\r\n"),
        report(GONE.replace("Action: failed", "Action: exploded")), GONE.encode(), b"",
        b"Content-Type: multipart/report\r\n\r\nfailed: ap@customer.example",
    ],
)  # fmt: skip
def test_what_reports_nothing_is_no_report(content):
    assert read_mail(content).report is None


@given(st.binary(max_size=400), st.integers(0, 900))
def test_no_bytes_make_it_fall(noise, place):
    whole = report(GONE)
    read_mail(whole[:place] + noise + whole[place:])
    read_mail(whole[:place])
