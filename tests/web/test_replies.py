"""Replies in the desk: the list, one with its evidence marked, one key to decide, files that are saved and not shown."""

# ruff: noqa: E501
from __future__ import annotations

import os
from datetime import timedelta

import pytest

from openterms.apps.collecting.models import Promise, ReplyProposal
from openterms.apps.collecting.proposal.considering import consider
from openterms.apps.messaging.incoming.actions import keep_mail
from openterms.apps.messaging.models import IncomingFile, IncomingMail
from openterms.apps.parties.actions import add_contact, add_customer
from openterms.apps.receivables.open_item.actions import Document, post_invoice
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting
from openterms.formats.mail.message import read_mail

SARA = "=?utf-8?b?2LPYp9ix2Kkg2K7Yp9mG?= <sara@buyer.example>"
PARTS = (
    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n{words}\r\n"
    "--b\r\nContent-Type: text/xml\r\nContent-Disposition: attachment; filename=advice.xml\r\n\r\n"
    "<script>alert(1)</script>\r\n--b--\r\n"
)
SPEAK = """async (language) => {
  const form = new FormData();
  form.append('locale', language); form.append('next', '/');
  const token = document.cookie.match(/csrftoken=([^;]+)/)?.[1] ?? document.querySelector('[name=csrfmiddlewaretoken]').value;
  await fetch('/display/', {method: 'POST', body: form, headers: {'X-CSRFToken': token}});
}"""
EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)> We will pay INV-2026-0012 next Friday.\r\n\r\nBest,\r\nSara"


@pytest.fixture
def inbox(team):
    """A seller with three mails: a promise with mark-up in it, one in Arabic, and one of nobody's."""
    made = team("collector", "auditor", "sales")
    now, today = clock.now(), clock.today(made.seller.timezone)
    with acting(made.seller.id):
        customer = add_customer(made.seller, SYSTEM, "C1", "Acme Stores", "US", now)
        add_contact(customer, SYSTEM, now, name="Sara Khan", email="sara@buyer.example")
        for number in ("INV-2026-0012", "INV-2026-0013"):
            post_invoice(made.seller, SYSTEM, customer, Document(number, today - timedelta(days=60), 480_000, "USD"), now)
        arabic = "سندفع نصف الفاتورة INV-2026-0013 يوم الخميس القادم.\r\n\r\nأما INV-2026-0012 فنعترض عليها لأن الكمية غير صحيحة."
        made.mails = []
        for number, (sender, body) in enumerate((
            (SARA, PARTS.format(words=EVIL)), (SARA, f"Content-Type: text/plain; charset=utf-8\r\n\r\n{arabic}"),
            ("Omar <omar@nowhere.example>", "Content-Type: text/plain\r\n\r\nWe have paid last week."),
        )):  # fmt: skip
            content = f"From: {sender}\r\nSubject: Re: <b>reminder</b> {number}\r\nMessage-ID: <{number}@x>\r\n{body}".encode()
            kept = keep_mail(made.seller, read_mail(content), content, now)
            consider(made.seller, kept.id, now)
            made.mails.append(IncomingMail.objects.get(id=kept.id))
    made.customer = customer
    return made


def proposal(inbox, mail, kind):
    with acting(inbox.seller.id):
        return ReplyProposal.objects.get(seller=inbox.seller, mail=mail, kind=kind)


def test_a_reply_is_shown_and_decided(inbox, visitor):
    one, (first, second, third) = visitor(inbox.people["collector"]), inbox.mails
    listed = one.get("/replies/").text
    assert "Promises to pay" in listed and "Who is this?" in listed and "replies have something to decide." in listed
    assert "omar" not in one.get("/replies/?state=open").text.partition("<tbody")[2].lower()
    page = one.get(f"/replies/{first.id}/").text
    assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page and "<img src=x" not in page
    assert '<mark title="Invoice' in page and "advice.xml" in page and 'data-key="y"' in page
    promised = proposal(inbox, first, "promise")
    done = one.post(f"/replies/proposals/{promised.id}/confirm/")
    assert "Done: Promises to pay." in done.text and done.address.endswith(f"/replies/{second.id}/")
    one.post(f"/replies/proposals/{promised.id}/confirm/")
    with acting(inbox.seller.id):
        assert Promise.objects.filter(seller=inbox.seller).count() == 1
    disputed = proposal(inbox, second, "dispute")
    assert one.post(f"/replies/proposals/{disputed.id}/reject/").status == 200
    edit = f"/replies/proposals/{proposal(inbox, second, 'promise').id}/edit/"
    assert "INV-2026-0013" in one.get(edit).text
    assert one.post(edit, {"amount": "much", "day": "2020-01-01", "items": []}).status == 422
    assert "100%" in one.get("/replies/").text
    history = one.get(f"/customers/{inbox.customer.id}/").text
    assert "Reply received" in history and f"/replies/{first.id}/" in history
    named = one.post(f"/replies/{third.id}/who/", {"customer": str(inbox.customer.id)})
    assert "The mail is with its customer." in named.text and "Says it is paid" in named.text


def test_files_are_saved_and_never_shown(inbox, visitor):
    with acting(inbox.seller.id):
        kept = IncomingFile.objects.get(seller=inbox.seller)
    answer = visitor(inbox.people["auditor"]).get(f"/replies/files/{kept.id}/")
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert answer.status == 200 and headers["content-disposition"].startswith("attachment")
    assert headers["x-content-type-options"] == "nosniff" and "sandbox" in headers["content-security-policy"]


def test_others_read_and_decide_nothing(inbox, visitor, team):
    first = inbox.mails[0]
    promised = proposal(inbox, first, "promise")
    for role in ("auditor", "sales"):
        one = visitor(inbox.people[role])
        assert one.get(f"/replies/{first.id}/").status == 200
        for path in (f"proposals/{promised.id}/confirm/", f"proposals/{promised.id}/reject/", f"proposals/{promised.id}/edit/",
                     f"{first.id}/who/"):  # fmt: skip
            assert one.post(f"/replies/{path}", {"customer": str(inbox.customer.id)}).status == 403
    stranger = visitor(team("collector").people["collector"])
    assert stranger.get(f"/replies/{first.id}/").status == 404
    assert stranger.post(f"/replies/proposals/{promised.id}/confirm/").status == 404


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "ar"])
def test_it_fits_a_phone_and_a_key_confirms(inbox, page_of, language):
    shots = os.environ.get("OPENTERMS_SHOTS", "")
    for width in (1440, 360):
        page = page_of(inbox.people["collector"], width=width)
        page.goto("/replies/")
        page.evaluate(SPEAK, language)
        for name, path in (("list", "/replies/"), ("one", f"/replies/{inbox.mails[1].id}/"), ("who", f"/replies/{inbox.mails[2].id}/")):
            page.goto(path)
            assert page.evaluate("document.scrollingElement.scrollWidth <= document.scrollingElement.clientWidth"), (name, width)
            if shots:
                page.screenshot(path=f"{shots}/{name}-{language}-{width}.png", full_page=True)
    page.goto(f"/replies/{inbox.mails[0].id}/")
    page.keyboard.press("y")
    page.wait_for_url(lambda url: str(inbox.mails[0].id) not in url)
    assert proposal(inbox, inbox.mails[0], "promise").state == "confirmed"
