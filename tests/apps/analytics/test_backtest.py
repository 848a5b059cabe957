"""A policy tried on what was: stored orders answered again, and a history of invoices taken as orders."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from openterms.apps.analytics.backtest.reads import Question, against_of, back_test
from openterms.apps.credit.authorisation.actions import Order, authorise_order
from openterms.apps.credit.line.actions import set_line
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting
from openterms.core.base.errors import BadInput
from openterms.core.credit.policy import Policy
from tests.apps.desk import Desk, day
from tests.core.credit.policies import small

JUNE = datetime(2026, 6, 1, 9, tzinfo=UTC)
FIRST, LAST = date(2026, 1, 1), date(2026, 6, 30)


def policy(**authorisation: Any) -> Policy:
    """The standard rules for orders with some changed."""
    standard = {
        "tolerance_bp": 500, "valid_days": 14, "most_valid_days": 30, "allows_part_approval": True, "overdue_days": 30,
        "overdue_minor": 10_000, "materiality_bp": 100,
    }  # fmt: skip
    return small(currency="USD", authorisation=standard | authorisation)


def tried(seller: Any, new: Policy, against: str = "current", source: str = "auto", last: date = LAST) -> Any:
    held = against_of(seller, against, new.currency, LAST)
    return back_test(seller, Question(new=new, first=FIRST, last=last, as_of=last, source=source, **held))


@pytest.fixture
def sold(committed: None, new_seller: Any) -> Any:
    """Four customers: A is well, B is late, C owes and is not late, D has a small limit."""
    with acting():
        seller = new_seller(enter=False)
    with acting(seller.id):
        desk = Desk(seller)
        for number in "ABCD":
            desk.customer(number)
            limit = 50_000 if number == "D" else 1_000_000
            set_line(seller, SYSTEM, desk.customer(number), "USD", limit, "agreed", day("01-01"), JUNE)
        desk.invoice("B1", "04-10", 40_000, who="B", due_on=day("05-10"))
        desk.invoice("C1", "06-01", 90_000, who="C", due_on=day("06-20"))
        for number, minor in (("A", 70_000), ("B", 30_000), ("C", 80_000), ("D", 60_000)):
            order = Order(order_ref=f"O-{number}", minor=minor, currency="USD", accepts_part=number == "D")
            authorise_order(seller, SYSTEM, desk.customer(number), order, JUNE + timedelta(hours=1))
    return seller


def test_the_same_rules_answer_as_was_answered(sold: Any) -> None:
    with acting(sold.id):
        found = tried(sold, policy(), "answered")
        orders = found["orders"]
        assert orders["totals"]["orders"] == 4 and orders["totals"]["flips"] == 0
        assert orders["totals"]["approved_before_minor"] == 70_000 + 30_000 + 80_000 + 50_000
        assert (found["source"], orders["customers"], orders["flips"]) == ("orders", [], [])
        assert tried(sold, policy())["orders"]["totals"]["flips"] == 0


def test_a_stricter_policy_says_what_flips_and_why(sold: Any) -> None:
    """Overdue stops orders from the 15th day on, and what is too large for a limit goes to a person whole."""
    with acting(sold.id):
        found = tried(sold, policy(overdue_days=14, allows_part_approval=False), "answered")
    orders = found["orders"]
    flips = {(row["before"], row["after"], row["reason"], row["change_minor"]) for row in orders["flips"]}
    assert flips == {
        ("approved", "referred", "overdue", -30_000),
        ("partly_approved", "referred", "over_limit", -50_000),
    }
    totals = orders["totals"]
    assert (totals["approved_before_minor"], totals["approved_after_minor"]) == (230_000, 150_000)
    assert (totals["kept_minor"], totals["less_minor"], totals["more_minor"]) == (150_000, 80_000, 0)
    assert (totals["referred_before"], totals["referred_after"]) == (0, 2)
    assert orders["workload"] == [
        {"reason": "over_limit", "before": 0, "after": 1},
        {"reason": "overdue", "before": 0, "after": 1},
    ]
    assert [(row["number"], row["less_minor"]) for row in orders["customers"]] == [("D", 50_000), ("B", 30_000)]
    assert [row["month"] for row in orders["months"]] == ["2026-06"]
    assert any("worked out again" in note["text"] for note in found["notes"])


def test_invoices_are_taken_as_orders_where_none_is_stored(sold: Any) -> None:
    """In the spring only invoices are on record; B's of April was not paid and is lost by the end of the year."""
    with acting(sold.id):
        desk = Desk(sold)
        for number in "ABCD":
            desk.customers[number] = Customer.objects.get(seller=sold, number=number)
        desk.invoice("B0", "03-01", 20_000, who="B", due_on=day("03-31"))
    with acting(sold.id):
        held = against_of(sold, "current", "USD", LAST)
        question = Question(
            new=policy(overdue_days=5), first=FIRST, last=date(2026, 5, 31), as_of=date(2026, 12, 31), **held
        )
        found = back_test(sold, question)
        with pytest.raises(BadInput, match="Nobody answered"):
            tried(sold, policy(), "answered", last=date(2026, 5, 31))
        with pytest.raises(BadInput, match="no order and no invoice"):
            tried(sold, policy(), last=date(2026, 2, 1))
    orders = found["orders"]
    assert found["source"] == "invoices" and orders["totals"]["orders"] == 2
    assert [(row["before"], row["after"], row["reason"]) for row in orders["flips"]] == [
        ("approved", "referred", "overdue")
    ]
    assert orders["totals"]["less_minor"] == orders["totals"]["avoided_minor"] == 40_000
