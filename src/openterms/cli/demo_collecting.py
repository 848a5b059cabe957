"""Collecting at the demonstration seller: what people and customers did over the last weeks, by the real actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from openterms.apps.parties.models import Customer
    from openterms.apps.receivables.models import Item
    from openterms.apps.tenancy.actor import Actor
    from openterms.apps.tenancy.models import Seller

MOST_MESSAGES = 30
REPLIES = (
    "We will pay invoice {number} next Friday.",
    "Invoice {number} was paid by bank transfer last week, reference {number}.",
    "The price on invoice {number} is wrong, we agreed on less. Please send a credit note.",
    "I am out of office until Monday and read no mail.",
    "I do not work there any more, please write to accounts payable.",
    "Could we pay invoice {number} in three instalments?",
)
EVIDENCE = "Delivery note for {number}\n\nReceived with fewer pieces than were billed. Signed on delivery.\n"


@dataclass(frozen=True)
class Scene:
    """Whose demonstration, by which people, on which day."""

    seller: Seller
    people: dict[str, Actor]
    today: date
    now: datetime

    def ago(self, days: int) -> tuple[date, datetime]:
        """A past day and its instant."""
        return self.today - timedelta(days=days), self.now - timedelta(days=days)


Owing = tuple["Customer", "list[Item]"]
Act = Callable[[Scene, "Customer", "list[Item]", int], None]


def show_claims(seller: Seller, people: dict[str, Actor], today: date, now: datetime) -> dict[str, int]:
    """Promises kept, broken and pending, disputes in each state with evidence, plans of which one missed an instalment,
    and payments that customers reported. In the seller's context, before its day is run."""
    scene = Scene(seller, people, today, now)
    return _play(
        scene, _owing(scene, 5, 75), promises_kept=(_kept, 4), promises_broken=(_broken, 4), promises=(_pending, 6),
        disputes=(_disputed, 6), plans=(_planned, 3), reported_payments=(_reported, 3),
    )  # fmt: skip


def show_matters(seller: Seller, people: dict[str, Actor], today: date, now: datetime) -> dict[str, int]:
    """Reviews of accounts, an agency and what was placed with it, an offer to settle, and replies that were read. In
    the seller's context, after its day was run."""
    from openterms.apps.collecting.placement.actions import AgencyWords, keep_agency

    scene = Scene(seller, people, today, now)
    fees = [{"most_days": 180, "fee_bp": 2_500}, {"most_days": None, "fee_bp": 4_000}]
    words = AgencyWords(code="ATLAS", name="Atlas Recovery", email="desk@atlas-recovery.example", fees=fees)
    keep_agency(_doing(scene, "credit_manager"), words)
    old = _play(
        scene, _owing(scene, 60, 10_000), reviews=(_reviewed, 2), settlements=(_settled, 1), placements=(_placed, 2)
    )
    return old | _play(scene, _owing(scene, 5, 59), replies=(_replied, len(REPLIES)))


def show_messages(seller: Seller, people: dict[str, Actor], today: date, now: datetime) -> dict[str, int]:
    """A part of the day's run written to a channel of mail that is not switched on; the rest goes to the customers'
    portal, which needs no network, and waits for release by the timetable. In the seller's context, once the book is
    committed."""
    from openterms.apps.analytics.outreach.actions import planned
    from openterms.apps.collecting.outreach.actions import send
    from openterms.apps.collecting.outreach.models import OutreachTimetable
    from openterms.apps.collecting.outreach.timetable import USUAL, claim_day, keep_planned, set_timetable
    from openterms.apps.messaging.channel.actions import Setting, set_channel, switch

    sender = Setting(
        kind="email", adapter="smtp", address="smtp://mail.demo.example:587", sender="accounts@demo.example",
        sender_name=seller.name, reply_to="accounts@demo.example",
    )  # fmt: skip
    set_channel(seller, people["admin"], sender, now)
    found = planned(seller, today, now, any_channel=True)
    part = found.messages[: min(MOST_MESSAGES, len(found.messages) // 2)]
    run = send(seller, people["credit_manager"], replace(found, messages=part), now)
    set_channel(seller, people["admin"], Setting(kind="portal", adapter="portal"), now)
    switch(seller, people["admin"], "portal", True, now)
    set_timetable(seller, people["credit_manager"], OutreachTimetable.Mode.WAITS, USUAL, now)
    waits, claimed = planned(seller, today, now), claim_day(seller, today, now)
    if claimed is not None:
        keep_planned(seller, claimed, waits, now)
    return {"messages": int(run.figures["messages"]), "messages_waiting": len(waits.messages)}


def _owing(scene: Scene, least: int, most: int) -> list[Owing]:
    """Customers by number with what is owed since so many days and nothing holds: each with its items, oldest first."""
    from openterms.apps.receivables.models import Item

    found = Item.objects.filter(
        seller=scene.seller, kind="invoice", open_minor__gt=0, currency=scene.seller.currency, contested_minor=0,
        in_flight_minor=0, planned_minor=0, promised_minor=0, customer__insolvent_on=None,
        due_on__range=(scene.today - timedelta(days=most), scene.today - timedelta(days=least)),
    ).select_related("customer")  # fmt: skip
    by_customer: dict[UUID, Owing] = {}
    for item in found.order_by("customer__number", "due_on", "number")[:4_000]:
        by_customer.setdefault(item.customer_id, (item.customer, []))[1].append(item)
    return list(by_customer.values())


def _play(scene: Scene, owing: list[Owing], **acts: tuple[Act, int]) -> dict[str, int]:
    """Let each act happen so often, each time to the next customer; whom one does not fit is there for the next act.

    Where there are too few customers each act happens less often, and once at least.
    """
    from django.db import transaction

    from openterms.core.base.errors import BadInput, Refused

    done = dict.fromkeys(acts, 0)
    left, wanted = list(owing), sum(often for _act, often in acts.values())
    for name, (act, most) in acts.items():
        often = most if len(owing) >= wanted else max(1, most * len(owing) // wanted)
        for one in left[: 20 * often]:
            if done[name] == often:
                break
            try:
                with transaction.atomic():
                    act(scene, *one, done[name])
            except (BadInput, Refused):
                continue  # the rules do not let this happen to this customer
            done[name] += 1
            left.remove(one)
    return done


def _promise(scene: Scene, customer: Customer, item: Item, said: int, until: int) -> int:
    """A promise that was made some days ago for a day so many days ahead of today; its amount."""
    from openterms.apps.collecting.promise.actions import promise

    on, now = scene.ago(said)
    day = scene.today + timedelta(days=until)
    minor = item.collectable_minor
    promise(scene.seller, scene.people["collector"], customer, [item.id], minor, day, on, now, "Accounts payable")
    return minor


def _kept(scene: Scene, customer: Customer, items: list[Item], place: int) -> None:
    from openterms.apps.receivables.allocation.actions import Part, allocate
    from openterms.apps.receivables.open_item.actions import Document, post_receipt

    minor = _promise(scene, customer, items[0], 4, -1)
    on, _then = scene.ago(2)
    clerk = scene.people["cash_clerk"]
    document = Document(f"RC-{items[0].number}", on, minor, items[0].currency)
    receipt = post_receipt(scene.seller, clerk, customer, document, scene.now)
    allocate(scene.seller, clerk, receipt.id, [Part(items[0].id, minor)], on, scene.now)


def _broken(scene: Scene, customer: Customer, items: list[Item], place: int) -> None:
    _promise(scene, customer, items[0], 25 + place, -14)


def _pending(scene: Scene, customer: Customer, items: list[Item], place: int) -> None:
    _promise(scene, customer, items[0], 1 + place % 3, 1 + place)


def _disputed(scene: Scene, customer: Customer, items: list[Item], place: int) -> None:
    """A case with its evidence: received, looked into, waiting for the customer, decided either way."""
    from openterms.apps.parties.actions import add_attachment
    from openterms.apps.receivables.dispute.cases import Line, Raised, move, open_case
    from openterms.apps.receivables.dispute.resolving import Decision, resolve
    from openterms.apps.tenancy.contents import store

    manager, item = scene.people["credit_manager"], items[0]
    on, then = scene.ago(4)
    content = EVIDENCE.format(number=item.number).encode()
    name = f"delivery-note-{item.number}.txt"
    file = add_attachment(customer, scene.people["collector"], name, "text/plain", len(content), store(content), then)
    raised = Raised(
        reason=("quantity", "price", "quality", "purchase_order", "duplicate", "not_received")[place % 6],
        note="Fewer pieces came than were billed.", raised_by="Accounts payable", channel="phone", file_ids=[file.id],
    )  # fmt: skip
    line = Line(item.id, max(item.open_minor // (2 + place % 3), 1))
    case = open_case(scene.seller, scene.people["collector"], customer, [line], raised, on, then)
    on, then = scene.ago(2)
    if place % 6 in (1, 4):
        move(scene.seller, manager, case.id, "investigating", on, then)
    if place % 6 == 2:
        move(scene.seller, manager, case.id, "waiting", on, then, "A photograph of the goods")
    if place % 6 in (3, 5):
        kind = "rejected" if place % 6 == 3 else "credit_note"
        decision = Decision(resolution=kind, note="Compared with the order.", message="We compared it with the order.")
        resolve(scene.seller, manager, case.id, decision, scene.today, scene.now)


def _planned(scene: Scene, customer: Customer, items: list[Item], place: int) -> None:
    """An accepted plan that missed its first instalment, one that has begun, one that waits for its answer."""
    from openterms.apps.collecting.plan.actions import Wanted, accept, offer

    manager = scene.people["credit_manager"]
    on, then = scene.ago((30, 2, 1)[place % 3])
    ids = [one.id for one in items[:3]]
    wanted = Wanted(item_ids=ids, count=3, first_on=on + timedelta(days=7), note="Three equal parts.")
    plan = offer(scene.seller, manager, customer, wanted, then)
    if place % 3 < 2:
        accept(scene.seller, manager, plan.id, "R. Ellis", "accounts@customer.example", then)


def _reported(scene: Scene, customer: Customer, items: list[Item], place: int) -> None:
    from openterms.apps.collecting.reported_payment.actions import Reported, report

    on, now = scene.ago(1)
    said = Reported(
        item_ids=[items[0].id], amount_minor=items[0].open_minor, paid_on=scene.ago(2)[0],
        reference=f"TRF-{8_100 + place}", reported_by="Accounts payable",
    )  # fmt: skip
    report(scene.seller, scene.people["collector"], customer, said, on, now)


def _doing(scene: Scene, role: str) -> Any:
    from openterms.apps.collecting.escalation.matters import Doing

    return Doing(seller=scene.seller, actor=scene.people[role], on=scene.today, now=scene.now)


def _reviewed(scene: Scene, customer: Customer, items: list[Item], place: int) -> None:
    from openterms.apps.collecting.escalation.review import review

    review(_doing(scene, "credit_manager"), customer, reason="Nothing came after three reminders.")


def _placed(scene: Scene, customer: Customer, items: list[Item], place: int) -> None:
    """Handed to the agency where the guard permits it."""
    from openterms.apps.collecting.escalation.models import Agency
    from openterms.apps.collecting.models import StepTaken
    from openterms.apps.collecting.placement.actions import answer
    from openterms.apps.collecting.placement.actions import place as hand_over
    from openterms.core.base.errors import BadInput
    from openterms.core.collecting.checks import SIX_CHECKS, CheckAnswer

    noticed = StepTaken.objects.filter(customer=customer, step="final_notice").values_list("item_id", flat=True)
    ids = [one.id for one in items if one.id in set(noticed)]
    if not ids:
        raise BadInput("no final notice went out to this customer", "customer")
    agency = Agency.objects.get(seller=scene.seller, code="ATLAS")
    checks = {one.code: CheckAnswer("no", "Asked by telephone.") for one in SIX_CHECKS}
    who = _doing(scene, "credit_manager")
    made = hand_over(who, customer, ids, agency.id, checks, "No answer for three months.")
    if made.state == "placed" and place == 0:
        answer(who, made.id, "acknowledge", "AR-1041")


def _settled(scene: Scene, customer: Customer, items: list[Item], place: int) -> None:
    from openterms.apps.collecting.settlement.actions import Offer, offer

    whole = sum(one.collectable_minor for one in items)
    wanted = Offer(
        pays_minor=whole * 4 // 5, pay_by=scene.today + timedelta(days=21),
        answer_by=scene.today + timedelta(days=10), reason="Pays at once.",
    )  # fmt: skip
    offer(_doing(scene, "credit_manager"), customer, [one.id for one in items], wanted)


def _replied(scene: Scene, customer: Customer, items: list[Item], place: int) -> None:
    """A mail that came in from somebody of the customer, read for what it proposes."""
    from openterms.apps.collecting.proposal.considering import consider
    from openterms.apps.messaging.incoming.actions import keep_mail
    from openterms.apps.parties.models import Contact
    from openterms.core.base.errors import BadInput
    from openterms.formats.mail.message import read_mail

    contact = Contact.objects.filter(customer=customer).exclude(email="").order_by("id").first()
    if contact is None:
        raise BadInput("nobody of this customer has an address", "contact")
    then = scene.now - timedelta(hours=2 + place)
    content = (
        f"From: {contact.email}\r\nTo: accounts@demo.example\r\nSubject: Re: {items[0].number}\r\n"
        f"Message-ID: <reply-{place}@customer.example>\r\nDate: {then:%a, %d %b %Y %H:%M:%S} +0000\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{REPLIES[place].format(number=items[0].number)}\r\n"
    ).encode()
    kept = keep_mail(scene.seller, read_mail(content), content, then)
    if kept is not None:
        consider(scene.seller, kept.id, scene.now)
