"""Statements: TV-25 to TV-29, missing figures, edges of zones, age, and what changes between two years."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.base.errors import BadInput
from openterms.core.credit.failure import Kind, Model, Zone, altman, distress, model_for, ohlson, zone_of
from openterms.core.credit.statements import (
    Flag,
    Ratio,
    Statement,
    flags,
    hundredths,
    ratios,
    tangible_net_worth,
    trends,
    working_capital,
)
from tests.shared import vector

D = Decimal
END = date(2025, 12, 31)
SOON = date(2026, 3, 1)
NAMES = {
    "total_assets": "total_assets_minor", "current_assets": "current_assets_minor", "inventory": "inventory_minor",
    "current_liabilities": "current_liabilities_minor", "retained_earnings": "retained_earnings_minor",
    "ebit": "ebit_minor", "market_value_equity": "market_equity_minor", "book_equity": "equity_minor",
    "total_liabilities": "total_liabilities_minor", "sales": "sales_minor", "interest_expense": "interest_minor",
    "intangibles": "intangibles_minor",
}  # fmt: skip


def given_by(number: int) -> Statement:
    amounts = {NAMES[name]: minor for name, minor in vector(number)["inputs"].items()}
    return Statement(ends_on=END, currency="EUR", **amounts)


def sample() -> Statement:
    return Statement(
        ends_on=END, currency="EUR", total_assets_minor=1000, current_assets_minor=500, inventory_minor=180,
        current_liabilities_minor=300, retained_earnings_minor=250, ebit_minor=120, market_equity_minor=800,
        equity_minor=400, total_liabilities_minor=600, sales_minor=1500, interest_minor=30, intangibles_minor=50,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("number", "model"), [(25, Model.Z), (26, Model.Z_PRIME), (27, Model.Z_DOUBLE_PRIME)]
)  # fmt: skip
def test_altman(number: int, model: Model) -> None:
    found, wanted = altman(given_by(number), model), vector(number)["expected"]
    assert found is not None
    assert (found.z.rounded, found.zone.value) == (D(str(wanted["z"])), wanted["zone"])


def test_altman_for_emerging_markets() -> None:
    found = altman(given_by(27), Model.EMERGING)
    assert found is not None
    assert (found.z.rounded, found.z.hundredths, found.zone) == (D("6.8834"), 688, Zone.SAFE)


def test_ohlson() -> None:
    inputs, wanted = vector(28)["inputs"], vector(28)["expected"]
    later = Statement(
        ends_on=END, currency="USD", total_assets_minor=100 * inputs["total_assets"],
        total_liabilities_minor=100 * inputs["total_liabilities"], current_assets_minor=100 * inputs["current_assets"],
        current_liabilities_minor=100 * inputs["current_liabilities"], net_income_minor=100 * inputs["net_income"],
        funds_from_operations_minor=100 * inputs["funds_from_operations"],
    )  # fmt: skip
    before = Statement(ends_on=date(2024, 12, 31), currency="USD", net_income_minor=100 * inputs["net_income_prev"])
    found = ohlson(later, before, inputs["price_index_1968_is_100"])
    assert found is not None
    assert found.o.rounded == D(str(wanted["o"]))
    assert found.probability_rounded == D(str(wanted["p"]))
    assert found.probability_bp == 394


def test_ratios() -> None:
    statement, wanted = given_by(29), vector(29)["expected"]
    found = ratios(statement)
    for ratio, name in (
        (found.current, "current_ratio"), (found.quick, "quick_ratio"), (found.debt_to_equity, "debt_to_equity"),
        (found.debt_ratio, "debt_ratio"), (found.interest_cover, "interest_cover"),
    ):  # fmt: skip
        assert ratio is not None
        assert ratio.rounded == D(str(wanted[name])), name
    assert found.tangible_net_worth_minor == wanted["tangible_net_worth"]
    assert found.working_capital_minor == working_capital(statement) == 200
    assert (hundredths(found.current), hundredths(None)) == (167, None)


def test_each_rounding_starts_from_the_exact_value() -> None:
    ratio = Ratio(Fraction(123_496, 100_000))
    assert (ratio.rounded, ratio.hundredths) == (D("1.2350"), 123)
    assert Ratio(Fraction(-5, 1000)).hundredths == -1


RATIO_NEEDS = {
    "current": ("current_assets_minor", "current_liabilities_minor"),
    "quick": ("current_assets_minor", "inventory_minor", "current_liabilities_minor"),
    "debt_to_equity": ("total_liabilities_minor", "equity_minor"),
    "debt_ratio": ("total_liabilities_minor", "total_assets_minor"),
    "interest_cover": ("ebit_minor", "interest_minor"),
    "working_capital_minor": ("current_assets_minor", "current_liabilities_minor"),
    "tangible_net_worth_minor": ("equity_minor", "intangibles_minor"),
}


@pytest.mark.parametrize(
    ("ratio", "field"), [(ratio, field) for ratio, needs in RATIO_NEEDS.items() for field in needs]
)
def test_what_is_not_given_gives_no_ratio(ratio: str, field: str) -> None:
    assert getattr(ratios(sample()), ratio) is not None
    assert getattr(ratios(replace(sample(), **{field: None})), ratio) is None


@pytest.mark.parametrize(
    ("ratio", "field", "minor"),
    [
        ("current", "current_liabilities_minor", 0), ("quick", "current_liabilities_minor", 0),
        ("debt_to_equity", "equity_minor", 0), ("debt_to_equity", "equity_minor", -1),
        ("debt_ratio", "total_assets_minor", 0), ("interest_cover", "interest_minor", 0),
        ("interest_cover", "interest_minor", -5),
    ],
)  # fmt: skip
def test_a_ratio_without_a_meaning_is_no_ratio(ratio: str, field: str, minor: int) -> None:
    assert getattr(ratios(replace(sample(), **{field: minor})), ratio) is None


def test_tangible_net_worth_takes_off_what_is_given() -> None:
    assert tangible_net_worth(replace(sample(), goodwill_minor=30)) == 320
    assert tangible_net_worth(replace(sample(), goodwill_minor=30, intangibles_minor=None)) == 370
    assert tangible_net_worth(replace(sample(), owner_loans_minor=70)) == 350
    assert tangible_net_worth(replace(sample(), owner_loans_minor=70), less_owner_loans=True) == 280
    assert tangible_net_worth(sample(), less_owner_loans=True) == 350
    assert tangible_net_worth(replace(sample(), equity_minor=-10)) == -60


ALTMAN_NEEDS = {
    "current_assets_minor": tuple(Model), "current_liabilities_minor": tuple(Model), "total_assets_minor": tuple(Model),
    "total_liabilities_minor": tuple(Model), "retained_earnings_minor": tuple(Model), "ebit_minor": tuple(Model),
    "market_equity_minor": (Model.Z,), "equity_minor": tuple(model for model in Model if model is not Model.Z),
    "sales_minor": (Model.Z, Model.Z_PRIME), "inventory_minor": (),
}  # fmt: skip


@pytest.mark.parametrize("field", ALTMAN_NEEDS)
def test_altman_needs_its_figures_and_no_others(field: str) -> None:
    without = replace(sample(), **{field: None})
    assert {model for model in Model if altman(without, model) is None} == set(ALTMAN_NEEDS[field])


@pytest.mark.parametrize("field", ["total_assets_minor", "total_liabilities_minor"])
@pytest.mark.parametrize("minor", [0, -1])
def test_altman_without_assets_or_liabilities(field: str, minor: int) -> None:
    assert all(altman(replace(sample(), **{field: minor}), model) is None for model in Model)


@pytest.mark.parametrize(
    ("model", "low", "high"),
    [
        (Model.Z, "1.81", "2.99"), (Model.Z_PRIME, "1.23", "2.90"), (Model.Z_DOUBLE_PRIME, "1.10", "2.60"),
        (Model.EMERGING, "4.35", "5.85"),
    ],
)  # fmt: skip
def test_edges_of_zones(model: Model, low: str, high: str) -> None:
    little = Fraction(1, 10**9)
    assert zone_of(model, Fraction(low) - little) is Zone.DISTRESS
    assert zone_of(model, Fraction(low)) is zone_of(model, Fraction(high)) is Zone.GREY
    assert zone_of(model, Fraction(high) + little) is Zone.SAFE


@pytest.mark.parametrize(
    ("kind", "listed", "emerging", "model"),
    [
        (Kind.MANUFACTURER, True, False, Model.Z), (Kind.MANUFACTURER, False, False, Model.Z_PRIME),
        (Kind.OTHER, True, False, Model.Z_DOUBLE_PRIME), (Kind.OTHER, False, True, Model.EMERGING),
        (Kind.MANUFACTURER, True, True, Model.EMERGING), (Kind.BANK, True, False, None),
        (Kind.INSURER, False, False, None), (Kind.START_UP, False, False, None), (Kind.HOLDING, False, True, None),
    ],
)  # fmt: skip
def test_the_form_for_a_company(kind: Kind, listed: bool, emerging: bool, model: Model | None) -> None:
    assert model_for(kind, listed, emerging) is model


@pytest.mark.parametrize(
    ("ends_on", "last_fresh"),
    [
        (date(2024, 12, 31), date(2026, 6, 30)), (date(2025, 6, 30), date(2026, 12, 31)),
        (date(2025, 2, 28), date(2026, 8, 31)), (date(2025, 3, 15), date(2026, 9, 15)),
    ],
)  # fmt: skip
def test_eighteen_months(ends_on: date, last_fresh: date) -> None:
    statement = replace(sample(), ends_on=ends_on)
    fresh = distress(statement, last_fresh, Kind.OTHER)
    stale = distress(statement, date.fromordinal(last_fresh.toordinal() + 1), Kind.OTHER)
    assert fresh.altman is not None and fresh.flags == ()
    assert (stale.altman, stale.ohlson, stale.flags) == (None, None, (Flag.STALE,))


def test_what_is_not_scored() -> None:
    assert distress(sample(), date(2025, 12, 30), Kind.OTHER).flags == (Flag.NOT_ENDED,)
    assert distress(sample(), date(2025, 12, 30), Kind.OTHER).altman is None
    bank = distress(sample(), SOON, Kind.BANK, price_index=700, previous=replace(sample(), ends_on=date(2024, 12, 31)))
    assert (bank.altman, bank.ohlson, bank.flags) == (None, None, (Flag.OUT_OF_SCOPE,))


def test_all_that_must_be_known() -> None:
    odd = replace(sample(), equity_minor=-11, months=6)
    assert flags(odd, SOON) == (Flag.NEGATIVE_EQUITY, Flag.ANNUALISED, Flag.DOES_NOT_BALANCE)
    assert flags(replace(sample(), equity_minor=390), SOON) == ()
    assert flags(replace(sample(), equity_minor=None), SOON) == ()


def test_half_a_year_is_taken_as_a_whole() -> None:
    half = replace(sample(), months=6, ebit_minor=60, sales_minor=750)
    assert altman(half, Model.Z) == altman(sample(), Model.Z)
    assert ratios(replace(half, interest_minor=15)).interest_cover == ratios(sample()).interest_cover


def ohlson_pair(**changed: Any) -> tuple[Statement, Statement]:
    later = replace(sample(), net_income_minor=50, funds_from_operations_minor=80)
    before = replace(sample(), ends_on=date(2024, 12, 31), net_income_minor=40)
    return replace(later, **changed), before


@pytest.mark.parametrize(
    "changed",
    [
        {"total_assets_minor": 0}, {"total_liabilities_minor": 0}, {"current_assets_minor": 0},
        {"total_assets_minor": None}, {"total_liabilities_minor": None}, {"current_assets_minor": None},
        {"current_liabilities_minor": None}, {"net_income_minor": None}, {"funds_from_operations_minor": None},
    ],
)  # fmt: skip
def test_ohlson_without_its_figures(changed: dict[str, int | None]) -> None:
    assert ohlson(*ohlson_pair(), price_index=700) is not None
    assert ohlson(*ohlson_pair(**changed), price_index=700) is None


def test_ohlson_with_no_income_in_two_years_and_with_losses_in_both() -> None:
    later, before = ohlson_pair(net_income_minor=0)
    flat = ohlson(later, replace(before, net_income_minor=0), 700)
    loss = ohlson(replace(later, net_income_minor=-1), replace(before, net_income_minor=-1), 700)
    assert flat is not None and loss is not None
    once = ohlson(replace(later, net_income_minor=-1), replace(before, net_income_minor=1), 700)
    assert once is not None
    assert once.o.exact - flat.o.exact == Fraction(521, 1000) + Fraction(2370, 1000) * Fraction(1, 1000)
    assert loss.o.exact - flat.o.exact == Fraction(285, 1000) + Fraction(2370, 1000) * Fraction(1, 1000)


def test_ohlson_of_a_company_that_owes_far_more_than_it_has() -> None:
    found = ohlson(*ohlson_pair(total_liabilities_minor=10**12), price_index=700)
    assert found is not None
    assert (found.probability, found.probability_bp) == (1, 10_000)


def test_ohlson_in_another_currency_is_the_same_company() -> None:
    dinars = {"currency": "KWD", "total_assets_minor": 10_000}
    later, before = ohlson_pair()
    same = ohlson(replace(later, currency="USD"), replace(before, currency="USD"), 700, 1)
    other = ohlson(replace(later, **{**dinars, "total_assets_minor": 1000}), replace(before, currency="KWD"), 700, 10)
    assert same is not None and same == other


@pytest.mark.parametrize(
    "bad", [{"price_index": 0}, {"price_index": 700, "usd_per_unit": 0}, {"price_index": 700.0}]
)  # fmt: skip
def test_ohlson_refuses(bad: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        ohlson(*ohlson_pair(), **bad)
    with pytest.raises(BadInput):
        ohlson(*reversed(ohlson_pair()), price_index=700)


@pytest.mark.parametrize(
    "bad", [{"months": 0}, {"months": 25}, {"currency": "XXX"}, {"inventory_minor": -1}, {"goodwill_minor": -1}]
)
def test_a_statement_that_cannot_be(bad: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        replace(sample(), **bad)


def test_trends() -> None:
    before = replace(sample(), ends_on=date(2024, 12, 31), net_income_minor=-100)
    after = replace(
        sample(), months=6, ends_on=date(2025, 6, 30), sales_minor=900, ebit_minor=60, net_income_minor=50,
        current_assets_minor=450, total_assets_minor=1100, interest_minor=None,
    )  # fmt: skip
    found = trends(before, after)
    assert found.months_between == 6
    assert found.sales_growth_bp == 2000
    assert found.ebit_growth_bp == 0
    assert found.net_income_growth_bp == 20_000
    assert found.assets_growth_bp == 1000
    assert found.tangible_net_worth_growth_bp == 0
    assert found.current_change_c == -17
    assert found.debt_ratio_change_c == -5
    assert found.interest_cover_change_c is None
    assert trends(replace(before, sales_minor=0), after).sales_growth_bp is None
    for pair in ((after, before), (before, replace(after, currency="USD"))):
        with pytest.raises(BadInput, match="compared"):
            trends(*pair)


AMOUNT = st.one_of(st.none(), st.integers(-(10**15), 10**15))
SIZE = st.one_of(st.none(), st.integers(0, 10**15))


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    from openterms.core.credit.statements import NEVER_NEGATIVE

    names = [name for name in Statement.__dataclass_fields__ if name.endswith("_minor")]
    amounts = {name: draw(SIZE if name in NEVER_NEGATIVE else AMOUNT) for name in names}
    return Statement(ends_on=END, currency="EUR", months=draw(st.integers(1, 24)), **amounts)


@given(statements(), statements())
def test_any_statement_has_an_answer(statement: Statement, before: Statement) -> None:
    previous = replace(before, ends_on=date(2024, 12, 31))
    found = distress(statement, SOON, Kind.MANUFACTURER, previous=previous, price_index=700)
    ratios(statement)
    trends(previous, statement)
    if found.altman is not None:
        assert found.altman.zone is zone_of(found.altman.model, found.altman.z.exact)
    if found.ohlson is not None:
        assert 0 <= found.ohlson.probability <= 1


@given(statements(), st.integers(2, 1000), st.sampled_from(Model))
def test_a_score_does_not_depend_on_the_unit(statement: Statement, factor: int, model: Model) -> None:
    names = [name for name in Statement.__dataclass_fields__ if name.endswith("_minor")]
    larger = replace(
        statement,
        **{name: None if getattr(statement, name) is None else factor * getattr(statement, name) for name in names},
    )
    assert altman(larger, model) == altman(statement, model)
    assert ratios(larger).quick == ratios(statement).quick
