"""Two at once on one item: a promise, an allocation, a dispute, a plan, a reported payment. Claims stay disjoint."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openterms.apps.collecting.plan.actions import Wanted, accept, offer
from openterms.apps.collecting.promise.actions import promise
from openterms.apps.collecting.reported_payment.actions import Reported, report
from openterms.apps.receivables.allocation.actions import Part, allocate
from openterms.apps.receivables.dispute.cases import Line, Raised, open_case
from openterms.apps.receivables.dispute.resolving import Decision, resolve
from openterms.apps.receivables.models import DisputeCase, Item
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting
from openterms.core.receivables.claims import Claims, clamp
from tests.apps.desk import Desk, day
from tests.apps.test_races import raced, refusals, together

__all__ = ["raced"]
AT = datetime.combine(day("03-03"), time(9), tzinfo=UTC)
ON = day("03-03")


def slices(desk: Desk) -> tuple[int, int, int, int, int]:
    with acting(desk.seller.id):
        one = Item.objects.get(id=desk.invoice_.id)
        return one.open_minor, one.contested_minor, one.in_flight_minor, one.planned_minor, one.promised_minor


def works(desk):
    seller, customer, item = desk.seller, desk.customer("C1"), desk.invoice_.id
    return {
        "promise": lambda: promise(seller, SYSTEM, customer, [item], 8_000, day("03-20"), ON, AT, "Ms Reed"),
        "allocate": lambda: allocate(seller, SYSTEM, desk.receipt_.id, [Part(item, 5_000)], ON, AT),
        "dispute": lambda: open_case(seller, SYSTEM, customer, [Line(item, 4_000)], Raised(reason="price"), ON, AT),
        "report": lambda: report(
            seller, SYSTEM, customer, Reported(item_ids=[item], amount_minor=6_000, paid_on=ON), ON, AT
        ),
    }


@pytest.mark.parametrize("names", [("promise", "allocate", "dispute"), ("report", "promise", "dispute", "allocate")])
def test_what_claims_one_item_at_once_never_overlaps(raced, names):
    with acting(raced.seller.id):
        raced.customer("C1")
    does = works(raced)
    answers = together(raced.seller, *(does[name] for name in names))
    refusals(answers)
    open_minor, *parts = slices(raced)
    assert sum(parts) <= open_minor and min(parts) >= 0
    assert open_minor in (5_000, 10_000)


def test_a_plan_is_accepted_once_and_what_it_takes_is_no_longer_free(raced):
    seller, customer = raced.seller, raced.customer("C1")
    with acting(seller.id):
        plan = offer(
            seller, SYSTEM, customer, Wanted(item_ids=[raced.invoice_.id], count=2, first_on=day("03-20")), AT
        )

    def yes():
        return accept(seller, SYSTEM, plan.id, "Ms Reed", "", AT, agreement_hash=plan.agreement_hash)

    answers = together(seller, yes, yes, works(raced)["promise"])
    assert 1 <= len(refusals(answers)) <= 2
    open_minor, *parts = slices(raced)
    assert open_minor == 10_000 and sum(parts) <= 10_000
    assert parts[2] in (0, 10_000)


def test_a_case_is_decided_once(raced):
    seller, customer = raced.seller, raced.customer("C1")
    with acting(seller.id):
        case = open_case(seller, SYSTEM, customer, [Line(raced.invoice_.id, 4_000)], Raised(reason="price"), ON, AT)

    def decide(kind):
        return lambda: resolve(seller, SYSTEM, case.id, Decision(resolution=kind, note="Seen"), ON, AT)

    answers = together(seller, decide("credit_note"), decide("rejected"), decide("credit_note"))
    assert len(refusals(answers)) == 2
    with acting(seller.id):
        kept = DisputeCase.objects.get(id=case.id)
        assert kept.upheld_minor in (0, 4_000)
        assert raced.open(raced.invoice_) == 10_000 - kept.upheld_minor


@settings(max_examples=200)
@given(st.integers(0, 10**6), st.tuples(*[st.integers(0, 10**6)] * 4))
def test_slices_are_disjoint_whatever_is_asked(open_minor, asked):
    found = clamp(open_minor, Claims(*asked))
    assert sum(found) <= open_minor
    assert all(0 <= slice_ <= wanted for slice_, wanted in zip(found, asked, strict=True))


