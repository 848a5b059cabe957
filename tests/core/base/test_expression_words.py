"""Conditions in words: what people read beside the code, for every node there is."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.base.expression_words import told, unit_fact
from openterms.core.base.expressions import parse
from openterms.core.base.reasons import fill
from tests.core.credit.policies import all_examples

from .test_expression_closures import FACTS, NUMBERS, TRUTHS


class Plain:
    """English with the names of facts; a number is followed by the fact in whose unit it is."""

    def say(self, message: str, params: Mapping[str, str]) -> str:
        return fill(message, params)

    def fact(self, name: str) -> str:
        return name

    def value(self, name: str, value: int | bool | str) -> str:
        return f"{value}" + (f"[{name}]" if name else "")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("days > 30 and few >= 2", "days above 30[days] and few at least 2[few]"),
        ("30 < days", "days above 30[days]"),
        ("0 < days <= 30", "days above 0[days] and at most 30[days]"),
        ("0 < days or days <= 30", "days above 0[days] or days at most 30[days]"),
        ("paused and not (days < 3 or few == 1)", "paused and not (days below 3[days] or few is 1[few])"),
        ("days < 3 or (few == 1 and paused)", "days below 3[days] or (few is 1[few] and paused)"),
        ("segment in ('a', 'b')", "segment is one of a[segment], b[segment]"),
        ("segment not in ('a', 'b')", "segment is none of a[segment], b[segment]"),
        ("segment in ('a',)", "segment is a[segment]"),
        ("segment not in ('a',)", "segment is not a[segment]"),
        ("segment is None", "segment is not known"),
        ("(days + few) is not None", "(days + few) is known"),
        ("not paused", "not paused"),
        ("True", "always"),
        ("False or paused", "never or paused"),
        ("days * 2 > 60", "days × 2 above 60[days]"),
        ("days * few > 60", "days × few above 60"),
        ("(days + 5) // 7 > 2", "(days + 5[days]) ÷ 7, rounded down above 2[days]"),
        ("max(days, few, 3) == 3", "the largest of days, few, 3[days] is 3[days]"),
        ("abs(-days) > 4", "−days, sign aside above 4[days]"),
        ("(days if paused else 0) > 4", "(days if paused, else 0[days]) above 4[days]"),
        ("paused == True", "paused is True[paused]"),
        ("'EUR' != currency", "currency is not EUR[currency]"),
    ],
)  # fmt: skip
def test_words(source: str, text: str) -> None:
    assert told(parse(source, FACTS).tree, Plain()) == text


@given(st.one_of(TRUTHS, NUMBERS))
def test_every_condition_has_words(source: str) -> None:
    """Total: no tree without a sentence, and every fact of it stands there."""
    found = parse(source, FACTS)
    text = told(found.tree, Plain())
    assert text and "%(" not in text
    assert all(name in text for name in found.names)
    assert unit_fact(found.tree) in ("", *FACTS)


def test_the_examples_read_as_documents() -> None:
    texts = {told(one.tree, Plain()) for policy in all_examples() for _place, one in policy.conditions()}
    assert "days_overdue above 30[days_overdue]" in texts
    assert "days_overdue above 0[days_overdue] and overdue_minor above 10000[overdue_minor]" in texts
    assert len(texts) > 60
