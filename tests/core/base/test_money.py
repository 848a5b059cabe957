from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.base.errors import BadInput
from openterms.core.base.money import (
    Money,
    convert,
    exponent,
    format_amount,
    round_to_minor,
    split,
    to_decimal,
    to_minor,
)
from tests.shared import vector

CODES = st.sampled_from(["JPY", "EUR", "KWD", "CLF"])
MINOR = st.integers(-(2**62), 2**62)


def test_rounding_by_currency_is_half_up_tv_1() -> None:
    tv = vector(1)
    found = [str(to_decimal(round_to_minor(text, code), code)) for text, code in tv["inputs"]["cases"]]
    assert found == tv["expected"]["rounded"]


def test_dollars_at_a_rate_become_euro_tv_123() -> None:
    booked = vector(123)["expected"]["entries"][0]["debit"]
    assert convert(to_minor("10000.00", "USD"), "USD", "EUR", Decimal("0.92")) == booked * 100


@pytest.mark.parametrize(("source", "target", "rate", "minor", "expected"), [
    ("KWD", "EUR", "3.00", 1_000, 300),  # 1.000 KWD
    ("JPY", "USD", "0.0067", 1_000, 670),
    ("USD", "JPY", "149.255", 100, 149),
    ("EUR", "USD", "1.005", -100, -101),  # half away from zero
])  # fmt: skip
def test_convert_minds_the_digits_of_both(source: str, target: str, rate: str, minor: int, expected: int) -> None:
    assert convert(minor, source, target, Decimal(rate)) == expected


@pytest.mark.parametrize(("amount", "currency", "minor"), [
    ("12400.00", "EUR", 1_240_000),
    ("12400", "EUR", 1_240_000),
    (" -0.5 ", "EUR", -50),
    ("1.5000", "EUR", 150),
    ("1235", "JPY", 1235),
    ("1.235", "KWD", 1235),
    (Decimal("1.500"), "EUR", 150),
    (Decimal("1E+3"), "JPY", 1000),
])  # fmt: skip
def test_to_minor(amount: str | Decimal, currency: str, minor: int) -> None:
    assert to_minor(amount, currency) == minor


@pytest.mark.parametrize(("amount", "currency", "says"), [
    ("1.005", "EUR", "more digits than EUR allows"),
    ("1.500", "EUR", "more digits"),  # may be one thousand five hundred
    ("1.5", "JPY", "more digits than JPY"),
    ("1,200.00", "EUR", "'1,200.00' is not an amount (write a plain number such as 1234.56)"),
    ("1e3", "EUR", "not an amount"),
    ("", "KWD", "such as 123.456"),
    ("٣", "EUR", "not an amount"),
    (Decimal("NaN"), "EUR", "not an amount"),
    ("92233720368547758.08", "EUR", "too large"),
    ("1", "eur", "'eur' is not a currency code"),
])  # fmt: skip
def test_to_minor_says_what_is_wrong(amount: str | Decimal, currency: str, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        to_minor(amount, currency)
    assert says in str(caught.value)


@pytest.mark.parametrize(("minor", "currency", "text"), [
    (1_240_000, "EUR", "12,400.00"),
    (-5, "EUR", "-0.05"),
    (0, "EUR", "0.00"),
    (1235, "JPY", "1,235"),
    (1005, "KWD", "1.005"),
])  # fmt: skip
def test_format_amount(minor: int, currency: str, text: str) -> None:
    assert format_amount(minor, currency) == text


def test_money_of_two_currencies_is_never_added() -> None:
    assert str(Money(500, "EUR") + Money(1, "EUR") - Money(2, "EUR")) == "EUR 4.99"
    assert -Money(1, "JPY") == Money(-1, "JPY")
    with pytest.raises(BadInput, match="EUR and USD cannot be added"):
        Money(1, "EUR") + Money(1, "USD")
    with pytest.raises(BadInput):
        Money(1, "XXX")


def test_exponents() -> None:
    assert [exponent(code) for code in ("JPY", "EUR", "KWD", "BHD", "OMR", "JOD", "TND")] == [0, 2, 3, 3, 3, 3, 3]


@pytest.mark.parametrize(("minor", "weights", "parts"), [
    (100, [1, 1, 1], (34, 33, 33)),
    (-100, [1, 1, 1], (-34, -33, -33)),
    (100, [0, 1], (0, 100)),
    (10, [1, 2, 4], (1, 3, 6)),
])  # fmt: skip
def test_split_by_largest_remainder(minor: int, weights: list[int], parts: tuple[int, ...]) -> None:
    assert split(minor, weights) == parts


@pytest.mark.parametrize("weights", [[], [0, 0], [2, -1]])
def test_split_refuses_weights_without_meaning(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        split(1, weights)


@given(MINOR, st.lists(st.integers(0, 10**6), min_size=1, max_size=30).filter(any))
def test_a_split_sums_and_each_part_is_within_one_unit(minor: int, weights: list[int]) -> None:
    parts = split(minor, weights)
    assert sum(parts) == minor
    total = sum(weights)
    assert all(abs(part * total - minor * weight) < total for part, weight in zip(parts, weights, strict=True))


@given(MINOR, CODES)
def test_decimals_and_minor_units_are_the_same_amount(minor: int, currency: str) -> None:
    assert to_minor(to_decimal(minor, currency), currency) == minor
    assert to_minor(format_amount(minor, currency).replace(",", ""), currency) == minor
