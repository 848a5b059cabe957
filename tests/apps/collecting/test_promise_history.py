"""What had become of a promise as of a day, as known at an instant: the same for ever."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from openterms.apps.analytics.loading import load_book
from openterms.apps.collecting.models import Promise, PromiseState
from openterms.apps.collecting.promise.actions import derive_states, promise, withdraw
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting
from openterms.core.base.errors import BadInput, Refused
from openterms.portfolio.book.promises import promises_at
from tests.apps.desk import NOW, Desk, day


@pytest.fixture
def office(committed, new_seller):
    """A desk whose every act is a transaction of its own, as days go by."""
    return Office(new_seller(enter=False))


class Office:
    def __init__(self, seller):
        self.seller, self.desk = seller, Desk(seller)
        self.names = {}

    def act(self, what):
        """One transaction; returns the instant after it."""
        with acting(self.seller.id):
            what()
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            return cursor.fetchone()[0]

    def take(self, name, on="03-10", by="03-20", minor=10_000):
        item = self.desk.invoices_by_name[name]
        made = promise(
            self.seller, SYSTEM, self.desk.customer(), [item.id], minor, day(by), day(on), NOW, "Ms Reed"
        )
        told = f"{name} {on}"
        self.names[str(made.id)] = told if told not in self.names.values() else f"{told} again {len(self.names)}"
        return made

    def derive(self, on):
        return self.act(lambda: derive_states(self.seller, day(on), NOW))

    def states(self, *asked):
        """For each day and instant, the promises' states by name."""
        with acting(self.seller.id), load_book(self.seller) as book:
            return [
                {self.names[row["promise_id"]]: row["state"] for row in book.rows(promises_at(book, on, known_at))}
                for on, known_at in asked
            ]


def opened(office, *names):
    def post():
        office.desk.invoices_by_name = {name: office.desk.invoice(name, "03-01", 10_000) for name in names}

    return office.act(post)


def test_the_same_question_gets_the_same_answer_for_ever(office):
    """A promise breaks, is heard to have been kept after all, and loses its money again."""
    before = opened(office, "I1")
    made = office.act(lambda: office.take("I1"))
    broken = office.derive("03-22")
    asked = [(day(on), known) for known in (before, made, broken) for on in ("03-09", "03-10", "03-21", "03-22")]
    told = office.states(*asked)
    pending, gone, nothing = {"I1 03-10": "pending"}, {"I1 03-10": "broken"}, {}
    assert told == [
        nothing, nothing, nothing, nothing,
        nothing, pending, pending, pending,
        nothing, pending, pending, gone,
    ]  # fmt: skip

    def book_late():
        office.receipt = office.desk.receipt("R1", "03-19", 10_000)
        office.desk.allocate(office.receipt, "03-19", (office.desk.invoices_by_name["I1"], 10_000))

    office.act(book_late)
    late = office.derive("03-25")
    office.act(lambda: office.desk.bank_return(office.receipt, "03-27"))
    office.derive("03-27")
    assert office.states(*asked) == told
    kept = {"I1 03-10": "kept"}
    assert office.states(*[(day(on), None) for on in ("03-21", "03-24", "03-25", "03-26", "03-27")]) == [
        pending, gone, kept, kept, gone,
    ]  # fmt: skip
    assert office.states((day("03-27"), late)) == [kept]


@pytest.mark.parametrize(
    ("ending", "state"),
    [
        (lambda office, made: withdraw(office.seller, SYSTEM, made.id, day("03-12"), NOW), "withdrawn"),
        (lambda office, made: office.take("I1", on="03-12", by="04-10", minor=6_000), "renegotiated"),
    ],
)
def test_a_promise_that_was_taken_back_was_pending_until_then(office, ending, state):
    opened(office, "I1")
    kept = []
    before = office.act(lambda: kept.append(office.take("I1")))
    office.act(lambda: ending(office, kept[0]))
    first, then, now = office.states((day("03-11"), None), (day("03-12"), before), (day("03-12"), None))
    assert (first["I1 03-10"], then["I1 03-10"], now["I1 03-10"]) == ("pending", "pending", state)


def test_a_promise_that_is_pending_again_says_so(desk):
    item = desk.invoice("I1", "03-01", 10_000)
    made = promise(desk.seller, SYSTEM, desk.customer(), [item.id], 10_000, day("03-20"), day("03-10"), NOW)
    receipt = desk.receipt("R1", "03-12", 10_000)
    desk.allocate(receipt, "03-12", (item, 10_000))
    derive_states(desk.seller, day("03-12"), NOW)
    desk.bank_return(receipt, "03-14")
    derive_states(desk.seller, day("03-14"), NOW)
    derive_states(desk.seller, day("03-22"), NOW)
    assert list(
        PromiseState.objects.filter(promise=made).order_by("number").values_list("number", "state", "state_on")
    ) == [
        (1, "pending", day("03-10")), (2, "kept", day("03-12")), (3, "pending", day("03-14")),
        (4, "broken", day("03-22")),
    ]  # fmt: skip


def test_many_promises_written_at_once_keep_how_they_ended(desk):
    """What brings a past along says each promise's end; its making is kept too."""
    common = {"seller": desk.seller, "customer": desk.customer(), "currency": "USD", "promised_for": day("03-20")}
    ends = [("pending", "03-10"), ("broken", "03-22"), ("kept", "03-15")] * 700
    made = Promise.objects.bulk_create(
        Promise(**common, amount_minor=1 + place, made_on=day("03-10"), state=state, state_on=day(on))
        for place, (state, on) in enumerate(ends)
    )
    states = PromiseState.objects.filter(seller=desk.seller)
    assert states.filter(number=1, state="pending", state_on=day("03-10")).count() == len(made)
    assert states.filter(number=2).count() == len(made) * 2 // 3 == states.count() - len(made)
    Promise.objects.filter(seller=desk.seller, state="pending").update(state="withdrawn", state_on=day("03-16"))
    Promise.objects.filter(seller=desk.seller).update(note="seen")
    assert states.filter(state="withdrawn", number=2).count() == 700
    assert states.count() == len(made) * 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE collecting_promisestate SET state = 'kept'",
        "DELETE FROM collecting_promisestate",
        "DELETE FROM collecting_promise",
        "UPDATE collecting_promise SET amount_minor = 1",
        "UPDATE collecting_promise SET promised_for = promised_for + 9",
        "UPDATE collecting_promise SET made_on = made_on - 9",
        "INSERT INTO collecting_promisestate (promise_id, number, seller_id, state, state_on, recorded_at)"
        " SELECT id, 9, seller_id, 'kept', made_on, recorded_at - interval '1 day' FROM collecting_promise",
        "INSERT INTO collecting_promisestate (promise_id, number, seller_id, state, state_on)"
        " SELECT id, 1, seller_id, 'kept', made_on FROM collecting_promise",
    ],
)
def test_nobody_writes_into_what_was_known(desk, statement):
    item = desk.invoice("I1", "03-01", 10_000)
    promise(desk.seller, SYSTEM, desk.customer(), [item.id], 10_000, day("03-20"), day("03-10"), NOW)
    with pytest.raises(Exception) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert isinstance(refused.value, IntegrityError) or "denied" in str(refused.value)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_later_old_answers_stand(office, seed):
    """Random desks: after every act the same questions are asked again, and all of them once more at the end."""
    dice = random.Random(seed)
    names = ("I1", "I2", "I3")
    known = [opened(office, *names), office.act(lambda: office.take("I1"))]
    receipts, today = [], day("03-10")
    told = {}

    def money():
        receipt = office.desk.receipt(f"R{len(receipts)}", today.isoformat()[5:], 10_000)
        receipts.append(receipt)
        item = office.desk.invoices_by_name[dice.choice(names)]
        office.desk.allocate(receipt, today.isoformat()[5:], (item, dice.choice((4_000, 10_000))))

    acts = (
        lambda: office.take(dice.choice(names), on=today.isoformat()[5:], by=dice.choice(("03-20", "04-02"))),
        lambda: withdraw(office.seller, SYSTEM, dice.choice(list(Promise.objects.all())).id, today, NOW),
        money,
        lambda: office.desk.bank_return(dice.choice(receipts), today.isoformat()[5:]),
        lambda: derive_states(office.seller, today, NOW),
        lambda: derive_states(office.seller, today, NOW),
    )
    for _ in range(10):
        today += timedelta(dice.randint(0, 3))
        try:
            known.append(office.act(dice.choice(acts)))
        except (BadInput, Refused, IndexError):
            continue
        asked = [(on, known[-1]) for on in (today, *(today - timedelta(dice.randint(1, 15)) for _ in range(3)))]
        told |= dict(zip(asked, office.states(*asked), strict=True))
    assert office.states(*told) == list(told.values())
    with acting(office.seller.id):
        now = {office.names[str(one.id)]: one.state for one in Promise.objects.filter(seller=office.seller)}
    assert office.states((today, None)) == [now]
