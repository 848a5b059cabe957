"""Buying reports from local bureaus: what is paid for, what is repeated, what is refused, and what is known after."""

from __future__ import annotations

import hashlib
import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from openterms.apps.credit.bureau import buying, reads, wire
from openterms.apps.credit.bureau.actions import (
    Question,
    Terms,
    add_account,
    buy_report,
    import_reports,
    read_raw,
)
from openterms.apps.credit.bureau.fetching import Fetched, _tokens
from openterms.apps.credit.models import BureauAccount, BureauAttempt, BureauPurchase, BureauReportRow
from openterms.apps.journal.models import Event
from openterms.apps.parties.actions import add_customer
from openterms.apps.parties.models import Identifier
from openterms.apps.receivables.ledger.actions import set_rate
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.context import acting
from openterms.core.base.errors import BadInput, Refused
from openterms.core.credit.outcomes import Request
from tests.apps.credit.bureau.local import LocalBureau
from tests.apps.desk import fingerprint
from tests.core.credit.policies import GOOD, small
from tests.formats.bureau import answers as a

NOW = datetime(2026, 6, 2, 9, tzinfo=UTC)
ON = date(2026, 6, 2)
SECRETS = '{"key": "k", "secret": "s", "username": "u", "password": "p", "client_id": "i", "client_secret": "c"}'
ALL = Question()


@pytest.fixture
def bureau(settings, monkeypatch):
    settings.BUREAU_LOCAL = True
    monkeypatch.setenv("OPENTERMS_BUREAU_TEST", SECRETS)
    _tokens.clear()
    made = LocalBureau()
    yield made
    made.stop()


class Shop:
    """A seller with one customer that D&B and Experian know."""

    def __init__(self, seller, bureau):
        self.seller, self.bureau, self.waits = seller, bureau, []
        with acting(seller.id):
            self.customer = add_customer(seller, SYSTEM, "N1", "Northwind Traders Inc", "US", NOW)
            Identifier.objects.create(seller=seller, customer=self.customer, scheme="duns", value="804735132")

    def account(self, code="dnb-risk", adapter="dnb", product="risk", cost=1_500, **more):
        terms = Terms(
            code=code, adapter=adapter, product=product, base_url=more.pop("base_url", self.bureau.url),
            credentials="env:OPENTERMS_BUREAU_TEST", cost_minor=cost, **{"timeout_seconds": 2} | more,
        )  # fmt: skip
        with acting(self.seller.id):
            return add_account(self.seller, SYSTEM, terms, NOW)

    def buy(self, question=ALL, on=ON, now=NOW, actor=SYSTEM):
        return buy_report(self.seller, actor, self.customer, question, on, now, self.waits.append)

    def known(self, on=ON, currency=""):
        with acting(self.seller.id):
            return reads.facts_from_reports(self.seller, self.customer, on, currency)

    def rows(self, model, **wanted):
        with acting(self.seller.id):
            return list(model.objects.filter(seller=self.seller, **wanted).order_by("id"))

    def events(self, kind):
        with acting(self.seller.id):
            return list(Event.objects.filter(seller_id=self.seller.id, kind=kind).order_by("id"))

    def fingerprint(self):
        with acting(self.seller.id):
            return fingerprint(self.seller)


@pytest.fixture
def shop(committed, new_seller, bureau):
    return Shop(new_seller(enter=False), bureau)


def what(bought):
    return [(step.account, step.what, step.reason.code if step.reason else "") for step in bought.steps]


def test_a_report_is_bought_kept_as_received_and_known_afterwards(shop):
    shop.account()
    bought = shop.buy()
    assert what(bought) == [("dnb-risk", "bought", "")]
    assert shop.bureau.steps() == ["token", "report"]
    (row,) = shop.rows(BureauReportRow)
    assert row.raw.encode() == shop.bureau.answers["dnb"]
    assert row.digest == hashlib.sha256(shop.bureau.answers["dnb"]).hexdigest()
    assert (row.cost_minor, row.as_of, row.received_on, row.customer_id) == (
        1_500,
        date(2026, 6, 1),
        ON,
        shop.customer.id,
    )
    known = shop.known()
    assert known["bureau_score"] == (710, "dnb risk", date(2026, 6, 1))
    assert known["bureau_age_days"][0] == 1 and known["bureau_limit_minor"][0] == 25_000_000
    assert bought.known == known
    assert [(one.step, one.status, one.error) for one in shop.rows(BureauAttempt)] == [
        ("token", 200, ""),
        ("report", 200, ""),
    ]
    (event,) = shop.events("report_bought")
    assert event.data["reason"].startswith("missing: bureau_age_days, bureau_dbt_days")
    assert "k" not in str(event.data.get("key")) and SECRETS not in str(event.data)


def test_a_young_report_is_used_and_an_old_one_replaced(shop):
    shop.account(age_days=30)
    shop.buy()
    again = shop.buy(on=ON + timedelta(days=10), now=NOW + timedelta(days=10))
    assert what(again) == [("dnb-risk", "cached", "")] and len(shop.rows(BureauPurchase)) == 1
    (event,) = shop.events("report_not_bought")
    assert event.data["accounts"][0]["what"] == "cached"
    later = ON + timedelta(days=40)
    assert shop.known(later) == {}
    assert what(shop.buy(on=later, now=NOW + timedelta(days=40))) == [("dnb-risk", "bought", "")]
    assert shop.bureau.tokens == 2  # the first had ended meanwhile


def test_the_waterfall_goes_cheapest_first_and_stops_when_nothing_more_could_change(shop):
    shop.account("dear", product="full", cost=9_000)
    shop.account("cheap", product="risk", cost=1_000)
    policy = small(currency="USD")
    asked = Question(
        facts={"insolvent": False, "days_overdue": 0, "group_exposure_minor": 0},
        policy=policy,
        request=Request(100_000),
    )
    bought = shop.buy(asked)
    assert what(bought) == [("cheap", "bought", ""), ("dear", "not_bought", "brings_nothing")]
    assert shop.events("report_bought")[0].data["reason"].startswith("could change: ")


def test_no_report_is_bought_where_it_could_not_change_the_decision(shop):
    shop.account("score", "experian", "scores", 500, options={"subcode": "1"})
    policy = small(currency="USD")
    gone = Question(facts={**GOOD, "insolvent": True, "bureau_score": None, "bureau_limit_minor": None}, policy=policy)
    assert what(shop.buy(gone)) == [("score", "not_bought", "could_not_change")]
    assert shop.bureau.seen == [] and shop.rows(BureauPurchase) == []
    (event,) = shop.events("report_not_bought")
    assert event.data["accounts"][0]["params"] == {"outcome": "decline"}
    thin = Question(facts={"insolvent": True}, policy=policy, is_complete=False)  # whatever else will be known
    assert what(shop.buy(thin)) == [("score", "not_bought", "could_not_change")]
    open_ = Question(facts={"insolvent": False}, policy=policy, is_complete=False)
    assert what(shop.buy(open_)) == [("score", "bought", "")]
    shop.account("again", product="risk", cost=900)
    forced = Question(facts=gone.facts, policy=policy, regardless="The board asks for it", only="again")
    assert what(shop.buy(forced)) == [("again", "bought", "")]
    assert shop.events("report_bought")[-1].data["reason"] == "The board asks for it"


def test_what_the_policy_cannot_use_is_not_bought_and_the_reason_is_kept(shop):
    shop.account("payment", product="payment", cost=500)
    asked = Question(facts={**GOOD, "insolvent": True}, policy=small(currency="USD"))
    assert what(shop.buy(asked)) == [("payment", "not_bought", "brings_nothing")]
    assert shop.bureau.seen == [] and shop.rows(BureauPurchase) == []
    (event,) = shop.events("report_not_bought")
    assert event.data["accounts"] == [
        {"account": "payment", "what": "not_bought", "reason": "brings_nothing", "params": {}}
    ]


def test_the_month_s_budget_holds_and_a_new_month_begins_anew(shop):
    shop.account(cost=1_500, budget_minor=2_000, age_days=0)
    assert what(shop.buy()) == [("dnb-risk", "bought", "")]
    next_day, next_month = timedelta(days=1), timedelta(days=30)
    refused = shop.buy(on=ON + next_day, now=NOW + next_day)
    assert what(refused) == [("dnb-risk", "not_bought", "bureau_over_budget")]
    assert "15.00 of 20.00 USD" in refused.steps[0].reason.staff_text()
    assert what(shop.buy(on=ON + next_month, now=NOW + next_month)) == [("dnb-risk", "bought", "")]


def test_only_what_is_safe_is_repeated(shop):
    script = shop.bureau.script
    shop.account()
    script["report"].extend(
        [
            500,
            (429, {"Retry-After": "7"}, b""),
        ]
    )
    assert what(shop.buy()) == [("dnb-risk", "bought", "")]
    assert shop.waits == [0.5, 7] and shop.bureau.steps() == ["token", "report", "report", "report"]
    statuses = [(one.step, one.status) for one in shop.rows(BureauAttempt)]
    assert statuses == [("token", 200), ("report", 500), ("report", 429), ("report", 200)]


def test_a_token_that_ended_early_is_got_anew_once(shop):
    shop.account(age_days=0)
    shop.buy()
    shop.bureau.valid.clear()
    on, now = ON + timedelta(days=1), NOW + timedelta(minutes=1)
    assert what(shop.buy(on=on, now=now)) == [("dnb-risk", "bought", "")]
    assert shop.bureau.steps() == ["token", "report", "report", "token", "report"]
    shop.bureau.script["report"].extend([401, 401])
    failed = shop.buy(on=ON + timedelta(days=2), now=now)
    assert what(failed) == [("dnb-risk", "failed", "report_failed")]
    assert shop.rows(BureauPurchase)[-1].state == "failed"


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ([500, 502, 503], "HTTP 503"),
        ([(429, {"Retry-After": "3600"}, b"")], "HTTP 429"),
        ([404], "HTTP 404"),
        ([(302, {"Location": "http://169.254.169.254/"}, b"")], "redirects are not followed"),
    ],
)
def test_a_bureau_that_does_not_deliver_costs_nothing_and_may_be_asked_again(shop, told, fault):
    shop.account()
    shop.bureau.script["report"].extend(told)
    failed = shop.buy()
    assert what(failed) == [("dnb-risk", "failed", "report_failed")] and failed.steps[0].cost_minor == 0
    assert fault in failed.steps[0].reason.staff_text() and shop.known() == {}
    assert [one.state for one in shop.rows(BureauPurchase)] == ["failed"]
    assert len(shop.bureau.seen) == 1 + len(told)
    assert what(shop.buy()) == [("dnb-risk", "bought", "")]


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (b"", "empty"),
        (b"<html>", "not JSON"),
        (b'{"organization": {}}', "another company"),
        (a.changed(a.DNB, "organization.dnbAssessment.failureScore.nationalPercentile", "high"), "nationalPercentile"),
        (a.changed(a.DNB, "organization.duns", "999999999"), "another company"),
    ],
    ids=["empty", "html", "nobody", "wrong-type", "another-company"],
)
def test_an_answer_that_is_no_report_is_refused_and_counted_as_spent(shop, answer, fault):
    shop.account(budget_minor=2_000)
    shop.bureau.answers["dnb"] = answer
    failed = shop.buy()
    assert what(failed) == [("dnb-risk", "failed", "report_failed")] and failed.steps[0].cost_minor == 1_500
    assert fault in failed.steps[0].reason.staff_text()
    assert shop.rows(BureauReportRow) == [] and shop.known() == {}
    (purchase,) = shop.rows(BureauPurchase)
    assert purchase.state == "spent" and fault in purchase.fault
    assert shop.rows(BureauAttempt)[-1].digest == hashlib.sha256(answer).hexdigest()
    assert what(shop.buy()) == [("dnb-risk", "not_bought", "report_spent_today")]
    assert shop.bureau.steps() == ["token", "report"]


@pytest.mark.parametrize("behaviour", ["slow", "breaks_off"])
def test_a_report_that_comes_late_or_in_part_is_not_asked_for_twice(shop, behaviour):
    shop.account(timeout_seconds=1)
    shop.bureau.script["report"].append(LocalBureau.slow(20) if behaviour == "slow" else LocalBureau.breaks_off)
    failed = shop.buy()
    assert what(failed) == [("dnb-risk", "failed", "report_failed")] and failed.steps[0].cost_minor == 1_500
    assert shop.bureau.steps() == ["token", "report"]
    assert shop.rows(BureauAttempt)[-1].milliseconds < 5_000
    assert shop.rows(BureauPurchase)[0].state == "spent"


def test_a_late_token_is_asked_for_again_and_a_dead_bureau_is_told(shop):
    shop.account(timeout_seconds=1)
    shop.bureau.script["token"].append(LocalBureau.breaks_off)
    assert what(shop.buy()) == [("dnb-risk", "bought", "")]
    _tokens.clear()
    shop.account("gone", base_url="http://127.0.0.1:1", product="payment", cost=1)
    failed = shop.buy(Question(only="gone", regardless="try"))
    assert "no connection" in failed.steps[0].reason.staff_text() and shop.waits[-2:] == [0.5, 1.0]
    assert shop.rows(BureauPurchase)[-1].state == "failed"


def test_experian_is_asked_by_search_where_no_number_is_known(shop):
    shop.account("experian", "experian", "scores", 800, options={"subcode": "0517614"})
    assert what(shop.buy()) == [("experian", "bought", "")]
    assert shop.bureau.steps() == ["token", "match", "report"]
    assert shop.known()["bureau_score"][:2] == (630, "experian scores")


def test_many_ask_at_once_and_one_report_is_bought(shop):
    shop.account(budget_minor=1_500)
    answers, ready = [], threading.Barrier(6)

    def ask():
        try:
            ready.wait(20)
            answers.append(shop.buy())
        except BaseException as fault:
            answers.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not [one for one in answers if isinstance(one, BaseException)], answers
    found = sorted(what(one)[0][1:] for one in answers)
    assert found.count(("bought", "")) == 1
    assert set(found) <= {("bought", ""), ("cached", ""), ("not_bought", "report_under_way")}
    assert shop.bureau.steps().count("report") == 1 and len(shop.rows(BureauPurchase)) == 1


def test_a_budget_for_one_is_not_spent_twice_at_once(shop, new_seller):
    account = shop.account(cost=1_000, budget_minor=1_000)
    with acting(shop.seller.id):
        other = add_customer(shop.seller, SYSTEM, "N2", "Other", "US", NOW)
    results, ready = [], threading.Barrier(2)

    def take(customer):
        try:
            ready.wait(20)
            with acting(shop.seller.id):
                results.append(buying.reserve(account, customer, ON, NOW, "test"))
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=[one]) for one in (shop.customer, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(one.reason.code if one.reason else "" for one in results) == ["", "bureau_over_budget"]


def test_a_reservation_left_behind_is_taken_over_and_kept_once(shop):
    account = shop.account()
    with acting(shop.seller.id):
        left = buying.reserve(account, shop.customer, ON, NOW, "test").purchase
    assert what(shop.buy()) == [("dnb-risk", "not_bought", "report_under_way")]
    later = NOW + timedelta(minutes=10)
    assert what(shop.buy(now=later)) == [("dnb-risk", "bought", "")]
    (purchase,) = shop.rows(BureauPurchase)
    assert purchase.id == left.id and purchase.state == "kept"
    from openterms.formats.bureau.dnb import Dnb
    from openterms.formats.bureau.report import Subject

    raw = shop.bureau.answers["dnb"]
    report = Dnb().read_report(raw, "risk", "804735132", Subject("Northwind", {}), ON)
    with acting(shop.seller.id):
        assert buying.keep(left, SYSTEM, Fetched(report, raw), ON, later).purchase_id == left.id
        buying.give_up(left, SYSTEM, "late", True, later)
    assert len(shop.rows(BureauReportRow)) == 1 and shop.rows(BureauPurchase)[0].state == "kept"


def test_who_may_and_in_which_transaction(shop):
    shop.account()
    before = shop.fingerprint()
    clerk = Actor("Clerk", None, "cash_clerk")
    with pytest.raises(Refused, match="not for this role"):
        shop.buy(actor=clerk)
    with acting(shop.seller.id), pytest.raises(RuntimeError, match="inside a transaction"):
        shop.buy()
    with acting(shop.seller.id), pytest.raises(Refused):
        add_account(shop.seller, clerk, Terms(code="x", adapter="dnb", product="risk", base_url=shop.bureau.url,
                                              credentials="env:OPENTERMS_BUREAU_TEST", cost_minor=0), NOW)  # fmt: skip
    assert shop.fingerprint() == before
    shop.buy()
    (row,) = shop.rows(BureauReportRow)
    with acting(shop.seller.id), pytest.raises(Refused):
        read_raw(shop.seller, Actor("Sales", None, "sales"), row.id, NOW)
    with acting(shop.seller.id):
        assert read_raw(shop.seller, Actor("Auditor", None, "auditor"), row.id, NOW).raw == row.raw
        with pytest.raises(BadInput, match="no such report"):
            read_raw(shop.seller, SYSTEM, new_id(), NOW)
    (event,) = shop.events("report_read")
    assert event.actor == "Auditor" and event.subject_id == row.id


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"adapter": "moody"}, "adapter"), ({"product": "ball"}, "product"), ({"options": {"x": "1"}}, "option"),
        ({"base_url": "http://plus.dnb.com"}, "base_url"), ({"base_url": "https://u:p@plus.dnb.com"}, "base_url"),
        ({"base_url": "file:///etc/passwd"}, "base_url"), ({"base_url": "https://[bad"}, "base_url"),
        ({"credentials": "env:DATABASE_URL"}, "credentials"), ({"credentials": "file:../secret"}, "credentials"),
        ({"cost_minor": -1}, "account"), ({"timeout_seconds": 0}, "account"), ({"code": " "}, "code"),
    ],
)  # fmt: skip
def test_an_account_that_cannot_be_is_refused(seller, settings, change, where):
    terms = {"code": "d", "adapter": "dnb", "product": "risk", "base_url": "https://plus.dnb.com",
             "credentials": "env:OPENTERMS_BUREAU_X", "cost_minor": 100}  # fmt: skip
    before = fingerprint(seller)
    with pytest.raises(BadInput) as caught:
        add_account(seller, SYSTEM, Terms(**(terms | change)), NOW)
    assert caught.value.where == where and fingerprint(seller) == before
    add_account(seller, SYSTEM, Terms(**terms), NOW)
    with pytest.raises(BadInput, match="there already"):
        add_account(seller, SYSTEM, Terms(**terms), NOW)


def test_hosts_that_are_not_public_are_not_called(settings):
    settings.BUREAU_LOCAL = False
    from openterms.formats.bureau.adapters import Call

    call = Call("token", "POST", "/v3/token")
    for host in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]"):
        with pytest.raises(wire.WireFault, match="no connection") as caught:
            wire.send(f"https://{host}", call, 1)
        assert not caught.value.was_sent
    with pytest.raises(BadInput):
        wire.send("http://127.0.0.1:1", call, 1)


def test_credentials_stay_where_they_are(shop, settings, tmp_path, monkeypatch):
    settings.BUREAU_FOLDER = tmp_path
    account = shop.account("file", cost=1)
    with acting(shop.seller.id):
        BureauAccount.objects.filter(id=account.id).update(credentials="file:dnb.json")
    secret = tmp_path / "dnb.json"
    for text, mode, fault in (
        (None, 0, "cannot be read"),
        (SECRETS, 0o644, "read by others"),
        ("{}", 0o600, "key, secret"),
    ):
        if text is not None:
            secret.write_text(text)
            secret.chmod(mode)
        failed = shop.buy()
        assert fault in failed.steps[0].reason.staff_text() and "k" not in shop.bureau.steps()
    secret.write_text(SECRETS)
    assert what(shop.buy()) == [("file", "bought", "")]


def test_amounts_are_told_in_the_customer_s_currency_at_the_day_s_rate(shop):
    shop.account()
    shop.buy()
    assert "bureau_limit_minor" not in shop.known(currency="EUR")
    with acting(shop.seller.id):
        set_rate(shop.seller, SYSTEM, "EUR", Decimal("1.25"), date(2026, 1, 1), NOW)
    assert shop.known(currency="EUR")["bureau_limit_minor"][0] == 20_000_000
    assert shop.known(ON + timedelta(days=35))["months_trading"][0] == 162  # 161 when it came, and a month on


def test_rows_cannot_be_changed_and_stay_in_their_seller(shop, new_seller):
    shop.account()
    shop.buy()
    for statement in (
        "UPDATE credit_bureaureportrow SET raw = ''", "DELETE FROM credit_bureauattempt",
        "UPDATE credit_bureaupurchase SET cost_minor = 0", "UPDATE credit_bureaupurchase SET state = 'failed'",
        "DELETE FROM credit_bureaupurchase",
    ):  # fmt: skip
        with pytest.raises(DatabaseError, match=r"\w"), acting(shop.seller.id):
            connection.cursor().execute(statement)
    other = new_seller(enter=False)
    with acting(other.id):
        for model in (BureauAccount, BureauPurchase, BureauAttempt, BureauReportRow):
            assert not model.objects.exists()
    with pytest.raises(IntegrityError), acting(shop.seller.id), transaction.atomic():
        BureauPurchase.objects.create(
            seller=shop.seller, account_id=new_id(), customer=shop.customer, bought_on=ON, cost_minor=1, reason="x",
            reserved_until=NOW,
        )  # fmt: skip


FILE = (
    "customer,scheme,identifier,bureau,product,as_of,name,currency,bureau_score,bureau_limit_minor\n"
    "N1,,,Creditreform,index,2026-05-30,Northwind,USD,640,12400.00\n"
    ",duns,804735132,Creditsafe,index,2026-05-31,,USD,500,\n"
)


def test_a_file_of_reports_is_taken_in_whole_or_not_at_all(shop, tmp_path):
    path = tmp_path / "reports.csv"
    path.write_text(FILE + "N1,,,X,index,2027-01-01,,USD,1,\nN9,,,X,index,2026-05-30,,USD,1,\n"
                    "N1,,,X,index,2026-05-30,Zephyr Mining,USD,1,\n")  # fmt: skip
    before = shop.fingerprint()
    with acting(shop.seller.id):
        refused = import_reports(shop.seller, SYSTEM, path, ON, NOW)
    assert [one.row for one in refused.errors] == [4, 5, 6] and shop.fingerprint() == before
    path.write_text(FILE)
    with acting(shop.seller.id):
        done = import_reports(shop.seller, SYSTEM, path, ON, NOW)
        again = import_reports(shop.seller, SYSTEM, path, ON, NOW)
    assert (done.loaded, done.errors, again.loaded, again.unchanged) == (2, (), 0, 2)
    known = shop.known()
    assert known["bureau_score"] == (500, "Creditsafe index", date(2026, 5, 31))
    assert known["bureau_limit_minor"] == (1_240_000, "Creditreform index", date(2026, 5, 30))
    assert len(shop.events("reports_imported")) == 1
    assert shop.known(ON - timedelta(days=1)) == {}  # not received by then
