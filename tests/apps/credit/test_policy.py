"""The life of a policy: written, submitted, approved by a second person, in force from a day, superseded."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from openterms.apps.credit.authorisation.actions import Order, authorise_order
from openterms.apps.credit.authorisation.reads import answered_under
from openterms.apps.credit.authorisation.rules import rules_of, standard_rules
from openterms.apps.credit.line.actions import set_line
from openterms.apps.credit.models import Authorisation, PolicyVersion
from openterms.apps.credit.policy.actions import (
    draft_policy,
    edit_draft,
    publish_policy,
    return_policy,
    submit_policy,
    withdraw_policy,
)
from openterms.apps.credit.policy.back_tests import FIGURES, Found, back_tests_of, keep_back_test
from openterms.apps.credit.policy.checks import FoundWrong
from openterms.apps.credit.policy.reads import fault_of, named_version, parsed, policy_on, stood_now, versions
from openterms.apps.journal.house import change_person
from openterms.apps.journal.models import Event
from openterms.apps.tenancy.actions import add_membership, add_user
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.context import acting
from openterms.apps.tenancy.models import Membership
from openterms.core.base.errors import BadInput, Refused
from openterms.core.credit.policy import read_policy
from tests.apps.desk import NOW, Desk, day
from tests.apps.test_races import together
from tests.core.credit.policies import example_text

SOFTWARE = example_text("software")
STRICT = SOFTWARE.replace("overdue_days: 15", "overdue_days: 3")
WRONG = SOFTWARE.replace("days_overdue > 15", "days_overdue > 15 and days_overdue < 3")


class House:
    """A seller with an analyst and three credit managers: one may grant much, one little, one has written."""

    def __init__(self, seller):
        self.seller = seller
        self.analyst = self.person("analyst", 0)
        self.manager = self.person("credit_manager", 50_000_000)
        self.other = self.person("credit_manager", 50_000_000)
        self.small = self.person("credit_manager", 100_000)
        self.clerk = self.person("cash_clerk", 50_000_000)

    def person(self, role, authority):
        user = add_user(f"{new_id().hex}@house.example", None, role)
        add_membership(self.seller, user, role, authority)
        return Actor(role, user.id, role, authority)

    def draft(self, text=SOFTWARE, by=None, **more):
        return draft_policy(self.seller, by or self.analyst, text, NOW, **more)

    def submit(self, made, by=None):
        return submit_policy(self.seller, by or self.analyst, made.id, made.revision, NOW)

    def publish(self, made, on="06-01", by=None, now=NOW):
        return publish_policy(self.seller, by or self.manager, made.id, made.revision, day(on), now, "tried by hand")

    def published(self, text=SOFTWARE, on="06-01"):
        return self.publish(self.submit(self.draft(text)), on)


@pytest.fixture
def house(desk):
    made = House(desk.seller)
    made.desk = desk
    return made


def codes(caught):
    return [reason.code for reason in caught.value.reasons]


def test_from_draft_to_superseded(house):
    first = house.draft(note="the first")
    assert (first.label, first.state, first.currency, first.note) == ("software@1", "draft", "USD", "the first")
    assert policy_on(house.seller, "USD", day("06-01")) is None
    house.submit(first)
    first = house.publish(first)
    second = house.published(STRICT, "06-10")
    assert second.label == "software@2"
    stood = {one.version.label: (one.standing, one.until) for one in versions(house.seller, day("06-05"))}
    assert stood == {"software@1": ("in_force", day("06-10")), "software@2": ("to_come", None)}
    stood = {one.version.label: one.standing for one in versions(house.seller, day("06-10"))}
    assert stood == {"software@1": "superseded", "software@2": "in_force"}
    assert stood_now(first, day("06-10")).standing == "superseded"
    for on, label in (("05-31", None), ("06-01", "software@1"), ("06-09", "software@1"), ("06-10", "software@2")):
        found = policy_on(house.seller, "USD", day(on))
        assert (found and found.label) == label, on
    assert policy_on(house.seller, "EUR", day("06-10")) is None
    assert parsed(policy_on(house.seller, "USD", day("06-10"))).authorisation.overdue_days == 3
    events = Event.objects.filter(seller_id=house.seller.id, kind__startswith="policy")
    steps = ["policy_drafted", "policy_published", "policy_submitted"]
    assert sorted(events.values_list("kind", flat=True)) == sorted(steps * 2)
    assert named_version(house.seller, "software@2").id == second.id


@pytest.mark.parametrize("label", ["software", "software@", "@1", "software@x", "software@9", "software@" + "9" * 30])
def test_a_label_that_names_nothing(house, label):
    house.draft()
    with house.desk.refused():
        named_version(house.seller, label)


def test_drafts_are_edited_by_who_read_them(house):
    made = house.draft()
    again = edit_draft(house.seller, house.other, made.id, STRICT.replace("\n", "\r\n"), 1, NOW, "stricter")
    assert (again.revision, again.text, again.note) == (2, STRICT, "stricter")
    assert edit_draft(house.seller, house.other, made.id, STRICT, 2, NOW).revision == 2, "nothing changed"
    with house.desk.refused("in the meantime"):
        edit_draft(house.seller, house.analyst, made.id, SOFTWARE, 1, NOW)
    with house.desk.refused("in the meantime"):
        submit_policy(house.seller, house.analyst, made.id, 1, NOW)
    with house.desk.refused("of software"):
        edit_draft(house.seller, house.analyst, made.id, SOFTWARE.replace("code: software", "code: other"), 2, NOW)
    house.submit(again)
    with house.desk.refused("Only a draft"):
        edit_draft(house.seller, house.analyst, made.id, SOFTWARE, 2, NOW)
    with house.desk.refused("wrote or submitted") as caught:
        house.publish(again, by=house.other)
    assert codes(caught) == ["own_work"]
    house.publish(again)


def test_what_cannot_be_read_is_not_kept(house):
    with house.desk.refused("line 1"):
        house.draft("code: [")
    with house.desk.refused("code"):
        house.draft(SOFTWARE.replace("code: software", "code: Soft Ware"))


def test_lint_keeps_it_from_being_submitted(house):
    made = house.draft(WRONG)
    with house.desk.refused("rules, overdue") as caught:
        house.submit(made)
    assert isinstance(caught.value, FoundWrong)
    assert [(one.severity, one.code) for one in caught.value.findings] == [("wrong", "rule_never_true")]


def test_who_does_what(house):
    for actor in (house.clerk, SYSTEM):
        with house.desk.refused():
            house.draft(by=actor)
    made = house.draft()
    for actor in (house.clerk, SYSTEM):
        with house.desk.refused():
            house.submit(made, by=actor)
    with house.desk.refused("Only a submitted"):
        house.publish(made)
    house.submit(made)
    for actor, found in (
        (house.analyst, ["no_publisher", "own_work"]),
        (house.clerk, ["no_publisher"]),
        (SYSTEM, ["no_person"]),
        (house.small, ["grants_too_much"]),
    ):
        with house.desk.refused() as caught:
            house.publish(made, by=actor)
        assert codes(caught) == found
    with house.desk.refused() as caught:
        house.publish(made, on="05-31")
    assert codes(caught) == ["day_past"]
    house.publish(made)


def test_nobody_lets_any_amount_be_granted_without_a_person(house):
    bands = re.compile(r"  bands:\n(    - .*\n)+")
    text = bands.sub("  bands:\n    - {roles: [automatic]}\n", SOFTWARE)
    made = house.submit(house.draft(text))
    with house.desk.refused() as caught:
        house.publish(made)
    assert codes(caught) == ["grants_anything"]


def test_a_policy_in_a_currency_without_a_rate(house):
    made = house.submit(house.draft(example_text("wholesale")))
    with house.desk.refused() as caught:
        house.publish(made)
    assert codes(caught) == ["no_rate"]


def test_one_version_begins_on_a_day(house):
    house.published()
    second = house.submit(house.draft(STRICT))
    with house.desk.refused() as caught:
        house.publish(second)
    assert codes(caught) == ["day_taken"]
    house.publish(second, on="06-02")


def test_who_left_approves_nothing(house):
    made = house.submit(house.draft())
    membership = Membership.objects.get(seller=house.seller, user_id=house.manager.user_id)
    change_person(house.seller, SYSTEM, membership.id, "credit_manager", 50_000_000, False, NOW)
    with house.desk.refused() as caught:
        house.publish(made)
    assert codes(caught) == ["not_here"]


def test_sent_back_and_withdrawn(house):
    made = house.submit(house.draft())
    with house.desk.refused("reason"):
        return_policy(house.seller, house.manager, made.id, " ", NOW)
    return_policy(house.seller, house.manager, made.id, "the deposit is missing", NOW)
    with house.desk.refused("Only a submitted"):
        return_policy(house.seller, house.manager, made.id, "again", NOW)
    house.submit(made)
    house.publish(made, on="06-05")
    with house.desk.refused():
        withdraw_policy(house.seller, house.analyst, made.id, "an analyst", NOW)
    later = datetime(2026, 6, 5, 12, tzinfo=UTC)
    with house.desk.refused("has begun"):
        withdraw_policy(house.seller, house.manager, made.id, "too late", later)
    withdraw_policy(house.seller, house.manager, made.id, "not yet", NOW)
    assert policy_on(house.seller, "USD", day("06-06")) is None
    with house.desk.refused("already"):
        withdraw_policy(house.seller, house.manager, made.id, "twice", NOW)
    assert house.published(STRICT, "06-05").label == "software@2"
    draft = house.draft()
    withdraw_policy(house.seller, house.analyst, draft.id, "a mistake", NOW)
    assert PolicyVersion.objects.get(id=draft.id).state == "withdrawn"


CHANGES = (
    "UPDATE credit_policyversion SET text = 'x'",
    "UPDATE credit_policyversion SET hash = 'x'",
    "UPDATE credit_policyversion SET effective_from = '2026-07-01'",
    "UPDATE credit_policyversion SET approved_by_id = drafted_by_id",
    "UPDATE credit_policyversion SET state = 'draft'",
    "UPDATE credit_policyversion SET state = 'withdrawn', note = 'x'",
    "UPDATE credit_policyversion SET number = 7",
    "DELETE FROM credit_policyversion",
    "INSERT INTO credit_policyversion (id, seller_id, code, number, name, currency, text, hash, state, revision,"
    " written_by, note, drafted_at) SELECT gen_random_uuid(), seller_id, code, 9, name, currency, text, hash,"
    " 'published', 1, written_by, note, drafted_at FROM credit_policyversion",
)


def test_what_is_published_does_not_change_by_any_statement(house):
    house.published()
    for statement in CHANGES:
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_the_database_holds_four_eyes(house):
    made = house.submit(house.draft(by=house.other), by=house.analyst)
    for person in (house.other, house.analyst):
        with pytest.raises(DatabaseError), transaction.atomic():
            PolicyVersion.objects.filter(id=made.id).update(
                state="published", approved_by_id=person.user_id, approved_at=NOW, effective_from=day("06-01")
            )


def test_orders_are_answered_by_the_policy_in_force(house):
    desk, seller = house.desk, house.seller
    set_line(seller, SYSTEM, desk.customer(), "USD", 1_000_000, "agreed", day("05-01"), NOW)
    desk.invoice("I1", "05-01", 200_000, due_on=day("05-20"))

    def order(ref, on, currency="USD"):
        at = datetime(2026, 6, on, 9, tzinfo=UTC)
        asked = Order(order_ref=ref, minor=1_000, currency=currency)
        made = authorise_order(seller, SYSTEM, desk.customer(), asked, at)
        return Authorisation.objects.get(id=made.id)

    assert rules_of(seller, "USD", day("06-01")) == standard_rules("USD")
    before = order("O-1", 1)
    assert (before.state, before.policy_version, before.rules["policy"]) == ("approved", None, None)
    house.published(SOFTWARE, "06-02")
    strict = house.published(STRICT, "06-03")
    first, second = order("O-2", 2), order("O-3", 3)
    assert (first.state, first.tolerance_bp, first.rules["policy"]["number"]) == ("approved", 0, 1)
    assert second.state == "referred"
    assert second.rules["policy"] == {"code": "software", "number": 2, "hash": strict.hash}
    assert second.rules["overdue_days"] == 3
    assert [one.order_ref for one in answered_under(strict, 5)] == ["O-3"]
    assert order("O-4", 3, "EUR").policy_version is None, "no policy of that currency"
    with pytest.raises(DatabaseError), transaction.atomic():
        Authorisation.objects.filter(id=second.id).update(policy_version=None)


@pytest.fixture
def raced(committed, new_seller):
    seller = new_seller(enter=False)
    with acting(seller.id):
        made = House(seller)
        made.desk = Desk(seller)
        made.first, made.second = made.submit(made.draft()), made.submit(made.draft(STRICT))
    return made


def faults(answers):
    found = [one for one in answers if isinstance(one, BaseException)]
    assert all(isinstance(one, Refused | BadInput) for one in found), found
    return found


def test_two_people_publish_one_version_at_once(raced):
    answers = together(
        raced.seller, *(lambda by=by: raced.publish(raced.first, by=by) for by in (raced.manager, raced.other) * 2)
    )
    assert len(faults(answers)) == 3
    with acting(raced.seller.id):
        assert Event.objects.filter(seller_id=raced.seller.id, kind="policy_published").count() == 1


def test_two_versions_for_one_day_at_once(raced):
    answers = together(
        raced.seller,
        lambda: raced.publish(raced.first, by=raced.manager),
        lambda: raced.publish(raced.second, by=raced.other),
    )
    (fault,) = faults(answers)
    assert [reason.code for reason in fault.reasons] == ["day_taken"]


def test_drafts_at_once_get_numbers_of_their_own(raced):
    answers = together(raced.seller, *[raced.draft] * 4)
    assert sorted(one.number for one in answers) == [3, 4, 5, 6]


def test_the_approver_is_deactivated_at_the_same_time(raced):
    """Either the approval came first, or there is none: never an approval by somebody who was gone."""
    with acting(raced.seller.id):
        membership = Membership.objects.get(seller=raced.seller, user_id=raced.manager.user_id)

    def leave():
        return change_person(raced.seller, SYSTEM, membership.id, "credit_manager", 50_000_000, False, NOW)

    published, left = together(raced.seller, lambda: raced.publish(raced.first), leave)
    assert not isinstance(left, BaseException), left
    if isinstance(published, BaseException):
        assert [reason.code for reason in published.reasons] == ["not_here"]
    with acting(raced.seller.id):
        kept = PolicyVersion.objects.get(id=raced.first.id)
        assert (kept.state == "published") != isinstance(published, BaseException)
        with pytest.raises(Refused) as caught:
            raced.publish(raced.second, on="06-09")
        assert [reason.code for reason in caught.value.reasons] == ["not_here"]


def test_edited_while_it_is_submitted(raced):
    with acting(raced.seller.id):
        made = raced.draft()
    answers = together(
        raced.seller,
        lambda: raced.submit(made),
        lambda: edit_draft(raced.seller, raced.other, made.id, STRICT, 1, NOW),
    )
    assert len(faults(answers)) == 1
    with acting(raced.seller.id):
        kept = PolicyVersion.objects.get(id=made.id)
        assert (kept.state, kept.revision) in (("submitted", 1), ("draft", 2))


UNREADABLE = "code: software\ncurrency: EUR\nrules: ["


def test_a_draft_waits_to_be_readable(house):
    """It is kept with what it says of itself, shown with its fault, and goes no further until it is a policy."""
    with pytest.raises(BadInput, match="line"):
        house.draft("rules: [")
    made = house.draft(UNREADABLE)
    assert (made.label, made.currency, made.is_readable) == ("software@1", "EUR", False)
    assert "line 3" in fault_of(made).where or "line 4" in fault_of(made).where
    with pytest.raises(BadInput):
        house.submit(made)
    with pytest.raises(DatabaseError), transaction.atomic():
        PolicyVersion.objects.filter(id=made.id).update(state="submitted", submitted_by=house.analyst.user_id,
                                                        submitted_at=NOW)  # fmt: skip
    other = house.draft(UNREADABLE.replace("software", "other"))
    assert other.hash != made.hash
    made = edit_draft(house.seller, house.analyst, made.id, SOFTWARE, 1, NOW)
    assert made.is_readable and made.currency == "USD" and fault_of(made) is None
    again = edit_draft(house.seller, house.analyst, made.id, "rules: [", 2, NOW)
    assert (again.code, again.is_readable, again.currency) == ("software", False, "USD"), "half-written over a good one"
    for text in ("x" * 400_001, "code: software\nname: \x00"):
        with pytest.raises(BadInput):
            house.draft(text)


def tried(house, text=SOFTWARE, **figures):
    found = dict.fromkeys(FIGURES, 0) | figures
    one = Found(against="standard", source="orders", first=day("01-01"), last=day("05-31"), figures=found)
    return keep_back_test(house.seller, house.analyst, read_policy(text), one, NOW)


def test_a_back_test_is_a_step_of_the_life(house):
    """With a history nobody approves blindly: the newest back-test of the very text stands with it, or a reason."""
    Desk(house.seller).customer("C")
    desk = Desk(house.seller)
    desk.customer("D")
    desk.invoice("I1", "05-01", 1_000, who="D", due_on=day("05-31"))
    made = house.submit(house.draft(STRICT))

    def publish(on, untested=""):
        return publish_policy(house.seller, house.manager, made.id, made.revision, day(on), NOW, untested)

    tried(house, SOFTWARE, order_flips=3)
    with pytest.raises(Refused) as caught:
        publish("06-01", " ")
    assert [one.code for one in caught.value.reasons] == ["not_back_tested"]
    assert PolicyVersion.objects.get(id=made.id).state == "submitted"
    with pytest.raises(BadInput, match="too long"):
        publish("06-01", "x" * 501)
    tried(house, STRICT, order_flips=1)
    newest = tried(house, STRICT, order_flips=2)
    done = publish("06-01")
    assert done.back_test == newest and [one.figures["order_flips"] for one in back_tests_of(done)] == [2, 1]
    event = Event.objects.filter(kind="policy_published").order_by("-id").first()
    assert event.data["back_test"]["figures"]["order_flips"] == 2 and event.data["untested"] == ""
    assert Event.objects.filter(kind="policy_back_tested").order_by("-id").first().data["policy"] == "software@1"

    blind = house.submit(house.draft(SOFTWARE.replace("valid_days: 30", "valid_days: 29")))
    with pytest.raises(Refused):
        publish_policy(house.seller, house.manager, blind.id, 1, day("07-01"), NOW)
    blind = publish_policy(house.seller, house.manager, blind.id, 1, day("07-01"), NOW, "a law begins")
    assert blind.untested == "a law begins" and blind.back_test is None
    for change in ({"untested": "x"}, {"back_test": None}):
        with pytest.raises(DatabaseError), transaction.atomic():
            PolicyVersion.objects.filter(id=done.id).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        newest.delete()
    with pytest.raises(BadInput):
        other = Found(against="x", source="orders", first=day("01-01"), last=day("02-01"), figures={})
        keep_back_test(house.seller, house.analyst, read_policy(SOFTWARE), other, NOW)


def test_without_a_history_no_reason_is_asked_for(house):
    made = house.submit(house.draft())
    done = publish_policy(house.seller, house.manager, made.id, made.revision, day("06-01"), NOW, "not needed")
    event = Event.objects.filter(kind="policy_published").order_by("-id").first()
    assert (done.untested, done.back_test, event.data["has_history"]) == ("", None, False)


def test_sellers_do_not_see_each_others_policies(raced, new_seller):
    other = new_seller(enter=False)
    with acting(other.id):
        assert not PolicyVersion.objects.exists()
        assert list(versions(other, day("06-01") + timedelta(days=9))) == []
