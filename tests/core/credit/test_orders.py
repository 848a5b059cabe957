"""Whether an order may be sold on credit: each check by itself, all of them together, exemptions and overrides."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.base.errors import BadInput
from openterms.core.credit import order_reasons as why
from openterms.core.credit.authorisation import (
    Answer,
    Override,
    Purchaser,
    Request,
    Rules,
    Standing,
    Status,
    authorise,
    overdue_beyond,
)
from openterms.core.credit.exposure import NO_LIMIT, UNLIMITED, Headroom, Limit
from openterms.core.credit.orders import EXEMPTIBLE, OVERRIDABLE, LineState

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ORDER = Request(order="S-1", minor=40_000, currency="EUR", at=NOW, on=TODAY)
GOOD = Standing(line_currency="EUR", headroom=Headroom(Limit(100_000), 50_000))
RULES = Rules(
    overdue_days=30, overdue_minor=10_000, materiality_bp=500, least_minor=5_000, purchase_order_from_minor=90_000
)  # fmt: skip


def codes(answer: Answer) -> list[str]:
    return [reason.code for reason in answer.reasons]


def ask(request: Request = ORDER, standing: Standing = GOOD, rules: Rules = RULES) -> Answer:
    return authorise(request, standing, rules)


def test_a_good_order() -> None:
    assert ask() == Answer(Status.APPROVED, 40_000)


LATE = {"overdue_minor": 20_000, "days_overdue": 31, "open_minor": 200_000}
OF_GROUP = {"group_headroom": Headroom(Limit(100_000), 0)}
CHECKS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("customer_suspended", {}, {"is_suspended": True}),
    ("customer_insolvent", {}, {"is_insolvent": True}),
    ("currency_without_line", {"currency": "USD"}, {}),
    ("currency_without_line", {}, {"line_currency": None}),
    ("no_limit_set", {}, {"headroom": Headroom(NO_LIMIT, 0)}),
    ("line_cancelled", {}, {"line_state": LineState.CANCELLED, "line_state_on": TODAY}),
    ("line_suspended", {}, {"line_state": LineState.SUSPENDED, "line_state_on": TODAY}),
    ("line_not_begun", {}, {"line_from": TODAY + timedelta(days=1)}),
    ("line_expired", {}, {"line_until": TODAY - timedelta(days=1)}),
    ("group_line_cancelled", {}, {**OF_GROUP, "group_state": LineState.CANCELLED, "group_state_on": TODAY}),
    ("group_line_suspended", {}, {**OF_GROUP, "group_state": LineState.SUSPENDED, "group_state_on": TODAY}),
    ("group_line_expired", {}, {**OF_GROUP, "group_until": TODAY - timedelta(days=1)}),
    ("on_hold", {}, {"holds": ("manual", "overdue")}),
    ("overdue", {}, LATE),
    ("purchaser_may_not_order", {"purchaser": Purchaser(may_order=False)}, {}),
    ("purchaser_limit", {"purchaser": Purchaser(most_per_order_minor=39_999)}, {}),
    ("purchaser_budget", {"purchaser": Purchaser(most_per_period_minor=50_000, used_minor=10_001)}, {}),
    ("purchase_order_missing", {"purchase_order": "  "}, {"needs_purchase_order": True}),
    ("below_least_order", {"minor": 4_999}, {}),
    ("over_limit", {"minor": 50_001}, {}),
    ("over_limit", {}, {"headroom": Headroom(Limit(0), 0)}),
    ("over_group_limit", {}, {"group_headroom": Headroom(Limit(100_000), 60_001)}),
]


@pytest.mark.parametrize(("code", "request_", "standing"), CHECKS)
def test_each_check_alone(code: str, request_: dict[str, Any], standing: dict[str, Any]) -> None:
    found = ask(replace(ORDER, **request_), replace(GOOD, **standing))
    assert codes(found) == [code]
    assert found.approved_minor == 0
    assert found.status is (Status.REFERRED if code in RULES.referred else Status.DECLINED)


@pytest.mark.parametrize(
    ("request_", "standing"),
    [
        ({}, {"line_from": TODAY, "line_until": TODAY}),
        ({}, {**OF_GROUP, "group_until": TODAY}),
        ({}, {"group_state": LineState.SUSPENDED}),
        ({"minor": 50_000}, {}),
        ({"minor": 5_000}, {}),
        ({"minor": 10**12, "purchase_order": "7"}, {"headroom": Headroom(UNLIMITED, 10**12)}),
        ({}, {"group_headroom": Headroom(Limit(100_000), 60_000)}),
        ({}, {"group_headroom": Headroom(UNLIMITED, 0)}),
        ({"purchaser": Purchaser()}, {}),
        ({"purchaser": Purchaser(most_per_order_minor=40_000, most_per_period_minor=50_000, used_minor=10_000)}, {}),
        ({"purchase_order": "4500"}, {"needs_purchase_order": True}),
        ({}, {**LATE, "days_overdue": 30}),
        ({}, {**LATE, "overdue_minor": 10_000}),
        ({}, {**LATE, "open_minor": 400_000}),
    ],
)
def test_at_its_edge_an_order_still_passes(request_: dict[str, Any], standing: dict[str, Any]) -> None:
    assert ask(replace(ORDER, **request_), replace(GOOD, **standing)).reasons == ()


def test_overdue_stops_orders_only_where_the_seller_says_from_when() -> None:
    late = replace(GOOD, **LATE)
    assert codes(ask(standing=late, rules=replace(RULES, overdue_days=None))) == []
    assert codes(ask(standing=late, rules=Rules(overdue_days=0))) == ["overdue"]
    assert overdue_beyond([(31, 500), (30, 900), (90, 100), (200, 0), (-3, 70)], 30) == (600, 90)
    assert overdue_beyond([(30, 900)], 30) == (0, 0)


def test_a_purchase_order_number_from_an_amount_on() -> None:
    large = replace(ORDER, minor=90_000)
    roomy = replace(GOOD, headroom=Headroom(UNLIMITED, 0))
    assert codes(ask(large, roomy)) == ["purchase_order_missing"]
    assert codes(ask(replace(large, minor=89_999), roomy)) == []
    assert codes(ask(replace(large, minor=89_999, already_minor=1), roomy)) == ["purchase_order_missing"]


def worst() -> tuple[Request, Standing]:
    everything = {name: value for _, changed, _ in CHECKS for name, value in changed.items()}
    person = Purchaser(may_order=False, most_per_order_minor=1, most_per_period_minor=1)
    request = replace(ORDER, **{**everything, "minor": 4_999, "currency": "EUR", "purchaser": person})
    standing: dict[str, Any] = {}
    for _, _, changed in CHECKS:
        standing |= changed
    standing |= {"line_currency": "EUR", "headroom": Headroom(Limit(0), 0)}
    standing |= {"group_headroom": Headroom(Limit(0), 0)}
    return request, replace(GOOD, **standing)


def test_all_failing_reasons_are_kept_in_order() -> None:
    order = [reason.code for reason in why.ORDER if not reason.code.startswith("override_")]
    found = ask(*worst())
    assert found.status is Status.DECLINED
    left_out = ("currency_without_line", "no_limit_set", "line_cancelled", "group_line_cancelled")  # in one state each
    assert codes(found) == [code for code in order if code not in left_out]


def test_texts_are_filled_and_the_buyer_is_told_what_helps() -> None:
    for reason in ask(*worst()).reasons:
        assert "%(" not in reason.staff_text() + reason.customer_text() + reason.remedy_text()
        assert reason.customer_text() and reason.remedy_text()
    for reason in why.ORDER:
        assert reason.remedy and (reason.customer or reason.code.startswith("override_"))


def test_the_buyer_reads_no_headroom_below_zero() -> None:
    over = ask(standing=replace(GOOD, headroom=Headroom(Limit(100_000), 130_000))).reasons[0]
    assert over.params == {
        "needed_minor": 40_000, "headroom_minor": -30_000, "spare_minor": 0, "currency": "EUR",
    }  # fmt: skip
    assert "-" not in over.customer_text()


def test_a_prepaid_order_uses_no_limit() -> None:
    bad = Standing(holds=("manual",), is_insolvent=True, **LATE)
    prepaid = replace(ORDER, prepaid_minor=40_000)
    assert ask(prepaid, bad) == Answer(Status.APPROVED, 0)
    assert codes(ask(prepaid, replace(bad, is_suspended=True))) == ["customer_suspended"]
    assert codes(ask(replace(prepaid, purchaser=Purchaser(may_order=False)), bad)) == ["purchaser_may_not_order"]
    assert codes(ask(prepaid, replace(bad, needs_purchase_order=True))) == ["purchase_order_missing"]
    assert ask(replace(ORDER, minor=90_000, purchase_order="1", prepaid_minor=40_000)).approved_minor == 50_000


def test_a_part_is_approved_where_both_sides_take_parts() -> None:
    large, rules = replace(ORDER, minor=70_000, accepts_part=True), replace(RULES, allows_part_approval=True)
    found = ask(large, rules=rules)
    assert (found.status, found.approved_minor, codes(found)) == (Status.PARTLY_APPROVED, 50_000, ["over_limit"])
    assert found.is_approved
    grouped = replace(GOOD, group_headroom=Headroom(Limit(20_000), 0))
    assert ask(large, grouped, rules).approved_minor == 20_000
    for request, standing, rule in (
        (large, GOOD, RULES),
        (replace(large, accepts_part=False), GOOD, rules),
        (large, replace(GOOD, holds=("manual",)), rules),
        (large, replace(GOOD, headroom=Headroom(Limit(100_000), 95_001)), rules),
        (large, replace(GOOD, headroom=Headroom(Limit(100_000), 100_000)), replace(rules, least_minor=0)),
    ):
        assert ask(request, standing, rule).status is Status.REFERRED


def test_one_reason_that_nobody_may_judge_declines() -> None:
    both = replace(GOOD, holds=("manual",), is_insolvent=True)
    assert ask(standing=both).status is Status.DECLINED
    assert ask(standing=both, rules=replace(RULES, referred=frozenset({"on_hold", "customer_insolvent"}))).status is (
        Status.REFERRED
    )


def test_kinds_of_documents_are_free_of_some_checks_but_never_of_the_limit() -> None:
    rules = replace(RULES, exemptions={"warranty": frozenset({"on_hold", "overdue", "below_least_order"})})
    bad = replace(GOOD, holds=("manual",), **LATE)
    small = replace(ORDER, minor=100, document="warranty")
    assert codes(ask(small, bad, rules)) == []
    assert codes(ask(replace(small, document="order"), bad, rules)) == ["on_hold", "overdue", "below_least_order"]
    assert codes(ask(replace(small, minor=50_001), bad, rules)) == ["over_limit"]
    for code in {reason.code for reason in why.ORDER} - EXEMPTIBLE:
        with pytest.raises(BadInput) as refused:
            Rules(exemptions={"warranty": frozenset({code})})
        assert refused.value.where == "exemptions, warranty"


OVERRIDE = Override(
    order="S-1", most_minor=70_000, expires_at=NOW + timedelta(hours=1), by="maya", reason="Paid this morning."
)  # fmt: skip


def test_an_override_is_for_one_order_to_an_amount_until_an_instant() -> None:
    bad = replace(GOOD, holds=("manual",), headroom=Headroom(Limit(100_000), 90_000))
    large = replace(ORDER, minor=70_000, override=OVERRIDE)
    found = ask(large, bad)
    assert (found.status, found.approved_minor, codes(found)) == (Status.APPROVED, 70_000, [])
    assert [reason.code for reason in found.overridden] == ["on_hold", "over_limit"]
    for changed, fault in (
        ({"order": "S-2"}, "override_of_another_order"),
        ({"at": NOW + timedelta(hours=1)}, "override_expired"),
        ({"minor": 70_001}, "override_too_small"),
        ({"already_minor": 1}, "override_too_small"),
    ):
        again = ask(replace(large, **changed), bad)
        assert (again.status, again.overridden) == (Status.REFERRED, ())
        assert codes(again) == ["on_hold", "over_limit", fault]
    assert ask(replace(large, minor=90_000, prepaid_minor=20_000, purchase_order="1"), bad).is_approved


def test_what_no_person_of_the_seller_overrides() -> None:
    request, standing = worst()
    open_ended = replace(OVERRIDE, codes=frozenset(reason.code for reason in why.ORDER))
    found = ask(replace(request, override=open_ended), standing)
    assert not {reason.code for reason in found.reasons} & OVERRIDABLE
    assert {reason.code for reason in found.overridden} <= OVERRIDABLE
    assert found.status is Status.DECLINED
    narrow = replace(OVERRIDE, codes=frozenset({"on_hold"}))
    held = replace(GOOD, holds=("manual",), **LATE)
    assert codes(ask(replace(ORDER, override=narrow), held)) == ["overdue"]


def test_an_override_that_is_not_needed_overrides_nothing() -> None:
    stale = replace(OVERRIDE, order="S-9", expires_at=NOW - timedelta(days=1))
    assert ask(replace(ORDER, override=stale)) == Answer(Status.APPROVED, 40_000)


@pytest.mark.parametrize(
    "bad",
    [
        lambda: replace(ORDER, minor=0),
        lambda: replace(ORDER, minor=-5),
        lambda: replace(ORDER, prepaid_minor=40_001),
        lambda: replace(ORDER, prepaid_minor=-1),
        lambda: replace(ORDER, already_minor=-1),
        lambda: replace(ORDER, currency="XYZ"),
        lambda: replace(OVERRIDE, reason=" "),
        lambda: Rules(valid_days=0),
        lambda: Rules(valid_days=31),
        lambda: Rules(tolerance_bp=-1),
        lambda: Rules(overdue_days=-1),
        lambda: Rules(purchase_order_from_minor=-1),
    ],
)
def test_what_cannot_be(bad: Any) -> None:
    with pytest.raises(BadInput):
        bad()


AMOUNT = st.integers(0, 200_000)
LIMITS = st.one_of(st.just(NO_LIMIT), st.just(UNLIMITED), st.builds(Limit, AMOUNT))
ROOMS = st.builds(Headroom, LIMITS, st.integers(-50_000, 200_000))
STANDINGS = st.builds(
    Standing,
    line_currency=st.sampled_from(("EUR", "EUR", "EUR", "USD", None)),
    headroom=ROOMS,
    group_headroom=st.none() | ROOMS,
    is_suspended=st.just(False) | st.booleans(),
    holds=st.sampled_from(((), (), ("manual",))),
)
REQUESTS = st.builds(
    lambda minor, share, accepts: replace(
        ORDER, minor=minor, prepaid_minor=minor * share // 4, accepts_part=accepts, purchase_order="1"
    ),
    st.integers(1, 200_000),
    st.integers(0, 4),
    st.booleans(),
)


@given(REQUESTS, STANDINGS, st.booleans())
def test_no_limit_is_exceeded(request: Request, standing: Standing, parts: bool) -> None:
    found = ask(request, standing, Rules(allows_part_approval=parts))
    assert 0 <= found.approved_minor <= request.credit_minor
    assert found.is_approved or not found.approved_minor
    if found.approved_minor:
        for room in (standing.headroom, standing.group_headroom):
            assert room is None or room.allows(found.approved_minor)
    assert bool(found.reasons) == (found.status is not Status.APPROVED)


@given(REQUESTS, STANDINGS)
def test_asking_for_more_never_helps(request: Request, standing: Standing) -> None:
    more = replace(request, minor=request.minor + 1)
    if ask(more, standing, Rules()).status is Status.APPROVED:
        assert ask(request, standing, Rules()).status is Status.APPROVED
