"""Money, numbers, dates and reasons as each person reads them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from openterms.core.base.reasons import Reason
from openterms.web.desk import display
from openterms.web.desk.display import Display


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    yield
    display.activate(None)
    translation.activate("en")


def reading(language: str = "en", numerals: str = "latn", calendar: str = "gregorian") -> None:
    display.activate(Display(language=language, numerals=numerals, calendar=calendar))
    translation.activate(language)


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (1_240_000, "USD", "12,400.00"),
        (-1_240_000, "USD", "−12,400.00"),
        (4_125_250, "KWD", "4,125.250"),
        (98_000, "JPY", "98,000"),
        (0, "EUR", "0.00"),
        (123_456_789_012, "USD", "1,234,567,890.12"),
    ],
)
def test_amounts_have_the_digits_of_their_currency(minor: int, currency: str, shown: str) -> None:
    assert display.amount(minor, currency) == shown


def test_amounts_in_arabic_indic_numerals() -> None:
    reading("ar", "arab")
    assert display.amount(-1_240_050, "USD") == "−١٢٬٤٠٠٫٥٠"
    assert display.percent(12.4) == "١٢٫٤٪"


def test_the_parts_of_an_amount_meet_at_the_decimal_mark() -> None:
    assert display.amount_parts(4_125_250, "KWD") == ("4,125", ".250")
    assert display.amount_parts(98_000, "JPY") == ("98,000", "")


def test_dates_in_both_calendars_and_languages() -> None:
    on = date(2025, 3, 14)
    assert display.day(on) == "14 Mar 2025"
    reading("en", calendar="hijri")
    assert display.day(on) == "14 Ramadan 1446 AH"
    reading("ar", "arab", "hijri")
    assert display.day(on) == "١٤ رمضان ١٤٤٦ هـ"


def test_a_date_outside_the_hijri_tables_is_gregorian() -> None:
    reading("en", calendar="hijri")
    assert display.day(date(1900, 1, 2)) == "2 Jan 1900"


def test_a_moment_is_to_the_minute() -> None:
    with translation.override("en"):
        assert display.moment(datetime(2025, 3, 14, 9, 30, tzinfo=UTC)) == "14 Mar 2025, 09:30"


def test_rounding_of_shown_numbers_is_half_up() -> None:
    assert display.number(2.5, 0) == "3"
    assert display.number(43.25, 1) == "43.3"
    assert display.number(1_234_567) == "1,234,567"


def test_days_overdue_in_words() -> None:
    assert display.overdue(18) == "18 days overdue"
    assert display.overdue(1) == "1 day overdue"
    assert display.overdue(0) == "due today"
    assert display.overdue(-3) == "due in 3 days"


def test_a_reason_is_written_for_people() -> None:
    reason = Reason(
        "broken",
        "A promise of %(amount_minor)s for %(promised_for)s was not kept.",
        remedy="Call %(name)s.",
        params={"amount_minor": 310_000, "currency": "USD", "promised_for": "2025-03-07", "name": "Jane"},
    )
    assert display.reason_texts(reason) == {
        "code": "broken",
        "text": "A promise of 3,100.00 USD for 7 Mar 2025 was not kept.",
        "remedy": "Call Jane.",
        "source": "",
    }


def test_a_broken_cookie_changes_nothing() -> None:
    assert display.of_cookie("{") == {}
    assert display.of_cookie("[1]") == {}
    assert display.of_cookie('{"theme": "dark", "numerals": "roman"}') == {"theme": "dark"}
