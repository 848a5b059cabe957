"""The application as an applicant, a referee and staff meet it."""

from __future__ import annotations

import hashlib
import re

import pytest

from openterms.apps.credit.application.deciding import set_form
from openterms.apps.credit.decision.actions import CaseRequest, open_case
from openterms.apps.credit.decision.acts import reject
from openterms.apps.credit.decision.models import Source
from openterms.apps.credit.letter.actions import send_letter
from openterms.apps.credit.models import Application, ApplicationAcceptance, ApplicationFile, ApplicationReference
from openterms.apps.journal.house import change_seller
from openterms.apps.parties.actions import add_customer
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.context import acting
from tests.apps.cases import POLICY, publish
from tests.apps.credit.application.form import ANSWERS
from tests.formats.paper.test_typesetting import read

from .visitor import Visitor

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n"


@pytest.fixture
def shop(team):
    """A seller with a manager and a collector whose form is open."""
    made = team("credit_manager", "collector", currency="EUR", country="DE")
    with acting(made.seller.id):
        set_form(made.seller, SYSTEM, True, {}, 30, clock.now())
        head = {"address": "Harbour Road 12\n\n London ", "registration": "HRB 1234"}
        made.seller = change_seller(made.seller, SYSTEM, head, clock.now())
    return made


def begun(web_server, shop, language="en"):
    """Somebody new who pressed the button; and the address of the link."""
    who = Visitor(web_server)
    answer = who.post(f"/apply/{shop.seller.code}/", {"lang": language, "order": "SO-1"})
    assert answer.status == 200 and answer.address.endswith("/contact/"), (answer.status, answer.address)
    return who, answer.address.removesuffix("contact/")


def one_of(shop):
    with acting(shop.seller.id):
        return Application.objects.get(seller=shop.seller)


def link_for(web_log, name):
    """The newest link that a mail in the log gives."""
    return re.findall(rf"/{name}/([\w-]{{43}})/", web_log.read_text(errors="replace"))[-1]


def test_the_whole_form_without_scripts(web_server, shop, web_log, visitor):
    who, base = begun(web_server, shop)
    answer = None
    for section, given in ANSWERS.items():
        answer = who.post(f"{base}{section}/", given)
        assert answer.status == 200, (section, re.findall(r'class="field-error"[^>]*>([^<]+)', answer.text))
    assert answer.address.endswith("/files/")
    files = {"file": ("scan.pdf", PDF, "application/pdf")}
    assert who.post(f"{base}files/", {"purpose": "registration"}, files=files).text.count("scan.pdf") == 1
    wrong = who.post(f"{base}sign/", {"typed_name": "Nobody"})
    assert wrong.status == 422 and "The agreement is not accepted" in wrong.text
    assert "somebody who may sign" in wrong.text
    sent = who.post(f"{base}sign/", {"typed_name": "Omar Haddad", "agreed": "on"})
    assert sent.address.endswith("/status/") and "We look at it" in sent.text
    row = one_of(shop)
    assert (row.state, row.order_ref, row.name) == ("submitted", "SO-1", "Noor Trading GmbH")
    assert "Signed by" in who.get(f"{base}copy/").text
    assert f"{base}agreement.pdf" in sent.text
    copy = who.get(f"{base}agreement.pdf")
    with acting(shop.seller.id):
        signed = ApplicationAcceptance.objects.get(application=row)
    assert hashlib.sha256(copy.body).hexdigest() == signed.paper_hash and len(copy.body) == signed.paper_size
    said = read(copy.body)
    for words in ("Omar Haddad", row.number, "Noor Trading GmbH", signed.document_hash, "Harbour Road 12", "HRB 1234",
                  "25,000.00 EUR", signed.address):  # fmt: skip
        assert words in said, words
    assert f"agreement-{row.number}.pdf" in web_log.read_text(errors="replace"), "it is attached to the mail"
    desk = visitor(shop.people["collector"])
    assert desk.get(f"/applications/signatures/{signed.id}.pdf").body == copy.body
    assert f"/applications/signatures/{signed.id}.pdf" in desk.get(f"/applications/{row.id}/").text
    assert Visitor(web_server).get("/a/wrong/agreement.pdf").status == 404
    assert who.get(base, follow=False).status == 302

    referee = Visitor(web_server)
    place = f"/r/{link_for(web_log, 'r')}/"
    assert "25,000" not in referee.get(place).text, "what is asked for is not the referee's to know"
    assert referee.post(place, {}).status == 422
    with acting(shop.seller.id):
        kinds = {one.company: one.kind for one in ApplicationReference.objects.filter(application=row)}
    given = {"highest": "5000", "terms_days": "30", "late_days": "0", "view": "good", "answered_by": "Ms Reed"}
    assert "Thank you" in referee.post(place, given).text and "Thank you" in referee.get(place).text
    assert set(kinds.values()) == {"trade", "bank"}


def test_what_is_written_is_kept_as_it_goes(web_server, shop):
    who, base = begun(web_server, shop)
    headers = {"HX-Request": "true"}
    answer = who.post(f"{base}company/", {"legal_name": "Acme", "country": "DE", "vat": "DE1"}, **headers)
    assert answer.status == 200 and "Kept" in answer.text and "This number is not right" in answer.text
    assert one_of(shop).answers["company"] == {"legal_name": "Acme", "country": "DE"}
    assert who.get(base).address.endswith("/contact/")
    missing = who.post(f"{base}company/", {"legal_name": "Acme", "country": "DE"})
    assert missing.status == 422 and missing.text.count("This is needed") == 3
    assert "One number of the company is needed" in missing.text


def test_a_declined_case_is_on_the_status_page_once_a_person_has_written(web_server, shop):
    """Accepted on Monday, its case declined on Tuesday: the page says so when the letter has gone, and not before."""
    who, base = begun(web_server, shop)
    manager = Actor("Mara", shop.people["credit_manager"].id, "credit_manager", 10**9)
    with acting(shop.seller.id):
        row = Application.objects.get(seller=shop.seller)
        customer = add_customer(shop.seller, manager, "C-9", "Noor Trading GmbH", "DE", clock.now(), currency="EUR")
        publish(shop.seller, POLICY.replace("currency: USD", "currency: EUR"))
        Application.objects.filter(id=row.id).update(
            state="accepted", submitted_at=clock.now(), decided_at=clock.now(), customer=customer
        )
        case = open_case(
            shop.seller, manager, customer, CaseRequest(currency="EUR", limit_minor=4_000_000, reason="applied"), (),
            clock.now(), Source.APPLICATION, row.number,
        )  # fmt: skip
        reject(shop.seller, manager, case.id, "too young", clock.now())
    before = who.get(f"{base}status/").text
    assert "was taken on" in before and "Our letter" not in before and "too young" not in before
    with acting(shop.seller.id):
        send_letter(
            shop.seller, manager, case.id, "en", "a@buyer.example", ["Founded this year."], lambda *_: PDF, clock.now()
        )
    after = who.get(f"{base}status/").text
    assert "We cannot give you the credit that you asked for." in after and "Founded this year." in after
    assert "too young" not in after, "what is said among us stays with us"
    assert who.get(f"{base}letter.pdf").body == PDF


def test_a_form_that_is_closed_says_no_more_than_one_that_is_not_there(web_server, shop):
    who = Visitor(web_server)
    with acting(shop.seller.id):
        set_form(shop.seller, SYSTEM, False, {}, 30, clock.now())
    closed, unknown = who.get(f"/apply/{shop.seller.code}/"), who.get("/apply/NOBODY/")
    assert (closed.status, unknown.status) == (404, 404)
    first, second = (re.sub(r"\w{64}", "", one.text) for one in (closed, unknown))
    assert first == second
    for place in ("/a/wrong/", "/a/" + "x" * 43 + "/sign/", "/r/wrong/"):
        assert who.get(place).status == 404


def test_files_are_told_by_their_content(web_server, shop):
    who, base = begun(web_server, shop)
    for name, content in (("a.pdf", b"<html>"), ("a.pdf", b""), ("a.xlsx", b"PK\x03\x04junk"), ("a.exe", b"MZ\x90")):
        answer = who.post(f"{base}files/", {"purpose": "tax"}, files={"file": (name, content, "application/pdf")})
        assert answer.status == 422, name
    with acting(shop.seller.id):
        assert ApplicationFile.objects.count() == 0


def test_the_link_speaks_the_applicants_language_and_is_kept_by_nobody(web_server, shop):
    who, base = begun(web_server, shop, "ar")
    page = who.get(f"{base}company/")
    said = {name.lower(): value for name, value in page.headers.items()}
    assert 'lang="ar" dir="rtl"' in page.text and said["content-language"] == "ar"
    assert said["cache-control"] == "private, no-store" and "noindex" in said["x-robots-tag"]
    assert "default-src 'self'" in said["content-security-policy"]
    assert 'lang="en" dir="ltr"' in who.post(f"{base}language/", {"lang": "en", "step": "company"}).text
