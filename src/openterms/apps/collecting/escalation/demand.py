"""Letters of demand: issued once every point is answered, kept as they were issued, delivered with proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction

from openterms.apps.collecting.checklist.actions import settle_checks
from openterms.apps.collecting.guard.reads import verdict
from openterms.apps.collecting.late_charge.reads import owed
from openterms.apps.credit.application import files
from openterms.apps.parties.jurisdictions import pack_of
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.open_item.models import Item
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import gettext_noop
from openterms.core.base.rounding import BASIS_POINTS, divide
from openterms.core.collecting.checks import CheckAnswer
from openterms.core.collecting.demand import CHECKLIST, Answer, check_deadline, read_answers
from openterms.core.collecting.guard import Act
from openterms.formats.paper.demand import LANGUAGES, Demand, Interest, Line, demand_paper
from openterms.formats.paper.parts import Letterhead, Paper, Words, plain
from openterms.formats.paper.typesetting import pdf

from .authority import worker
from .matters import Doing, Step, add_step, choose, locked, open_matter
from .models import Matter

KIND = "demand"
PROOFS = ("registered", "courier", "bailiff", "email_receipt", "by_hand")
LETTER_COUNTRIES = ("US", "CA", "MX", "PH")
PAGE_WORDS = {
    "en": Words(page="Page {page} of {pages}", gaps="The sign � stands for a character that this paper cannot print."),
    "ar": Words(page="صفحة {page} من {pages}", gaps="تقوم العلامة � مقام حرف لا يمكن طبعه في هذه الورقة."),
}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a person decides about a letter; everything else is the record's."""

    language: str
    deadline_on: date
    pay_to: Sequence[str]
    signer: str
    plan_contact: str
    contract: str
    consequences: Sequence[str]
    enclosures: Sequence[str] = ()


def issue(
    do: Doing, customer: Customer, item_ids: Sequence[UUID], wanted: Wanted, checklist: Mapping[str, Answer],
    checks: Mapping[str, CheckAnswer],
) -> Matter:  # fmt: skip
    """Set the letter as PDF/A and keep it with the answers; it is then delivered by a person, with proof.

    Refused: a role, the guard, nothing collectable. Errors: a point of the checklist or a check not answered, no
    address, a last day that the law there does not allow, a language there is no wording in.
    """
    answers = read_answers(CHECKLIST, checklist, "list")
    if wanted.language not in LANGUAGES:
        raise BadInput(gettext_noop("This is none of the choices"), "language", gettext_noop("Choose one of the list"))
    for name in ("signer", "plan_contact", "contract"):
        if not getattr(wanted, name).strip():
            raise BadInput(gettext_noop("This is empty"), name, gettext_noop("The letter needs it"))
    if not any(one.strip() for one in wanted.pay_to):
        raise BadInput(gettext_noop("This is empty"), "pay_to", gettext_noop("Say to which account to pay"))
    check_deadline(customer.country, customer.is_sole_trader, do.on, wanted.deadline_on)
    with transaction.atomic():
        person = worker(do.seller, do.actor, do.on)
        currency, items, parts = choose(do.seller, customer, item_ids, do.on)
        _ask(do, customer, items)
        letter = compose(do, customer, items, parts, currency, wanted)
        draft = paper_of(do, customer, letter)
        step = Step(
            kind="issue", amount_minor=letter.total_minor,
            data={"checklist": {code: one._asdict() for code, one in answers.items()},
                  **settle_checks(do.seller, do.actor, customer, checks, do.on, do.now)},
        )  # fmt: skip
        terms = {
            "language": wanted.language, "deadline_on": wanted.deadline_on.isoformat(), "pay_to": list(wanted.pay_to),
            "signer": wanted.signer, "plan_contact": wanted.plan_contact, "contract": wanted.contract,
            "consequences": list(wanted.consequences), "total_minor": letter.total_minor,
            "interest_minor": letter.interest.minor if letter.interest else 0, "lump_sum_minor": letter.lump_sum_minor,
            "says": list(letter.says), "cites": list(letter.cites), "addressee": list(draft.addressee),
            "text": plain(draft.parts),
        }  # fmt: skip
        made = open_matter(
            do, customer, KIND, parts, currency, "issued", step, person, due_on=wanted.deadline_on, terms=terms
        )
        content = pdf(paper_of(do, customer, compose(do, customer, items, parts, currency, wanted, str(made))))
        data = {"size": len(content)}
        add_step(do, made, Step(kind="print", digest=files.store(content, "clean"), data=data), person)
    return made


def _ask(do: Doing, customer: Customer, items: Mapping[UUID, Item]) -> None:
    """Refuse what the guard has against a message that demands payment of these items; the hour alone does not: the
    letter is set now and goes when it may."""
    said = verdict(customer.id, Act.MESSAGE, do.now, item_ids=list(items))
    if not said.allowed and said.not_before is None:
        raise Refused(said.reasons)


def deliver(do: Doing, matter_id: UUID, how: str, reference: str, note: str = "") -> Matter:
    """A person marks it as delivered, with the proof: how, and the number of the proof. Errors: without either."""
    if how not in PROOFS or not reference.strip():
        raise BadInput(
            gettext_noop("There is no proof of delivery"), "reference",
            gettext_noop("Say how it was delivered and give the number of the proof"),
        )  # fmt: skip
    with transaction.atomic():
        person = worker(do.seller, do.actor, do.on)
        matter = locked(do.seller, KIND, matter_id, "issued")
        step = Step(kind="deliver", reference=reference, note=note, data={"how": how})
        add_step(do, matter, step, person, state="delivered")
    return matter


def withdraw(do: Doing, matter_id: UUID, note: str) -> Matter:
    """The letter does not hold any more; it stays on record."""
    if not note.strip():
        raise BadInput(gettext_noop("The reason is empty"), "note", gettext_noop("Say why it is withdrawn"))
    with transaction.atomic():
        person = worker(do.seller, do.actor, do.on)
        matter = locked(do.seller, KIND, matter_id, "issued", "delivered")
        add_step(do, matter, Step(kind="withdraw", note=note), person, state="withdrawn", due_on=None)
    return matter


def compose(
    do: Doing, customer: Customer, items: Mapping[UUID, Item], parts: Mapping[UUID, int], currency: str, wanted: Wanted,
    number: str = "",
) -> Demand:  # fmt: skip
    """What the letter says, from the record: the items, interest to date that is not charged yet, the pack's points."""
    lines = [
        Line(
            number=one.number, issued_on=one.issued_on, due_on=one.due_on, amount_minor=one.amount_minor,
            paid_minor=one.amount_minor - one.open_minor, claimed_minor=parts[one.id],
        )
        for one in sorted(items.values(), key=lambda one: (one.due_on, one.number))
    ]  # fmt: skip
    found = [
        one for one in owed(do.seller, do.on, do.now, [customer.id])
        if one.item["id"] in parts and one.item["currency"] == currency and one.is_chargeable
    ]  # fmt: skip
    pack = pack_of(customer.country)
    row = pack.row("letter", do.on, customer.is_sole_trader) if pack else None
    lasts = [one.charge.lines[-1] for one in found if one.charge.lines]
    interest = None
    if lasts and (minor := sum(one.charge.interest_minor for one in found)):
        terms = found[0].terms
        daily = sum(divide(one.principal_minor * one.rate_bp, 365 * BASIS_POINTS) for one in lasts)
        interest = Interest(
            minor=minor, rate_bp=lasts[0].rate_bp, basis=", ".join(terms.sources) or terms.basis,
            since=min(one.charge.lines[0].starts_on for one in found if one.charge.lines), daily_minor=daily,
        )  # fmt: skip
    return Demand(
        number=number, language=wanted.language, on=do.on, deadline_on=wanted.deadline_on, currency=currency,
        customer_number=customer.number, lines=lines, pay_to=[one for one in wanted.pay_to if one.strip()],
        signer=wanted.signer, plan_contact=wanted.plan_contact, contract=wanted.contract,
        consequences=list(wanted.consequences), interest=interest,
        lump_sum_minor=sum(one.charge.lump_sum_minor for one in found),
        says=row.texts("says") if row else (), cites=[row.source] if row else [], enclosures=list(wanted.enclosures),
    )  # fmt: skip


def paper_of(do: Doing, customer: Customer, letter: Demand) -> Paper:
    """The letter on the seller's letterhead. Errors: the debtor or the seller has no address."""
    site = customer.site_set.filter(purpose__in=["registered", "billing"]).order_by("-purpose").first()
    if site is None or not (site.street or site.city):
        raise BadInput(
            gettext_noop("The customer has no address"), "customer",
            gettext_noop("Add its registered office or billing address"),
        )  # fmt: skip
    if not do.seller.address.strip():
        raise BadInput(
            gettext_noop("Your own address is not set"), "seller", gettext_noop("Add it in Settings")
        )
    numbers = [("", line) for line in do.seller.registration.splitlines()]
    head = Letterhead(name=do.seller.name, lines=do.seller.address.splitlines(), numbers=numbers)
    place = " ".join(part for part in (site.postcode, site.city) if part)
    addressee = [line for line in (customer.name, site.street, place, site.region, site.country) if line]
    sheet = "us-letter" if do.seller.country in LETTER_COUNTRIES else "a4"
    return demand_paper(letter, head, addressee, PAGE_WORDS[letter.language], sheet)


def content_of(matter: Matter) -> bytes | None:
    """The letter as it was issued; None where its bytes are gone."""
    step = matter.matterstep_set.filter(kind="print").first()
    return files.content_of(step.digest, "clean") if step else None
