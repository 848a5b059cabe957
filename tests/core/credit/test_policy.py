"""Reading a policy: the examples are whole, every fault has its place, nothing but plain YAML gets in."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openterms.core.base.errors import BadInput
from openterms.core.credit.decisions import decide
from openterms.core.credit.facts import CHANGEABLE, CREDIT_FACTS, MADE_FACTS
from openterms.core.credit.policy import EXAMPLES, from_document, read_policy
from openterms.core.credit.policy_schema import POLICY, json_schema
from openterms.core.credit.policy_text import read_text
from openterms.core.credit.shapes import Keys
from tests.core.credit.policies import GOOD, SMALL, example, example_text, rule, small

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_are_read_whole(name: str) -> None:
    policy = example(name)
    assert policy.code == name
    assert policy.rules[-1].decide == "approve"
    assert {one.name for one in policy.risk_classes} == set(policy.terms)
    assert len(policy.hash) == 64


def test_the_gulf_example_takes_no_interest() -> None:
    charges = example("gulf").late_charges
    assert (charges.mode, charges.charity_minor, charges.above_reference_bp) == ("charity", 20_000, None)
    assert charges.lump_sum_minor is None
    assert read_policy(example_text("gulf").replace("currency: SAR", "currency: AED")).currency == "AED"


def test_comments_and_the_order_of_keys_do_not_change_the_hash() -> None:
    policy = small()
    turned = dict(reversed(list(copy.deepcopy(SMALL).items())))
    assert from_document(turned).hash == policy.hash
    assert from_document(turned) == policy
    text = example_text("software")
    assert read_policy("# more words\n" + text).hash == example("software").hash
    assert small(name="Other").hash != policy.hash
    assert small(rules=list(reversed(SMALL["rules"]))).hash != policy.hash


def test_the_words_of_a_reason_in_a_language() -> None:
    policy = example("gulf")
    assert policy.words("overdue", "remedy") == "Pay what is overdue."
    assert policy.words("overdue", "remedy", "ar") == "سدّدوا المتأخر."
    assert policy.words("overdue", "staff", "ar") == "An invoice is more than 45 days overdue."
    assert policy.words("sanctions", "customer", "ar") == policy.words("no_such", "staff") == ""


def test_a_policy_that_has_decided_can_be_copied_and_pickled() -> None:
    policy = small()
    decide(GOOD, policy)
    assert pickle.loads(pickle.dumps(policy)) == policy
    assert copy.deepcopy(policy).hash == policy.hash


def test_a_score_beyond_its_range_is_refused() -> None:
    attributes = [
        {"attribute": f"a{n}", "otherwise": 10_000, "bins": [{"when": "insolvent", "points": 0, "label": "x"}]}
        for n in range(101)
    ]
    card = {"scorecard": "c", "base_score": 1, "base_odds": 1, "points_to_double": 1, "attributes": attributes}
    with pytest.raises(BadInput, match="at most"):
        small(scorecards=[card])


def change(path: str, value: Any) -> dict[str, Any]:
    """The small document with one place replaced, or taken out for ``...``."""
    document: Any = copy.deepcopy(SMALL)
    at = document
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in steps:
        at = at[step]
    if value is ...:
        del at[last]
    else:
        at[last] = value
    return document  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("code", ..., "policy, code"),
        ("currency", "EURO", "policy, currency"),
        ("surprise", 1, "policy"),
        ("rounding.limit_minor", 0, "policy, rounding, limit_minor"),
        ("rounding.limit_minor", "1.5", "policy, rounding, limit_minor"),
        ("facts.use", ["insolvency"], "policy, facts, use, 1"),
        ("facts.own", [{"fact": "insolvent", "type": "flag", "meaning": "x"}], "policy, facts, own, 1 (insolvent)"),
        ("facts.own", [{"fact": "score", "type": "flag", "meaning": "x"}], "policy, facts, own, 1 (score)"),
        ("facts.own", [{"fact": "n", "type": "whole", "lo": 2, "hi": 1, "meaning": "x"}], "policy, facts, own, 1 (n)"),
        ("risk_classes.0.when", "score > 3", "policy, risk_classes, 1 (A), when, column 1"),
        ("risk_classes.0.when", "bureau_score", "policy, risk_classes, 1 (A), when"),
        ("risk_classes.1.risk_class", "A", "policy, risk_classes, 2 (A)"),
        ("terms.C", ["net 30"], "policy, terms, C"),
        ("terms.A.0", "soon", "policy, terms, A, 1: soon"),
        ("limits.least_methods", 2, "policy, limits, least_methods"),
        ("limits.methods.0.multiple_c", 100, "policy, limits, methods, 1 (bureau), multiple_c"),
        ("limits.methods.0.share_bp", ..., "policy, limits, methods, 1 (bureau), share_bp"),
        ("limits.methods.0.when", "suggested_limit_minor > 1", "policy, limits, methods, 1 (bureau), when, column 1"),
        ("rules.0.when", "insolvent and", "policy, rules, 1 (insolvent), when, column 14"),
        ("rules.0.queue", "analyst", "policy, rules, 1 (insolvent), queue"),
        ("rules.1.queue", ..., "policy, rules, 2 (overdue), queue"),
        ("rules.0.reason", ..., "policy, rules, 1 (insolvent), reason"),
        ("rules.0.reason.silent", True, "policy, rules, 1 (insolvent), reason"),
        ("rules.0.reason.customer", {"ar": "نص"}, "policy, rules, 1 (insolvent), reason, customer, en"),
        ("rules.0.offer", {"terms": "net 7"}, "policy, rules, 1 (insolvent), offer"),
        ("rules.0.decide", "counter_offer", "policy, rules, 1 (insolvent), offer"),
        ("rules.2.unknown", "fire", "policy, rules, 3 (fits), unknown"),
        ("rules.2.rule", "overdue", "policy, rules, 3 (overdue)"),
        ("rules", [], "policy, rules"),
        ("authority.bands.1", {"most_minor": 5, "roles": ["analyst"]}, "policy, authority, bands, 2"),
        ("authority.bands.0.roles", ["clerk"], "policy, authority, bands, 1, roles, 1"),
        ("late_charges", {"mode": "charity"}, "policy, late_charges, charity_minor"),
        ("late_charges", {"mode": "charity", "charity_minor": 1, "beneficiary": "x", "above_reference_bp": 800},
         "policy, late_charges, above_reference_bp"),
    ],
)  # fmt: skip
def test_every_fault_names_its_place(path: str, value: Any, where: str) -> None:
    with pytest.raises(BadInput) as caught:
        from_document(change(path, value))
    assert caught.value.where.startswith(where)
    assert caught.value.remedy
    str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: &x 1\nb: *x", "anchors"),
        ("a: !!python/object/apply:os.system ['true']", "tags"),
        ("a: 1\na: 2", "stands twice"),
        ("a: [1, 2", "not plain YAML"),
        ("? [a]\n: 1", "single word"),
        ("[" * 40 + "]" * 40, "too deeply"),
        ("a: {" * 2_000, "too deeply"),
        ("a: '" + "x" * 500_000 + "'", "too long"),
        ("--- 1\n--- 2", "not plain YAML"),
    ],
)
def test_only_plain_yaml_is_read(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read_text(text)


def test_what_looks_like_a_text_is_one() -> None:
    assert read_text("[no, 010, 12:30, 2026-01-01, 1.5, .inf, 1e3, 1_000, -7, true, null, ~, yes]") == [
        "no", "010", "12:30", "2026-01-01", "1.5", ".inf", "1e3", 1_000, -7, True, None, None, "yes",
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        read_policy(text)
    except BadInput as refused:
        assert refused.where.startswith("policy")


EVIL = (
    "().__class__", "insolvent.__class__.__mro__", "__import__('os').system('true')", "open('/etc/passwd')",
    "exec('x')", "[x for x in (1,)]", "lambda: True", "9**9**9**9 > 1", "bureau_score ** 9 > 1", "10**100 > 1",
    "bureau_score * 10**18 > 1", "(" * 300 + "insolvent" + ")" * 300, "not " * 200 + "insolvent", "f'{insolvent}'",
    "insolvent if (y := 1) else insolvent", "bureau_score[0]", "{**insolvent}", "*insolvent", "globals()",
    "1 .real > 0", "bureau_score / 2 > 1", "bureau_score << 99 > 1", "insolvent; insolvent", "\x00", "insolvent #",
)  # fmt: skip


@pytest.mark.parametrize("source", EVIL)
def test_conditions_cannot_do_anything_but_compare(source: str) -> None:
    with pytest.raises(BadInput) as caught:
        small(rules=[rule("evil", source)])
    assert caught.value.where.startswith("policy, rules, 1 (evil)")


@settings(max_examples=80, deadline=None)
@given(
    st.recursive(
        st.sampled_from(("insolvent", "bureau_score", "1", "'a'", "True", "os", "().__class__", "10**99")),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from((".x", "()", "[0]", " ** 9", " / 2", " @ 2"))).map("".join),
            st.tuples(inner, st.sampled_from((" and ", " + ", " * ", " < ", " is ", " in ")), inner).map("".join),
            inner.map("({})".format),
            inner.map("__import__({})".format),
        ),
        max_leaves=12,
    )
)
def test_random_sources_are_refused_or_are_conditions(source: str) -> None:
    try:
        policy = small(rules=[rule("drawn", source)])
    except BadInput:
        return
    assert policy.rules[0].when.type == "bool"
    assert not any(bad in source for bad in ("__", ".x", "()", "[0]", "**", "/", "@"))


def test_the_published_schema_is_the_description() -> None:
    written = json.loads((ROOT / "docs" / "policy.schema.json").read_text(encoding="utf-8"))
    assert written == json_schema(), "run: openterms policy schema > docs/policy.schema.json"


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_keep_to_the_schema(name: str) -> None:
    fits(json_schema(), read_text(example_text(name)), name)


def fits(schema: dict[str, Any], value: Any, where: str) -> None:
    """The few words of JSON Schema that ours uses, read by a second hand."""
    import re

    if "oneOf" in schema:
        schema = schema["oneOf"][isinstance(value, dict)]
    if "enum" in schema:
        assert value in schema["enum"], where
        return
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
    named = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    assert any(type(value) is kinds[kind] for kind in named), (where, value)
    if isinstance(value, dict):
        assert set(schema.get("required", ())) <= set(value), where
        for key, inner in value.items():
            known = schema.get("properties", {}).get(key) or schema["additionalProperties"]
            assert known, (where, key)
            fits(known, inner, f"{where}, {key}")
    elif isinstance(value, list):
        assert len(value) >= schema["minItems"], where
        for inner in value:
            fits(schema["items"], inner, where)
    elif type(value) is int:
        assert schema["minimum"] <= value <= schema["maximum"], where
    elif isinstance(value, str) and "pattern" in schema:
        assert re.search(schema["pattern"], value), (where, value)


def test_every_key_says_what_it_means() -> None:
    def walk(shape: Any) -> None:
        if isinstance(shape, Keys):
            for name, key in shape.keys.items():
                assert key.meaning, name
                walk(key.shape)
        elif hasattr(shape, "entry"):
            walk(shape.entry)

    walk(POLICY)


def test_facts_have_a_source_and_fit_64_bits() -> None:
    for fact in (*CREDIT_FACTS.values(), *MADE_FACTS.values()):
        assert fact.source, fact.name
        assert fact.hi * 10_000 < 2**63
    assert set(CHANGEABLE) <= set(CREDIT_FACTS)
