"""Plans, told by the desk: offered, signed, kept, missed, cancelled."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
from django.db import IntegrityError, transaction

from openterms.apps.collecting.models import Plan, Promise
from openterms.apps.collecting.plan.actions import Wanted, accept, decline, draft, offer
from openterms.apps.collecting.plan.agreement import agreement_in
from openterms.apps.collecting.plan.running import cancel, derive_plans
from openterms.apps.collecting.promise.actions import promise
from openterms.apps.collecting.strategy.actions import publish, standard_document
from openterms.apps.receivables.dispute.actions import open_dispute
from openterms.apps.receivables.models import Item, ScheduledPart
from openterms.apps.receivables.open_item import reads
from openterms.apps.tenancy.actor import SYSTEM, Actor
from tests.apps.desk import day


def at(text):
    return datetime.combine(day(text), time(9), tzinfo=UTC)


class Table:
    """A customer who owes 900.00 since 31 March, and one who talks to them."""

    def __init__(self, desk):
        self.desk, self.seller = desk, desk.seller
        self.item = desk.invoice("I1", "03-01", 90_000, due_on=day("03-31"))
        self.customer = desk.customer("C1")

    def offer(self, *items, count=3, first="05-10", on="05-01", **more):
        ids = [item.id for item in items or (self.item,)]
        wanted = Wanted(item_ids=ids, count=count, first_on=day(first), **more)
        return offer(self.seller, SYSTEM, self.customer, wanted, at(on))

    def accept(self, plan, on="05-02", **more):
        given = {"agreement_hash": plan.agreement_hash} | more
        return accept(self.seller, SYSTEM, plan.id, "Ms Reed", "10.0.0.1", at(on), **given)

    def derive(self, on):
        return derive_plans(self.seller, day(on), at(on))

    def pay(self, number, on, minor, item=None):
        receipt = self.desk.receipt(number, on, minor)
        return self.desk.allocate(receipt, on, (item or self.item, minor))

    def look(self, item=None):
        """Open, planned and collectable of the item now."""
        found = Item.objects.get(id=(item or self.item).id)
        return found.open_minor, found.planned_minor, found.collectable_minor

    def aged(self, on):
        (row,) = reads.account(self.seller, self.customer.id, day(on))
        return {bucket: minor for bucket, minor in row["ageing"].items() if minor}, row["overdue"], row["items"]


@pytest.fixture
def table(desk):
    return Table(desk)


def test_a_plan_that_is_kept(table):
    """Nothing changes with the offer. Accepted, the items age by the instalments, and each due one is collectable
    again until its money is there."""
    plan = table.offer()
    assert table.look() == (90_000, 0, 90_000)
    assert table.aged("05-02") == ({"31-60": 90_000}, 90_000, 1)
    plan = table.accept(plan)
    assert (plan.state, plan.accepted_name, plan.accepted_from) == ("running", "Ms Reed", "10.0.0.1")
    assert plan.accepted_hash == plan.agreement_hash
    parts = [agreement_in(plan.agreement, language) for language in ("en", "ar", "fr")]
    assert [language for _part, language in parts] == ["en", "ar", "en"]
    assert parts[0][0].startswith("Payment plan\n") and "خطة سداد" not in parts[0][0]
    for row in plan.instalments.all():
        assert all(row.due_on.isoformat() in part for part, _language in parts)
    assert agreement_in("Payment plan\nof old\n", "ar") == ("Payment plan\nof old\n", "en")
    assert table.look() == (90_000, 90_000, 0)
    assert table.aged("05-02") == ({"current": 90_000}, 0, 1)
    assert table.derive("05-10") == {}
    assert table.look() == (90_000, 90_000, 0)
    assert table.derive("05-12") == {"fell_due": 1}
    assert table.look() == (90_000, 60_000, 30_000)
    assert table.aged("05-12") == ({"1-30": 30_000, "current": 60_000}, 30_000, 1)
    table.pay("R1", "05-12", 30_000)
    assert table.look() == (60_000, 60_000, 0)
    assert table.aged("05-12") == ({"current": 60_000}, 0, 1)
    table.pay("R2", "06-10", 30_000)
    assert (table.derive("06-20"), table.derive("06-20")) == ({"fell_due": 1}, {})
    table.pay("R3", "07-10", 30_000)
    assert table.derive("07-10") == {"completed": 1}
    assert table.derive("07-11") == {}
    assert table.look() == (0, 0, 0)


def test_a_missed_instalment_revives_the_original_dues(table):
    table.accept(table.offer())
    table.pay("R1", "05-10", 30_000)
    assert table.derive("06-13") == {"fell_due": 2}
    assert table.derive("06-14") == {"defaulted": 1}
    assert table.look() == (60_000, 0, 60_000)
    assert table.aged("06-14") == ({"61-90": 60_000}, 60_000, 1)
    assert not ScheduledPart.objects.filter(ends_on__isnull=True).exists()


def test_money_a_day_after_the_date_still_counts_within_grace(table):
    table.accept(table.offer())
    table.pay("R1", "05-13", 30_000)
    assert table.derive("05-20") == {"fell_due": 1}


def test_interest_is_a_charge_of_its_own_and_what_is_not_earned_comes_back(table):
    publish(
        table.seller, SYSTEM, standard_document().replace("interest_bp: 0 ", "interest_bp: 1200 "), day("01-01"),
        at("01-01"),
    )  # fmt: skip
    plan = table.offer(count=2, first="05-31", interest_bp=1_200)
    assert [one.interest_minor for one in plan.instalments.order_by("number")] == [888, 444]
    plan = table.accept(plan, on="05-01")
    charge = Item.objects.get(id=plan.interest_item_id)
    assert (charge.kind, charge.open_minor, charge.collectable_minor) == ("late_interest", 1_332, 0)
    cancel(table.seller, SYSTEM, plan.id, "They pay all at once", at("06-10"))
    assert Item.objects.get(id=charge.id).open_minor == 888
    assert table.look() == (90_000, 0, 90_000)


def test_several_items_the_oldest_first_and_only_what_is_free(table):
    late = table.desk.invoice("I2", "03-05", 30_000, due_on=day("04-15"))
    open_dispute(table.seller, SYSTEM, late.id, 10_000, "price", day("04-20"), at("04-20"))
    promise(
        table.seller, SYSTEM, table.customer, [table.item.id], 5_000, day("05-20"), day("04-20"), at("04-20"), "Ms Reed"
    )
    plan = table.accept(table.offer(table.item, late, count=2, first="05-10"))
    assert plan.principal_minor == 110_000
    lines = {(line.number, line.item_id, line.amount_minor) for line in plan.lines.all()}
    assert lines == {(1, table.item.id, 55_000), (2, table.item.id, 35_000), (2, late.id, 20_000)}
    assert Promise.objects.get().state == "renegotiated"
    assert (table.look(), table.look(late)) == ((90_000, 90_000, 0), (30_000, 20_000, 0))
    assert table.aged("05-05") == ({"current": 120_000}, 0, 2)


def test_what_the_strategy_forbids_is_refused_with_all_reasons(table):
    with table.desk.refused() as caught:
        table.offer(count=12, first="05-10", first_minor=1_000)
    codes = ["plan_too_many", "plan_too_long", "plan_first_too_small"]
    assert [reason.code for reason in caught.value.reasons] == codes
    shown = draft(
        table.seller, table.customer, Wanted(item_ids=[table.item.id], count=12, first_on=day("05-10")), at("05-01")
    )
    assert len(shown.instalments) == 12
    assert [reason.code for reason in shown.refusals] == codes


def test_who_may_not_and_what_cannot_be_accepted(table):
    plan = table.offer()
    other = table.offer(count=2)
    clerk = Actor("Clerk", role="cash_clerk")
    for refused in (
        lambda: offer(
            table.seller, clerk, table.customer,
            Wanted(item_ids=[table.item.id], count=2, first_on=day("05-10")), at("05-01"),
        ),
        lambda: accept(table.seller, clerk, plan.id, "Ms Reed", "", at("05-02")),
        lambda: table.accept(plan, agreement_hash="0" * 64),
        lambda: table.accept(plan, agreement_hash=""),
        lambda: table.accept(plan, on="05-11"),
        lambda: cancel(table.seller, SYSTEM, plan.id, "x", at("05-02")),
        lambda: accept(table.seller, SYSTEM, plan.id, "R", "", at("05-02"), agreement_hash=plan.agreement_hash),
    ):  # fmt: skip
        with table.desk.refused():
            refused()
    table.accept(plan)
    with table.desk.refused("less is open|Of I1"):
        table.accept(other)
    decline(table.seller, SYSTEM, other.id, at("05-02"))
    with table.desk.refused():
        table.accept(plan)


def test_an_offer_past_its_day_expires_and_one_for_money_that_came_is_refused(table):
    plan = table.offer()
    table.pay("R1", "05-01", 10_000)
    with table.desk.refused("Of I1 less is open"):
        table.accept(plan)
    assert table.derive("05-12") == {"expired": 1}
    assert Plan.objects.get().state == "expired"


def test_the_record_refuses_to_change_what_was_signed(table):
    plan = table.accept(table.offer())
    for field in ("agreement", "accepted_name", "accepted_hash", "principal_minor"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Plan.objects.filter(id=plan.id).update(**{field: 7 if field == "principal_minor" else "other"})
