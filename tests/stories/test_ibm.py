"""Two years of an American service company: 2,466 invoices of 100 customers, each with the day it was paid."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from tests.shared import shared
from tests.stories import naive
from tests.stories.houses import House, house

pytestmark = [pytest.mark.timeout(300)]

DAYS = [date(2012, 1, 31), date(2012, 11, 15), date(2013, 3, 1), date(2014, 1, 31)]
MONDAY = date(2013, 3, 4)
LEGAL = {"propose_demand", "propose_agency"}


@pytest.fixture(scope="module")
def bills() -> list[naive.Bill]:
    return naive.american(shared("data/ar_ibm/invoices.csv"))


@pytest.fixture(scope="module")
def ibm(bills: Any, django_db_setup: None, django_db_blocker: Any) -> Iterator[House]:
    with house(django_db_blocker, "USD", "US") as found:
        done = found.take_in(shared("data/ar_ibm/invoices.csv"), "ibm.yaml")
        assert (done.state, done.read, done.loaded, done.refused) == ("loaded", 2_466, 2_466, 0)
        yield found


def test_everything_is_there(ibm: House, bills: list[naive.Bill]) -> None:
    assert ibm.count("parties.Customer") == len({bill.customer for bill in bills}) == 100
    assert ibm.count("receivables.Item", kind="invoice") == ibm.count("receivables.Item", kind="receipt") == 2_466
    assert ibm.count("receivables.Settlement") == 2 * 2_466
    assert ibm.count("receivables.Item", open_minor__gt=0) == 0
    assert ibm.count("receivables.Item", attributes__disputed="Yes") == 561
    assert ibm.count("receivables.Dispute") == 0  # a flag without a date says nothing of when


def test_the_same_file_again_changes_nothing(ibm: House) -> None:
    before = ibm.state("analytics_importrun")
    done = ibm.take_in(shared("data/ar_ibm/invoices.csv"), "ibm.yaml")
    assert (done.state, done.loaded, done.unchanged, done.refused) == ("loaded", 0, 2_466, 0)
    assert ibm.state("analytics_importrun") == before


@pytest.mark.parametrize("on", DAYS, ids=str)
def test_ageing_at_any_past_day_is_what_the_file_says(ibm: House, bills: list[naive.Bill], on: date) -> None:
    assert ibm.ageing(on) == naive.ageing(bills, on)


def test_open_items_at_a_past_day(ibm: House, bills: list[naive.Bill]) -> None:
    on = date(2013, 3, 1)
    expected = {
        (bill.customer, bill.number, str(bill.issued), str(bill.due), "USD", naive.decimal(bill.minor),
         naive.decimal(bill.minor), str(bill.days_late(on)))
        for bill in bills if bill.is_open(on)
    }  # fmt: skip
    assert {tuple(row.values()) for row in ibm.report("open_items", on)} == expected


def test_behaviour_is_what_the_file_says(ibm: House, bills: list[naive.Bill]) -> None:
    on = date(2013, 6, 30)
    rows = {row["customer"]: row for row in ibm.report("behaviour", on)}
    paid = naive.paid_before(bills, on)
    assert len(paid) == 100
    for customer, found in paid.items():
        row = rows[customer]
        assert int(row["paid_invoices"]) == len(found)
        assert float(row["wadtp"]) == pytest.approx(float(naive.weighted(found, "issued")), abs=6e-5)
        assert float(row["dbt"]) == pytest.approx(float(naive.weighted(found, "due")), abs=6e-5)
        late = sum(bill.settled > bill.due for bill in found)
        assert float(row["share_late"]) == pytest.approx(late / len(found), abs=6e-5)
    assert {row["segment"] for row in rows.values()} > {"prompt"}


@pytest.mark.parametrize(
    ("first", "last"), [(date(2012, 7, 1), date(2012, 12, 31)), (date(2013, 1, 1), date(2013, 3, 1))], ids=str
)
def test_key_figures_are_what_the_file_says(ibm: House, bills: list[naive.Bill], first: date, last: date) -> None:
    found = ibm.kpi(first, last)
    for name, value in naive.kpi(bills, first, last).items():
        assert found[name] == pytest.approx(float(value), abs=6e-5), name


def test_the_day_lists_who_is_late_and_never_the_law(ibm: House, bills: list[naive.Bill]) -> None:
    first = ibm.day(MONDAY)
    assert [one["date"] for one in first.days] == [MONDAY]  # a fresh seller runs the day asked for alone
    listed = {row["customer"]: row for row in ibm.worklist(MONDAY)}
    late = {bill.customer: 0 for bill in bills if bill.is_open(MONDAY) and bill.days_late(MONDAY) > -8}
    for bill in bills:
        if bill.is_open(MONDAY) and bill.customer in late:
            late[bill.customer] = max(late[bill.customer], bill.days_late(MONDAY))
    assert listed.keys() <= late.keys()
    assert {customer for customer, days in late.items() if days >= 7} <= listed.keys()
    assert {row["step"] for row in listed.values()}.isdisjoint(LEGAL)
    assert all(listed[customer]["step"] == "final_notice" for customer, days in late.items() if days >= 30)
    at_risk = [float(row["amount_at_risk"]) for row in listed.values()]
    assert at_risk == sorted(at_risk, reverse=True)
    assert all(row["reasons"] and row["items"] for row in listed.values())


def test_the_day_twice_is_the_day_once_and_a_later_day_catches_up(ibm: House) -> None:
    ibm.day(MONDAY)
    before = ibm.state()
    ibm.day(MONDAY)
    assert ibm.state() == before
    later = ibm.day(MONDAY + timedelta(2))
    assert [one["date"] for one in later.days] == [MONDAY + timedelta(n) for n in (1, 2)]
    assert ibm.day(MONDAY).already
    assert {row["step"] for row in ibm.worklist(MONDAY + timedelta(2))}.isdisjoint(LEGAL)


@pytest.mark.deep
def test_no_day_of_the_two_years_proposes_the_law(ibm: House) -> None:
    """Nobody was given a final notice here, so nothing may follow from one."""
    for on in naive.month_ends(date(2012, 3, 1), date(2013, 12, 31))[::4]:
        assert {row["step"] for row in ibm.worklist(on)}.isdisjoint(LEGAL), on


def test_what_must_always_hold_holds(ibm: House) -> None:
    assert ibm.faults() == []
