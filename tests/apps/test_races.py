"""Two at once: real threads, real commits. One wins, the other is refused, and the record is clean."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection

from openterms.apps.analytics.checking.reads import check_seller
from openterms.apps.collecting.models import Promise
from openterms.apps.collecting.promise.actions import derive_states, promise, withdraw
from openterms.apps.credit.authorisation.actions import (
    Order,
    authorise_order,
    authorise_orders,
    capture,
    expire_due,
    release,
)
from openterms.apps.credit.authorisation.asking import Ask
from openterms.apps.credit.authorisation.overrides import (
    give_override,
    refuse_order,
    release_order,
    take_back_override,
)
from openterms.apps.credit.decision.clocks import escalate_overdue
from openterms.apps.credit.group_line.actions import set_group_line, suspend_group_line
from openterms.apps.credit.line.actions import set_line
from openterms.apps.credit.line.states import Told, suspend_line
from openterms.apps.credit.models import Authorisation, CreditCase, Line, LineChange
from openterms.apps.journal.house import change_person
from openterms.apps.parties.models import Customer, Group
from openterms.apps.receivables.allocation.actions import Part, allocate, refund, reverse
from openterms.apps.receivables.dispute.actions import close_dispute, open_dispute
from openterms.apps.receivables.ledger.actions import fold_days, lock_period
from openterms.apps.receivables.models import Entry, Item, Settlement
from openterms.apps.receivables.open_item.actions import Document, post_invoice
from openterms.apps.receivables.open_item.locking import lock_items
from openterms.apps.tenancy import locks
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.context import acting
from openterms.core.base.errors import BadInput, Refused
from tests.apps.cases import Department
from tests.apps.desk import NOW, Desk, day


def together(seller, *works):
    """Run each work in a thread with a transaction of its own; returns what each gave or raised."""
    answers = [None] * len(works)
    ready = threading.Barrier(len(works))

    def run(place, work):
        try:
            ready.wait(20)
            with acting(seller.id):
                answers[place] = work()
        except (BadInput, Refused) as refusal:
            answers[place] = refusal
        except BaseException as fault:
            answers[place] = fault
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def refusals(answers):
    faults = [answer for answer in answers if isinstance(answer, BaseException)]
    assert all(isinstance(fault, BadInput | Refused) for fault in faults), faults
    return faults


@pytest.fixture
def raced(committed, new_seller):
    """A desk with committed rows; the record is checked at the end."""
    seller = new_seller(enter=False)
    desk = Desk(seller)
    with acting(seller.id):
        desk.invoice_ = desk.invoice("I1", "03-01", 10_000)
        desk.other_ = desk.invoice("I2", "03-01", 10_000)
        desk.receipt_ = desk.receipt("R1", "03-02", 10_000)
        desk.receipt2_ = desk.receipt("R2", "03-02", 10_000)
    yield desk
    with acting(seller.id):
        assert [finding.text for finding in check_seller(seller, day("06-01")) if not finding.ok] == []


def test_two_clerks_use_the_same_receipt(raced):
    seller, receipt = raced.seller, raced.receipt_.id
    answers = together(
        seller,
        *(
            lambda item=item: allocate(seller, SYSTEM, receipt, [Part(item.id, 10_000)], day("03-02"), NOW)
            for item in (raced.invoice_, raced.other_)
        ),
    )
    assert len(refusals(answers)) == 1
    with acting(seller.id):
        assert raced.open(raced.receipt_) == 0
        assert sorted(raced.open(raced.invoice_, raced.other_)) == [0, 10_000]


def test_two_clerks_pay_the_same_invoice(raced):
    seller = raced.seller
    answers = together(
        seller,
        *(
            lambda r=r: allocate(seller, SYSTEM, r.id, [Part(raced.invoice_.id, 8_000)], day("03-02"), NOW)
            for r in (raced.receipt_, raced.receipt2_)
        ),
    )
    assert len(refusals(answers)) == 1
    with acting(seller.id):
        assert raced.open(raced.invoice_) == 2_000


def test_crossing_allocations_do_not_deadlock(raced):
    """Items are locked in order of id, whatever order the clerks name them in."""
    seller, parts = raced.seller, [Part(raced.invoice_.id, 10), Part(raced.other_.id, 10)]
    works = [
        lambda r=r, p=p: allocate(seller, SYSTEM, r.id, p, day("03-02"), NOW)
        for r, p in ((raced.receipt_, parts), (raced.receipt2_, parts[::-1]))
        for _ in range(5)
    ]
    assert refusals(together(seller, *works)) == []
    with acting(seller.id):
        assert raced.open(raced.invoice_, raced.other_) == (9_900, 9_900)


def test_an_allocation_is_taken_back_once(raced):
    seller = raced.seller
    with acting(seller.id):
        made = raced.allocate(raced.receipt_, "03-02", (raced.invoice_, 10_000))
    answers = together(seller, *[lambda: reverse(seller, SYSTEM, made, day("03-03"), NOW)] * 3)
    assert len(refusals(answers)) == 2
    with acting(seller.id):
        assert raced.open(raced.invoice_, raced.receipt_) == (10_000, 10_000)
        assert Settlement.objects.filter(seller=seller, reverses_id__isnull=False).count() == 2


def test_a_receipt_is_refunded_once(raced):
    seller, receipt = raced.seller, raced.receipt_.id
    answers = together(seller, *[lambda: refund(seller, SYSTEM, receipt, 10_000, day("03-03"), NOW)] * 2)
    assert len(refusals(answers)) == 1


def test_a_number_is_posted_once(raced):
    answers = together(raced.seller, *[lambda: raced.invoice("I9", "03-01", 5)] * 3)
    assert len(refusals(answers)) == 2


def test_two_promises_for_the_same_item(raced):
    seller, item = raced.seller, raced.invoice_

    def take(minor):
        return promise(seller, SYSTEM, raced.customer(), [item.id], minor, day("03-20"), day("03-10"), NOW)

    assert refusals(together(seller, lambda: take(4_000), lambda: take(6_000))) == []
    with acting(seller.id):
        states = sorted(Promise.objects.filter(seller=seller).values_list("state", flat=True))
        assert states == ["pending", "renegotiated"]
        pending = Promise.objects.get(seller=seller, state="pending")
        assert Item.objects.get(id=item.id).promised_minor == pending.amount_minor


def test_promises_disputes_and_money_at_once(raced):
    """Everything that touches an item's claims takes the item's lock first."""
    seller, item = raced.seller, raced.invoice_
    with acting(seller.id):
        made = promise(seller, SYSTEM, raced.customer(), [item.id], 9_000, day("03-20"), day("03-10"), NOW)
        dispute = open_dispute(seller, SYSTEM, item.id, 500, "price", day("03-10"), NOW)
    answers = together(
        seller,
        lambda: withdraw(seller, SYSTEM, made.id, day("03-11"), NOW),
        lambda: promise(seller, SYSTEM, raced.customer(), [item.id], 100, day("03-20"), day("03-11"), NOW),
        lambda: close_dispute(seller, SYSTEM, dispute.id, "rejected", day("03-12"), NOW),
        lambda: open_dispute(seller, SYSTEM, item.id, 700, "tax", day("03-12"), NOW),
        lambda: allocate(seller, SYSTEM, raced.receipt_.id, [Part(item.id, 9_500)], day("03-12"), NOW),
        lambda: derive_states(seller, day("03-12"), NOW),
    )
    refusals(answers)


def test_two_changes_of_one_line(raced):
    seller, customer = raced.seller, raced.customer()
    answers = together(
        seller,
        *(
            lambda limit=limit: set_line(seller, SYSTEM, customer, "USD", limit, "race", day("05-01"), NOW)
            for limit in (100, 200)
        ),
    )
    assert refusals(answers) == []
    with acting(seller.id):
        last = LineChange.objects.filter(seller=seller).order_by("-id").first()
        assert LineChange.objects.filter(seller=seller).count() == 2
        assert Line.objects.get(seller=seller).limit_minor in (100, 200)
        assert last is not None


def test_who_waits_too_long_is_told_to_try_again(raced, monkeypatch):
    monkeypatch.setattr(locks, "LOCK_SECONDS", 1)
    seller, held, done = raced.seller, threading.Event(), threading.Event()

    def hold():
        with acting(seller.id):
            lock_items(seller, [raced.invoice_.id])
            held.set()
            done.wait(30)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(20)
    try:
        began = datetime.now()
        (answer,) = together(
            seller,
            lambda: allocate(seller, SYSTEM, raced.receipt_.id, [Part(raced.invoice_.id, 1)], day("03-02"), NOW),
        )
        assert isinstance(answer, Refused)
        assert answer.first is locks.BUSY
        assert answer.first.remedy
        assert (datetime.now() - began).total_seconds() < 15
    finally:
        done.set()
        holder.join()


def test_a_period_is_locked_under_a_posting(raced):
    """Either the posting is in before the lock, or it is refused; never inside a locked period."""
    seller = raced.seller
    for number in range(5):
        with acting(seller.id):
            lock_period(seller, SYSTEM, None, NOW, "again")
            before = Entry.objects.filter(seller=seller).count()
        posted, locked = together(
            seller,
            lambda n=number: raced.invoice(f"P{n}", "04-01", 5),
            lambda: lock_period(seller, SYSTEM, day("04-30"), NOW),
        )
        assert not isinstance(locked, BaseException), locked
        with acting(seller.id):
            came = Entry.objects.filter(seller=seller).count() - before
        assert came == (0 if isinstance(posted, BadInput) else 1)
        refusals([posted])


def test_postings_of_one_day_do_not_wait_for_each_other(raced):
    """A posting that is not yet committed keeps nobody from posting on its day, nor the day's run from folding."""
    seller, posted, done = raced.seller, threading.Event(), threading.Event()

    def hold():
        with acting(seller.id):
            raced.invoice("H1", "04-01", 7)
            posted.set()
            done.wait(30)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert posted.wait(20)
    try:
        answers = together(seller, lambda: raced.invoice("H2", "04-01", 8), fold_days)
        assert not refusals(answers)
    finally:
        done.set()
        holder.join()
    with acting(seller.id):
        fold_days()
        assert all(finding.ok for finding in check_seller(seller, day("06-01")))


def orders(seller, customer, minor, count):
    return [
        lambda at=at: authorise_order(
            seller, SYSTEM, customer, Order(order_ref=f"O-{at}", minor=minor, currency="USD"), NOW
        )
        for at in range(count)
    ]


def ordering(raced, limit=None):
    """A customer that owes nothing, with a limit where one is given."""
    with acting(raced.seller.id):
        customer = raced.customer("C2")
        if limit is not None:
            set_line(raced.seller, SYSTEM, customer, "USD", limit, "new", day("05-01"), NOW)
    return raced.seller, customer


def test_two_orders_and_one_gap(raced):
    seller, customer = ordering(raced, 100_000)
    answers = together(seller, *orders(seller, customer, 60_000, 2))
    assert sorted(answer.status for answer in answers) == ["approved", "referred"]
    assert {answer.headroom_minor for answer in answers} == {40_000}


def test_sixteen_orders_at_once_never_pass_the_limit(raced):
    seller, customer = ordering(raced, 100_000)
    answers = together(seller, *orders(seller, customer, 15_000, 16))
    given = [answer for answer in answers if getattr(answer, "status", "") == "approved"]
    assert len(given) + len(refusals(answers)) + sum(a.status == "referred" for a in answers) == 16
    assert len(given) == 6, answers


def test_the_first_orders_of_a_customer_without_a_line_meet_on_one(raced):
    seller, customer = ordering(raced)
    answers = together(seller, *orders(seller, customer, 15_000, 4))
    assert [answer.status for answer in answers] == ["referred"] * 4
    with acting(seller.id):
        assert Line.objects.filter(seller=seller, customer=customer).count() == 1


def mates(raced, limit=None):
    """Two customers of a group, each with room of its own, and the limit of both together."""
    seller = raced.seller
    with acting(seller.id):
        customers = [raced.customer(number, group="G") for number in ("G1", "G2")]
        for customer in customers:
            set_line(seller, SYSTEM, customer, "USD", 100_000, "new", day("05-01"), NOW)
        if limit is not None:
            group = Group.objects.get(seller=seller, code="G")
            set_group_line(seller, SYSTEM, group, "USD", limit, "new", NOW)
    return seller, customers


def test_two_members_and_one_gap_of_their_group(raced):
    seller, (one, other) = mates(raced, 100_000)
    answers = together(seller, *orders(seller, one, 60_000, 1), *orders(seller, other, 60_000, 1))
    assert sorted(answer.status for answer in answers) == ["approved", "referred"]
    with acting(seller.id):
        held = Line.objects.filter(seller=seller, held_minor__gt=0)
        assert [line.held_minor for line in held] == [60_000]


def test_members_in_crossing_batches_never_pass_the_groups_limit(raced):
    seller, (one, other) = mates(raced, 100_000)

    def batch(first, second, name):
        asks = [
            Ask(customer=who.number, order=Order(order_ref=f"{name}-{at}", minor=15_000, currency="USD"))
            for at, who in enumerate((first, second) * 2)
        ]
        return lambda: authorise_orders(seller, SYSTEM, asks, NOW)

    answers = together(seller, *[batch(one, other, f"A{n}") for n in range(3)], batch(other, one, "B"))
    refusals([answer for answer in answers if isinstance(answer, BaseException)])
    with acting(seller.id):
        held = sum(Line.objects.filter(seller=seller).values_list("held_minor", flat=True))
        assert held == 90_000


def test_a_line_is_suspended_while_orders_come(raced):
    seller, customer = ordering(raced, 100_000)
    told = Told(reason="late again")
    answers = together(
        seller, lambda: suspend_line(seller, SYSTEM, customer, "USD", told, NOW), *orders(seller, customer, 15_000, 3)
    )
    assert refusals(answers) == []
    with acting(seller.id):
        line = Line.objects.get(seller=seller, customer=customer)
        given = sum(getattr(answer, "status", "") == "approved" for answer in answers)
        assert (line.state, line.held_minor) == ("suspended", 15_000 * given)


def test_a_groups_line_is_suspended_while_its_members_order(raced):
    seller, (one, other) = mates(raced, 100_000)
    with acting(seller.id):
        group = Group.objects.get(seller=seller, code="G")
    answers = together(
        seller, lambda: suspend_group_line(seller, SYSTEM, group, "late again", NOW),
        *orders(seller, one, 15_000, 2), *orders(seller, other, 15_000, 2),
    )  # fmt: skip
    assert refusals(answers) == []
    after = together(seller, *orders(seller, one, 10, 1), *orders(seller, other, 10, 1))
    assert [answer.status for answer in after] == ["referred", "referred"]
    with acting(seller.id):
        given = sum(getattr(answer, "status", "") == "approved" for answer in answers)
        held = sum(Line.objects.filter(seller=seller).values_list("held_minor", flat=True))
        seen = [row.seen["group_seen"] for row in Authorisation.objects.filter(seller=seller)]
        assert held == 15_000 * given
        assert sum("state" not in one for one in seen) == given, "who saw it open was given, and nobody else"


def test_one_key_at_once_holds_once(raced):
    seller, customer = ordering(raced, 100_000)
    order = Order(order_ref="O", minor=15_000, currency="USD")
    answers = together(seller, *[lambda: authorise_order(seller, SYSTEM, customer, order, NOW, "key")] * 6)
    assert len({answer.id for answer in answers}) == 1
    with acting(seller.id):
        assert Authorisation.objects.filter(seller=seller).count() == 1


def test_an_order_is_captured_once_or_released_not_both(raced):
    seller, customer = ordering(raced, 100_000)
    order = Order(order_ref="O", minor=15_000, currency="USD")
    with acting(seller.id):
        made = authorise_order(seller, SYSTEM, customer, order, NOW)
    answers = together(
        seller,
        lambda: capture(seller, SYSTEM, made.id, 15_000, NOW),
        lambda: capture(seller, SYSTEM, made.id, 15_000, NOW),
        lambda: release(seller, SYSTEM, made.id, NOW),
    )
    assert len(refusals(answers)) == 2


def test_partial_captures_at_once_stay_within_what_is_held(raced):
    seller, customer = ordering(raced, 100_000)
    with acting(seller.id):
        made = authorise_order(seller, SYSTEM, customer, Order(order_ref="O", minor=100_000, currency="USD"), NOW)
    answers = together(seller, *[lambda: capture(seller, SYSTEM, made.id, 30_000, NOW)] * 6)
    assert len(refusals(answers)) == 3
    with acting(seller.id):
        assert Authorisation.objects.get(id=made.id).captured_minor == 90_000
        assert Line.objects.get(seller=seller, customer=customer).held_minor == 10_000


def test_an_override_is_used_once_however_many_ask(raced):
    seller, customer = ordering(raced, 0)
    with acting(seller.id):
        give_override(seller, SYSTEM, customer, "O", "USD", 90_000, "agreed", NOW + timedelta(days=1), NOW)
    order = Order(order_ref="O", minor=30_000, currency="USD")
    answers = together(
        seller, *[lambda n=n: authorise_order(seller, SYSTEM, customer, order, NOW, f"k{n}") for n in range(4)]
    )
    assert not refusals(answers)
    assert len({answer.id for answer in answers if answer.status == "approved"}) == 1
    with acting(seller.id):
        assert Line.objects.get(seller=seller, customer=customer).held_minor == 30_000


def test_an_override_is_taken_back_or_used_never_both(raced):
    seller, customer = ordering(raced, 0)
    with acting(seller.id):
        made = give_override(seller, SYSTEM, customer, "O", "USD", 90_000, "agreed", NOW + timedelta(days=1), NOW)
    order = Order(order_ref="O", minor=30_000, currency="USD")
    asked, taken = together(
        seller,
        lambda: authorise_order(seller, SYSTEM, customer, order, NOW),
        lambda: take_back_override(seller, SYSTEM, made.id, NOW),
    )
    refusals([taken])
    assert (asked.status == "approved") == isinstance(taken, Refused)


def test_one_person_releases_what_two_would(raced):
    seller, customer = ordering(raced, 0)
    with acting(seller.id):
        asked = authorise_order(seller, SYSTEM, customer, Order(order_ref="O", minor=30_000, currency="USD"), NOW)
    works = [lambda: release_order(seller, SYSTEM, asked.id, "agreed", NOW)] * 2
    answers = together(seller, *works, lambda: refuse_order(seller, SYSTEM, asked.id, "no", NOW))
    assert len(refusals(answers)) == 2


def test_expiry_meets_a_capture_and_an_invoice(raced):
    """Whoever comes first, nothing is held twice, and what was shipped is captured."""
    seller, customer = ordering(raced, 100_000)
    with acting(seller.id):
        made = authorise_order(seller, SYSTEM, customer, Order(order_ref="O", minor=60_000, currency="USD"), NOW)
    over = NOW + timedelta(days=14)
    document = Document("INV-R", day("06-01"), 60_000, "USD", attributes={"order_ref": "O"})
    answers = together(
        seller,
        lambda: expire_due(seller, SYSTEM, over),
        lambda: capture(seller, SYSTEM, made.id, 60_000, over),
        lambda: post_invoice(seller, SYSTEM, customer, document, over),
    )
    assert len(refusals(answers)) == 1, "the capture came after its time"
    with acting(seller.id):
        row = Authorisation.objects.get(id=made.id)
        assert (row.captured_minor, Line.objects.get(id=row.line_id).held_minor) == (60_000, 0)


def test_batches_that_cross_neither_lock_up_nor_pass_a_limit(raced):
    seller, customer = ordering(raced, 100_000)
    with acting(seller.id):
        other = raced.customer("C3")
        set_line(seller, SYSTEM, other, "USD", 100_000, "new", day("05-01"), NOW)
    names = [customer.number, other.number]

    def ask(turn):
        order = [names[(turn + n) % 2] for n in range(10)]
        return [
            Ask(customer=who, order=Order(order_ref=f"{turn}-{n}", minor=15_000, currency="USD"))
            for n, who in enumerate(order)
        ]

    answers = together(seller, *[lambda t=t: authorise_orders(seller, SYSTEM, ask(t), NOW) for t in range(4)])
    assert not refusals(answers)
    with acting(seller.id):
        assert set(Line.objects.filter(seller=seller).values_list("held_minor", flat=True)) == {90_000}


def test_who_waits_for_a_line_too_long_is_told_busy(raced, monkeypatch):
    monkeypatch.setattr(locks, "LOCK_SECONDS", 1)
    seller, customer = ordering(raced, 100_000)
    with acting(seller.id):
        Line.objects.select_for_update().get(seller=seller, customer=customer)
        (answer,) = together(seller, *orders(seller, customer, 1, 1))
    assert [reason.code for reason in answer.reasons] == ["busy"]


@pytest.fixture
def office(raced):
    """A credit department with a case that two analysts could approve."""
    with acting(raced.seller.id):
        made = Department(raced)
        made.case_ = made.case(4_000_000, "C5")
        made.recommend(made.case_, 4_000_000)
    return made


def test_two_approvers_at_once_grant_once(office):
    seller, case = office.seller, office.case_
    answers = together(seller, *[lambda by=by: office.approve(case, by) for by in ("bo", "may", "bo", "fin")])
    assert len(refusals(answers)) == 3
    assert {fault.first.code for fault in refusals(answers)} <= {"case_is_closed", "busy"}
    with acting(seller.id):
        assert LineChange.objects.filter(seller=seller).count() == 1
        assert office.limit("C5") == 4_000_000


def test_both_eyes_of_a_large_limit_look_at_once(office):
    seller = office.seller
    with acting(seller.id):
        case = office.case(20_000_000, "C6")
        office.recommend(case, 20_000_000)
    answers = together(seller, lambda: office.approve(case, "may"), lambda: office.approve(case, "sam"))
    assert refusals(answers) == []
    with acting(seller.id):
        assert (office.again(case).state, office.limit("C6")) == ("decided", 20_000_000)


def test_an_approver_is_let_go_while_approving(office):
    """Either the approval came first, or it is refused; nobody who was let go approves."""
    seller, member = office.seller, office.members["bo"]
    admin = Actor("Admin", None, "admin")
    approved, ended = together(
        seller,
        lambda: office.approve(office.case_, "bo"),
        lambda: change_person(seller, admin, member.id, "analyst", 0, False, NOW),
    )
    assert not isinstance(ended, BaseException), ended
    with acting(seller.id):
        came = office.limit("C5")
        assert came == (None if isinstance(approved, Refused) else 4_000_000)
        with pytest.raises(Refused):
            office.recommend(office.case_, 1, by="bo")


def test_a_case_is_approved_or_rejected_or_changed_not_two_of_them(office):
    seller, case = office.seller, office.case_
    answers = together(
        seller,
        lambda: office.approve(case, "bo", proposal=1),
        lambda: office.reject(case, "may"),
        lambda: office.recommend(case, 100_000, by="may"),
    )
    refusals(answers)
    with acting(seller.id):
        closed = office.again(case)
        assert office.limit("C5") in (None, 4_000_000)
        assert (office.limit("C5") == 4_000_000) == (closed.outcome == "approved")


def test_a_case_is_opened_once_by_a_double_click(office):
    answers = together(office.seller, *[lambda: office.case(3_000_000, "C7")] * 4)
    assert len(refusals(answers)) == 3
    with acting(office.seller.id):
        assert CreditCase.objects.filter(seller=office.seller, customer=office.desk.customer("C7")).count() == 1


def test_two_customers_of_a_group_do_not_slip_past_a_band_together(office):
    seller = office.seller
    with acting(seller.id):
        group = Group.objects.create(seller=seller, code="G", name="G")
        made = []
        for who in ("G1", "G2"):
            customer = office.desk.customer(who)
            Customer.objects.filter(id=customer.id).update(group=group)
            customer.refresh_from_db()
            made.append(office.case(4_000_000, who))
            office.recommend(made[-1], 4_000_000)
    answers = together(seller, *[lambda case=case: office.approve(case, "bo") for case in made])
    assert len(refusals(answers)) == 2, "together they are more than an analyst decides"


def test_the_clock_and_a_person_escalate_a_case_once(office):
    seller, case = office.seller, office.case_
    late = case.due_at
    answers = together(seller, *[lambda: escalate_overdue(seller, late)] * 3)
    assert sorted(answers) == [0, 0, 1]
    with acting(seller.id):
        assert office.again(case).level == 2
