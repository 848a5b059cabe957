"""Tables out: exact, and never calculated by the reader's spreadsheet."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.base.money import Money
from openterms.formats.tabular import csv_text, guarded, open_table, write_csv, write_xlsx

HEADERS = ["customer", "name", "on", "open", "days", "flag"]
ROWS = [
    ["C1", "=HYPERLINK(1)", date(2024, 2, 29), Money(-1_240_000, "EUR"), -5, True],
    ["007", "@x", None, Money(1234, "KWD"), 0, False],
    ["C3", "plain", date(2024, 3, 1), Money(9_007_199_254_740_993, "JPY"), 12, None],
]


def test_csv() -> None:
    assert csv_text(HEADERS, ROWS) == (
        "customer,name,on,open,days,flag\r\n"
        "C1,'=HYPERLINK(1),2024-02-29,-12400.00,-5,true\r\n"
        "007,'@x,,1.234,0,false\r\n"
        "C3,plain,2024-03-01,9007199254740993,12,\r\n"
    )


def test_xlsx_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with path.open("wb") as file:
        assert write_xlsx(file, HEADERS, ROWS, sheet="Ageing: 2024/01", right_to_left=True) == 3
    (batch,) = open_table(path).batches()
    columns = batch.columns
    assert list(columns["name"]) == ["=HYPERLINK(1)", "@x", "plain"]
    assert list(columns["customer"]) == ["C1", "007", "C3"]
    assert list(columns["open"]) == [-12_400.0, 1.234, "9007199254740993"]
    assert columns["on"][0] == date(2024, 2, 29)


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\tx", "\rx", "\n=x", "＝1"])
def test_formulas_are_guarded(text: str) -> None:
    assert guarded(text) == "'" + text


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=2, max_size=2), max_size=5))
def test_csv_texts_come_back(rows: list[list[str]]) -> None:
    target = io.StringIO(newline="")
    assert write_csv(target, ["a", "b"], rows, delimiter=";") == len(rows)
    target.seek(0)
    back = list(csv.reader(target, delimiter=";"))[1:]
    assert back == [[guarded(text) for text in row] for row in rows]


def test_decimals_keep_their_digits() -> None:
    assert csv_text(["a"], [[Decimal("1.50")], [Decimal("1E+2")], [Money(5, "EUR")]]) == "a\r\n1.50\r\n100\r\n0.05\r\n"
