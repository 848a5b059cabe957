"""Cover: insured limits, guarantees and deposits, from when to when, and what each does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from openterms.apps.analytics.checking.reads import check_seller
from openterms.apps.credit.cover.actions import Terms, add_cover, end_cover
from openterms.apps.credit.cover.reads import beside, covers, facts_from_cover
from openterms.apps.credit.models import Authorisation
from openterms.apps.tenancy.actor import SYSTEM, Actor
from tests.apps.credit.test_authorisation import MORNING, Shop, codes
from tests.apps.desk import NOW, day

INSURED = Terms(
    kind="insured", amount_minor=80_000, currency="USD", valid_from=day("05-01"), valid_until=day("06-30"),
    share_bp=9_000, issuer="Insurer plc", reference="P-1",
)  # fmt: skip
GUARANTEE = replace(INSURED, kind="guarantee", amount_minor=30_000, share_bp=10_000, issuer="First Bank")
DEPOSIT = replace(INSURED, kind="deposit", amount_minor=20_000, share_bp=10_000, issuer="", valid_until=None)


@pytest.fixture
def shop(desk):
    return Shop(desk)


def add(shop, terms, actor=SYSTEM):
    return add_cover(shop.seller, actor, shop.desk.customer(), terms, NOW)


def test_each_kind_has_its_own_effect(shop):
    shop.limit(100_000)
    shop.desk.invoice("I1", "05-20", 100_000)
    assert codes(shop.order(15_000)) == ["over_limit"]
    add(shop, INSURED)
    add(shop, GUARANTEE)
    assert codes(shop.order(15_000, "O-2")) == ["over_limit"], "insurance and guarantees give no headroom"
    add(shop, DEPOSIT)
    made = shop.order(15_000, "O-3")
    assert (made.status, made.headroom_minor) == ("approved", 5_000)
    assert Authorisation.objects.get(id=made.id).seen["exposure"]["deposits_minor"] == 20_000
    found = beside(shop.seller, shop.desk.customer(), "USD", 115_000, day("06-01"))
    assert (found.exposure_minor, found.guaranteed_minor, found.insured_minor) == (95_000, 30_000, 58_500)
    assert (found.covered_minor, found.uncovered_minor) == (88_500, 6_500)
    assert all(finding.ok for finding in check_seller(shop.seller, day("06-01")))


def test_cover_lapses_by_its_date_and_is_ended_once(shop):
    customer = shop.desk.customer()
    insured, deposit = add(shop, INSURED), add(shop, DEPOSIT)
    shop.limit(0)
    assert [one.id for one in covers(shop.seller, customer, day("06-30"))] == [insured.id, deposit.id]
    assert [one.id for one in covers(shop.seller, customer, day("07-01"))] == [deposit.id]
    assert covers(shop.seller, customer, day("04-30")) == []
    with shop.desk.refused("before it begins"):
        end_cover(shop.seller, SYSTEM, deposit.id, day("04-30"), "paid back", NOW)
    with shop.desk.refused("reason is empty"):
        end_cover(shop.seller, SYSTEM, deposit.id, day("06-02"), " ", NOW)
    end_cover(shop.seller, SYSTEM, deposit.id, day("06-02"), "paid back", NOW)
    assert shop.order(20_000, "O-1").status == "approved"
    assert codes(shop.order(1, "O-2", at=MORNING + timedelta(days=1))) == ["over_limit"]
    with shop.desk.refused("ended already"):
        end_cover(shop.seller, SYSTEM, deposit.id, day("06-03"), "again", NOW)
    assert len(covers(shop.seller, customer)) == 2
    for sql in ("UPDATE credit_cover SET amount_minor = 1", "DELETE FROM credit_cover",
                "UPDATE credit_cover SET ended_on = NULL"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_facts_of_cover_say_nothing_where_there_is_none(shop):
    customer = shop.desk.customer()
    assert facts_from_cover(shop.seller, customer, "USD", 50_000, day("06-01")) == {}
    add(shop, GUARANTEE)
    facts = facts_from_cover(shop.seller, customer, "USD", 50_000, day("06-01"))
    assert {name: value for name, (value, _) in facts.items()} == {
        "guarantee_minor": 30_000, "covered_minor": 30_000, "uncovered_minor": 20_000,
    }  # fmt: skip
    add(shop, replace(INSURED, amount_minor=0))
    facts = facts_from_cover(shop.seller, customer, "USD", None, day("06-01"))
    assert facts["insurer_limit_minor"] == (0, day("05-01")), "an insurer that refused"
    assert facts_from_cover(shop.seller, customer, "JPY", None, day("06-01")) == {}, "no rate is no fact"


@pytest.mark.parametrize(
    ("terms", "match"),
    [
        (replace(INSURED, kind="comfort"), "no cover of the kind comfort"),
        (replace(INSURED, amount_minor=-1), "above zero"),
        (replace(GUARANTEE, amount_minor=0), "above zero"),
        (replace(INSURED, share_bp=0), "100 %"),
        (replace(DEPOSIT, share_bp=9_000), "covers in full"),
        (replace(INSURED, valid_until=day("04-30")), "before it begins"),
        (replace(INSURED, issuer=" "), "Nobody stands behind"),
        (replace(INSURED, currency="ZZZ"), "not a currency"),
        (replace(INSURED, document_id=UUID(int=1)), "no such file"),
    ],
)
def test_cover_that_cannot_be_is_refused(shop, terms, match):
    shop.desk.customer()
    with shop.desk.refused(match):
        add(shop, terms)
    with shop.desk.refused("does not keep cover"):
        add(shop, INSURED, Actor("Bo", None, "collector", 10**9))
