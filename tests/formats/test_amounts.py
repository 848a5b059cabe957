"""Amounts of every writing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.base.money import to_minor
from openterms.formats.tabular.amounts import MOST_MINOR, read_amount, read_amounts, sign_evidence
from openterms.formats.tabular.cells import number_text
from openterms.formats.tabular.faults import Fault

CURRENCY_OF = {0: "JPY", 2: "EUR", 3: "KWD"}


@pytest.mark.parametrize(
    ("text", "sign", "places", "minor"),
    [
        ("12400.00", ".", 2, 1_240_000),
        ("12,400.00", ".", 2, 1_240_000),
        ("12.400,00", ",", 2, 1_240_000),
        ("12 400,5", ",", 2, 1_240_050),
        ("12\u00a0400,50", ",", 2, 1_240_050),
        ("12'400.50", ".", 2, 1_240_050),
        ("1,23,456.00", ".", 2, 12_345_600),
        ("1234", ".", 2, 123_400),
        ("1234.", ".", 2, 123_400),
        (".5", ".", 2, 50),
        ("(12.50)", ".", 2, -1250),
        ("12.50-", ".", 2, -1250),
        ("-12.50", ".", 2, -1250),
        ("−12.50", ".", 2, -1250),
        ("+12.50", ".", 2, 1250),
        ("€ 12.50", ".", 2, 1250),
        ("-$12.50", ".", 2, -1250),
        ("$-12.50", ".", 2, -1250),
        ("R$ 1.234,56", ",", 2, 123_456),
        ("12.50 EUR", ".", 2, 1250),
        ("12.5000", ".", 2, 1250),
        ("1.234", ".", 3, 1234),
        ("1.5", ".", 3, 1500),
        ("1235", ".", 0, 1235),
        ("1235.0", ".", 0, 1235),
        ("1,235", ".", 0, 1235),
        ("١٢٣٤٫٥٠", ".", 2, 123_450),
        ("", ".", 2, None),
        ("  ", ".", 2, None),
        ("0", ".", 2, 0),
    ],
)
def test_reads(text: str, sign: str, places: int, minor: int | None) -> None:
    assert read_amount(text, sign, places) == minor
    assert read_amounts([text, text], sign, places) == ([minor, minor], {})


@pytest.mark.parametrize(
    ("text", "sign", "places", "what"),
    [
        ("12.345", ".", 2, "has more digits"),
        ("10.000", ".", 2, "has more digits"),  # may be ten thousand
        ("1.2345", ".", 3, "has more digits"),
        ("12.5", ".", 0, "has more digits"),
        ("12,50", ".", 2, "is not an amount"),
        ("1,2345.00", ".", 2, "is not an amount"),
        ("1.2.3", ".", 2, "is not an amount"),
        ("12.50", ",", 2, "is not an amount"),
        ("abc", ".", 2, "is not an amount"),
        ("-", ".", 2, "is not an amount"),
        ("EUR", ".", 2, "is not an amount"),
        ("1e5", ".", 2, "is not an amount"),
        ("NaN", ".", 2, "is not an amount"),
        ("²", ".", 2, "is not an amount"),
        ("99999999999999999999", ".", 2, "is too large"),
        ("9" * 5000, ".", 2, "is not an amount"),
    ],
)
def test_refuses(text: str, sign: str, places: int, what: str) -> None:
    fault = read_amount(text, sign, places)
    assert isinstance(fault, Fault)
    assert what in fault.what % fault.params
    column, faults = read_amounts([text], sign, places)
    assert column == [None] and faults == {0: fault}


@given(st.integers(0, 10**13), st.sampled_from([0, 2, 3]), st.sampled_from([".", ","]))
def test_agrees_with_core(minor: int, places: int, sign: str) -> None:
    text = format(Decimal(minor).scaleb(-places), "f")
    assert to_minor(Decimal(text), CURRENCY_OF[places]) == minor
    shown = text.replace(".", sign)
    assert read_amounts([shown, ""], sign, places)[0] == [minor, None]
    assert read_amount(shown, sign, places) == minor


@given(st.lists(st.text(alphabet="0123456789.,-()' \n€x", max_size=12), max_size=6), st.sampled_from([0, 2, 3]))
def test_column_agrees_with_single(values: list[str], places: int) -> None:
    column, faults = read_amounts(values, ".", places)
    for index, text in enumerate(values):
        single = read_amount(text, ".", places)
        assert faults.get(index, column[index]) == single


@given(st.text(max_size=40), st.sampled_from([".", ","]), st.sampled_from([0, 2, 3]))
def test_never_raises(text: str, sign: str, places: int) -> None:
    found = read_amount(text, sign, places)
    assert found is None or isinstance(found, Fault) or abs(found) <= MOST_MINOR


@pytest.mark.parametrize(
    ("values", "evidence"),
    [
        (["12.5", "1,234.56", "0.123", "1234.567"], (4, 0, 0)),
        (["12,5", "1.234,56", "1.234.567"], (0, 3, 0)),
        (["1.234", "1,234"], (0, 0, 2)),
        (["1234", "abc", "", "1,234,567"], (1, 0, 0)),
    ],
)
def test_sign_evidence(values: list[str], evidence: tuple[int, int, int]) -> None:
    assert sign_evidence(values) == evidence


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (391.0, "391"),
        (0.1, "0.1"),
        (1e22, "10000000000000000000000"),
        (-0.0, "0"),
        (Decimal("10.500"), "10.5"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E+999999"), "1E+999999"),
        (float("nan"), "NaN"),
        (1234.56, "1234.56"),
    ],
)
def test_numbers_as_text(number: float | Decimal, text: str) -> None:
    assert number_text(number) == text
