"""Deciding: every reason in order, missing facts named, what would help is tried, the same facts give the same text."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openterms.core.base.errors import BadInput
from openterms.core.base.expressions import Value
from openterms.core.credit import limits as methods
from openterms.core.credit.authority import needed
from openterms.core.credit.decisions import Request, decide, explain, plain, record, replay
from openterms.core.credit.facts import CHANGEABLE
from openterms.core.credit.outcomes import Outcome
from openterms.core.credit.policy import EXAMPLES, Policy
from openterms.core.credit.policy_reading import LIMIT_FACTS
from openterms.core.credit.programme import prepare
from openterms.core.credit.scorecards import score
from tests.core.credit.policies import GOOD, SMALL, drawn, example, numbers_in, rule, small
from tests.shared import vector

FITS = {"rule": "fits", "when": True, "decide": "approve"}


def ask(policy: Policy | None = None, limit: int | None = None, terms: str = "", **changes: Value) -> Outcome:
    return decide({**GOOD, **changes}, policy or small(), Request(limit, terms))


def codes(outcome: Outcome) -> list[str]:
    return [reason.code for reason in outcome.reasons]


def test_an_approval_gives_limit_terms_class_and_authority() -> None:
    outcome = ask(limit=3_000_000)
    assert (outcome.outcome, outcome.rule, outcome.reasons, outcome.would_pass) == ("approve", "fits", (), ())
    assert (outcome.limit_minor, outcome.terms, outcome.risk_class) == (3_000_000, "net 60", "A")
    assert outcome.suggestion.limit_minor == 4_000_000
    assert [(figure.name, figure.minor) for figure in outcome.methods] == [("bureau", 4_000_000)]
    assert outcome.authority is not None
    assert outcome.authority.roles == ("credit_manager",)
    assert ask(limit=1_000_000).authority == needed(small().authority.bands, 1_000_000)


@pytest.mark.parametrize(
    ("asked", "given_terms", "outcome"),
    [
        ("", "net 60", "approve"),
        ("net 30", "net 30", "approve"),
        ("net 60", "net 60", "approve"),
        ("net 90", "net 60", "counter_offer"),
        ("2/10 net 30", "net 30", "counter_offer"),
        ("net 45", "net 30", "counter_offer"),
        ("net 7", "net 30", "counter_offer"),
    ],
)
def test_terms_are_those_of_the_class(asked: str, given_terms: str, outcome: str) -> None:
    found = ask(terms=asked, limit=1_000_000)
    assert (found.terms, found.outcome) == (given_terms, outcome)
    assert codes(found) == ([] if outcome == "approve" else ["other_terms"])


def test_less_than_asked_for_is_a_counter_offer_that_says_what_binds() -> None:
    outcome = ask(limit=9_000_000)
    assert (outcome.outcome, outcome.limit_minor, codes(outcome)) == (
        "counter_offer",
        4_000_000,
        ["limit_below_request"],
    )
    assert outcome.reasons[0].params == {"bound_by": "bureau"}
    capped = ask(limit=9_000_000, bureau_limit_minor=8_000_000)
    assert (capped.limit_minor, capped.suggestion.bound_by) == (5_000_000, "cap")


def test_all_failing_reasons_are_kept_in_order_and_the_first_decides() -> None:
    outcome = ask(insolvent=True, days_overdue=31)
    assert (outcome.outcome, outcome.rule, codes(outcome)) == ("decline", "insolvent", ["insolvent", "overdue"])
    assert (outcome.limit_minor, outcome.terms, outcome.authority) == (None, "", None)
    turned = small(rules=[SMALL["rules"][1], SMALL["rules"][0], FITS])
    outcome = ask(turned, insolvent=True, days_overdue=31)
    assert (outcome.outcome, outcome.queue, codes(outcome)) == ("refer", "analyst", ["overdue", "insolvent"])


def test_an_unknown_fact_never_approves_and_is_named() -> None:
    outcome = ask(insolvent=None)
    assert (outcome.outcome, outcome.queue, outcome.missing) == ("refer", "analyst", ("insolvent",))
    assert codes(outcome) == ["facts_missing"]
    assert outcome.reasons[0].staff_text() == "It cannot be decided without: insolvent."


def test_an_unknown_fact_is_passed_over_where_the_policy_says_so_or_cannot_matter() -> None:
    skipping = small(rules=[rule("insolvent", "insolvent", unknown="skip"), FITS])
    assert ask(skipping, insolvent=None).outcome == "approve"
    firing = small(rules=[rule("insolvent", "insolvent", unknown="fire"), FITS])
    assert ask(firing, insolvent=None).outcome == "decline"
    both = small(rules=[rule("insolvent", "insolvent"), rule("late", "days_overdue > 30"), FITS])
    outcome = ask(both, insolvent=None, days_overdue=40)
    assert (outcome.outcome, codes(outcome), outcome.missing) == ("decline", ["late"], ())
    other = small(rules=[rule("insolvent", "insolvent", "refer"), rule("late", "days_overdue > 30"), FITS])
    outcome = ask(other, insolvent=None, days_overdue=40)
    assert (outcome.outcome, codes(outcome)) == ("refer", ["facts_missing", "late"])


def test_no_rule_no_class_no_method_and_nobody_are_referred() -> None:
    assert ask(small(rules=[rule("late", "days_overdue > 30")])).rule == "no_rule"
    classes = [{"risk_class": "A", "when": "bureau_score >= 900", "cap_minor": 1}]
    outcome = ask(small(risk_classes=classes, terms={"A": ["net 30"]}), bureau_score=None)
    assert (outcome.outcome, outcome.rule, outcome.missing) == ("refer", "no_risk_class", ("bureau_score",))
    outcome = ask(bureau_limit_minor=None)
    assert (outcome.outcome, outcome.rule, outcome.missing) == ("refer", "too_few_methods", ("bureau_limit_minor",))
    bands = {"bands": [{"most_minor": 1_000, "roles": ["analyst"]}]}
    outcome = ask(small(authority=bands))
    assert (outcome.outcome, outcome.rule, outcome.authority, outcome.limit_minor) == (
        "refer",
        "amount_without_authority",
        None,
        None,
    )


def test_a_referral_keeps_its_queue_where_nobody_has_authority() -> None:
    bands = {"bands": [{"most_minor": 1_000, "roles": ["analyst"]}]}
    fraud = rule("fraud", "days_overdue == 0", "refer", queue="fraud")
    outcome = ask(small(authority=bands, rules=[fraud, FITS]), limit=5_000)
    assert (outcome.rule, outcome.queue, codes(outcome)) == ("fraud", "fraud", ["fraud", "amount_without_authority"])


def test_figures_beyond_every_range_stay_within_it() -> None:
    methods = [{"method": "bureau", "share_bp": 100_000}]
    classes = [{"risk_class": "A", "when": True}]
    policy = small(limits={"least_methods": 1, "methods": methods}, risk_classes=classes, terms={"A": ["net 30"]},
                   rules=[rule("huge", "granted_minor < 0"), FITS])  # fmt: skip
    facts = {**GOOD, "bureau_limit_minor": 10**14}
    assert decide(facts, policy).limit_minor == 10**14
    assert explain(facts, policy)["huge"] == "granted minor 100000000000000 >= 0"


def test_an_unknown_group_exposure_lifts_the_authority() -> None:
    outcome = ask(limit=500_000, group_exposure_minor=None)
    assert outcome.flags == ("group_unknown",)
    assert outcome.authority is not None
    assert outcome.authority.roles == ("credit_manager",)
    known = ask(limit=500_000, group_exposure_minor=600_000).authority
    assert known is not None
    assert known.roles == outcome.authority.roles


def test_a_counter_offer_has_its_conditions() -> None:
    offer = {"limit_share_bp": 5_000, "terms": "net 14", "deposit_bp": 2_000, "security": ["guarantee"]}
    outcome = ask(
        small(rules=[rule("weak", "bureau_score < 800", "counter_offer", offer=offer), FITS]), limit=3_000_000
    )
    assert (outcome.outcome, codes(outcome)) == ("counter_offer", ["weak"])
    assert (outcome.limit_minor, outcome.terms, outcome.deposit_minor) == (2_000_000, "net 14", 400_000)
    assert outcome.security == ("guarantee",)
    assert (
        ask(small(rules=[rule("weak", "True", "counter_offer", offer={"limit_minor": 700_000})])).limit_minor == 700_000
    )


def methods_of(inputs: dict[str, Any]) -> dict[str, Value]:
    """The facts of a fact-book vector, in cents."""
    names = {
        "tangible_net_worth": "tangible_net_worth_minor", "working_capital": "working_capital_minor",
        "best_trade_reference_high_credit": "best_reference_minor", "annual_purchases": "expected_purchases_minor",
        "bureau_limit": "bureau_limit_minor",
    }  # fmt: skip
    return {fact: None if inputs.get(name) is None else inputs[name] * 100 for name, fact in names.items()}


def limits(inputs: dict[str, Any], least: int) -> Policy:
    methods = [
        {"method": "tangible_net_worth", "share_bp": 1_000},
        {"method": "working_capital", "share_bp": 1_500},
        {"method": "trade_reference", "multiple_c": 100},
        {"method": "need", "buffer_days": 15},
        {"method": "bureau", "share_bp": 10_000},
    ]
    cap = inputs.get("policy_cap", 50_000) * 100
    return small(
        limits={"least_methods": least, "methods": methods},
        risk_classes=[{"risk_class": "A", "when": True, "cap_minor": cap}],
        terms={"A": ["net 30"]},
    )


def test_the_limit_is_the_least_of_the_methods_tv30() -> None:
    tv = vector(30)
    outcome = ask(limits(tv["inputs"], 2), **methods_of(tv["inputs"]))
    expected = tv["expected"]["methods"]
    assert [figure.minor for figure in outcome.methods] == [
        round(expected[name] * 100)
        for name in ("tnw_10pct", "wc_15pct", "best_trade_ref_x1", "purchases_x_terms", "bureau")
    ]
    assert outcome.limit_minor == tv["expected"]["limit"] * 100
    assert outcome.suggestion.bound_by == "trade_reference"


def test_too_few_methods_are_referred_tv31() -> None:
    tv = vector(31)
    outcome = ask(limits(tv["inputs"], tv["inputs"]["min_methods"]), **methods_of(tv["inputs"]))
    assert (outcome.limit_minor, outcome.outcome) == (tv["expected"]["limit"], tv["expected"]["decision"])


def test_negative_net_worth_leaves_no_open_credit_tv32() -> None:
    tv = vector(32)
    outcome = ask(limits(tv["inputs"], 2), limit=500_000, **methods_of(tv["inputs"]))
    assert (outcome.limit_minor, outcome.outcome) == (tv["expected"]["limit"], "counter_offer")
    assert codes(outcome) == ["no_open_credit"]


def test_authority_by_total_exposure_tv96() -> None:
    tv = vector(96)
    roles = {"auto": "automatic", "analyst": "analyst", "credit_manager+sales_director": "credit_manager",
             "cfo+credit_manager": "cfo", "board": "board"}  # fmt: skip
    bands = [{"most_minor": most * 100, "roles": [roles[who]]} for most, who in tv["inputs"]["bands"]]
    policy = small(
        authority={"bands": [*bands, {"roles": ["board"]}]},
        rounding={"limit_minor": 1},
        risk_classes=[{"risk_class": "A", "when": True, "cap_minor": 10**10}],
        terms={"A": ["net 30"]},
    )
    for amount, who in zip(tv["inputs"]["requests"], tv["expected"]["approver"], strict=True):
        outcome = ask(policy, limit=round(amount * 100), bureau_limit_minor=10**10)
        assert outcome.authority is not None
        assert outcome.authority.roles == (roles[who],)


def test_the_smallest_change_that_would_pass() -> None:
    outcome = ask(limit=9_000_000)
    assert [(one.fact, one.before, one.to) for one in outcome.would_pass] == [
        ("requested_limit_minor", 9_000_000, 4_000_000)
    ]
    assert outcome.would_pass[0].text() == "ask for a limit of EUR 40,000.00 or less"
    outcome = ask(days_overdue=90, limit=1_000_000)
    assert [(one.fact, one.to) for one in outcome.would_pass] == [("days_overdue", 30)]
    assert ask(insolvent=True).would_pass == ()


def test_a_change_beyond_constants_is_found_by_halving() -> None:
    policy = small(rules=[rule("covered", "deposit_minor * 3 < granted_minor"), FITS])
    outcome = ask(policy, limit=1_000_000, deposit_minor=1)
    changes = {one.fact: one.to for one in outcome.would_pass}
    assert changes == {"deposit_minor": 333_334, "requested_limit_minor": 3}


def test_shorter_terms_and_signed_notes_are_offered_as_changes() -> None:
    policy = small(rules=[rule("long", "requested_terms_days > 45"), FITS],
                   facts={"use": [*SMALL["facts"]["use"], "requested_terms_days"]})  # fmt: skip
    assert [(one.fact, one.to) for one in ask(policy, terms="net 60", limit=1_000_000).would_pass] == [
        ("requested_terms_days", 30)
    ]
    policy = small(
        rules=[rule("note", "not promissory_note"), FITS], facts={"use": ["bureau_score", "promissory_note"]}
    )
    facts = {name: value for name, value in GOOD.items() if name not in ("insolvent", "days_overdue")}
    outcome = decide({**facts, "promissory_note": False}, policy, Request(1_000_000))
    assert [(one.fact, one.before, one.to) for one in outcome.would_pass] == [("promissory_note", False, True)]


@pytest.mark.parametrize(
    "facts",
    [
        {"bureau_score": -1}, {"bureau_score": 1_001}, {"bureau_score": 1.5}, {"bureau_score": float("inf")},
        {"bureau_score": float("nan")}, {"bureau_score": "700"}, {"bureau_score": True}, {"insolvent": 1},
        {"deposit_minor": 10**30}, {"deposit_minor": -1}, {"no_such_fact": 1}, {"__class__": 1},
        {"requested_limit_minor": -5},
    ],
)  # fmt: skip
def test_facts_out_of_range_or_unknown_are_refused_by_name(facts: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as caught:
        decide({**GOOD, **facts}, small())
    assert next(iter(facts)) in str(caught.value)


def test_a_built_in_fact_the_policy_does_not_use_is_passed_over() -> None:
    assert ask(altman_z_c=300) == ask()
    assert "altman_z_c" not in record({**GOOD, "altman_z_c": 300}, small())


def test_request_and_facts_must_agree() -> None:
    with pytest.raises(BadInput, match="differ"):
        decide({**GOOD, "requested_limit_minor": 5}, small(), Request(6))
    with pytest.raises(BadInput, match="request, terms"):
        decide(GOOD, small(), Request(None, "whenever"))


def test_reasons_are_explained_with_their_values() -> None:
    words = explain({**GOOD, "days_overdue": 34}, small())
    assert (words["overdue"], words["fits"]) == ("days overdue 34 > 30", "always")


def test_where_the_score_lost_points_is_told_largest_first() -> None:
    facts: dict[str, Value] = {"months_trading": 6, "payment_index": 85, "current_ratio_c": 80, "debt_to_equity_c": 100}
    outcome = decide(facts, example("wholesale"), alternatives=False)
    assert [one.attribute for one in outcome.largest_losses(2)] == ["years_trading", "references"]
    assert outcome.score is not None
    assert outcome.score.points == sum(one.points for one in outcome.contributions)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_ready_card_and_the_ready_bands_are_the_card_and_the_bands(name: str) -> None:
    """What is laid out for speed says what the rooms of score and authority say."""
    policy = example(name)
    programme = prepare(policy)
    for facts in cases(policy, 5, 100):
        values = programme.checked(facts)
        for ready in programme.cards:
            assert ready.score(values) == score(ready.card, values)
    bands = policy.authority.bands
    for band in bands:
        for amount in ((band.most_minor or 10**12) - 1, band.most_minor or 10**12, (band.most_minor or 10**12) + 1):
            for flags in ((), ("flag",)):
                need = needed(bands, amount, flags)
                assert programme.need(amount, bool(flags)) == (None if need.is_nobodys else need)


def cases(policy: Policy, seed: int, count: int) -> list[dict[str, Value]]:
    dice, near = random.Random(seed), numbers_in(policy)
    return [drawn(dice, policy.facts, near) for _ in range(count)]


@pytest.mark.parametrize("name", EXAMPLES)
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_a_decision_replays_whatever_the_order_of_its_facts(name: str, seed: int) -> None:
    policy, dice = example(name), random.Random(seed)
    for facts in cases(policy, seed, 3):
        kept = record(facts, policy)
        shuffled = list(facts.items())
        dice.shuffle(shuffled)
        assert record(dict(shuffled), policy) == kept
        assert replay(kept, policy) == kept
        assert json.loads(kept)["outcome"] == json.loads(json.dumps(plain(decide(facts, policy))))


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_decision_keeps_its_promises(name: str) -> None:
    """Over drawn facts: an approval has what it needs, anything else a reason, every change that is told works."""
    policy = example(name)
    for facts in cases(policy, 7, 120):
        outcome = decide(facts, policy)
        assert outcome.outcome == "approve" or outcome.reasons
        assert (outcome.limit_minor is not None) == (outcome.outcome in ("approve", "counter_offer"))
        assert bool(outcome.queue) == (outcome.outcome == "refer")
        if outcome.limit_minor is not None:
            asked = facts["requested_limit_minor"]
            assert outcome.limit_minor <= (outcome.suggestion.limit_minor or 0)
            assert asked is None or outcome.limit_minor <= int(asked)
            assert outcome.authority is not None
        for change in outcome.would_pass:
            assert change.fact in CHANGEABLE
            if change.fact != "requested_terms_days":
                assert decide({**facts, change.fact: change.to}, policy).outcome == "approve"


def test_a_record_of_another_policy_is_refused() -> None:
    kept = record(GOOD, small())
    with pytest.raises(BadInput, match="another policy"):
        replay(kept, small(name="Other"))
    with pytest.raises(BadInput, match="not the record"):
        replay("{}", small())


@settings(deadline=None)
@given(st.sampled_from(EXAMPLES), st.randoms(use_true_random=False))
def test_the_figures_laid_out_flat_are_those_of_the_methods(name: str, dice: random.Random) -> None:
    policy = example(name)
    programme = prepare(policy)
    values = programme.checked(drawn(dice, policy.facts, numbers_in(policy)))
    values |= {"offered_terms_days": 30, "score": 600, "risk_class": "A"}
    for method, reader in zip(policy.limits.methods, programme.methods, strict=True):
        facts = [values[fact] for fact in LIMIT_FACTS[method.kind]]
        found = reader(values)
        assert found.name == method.name
        if found.minor is not None and method.kind in BY_KIND:
            part = method.multiple_c if method.kind in WITH_MULTIPLE else method.share_bp
            assert found.minor == BY_KIND[method.kind](facts[0], part).minor, method


def best_reference(high_credit_minor: int | None, multiple_c: int) -> methods.Figure:
    references = [] if high_credit_minor is None else [methods.Reference(high_credit_minor, 0)]
    return methods.multiple_of_best_reference(references, multiple_c)


WITH_MULTIPLE = (methods.TRADE_REFERENCE, methods.EXPERIENCE)
BY_KIND = {
    methods.TANGIBLE_NET_WORTH: methods.share_of_tangible_net_worth,
    methods.WORKING_CAPITAL: methods.share_of_working_capital,
    methods.TRADE_REFERENCE: best_reference,
    methods.BUREAU: methods.bureau_recommendation,
    methods.INSURER: methods.insurers_limit,
    methods.EXPERIENCE: methods.multiple_of_highest_paid,
    methods.CONCENTRATION: methods.share_of_own_sales,
}
