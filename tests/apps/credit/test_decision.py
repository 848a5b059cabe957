"""Credit cases: the policy answers, people propose and approve within their authority, the line follows."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from openterms.apps.analytics.checking.reads import check_seller
from openterms.apps.credit.bureau.actions import import_reports
from openterms.apps.credit.decision import acts, clocks
from openterms.apps.credit.decision.actions import CaseRequest, add_facts, decide_case, open_case, record_statement
from openterms.apps.credit.decision.experience import experience
from openterms.apps.credit.decision.given import Given
from openterms.apps.credit.decision.reads import CaseFilter, case_view, cases, find_case, refusals, replay
from openterms.apps.credit.line.actions import end_temporary, set_line
from openterms.apps.credit.models import CaseStep, CreditCase, Decision, FinancialStatement, Line, LineChange
from openterms.apps.journal.models import Event
from openterms.apps.parties.models import Customer, Group
from openterms.apps.receivables.standing.models import Standing
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting
from openterms.apps.tenancy.models import Membership
from tests.apps.cases import POLICY, Department, publish
from tests.apps.desk import NOW, day
from tests.web.small_seller import fill


@pytest.fixture
def office(desk):
    return Department(desk)


def wrong(seller):
    return [finding.text for finding in check_seller(seller, day("06-01")) if not finding.ok]


def test_a_small_limit_is_granted_by_the_rules_alone(office):
    case = office.case(900_000)
    made = Decision.objects.get(case=case)
    assert (case.state, case.outcome, made.outcome, made.rule) == ("decided", "approved", "approve", "fits")
    change = LineChange.objects.get(seller=office.seller)
    assert (office.limit(), change.decision_id, change.actor_id) == (900_000, made.id, None)
    kinds = Event.objects.filter(seller=office.seller, customer_id=case.customer_id).order_by("id")
    assert list(kinds.values_list("kind", flat=True)) == [
        "customer_added", "case_opened", "case_decided", "line_set", "case_approved",
    ]  # fmt: skip
    assert wrong(office.seller) == []


def test_a_middling_limit_takes_a_proposal_and_another_persons_approval(office):
    case = office.case(4_000_000, by="ana")
    assert (case.state, office.limit(), case.waits_for) == ("open", None, ["analyst", "credit_manager"])
    step = office.recommend(case, 3_500_000, reason="good payer")
    assert (step.exposure_minor, step.need["roles"]) == (3_500_000, ["analyst"])
    with office.desk.refused("request of their own"):
        office.approve(case, "ana")
    office.approve(case, "bo")
    closed = office.again(case)
    assert (closed.state, closed.outcome, closed.closed_minor, office.limit()) == (
        "decided", "approved", 3_500_000, 3_500_000,
    )  # fmt: skip
    assert LineChange.objects.get(seller=office.seller).decision_id == Decision.objects.get(case=case).id
    with office.desk.refused("has (approved|declined|withdrawn) this case"):
        office.approve(case, "may")
    assert wrong(office.seller) == []


def test_a_large_limit_takes_two_approvals_in_either_order(office):
    for who, order in (("C1", ("may", "sam")), ("C2", ("sam", "may"))):
        case = office.case(20_000_000, who)
        office.recommend(case, 20_000_000)
        with office.desk.refused("role analyst does not decide"):
            office.approve(case, "bo")
        office.approve(case, order[0])
        assert (office.again(case).state, office.limit(who)) == ("open", None)
        with office.desk.refused("approved the request already"):
            office.approve(case, order[0])
        office.approve(case, order[1])
        assert (office.again(case).state, office.limit(who)) == ("decided", 20_000_000)
    assert wrong(office.seller) == []


@pytest.mark.parametrize(
    ("limit", "by", "match"),
    [
        (4_000_000, "col", "does not work on credit cases"),
        (20_000_000, "bo", "role analyst does not decide"),
        (20_000_000, "max", "more than this person may grant"),
    ],
)
def test_nobody_approves_beyond_role_or_money(office, limit, by, match):
    case = office.case(limit)
    office.recommend(case, limit)
    with office.desk.refused(match):
        office.approve(case, by)


def test_the_band_is_that_of_the_whole_group_and_splitting_does_not_help(office):
    group = Group.objects.create(seller=office.seller, code="G", name="G")
    for who in ("C1", "C2", "C3"):
        Customer.objects.filter(id=office.desk.customer(who).id).update(group=group)
        office.desk.customers[who].refresh_from_db()
    set_line(office.seller, SYSTEM, office.desk.customer("C2"), "USD", 10_000_000, "old", day("01-05"), NOW)
    case = office.case(900_000)
    assert case.state == "open", "with the group's lines it is no small limit"
    step = office.recommend(case, 900_000)
    assert (step.exposure_minor, step.need["roles"]) == (10_900_000, ["credit_manager"])
    other = office.case(15_000_000, "C3")
    step = office.recommend(other, 15_000_000)
    assert (step.exposure_minor, step.need["roles"]) == (25_900_000, ["cfo"]), "what waits counts too"


def test_a_decline_is_set_aside_only_one_band_higher_and_with_a_reason(office):
    office.desk.invoice("I1", "03-01", 100_000)
    case = office.case(4_000_000)
    made = Decision.objects.get(case=case)
    assert (made.outcome, made.rule, case.state) == ("decline", "long_overdue", "open")
    with office.desk.refused("more than the policy's answer"):
        office.recommend(case, 4_000_000)
    with office.desk.refused("reason is missing"):
        office.override(case, 4_000_000, reason=" ")
    with office.desk.refused("role analyst does not decide"):
        office.override(case, 4_000_000, by="ana")
    step = office.override(case, 4_000_000, by="may", reason="the invoice is in dispute")
    assert step.need["roles"] == ["credit_manager"]
    with office.desk.refused("needs a reason"):
        office.approve(case, "max")
    office.approve(case, "max", "agreed")
    office.approve(case, "sam", "agreed")
    assert office.limit() == 4_000_000
    assert [step.kind for step in CaseStep.objects.filter(case=case).order_by("number")] == [
        "override", "approve", "approve",
    ]  # fmt: skip


def test_a_rejection_leaves_the_line_and_says_why(office):
    case = office.case(4_000_000)
    with office.desk.refused("reason is missing"):
        office.reject(case, reason="")
    office.reject(case)
    closed = office.again(case)
    assert (closed.state, closed.outcome, office.limit()) == ("decided", "declined", None)
    assert Event.objects.get(seller=office.seller, kind="case_rejected").data["reason"] == "too weak"
    assert wrong(office.seller) == []


def test_someone_who_was_let_go_decides_nothing_and_nor_do_programs(office):
    case = office.case(4_000_000)
    office.recommend(case, 4_000_000)
    Membership.objects.filter(id=office.members["bo"].id).update(is_active=False)
    with office.desk.refused("does not work for the seller any more"):
        office.approve(case, "bo")
    office.people["key"] = SYSTEM
    with office.desk.refused("decided by a person"):
        office.approve(case, "key")
    Membership.objects.filter(id=office.members["bo"].id).update(is_active=True, authority_minor=3_999_999)
    with office.desk.refused("more than this person may grant"):
        office.approve(case, "bo")


def test_a_proposal_that_changed_in_the_meantime_is_not_approved(office):
    case = office.case(4_000_000)
    first = office.recommend(case, 4_000_000)
    second = office.recommend(case, 2_000_000, by="bo")
    with office.desk.refused("changed the recommendation"):
        office.approve(case, "may", proposal=first.number)
    office.approve(case, "may", proposal=second.number)
    assert office.limit() == 2_000_000


def test_a_new_decision_lets_the_proposal_fall(office):
    case = office.case(4_000_000, facts={"bureau_score": 300})
    assert (case.queue, Decision.objects.get(case=case).outcome) == ("analyst", "refer")
    with office.desk.refused("more than the policy's answer"):
        office.recommend(case, 4_000_000)
    office.override(case, 4_000_000, by="may")
    told = {"bureau_score": 650, "bureau_limit_minor": 4_500_000}
    given = [Given(name, value, "bureau", day("05-31")) for name, value in told.items()]
    add_facts(office.seller, office.people["ana"], case.id, given, NOW)
    made = decide_case(office.seller, office.people["ana"], case.id, NOW)
    assert (made.number, made.outcome, made.granted_minor) == (2, "approve", 4_000_000)
    with office.desk.refused("Nothing has been recommended"):
        office.approve(case, "bo")
    view = case_view(office.seller, find_case(office.seller, case.id), NOW)
    assert {one["name"]: (one["before"], one["after"]) for one in view.changed} == {
        "bureau_score": (300, 650), "bureau_limit_minor": (None, 4_500_000),
    }  # fmt: skip


def test_a_case_waits_for_the_next_authority_when_nobody_acts(office):
    case = office.case(4_000_000)
    assert case.due_at == datetime(2026, 6, 8, 23, 59, 59, tzinfo=UTC), "the end of the fifth working day"
    office.recommend(case, 4_000_000)
    assert clocks.escalate_overdue(office.seller, case.due_at - timedelta(seconds=1)) == 0
    late = case.due_at
    assert clocks.escalate_overdue(office.seller, late) == 1
    assert clocks.escalate_overdue(office.seller, late) == 0
    risen = office.again(case)
    assert (risen.level, risen.waits_for) == (2, ["credit_manager", "sales_director"])
    with office.desk.refused("role analyst does not decide"):
        office.approve(case, "bo", now=late)
    office.approve(case, "may", now=late)
    office.approve(case, "sam", now=late)
    assert office.limit() == 4_000_000


def test_by_hand_it_goes_up_until_there_is_nobody_higher(office):
    case = office.case(4_000_000)
    for level in (2, 3):
        office.escalate(case)
        assert office.again(case).level == level
    with office.desk.refused("highest authority already"):
        office.escalate(case)
    assert clocks.escalate_overdue(office.seller, NOW + timedelta(days=30)) == 0
    assert office.again(case).can_escalate is False


def test_a_temporary_limit_ends_by_itself(office):
    office.case(500_000)
    case = office.case(4_000_000, until=day("06-30"))
    office.recommend(case, 4_000_000, until=day("06-30"))
    office.approve(case, "bo")
    line = Line.objects.get(seller=office.seller)
    assert (line.limit_minor, line.temporary_until, line.after_minor) == (4_000_000, day("06-30"), 500_000)
    assert end_temporary(office.seller, datetime(2026, 6, 30, 23, tzinfo=UTC)) == 0
    assert end_temporary(office.seller, datetime(2026, 7, 1, 0, tzinfo=UTC)) == 1
    line.refresh_from_db()
    assert (line.limit_minor, line.temporary_until, line.after_minor) == (500_000, None, None)
    assert [finding.text for finding in check_seller(office.seller, day("07-01")) if not finding.ok] == []


def test_reductions_wait_for_a_person(office):
    office.case(900_000)
    case = office.case(100_000)
    assert (case.state, Decision.objects.get(case=case).outcome) == ("open", "approve")
    office.recommend(case, 100_000)
    office.approve(case, "bo")
    assert office.limit() == 100_000


def test_one_case_at_a_time(office):
    office.case(4_000_000)
    with office.desk.refused("open already"):
        office.case(3_000_000)
    assert office.case(4_000_000, "C2").state == "open"


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ({"limit_minor": -1}, "zero or more"),
        ({"limit_minor": 5, "until": day("05-31")}, "ends today or later"),
        ({"until": day("07-31")}, "ends today or later"),
        ({"terms": "whenever"}, "whenever"),
        ({"currency": "EUR"}, "No credit policy for EUR"),
        ({"currency": "XXZ"}, "XXZ"),
    ],
)
def test_what_cannot_be_asked_is_refused(office, more, match):
    request = CaseRequest(**{"currency": "USD", **more})
    office.desk.customer()
    with office.desk.refused(match):
        open_case(office.seller, SYSTEM, office.desk.customer(), request, [], NOW)


@pytest.mark.parametrize(
    ("given", "match"),
    [
        (("shoe_size", 5, "bureau", day("05-01")), "no fact shoe_size"),
        (("requested_limit_minor", 5, "bureau", day("05-01")), "no fact requested_limit_minor"),
        (("bureau_score", 5_000, "bureau", day("05-01")), "bureau_score"),
        (("bureau_score", 500, " ", day("05-01")), "no source"),
        (("bureau_score", 500, "bureau", day("06-02")), "day to come"),
    ],
)
def test_facts_that_cannot_be_are_refused(office, given, match):
    office.desk.customer()
    with office.desk.refused(match):
        open_case(
            office.seller, SYSTEM, office.desk.customer(), CaseRequest(currency="USD"), [Given(*given)], NOW
        )


def test_facts_come_from_the_record_the_statements_and_people_with_their_days(office):
    desk = office.desk
    for number, (issued, paid) in enumerate((("01-05", "02-04"), ("02-01", "03-13"), ("03-01", "03-31")), 1):
        item = desk.invoice(f"I{number}", issued, 100_000)
        desk.allocate(desk.receipt(f"R{number}", paid, 100_000), paid, (item, 100_000))
    desk.invoice("I9", "05-20", 30_000)
    figures = {"total_assets_minor": 9_000_000, "equity_minor": 5_000_000, "goodwill_minor": 1_000_000,
               "total_liabilities_minor": 4_000_000}  # fmt: skip
    kept = FinancialStatement(
        customer=desk.customer(), currency="USD", ends_on=day("03-31"), figures=figures, kind="audited"
    )
    record_statement(office.seller, SYSTEM, kept, NOW)
    case = office.case(900_000)
    made = Decision.objects.get(case=case)
    facts = json.loads(made.kept)["facts"]
    assert {name: facts[name] for name in facts if name != "insolvent"} == {
        "paid_invoices": 3, "dbt_mean_cd": 333, "days_overdue": 0,
        "overdue_minor": 0, "exposure_minor": 30_000, "bureau_score": 720, "bureau_limit_minor": 30_000_000,
        "tangible_net_worth_minor": 4_000_000, "highest_exposure_minor": 200_000, "group_exposure_minor": 0,
        "statements_age_months": 2,
    }  # fmt: skip
    assert made.sources["tangible_net_worth_minor"] == {"source": "statements", "as_of": "2026-03-31"}
    assert made.sources["bureau_score"] == {"source": "bureau", "as_of": "2026-05-20"}
    assert made.sources["paid_invoices"] == {"source": "record", "as_of": "2026-06-01"}
    figures_by_method = {one["name"]: one["minor"] for one in json.loads(made.kept)["outcome"]["suggestion"]["figures"]}
    assert figures_by_method == {"bureau": 30_000_000, "tangible_net_worth": 400_000, "experience": 300_000}
    assert made.suggested_minor == 300_000


def test_a_statement_that_says_nothing_is_refused(office):
    def statement(**more):
        return FinancialStatement(**({"customer": office.desk.customer(), "currency": "USD", "ends_on": day("03-31"),
                                      "figures": {"equity_minor": 1}} | more))  # fmt: skip

    office.desk.customer()
    for match, more in (
        ("period that has ended", {"ends_on": day("06-30")}),
        ("period that has ended", {"figures": {}}),
        ("no figure shoes", {"figures": {"shoes": 1}}),
        ("1 to 24 months", {"months": 30}),
        ("below zero", {"figures": {"goodwill_minor": -1}}),
    ):
        with office.desk.refused(match):
            record_statement(office.seller, SYSTEM, statement(**more), NOW)


def test_a_decision_replays_and_a_changed_one_is_found(office):
    case = office.case(4_000_000)
    made = Decision.objects.get(case=case)
    assert replay(made).is_same
    publish(office.seller, POLICY.replace("share_bp: 10000", "share_bp: 5000"), day("05-01"))
    assert replay(Decision.objects.select_related("policy_version").get(id=made.id)).is_same, "under its own version"
    kept = json.loads(made.kept)
    kept["outcome"]["limit_minor"] = 1
    made.kept = json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert replay(made).differences == ("outcome.limit_minor",)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE credit_decision SET kept = ''")


def test_what_was_asked_and_what_has_ended_do_not_change(office):
    case, done = office.case(4_000_000), office.case(100_000, "C2")
    for statement in (
        f"UPDATE credit_creditcase SET limit_minor = 1 WHERE id = '{case.id}'",
        f"UPDATE credit_creditcase SET state = 'open', closed_at = NULL WHERE id = '{done.id}'",
        "DELETE FROM credit_creditcase", "DELETE FROM credit_casestep", "UPDATE credit_givenfact SET value = '1'",
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_the_check_finds_a_line_that_is_not_what_was_decided(office):
    office.case(900_000)
    Line.objects.filter(seller=office.seller).update(limit_minor=1_000_000)
    found = [finding for finding in check_seller(office.seller, day("06-01")) if not finding.ok]
    assert [(one.invariant, "last change 900000" in one.text) for one in found] == [(8, True)]


def test_the_queue_is_paged_and_says_who_must_act(office):
    for number in range(1, 6):
        office.case(4_000_000, f"C{number}", now=NOW + timedelta(days=number % 3))
    first = cases(office.seller, CaseFilter(role="analyst"), NOW, limit=3)
    rest = cases(office.seller, CaseFilter(role="analyst"), NOW, after=first[-1]["key"], limit=3)
    assert sorted(one["number"] for one in first + rest) == ["C1", "C2", "C3", "C4", "C5"]
    assert [one["due_at"] for one in first + rest] == sorted(one["due_at"] for one in first + rest)
    assert cases(office.seller, CaseFilter(role="cfo"), NOW) == []
    case = CreditCase.objects.filter(seller=office.seller).first()
    office.recommend(case, 4_000_000)
    view = case_view(office.seller, find_case(office.seller, case.id), NOW)
    said = {who: [one.code for one in refusals(office.seller, office.people[who], view, NOW)["approve"]]
            for who in ("ana", "bo", "may", "col")}  # fmt: skip
    assert said == {
        "ana": ["own_request"], "bo": [], "may": [], "col": ["role_does_not_prepare"],
    }  # fmt: skip


def test_what_the_record_knows_is_what_the_day_measures(committed, new_seller):
    """One meaning: the facts of a decision and the nightly standing say the same of how a customer pays."""
    seller = new_seller(enter=False)
    made = fill(seller)
    with acting(seller.id):
        for customer in made.customers.values():
            facts = experience(seller, customer, "USD", made.today, clock.now())
            kept = Standing.objects.get(seller=seller, customer=customer, currency="USD")
            measured = {
                "paid_invoices": kept.paid_invoices, "dbt_mean_cd": kept.dbt_cd, "share_late_bp": kept.share_late_bp,
                "dbt_trend_cd": kept.dbt_trend_cd, "months_customer": kept.months_known,
                "broken_promises": kept.broken_promises, "segment": kept.segment,
                "days_overdue": max(kept.days_overdue, 0), "overdue_minor": kept.collectable_overdue_minor,
            }  # fmt: skip
            assert {name: facts.get(name) for name in measured} == measured


def test_what_a_bureau_reported_counts_and_a_person_knows_better(office, tmp_path):
    path = tmp_path / "reports.csv"
    path.write_text(
        "customer,scheme,identifier,bureau,product,as_of,name,currency,bureau_score,bureau_limit_minor\n"
        "C1,,,Creditreform,index,2026-05-30,,USD,640,300000.00\n"
    )
    office.desk.customer("C1")
    assert import_reports(office.seller, SYSTEM, path, day("06-01"), NOW).loaded == 1
    case = office.case(4_000_000, facts={})
    made = Decision.objects.get(case=case)
    assert made.sources["bureau_score"] == {"source": "Creditreform index", "as_of": "2026-05-30"}
    facts = json.loads(made.kept)["facts"]
    assert (facts["bureau_score"], facts["bureau_limit_minor"]) == (640, 30_000_000)
    acts.withdraw(office.seller, office.people["ana"], case.id, "asked again", NOW)
    case = office.case(4_000_000, facts={"bureau_score": 710})
    made = Decision.objects.get(case=case)
    facts = json.loads(made.kept)["facts"]
    assert (facts["bureau_score"], facts["bureau_limit_minor"]) == (710, 30_000_000)
    assert made.sources["bureau_score"]["source"] == "bureau"
