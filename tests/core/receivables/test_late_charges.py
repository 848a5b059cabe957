"""Late charges: the checked examples of FACTBOOK 4, and what holds of every item."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openterms.apps.parties.jurisdictions import pack_of, shipped_rates
from openterms.core.base.errors import BadInput
from openterms.core.base.jurisdictions import from_document
from openterms.core.receivables.claims import ClaimKind
from openterms.core.receivables.day_counts import DAY_COUNTS
from openterms.core.receivables.late_charge_law import NOTHING, Agreed, ChargeTerms, Tier, charge_terms
from openterms.core.receivables.late_charges import (
    ClaimSpan,
    LateItem,
    bearing_slices,
    charge,
    compound,
    lines_of,
    simple,
)
from openterms.core.receivables.reference_rates import half_year
from tests.shared import vector

RATES = shipped_rates()
STATUTORY = Agreed("statutory")
EU = ChargeTerms("statutory", "ecb_main", 800, tiers=(Tier(None, 4_000),))


def day(text: str) -> date:
    return date.fromisoformat(text)


def law(country, currency="EUR", agreed=STATUTORY, consumer=False):
    return charge_terms(agreed, pack_of(country), day("2026-06-01"), currency, consumer)


def paid(number: int, minor: int | None = None, **more):
    """The item of an example: due and paid on its days."""
    given = vector(number)["inputs"]
    amount = minor if minor is not None else given["principal"] * 100
    due, on = day(given["due"]), day(given["paid"])
    return LateItem("i", due, amount, ((on, amount),), **more), on


def test_tv42_interest_is_split_by_half_year():
    item, on = paid(42)
    found = charge(item, EU, RATES, on + timedelta(days=30))
    assert [(line.days, line.rate_bp) for line in found.lines] == [(30, 1_115), (60, 1_015)]
    assert (found.interest_minor, found.lump_sum_minor, found.total_minor) == (25_849, 4_000, 29_849)
    assert sum(line.amount_minor for line in found.lines) == 25_849


def test_tv43_one_rate_for_the_whole_delay():
    item, on = paid(43)
    found = [
        charge(item, ChargeTerms("statutory", "ecb_main", 800, fixing=fixing), RATES, on).interest_minor
        for fixing in ("due", "payment")
    ]
    assert found == [27_493, 25_027]


def test_tv44_and_45_a_lump_sum_for_each_late_invoice_and_none_in_time():
    late = [LateItem(str(number), day("2026-05-01"), 10_000) for number in range(3)]
    assert sum(charge(one, EU, RATES, day("2026-06-01")).lump_sum_minor for one in late) == 12_000
    item, on = paid(45)
    assert charge(item, EU, RATES, on + timedelta(days=9)).total_minor == 0


def test_tv46_to_48_the_united_kingdom_fixes_the_rate_where_interest_starts():
    terms = law("GB", currency="GBP")
    item = LateItem("i", day("2026-02-01"), 1_000_000)
    found = charge(item, terms, RATES, day("2026-02-01") + timedelta(days=60))
    assert (found.interest_minor, found.lump_sum_minor) == (19_315, 10_000)
    item, on = paid(47)
    (line,) = charge(item, terms, RATES, on).lines
    assert (line.rate_bp, line.days, line.amount_minor) == (1_275, 90, 31_438)
    rates = []
    for case in vector(48)["inputs"]["cases"]:
        one = LateItem("i", day(case["due"]), 100_000)
        rates.append(charge(one, terms, RATES, day(case["paid"])).lines[0].rate_bp)
    assert rates == [1_275, 1_225]


def test_tv49_the_tiers_of_the_lump_sum():
    assert [law("GB", currency="GBP").lump_sum(minor) for minor in (99_999, 100_000, 999_999, 1_000_000)] == [
        4_000, 7_000, 7_000, 10_000,
    ]  # fmt: skip


def test_tv50_the_reference_rates_of_every_half_year():
    expected = vector(50)["expected"]
    for half, rate in expected["eu"].items():
        on = date(int(half[:4]), 1 if half.endswith("1") else 7, 1)
        assert half_year(on) == half
        assert RATES.rate_bp("ecb_main", on) + 800 == round(rate * 100)
        assert RATES.rate_bp("uk_base", on) + 800 == round(expected["uk"][half] * 100)


def test_tv51_germany():
    halves = [day("2024-01-01"), day("2025-01-01"), day("2026-01-01")]
    assert [RATES.rate_bp("de_base", on) + law("DE").margin_bp for on in halves] == [1_262, 1_127, 1_027]
    assert law("DE", consumer=True).margin_bp == 500 and not law("DE", consumer=True).tiers


def test_tv52_a_contract_in_the_united_states():
    assert simple(200_000, 1_800, 45) == 4_438
    agreed = Agreed("interest", "fixed", 2_400)
    terms = law("US", currency="USD", agreed=agreed)
    assert terms.most_bp == 1_800 and terms.basis == "contract"
    assert charge(LateItem("i", day("2026-01-01"), 200_000), terms, RATES, day("2026-02-15")).interest_minor == 4_438
    assert law("US", currency="USD", agreed=STATUTORY) == ChargeTerms("statutory", most_bp=1_800)
    assert law("US", currency="USD", agreed=agreed, consumer=True) == NOTHING


def test_tv53_and_54_day_counts():
    start, end = day("2025-01-31"), day("2025-03-31")
    found = {name: count(start, end) for name, (count, _) in DAY_COUNTS.items()}
    assert found == {"ACT/365": 59, "ACT/360": 59, "30E/360": 60, "30/360": 60, "30/360 US": 60}
    interest = [simple(1_000_000, 900, found[name], name) for name in ("ACT/365", "ACT/360", "30E/360")]
    assert interest == [14_548, 14_750, 15_000]
    start = day("2025-02-28")
    assert {name: count(start, end) for name, (count, _) in DAY_COUNTS.items()} == {
        "ACT/365": 31, "ACT/360": 31, "30E/360": 32, "30/360": 33, "30/360 US": 30,
    }  # fmt: skip


def test_tv55_simple_against_compound():
    assert compound(1_000_000, 1_200, 6) == 61_520
    assert 6 * simple(1_000_000, 1_200, 1, "ACT/360") * 30 == pytest.approx(60_000, abs=100)


MONTHLY = ChargeTerms("contract", "fixed", 1_200, day_count="30E/360", compound_months=1)
SIX_MONTHS = [(1_000_000, 10_000), (1_010_000, 10_100), (1_020_100, 10_201), (1_030_301, 10_303), (1_040_604, 10_406),
              (1_051_010, 10_510)]  # fmt: skip


def test_tv55_compound_by_the_day_gives_the_same():
    item = LateItem("i", day("2026-03-31"), 1_000_000)
    found = charge(item, MONTHLY, RATES, day("2026-09-30"))
    grouped = {}
    for line in found.lines:
        grouped[line.principal_minor] = grouped.get(line.principal_minor, 0) + line.amount_minor
    assert list(grouped.items()) == SIX_MONTHS
    assert found.interest_minor == round(vector(55)["expected"]["compound_monthly"] * 100) == 61_520
    simple_terms = ChargeTerms("contract", "fixed", 1_200, day_count="30E/360")
    assert charge(item, simple_terms, RATES, day("2026-09-30")).interest_minor == 60_000


@pytest.mark.parametrize(
    ("settled", "bearing"),
    [
        (((day("2026-05-10"), 10_000),), [1_000_000, 1_010_000, 1_000_000, 1_010_034]),
        (((day("2026-04-30"), 25_000),), [1_000_000, 1_000_000, 1_000_000]),
        (((day("2026-05-10"), 10_000), (day("2026-05-20"), -10_000)), [1_000_000, 1_010_000, 1_000_000, 1_010_000]),
    ],
)
def test_interest_that_was_paid_bears_nothing(settled, bearing):
    item = LateItem("i", day("2026-03-31"), 1_000_000, interest_settlements=settled)
    lines = charge(item, MONTHLY, RATES, day("2026-06-15")).lines
    seen = [line.principal_minor for line in lines]
    assert [one for place, one in enumerate(seen) if place == 0 or one != seen[place - 1]][: len(bearing)] == [
        one for place, one in enumerate(bearing) if place == 0 or one != bearing[place - 1]
    ]


@pytest.mark.parametrize(
    ("said", "agreed", "months"),
    [
        (None, "month", 1), (None, "year", 12), (None, None, 0), (False, "month", 0), ("absent", "month", 0),
        ("month", "month", 1), ("quarter", "month", 3), ("year", "quarter", 12), ("month", "year", 12),
        ("month", None, 0),
    ],
)  # fmt: skip
def test_interest_is_compound_only_where_law_and_contract_have_it(said, agreed, months):
    pack = None
    if said is not None:
        row = {"mode": "contract", "source": "x"} | ({} if said == "absent" else {"compound": said})
        pack = from_document({"country": "ZZ", "zone": "UTC", "weekend": [6, 7], "interest": [row]}, "zz.yaml")
    terms = Agreed("interest", "fixed", 900, compound=agreed)
    assert charge_terms(terms, pack, day("2026-06-01"), "USD").compound_months == months


@pytest.mark.parametrize("country", ["AE", "DE", "ES", "FR", "GB", "IT", "SA", "US", "NL"])
def test_no_law_that_ships_lets_interest_bear_interest(country):
    agreed = Agreed("interest", "fixed", 500, compound="month")
    assert law(country, agreed=agreed).compound_months == 0


def test_tv57_interest_runs_on_what_a_payment_left():
    """Interest first: of 4,000.00 the interest of 83.42 is taken, the rest reduces the principal."""
    payment = (day("2026-03-02"), 400_000 - 8_342)
    item = LateItem("i", day("2026-01-31"), 1_000_000, (payment,))
    terms = ChargeTerms("statutory", "ecb_main", 800)
    assert charge(item, terms, RATES, day("2026-03-02")).interest_minor == 8_342
    left = LateItem("i", day("2026-03-02"), 608_342)
    assert charge(left, terms, RATES, day("2026-04-01")).interest_minor == 5_075
    found = charge(item, terms, RATES, day("2026-04-01"))
    assert [(line.principal_minor, line.amount_minor) for line in found.lines] == [
        (1_000_000, 8_342), (608_342, 5_075),
    ]  # fmt: skip
    assert found.interest_minor == 13_417
    booked = LateItem("i", item.due_on, 1_000_000, (payment,), (), 8_342, day("2026-03-02"), True)
    assert charge(booked, terms, RATES, day("2026-04-01")).interest_minor == 5_075


def test_a_missing_rate_is_refused_and_not_guessed():
    with pytest.raises(BadInput, match="2027H1"):
        charge(LateItem("i", day("2026-12-01"), 10_000), EU, RATES, day("2027-01-02"))
    with pytest.raises(BadInput, match="not known"):
        charge(LateItem("i", day("2026-01-01"), 10_000), ChargeTerms("contract", "eibor"), RATES, day("2026-02-01"))


@pytest.mark.parametrize(
    ("country", "agreed", "wanted"),
    [
        ("SA", Agreed("interest", "fixed", 900), NOTHING),
        ("SA", STATUTORY, NOTHING),
        ("XX", STATUTORY, NOTHING),
        ("AE", Agreed("interest_and_lump_sum", "fixed", 1_500, 5_000), ("contract", 900, ())),
        ("DE", Agreed("interest_and_lump_sum", "ecb_main", 500, 9_000), ("contract", None, (Tier(None, 4_000),))),
        ("DE", Agreed("lump_sum", lump_sum_minor=2_500), ("contract", None, (Tier(None, 2_500),))),
        ("DE", Agreed("none"), NOTHING),
    ],
)
def test_never_more_than_law_or_contract_allows(country, agreed, wanted):
    found = law(country, currency={"AE": "AED", "SA": "SAR"}.get(country, "EUR"), agreed=agreed)
    assert (found if wanted is NOTHING else (found.basis, found.most_bp, found.tiers)) == wanted


def test_a_charity_undertaking_is_a_fixed_sum_once():
    terms = law("SA", agreed=Agreed("charity", charity_minor=20_000, beneficiary="Red Crescent", grace_days=5))
    item = LateItem("i", day("2026-05-01"), 90_000)
    assert charge(item, terms, RATES, day("2026-05-06")).total_minor == 0
    found = charge(item, terms, RATES, day("2026-05-07"))
    assert (found.charity_minor, found.interest_minor, found.lump_sum_minor) == (20_000, 0, 0)


def test_what_is_contested_or_promised_bears_nothing_meanwhile():
    claims = (
        ClaimSpan(ClaimKind.CONTESTED, 40_000, day("2026-02-11"), day("2026-02-21")),
        ClaimSpan(ClaimKind.PROMISED, 60_000, day("2026-03-01")),
    )
    item = LateItem("i", day("2026-01-31"), 100_000, claims=claims)
    found = bearing_slices(item, EU, day("2026-03-31"))
    assert [(one.starts_on, one.principal_minor) for one in found] == [
        (day("2026-02-01"), 100_000), (day("2026-02-11"), 60_000), (day("2026-02-21"), 100_000),
        (day("2026-03-01"), 40_000),
    ]  # fmt: skip
    bears = ChargeTerms("contract", "fixed", 1_000, promised_bears=True)
    assert bearing_slices(item, bears, day("2026-03-31"))[-1].principal_minor == 100_000


def test_a_receipt_booked_late_makes_the_next_period_smaller():
    before = LateItem("i", day("2026-01-31"), 100_000)
    first = charge(before, EU, RATES, day("2026-03-31"))
    item = LateItem(
        "i", before.due_on, 100_000, ((day("2026-03-01"), 50_000),), (), first.interest_minor, day("2026-03-31"), True
    )
    found = charge(item, EU, RATES, day("2026-04-30"))
    assert found.correction_minor < 0 and found.lump_sum_minor == 0
    left = found.interest_minor - found.overcharged_minor
    assert found.correction_minor + sum(line.amount_minor for line in found.lines) == left
    paid_off = LateItem("i", before.due_on, 100_000, ((day("2026-02-01"), 100_000),), (), first.interest_minor,
                        day("2026-03-31"), True)  # fmt: skip
    over = charge(paid_off, EU, RATES, day("2026-04-30"))
    assert over.interest_minor == 0 and over.overcharged_minor > 0


DUE = date(2025, 1, 15)
DAYS = st.integers(0, 500).map(lambda days: DUE - timedelta(days=60) + timedelta(days=days))


@st.composite
def items(draw):
    """An item with payments and claims on any days."""
    amount = draw(st.integers(1, 10**9))
    left, payments = amount, []
    for on in sorted(draw(st.lists(DAYS, max_size=4))):
        part = draw(st.integers(0, left))
        payments.append((on, part))
        left -= part
    claims = [
        ClaimSpan(kind, draw(st.integers(1, amount)), start, end)
        for kind, start, end in draw(
            st.lists(st.tuples(st.sampled_from(ClaimKind), DAYS, st.none() | DAYS), max_size=3)
        )
        if end is None or end >= start
    ]
    interest = draw(st.lists(st.tuples(DAYS, st.integers(-100, 10_000)), max_size=2))
    return LateItem("i", DUE, amount, tuple(payments), tuple(claims), interest_settlements=tuple(interest))


TERMS = st.builds(
    ChargeTerms,
    basis=st.just("contract"),
    reference=st.sampled_from(["ecb_main", "fixed"]),
    margin_bp=st.integers(0, 2_000),
    fixing=st.sampled_from(["half_year", "start", "due"]),
    day_count=st.sampled_from(["ACT/365", "ACT/360", "30E/360"]),
    most_bp=st.none() | st.integers(0, 1_500),
    grace_days=st.integers(0, 40),
    promised_bears=st.booleans(),
    compound_months=st.sampled_from([0, 0, 1, 3, 12]),
)


@settings(max_examples=150, deadline=None)
@given(items(), TERMS, DAYS, DAYS)
def test_periods_sum_to_the_whole_and_nothing_is_charged_twice(item, terms, one, other):
    first, second = sorted((one, other))
    early = charge(item, terms, RATES, first)
    after = LateItem(
        "i", item.due_on, item.amount_minor, item.settlements, item.claims, early.interest_minor, first, True,
        item.interest_settlements,
    )
    assert charge(after, terms, RATES, first).total_minor == 0
    late, whole = charge(after, terms, RATES, second), charge(item, terms, RATES, second)
    assert early.interest_minor + late.interest_minor == whole.interest_minor
    assert late.correction_minor == 0 and late.overcharged_minor == 0
    assert sum(line.amount_minor for line in late.lines) == late.interest_minor
    slices = bearing_slices(item, terms, second)
    last = slices[-1].ends_on if slices else second
    assert whole.lines == lines_of(slices, terms, RATES, item.due_on, last, item.interest_settlements)
    assert all(0 < one.principal_minor <= item.amount_minor for one in slices)
