"""Rows as values, and every way a row can be wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from openterms.core.base.errors import BadInput
from openterms.formats.tabular import guess_map, open_table, parse, preview, read_map, settle
from tests.formats.tables import faults, put, read, values

HEADER = "customer,number,issued,due,amount,currency,vat,settled,paid amount,purchase order\n"
GOOD = "C1,1,2024-01-31,2024-03-01,119.00,EUR,19.00,2024-02-20,100.00,PO-7\n"


def test_a_good_row(tmp_path: Path) -> None:
    batch = read(put(tmp_path / "a.csv", HEADER + GOOD))
    row = {name: column[0] for name, column in batch.columns.items()}
    assert len(row.pop("content_hash")) == 32
    assert row == {
        "customer": "C1",
        "number": "1",
        "external_id": "1",
        "issued_on": date(2024, 1, 31),
        "due_on": date(2024, 3, 1),
        "amount": 11_900,
        "currency": "EUR",
        "vat": 1_900,
        "purchase_order": "PO-7",
        "settled_on": date(2024, 2, 20),
        "settled_amount": 10_000,
        "row": 2,
        "position": 0,
        "attributes": None,
    }
    assert (batch.errors, batch.warnings, batch.rows, batch.skipped) == ([], [], 1, 0)


@pytest.mark.parametrize(
    ("row", "field", "what"),
    [
        (",1,2024-01-31,,1.00,EUR,,,,", "customer", "the field is empty"),
        ("   ,1,2024-01-31,,1.00,EUR,,,,", "customer", "the field is empty"),
        ("C1,1,,,1.00,EUR,,,,", "issued_on", "the field is empty"),
        ("C1,1,2024-01-31,,,EUR,,,,", "amount", "the field is empty"),
        ("C1,1,2024-02-30,,1.00,EUR,,,,", "issued_on", "'2024-02-30' does not exist in the calendar"),
        ("C1,1,2024-01-31,31/02,1.00,EUR,,,,", "due_on", "'31/02' is not a date"),
        ("C1,1,2024-01-31,,abc,EUR,,,,", "amount", "'abc' is not an amount"),
        ("C1,1,2024-01-31,,0.00,EUR,,,,", "amount", "the amount is zero"),
        ("C1,1,2024-01-31,,-5.00,EUR,,,,", "amount", "the amount is negative"),
        ("C1,1,2024-01-31,,(5.00),EUR,,,,", "amount", "the amount is negative"),
        ("C1,1,2024-01-31,,1.005,EUR,,,,", "amount", "'1.005' has more digits than the currency"),
        ("C1,1,2024-01-31,,1.50,JPY,,,,", "amount", "'1.50' has more digits than the currency"),
        ("C1,1,2024-01-31,,1.00,QQQ,,,,", "currency", "'QQQ' is not a currency code"),
        ("C1,1,2024-01-31,,1.00,EUR,2.00,,,", "vat", "the VAT is more than the amount"),
        ("C1,1,2024-01-31,,1.00,EUR,-1.00,,,", "vat", "the amount is negative"),
        ("C1,1,2024-01-31,,1.00,EUR,,,1.00,", "settled_amount", "an amount was paid but not when"),
        (f"{'x' * 101},1,2024-01-31,,1.00,EUR,,,,", "customer", "the text has 101 characters"),
        ("C\x01,1,2024-01-31,,1.00,EUR,,,,", "customer", "the text holds control characters"),
        ("C1,1,2024-01-31", "", "the row has 3 values where the header has 10"),
        ("C1,1,2024-01-31,,1.00,EUR,,,,,x", "", "the row has 11 values where the header has 10"),
    ],
)
def test_bad_rows(tmp_path: Path, row: str, field: str, what: str) -> None:
    batch = read(put(tmp_path / "a.csv", HEADER + GOOD.replace(",1,", ",9,", 1) + row + "\n"))
    assert faults(batch) == [(3, field, what)]
    assert values(batch, "number") == [("9",)]
    error = batch.errors[0]
    assert error.remedy_text() and (error.position, error.row) == (1, 3)
    assert str(error).startswith("row 3")


def test_every_field_of_a_row_is_told(tmp_path: Path) -> None:
    batch = read(put(tmp_path / "a.csv", HEADER + GOOD + ",2,2024-13-01,soon,x,QQQ,,,,\n"))
    assert {(row, field) for row, field, _ in faults(batch)} == {
        (3, "customer"),
        (3, "issued_on"),
        (3, "due_on"),
        (3, "amount"),
        (3, "currency"),
    }


def test_odd_rows_load_with_warnings(tmp_path: Path) -> None:
    rows = (
        "C1,1,2024-01-31,2024-01-01,1.00,EUR,,,,\n"
        "C1,2,2024-01-31,,1.00,EUR,,2024-01-01,,\n"
        "C1,3,2024-01-31,,1.00,EUR,,2024-02-01,2.00,\n"
        "C1,4,2024-01-31,,1.00,EUR,,2024-02-01,0.00,\n"
        "C1,5,2024-01-31,,1.00,EUR,,,0.00,\n"
    )
    batch = read(put(tmp_path / "a.csv", HEADER + rows))
    assert not batch.errors and len(batch) == 5
    assert [(one.row, one.field) for one in batch.warnings] == [
        (2, "due_on"),
        (3, "settled_on"),
        (4, "settled_amount"),
        (5, "settled_amount"),
    ]
    assert values(batch, "settled_on", "settled_amount")[3:] == [(None, None), (None, None)]


def test_mixed_currencies(tmp_path: Path) -> None:
    amounts = ("1234,JPY", "1.234,kwd", "12.34,€", "1.5,?")
    rows = [f"C,{number},2024-01-31,,{amount},,,,\n" for number, amount in enumerate(amounts)]
    batch = read(put(tmp_path / "a.csv", HEADER + "".join(rows)))
    assert values(batch, "amount", "currency") == [(1234, "JPY"), (1234, "KWD"), (1234, "EUR")]
    assert faults(batch) == [(5, "currency", "'?' is not a currency code")]


def test_duplicates(tmp_path: Path) -> None:
    other = GOOD.replace("119.00", "120.00")
    path = put(tmp_path / "a.csv", HEADER + GOOD + GOOD + other + ",1,,,,,,,,\n" + GOOD.replace(",1,", ",2,", 1))
    expected = [
        (3, "external_id", "the row repeats row 2"),
        (4, "external_id", "the id is already that of row 2, which says something else"),
    ]
    batch = read(path)
    assert [fault for fault in faults(batch) if fault[0] < 5] == expected
    assert values(batch, "row") == [(2,), (6,)]
    source = open_table(path)
    small = [
        fault
        for one in parse(source, guess_map(source.header, "invoices"), "invoices", size=1)
        for fault in faults(one)
    ]
    assert [fault for fault in small if fault[0] < 5] == expected


def test_a_bad_row_does_not_make_the_next_one_a_duplicate(tmp_path: Path) -> None:
    batch = read(put(tmp_path / "a.csv", HEADER + GOOD.replace("119.00", "x") + GOOD))
    assert faults(batch) == [(2, "amount", "'x' is not an amount")]
    assert values(batch, "row") == [(3,)]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ("external_id: row", [("k:0", "0"), ("k:1", "1")]),
        ("number: row", [("k:0", "0"), ("k:1", "1")]),
        ("number: no", [("A", "A"), ("k:1", "1")]),
        ("external_id: id", [("x", "x"), ("y", "y")]),
        ("number: no, external_id: id", [("x", "A"), ("y", "y")]),
    ],
)
def test_identity(tmp_path: Path, columns: str, expected: list[tuple[str, str]]) -> None:
    path = put(tmp_path / "file.csv", "c,no,id,on,amount\nC1,A,x,2024-01-31,1.50\nC1,,y,2024-01-31,1.50\n")
    map_text = f"key: k\ncolumns: {{customer: c, issued_on: on, amount: amount, {columns}}}"
    assert values(read(path, map_text=map_text), "external_id", "number") == expected
    without = read(path, map_text=map_text.replace("key: k\n", ""))
    assert values(without, "external_id")[1][0] in ("file:1", "y")


def test_content_hash_knows_facts_only(tmp_path: Path) -> None:
    def hash_of(content: str, **defaults: str) -> str:
        batch = read(put(tmp_path / "a.csv", content), map_text=None, **defaults)
        assert not batch.errors
        return str(batch.columns["content_hash"][0])

    first = hash_of("customer,number,date,amount,currency\nC1,1,2024-01-31,1234.50,EUR\n")
    assert first == hash_of("amount;number;date;customer;weather\n1.234,50;1;31/01/2024; C1 ;rain\n", currency="EUR")
    assert first == hash_of("customer,number,date,amount,po,disputed\nC1,1,2024-01-31,1234.5,,Yes\n", currency="EUR")
    assert first != hash_of("customer,number,date,amount\nC1,1,2024-01-31,1234.51\n", currency="EUR")
    assert first != hash_of("customer,number,date,amount\nC1,1,2024-01-31,1234.50\n", currency="USD")
    assert first != hash_of("customer,number,date,amount,po\nC1,1,2024-01-31,1234.50,7\n", currency="EUR")


CUSTOMERS = "customer,name,country,currency,limit,terms,email,language,timezone,sole trader,customer since\n"


def test_customers(tmp_path: Path) -> None:
    rows = (
        "C1,Müller GmbH,DE,EUR,1000.00,2/10 NET 30,ap@example.com,de,europe/berlin,no,2020-05-01\n"
        "C2,شركة النور,Saudi Arabia,SAR,unlimited,,,ar_SA,Asia/Riyadh,yes,\n"
        "C3,Small,USA,usd,0,,,,,,\n"
        "C4,None,,,,,,,,,\n"
    )
    batch = read(put(tmp_path / "a.csv", CUSTOMERS + rows), "customers", currency="GBP", country="GB")
    assert faults(batch) == []
    assert values(batch, "external_id", "country", "currency", "limit", "limit_unlimited") == [
        ("C1", "DE", "EUR", 100_000, False),
        ("C2", "SA", "SAR", None, True),
        ("C3", "US", "USD", 0, False),
        ("C4", "GB", "GBP", None, False),
    ]
    assert values(batch, "terms", "locale", "timezone", "sole_trader", "created_on")[:2] == [
        ("2/10 net 30", "de", "Europe/Berlin", False, date(2020, 5, 1)),
        (None, "ar-SA", "Asia/Riyadh", True, None),
    ]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("C1,,DE,,,,,,,,", "name"),
        ("C1,N,XX,,,,,,,,", "country"),
        ("C1,N,391,,,,,,,,", "country"),
        ("C1,N,DE,,-5,,,,,,", "limit"),
        ("C1,N,DE,,,sometime,,,,,", "terms"),
        ("C1,N,DE,,,,nobody,,,,", "email"),
        ("C1,N,DE,,,,,klingon,,,", "locale"),
        ("C1,N,DE,,,,,,Mars/Olympus,,", "timezone"),
        ("C1,N,DE,,,,,,,maybe,", "sole_trader"),
        ("C1,N,DE,,,,,,,,2020-02-30", "created_on"),
    ],
)
def test_bad_customers(tmp_path: Path, row: str, field: str) -> None:
    good = "C0,N,DE,,,,,,,,2020-02-28\n"
    batch = read(put(tmp_path / "a.csv", CUSTOMERS + good + row + "\n"), "customers", currency="EUR")
    assert [(error.row, error.field) for error in batch.errors] == [(3, field)]


def test_receipts(tmp_path: Path) -> None:
    path = put(
        tmp_path / "a.csv",
        "Payment ID,Customer,Received,Amount,Invoice,Reference\nP1,C1,2024-02-01,5.00,,RF18\n,C1,2024-02-01,6.00,7,\n",
    )
    batch = read(path, "receipts", currency="EUR")
    assert values(batch, "external_id", "received_on", "amount", "invoice", "reference") == [
        ("P1", date(2024, 2, 1), 500, None, "RF18"),
        ("a:1", date(2024, 2, 1), 600, "7", None),
    ]
    assert "number" not in batch.columns


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        (["03/04/2024;1,50", "05/06/2024;2,50"], "may be day/month or month/day"),
        (["13/04/2024;1.500", "05/06/2024;2.500"], "a thousand or a thousandth"),
        (["13/04/2024;1.50", "05/06/2024;2,50"], "a decimal point in some rows and a comma"),
        (["soon;1.50", "later;2.50"], "cannot be understood"),
    ],
)
def test_what_no_row_decides_is_not_guessed(tmp_path: Path, rows: list[str], what: str) -> None:
    path = put(tmp_path / "a.csv", "Kunde;Datum;Betrag\n" + "".join(f"C1;{row}\n" for row in rows))
    source = open_table(path)
    with pytest.raises(BadInput, match=what) as caught:
        settle(source, guess_map(source.header, "invoices"), "invoices", {"currency": "EUR"})
    assert caught.value.where in ("column Datum", "column Betrag") and "map" in caught.value.remedy


def test_one_column_decides_for_another(tmp_path: Path) -> None:
    path = put(tmp_path / "a.csv", "Kunde;Datum;Fällig am;Betrag;MwSt\nC1;31/01/2024;01/03/2024;11,90;1,900\n")
    source = open_table(path)
    reading = settle(source, guess_map(source.header, "invoices"), "invoices", {"currency": "KWD"})
    assert reading.dates_of("due_on") == ("dmy",) and reading.sign_of("vat") == ","
    assert values(read(path, currency="KWD"), "due_on", "vat") == [(date(2024, 3, 1), 1900)]


def test_defaults_are_checked(tmp_path: Path) -> None:
    source = open_table(put(tmp_path / "a.csv", HEADER + GOOD))
    with pytest.raises(BadInput, match="not a field of invoices"):
        settle(source, guess_map(source.header, "invoices"), "invoices", {"moon": "full"})
    with pytest.raises(BadInput, match="does not say its kind"):
        read_map("columns: {a: b}", None)
    with pytest.raises(BadInput, match="is for invoices"):
        settle(source, guess_map(source.header, "invoices"), "receipts")


def test_preview(tmp_path: Path) -> None:
    rows = "".join(GOOD.replace(",1,", f",{number},", 1) for number in range(30))
    source = open_table(put(tmp_path / "a.csv", HEADER + rows + "C1,99,2024-01-31,2023-01-01,x,EUR,,,,\n"))
    seen = preview(source, guess_map(source.header, "invoices"), "invoices", limit=3)
    assert seen.detected["delimiter"] == "comma"
    assert seen.columns[:3] == [("customer", "customer"), ("number", "number"), ("issued", "issued_on")]
    assert seen.headers[:2] == ["customer", "number"]
    assert len(seen.rows) == 3 and seen.rows[0][3:6] == ["2024-01-31", "2024-03-01", "119.00"]
    assert [error.row for error in seen.errors] == [32]
    assert (seen.rows_read, seen.rows_about) == (31, 31)
    assert "dates:" in seen.map.describe()
