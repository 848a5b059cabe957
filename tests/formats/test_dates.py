"""Dates of every writing."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.formats.tabular.dates import is_date_format, possible_orders, read_date
from openterms.formats.tabular.faults import Fault


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("2024-02-29", "iso", date(2024, 2, 29)),
        ("20240229", "iso", date(2024, 2, 29)),
        ("2024/2/9", "iso", date(2024, 2, 9)),
        ("2024-02-29T23:59:59Z", "iso", date(2024, 2, 29)),
        ("2024-02-29 00:00:00", "iso", date(2024, 2, 29)),
        ("31/01/2024", "dmy", date(2024, 1, 31)),
        ("31.1.24", "dmy", date(2024, 1, 31)),
        ("1-2-1999", "dmy", date(1999, 2, 1)),
        ("1/2/68", "dmy", date(2068, 2, 1)),
        ("1/2/69", "dmy", date(1969, 2, 1)),
        ("4/6/2013", "mdy", date(2013, 4, 6)),
        ("4/6/2013 10:30 PM", "mdy", date(2013, 4, 6)),
        ("2013-04-06", "mdy", date(2013, 4, 6)),
        ("5 Mar 2024", "dmy", date(2024, 3, 5)),
        ("05-Mar-24", "dmy", date(2024, 3, 5)),
        ("March 5, 2024", "mdy", date(2024, 3, 5)),
        ("41276", "excel", date(2013, 1, 2)),
        ("41276.75", "excel", date(2013, 1, 2)),
        ("02.01.2013", "%d.%m.%Y", date(2013, 1, 2)),
        ("٢٠٢٤-٠٢-٢٩", "iso", date(2024, 2, 29)),
        ("\u200f31/01/2024", "dmy", date(2024, 1, 31)),
    ],
)
def test_reads(text: str, form: str, expected: date) -> None:
    assert read_date(text, [form]) == expected


@pytest.mark.parametrize(
    ("text", "form", "what"),
    [
        ("31/02/2024", "dmy", "'31/02/2024' does not exist in the calendar"),
        ("2023-02-29", "iso", "'2023-02-29' does not exist in the calendar"),
        ("13/13/2024", "mdy", "'13/13/2024' does not exist in the calendar"),
        ("0000-00-00", "iso", "the year of '0000-00-00' cannot be meant"),
        ("9999-12-31", "iso", "the year of '9999-12-31' cannot be meant"),
        ("soon", "iso", "'soon' is not a date"),
        ("31/01-2024", "dmy", "'31/01-2024' is not a date"),
        ("12", "excel", "'' is not a date"),
        ("²/1/2024", "dmy", "'²/1/2024' is not a date"),
    ],
)
def test_refuses(text: str, form: str, what: str) -> None:
    fault = read_date(text, [form])
    assert isinstance(fault, Fault)
    assert fault.what % fault.params == what


@pytest.mark.parametrize(
    ("sample", "orders"),
    [
        (["2024-01-31", "2024-02-01"], {"iso"}),
        (["31/01/2024", "01/02/2024"], {"dmy"}),
        (["01/31/2024", "02/01/2024"], {"mdy"}),
        (["03/04/2024"], {"dmy", "mdy"}),
        (["03.04.2024"], {"dmy"}),
        (["41276", "41277"], {"excel"}),
        (["31/01/2024", "31/02/2024"], {"dmy"}),
        (["abc", "def"], set()),
        ([], set()),
    ],
)
def test_sample_decides(sample: list[str], orders: set[str]) -> None:
    assert possible_orders(sample)[0] == orders


def test_format_is_checked() -> None:
    assert all(is_date_format(form) for form in ("iso", "dmy", "%d/%m/%Y", "%Y%m%d", "%d %b %Y"))
    assert not any(is_date_format(form) for form in ("", "dd/mm/yyyy", "%d/%m", "%Q", "%d/%d/%Y"))


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_every_day_returns(day: date) -> None:
    assert read_date(day.isoformat(), ["iso"]) == day
    assert read_date(f"{day.day}/{day.month}/{day.year}", ["dmy"]) == day
    assert read_date(f"{day.month}/{day.day}/{day.year}", ["mdy"]) == day


@given(st.text(max_size=30), st.sampled_from(["iso", "dmy", "mdy", "excel", "%d.%m.%Y"]))
def test_never_raises(text: str, form: str) -> None:
    assert isinstance(read_date(text, [form]), (date, Fault))
