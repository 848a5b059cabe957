# ruff: noqa: E501
"""Read mails for what they propose: whose they are, which items they name, what a person might do about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from openterms.apps.messaging.incoming.actions import contact_of, set_read
from openterms.apps.messaging.incoming.matching import evidence_of
from openterms.apps.messaging.incoming.models import IncomingFile, IncomingMail
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy import contents
from openterms.apps.tenancy.context import acting
from openterms.apps.tenancy.models import Seller
from openterms.core.messaging.inbound.classes import FILES, Classifier, classifier_of
from openterms.core.messaging.inbound.dates import Said
from openterms.core.messaging.inbound.folding import fold
from openterms.core.messaging.inbound.matching import Because, Candidate, Evidence, ranked, sure
from openterms.core.messaging.inbound.proposing import Heard, Proposal, numbers_in, propose
from openterms.core.messaging.inbound.references import Shape, find_references, shapes_of
from openterms.core.receivables.kinds import DEBIT_KINDS
from openterms.formats.mail.attachments import File
from openterms.formats.mail.remittance import RemittanceLine, remittance_lines

from .models import ReplyItem, ReplyProposal

MOST_AT_ONCE, MOST_NUMBERS, MOST_SAMPLE, MOST_CANDIDATES = 200, 5_000, 400, 5
MONTH_FIRST = frozenset({"US", "PH", "PR", "GU"})
"""Countries that write the month before the day."""
_FILES_READ = 5


@cache
def classifier() -> Classifier:
    """The classifier, learnt once for each process from the sentences that come with the product."""
    room = files("openterms.core.messaging.inbound")
    return classifier_of(room.joinpath(name).read_text(encoding="utf-8") for name in FILES)


@dataclass(frozen=True, slots=True)
class _Read:
    """What was found out about a mail."""

    candidates: list[Candidate]
    customer: Customer | None
    because: str
    proposals: Sequence[Proposal] = ()
    lines: Sequence[RemittanceLine] = ()
    items: Mapping[str, UUID] = ()  # type: ignore[assignment]


def consider_new(seller: Seller, now: datetime, most: int = MOST_AT_ONCE) -> int:
    """Read the mails that nobody read yet; how many. Each by itself: a break between two loses nothing."""
    with acting(seller.id):
        ids = list(IncomingMail.objects.filter(seller=seller, state="new").order_by("id").values_list("id", flat=True)[:most])
    done = 0
    for id in ids:
        with acting(seller.id):
            done += consider(seller, id, now)
    return done


def consider(seller: Seller, mail_id: UUID, now: datetime) -> bool:
    """Read one mail, and keep whose it is and what it proposes; whether there was anything left to do.

    A mail whose customer a person has named is read for that customer. What was proposed before stays as it is.
    """
    found = IncomingMail.objects.select_for_update(skip_locked=True, of=("self",)).filter(seller=seller, id=mail_id)
    mail = found.first()
    if mail is None or (mail.state == "read" and (mail.customer_id is None or mail.matched_by != "person")):
        return False
    if mail.matched_by == "person" and ReplyProposal.objects.filter(seller=seller, mail=mail).exists():
        return False
    read = _read(seller, mail, now)
    if mail.state == "new":
        contact = contact_of(read.customer, mail.sender_address) if read.customer else None
        set_read(mail, [_kept(one) for one in read.candidates[:MOST_CANDIDATES]], read.customer, contact, read.because, now)
    _keep(seller, mail, read)
    return True


def _kept(one: Candidate) -> dict[str, Any]:
    evidence = [{"because": e.because, "seen": e.seen} for e in one.evidence[:8]]
    return {"customer": str(one.customer_id), "score": one.score, "evidence": evidence}


def _read(seller: Seller, mail: IncomingMail, now: datetime) -> _Read:
    sample = Item.objects.filter(seller=seller, kind__in=DEBIT_KINDS).order_by("-id").values_list("number", flat=True)
    shapes = shapes_of(sample[:MOST_SAMPLE])
    if mail.customer_id is not None:
        candidates: list[Candidate] = []
        customer = Customer.objects.get(seller=seller, id=mail.customer_id)
        because = mail.matched_by
    else:
        candidates = ranked([*evidence_of(seller, mail), *_by_reference(seller, mail, shapes)])
        taken = sure(candidates) if not mail.is_bounce else None
        customer = Customer.objects.get(seller=seller, id=taken.customer_id) if taken else None
        because = taken.evidence[0].because if taken else ""
    if customer is None:
        return _Read(candidates, None, "")
    items = _items(seller, customer)
    heard = _heard(seller, mail, customer, shapes, items, now)
    lines = _lines(seller, mail, customer, shapes, items)
    heard = replace(heard, table_lines=len(lines))
    return _Read(candidates, customer, because, propose(heard, classifier()), lines, items)


def _by_reference(seller: Seller, mail: IncomingMail, shapes: Sequence[Shape]) -> list[Evidence]:
    """Numbers of the seller's in the mail: in its subject and own words, else in what it quotes."""
    for text in (f"{mail.subject}\n{mail.own}", mail.text):
        numbers = {one.number for one in find_references(fold(text[:20_000]).text, shapes)}
        rows = Item.objects.filter(seller=seller, number__in=list(numbers)[:500]).values_list("customer_id", "number")
        if rows:
            return [Evidence(customer, Because.REFERENCE, number) for customer, number in list(rows)[:50]]
    return []


def _items(seller: Seller, customer: Customer) -> dict[str, UUID]:
    """The customer's open items by number."""
    rows = Item.objects.filter(seller=seller, customer=customer, kind__in=DEBIT_KINDS, open_minor__gt=0).order_by("due_on", "id")
    return dict(reversed(list(rows.values_list("number", "id")[:MOST_NUMBERS])))


def _heard(
    seller: Seller, mail: IncomingMail, customer: Customer, shapes: Sequence[Shape], items: Mapping[str, UUID],
    now: datetime,
) -> Heard:  # fmt: skip
    at = mail.sent_at if mail.sent_at is not None and mail.sent_at <= now else mail.received_at
    on: date = at.astimezone(ZoneInfo(customer.timezone or "UTC")).date()
    known = frozenset(items)
    own_shapes = list(dict.fromkeys([*shapes_of(known), *shapes]))
    weekend = frozenset(int(one) for one in seller.weekend)
    said = Said(on, customer.country in MONTH_FIRST, weekend)
    return Heard(
        subject=mail.subject, text=mail.own, said=said, currency=customer.currency, shapes=own_shapes, known=known,
        is_automatic=mail.is_automatic,
    )  # fmt: skip


def _lines(
    seller: Seller, mail: IncomingMail, customer: Customer, shapes: Sequence[Shape], items: Mapping[str, UUID]
) -> list[RemittanceLine]:
    found: dict[str, RemittanceLine] = {}
    for kept in IncomingFile.objects.filter(seller=seller, mail=mail).exclude(digest="").order_by("place")[:_FILES_READ]:
        content = contents.content_of(kept.digest)
        if content is None:
            continue
        file = File(kept.name, kept.media_type, kept.size, content)
        for line in remittance_lines(file, customer.currency, list(shapes), frozenset(items)):
            found.setdefault(line.number, line)
    return list(found.values())


def _keep(seller: Seller, mail: IncomingMail, read: _Read) -> None:
    if read.customer is None:
        return
    own_shapes = shapes_of(read.items)
    named: dict[UUID, ReplyItem] = {}
    for text, in_subject in ((mail.own, False), (mail.subject, True)):
        for one in numbers_in(text, own_shapes, frozenset(read.items)):
            item_id = read.items[one.number]
            named.setdefault(item_id, ReplyItem(
                seller=seller, mail=mail, item_id=item_id, start=one.start, end=one.end, in_subject=in_subject
            ))  # fmt: skip
    for line in read.lines:
        item_id = read.items[line.number]
        named.setdefault(item_id, ReplyItem(seller=seller, mail=mail, item_id=item_id))
    ReplyItem.objects.bulk_create(named.values(), ignore_conflicts=True)
    made = []
    for proposal in read.proposals:
        source = mail.subject if proposal.in_subject else mail.own
        values = {name: value.isoformat() if isinstance(value, date) else value for name, value in proposal.values.items()}
        if proposal.kind in ("remittance", "paid") and read.lines:
            values["lines"] = [[one.number, one.amount_minor, one.currency] for one in read.lines[:500]]
            values["numbers"] = [one.number for one in read.lines[:500]]
        made.append(ReplyProposal(
            seller=seller, mail=mail, kind=proposal.kind, confidence_bp=proposal.confidence_bp, start=proposal.start,
            end=proposal.end, in_subject=proposal.in_subject, quote=source[proposal.start : proposal.end],
            proposed=values,
        ))  # fmt: skip
    ReplyProposal.objects.bulk_create(made, ignore_conflicts=True)
