"""A team's week: rules, a change of hands, somebody away; and refusals that change nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from openterms.apps.collecting.models import Absence, AssignmentRules, WorkItem
from openterms.apps.collecting.promise.actions import derive_states, promise
from openterms.apps.collecting.team import reads
from openterms.apps.collecting.team.actions import assign_by_rules, come_back, go_away, hand_over, set_rules
from openterms.apps.collecting.team.results import team_results
from openterms.apps.collecting.worklist.reads import work
from openterms.apps.journal.models import Event
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.actions import add_membership
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.models import User
from openterms.core.collecting.assignment import AssignmentRule
from tests.apps.desk import NOW, day

MONDAY = day("06-01")


class Team:
    """Three collectors, their manager and an auditor."""

    def __init__(self, desk):
        self.desk, self.seller = desk, desk.seller
        self.people = {}
        for name, role in (("amal", "collector"), ("ben", "collector"), ("cleo", "collector"),
                           ("maya", "credit_manager"), ("otto", "auditor")):  # fmt: skip
            user = User.objects.create(email=f"{name}@{desk.seller.code.lower()}.example", name=name.title())
            add_membership(desk.seller, user, role)
            self.people[name] = user

    def actor(self, name):
        user = self.people[name]
        return Actor(user.name, user.id, "")

    def rule(self, *names, **more):
        return AssignmentRule(tuple(self.people[name].email for name in names), **more)

    def rules(self, *rules, by="maya"):
        return set_rules(self.seller, self.actor(by), rules, "Spring", MONDAY, NOW)

    def apply(self, everybody=False, by="maya", stamp=None):
        shown = reads.proposal(self.seller, MONDAY, everybody)
        return assign_by_rules(self.seller, self.actor(by), everybody, stamp or shown.stamp, MONDAY, NOW)

    def who(self):
        found = Customer.objects.filter(seller=self.seller).select_related("collector").order_by("number")
        return {one.number: one.collector.name if one.collector else "" for one in found}

    def away(self, who, cover, first, last, by=None, on=MONDAY):
        ids = [self.people[name].id for name in (who, cover)]
        return go_away(self.seller, self.actor(by or who), *ids, day(first), day(last), "Leave", on, NOW)

    def works(self, name, on):
        return {
            next(key for key, user in self.people.items() if user.id == one)
            for one in reads.whose_work(self.seller, self.people[name].id, day(on))
        }


@pytest.fixture
def team(desk):
    for at, number in enumerate(("C1", "C2", "C3", "C4")):
        desk.customer(number, **({"group": "G"} if number == "C2" else {}))
        desk.invoice(f"I{number}", "03-01", (at + 1) * 10_000, who=number)
    return Team(desk)


def test_rules_decide_in_order_and_loads_stay_even(team):
    assert (team.rules(team.rule("cleo", groups=("G",)), team.rule("amal", "ben")).version, team.who()["C2"]) == (1, "")
    shown = reads.proposal(team.seller, MONDAY)
    assert [one.number for one in shown.moves] == ["C4", "C3", "C2", "C1"] and shown.stays == 0
    team.apply()
    assert team.who() == {"C1": "Ben", "C2": "Cleo", "C3": "Ben", "C4": "Amal"}
    kept = Event.objects.filter(seller=team.seller, kind="collector_assigned").order_by("id")
    told = {one.data["after"] for one in kept}
    assert len(kept) == 4 and told == {"Amal", "Ben", "Cleo"} and {one.data["by"] for one in kept} == {"rules"}
    assert not team.apply().moves and Event.objects.filter(seller=team.seller, kind="collector_assigned").count() == 4

    team.desk.invoice("I5", "03-01", 1_000, who="C5")
    team.apply()
    assert team.who()["C5"] == "Amal"
    team.rules(team.rule("ben", least_minor=35_000), team.rule("amal"))
    moved = team.apply(everybody=True).moves
    assert {one.number for one in moved} == {"C1", "C2", "C3", "C4"} and team.who()["C4"] == "Ben"


def test_many_customers_change_hands_with_a_preview(team):
    team.rules(team.rule("amal"))
    team.apply()
    ids = reads.customers_of(team.seller, team.people["amal"].id)
    to = [team.people["ben"].id, team.people["cleo"].id]
    shown = reads.shared_out(team.seller, MONDAY, ids, to)
    assert len(shown.moves) == 4 and set(team.who().values()) == {"Amal"}
    team.desk.invoice("I9", "03-02", 500_000, who="C1")
    args = (team.seller, team.actor("maya"), ids, to)
    with team.desk.refused("have changed since"):
        hand_over(*args, shown.stamp, "Amal leaves", MONDAY, NOW)
    hand_over(*args, reads.shared_out(team.seller, MONDAY, ids, to).stamp, "Amal leaves", MONDAY, NOW)
    assert team.who() == {"C1": "Ben", "C2": "Cleo", "C3": "Cleo", "C4": "Cleo"}
    with team.desk.refused("reason is empty"):
        hand_over(*args, shown.stamp, " ", MONDAY, NOW)


def test_a_week_away_and_back_by_itself(team):
    team.rules(team.rule("amal"))
    team.apply()
    for number in ("C1", "C2"):
        WorkItem.objects.create(
            seller=team.seller, customer=team.desk.customer(number), currency="USD", step="call",
            amount_at_risk_minor=1, listed_on=MONDAY, first_listed_on=MONDAY,
        )  # fmt: skip
    made = team.away("amal", "ben", "06-02", "06-08")
    for on, amal, ben in (("06-01", {"amal"}, {"ben"}), ("06-02", set(), {"amal", "ben"}),
                          ("06-08", set(), {"amal", "ben"}), ("06-09", {"amal"}, {"ben"})):  # fmt: skip
        assert (team.works("amal", on), team.works("ben", on)) == (amal, ben), on
        lists = [work(team.seller, reads.whose_work(team.seller, team.people[name].id, day(on)))
                 for name in ("amal", "ben")]  # fmt: skip
        assert [len(one) for one in lists] == [2 if amal else 0, 0 if amal else 2], on
    assert set(team.who().values()) == {"Amal"}

    team.away("ben", "cleo", "06-04", "06-05")
    assert team.works("cleo", "06-04") == {"amal", "ben", "cleo"} and team.works("ben", "06-04") == set()
    assert team.works("ben", "06-06") == {"amal", "ben"}
    come_back(team.seller, team.actor("amal"), made.id, day("06-03"), NOW)
    assert team.works("amal", "06-02") == set() and team.works("amal", "06-03") == {"amal"}
    with team.desk.refused("over already"):
        come_back(team.seller, team.actor("maya"), made.id, day("06-04"), NOW)
    assert [one.data["cover"] for one in Event.objects.filter(seller=team.seller, kind="absence_entered").order_by("id")
            ] == ["Ben", "Cleo"]  # fmt: skip


def test_covers_that_cannot_be(team):
    team.away("amal", "ben", "06-02", "06-08")
    for who, cover, first, last, by, said in (
        ("amal", "cleo", "06-08", "06-20", "amal", "away from 2026-06-02"),
        ("ben", "amal", "06-05", "06-06", "maya", "leads back"),
        ("ben", "ben", "06-05", "06-06", "ben", "same person"),
        ("ben", "cleo", "05-31", "06-06", "ben", "begins in the past"),
        ("ben", "cleo", "06-06", "06-05", "ben", "before the first"),
        ("ben", "otto", "06-05", "06-06", "ben", "does not work on customers"),
        ("ben", "cleo", "06-05", "06-06", "cleo", "entered by who is away"),
        ("ben", "cleo", "06-05", "06-06", "otto", "entered by who is away"),
    ):
        with team.desk.refused(said):
            team.away(who, cover, first, last, by)
    team.away("ben", "cleo", "06-05", "06-06", "maya")
    with team.desk.refused("leads back"):
        team.away("cleo", "amal", "06-05", "06-05")


@pytest.mark.parametrize("name", ["amal", "otto"])
def test_only_leaders_give_customers(team, name):
    team.rules(team.rule("ben"))
    with team.desk.refused("credit manager or an administrator"):
        team.rules(team.rule(name), by=name)
    with team.desk.refused("credit manager or an administrator"):
        team.apply(by=name)
    ids = reads.customers_of(team.seller, None)
    with team.desk.refused("credit manager or an administrator"):
        hand_over(team.seller, team.actor(name), ids, [team.people["ben"].id], "", "mine", MONDAY, NOW)
    with team.desk.refused("does not work on customers"):
        team.rules(team.rule("otto"))


def test_rules_and_absences_are_written_once(team):
    team.rules(team.rule("ben"))
    made = team.away("amal", "ben", "06-02", "06-08")
    for change in (
        lambda: AssignmentRules.objects.filter(seller=team.seller).update(version=9),
        lambda: Absence.objects.filter(id=made.id).update(last=MONDAY + timedelta(days=90)),
        lambda: Absence.objects.filter(id=made.id).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_amounts_kept_say_how_sure_they_are(team):
    desk, amal = team.desk, team.actor("amal")
    for at, number in enumerate(("C1", "C2", "C3")):
        item = desk.invoice(f"P{number}", "03-01", (at + 1) * 10_000, who=number)
        promise(team.seller, amal, desk.customer(number), [item.id], (at + 1) * 10_000, day("03-20"), day("03-10"), NOW)
        if number != "C3":
            desk.allocate(desk.receipt(f"R{number}", "03-15", (at + 1) * 10_000, who=number), "03-15",
                          (item, (at + 1) * 10_000))  # fmt: skip
    derive_states(team.seller, day("03-25"), NOW)
    found = team_results(team.seller, day("03-01"), day("03-31"), day("03-31"))
    (dollars,), (hers,) = found["promises"], found["amounts"]
    share = dollars["keeping_amount"]
    assert (share.part_minor, share.whole_minor, share.customers) == (30_000, 60_000, 3)
    assert dollars["keeping"].share_bp == 6_667  # two of three, but half of the money
    assert (share.share_bp, share.low_bp, share.high_bp, share.says_enough) == (5_000, 0, 10_000, False)
    assert (hers["name"], hers["currency"], hers["keeping_amount"].share_bp) == ("Amal", "USD", 5_000)
