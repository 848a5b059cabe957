"""Any mail is read: in bounded time and size, without raising, its own words apart from what it quotes."""

# ruff: noqa: E501
from __future__ import annotations

import time
from io import BytesIO

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from openterms.core.messaging.inbound.references import shapes_of
from openterms.formats.mail.attachments import File, taken
from openterms.formats.mail.html_text import text_of_html
from openterms.formats.mail.message import MOST_BYTES, MOST_TEXT, read_mail
from openterms.formats.mail.quotes import own_words
from openterms.formats.mail.remittance import remittance_lines

NUMBERS = ("INV-2026-0012", "INV-2026-0013")
HEAD = b"From: =?utf-8?b?2LPYp9ix2Kk=?= <Sara@Customer.example>\r\nSubject: =?windows-1256?Q?=D1=CF?=\r\nMessage-ID: <a@b>\r\n"


def test_names_subjects_and_charsets():
    mail = read_mail(HEAD + b"Content-Type: text/plain; charset=windows-1256\r\n\r\n" + "سندفع غدا".encode("cp1256"))
    assert (mail.sender.name, mail.sender.address, mail.subject, mail.text) == ("سارة", "sara@customer.example", "رد", "سندفع غدا")
    for charset in ("x-unknown", "idna", "\"; DROP", "utf-7-lies", "rot13", "hex", "zlib"):
        assert "pay" in read_mail(HEAD + f"Content-Type: text/plain; charset={charset}\r\n\r\npay".encode()).text


def test_a_name_brings_no_header_and_no_address_in():
    mail = read_mail(
        b"From: =?utf-8?q?Boss_=3Cceo=40seller.example=3E=0D=0ABcc=3A_x=40y.z?= <thief@evil.example>\r\n"
        b"From: second@evil.example\r\nSubject: =?utf-8?q?a=0D=0AX-Evil=3A_1?=\r\n\r\nhi"
    )
    assert mail.sender.address == "thief@evil.example"
    assert "\n" not in mail.sender.name + mail.subject and "\r" not in mail.sender.name + mail.subject


@pytest.mark.parametrize(
    "quoted",
    [
        "On Mon, 1 Jun 2026 at 10:00, Seller <ap@s.example> wrote:\n> we will pay",
        "On Monday, 1 June 2026, Seller Accounts Receivable\n<ap@s.example> wrote:\n\nwe will pay",
        "-----Original Message-----\nFrom: S\nwe will pay",
        "From: Seller <ap@s.example>\nSent: Monday\nTo: Me\nSubject: Reminder\n\nwe will pay",
        "________________________________\nFrom: x\nwe will pay",
        "في الاثنين، ١ يونيو ٢٠٢٦ في ١٠:٠٠ كتب Seller <ap@s.example>:\n> سندفع",
        "من: البائع\nتاريخ الإرسال: الاثنين\nإلى: أنا\nالموضوع: تذكير\n\nسندفع",
        "-- \nSara\nwe will pay", "> we will pay", "Sent from my iPhone\n\nOn 1 Jun 2026, S wrote:\n> we will pay",
        "This e-mail and any attachments are confidential. we will pay",
    ],
)  # fmt: skip
def test_what_is_quoted_is_not_what_they_say(quoted):
    assert own_words(f"We dispute this.\n\n{quoted}") == "We dispute this."


def test_answers_between_the_lines_are_kept():
    assert own_words("> will you pay?\nYes, on Friday\n> when?\nFriday") == "Yes, on Friday\nFriday"


def test_html_is_text_without_what_is_hidden_or_quoted():
    html = (
        "<head><title>x</title></head><style>p{}</style><script>alert(1)</script><p>We&nbsp;pay <b>Friday</b></p>"
        "<div style='display:none'>hidden promise</div><table><tr><td>A</td><td>1</td></tr></table>"
        "<div class=gmail_quote>old text</div>"
    )
    text = text_of_html(html)
    assert "We pay Friday" in text and "A\t1" in text and not any(one in text for one in ("alert", "hidden", "title"))
    mail = read_mail(HEAD + b"Content-Type: text/html\r\n\r\n" + html.encode())
    assert "old text" in mail.text and "old text" not in mail.own


def test_bombs_are_read_in_bounded_time_and_size():
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(400))
    many = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" * 20_000
    cases = [
        HEAD + deep, HEAD + many, HEAD + b"\r\n" + b"a" * (2 * MOST_TEXT), HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 200_000,
        HEAD + b"Content-Type: text/html\r\n\r\n<!--" + b"a" * 1_000_000, HEAD + b"Content-Type: text/html\r\n\r\n" + b"<a " * 300_000,
        HEAD + b"Content-Type: text/html\r\n\r\n<" + b"x" * 1_000_000, b"Subject: " + b"=?utf-8?q?a?= " * 50_000 + b"\r\n\r\nx",
        b"To: " + b"a@b.c, " * 100_000 + b"\r\n\r\nx", b"References: " + b"<" * 300_000 + b"\r\n\r\nx", HEAD + b"\r\n" + b"\n" * 300_000 + b"On " * 50_000,
        b"X: " + b"y" * (MOST_BYTES + 10),
    ]  # fmt: skip
    for case in cases:
        begun = time.monotonic()
        mail = read_mail(case)
        assert time.monotonic() - begun < 10, case[:60]
        assert len(mail.text) <= MOST_TEXT + 100 and len(mail.subject) <= 998 and len(mail.files) <= 20
    assert "too_large" in read_mail(cases[-1]).faults


@settings(max_examples=150, deadline=2_000)
@given(st.binary(max_size=3_000))
def test_any_bytes_are_read(content):
    read_mail(content)
    read_mail(HEAD + b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + content)


PART = st.sampled_from(
    [b"--b\r\n", b"--b--\r\n", b"Content-Type: text/html; charset=\xff\r\n", b"Content-Type: message/rfc822\r\n\r\n", b"\r\n\r\n",
     b"Content-Transfer-Encoding: base64\r\n", b"Content-Disposition: attachment; filename*=utf-8''%FF%00..%2Fx.pdf\r\n", b"=?utf-8?b?////?=",
     b"Date: Mon, 99 Foo 99999\r\n", b"From: \"<>@,;\xd8 <a@b>\r\n", b"%PDF-", b"PK\x03\x04", b"<div><p", b"On x wrote:\n> ", b"Content-Type: multipart/mixed; boundary=b\r\n"]
)  # fmt: skip


@settings(max_examples=150, deadline=2_000)
@given(st.lists(PART | st.binary(max_size=40), max_size=40))
def test_any_parts_are_read(parts):
    mail = read_mail(b"".join(parts))
    assert all("\n" not in one for one in (mail.subject, mail.sender.name, mail.sender.address))
    assert "\0" not in mail.text and mail.text.encode("utf-8") is not None


def test_files_are_what_their_bytes_say():
    assert taken("a.pdf", "application/pdf", b"%PDF-1")[0].is_kept
    assert taken("../../etc/a.PDF", "x/y", b"%PDF-1")[0].name == "a.PDF"
    for name, content in (("a.pdf", b"MZ"), ("a.exe", b"MZ"), ("a.html", b"<p>"), ("a.svg", b"<svg>"), ("a.pdf.exe", b"%PDF-")):
        assert not taken(name, "application/pdf", content)[0].is_kept


def xlsx(rows):
    made = BytesIO()
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
    return made.getvalue()


def test_remittances_in_tables():
    rows = [("Invoice", "Net"), ("INV 2026 12", 12400), ("INV-2026-0013", 900.5), ("Total", 13300.5)]
    text = "\n".join(";".join(str(cell) for cell in row) for row in rows).encode()
    for file in (File("r.csv", "text/csv", 1, text), File("r.xlsx", "x", 1, xlsx(rows))):
        found = remittance_lines(file, "USD", shapes_of(NUMBERS), frozenset(NUMBERS))
        assert [(one.number, one.amount_minor) for one in found] == [("INV-2026-0012", 1_240_000), ("INV-2026-0013", 90_050)]
    for content in (b"PK\x03\x04broken", b"", b"\0\1\2"):
        assert remittance_lines(File("r.xlsx", "x", 1, content), "USD", shapes_of(NUMBERS), frozenset(NUMBERS)) == []


def test_remittance_in_a_pdf_and_a_broken_one():
    import typst

    source = b'#set page(width: 12cm, height: 6cm)\nRemittance\n\nINV-2026-0012 #h(2cm) 12,400.00\n\nINV-2026-0013 #h(2cm) 900.50\n'
    pdf = typst.compile(source)
    found = remittance_lines(File("r.pdf", "application/pdf", 1, pdf), "USD", shapes_of(NUMBERS), frozenset(NUMBERS))
    assert [(one.number, one.amount_minor) for one in found] == [("INV-2026-0012", 1_240_000), ("INV-2026-0013", 90_050)]
    assert remittance_lines(File("r.pdf", "x", 1, pdf[:400]), "USD", shapes_of(NUMBERS), frozenset(NUMBERS)) == []
