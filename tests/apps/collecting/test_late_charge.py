"""Late charges, told by the desk: previewed, booked once, explained, waived."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, transaction

from openterms.apps.analytics.checking.reads import check_seller
from openterms.apps.collecting.late_charge.actions import add_rate, book, waive
from openterms.apps.collecting.late_charge.reads import charges_of, owed
from openterms.apps.collecting.models import LateCharge
from openterms.apps.collecting.pause.actions import pause
from openterms.apps.parties.actions import change_customer
from openterms.apps.receivables.dispute.actions import close_dispute, open_dispute
from openterms.apps.receivables.models import Item
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.context import acting
from openterms.core.base.errors import Refused
from tests.apps.cases import POLICY, publish
from tests.apps.desk import Desk, day
from tests.apps.test_races import together

NOW = datetime(2026, 8, 31, 9, tzinfo=UTC)
LATE = "late_charges: {mode: interest_and_lump_sum, reference: fixed, above_reference_bp: 1200, lump_sum_minor: 4000}"
CHARITY = "late_charges: {mode: charity, charity_minor: 5000, beneficiary: Red Crescent}"


def terms(desk, text=LATE):
    publish(desk.seller, POLICY.replace("late_charges: {mode: none}", text))


@pytest.fixture
def charging(desk):
    """A seller in the United States whose terms ask 12 % a year and 40.00."""
    terms(desk)
    return desk


def manager(desk, minor=10_000_000):
    from openterms.apps.tenancy.actions import add_membership, add_user

    user = add_user(f"may-{new_id().hex}@t.example", "May", "long enough pass 1")
    add_membership(desk.seller, user, "credit_manager", minor)
    return Actor("May", user.id, "credit_manager", minor)


def run(desk, on, who=SYSTEM):
    return book(desk.seller, who, day(on), NOW)


def of_kind(kind):
    return Item.objects.filter(kind=kind).order_by("issued_on", "id")


def clean(desk):
    assert [finding.text for finding in check_seller(desk.seller, day("08-31")) if not finding.ok] == []


def test_charges_are_items_of_their_own_and_outlive_the_invoice(charging):
    """Due 31 March: 30 days of 12 % on 1,000.00 is 9.86; a second run, or a later one, charges nothing twice."""
    desk = charging
    item = desk.invoice("I1", "03-01", 100_000)
    (one,) = owed(desk.seller, day("04-30"), NOW)
    assert (one.charge.interest_minor, one.charge.lump_sum_minor, one.policy[-2:]) == (986, 4_000, "@1")
    assert Item.objects.count() == 1
    made = run(desk, "04-30")
    assert (made.charges, made.minor) == (2, {"USD": 4_986})
    for again in ("04-30", "04-20"):
        assert run(desk, again).charges == 0
    run(desk, "05-30")
    assert [one.amount_minor for one in of_kind("late_interest")] == [986, 987]
    assert of_kind("late_fee").count() == 1
    desk.allocate(desk.receipt("R1", "05-31", 100_000), "05-31", (item, 100_000))
    assert run(desk, "06-30").minor == {"USD": 32}  # 31 May, the day it was paid, still bears
    assert run(desk, "07-31").charges == 0
    assert sum(one.open_minor for one in of_kind("late_interest")) == 986 + 987 + 32
    clean(desk)


def test_the_explanation_is_kept_line_by_line(charging):
    desk = charging
    item = desk.invoice("I1", "03-01", 100_000)
    desk.allocate(desk.receipt("R1", "04-10", 40_000), "04-10", (item, 40_000))
    run(desk, "04-30")
    (charge,) = [one for one in charges_of(desk.seller, desk.customer().id) if one["kind"] == "late_interest"]
    lines = charge["explanation"]["lines"]
    assert [(line["from"], line["to"], line["principal_minor"]) for line in lines] == [
        ("2026-04-01", "2026-04-10", 100_000), ("2026-04-11", "2026-04-30", 60_000),
    ]  # fmt: skip
    assert sum(line["amount_minor"] for line in lines) == charge["amount_minor"]
    assert charge["explanation"]["sources"] and charge["basis"] == "contract"
    with pytest.raises(DatabaseError), transaction.atomic():
        LateCharge.objects.update(amount_minor=1)


def test_disputed_parts_bear_nothing(charging):
    desk = charging
    item = desk.invoice("I1", "03-01", 100_000)
    made = open_dispute(desk.seller, SYSTEM, item.id, 100_000, "quality", day("04-11"), NOW)
    close_dispute(desk.seller, SYSTEM, made.id, "rejected", day("04-21"), NOW)
    (one,) = owed(desk.seller, day("04-30"), NOW)
    assert [line.days for line in one.charge.lines] == [10, 10]


def test_nothing_is_charged_where_the_guard_refuses(charging):
    desk = charging
    for place, who in enumerate(("C1", "C2", "C3", "C4")):
        desk.invoice(f"I{place}", "03-01", 100_000, who=who)
    change_customer(desk.customer("C1"), SYSTEM, {"insolvent_on": day("05-01")}, NOW)
    pause(desk.seller, SYSTEM, desk.customer("C2"), "hardship", "Flood", day("09-30"), day("08-31"), NOW)
    desk.receipt("R3", "05-01", 100_000, who="C3")
    made = run(desk, "04-30")
    assert made.charges == 2 and made.refused == {"insolvent": 1, "hardship": 1, "credit_covers": 1}
    assert {item.customer.number for item in of_kind("late_fee")} == {"C4"}


def test_without_terms_nothing_is_charged(desk):
    desk.invoice("I1", "03-01", 100_000)
    assert owed(desk.seller, day("08-31"), NOW) == [] and run(desk, "08-31").charges == 0
    terms(desk, "late_charges: {mode: statutory}")
    assert owed(desk.seller, day("08-31"), NOW) == []  # the United States have no statutory interest
    change_customer(desk.customer(), SYSTEM, {"country": "SA"}, NOW)
    assert owed(desk.seller, day("08-31"), NOW) == []
    change_customer(desk.customer(), SYSTEM, {"country": "DE"}, NOW)
    (one,) = owed(desk.seller, day("08-31"), NOW)
    assert one.terms.basis == "statutory" and [line.rate_bp for line in one.charge.lines] == [1_027, 1_052]


def test_an_undertaking_to_charity_is_never_income(desk):
    terms(desk, CHARITY)
    desk.invoice("I1", "03-01", 100_000)
    assert run(desk, "04-30").minor == {"USD": 5_000} and run(desk, "06-30").charges == 0
    accounts = desk.accounts()
    assert accounts["charity_payable", "USD"] == (-5_000, -5_000)
    charge = LateCharge.objects.get()
    waive(desk.seller, manager(desk), charge.id, "The delay was ours", day("08-31"), NOW)
    assert ("charity_payable", "USD") not in desk.accounts()
    clean(desk)


def test_a_charge_is_waived_with_reason_and_authority(charging):
    desk = charging
    desk.invoice("I1", "03-01", 100_000)
    run(desk, "04-30")
    charge = LateCharge.objects.get(kind="late_fee")
    for who, reason, minor, said in (
        (manager(desk), " ", None, "reason is empty"),
        (manager(desk, 3_999), "Goodwill", None, "beyond your authority"),
        (SYSTEM, "Goodwill", None, "beyond your authority"),
        (manager(desk), "Goodwill", 4_001, "cannot be waived"),
    ):
        with desk.refused(said):
            waive(desk.seller, who, charge.id, reason, day("08-31"), NOW, minor)
    waive(desk.seller, manager(desk), charge.id, "Goodwill", day("08-31"), NOW, 1_500)
    assert Item.objects.get(id=charge.charged_item_id).open_minor == 2_500
    waive(desk.seller, manager(desk), charge.id, "More goodwill", day("08-31"), NOW)
    assert ("late_fee_income", "USD") not in desk.accounts()
    assert run(desk, "04-30").charges == 0
    (told,) = [one for one in charges_of(desk.seller) if one["kind"] == "late_fee"]
    assert (told["waived_minor"], told["reasons"]) == (4_000, ["Goodwill", "More goodwill"])
    clean(desk)


def test_who_may_book_and_for_which_days(charging):
    desk = charging
    desk.invoice("I1", "03-01", 100_000)
    collector = Actor("Col", new_id(), "collector")
    with desk.refused("credit manager or a cash clerk"):
        book(desk.seller, collector, day("04-30"), NOW)
    with desk.refused("is to come"):
        run(desk, "09-01")


def test_a_rate_that_is_not_known_is_refused_and_can_be_added(desk):
    terms(desk, "late_charges: {mode: interest, reference: eibor, above_reference_bp: 100}")
    desk.invoice("I1", "03-01", 100_000)
    with desk.refused("eibor is not known for 2026H1"):
        run(desk, "04-30")
    with desk.refused("source is empty"):
        add_rate(desk.seller, SYSTEM, "eibor", "2026H1", 400, "", NOW)
    with desk.refused("half-year"):
        add_rate(desk.seller, SYSTEM, "eibor", "2026-1", 400, "Central Bank", NOW)
    add_rate(desk.seller, SYSTEM, "eibor", "2026H1", 300, "Central Bank", NOW)
    add_rate(desk.seller, SYSTEM, "eibor", "2026H1", 400, "Central Bank, corrected", NOW)
    assert run(desk, "04-30").minor == {"USD": 411}


def test_two_workers_charge_nothing_twice(committed, new_seller):
    seller = new_seller(enter=False)
    desk = Desk(seller)
    with acting(seller.id):
        terms(desk)
        for number in range(3):
            desk.invoice(f"I{number}", "03-01", 100_000)
    answers = together(seller, *(lambda: book(seller, SYSTEM, day("04-30"), NOW) for _ in range(3)))
    assert not [one for one in answers if isinstance(one, BaseException) and not isinstance(one, Refused)], answers
    with acting(seller.id):
        assert sum(one.charges for one in answers) == 6 == LateCharge.objects.count()
        clean(desk)
