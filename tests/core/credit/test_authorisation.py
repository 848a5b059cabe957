"""The life of an authorisation: TV-93, TV-94, every step in every state, and edits of the order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from openterms.core.base.errors import BadInput, Refused
from openterms.core.credit import order_reasons as why
from openterms.core.credit.authorisation import (
    Answer,
    Authorisation,
    Override,
    Purchaser,
    Request,
    Rules,
    Standing,
    State,
    Status,
    authorise,
    begin,
    revise,
)
from openterms.core.credit.exposure import NO_LIMIT, NOTHING_LEFT, UNLIMITED, Headroom, Limit
from tests.shared import vector

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=14)
ORDER = Request(order="S-1", minor=1_000, currency="EUR", at=NOW, on=date(2026, 11, 22))
RULES = Rules(tolerance_bp=500)
ROOMY = Headroom(Limit(10_000), 1_000)
GOOD = Standing(line_currency="EUR", headroom=ROOMY)


def held(**changed: Any) -> Authorisation:
    return replace(begin(ORDER, Answer(Status.APPROVED, 1_000), RULES), **changed)


def refused(step: Callable[[], Any]) -> list[str]:
    with pytest.raises(Refused) as told:
        step()
    for reason in told.value.reasons:
        assert "%(" not in reason.staff_text() + reason.remedy_text()
    return [reason.code for reason in told.value.reasons]


def test_partial_captures_and_tolerance() -> None:
    inputs, wanted = vector(93)["inputs"], vector(93)["expected"]
    at = held(authorised_minor=inputs["authorised"], tolerance_bp=round(inputs["tolerance"] * 10_000))
    accepted, held_after = [], []
    for minor in inputs["captures"]:
        try:
            at = at.capture(minor, NOW, ROOMY)
        except Refused as told:
            assert [reason.code for reason in told.reasons] == ["capture_beyond_authorised"]
        accepted.append(not held_after or held_after[-1] != at.held_minor)
        held_after.append(at.held_minor)
    assert accepted == wanted["accepted"]
    assert (held_after[0], at.captured_minor, at.held_minor) == (
        wanted["held_after_first"], wanted["captured"], wanted["held_after_all"],
    )  # fmt: skip
    assert at.state is State.CAPTURED


def test_expiry() -> None:
    inputs, wanted = vector(94)["inputs"], vector(94)["expected"]
    request = replace(ORDER, at=datetime.fromisoformat(inputs["authorised_at"]))
    at = begin(request, Answer(Status.APPROVED, 1_000), Rules(valid_days=inputs["valid_days"]))
    accepted = []
    for event in inputs["events"]:
        now = datetime.fromisoformat(event["at"])
        accepted.append(at.held_at(now) > 0)
        if accepted[-1]:
            at = at.capture(100, now)
        else:
            assert refused(lambda: at.capture(100, now)) == ["authorisation_expired"]  # noqa: B023
    assert accepted == wanted["accepted"]
    gone = at.expire(datetime.fromisoformat(inputs["events"][1]["at"]))
    assert (gone.state, gone.held_minor, gone.released_minor, gone.captured_minor) == (State.EXPIRED, 0, 900, 100)


def test_an_answer_begins_a_life() -> None:
    at = begin(ORDER, Answer(Status.PARTLY_APPROVED, 600), RULES)
    assert (at.state, at.held_minor, at.valid_until, at.most_until) == (
        State.PARTLY_APPROVED, 600, LATER, NOW + timedelta(days=30),
    )  # fmt: skip
    for status in (Status.REFERRED, Status.DECLINED):
        nothing = begin(ORDER, Answer(status, 0), RULES)
        assert (nothing.state.value, nothing.held_minor) == (status.value, 0)
        assert refused(lambda: nothing.capture(1, NOW)) == ["authorisation_not_live"]  # noqa: B023
        assert nothing.expire(LATER) == nothing
    prepaid = begin(ORDER, authorise(replace(ORDER, prepaid_minor=1_000), Standing(), RULES), RULES)
    assert (prepaid.state, prepaid.held_minor) == (State.APPROVED, 0)
    assert refused(lambda: prepaid.capture(1, NOW, ROOMY)) == ["capture_beyond_authorised"]
    assert prepaid.release(NOW).state is State.RELEASED
    assert prepaid.expire(LATER).state is State.EXPIRED


@pytest.mark.parametrize(
    ("headroom", "codes"),
    [
        (ROOMY, []), (Headroom(UNLIMITED, 10**9), []), (Headroom(Limit(1_050), 1_000), []),
        (Headroom(Limit(1_049), 1_000), ["tolerance_over_limit"]), (NOTHING_LEFT, ["tolerance_over_limit"]),
        (Headroom(NO_LIMIT, 0), ["tolerance_over_limit"]),
    ],
)  # fmt: skip
def test_the_tolerance_never_goes_above_the_limit(headroom: Headroom, codes: list[str]) -> None:
    if codes:
        assert refused(lambda: held().capture(1_050, NOW, headroom)) == codes
    else:
        assert held().capture(1_050, NOW, headroom).captured_minor == 1_050
    assert held().capture(1_000, NOW, headroom).state is State.CAPTURED


def test_freight_after_the_goods_is_within_the_tolerance() -> None:
    full = held().capture(1_000, NOW)
    assert full.capture(50, NOW, ROOMY).captured_minor == 1_050
    assert refused(lambda: full.capture(51, NOW, ROOMY)) == ["capture_beyond_authorised"]
    part = held().capture(400, NOW).release(NOW)
    assert (part.state, part.granted_minor, part.most_captured_minor) == (State.CAPTURED, 400, 420)
    assert part.capture(20, NOW, ROOMY).captured_minor == 420
    assert refused(lambda: part.capture(21, NOW, ROOMY)) == ["capture_beyond_authorised"]
    assert refused(lambda: full.capture(50, LATER, ROOMY)) == ["authorisation_expired"]


def test_captured_once() -> None:
    once = held(allows_partial_capture=False)
    after = once.capture(400, NOW)
    assert (after.state, after.captured_minor, after.released_minor, after.held_minor) == (State.CAPTURED, 400, 600, 0)
    assert refused(lambda: after.capture(10, NOW, ROOMY)) == ["captured_once"]
    assert once.capture(1_050, NOW, ROOMY).released_minor == 0


def test_release() -> None:
    part = held().release(NOW, 300)
    assert (part.state, part.held_minor, part.released_minor, part.most_captured_minor) == (
        State.APPROVED, 700, 300, 735,
    )  # fmt: skip
    assert refused(lambda: part.release(NOW, 701)) == ["release_beyond_held"]
    assert part.release(NOW).state is State.RELEASED
    assert part.capture(100, NOW).release(NOW).state is State.CAPTURED
    assert refused(lambda: part.release(NOW).release(NOW)) == ["authorisation_not_live"]
    assert refused(lambda: part.release(LATER)) == ["authorisation_expired"]


def test_extension() -> None:
    last = NOW + timedelta(days=30)
    assert held().extend(last, NOW).held_at(LATER) == 1_000
    assert refused(lambda: held().extend(last + timedelta(seconds=1), NOW)) == ["extension_too_long"]
    assert refused(lambda: held().extend(last, LATER)) == ["authorisation_expired"]
    assert refused(lambda: held().release(NOW).extend(last, NOW)) == ["authorisation_not_live"]
    with pytest.raises(BadInput, match="later than before"):
        held().extend(LATER, NOW)


def test_expiry_waits_for_its_instant_and_comes_once() -> None:
    before = LATER - timedelta(microseconds=1)
    assert held().expire(before) == held()
    gone = held().expire(LATER)
    assert (gone.state, gone.held_minor, gone.lapsed_minor, gone.granted_minor) == (State.EXPIRED, 0, 1_000, 1_000)
    assert gone.expire(LATER + timedelta(days=1)) == gone
    assert (held().held_at(before), held().held_at(LATER)) == (1_000, 0)
    full = held().capture(1_000, NOW)
    assert full.expire(LATER) == full


REASON = "Left the warehouse on Friday."


@pytest.mark.parametrize(
    ("before", "now", "captured", "beyond", "state"),
    [
        (held(), NOW, 700, 0, State.APPROVED),
        (held(), LATER, 700, 0, State.EXPIRED),
        (held().expire(LATER), LATER, 700, 0, State.EXPIRED),
        (held().capture(400, NOW), NOW, 600, 100, State.CAPTURED),
        (held().capture(400, NOW), LATER, 600, 100, State.EXPIRED),
        (held().release(NOW, 500), LATER, 500, 200, State.EXPIRED),
        (held().release(NOW), NOW, 0, 700, State.RELEASED),
        (held().capture(1_050, NOW, ROOMY), NOW, 0, 700, State.CAPTURED),
        (begin(ORDER, Answer(Status.DECLINED, 0), RULES), NOW, 0, 700, State.DECLINED),
        (begin(ORDER, Answer(Status.REFERRED, 0), RULES), NOW, 0, 700, State.REFERRED),
        (begin(ORDER, Answer(Status.APPROVED, 0), RULES), NOW, 0, 700, State.APPROVED),
    ],
)
def test_shipped_goods_can_always_be_invoiced(
    before: Authorisation, now: datetime, captured: int, beyond: int, state: State
) -> None:
    found = before.ship(700, now, REASON)
    after = found.authorisation
    assert (found.captured_minor, found.beyond_minor, after.state) == (captured, beyond, state)
    assert after.captured_minor == before.captured_minor + captured
    if after.captured_minor <= after.authorised_minor:
        assert after.held_minor + after.captured_minor + after.released_minor == after.authorised_minor


def test_shipping_without_a_reason() -> None:
    with pytest.raises(BadInput, match="needs a reason"):
        held().ship(1, LATER, " ")


@pytest.mark.parametrize("minor", [0, -1])
def test_no_step_takes_nothing(minor: int) -> None:
    for step in (
        lambda: held().capture(minor, NOW), lambda: held().release(NOW, minor), lambda: held().ship(minor, NOW, REASON),
    ):  # fmt: skip
        with pytest.raises(BadInput, match="above zero"):
            step()


@pytest.mark.parametrize(
    "changed",
    [
        {"authorised_minor": -1}, {"captured_minor": 1_051}, {"released_minor": 1_001}, {"lapsed_minor": 1},
        {"released_minor": -1}, {"captured_minor": -1}, {"tolerance_bp": -1}, {"valid_until": NOW - timedelta(1)},
        {"most_until": LATER - timedelta(1)},
    ],
)  # fmt: skip
def test_an_authorisation_that_cannot_be(changed: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        held(**changed)


def whole(minor: int, **changed: Any) -> Request:
    return replace(ORDER, minor=minor, **changed)


def test_an_order_comes_down() -> None:
    after, answer = revise(held().capture(300, NOW), whole(500), GOOD, RULES)
    assert (after.held_minor, after.released_minor, after.granted_minor) == (200, 500, 500)
    assert answer == Answer(Status.APPROVED, 500)
    assert refused(lambda: revise(held().capture(300, NOW), whole(299), GOOD, RULES)) == ["order_below_captured"]
    exactly, _ = revise(held().capture(300, NOW), whole(300), GOOD, RULES)
    assert exactly.state is State.CAPTURED
    assert revise(held(), whole(1_000), Standing(), RULES) == (held(), Answer(Status.APPROVED, 1_000))
    prepaid, _ = revise(held(), whole(1_000, prepaid_minor=400), Standing(), RULES)
    assert prepaid.held_minor == 600


def test_an_order_goes_up_by_a_decision_on_the_increase() -> None:
    last = replace(GOOD, headroom=Headroom(Limit(1_500), 1_000))
    after, answer = revise(held(), whole(1_500), last, RULES)
    assert (after.authorised_minor, after.held_minor, answer) == (1_500, 1_500, Answer(Status.APPROVED, 500))
    same, no = revise(held(), whole(1_501, accepts_part=True), last, replace(RULES, allows_part_approval=True))
    assert (same, no.status, no.approved_minor) == (held(), Status.REFERRED, 0)
    assert [reason.code for reason in no.reasons] == ["over_limit"]
    same, no = revise(held(), whole(1_200), replace(last, holds=("manual",)), RULES)
    assert (same, [reason.code for reason in no.reasons]) == (held(), ["on_hold"])


def test_an_increase_is_seen_as_the_whole_order() -> None:
    person = Purchaser(most_per_order_minor=1_200)
    _, no = revise(held(), whole(1_300, purchaser=person, prepaid_minor=100), GOOD, RULES)
    assert [reason.code for reason in no.reasons] == ["purchaser_limit"]
    budget = Purchaser(most_per_period_minor=2_000, used_minor=800)
    assert revise(held(), whole(1_200, purchaser=budget), GOOD, RULES)[1].is_approved
    assert not revise(held(), whole(1_201, purchaser=budget), GOOD, RULES)[1].is_approved
    override = Override(order="S-1", most_minor=1_400, expires_at=LATER, by="maya", reason="Agreed by phone.")
    full = replace(GOOD, headroom=Headroom(Limit(1_000), 1_000))
    after, answer = revise(held(), whole(1_400, override=override), full, RULES)
    assert (after.held_minor, [reason.code for reason in answer.overridden]) == (1_400, ["over_limit"])
    same, no = revise(held(), whole(1_401, override=override), full, RULES)
    assert (same, [reason.code for reason in no.reasons]) == (held(), ["over_limit", "override_too_small"])


def test_an_order_with_captures_goes_up() -> None:
    after, _ = revise(held().capture(1_050, NOW, ROOMY), whole(1_100), GOOD, RULES)
    assert (after.state, after.authorised_minor, after.held_minor) == (State.APPROVED, 1_100, 50)
    after, _ = revise(held().capture(1_050, NOW, ROOMY), whole(1_050), GOOD, RULES)
    assert (after.state, after.authorised_minor, after.held_minor) == (State.CAPTURED, 1_050, 0)


def test_a_part_that_becomes_the_whole_is_approved() -> None:
    part = begin(ORDER, Answer(Status.PARTLY_APPROVED, 600), RULES)
    for minor in (600, 500, 1_000):
        after, answer = revise(part, whole(minor), GOOD, RULES)
        assert (after.state, after.held_minor, answer.is_approved) == (State.APPROVED, minor, True)
    full = replace(GOOD, headroom=Headroom(Limit(1_000), 1_000))
    assert revise(part, whole(1_000), full, RULES)[0].state is State.PARTLY_APPROVED
    assert revise(part, whole(1_000, prepaid_minor=1_000), GOOD, RULES)[0].state is State.RELEASED


def test_what_cannot_be_revised() -> None:
    assert refused(lambda: revise(held(), whole(900, at=LATER), GOOD, RULES)) == ["authorisation_expired"]
    assert refused(lambda: revise(held().expire(LATER), whole(900), GOOD, RULES)) == ["authorisation_expired"]
    assert refused(lambda: revise(held().release(NOW), whole(900), GOOD, RULES)) == ["authorisation_not_live"]
    for changed in ({"order": "S-2"}, {"currency": "USD"}):
        with pytest.raises(BadInput, match="another order"):
            revise(held(), whole(900, **changed), GOOD, RULES)


def test_every_reason_of_a_life_says_what_helps() -> None:
    assert all(reason.staff and reason.remedy for reason in why.LIFE)
    assert len({reason.code for reason in (*why.ORDER, *why.LIFE)}) == len(why.ORDER) + len(why.LIFE)
