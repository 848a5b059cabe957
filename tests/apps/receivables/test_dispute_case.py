"""Dispute cases: lines, owner, clock, decision with its postings, and what is opened again."""

from __future__ import annotations

import pytest

from openterms.apps.parties.models import Attachment
from openterms.apps.receivables.dispute import resolving
from openterms.apps.receivables.dispute.cases import Line, Raised, add_files, assign, move, open_case, set_route
from openterms.apps.receivables.dispute.models import Dispute, DisputeCase
from openterms.apps.receivables.dispute.reads import handlers, late_cases, routes
from openterms.apps.receivables.dispute.resolving import Decision, close_case, reopen, resolve
from openterms.apps.receivables.models import Item
from openterms.apps.tenancy.actor import SYSTEM, Actor
from tests.apps.desk import NOW, day


def contest(desk, *lines, reason="price", on="03-10", **more):
    raised = Raised(reason=reason, note="Too dear", raised_by="Ms Reed", channel="page", **more)
    wanted = [Line(item.id, minor) for item, minor in lines]
    return open_case(desk.seller, SYSTEM, desk.customer("C1"), wanted, raised, day(on), NOW)


def decide(desk, case, resolution, on="03-12", actor=SYSTEM, **more):
    return resolve(desk.seller, actor, case.id, Decision(resolution=resolution, note="Looked at", **more), day(on), NOW)


def look(*items):
    return [
        (one.open_minor, one.contested_minor, one.collectable_minor)
        for one in (Item.objects.get(id=item.id) for item in items)
    ]


@pytest.fixture
def two(desk):
    return desk.invoice("I1", "03-01", 30_000), desk.invoice("I2", "03-02", 20_000)


def test_only_the_contested_part_stops(desk, two):
    case = contest(desk, (two[0], 10_000), (two[1], 20_000))
    assert look(*two) == [(30_000, 10_000, 20_000), (20_000, 20_000, 0)]
    assert (case.amount_minor, case.state, case.department, case.due_on) == (30_000, "received", "sales", day("03-17"))


def test_a_credit_note_is_booked_and_allocated_and_the_rest_is_owed(desk, two):
    case = contest(desk, (two[0], 10_000), (two[1], 20_000))
    lines = {line.item_id: line.id for line in case.lines.all()}
    done = decide(
        desk, case, "credit_note", upheld={lines[two[0].id]: 10_000, lines[two[1].id]: 5_000}, number="CN-9",
        message="We agree in part",
    )  # fmt: skip
    assert (done.state, done.upheld_minor, done.decided_on) == ("decided", 15_000, day("03-12"))
    assert look(*two) == [(20_000, 0, 20_000), (15_000, 0, 15_000)]
    credit = Item.objects.get(id=done.credit_item_id)
    assert (credit.number, credit.amount_minor, credit.open_minor) == ("CN-9", 15_000, 0)
    outcomes = dict(Dispute.objects.values_list("item_id", "outcome"))
    assert outcomes == {two[0].id: "upheld", two[1].id: "settled"}
    assert close_case(desk.seller, SYSTEM, case.id, day("03-13"), NOW).state == "closed"


def test_a_rejection_posts_nothing_and_can_be_opened_again(desk, two):
    case = decide(desk, contest(desk, (two[0], 10_000)), "rejected")
    assert look(two[0]) == [(30_000, 0, 30_000)]
    with desk.refused("rejected"):
        reopen(desk.seller, SYSTEM, case.id, {two[0].id: 10_001}, day("03-20"), NOW, "A photo came")
    again = reopen(desk.seller, SYSTEM, case.id, {two[0].id: 4_000}, day("03-20"), NOW, "A photo came")
    assert (again.state, again.times_reopened, again.due_on) == ("investigating", 1, day("03-27"))
    assert look(two[0]) == [(30_000, 4_000, 26_000)]
    done = decide(desk, again, "price_correction", on="03-21")
    assert (done.upheld_minor, look(two[0])) == (4_000, [(26_000, 0, 26_000)])


def test_nobody_gives_up_more_than_they_may(desk, two):
    case = contest(desk, (two[0], 10_000))
    for actor, match in (
        (Actor("Analyst", role="analyst", authority_minor=9_999), "authority"),
        (Actor("Sales", role="sales", authority_minor=10**9), "decides no"),
        (Actor("Auditor", role="auditor", authority_minor=10**9), "decides no"),
    ):
        with desk.refused(match):
            decide(desk, case, "credit_note", actor=actor)
    decide(desk, case, "rejected", actor=Actor("Analyst", role="analyst"))


def test_what_does_not_fit_changes_nothing(desk, two):
    case = contest(desk, (two[0], 10_000))
    (line,) = case.lines.all()
    for resolution, more in (
        ("credit_note", {"upheld": {line.id: 10_001}}),
        ("credit_note", {"upheld": {line.id: 0}}),
        ("rejected", {"upheld": {line.id: 5}}),
        ("credit_note", {"upheld": {case.id: 5}}),
        ("lost", {}),
        ("credit_note", {"on": "03-09"}),
        ("credit_note", {"number": "I1" * 60}),
    ):
        with desk.refused():
            decide(desk, case, resolution, **more)
    one, other = two
    for lines, reason in (([(one, 20_001)], "price"), ([(one, 0)], "price"), ([(other, 5)], "mood"), ([], "tax")):
        with desk.refused():
            contest(desk, *lines, reason=reason)
    with desk.refused():
        contest(desk, (two[1], 5), (two[1], 6))


def test_a_write_off_goes_where_write_offs_are_posted(desk, two, monkeypatch):
    monkeypatch.setattr(resolving, "_write_off", [])
    told = []
    resolving.posts_write_offs(lambda *given: told.append(given[2]))
    decide(desk, contest(desk, (two[0], 10_000)), "written_off")
    assert told == [{two[0].id: 10_000}]


def test_the_clock_stands_still_while_the_customer_is_asked(desk, two):
    case = contest(desk, (two[0], 10_000))
    with desk.refused("asked for"):
        move(desk.seller, SYSTEM, case.id, "waiting", day("03-11"), NOW)
    waits = move(desk.seller, SYSTEM, case.id, "waiting", day("03-11"), NOW, "Send the delivery note")
    assert (waits.waiting_since, waits.due_on) == (day("03-11"), day("03-17"))
    goes_on = move(desk.seller, SYSTEM, case.id, "investigating", day("03-16"), NOW)
    assert (goes_on.waiting_since, goes_on.due_on) == (None, day("03-20"))


def test_routes_owners_and_evidence(desk, two):
    with desk.refused("handles no"):
        set_route(desk.seller, Actor("C", role="collector"), "price", "billing", 2, None, NOW)
    set_route(desk.seller, SYSTEM, "price", "billing", 2, None, NOW)
    proof = Attachment.objects.create(
        seller=desk.seller, customer=desk.customer("C1"), name="p.jpg", media_type="image/jpeg", size=1, digest="1" * 64
    )
    case = contest(desk, (two[0], 10_000), file_ids=[proof.id])
    assert (case.department, case.due_on, case.files.count()) == ("billing", day("03-12"), 1)
    add_files(desk.seller, SYSTEM, case.id, [proof.id], NOW)
    assert case.files.count() == 1
    assert assign(desk.seller, SYSTEM, case.id, "quality", None, NOW).department == "quality"
    with desk.refused():
        add_files(desk.seller, SYSTEM, case.id, [case.id], NOW)


def test_a_case_is_given_to_somebody_who_handles_disputes_here(desk, two):
    from openterms.apps.tenancy.actions import add_membership, add_user

    sales, auditor, stranger = (add_user(f"{n}@x.example", "correct horse battery", n) for n in "abc")
    add_membership(desk.seller, sales, "sales")
    add_membership(desk.seller, auditor, "auditor")
    case = contest(desk, (two[0], 10_000))
    for person in (auditor, stranger):
        with desk.refused("handles no disputes here"):
            set_route(desk.seller, SYSTEM, "price", "sales", 2, person.id, NOW)
        with desk.refused("handles no disputes here"):
            assign(desk.seller, SYSTEM, case.id, "sales", person.id, NOW)
    assert [one.name for one in handlers(desk.seller)] == ["a"]
    assert [one["is_own"] for one in routes(desk.seller)] == [False] * 8
    set_route(desk.seller, SYSTEM, "price", "sales", 2, sales.id, NOW)
    assert contest(desk, (two[1], 5_000)).owner_id == sales.id
    own = routes(desk.seller)[0]
    assert (own["reason"], own["owner"], own["business_days"], own["is_own"]) == ("price", sales, 2, True)


@pytest.mark.parametrize(
    ("on", "state", "late"),
    [("03-17", "received", False), ("03-18", "received", True), ("04-01", "waiting", False),
     ("04-01", "decided", False)],
)  # fmt: skip
def test_a_case_past_its_day_is_work_of_the_day(desk, two, on, state, late):
    case = contest(desk, (two[0], 10_000))
    if state == "waiting":
        move(desk.seller, SYSTEM, case.id, "waiting", day("03-11"), NOW, "Send the delivery note")
    elif state == "decided":
        decide(desk, case, "rejected")
    assert list(late_cases(desk.seller, day(on))) == ([case] if late else [])
    assert list(late_cases(desk.seller, day(on), [case.id])) == []


def test_a_payment_shortens_what_can_be_upheld(desk, two):
    case = contest(desk, (two[1], 20_000))
    desk.allocate(desk.receipt("R1", "03-11", 15_000), "03-11", (two[1], 15_000))
    done = decide(desk, case, "credit_note")
    assert (done.upheld_minor, look(two[1])) == (5_000, [(0, 0, 0)])
    assert DisputeCase.objects.get().resolution == "credit_note"
