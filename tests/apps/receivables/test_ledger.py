"""Rates, the period lock, the roll-forward, and answers about the past."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from openterms.apps.journal.models import Event
from openterms.apps.receivables.allocation.actions import Part
from openterms.apps.receivables.ledger.actions import fold_days, lock_period, set_rate
from openterms.apps.receivables.ledger.reads import control_balances, roll_forward
from openterms.apps.receivables.models import AccountDay, Posting, Rate
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting
from tests.apps.desk import NOW, Desk, day


def test_nothing_is_posted_into_a_locked_period(desk):
    invoice = desk.invoice("I1", "03-01", 10_000)
    receipt = desk.receipt("R1", "03-10", 10_000)
    lock_period(desk.seller, SYSTEM, day("03-31"), NOW)
    for step in (
        lambda: desk.invoice("I2", "03-31", 100),
        lambda: desk.receipt("R2", "03-31", 100),
        lambda: desk.credit_note("CN1", "01-01", 100),
        lambda: desk.allocate(receipt, "03-31", (invoice, 100)),
        lambda: desk.refund(receipt, 100, "03-31"),
        lambda: desk.write_off(invoice, 100, "03-31"),
        lambda: desk.bank_return(receipt, "03-31"),
    ):
        with desk.refused("locked period.*Use a date after 2026-03-31"):
            step()
    made = desk.allocate(receipt, "04-01", (invoice, 10_000))
    lock_period(desk.seller, SYSTEM, day("04-30"), NOW)
    with desk.refused("locked period"):
        desk.reverse(made, "04-30")
    desk.reverse(made, "05-01")  # what lies in a closed period is undone in an open one


def test_a_seller_read_before_the_lock_does_not_get_past_it(desk):
    """The lock is read when posting, not when the clerk's page was made."""
    from openterms.apps.tenancy.models import Seller

    desk.customer()
    lock_period(Seller.objects.get(id=desk.seller.id), SYSTEM, day("03-31"), NOW)
    assert desk.seller.locked_through is None
    with desk.refused("locked period"):
        desk.invoice("I1", "03-01", 100)


def test_the_lock_moves_forward_and_back_only_with_a_reason(desk):
    lock_period(desk.seller, SYSTEM, day("03-31"), NOW)
    with desk.refused("has not ended"):
        lock_period(desk.seller, SYSTEM, day("06-01"), NOW)
    for back in (day("03-30"), None):
        with desk.refused("Say why"):
            lock_period(desk.seller, SYSTEM, back, NOW)
    lock_period(desk.seller, SYSTEM, day("02-28"), NOW, "late invoice of the carrier")
    desk.invoice("I1", "03-01", 100)
    events = Event.objects.filter(seller=desk.seller, kind="period_locked").order_by("id")
    assert [(event.data["before"], event.data["through"]) for event in events] == [
        (None, "2026-03-31"), ("2026-03-31", "2026-02-28"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("currency", "rate", "match"),
    [
        ("USD", "1.1", "own currency"),
        ("XXX", "1.1", "not a currency"),
        ("EUR", "0", "not a rate"),
        ("EUR", "-1", "not a rate"),
        ("EUR", "NaN", "not a rate"),
        ("EUR", "Infinity", "not a rate"),
        ("EUR", "1.00000000001", "not a rate"),
        ("EUR", "10000000000", "not a rate"),
    ],
)
def test_a_rate_that_cannot_be_is_refused(desk, currency, rate, match):
    with desk.refused(match):
        set_rate(desk.seller, SYSTEM, currency, Decimal(rate), day("01-01"), NOW)


def test_a_rate_is_corrected_and_not_overwritten(desk):
    for rate in ("1.08", "1.08", "1.80"):
        set_rate(desk.seller, SYSTEM, "eur", Decimal(rate), day("01-01"), NOW)
    found = Rate.objects.filter(seller=desk.seller).order_by("id").values_list("base_per_unit", flat=True)
    assert list(found) == [Decimal("1.08"), Decimal("1.80")]
    assert desk.invoice("I1", "03-01", 100, "EUR").base_minor == 180


def test_the_roll_forward_explains_every_movement(desk):
    set_rate(desk.seller, SYSTEM, "EUR", Decimal("1.10"), day("01-01"), NOW)
    desk.invoice("I0", "02-01", 5_000)
    invoice = desk.invoice("I1", "03-01", 120_000, vat_minor=20_000, terms="2/10 net 30")
    desk.charge("late_fee", "F1", "03-02", 4_000, "03-20")
    note = desk.credit_note("CN1", "03-03", 1_200, vat_minor=200)
    receipt = desk.receipt("R1", "03-05", 120_000, charges_minor=100)
    made = desk.allocate(receipt, "03-06", Part(invoice.id, 100_000, 2_000, 300))
    desk.reverse(made, "03-07")
    desk.allocate(receipt, "03-08", Part(invoice.id, 110_000, 1_500, 400))
    desk.refund(note, 700, "03-09")
    euro = desk.invoice("E1", "03-10", 5_000, "EUR")
    desk.allocate(receipt, "03-11", Part(euro.id, 5_000, credit_minor=6_000))
    desk.bank_return(desk.receipt("R2", "03-12", 900), "03-13", charges_minor=15)
    found = roll_forward(desk.seller.id, day("03-01"), day("03-31"))
    usd, eur = found["USD"], found["EUR"]
    assert (usd.opening, usd.invoices, usd.charges, usd.credits) == (5_000, 120_000, 4_000, -1_200)
    assert (usd.receipts, usd.refunds) == (-120_900, 1_600)
    assert (usd.discounts, usd.differences, usd.exchange) == (-1_500, -400, 6_000)
    assert (eur.invoices, eur.exchange, eur.closing) == (5_000, -5_000, 0)
    assert (eur.base.invoices, eur.base.exchange, eur.base.closing) == (5_500, -5_500, 0)
    for currency, rolled in found.items():
        assert rolled.opening + rolled.movements == rolled.closing == sum(desk.balance("03-31", currency))
    later = roll_forward(desk.seller.id, day("04-01"), day("04-30"))["USD"]
    assert (later.opening, later.movements) == (usd.closing, 0)


def test_a_past_answer_stays_the_same_for_ever(committed, new_seller):
    """Imported history changes what today knows of the past, never what we knew then."""
    seller = new_seller(enter=False)

    def known(instant=None):
        with acting(seller.id):
            found = control_balances(seller.id, day("04-30"), instant)
            return {currency: (b.receivable_minor, b.unapplied_cash_minor) for currency, b in found.items()}

    desk = Desk(seller)
    with acting(seller.id):
        invoice = desk.invoice("I1", "03-01", 10_000)
    before = datetime.now(UTC)
    assert known() == known(before) == {"USD": (10_000, 0)}
    with acting(seller.id):
        receipt = desk.receipt("R1", "03-15", 4_000)
        made = desk.allocate(receipt, "03-15", (invoice, 4_000))
    between = datetime.now(UTC)
    with acting(seller.id):
        desk.reverse(made, "03-20")
        desk.invoice("I0", "01-01", 77)
    assert known(before) == {"USD": (10_000, 0)}
    assert known(between) == {"USD": (6_000, 0)}
    assert known() == {"USD": (10_077, -4_000)}
    with acting(seller.id):
        assert roll_forward(seller.id, day("01-01"), day("04-30"), before)["USD"].closing == 10_000


def days_of(model):
    """Sums by account, currency and day, without days that come to nothing in both currencies."""
    sums = {}
    for one in model.objects.values_list("account", "currency", "posted_on", "amount_minor", "base_minor"):
        amount, base = sums.get(one[:3], (0, 0))
        sums[one[:3]] = amount + one[3], base + one[4]
    return sums


def test_an_accounts_days_are_the_sums_of_its_postings(desk):
    set_rate(desk.seller, SYSTEM, "EUR", Decimal("1.1"), day("01-01"), NOW)
    invoice, foreign = desk.invoice("I1", "03-01", 10_000), desk.invoice("I2", "03-02", 777, "EUR")
    receipt, other = desk.receipt("R1", "03-10", 9_990), desk.receipt("R2", "03-11", 777, "EUR")
    made = desk.allocate(receipt, "03-12", (invoice, 9_990))
    desk.write_off(invoice, 10, "03-12")
    desk.allocate(other, "03-12", (foreign, 777))
    desk.reverse(made, "03-20")
    assert days_of(AccountDay) == days_of(Posting)
    before = control_balances(desk.seller.id, day("03-31"))
    assert before == control_balances(desk.seller.id, day("03-31"), datetime.now(UTC))
    assert fold_days() > 0
    assert not AccountDay.objects.exclude(slot=0).exists()
    assert (days_of(AccountDay), control_balances(desk.seller.id, day("03-31"))) == (days_of(Posting), before)
    desk.receipt("R3", "03-10", 5)
    assert days_of(AccountDay) == days_of(Posting)
    assert fold_days() == 2
    assert fold_days() == 0
