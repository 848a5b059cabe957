from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.base.calendar import EVERY_DAY, FRIDAY_SATURDAY, BusinessCalendar, RollRule, add_months
from openterms.core.base.errors import BadInput
from openterms.core.receivables.due_rules import (
    PREPAID_CODES,
    AfterMonthEnd,
    DayOfNextMonth,
    DaysThenMonthEnd,
    DueRule,
    FixedDays,
    Instalments,
    Net,
    Offset,
    Prepaid,
)
from openterms.core.receivables.terms import CashDiscount, Instalment, Terms, parse_terms
from tests.shared import vector


def day(text: str) -> date:
    return date.fromisoformat(text)


def due(notation: str, invoice: str, calendar: BusinessCalendar = EVERY_DAY) -> str:
    (only,) = parse_terms(notation).schedule(day(invoice), 10_000, calendar)
    return only.due_on.isoformat()


def test_net_terms_tv_76() -> None:
    tv = vector(76)
    cases = tv["inputs"]["cases"]
    assert [due(case["terms"], case["invoice"]) for case in cases] == tv["expected"]["due"]
    (only,) = parse_terms(cases[1]["terms"]).schedule(day(cases[1]["invoice"]), 100_000, EVERY_DAY)
    assert only.discount_on == day(tv["expected"]["discount_until"])
    assert only.discount_minor == 2_000


def test_month_end_terms_tv_77() -> None:
    tv = vector(77)
    june, january = tv["inputs"]["invoice"], tv["inputs"]["invoice_2"]
    assert tv["expected"] == {
        "EOM": due("eom", june),
        "EOM_10": due("eom+10", june),
        "MFI_15": due("15 mfi", june),
        "net30_EOM": due("net 30 eom", june),
        "net30_EOM_invoice_2": due("net 30 eom", january),
        "net30_prox_invoice_2": due("net 30 prox", january),
    }


def test_both_readings_of_the_french_term_tv_78() -> None:
    tv = vector(78)
    assert tv["expected"] == {
        "days_then_eom": due("net 45 then eom", tv["inputs"]["invoice"]),
        "eom_then_days": due("eom+45", tv["inputs"]["invoice"]),
    }


def test_weekend_rules_tv_79() -> None:
    expected = vector(79)["expected"]
    europe, riyadh = BusinessCalendar(), BusinessCalendar(FRIDAY_SATURDAY)
    assert expected == {
        "none": due("net 30", "2026-06-04", europe),
        "following": due("net 30 following", "2026-06-04", europe),
        "preceding": due("net 30 preceding", "2026-06-04", europe),
        "following_sa": due("net 30 following", "2026-06-04", riyadh),
        "following_2": due("eom following", "2026-05-15", europe),
        "modified_following_2": due("eom modified following", "2026-05-15", europe),
    }


def test_monthly_instalments_tv_80() -> None:
    tv = vector(80)
    terms = parse_terms("1/3 at 0, 1/3 at 1m, 1/3 at 2m")
    made = terms.schedule(day(tv["inputs"]["first"]), 100_000, EVERY_DAY)
    plan = [{"due": part.due_on.isoformat(), "amount": part.amount_minor / 100} for part in made]
    assert plan == tv["expected"]["plan"]


@pytest.mark.parametrize(("notation", "canonical"), [
    ("Net 30", "net 30"), ("net30", "net 30"), ("30 days", "net 30"), ("N/30", "net 30"), ("net 30 days", "net 30"),
    ("net 0", "due on receipt"), ("Due on receipt", "due on receipt"), ("upon receipt", "due on receipt"),
    ("COD", "cod"), ("cia", "cia"),
    ("2/10 net 30", "2/10 net 30"), ("2.50% / 10, net 30", "2.5/10 net 30"), ("0.75/7 n/14", "0.75/7 net 14"),
    ("EOM", "eom"), ("eom + 15", "eom+15"), ("eom 15", "eom+15"), ("15 eom", "eom+15"), ("net 30 EOM", "eom+30"),
    ("45 days then end of month", "net 45 then eom"),
    ("15 MFI", "15 prox"), ("net 10 prox", "10 prox"), ("10th prox.", "10 prox"), ("30 prox", "30 prox"),
    ("day 20, 5", "day 5,20"), ("net 30 then day 5,20", "net 30 then day 5,20"),
    ("1/3 at 30, 1/3 at 60, 1/3 at 90", "1/3 at 30, 1/3 at 60, 1/3 at 90"),
    ("50% at 0,1/2 at 30", "50% at 0, 50% at 30"), ("12.5% at 0m, 87.5% at 1m", "12.5% at 0, 87.5% at 1m"),
    ("2/10 after eom, net 30 eom", "2/10 after eom eom+30"), ("2/10 after invoice eom", "2/10 after invoice eom"),
    ("2/10 after invoice, 15 prox", "2/10 after invoice 15 prox"),
    ("net 30  Modified Following", "net 30 modified following"),
    ("1/2 at 30, 1/2 at 60 preceding", "50% at 30, 50% at 60 preceding"),
])  # fmt: skip
def test_canonical_notation(notation: str, canonical: str) -> None:
    assert str(parse_terms(notation)) == canonical
    assert parse_terms(canonical) == parse_terms(notation)


@pytest.mark.parametrize(("notation", "says"), [
    ("", '"": these payment terms are not known (write for example net 30)'),
    ("30", "30: these payment terms have more than one meaning (write net 30 for days, or 30 prox for a day of next"),
    ("45 days eom", "write net 45 then eom (month end last) or eom+45 (month end first)"),
    ("45 jours fin de mois", "more than one meaning (write net 45 then eom"),
    ("2/10 net 30 eom", 'say from when the discount counts: "…/10 after invoice" or "…/10 after eom"'),
    ("2/10 15 prox", "say from when the discount counts"),
    ("prox", "say which day of the next month"),
    ("2/10/30", "write discount and due date apart, such as 2/10 net 30"),
    ("2/10", "add when the whole amount is due"),
    ("net", "say how many days"),
    ("3/10 2/20 net 30", "one cash discount only"),
    ("2/40 net 30", "a discount ends on or before the due date"),
    ("2/31 after eom eom+30", "a discount ends on or before the due date"),
    ("2/10 due on receipt", "a discount ends on or before the due date"),
    ("2/10 cod", "leave the discount out"),
    ("2/10 50% at 0, 50% at 30", "leave the discount out"),
    ("100/10 net 30", "between 0 and 100 percent"),
    ("0/10 net 30", "between 0 and 100 percent"),
    ("2.005/10 net 30", "at most two decimals"),
    ("net 1001", "at most 1000 days"),
    ("net 99999999999", "at most 1000 days"),
    ("32 prox", "a day of the month is 1 to 31"),
    ("day 0", "a day of the month is 1 to 31"),
    ("1/3 at 30, 1/3 at 60", "sum to 1 or 100 percent"),
    ("0% at 0, 100% at 30", "are positive"),
    ("1/0 at 30", "write instalments like"),
    ("1/2 at 30 and 1/2 at 60", "write instalments like"),
    ("1/2 at 60, 1/2 at 30", "in order of their dates"),
    ("1/2 at 30, 1/2 at 2m", "all in days or all in months"),
    ("whenever", "whenever: these payment terms are not known (write for example net 30, 2/10 net 30,"),
    ("net ٣٠", "not known"),
    ("net -5", "not known"),
])  # fmt: skip
def test_what_is_unclear_is_refused_with_what_would_be_right(notation: str, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_terms(notation)
    assert says in str(caught.value)


@pytest.mark.parametrize(("notation", "invoice", "expected"), [
    ("day 5,20", "2026-06-05", "2026-06-20"),  # strictly after the invoice date
    ("day 5,20", "2026-06-20", "2026-07-05"),
    ("day 5,20", "2026-12-31", "2027-01-05"),
    ("day 31", "2026-01-31", "2026-02-28"),
    ("net 30 then day 5,20", "2026-06-05", "2026-07-05"),  # 5 July is day 30 itself
    ("net 30 then day 5,20", "2026-06-06", "2026-07-20"),
    ("15 prox", "2026-12-31", "2027-01-15"),
    ("31 prox", "2028-01-31", "2028-02-29"),
    ("cod", "2026-06-05", "2026-06-05"),
    ("due on receipt", "2026-06-05", "2026-06-05"),
])  # fmt: skip
def test_due_dates(notation: str, invoice: str, expected: str) -> None:
    assert due(notation, invoice) == expected


def test_a_discount_moves_with_the_weekend_and_never_past_the_due_date() -> None:
    europe = BusinessCalendar()
    (only,) = parse_terms("2/10 net 30 following").schedule(date(2026, 6, 4), 33_333, europe)
    assert only == Instalment(date(2026, 7, 6), 33_333, date(2026, 6, 15), 667, date(2026, 7, 4))
    (short,) = parse_terms("2/10 after eom net 30").schedule(date(2026, 6, 1), 10_000, EVERY_DAY)
    assert short.discount_on == short.due_on == date(2026, 7, 1)
    (month_end,) = parse_terms("2/10 after eom, net 30 eom").schedule(date(2026, 6, 1), 10_000, EVERY_DAY)
    assert (month_end.discount_on, month_end.due_on) == (date(2026, 7, 10), date(2026, 7, 30))


def test_a_discount_of_nothing_has_no_date() -> None:
    (only,) = parse_terms("2/10 net 30").schedule(date(2026, 6, 1), 24, EVERY_DAY)
    assert (only.discount_on, only.discount_minor) == (None, 0)


def test_parts_that_come_to_nothing_are_left_out() -> None:
    made = parse_terms("1/3 at 30, 1/3 at 60, 1/3 at 90").schedule(date(2026, 1, 1), 2, EVERY_DAY)
    assert [(part.due_on, part.amount_minor) for part in made] == [(date(2026, 4, 1), 2)]
    for total in (0, -1):
        with pytest.raises(ValueError, match="positive total"):
            parse_terms("net 30").schedule(date(2026, 1, 1), total, EVERY_DAY)


def test_prepaid_terms_give_no_credit() -> None:
    assert [parse_terms(code).is_prepaid for code in (*PREPAID_CODES, "due on receipt", "net 30")] == [True] * 5 + [
        False
    ] * 2


DAYS = st.integers(0, 400)
MONTH_DAYS = st.integers(1, 31)


@st.composite
def instalments(draw: st.DrawFn) -> Instalments:
    weights = draw(st.lists(st.integers(1, 30), min_size=1, max_size=6))
    counts = draw(st.lists(st.integers(0, 60), min_size=len(weights), max_size=len(weights), unique=True).map(sorted))
    months = draw(st.booleans())
    shares = [Fraction(weight, sum(weights)) for weight in weights]
    return Instalments(tuple((share, Offset(n, months and n > 0)) for share, n in zip(shares, counts, strict=True)))


DUE_RULES: st.SearchStrategy[DueRule] = st.one_of(
    st.builds(Net, DAYS),
    st.builds(Prepaid, st.sampled_from(PREPAID_CODES)),
    st.builds(AfterMonthEnd, DAYS),
    st.builds(DaysThenMonthEnd, DAYS),
    st.builds(DayOfNextMonth, MONTH_DAYS),
    st.builds(
        FixedDays, st.lists(MONTH_DAYS, min_size=1, max_size=5, unique=True).map(sorted).map(tuple), st.integers(0, 90)
    ),
    instalments(),
)


@st.composite
def all_terms(draw: st.DrawFn) -> Terms:
    due_rule = draw(DUE_RULES)
    discount = None
    if draw(st.booleans()) and not isinstance(due_rule, Instalments | Prepaid):
        most = due_rule.days if isinstance(due_rule, Net | AfterMonthEnd) else 0
        discount = CashDiscount(
            draw(st.integers(1, 9_999)), draw(st.integers(0, most)), isinstance(due_rule, AfterMonthEnd)
        )
    return Terms(due_rule, discount, draw(st.sampled_from(list(RollRule))))


@given(all_terms())
def test_the_canonical_notation_reads_back_as_the_same_terms(terms: Terms) -> None:
    assert parse_terms(str(terms)) == terms


@given(all_terms(), st.dates(date(2000, 1, 1), date(2050, 12, 31)), st.integers(1, 10**15))
def test_a_schedule_sums_rises_and_keeps_its_discount_inside(terms: Terms, invoice: date, total: int) -> None:
    made = terms.schedule(invoice, total, BusinessCalendar())
    assert sum(part.amount_minor for part in made) == total
    assert [part.contract_due_on for part in made] == sorted(part.contract_due_on for part in made)
    for part in made:
        assert part.amount_minor > 0
        assert part.contract_due_on >= invoice
        assert (part.discount_on is None) == (part.discount_minor == 0)
        assert part.discount_on is None or part.discount_on <= part.due_on
        assert 0 <= part.discount_minor <= part.amount_minor


@given(st.text(alphabet="0123456789/%.,+ netomdayprxfidu", max_size=25))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        terms = parse_terms(text)
    except BadInput as error:
        assert error.remedy
    else:
        assert parse_terms(str(terms)) == terms
        assert terms.schedule(date(2026, 1, 31), 100, EVERY_DAY)


@given(st.dates(date(2000, 1, 1), date(2050, 12, 31)), st.integers(2, 12))
def test_monthly_instalments_keep_the_anchor_day(invoice: date, count: int) -> None:
    text = ", ".join(f"1/{count} at {month}m" for month in range(count))
    made = parse_terms(text).schedule(invoice, 10**6, EVERY_DAY)
    assert [part.due_on for part in made] == [add_months(invoice, month) for month in range(count)]
