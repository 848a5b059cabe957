"""A random desk against a naive auditor who recounts every balance, open amount, claim slice and past answer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from openterms.apps.analytics.checking.reads import check_seller
from openterms.apps.collecting.promise.actions import promise
from openterms.apps.receivables.allocation.actions import Part
from openterms.apps.receivables.dispute.actions import close_dispute, open_dispute
from openterms.apps.receivables.ledger.actions import set_rate
from openterms.apps.receivables.ledger.reads import control_balances, roll_forward
from openterms.apps.receivables.models import Item
from openterms.apps.tenancy.actions import add_seller
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.context import acting
from openterms.core.base.errors import BadInput
from tests.apps.desk import NOW, Desk
from tests.simulation.auditor import CREDITS, Auditor

START = date(2026, 1, 1)
DAYS = st.integers(0, 120).map(lambda n: START + timedelta(days=n))
MINOR = st.one_of(st.integers(1, 40), st.integers(1, 3_000), st.just(1_000))
CURRENCY = st.sampled_from(["USD", "USD", "EUR", "JPY"])
WHO = st.sampled_from(["C1", "C2"])
PICK = st.integers(0, 10**6)
SHARE = st.sampled_from([100, 100, 100, 50, 33, 7, 101])
TOLERANCE = 500

OPEN_ON = """
SELECT i.id, i.amount_minor - coalesce(sum(s.amount_minor), 0)
FROM book_items b JOIN receivables_item i ON i.id = b.item_id
LEFT JOIN book_settlements s ON s.item_id = i.id AND s.settled_on <= %(day)s AND s.recorded_at <= %(known)s
WHERE i.seller_id = %(seller)s AND i.issued_on <= %(day)s AND i.recorded_at <= %(known)s
GROUP BY i.id, i.amount_minor HAVING i.amount_minor <> coalesce(sum(s.amount_minor), 0)
"""


class RandomDesk(RuleBasedStateMachine):
    """Every rule does one thing at the desk in a transaction of its own and tells the auditor."""

    @initialize()
    def begin(self):
        self.seller = add_seller(f"S{new_id().hex[-12:]}", "Simulated", "USD", "US")
        self.desk, self.auditor, self.number, self.remembered = Desk(self.seller), Auditor(), 0, []
        with acting(self.seller.id):
            for currency, rate, later in (("EUR", "1.0837", "1.1211"), ("JPY", "0.0066", "0.0071")):
                set_rate(self.seller, SYSTEM, currency, Decimal(rate), START - timedelta(days=1), NOW)
                set_rate(self.seller, SYSTEM, currency, Decimal(later), START + timedelta(days=60), NOW)
            self.desk.customer("C1")
            self.desk.customer("C2")

    def next_number(self):
        self.number += 1
        return f"N{self.number}"

    def pick(self, index, wanted):
        found = [item for item in self.auditor.items.values() if wanted(item)]
        return found[index % len(found)] if found else None

    def attempt(self, allowed, work):
        """Do it; whether it went through must be what the auditor expects. Gives the answer or None."""
        try:
            with acting(self.seller.id):
                answer = work()
        except BadInput as refusal:
            assert not allowed, f"refused without cause: {refusal}"
            return None
        assert allowed, "went through although it should not"
        return answer

    @rule(kind=st.sampled_from(["invoice", "invoice", "receipt", "credit_note"]), on=DAYS, minor=MINOR,
          currency=CURRENCY, who=WHO, terms=st.sampled_from(["net 30", "1/3 at 30, 1/3 at 60, 1/3 at 90"]))  # fmt: skip
    def post(self, kind, on, minor, currency, who, terms):
        with acting(self.seller.id):
            mmdd, number = on.isoformat()[5:], self.next_number()
            if kind == "invoice":
                made = self.desk.invoices(number, mmdd, minor, currency, who, terms=terms)
            else:
                made = [getattr(self.desk, kind)(number, mmdd, minor, currency, who)]
        for item in made:
            self.auditor.opened(item, who)

    @precondition(lambda self: self.auditor.items)
    @rule(credit=PICK, debit=PICK, share=SHARE, on=DAYS, small=st.sampled_from([0, 0, 0, 1, 30]), same=st.booleans())
    def allocate(self, credit, debit, share, on, small, same):
        credit = self.pick(credit, lambda item: item.kind in CREDITS and item.open)
        if credit is None:
            return
        debit = self.pick(
            debit,
            lambda item: item.kind not in CREDITS and item.open
            and (not same or (item.currency, item.customer) == (credit.currency, credit.customer)),
        )  # fmt: skip
        if debit is None:
            return
        on = max(on, credit.issued_on, debit.issued_on) if same else on
        minor = max(1, min(credit.open, debit.open) * share // 100)
        allowed = (
            credit.bears(on, minor) and debit.bears(on, minor + small)
            and (credit.currency, credit.customer) == (debit.currency, debit.customer)
            and self.tolerates(debit, small)
        )  # fmt: skip
        part = Part(debit.id, minor, difference_minor=small)
        item = Item(id=credit.id)
        made = self.attempt(allowed, lambda: self.desk.allocate(item, on.isoformat()[5:], part))
        if made:
            self.auditor.settled(made, on, (credit, minor, 0), (debit, minor + small, small))

    def tolerates(self, item, small):
        if not small:
            return True
        with acting(self.seller.id):
            base = Item.objects.get(id=item.id).base_minor
        # Half up, as all money: tolerance at the item's own rate.
        most = (2 * TOLERANCE * item.amount + max(base, 1)) // (2 * max(base, 1))
        return small + item.given_up <= most

    @precondition(lambda self: self.auditor.items)
    @rule(credit=PICK, debit=PICK, minor=MINOR, given=MINOR)
    def allocate_across(self, credit, debit, minor, given):
        credit = self.pick(credit, lambda item: item.kind in CREDITS and item.open)
        if credit is None:
            return
        debit = self.pick(
            debit, lambda item: item.kind not in CREDITS and item.open and item.currency != credit.currency
            and item.customer == credit.customer,
        )  # fmt: skip
        if debit is None:
            return
        on = max(credit.issued_on, debit.issued_on)
        minor, given = min(minor, debit.open), min(given, credit.open)
        allowed = credit.bears(on, given) and debit.bears(on, minor)
        part = Part(debit.id, minor, credit_minor=given)
        item = Item(id=credit.id)
        made = self.attempt(allowed, lambda: self.desk.allocate(item, on.isoformat()[5:], part))
        if made:
            self.auditor.settled(made, on, (credit, given, 0), (debit, minor, 0))

    @precondition(lambda self: self.auditor.allocations)
    @rule(which=PICK, later=st.integers(-2, 20))
    def reverse(self, which, later):
        made = list(self.auditor.allocations)[which % len(self.auditor.allocations)]
        on = self.auditor.allocations[made][0][1] + timedelta(days=later)
        if self.attempt(later >= 0, lambda: self.desk.reverse(made, on.isoformat()[5:])):
            self.auditor.reversed(made, on)

    @precondition(lambda self: self.auditor.items)
    @rule(which=PICK, share=SHARE, on=DAYS)
    def refund(self, which, share, on):
        item = self.pick(which, lambda item: item.kind in CREDITS and item.open)
        if item is None:
            return
        minor = max(1, item.open * share // 100)
        if on.year != START.year:
            return
        made = self.attempt(
            item.bears(on, minor), lambda: self.desk.refund(Item(id=item.id), minor, on.isoformat()[5:])
        )
        if made:
            self.auditor.settled(made, on, (item, minor, 0))

    @precondition(lambda self: self.auditor.items)
    @rule(which=PICK, share=SHARE, on=DAYS)
    def dispute(self, which, share, on):
        item = self.pick(which, lambda item: item.open)
        if item is None:
            return
        minor = max(1, item.open * share // 100)
        free = item.open - sum(item.disputes.values())
        allowed = item.kind not in CREDITS and on >= item.issued_on and minor <= free
        made = self.attempt(allowed, lambda: open_dispute(self.seller, SYSTEM, item.id, minor, "price", on, NOW))
        if made:
            item.disputes[made.id] = minor

    @precondition(lambda self: any(item.disputes for item in self.auditor.items.values()))
    @rule(which=PICK)
    def decide(self, which):
        item = self.pick(which, lambda item: item.disputes)
        dispute = next(iter(item.disputes))
        day = START + timedelta(days=200)
        self.attempt(True, lambda: close_dispute(self.seller, SYSTEM, dispute, "rejected", day, NOW))
        del item.disputes[dispute]

    @precondition(lambda self: self.auditor.items)
    @rule(which=PICK, share=SHARE)
    def promise(self, which, share):
        item = self.pick(which, lambda item: item.kind not in CREDITS and item.open)
        if item is None:
            return
        on = item.issued_on
        minor = max(1, item.open * share // 100)
        allowed = minor <= item.open - item.slices[0]
        customer = self.desk.customers[item.customer]
        due = on + timedelta(days=10)
        made = self.attempt(allowed, lambda: promise(self.seller, SYSTEM, customer, [item.id], minor, due, on, NOW))
        if made:
            item.promised = minor

    @rule(day=DAYS)
    def remember(self, day):
        """Ask about a day, and keep the answer with the instant at which it was given."""
        known = datetime.now(UTC)
        answer = self.answer(day, known)
        assert answer == (self.auditor.balances(day), self.auditor.open_on(day))
        self.remembered.append((day, known, answer))

    def answer(self, day, known):
        with acting(self.seller.id), connection.cursor() as cursor:
            found = control_balances(self.seller.id, day, known)
            cursor.execute(OPEN_ON, {"seller": self.seller.id, "day": day, "known": known})
            balances = {c: (b.receivable_minor, b.unapplied_cash_minor) for c, b in found.items()}
            return {c: pair for c, pair in balances.items() if any(pair)}, dict(cursor.fetchall())

    def teardown(self):
        if not hasattr(self, "auditor"):
            return
        for day, known, answer in self.remembered:
            assert self.answer(day, known) == answer, f"the answer about {day} has changed"
        end = START + timedelta(days=300)
        with acting(self.seller.id):
            for item in Item.objects.filter(seller=self.seller):
                mine = self.auditor.items[item.id]
                assert (item.open_minor, item.contested_minor, item.promised_minor) == (mine.open, *mine.slices)
                assert item.settled_on == (None if mine.open else max(day for day, _ in mine.settled))
            for seen in (START + timedelta(days=30), START + timedelta(days=90), end):
                assert [f.text for f in check_seller(self.seller, seen) if not f.ok] == []
            for currency, rolled in roll_forward(self.seller.id, START + timedelta(days=40), end).items():
                assert rolled.opening + rolled.movements == rolled.closing
                assert rolled.closing == sum(self.auditor.balances(end).get(currency, (0, 0)))
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT item_id FROM receivables_posting WHERE seller_id = %s AND item_id IS NOT NULL"
                    " GROUP BY item_id HAVING sum(amount_minor) = 0 AND sum(base_minor) <> 0",
                    [self.seller.id],
                )
                assert cursor.fetchall() == []


def run(examples, steps):
    run_state_machine_as_test(
        RandomDesk,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
            print_blob=True,
        ),
    )


def test_a_random_desk_satisfies_the_auditor(committed):
    run(12, 30)


@pytest.mark.deep
@pytest.mark.timeout(1800)
def test_a_random_desk_satisfies_the_auditor_for_long(committed):
    run(60, 60)
