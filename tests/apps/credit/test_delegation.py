"""While somebody is away: another person holds their authority for some days, and two people still agree."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils.translation import override

from openterms.apps.credit.decision import clocks
from openterms.apps.credit.decision.reads import case_view, find_case, refusals
from openterms.apps.credit.delegation.actions import Absence, delegate, end_delegation
from openterms.apps.credit.models import CaseStep, Delegation, LineChange
from openterms.apps.journal.models import Event
from openterms.apps.tenancy.actions import add_membership
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.context import acting
from openterms.apps.tenancy.models import Membership, User
from openterms.core.base.errors import BadInput, Refused
from openterms.web.desk.display import reason_texts
from tests.apps.cases import POLICY, Department
from tests.apps.desk import NOW, Desk, day
from tests.apps.test_races import refusals as refused
from tests.apps.test_races import together


def staffed(desk, text=POLICY):
    office = Department(desk, text)
    user = User.objects.create(id=new_id(), email=f"{new_id().hex}@t.example", name="root", password="!")
    office.members["root"] = add_membership(office.seller, user, "admin", 0)
    office.people["root"] = Actor("root", user.id, "admin", 0)
    return office


@pytest.fixture
def office(desk):
    return staffed(desk)


def away(office, giver, holder, by=None, first="06-01", last="06-14", **more):
    wanted = Absence(
        giver_id=office.people[giver].user_id, holder_id=office.people[holder].user_id, first=day(first),
        last=day(last), reason="holiday", **more,
    )  # fmt: skip
    return delegate(office.seller, office.people[by or giver], wanted, NOW)


def codes(caught):
    return [reason.code for reason in caught.value.reasons]


def test_who_stands_in_approves_in_the_others_role_and_name(office):
    """May is away; Col, a collector, approves a limit that takes a credit manager. The second eye is Sam's."""
    case = office.case(20_000_000)
    office.recommend(case, 20_000_000)
    with pytest.raises(Refused):
        office.approve(case, "col")
    view = case_view(office.seller, find_case(office.seller, case.id), NOW)
    assert refusals(office.seller, office.people["col"], view, NOW)["approve"]
    away(office, "may", "col")
    assert not refusals(office.seller, office.people["col"], view, NOW)["approve"]
    step = office.approve(case, "col", reason="looked at it")
    may = office.people["may"]
    assert (step.person_name, str(step.acts_for_id), step.role, step.authority_minor) == (
        "col", str(may.user_id), "credit_manager", 25_000_000
    )  # fmt: skip
    assert step.acts_for_name == str(User.objects.get(id=may.user_id))
    assert office.limit() is None, "one pair of eyes"
    for who in ("col", "may"):
        with pytest.raises(Refused) as caught:
            office.approve(case, who)
        assert "approved_before" in codes(caught), who
    office.approve(case, "sam")
    assert office.limit() == 20_000_000


def test_four_eyes_hold_through_delegation_either_way(office):
    """Who proposed cannot approve through somebody's hand, nor through somebody who acts for them."""
    case = office.case(4_000_000)
    office.recommend(case, 4_000_000, by="ana")
    away(office, "bo", "ana")
    with pytest.raises(Refused) as caught:
        office.approve(case, "ana")
    assert codes(caught) == ["own_request"]
    away(office, "ana", "col")
    with pytest.raises(Refused):
        office.approve(case, "col")
    assert office.limit() is None and not LineChange.objects.filter(seller=office.seller).exists()


def test_never_more_than_the_giver_has_nor_beyond_the_days(office):
    case = office.case(20_000_000)
    office.recommend(case, 20_000_000)
    with pytest.raises(Refused) as caught:
        away(office, "max", "col", authority_minor=10_000_001)
    assert codes(caught) == ["more_than_own_authority"]
    held = away(office, "may", "col")
    Membership.objects.filter(id=office.members["may"].id).update(authority_minor=19_999_999)
    with pytest.raises(Refused) as caught:
        office.approve(case, "col")
    assert office.limit() is None, codes(caught)
    Membership.objects.filter(id=office.members["may"].id).update(authority_minor=25_000_000)
    with pytest.raises(Refused):
        office.approve(case, "col", now=NOW + timedelta(days=14))
    Membership.objects.filter(id=office.members["may"].id).update(is_active=False)
    with pytest.raises(Refused):
        office.approve(case, "col")
    Membership.objects.filter(id=office.members["may"].id).update(is_active=True)
    end_delegation(office.seller, office.people["may"], held.id, NOW)
    with pytest.raises(Refused):
        office.approve(case, "col")
    assert CaseStep.objects.filter(case=case).count() == 1, "nothing of it is kept"


def test_what_is_held_for_others_is_not_passed_on(office):
    case = office.case(20_000_000)
    office.recommend(case, 20_000_000)
    away(office, "may", "bo")
    away(office, "bo", "col")
    with pytest.raises(Refused):
        office.approve(case, "col")


def test_who_gives_it_and_what_cannot_be(office):
    """The giver, or an administrator who does not give it to themselves; one holder at a time."""
    with pytest.raises(Refused) as caught:
        away(office, "may", "col", by="ana")
    assert codes(caught) == ["not_your_authority"]
    with pytest.raises(Refused) as caught:
        away(office, "may", "root", by="root")
    assert codes(caught) == ["delegated_to_oneself"]
    made = away(office, "may", "col", by="root")
    with pytest.raises(Refused) as caught:
        away(office, "may", "ana", first="06-14", last="06-20")
    assert codes(caught) == ["delegated_already"]
    for wrong in ({"first": "05-31"}, {"first": "06-10", "last": "06-09"}, {"holder": "may"}):
        with pytest.raises(BadInput):
            away(office, **{"giver": "may", "holder": "ana", "first": "07-01", "last": "07-02"} | wrong)
    Membership.objects.filter(id=office.members["bo"].id).update(is_active=False)
    with pytest.raises(Refused) as caught:
        away(office, "may", "bo", first="07-01", last="07-02")
    assert codes(caught) == ["delegation_needs_both"]
    with pytest.raises(Refused):
        end_delegation(office.seller, office.people["col"], made.id, NOW)
    end_delegation(office.seller, office.people["root"], made.id, NOW)
    with pytest.raises(Refused) as caught:
        end_delegation(office.seller, office.people["root"], made.id, NOW)
    assert codes(caught) == ["delegation_ended"]
    kinds = Event.objects.filter(seller=office.seller, kind__contains="deleg").order_by("id")
    assert list(kinds.values_list("kind", flat=True)) == ["authority_delegated", "delegation_ended"]
    for change in ({"authority_minor": 1}, {"ended_at": None}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Delegation.objects.filter(id=made.id).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM credit_delegation")


def test_the_case_of_who_is_away_goes_to_who_stands_in_before_it_goes_up(office):
    from openterms.apps.credit.decision.acts import take

    case = office.case(4_000_000)
    take(office.seller, office.people["ana"], case.id, NOW)
    away(office, "ana", "bo")
    late = office.again(case).due_at
    assert clocks.escalate_overdue(office.seller, late) == 1
    kept = office.again(case)
    assert (kept.handler_id, kept.level) == (office.people["bo"].user_id, 0) and kept.due_at > late
    step = CaseStep.objects.filter(case=case).order_by("-number").first()
    assert step.kind == "hand_on" and "stands in until 2026-06-14" in step.reason
    with override("ar"):
        assert "Nobody" not in reason_texts(step.said)["text"] and "stands in" not in reason_texts(step.said)["text"]
    away(office, "bo", "ana")
    assert clocks.escalate_overdue(office.seller, office.again(case).due_at) == 1
    assert office.again(case).level > 0, "both are away: it goes up"


def test_an_approval_that_waits_too_long_lapses_as_a_step(desk):
    office = staffed(desk, POLICY.replace("authority:\n", "authority:\n  approval_days: 7\n"))
    case = office.case(20_000_000)
    office.recommend(case, 20_000_000)
    office.approve(case, "may")
    assert office.again(case).waits_for == ["sales_director"]
    assert clocks.lapse_approvals(office.seller, NOW + timedelta(days=7)) == 0
    late = NOW + timedelta(days=8)
    assert clocks.lapse_approvals(office.seller, late) == 1
    assert clocks.lapse_approvals(office.seller, late) == 0, "once"
    step = CaseStep.objects.filter(case=case).order_by("-number").first()
    assert (step.kind, step.person_id) == ("lapse", None) and "within 7 days" in step.reason
    assert step.said["code"] == "case_approval_lapsed" and step.said["params"] == {"name": "may", "days": 7}
    assert office.again(case).waits_for == ["credit_manager", "sales_director"]
    office.approve(case, "sam", now=late)
    assert office.limit() is None, "the second eye alone is not enough"
    office.approve(case, "may", now=late)
    assert office.limit() == 20_000_000


@pytest.fixture
def raced(committed, new_seller):
    with acting():
        seller = new_seller(enter=False)
    with acting(seller.id):
        made = staffed(Desk(seller))
        made.desk.customer("C5")
    return made


def test_two_decide_a_case_at_once_and_the_second_is_told_what_happened(raced):
    with acting(raced.seller.id):
        case = raced.case(4_000_000, "C5")
        raced.recommend(case, 4_000_000)
    answers = together(raced.seller, lambda: raced.approve(case, "bo"), lambda: raced.reject(case, "may"))
    (loser,) = refused(answers)
    if loser.first.code == "case_is_closed":
        winner = "bo" if answers[1] is loser else "may"
        assert f"{winner} has {'approved' if winner == 'bo' else 'declined'} this case" in loser.first.staff_text()
    with acting(raced.seller.id):
        assert (raced.limit("C5") == 4_000_000) == (raced.again(case).outcome == "approved")


def test_taken_back_while_it_is_used(raced):
    """Either the approval came first, or it is refused."""
    with acting(raced.seller.id):
        case = raced.case(4_000_000, "C5")
        raced.recommend(case, 4_000_000)
        held = away(raced, "bo", "col")
        both = [(away, ("may", "bo")), (away, ("may", "sam"))]
    answers = together(
        raced.seller,
        lambda: raced.approve(case, "col"),
        lambda: end_delegation(raced.seller, raced.people["bo"], held.id, NOW),
        *[lambda act=act, who=who: act(raced, *who) for act, who in both],
    )
    approved, ended, *given = answers
    assert not isinstance(ended, BaseException), ended
    assert len(refused(given)) == 1, "one holder at a time"
    with acting(raced.seller.id):
        assert raced.limit("C5") == (None if isinstance(approved, Refused) else 4_000_000)
        assert Delegation.objects.filter(seller=raced.seller, giver_id=raced.people["may"].user_id).count() == 1
