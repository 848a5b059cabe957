"""Reviews of credit lines: what the day opens, what it renews alone, and what people do about the rest."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, transaction

from openterms.apps.analytics.day.actions import run_day
from openterms.apps.analytics.day.reviewing import run_reviews
from openterms.apps.credit.cover.actions import Terms as Cover
from openterms.apps.credit.cover.actions import add_cover
from openterms.apps.credit.decision import acts
from openterms.apps.credit.decision.actions import CaseRequest, open_case, record_statement
from openterms.apps.credit.decision.acts import Terms
from openterms.apps.credit.decision.given import Given
from openterms.apps.credit.line.actions import set_line
from openterms.apps.credit.models import (
    CreditCase,
    FinancialStatement,
    GivenFact,
    Line,
    LineChange,
    Review,
    ReviewStep,
)
from openterms.apps.credit.review import reads
from openterms.apps.credit.review.actions import begin, dismiss
from openterms.apps.journal.models import Event
from openterms.apps.parties.actions import add_attachment
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting
from tests.apps.cases import POLICY, Department
from tests.apps.desk import NOW, Desk, day

LAST_YEAR = datetime(2025, 5, 20, 9, tzinfo=UTC)
THIS_MAY = datetime(2026, 5, 4, 9, tzinfo=UTC)
REVIEWS = """
reviews:
  cadence: [{when: "True", every_months: 12}]
  renew_when: risk_class == 'A' and requested_limit_minor <= 1_000_000
  triggers:
    - {trigger: used, watch: utilisation, above_bp: 9000, act: review, meaning: Nearly all of the limit is used.}
    - {trigger: papers, watch: documents, ahead_days: 0, act: hold, within_days: 2, meaning: A document ran out.}
    - {trigger: bare, watch: cover, ahead_days: 30, act: review, meaning: Cover ends.}
    - {trigger: overdue, when: days_overdue > 20, act: reduce, quiet_days: 10, meaning: Overdue.}
"""


@pytest.fixture
def office(committed, new_seller):
    """A department whose policy has been in force for long, with real commits."""
    seller = new_seller(enter=False)
    with acting(seller.id):
        found = Department(Desk(seller), POLICY + REVIEWS, day("01-01").replace(year=2025))
        for name in ("C1", "C2", "C3", "C4"):
            found.desk.customer(name)
    yield found


@contextmanager
def at_work(office):
    with acting(office.seller.id):
        yield


def granted(office, who, limit, now, approver=None):
    """A line granted long ago by a case, with a bureau's report of that day."""
    told = [Given(name, value, "bureau", now.date()) for name, value in
            {"bureau_score": 720, "bureau_limit_minor": 30_000_000}.items()]  # fmt: skip
    request = CaseRequest(currency="USD", limit_minor=limit, reason="begins")
    case = open_case(office.seller, SYSTEM, office.desk.customer(who), request, told, now)
    if approver:
        acts.recommend(office.seller, office.people["ana"], case.id, Terms(limit_minor=limit), "", now)
        acts.approve(office.seller, office.people[approver], case.id, None, now)
    assert CreditCase.objects.get(id=case.id).closed_minor == limit
    return case


def story(office):
    """C1 small and old; C2 large and old; C3 young, with an expired licence and all of its limit used; C4 quiet."""
    with at_work(office):
        granted(office, "C1", 900_000, LAST_YEAR)
        granted(office, "C2", 4_000_000, LAST_YEAR, "bo")
        granted(office, "C3", 500_000, THIS_MAY)
        granted(office, "C4", 500_000, THIS_MAY)
        office.desk.invoice("R1", "05-10", 480_000, who="C3")
        licence = ("licence.pdf", "application/pdf", 9, "a" * 64, NOW, "licence", day("05-20"))
        add_attachment(office.desk.customer("C3"), SYSTEM, *licence)


def run(office, on="06-01", now=NOW):
    return run_day(office.seller, day(on), now).days[-1]["reviews"]


def reviews(office):
    return {one.customer.number: one for one in Review.objects.filter(seller=office.seller).order_by("id")}


def test_the_day_opens_what_is_due_and_renews_what_the_policy_may(office):
    story(office)
    assert run(office) == {"opened": 2, "added": 0, "renewed": 1}
    with at_work(office):
        found = reviews(office)
        assert {who: (one.state, one.ended_as, one.triggers, one.act) for who, one in found.items()} == {
            "C1": ("closed", "renewed", ["cadence"], "review"),
            "C2": ("open", "", ["cadence"], "review"),
            "C3": ("open", "", ["used", "papers"], "hold"),
        }
        assert found["C3"].due_on == day("06-03") and found["C2"].due_on == day("07-01")
        used, papers = found["C3"].reasons
        assert used["figures"] == [{"measure": "utilisation_bp", "before": None, "after": 9600, "threshold": 9000}]
        assert {one["measure"]: one["after"] for one in papers["figures"]} == {
            "documents_ending": 1, "documents_days_left": -12,
        }  # fmt: skip
        renewal = found["C1"].case
        assert (renewal.source, renewal.opened_by_id, renewal.closed_minor) == ("review", None, 900_000)
        assert Line.objects.get(customer=found["C1"].customer).limit_minor == 900_000
        change = LineChange.objects.filter(customer=found["C1"].customer).latest("id")
        assert change.valid_from == day("06-01") and change.actor_id is None
        steps = list(ReviewStep.objects.filter(review=found["C1"]).order_by("number").values_list("kind", flat=True))
        assert steps == ["open", "renew"]
        kinds = set(Event.objects.filter(seller=office.seller).values_list("kind", flat=True))
        assert {"review_opened", "review_renewed"} <= kinds
        before = list(Event.objects.filter(seller=office.seller).values_list("id", flat=True))
    assert run(office) == {"opened": 2, "added": 0, "renewed": 1}
    assert run_reviews(office.seller, day("06-01"), NOW) == {"opened": 0, "added": 0, "renewed": 0}
    with at_work(office):
        assert list(Event.objects.filter(seller=office.seller).values_list("id", flat=True)) == before


def test_cover_that_runs_out_asks_for_a_review_and_cover_without_end_does_not(office):
    insured = Cover(kind="insured", amount_minor=400_000, currency="USD", issuer="Insurer plc",
                    valid_from=day("05-05"), valid_until=day("06-20"))  # fmt: skip
    with at_work(office):
        for who in ("C3", "C4"):
            granted(office, who, 500_000, THIS_MAY)
        add_cover(office.seller, SYSTEM, office.desk.customer("C4"), insured, NOW)
        add_cover(office.seller, SYSTEM, office.desk.customer("C3"), insured, NOW)
        add_cover(office.seller, SYSTEM, office.desk.customer("C3"), replace(insured, valid_until=None), NOW)
    assert run(office) == {"opened": 1, "added": 0, "renewed": 0}
    with at_work(office):
        (found,) = reviews(office).items()
        assert (found[0], found[1].triggers) == ("C4", ["bare"])
        (bare,) = found[1].reasons
        assert {one["measure"]: one["after"] for one in bare["figures"]} == {"covers_ending": 1, "covers_days_left": 19}


def test_conditions_on_statements_and_write_offs_are_asked_of_every_line(committed, new_seller):
    seller = new_seller(enter=False)
    asked = """
reviews:
  cadence: [{when: "True", every_months: 60}]
  triggers:
    - {trigger: thin, when: current_ratio_c < 100 and statements_age_months < 24, act: review, meaning: Thin.}
    - {trigger: burnt, when: written_off_before, act: hold, meaning: An item was written off.}
"""
    text = POLICY.replace("statements_age_months]", "statements_age_months, current_ratio_c, written_off_before]")
    with acting(seller.id):
        office = Department(Desk(seller), text + asked, day("01-01").replace(year=2025))
        for who, assets, year in (("C1", 900, 2025), ("C2", 1_100, 2025), ("C3", 900, 2022), ("C4", 900, 2025)):
            customer = office.desk.customer(who)
            set_line(seller, SYSTEM, customer, "USD", 50_000, "agreed", day("05-01"), NOW)
            for ends_on, minor in ((day("12-31").replace(year=year), assets), (day("12-31").replace(year=2021), 1)):
                told = {"current_assets_minor": minor, "current_liabilities_minor": 1_000}
                kept = FinancialStatement(seller=seller, customer=customer, currency="USD", ends_on=ends_on,
                                          figures=told)  # fmt: skip
                record_statement(seller, SYSTEM, kept, NOW)
        judged = GivenFact(
            seller=seller, customer=office.desk.customer("C4"), currency="USD", name="current_ratio_c", value=200,
            source="audit", as_of=day("05-20"),
        )  # fmt: skip
        judged.save(force_insert=True)
        office.desk.customer("C5")
        set_line(seller, SYSTEM, office.desk.customer("C5"), "USD", 50_000, "agreed", day("05-01"), NOW)
    assert run_reviews(seller, day("06-01"), NOW) == {"opened": 1, "added": 0, "renewed": 0}
    with acting(seller.id):
        ((who, found),) = reviews(office).items()
        assert (who, found.triggers) == ("C1", ["thin"]), "the newest statement, and what a person gave before it"
        figures = {one["measure"]: one["after"] for one in found.reasons[0]["figures"]}
        assert figures == {"current_ratio_c": 90, "statements_age_months": 5}


def test_a_run_that_was_killed_half_way_goes_on_where_it_stopped(office, monkeypatch):
    from openterms.apps.analytics.day import reviewing

    story(office)
    with monkeypatch.context() as broken:
        broken.setattr(reviewing, "renew", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run(office)
    with at_work(office):
        assert set(reviews(office)) == {"C3"}
    assert run(office)["renewed"] == 1
    with at_work(office):
        assert (reviews(office)["C1"].ended_as, reviews(office)["C2"].state) == ("renewed", "open")


def test_what_the_policy_would_not_grant_again_is_left_to_a_person(office):
    story(office)
    with at_work(office):
        office.desk.invoice("R2", "03-20", 1_000, who="C1")  # overdue: flagged, and the trigger speaks too
        line = Line.objects.get(customer=office.desk.customer("C4"))
        set_line(office.seller, SYSTEM, office.desk.customer("C4"), "USD", 2_000_000, "by hand", day("05-20"), NOW)
        LineChange.objects.filter(line=line).count()
    assert run(office) == {"opened": 3, "added": 0, "renewed": 0}
    with at_work(office):
        first = reviews(office)["C1"]
        assert (first.state, first.triggers, first.act) == ("open", ["cadence", "overdue"], "reduce")
        assert not CreditCase.objects.filter(customer=first.customer, source="review").exists()


def test_new_reasons_join_the_open_review(office):
    story(office)
    run(office)
    with at_work(office):
        office.desk.invoice("R3", "04-01", 50_000, who="C2")
    assert run(office, "06-02") == {"opened": 0, "added": 1, "renewed": 0}
    with at_work(office):
        second = reviews(office)["C2"]
        assert (second.triggers, second.act, second.due_on) == (["cadence", "overdue"], "reduce", day("06-07"))
        assert Review.objects.filter(seller=office.seller, customer=second.customer).count() == 1


def test_an_analyst_answers_a_review_by_a_case(office):
    story(office)
    run(office)
    with at_work(office):
        review = reviews(office)["C3"]
        page = reads.review_view(office.seller, reads.find_review(office.seller, review.id), NOW)
        assert page.line.limit_minor == 500_000 and page.decided.granted_minor == 500_000
        told = {one["name"]: (one["before"], one["after"]) for one in page.changed}
        assert told["exposure_minor"] == (0, 480_000)
        assert [one.name for one in page.expired] == ["licence.pdf"]
        begin(office.seller, office.people["ana"], review.id, "smaller", NOW, Terms(limit_minor=300_000))
        case = CreditCase.objects.get(customer=review.customer, state="open")
        assert (case.source, case.source_ref, case.limit_minor) == ("review", str(review.id), 300_000)
        with office.desk.refused("is open and answers"):
            dismiss(office.seller, office.people["may"], review.id, "no", NOW)
        acts.withdraw(office.seller, office.people["ana"], case.id, "wrong one", NOW)
        assert Review.objects.get(id=review.id).case_id is None
        case = begin(office.seller, office.people["ana"], review.id, "smaller", NOW, Terms(limit_minor=300_000))
        acts.approve(office.seller, office.people["bo"], case.id, None, NOW)
        closed = Review.objects.get(id=review.id)
        assert (closed.state, closed.ended_as, closed.case_id) == ("closed", "case", case.id)
        kinds = list(ReviewStep.objects.filter(review=review).order_by("number").values_list("kind", flat=True))
        assert kinds == ["open", "begin", "return", "begin", "case"]
    assert run(office, "06-02") == {"opened": 0, "added": 0, "renewed": 0}  # looked at today; the papers are quiet


def test_dismissing_takes_a_reason_and_the_authority_of_the_limit(office):
    story(office)
    run(office)
    with at_work(office):
        review = reviews(office)["C2"]
        refused = {"ana": "reason is missing", "col": "does not work on", "sam": "more than this person may grant"}
        for who, match in refused.items():
            reason = "" if who == "ana" else "why"
            with office.desk.refused(match):
                dismiss(office.seller, office.people[who], review.id, reason, NOW)
        dismiss(office.seller, office.people["ana"], review.id, "met them last week", NOW)
        with office.desk.refused("closed already"):
            dismiss(office.seller, office.people["ana"], review.id, "again", NOW)
        step = ReviewStep.objects.get(review=review, kind="dismiss")
        assert (step.person_name, step.role, step.authority_minor) == ("ana", "analyst", 5_000_000)
        with pytest.raises(DatabaseError), transaction.atomic():
            Review.objects.filter(id=review.id).update(state="open", ended_as="", closed_at=None, closed_on=None)
        with pytest.raises(DatabaseError), transaction.atomic():
            ReviewStep.objects.filter(id=step.id).update(reason="other")
    assert run(office, "06-02") == {"opened": 0, "added": 0, "renewed": 0}
