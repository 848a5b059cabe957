"""Letters of demand as messages: queued once, stopped by what the guard says, their delivery heard of."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from pypdf import PdfReader

from openterms.apps.collecting.escalation import demand, posting
from openterms.apps.collecting.escalation.models import MatterStep
from openterms.apps.collecting.guard import barring
from openterms.apps.collecting.guard.reads import verdict
from openterms.apps.collecting.legal import actions as legal
from openterms.apps.collecting.legal.bundle import bundle_pdf
from openterms.apps.collecting.legal.reads import near_bars
from openterms.apps.collecting.outreach.models import MessageItem
from openterms.apps.messaging.channel.actions import Setting, set_channel, switch
from openterms.apps.messaging.models import Message, MessageAttachment, PostBatch
from openterms.apps.messaging.outgoing import last_look
from openterms.apps.messaging.outgoing.actions import queue, send_due
from openterms.apps.messaging.outgoing.reporting import Told, tell
from openterms.apps.parties.models import Attachment, Contact, Site
from openterms.apps.receivables.dispute import resolving
from openterms.apps.receivables.models import Item
from openterms.apps.receivables.open_item.actions import Document, post_invoice
from openterms.apps.tenancy import contents
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting
from openterms.core.collecting.guard import Act
from openterms.core.messaging.channels import ROLE_ORDER
from openterms.formats.paper.parts import Letterhead
from tests.apps.collecting.test_escalation import CHECKED, LISTED, Office, letter, state
from tests.apps.desk import NOW, Desk, day
from tests.apps.messaging.letters import letter as text_letter
from tests.apps.receivables.test_dispute_case import contest, decide


@pytest.fixture
def office(desk):
    desk.seller.address = "2 Quay\nDover"
    desk.seller.save(update_fields=["address"])
    Site.objects.create(
        seller=desk.seller, customer=desk.customer(), purpose="registered", street="1 Mill Road", city="Leeds"
    )
    return Office(desk)


def issued(desk, office, language="en"):
    item = desk.invoice("I1", "01-01", 100_000)
    return item, demand.issue(office.do("col", "06-01"), desk.customer(), [item.id], letter(language), LISTED, CHECKED)


def person(desk, **more):
    return Contact.objects.create(
        seller=desk.seller, customer=desk.customer(), name="Ann", role="finance", email="ann@buyer.example", **more
    )


@pytest.mark.parametrize("language", ["en", "ar"])
def test_it_goes_by_email_with_the_letter_and_is_proved_by_the_report(desk, office, language):
    item, made = issued(desk, office, language)
    with desk.refused("e-mail"):
        posting.send(office.do("col", "06-01"), made.id, "email")
    person(desk)
    message = posting.send(office.do("col", "06-01"), made.id, "email")
    assert posting.send(office.do("col", "06-01"), made.id, "email").id == message.id
    assert (message.state, message.address, str(made) in message.subject) == ("queued", "ann@buyer.example", True)
    assert ('dir="rtl"' in message.html) == (language == "ar")
    assert list(MessageItem.objects.filter(message=message).values_list("item_id", "step")) == [(item.id, "demand")]
    (file,) = MessageAttachment.objects.filter(message=message)
    assert (file.name, file.size) == (f"{made}.pdf", len(demand.content_of(made)))
    assert last_look.refusals([message.id], office.do("col", "06-01").now) == {}
    Message.objects.filter(id=message.id).update(state="sent", provider_key="P-9")
    for _again in range(2):
        tell(desk.seller, message.id, Told("delivered", "e1", NOW), NOW)
    assert state(made) == "delivered"
    (proof,) = MatterStep.objects.filter(matter=made, kind="deliver")
    assert (proof.reference, proof.data["how"]) == ("P-9", "email_receipt")
    office.clean()


def test_the_post_takes_its_words_and_a_person_records_the_proof(desk, office):
    _item, made = issued(desk, office)
    message = posting.send(office.do("col", "06-01"), made.id, "post")
    assert message.address.splitlines()[:2] == ["Customer C1", "1 Mill Road"]
    assert "I1" in message.text
    assert "1,000.00" in message.text
    with desk.refused("none of the choices"):
        posting.send(office.do("col", "06-01"), made.id, "pigeon")
    demand.deliver(office.do("col", "06-05"), made.id, "registered", "RR1")
    assert state(made) == "delivered"


@pytest.mark.parametrize("stop", ["paused", "disputed", "withdrawn", "stranger"])
def test_what_the_guard_says_stops_it_before_and_just_before_sending(desk, office, stop):
    item, made = issued(desk, office)
    person(desk)
    message = posting.send(office.do("col", "06-01"), made.id, "email")
    customer = desk.customer()
    if stop == "paused":
        type(customer).objects.filter(id=customer.id).update(paused_until="2027-01-01")
    elif stop == "disputed":
        contest(desk, (item, 100_000), on="06-01")
    elif stop == "stranger":
        type(customer).objects.filter(id=customer.id).update(insolvent_on="2026-05-01")
    else:
        demand.withdraw(office.do("col", "06-02"), made.id, "paid by cheque")
    said = last_look.refusals([message.id], office.do("col", "06-02").now)
    assert list(said) == [message.id]
    assert said[message.id].is_final == (stop == "withdrawn")
    before = MatterStep.objects.count(), Message.objects.count()
    with desk.refused():
        posting.send(office.do("col", "06-02"), made.id, "post")
    assert (MatterStep.objects.count(), Message.objects.count()) == before


def test_a_bounce_is_on_record_and_proves_nothing(desk, office):
    _item, made = issued(desk, office)
    person(desk)
    message = posting.send(office.do("col", "06-01"), made.id, "email")
    Message.objects.filter(id=message.id).update(state="sent")
    tell(desk.seller, message.id, Told("bounced", "e1", NOW, "no such box"), NOW)
    assert state(made) == "issued"
    assert MatterStep.objects.filter(matter=made, kind="bounce").count() == 1


def test_what_comes_back_goes_to_the_next_contact_by_role(desk, office):
    item, made = issued(desk, office)
    first = person(desk)
    message = posting.send(office.do("col", "06-01"), made.id, "email")
    others = [
        Contact.objects.create(
            seller=desk.seller, customer=desk.customer(), name=role, role=role, email=f"{role}@buyer.example", **more
        )
        for role, more in (("owner", {}), ("finance", {"do_not_contact": True}), ("accounts_payable", {}))
    ]  # fmt: skip
    seen = [first.email]
    for place in range(3):
        Message.objects.filter(id=message.id).update(state="sent")
        for _again in range(2):
            tell(desk.seller, message.id, Told("bounced", f"e{place}", NOW, "no such box"), NOW)
        newer = Message.objects.filter(repairs_id=message.id).first()
        if newer is None:
            break
        seen.append(newer.address)
        assert (newer.state, newer.subject, newer.html) == ("queued", message.subject, message.html)
        files = [MessageAttachment.objects.get(message=one).digest for one in (message, newer)]
        assert files[0] == files[1]
        assert MessageItem.objects.get(message=newer).item_id == item.id
        assert last_look.refusals([newer.id], office.do("col", "06-01").now) == {}
        message = newer
    by_role = sorted((others[0], others[2]), key=lambda one: ROLE_ORDER.index(one.role))
    assert seen == [first.email, *(one.email for one in by_role)]
    kinds = list(MatterStep.objects.filter(matter=made).order_by("number").values_list("kind", flat=True))
    assert kinds == ["issue", "print", "send", "bounce", "send", "bounce", "send", "bounce"]
    assert state(made) == "issued"


def test_the_batch_of_post_holds_the_letter_as_it_was_issued(committed, new_seller):
    seller = new_seller(enter=False)
    with acting(seller.id):
        desk = Desk(seller)
        seller.address = "2 Quay\nDover"
        seller.save(update_fields=["address"])
        Site.objects.create(seller=seller, customer=desk.customer(), purpose="registered", street="1 Mill Road")
        office = Office(desk)
        set_channel(seller, SYSTEM, Setting(kind="post", adapter="batch"), NOW)
        switch(seller, SYSTEM, "post", True, NOW)
        _item, made = issued(desk, office, "ar")
        do = office.do("col", "06-01")
        plain = text_letter(desk, "k1", channel="post", purpose="final_notice", address="Somebody\n1 Street\nCity")
        queue(seller, SYSTEM, [plain], do.now)
        message = posting.send(do, made.id, "post")
        content = demand.content_of(made)
    assert dict(send_due(seller, do.now)) == {"sent": 2}
    with acting(seller.id):
        batch = PostBatch.objects.get(seller=seller)
        rows = list(csv.DictReader(io.StringIO(contents.content_of(batch.manifest_digest).decode())))
        paper = contents.content_of(batch.digest)
        assert Message.objects.get(id=message.id).provider_key == str(batch.number)
    own, whole = PdfReader(io.BytesIO(content)), PdfReader(io.BytesIO(paper))
    (at,) = [place for place, row in enumerate(rows) if row["letter"] == message.id.hex[-12:]]
    assert int(rows[at]["pages"]) == 1 + len(own.pages)
    assert len(whole.pages) == batch.pages == sum(int(row["pages"]) for row in rows)
    begins = sum(int(row["pages"]) for row in rows[:at])
    assert "1 Mill Road" in whole.pages[begins].extract_text()
    for place, page in enumerate(own.pages, begins + 1):
        assert whole.pages[place].get_contents().get_data() == page.get_contents().get_data()
        assert "/StructParents" not in whole.pages[place]
    assert b"pdfaid:part>2" in paper and whole.trailer["/Root"]["/OutputIntents"] and whole.trailer["/ID"]
    assert whole.metadata == PdfReader(io.BytesIO(paper)).metadata


def test_the_bundle_holds_letters_as_pages_and_proofs_as_files(desk, office):
    item, made = issued(desk, office)
    office.noticed(item)
    claim = legal.Claim(country="US", court="County Court", reason="no answer")
    case = legal.sue(office.do("max", "06-20"), desk.customer(), [item.id], claim, CHECKED)
    for name, content in (("note.txt", b"signed for"), ("note.txt", b"again")):
        Attachment.objects.create(
            seller=desk.seller, customer=desk.customer(), name=name, media_type="text/plain", size=len(content),
            digest=contents.store(content),
        )  # fmt: skip
    Attachment.objects.create(
        seller=desk.seller, customer=desk.customer(), name="gone.txt", media_type="text/plain", size=1, digest="0" * 64
    )
    for language in ("en", "ar"):
        head = Letterhead(name="Seller", lines=["2 Quay"])
        whole = PdfReader(io.BytesIO(bundle_pdf(case, language, day("06-21"), head, "a4")))
        texts = [page.extract_text() for page in whole.pages]
        (begins,) = [at for at, text in enumerate(texts) if "To be paid by" in text]
        front, last = "".join(texts[:begins]), "".join(texts[begins:])
        assert str(begins + 1) in texts[0]
        assert [one.title.split(" ·")[0] for one in whole.outline][1:] == [str(made)]
        assert "I1" in front
        assert "I1" in last
        assert {name: each[0] for name, each in whole.attachments.items()} == {
            "note.txt": b"signed for", "2 note.txt": b"again"
        }  # fmt: skip
        assert "gone.txt" in texts[0]


def test_a_part_payment_begins_the_time_anew_for_the_guard(desk, office):
    customer = desk.customer()
    type(customer).objects.filter(id=customer.id).update(country="GB")
    document = Document("I5", date(2019, 4, 1), 100_000, "USD")
    (item,) = post_invoice(desk.seller, SYSTEM, customer, document, NOW)
    (near,) = near_bars(desk.seller, day("06-01"))
    assert (near["number"], near["last_day"].year, near["months"]) == ("I5", 2025, 0)
    now = office.do("max", "06-01").now
    codes = {one.code for one in verdict(customer.id, Act.SUE, now, item_ids=[item.id]).reasons}
    assert "time_barred" in codes
    assert barring.not_barred(desk.seller, [customer.id], [item.id], day("06-01"), is_any=True) == set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(barring, "restarts_of", lambda seller, ids: {item.id: [("payment", date(2024, 5, 1))]})
        codes = {one.code for one in verdict(customer.id, Act.SUE, now, item_ids=[item.id]).reasons}
    assert "time_barred" not in codes


def test_what_a_dispute_gives_up_is_booked_as_a_loss(desk, office):
    item = desk.invoice("I9", "03-01", 30_000)
    done = decide(desk, contest(desk, (item, 10_000)), "written_off")
    assert (done.state, done.upheld_minor) == ("decided", 10_000)
    assert Item.objects.get(id=item.id).open_minor == 20_000
    assert desk.accounts()[("loss_allowance", desk.seller.currency)][0] == 10_000
    assert resolving._write_off
    office.clean()
    assert SYSTEM.role is None
