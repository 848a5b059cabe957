"""Map files: what they may say, and how wrong ones are refused."""

# ruff: noqa: E501  (tables)

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.base.errors import BadInput
from openterms.formats.tabular import KINDS, guess_map, load_map, open_table, read_map, settle
from openterms.formats.tabular.guess import words_of
from tests.formats.tables import put, read, values

INVOICES = "customer,number,issued,due,amount\n"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "names no columns"),
        ("columns: [a]", "not a set of keys"),
        ("columns: {customer: [a]}", "'columns, customer'|is not a text"),
        ("columns: {custmer: a}", "'custmer' is not known here.*customer"),
        ("colums: {customer: a}", "'colums' is not known here.*columns"),
        ("kind: receipts\ncolumns: {customer: a}", "'receipts'.*invoices"),
        ("columns: {customer: a}\ndates: dd/mm/yyyy", "'dd/mm/yyyy' is not a date format"),
        ("columns: {customer: a}\ndates: {amount: iso}", "'amount' is not known here"),
        ("columns: {customer: a}\ndecimal: ';'", "not a decimal sign"),
        ("columns: {customer: a}\nconstants: {customer: b}", "a column and a constant"),
        ("columns: {customer: a}\ncolumns: {number: b}", "occurs twice"),
        ("columns: &x {customer: a}\nskip_when: *x", "aliases"),
        ("columns: {customer: a", "not YAML"),
        ("- a\n- b", "not a set of keys"),
        ("columns: {customer: a}\nencoding: klingon", "known encoding"),
        ("columns: {customer: a}\ndelimiter: '::'", "not a delimiter"),
        ("columns: {customer: a}\nheader_line: none", "not a line"),
        ("!!python/object/apply:os.system ['true']", "not a set of keys|not YAML"),
    ],
)
def test_wrong_maps(text: str, what: str) -> None:
    with pytest.raises(BadInput, match=what) as caught:
        read_map(text, "invoices", "my.yaml")
    assert caught.value.where.startswith("my.yaml")


def test_new_customers_are_refused_unless_told() -> None:
    assert not read_map("columns: {customer: a}", "invoices").new_customers
    assert read_map("columns: {customer: a}\nnew_customers: add", "invoices").new_customers
    with pytest.raises(BadInput, match="new_customers"):
        read_map("columns: {customer: a}\nnew_customers: maybe", "invoices")


def test_no_stays_norway() -> None:
    assert read_map("columns: {customer: a}\nconstants: {country: NO}", "customers").constants == {"country": "NO"}


def test_missing_map(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path, put(tmp_path / "bad.yaml", b"\xff\xfe\x00")):
        with pytest.raises(BadInput):
            load_map(path)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("columns: {customer: costumer, issued_on: issued, amount: amount}", "no column 'costumer'.*customer"),
        ("columns: {customer: trim(customer), issued_on: issued, amount: amount}", "no column 'trim"),
        ("columns: {customer: '{row', issued_on: issued, amount: amount}", "no column"),
        ("columns: {customer: '{nope}-{row}', issued_on: issued, amount: amount}", "no column 'nope'"),
        ("columns: {customer: customer, amount: amount}", "nothing gives the issued_on"),
        (
            "columns: {customer: customer, issued_on: issued, amount: amount}\nconstants: {currency: XXX}",
            "'XXX' is not a cur",
        ),
        (
            "columns: {customer: customer, issued_on: issued, amount: amount}\nconstants: {due_on: soon}",
            "'soon' is not a date",
        ),
        ("columns: {customer: customer, issued_on: issued, amount: amount}\nattributes: [flag]", "no column 'flag'"),
        ("columns: {customer: customer, issued_on: issued, amount: amount}\nskip_when: {flag: x}", "no column 'flag'"),
    ],
)
def test_maps_that_do_not_fit(tmp_path: Path, text: str, what: str) -> None:
    source = open_table(put(tmp_path / "a.csv", INVOICES + "C1,1,2024-01-31,2024-02-28,1.50\n"))
    with pytest.raises(BadInput, match=what):
        settle(source, read_map(text, "invoices"), "invoices", {"currency": "EUR"})


def test_expressions(tmp_path: Path) -> None:
    path = put(tmp_path / "a.csv", "Client,No,row no,on,amount\n AB ,7,x,2024-01-31,-1.50\ncd,8,y,2024-01-31,(2.00)\n")
    batch = read(
        path,
        "credit-notes",
        "columns: {customer: lower(strip(Client)), number: '{customer}-{row}/{No}', issued_on: on, amount: abs(amount)}",
    )
    assert values(batch, "customer", "number", "external_id", "amount") == [
        ("ab", "ab-0/7", "ab-0/7", 150),
        ("cd", "cd-1/8", "cd-1/8", 200),
    ]


def test_skip_when(tmp_path: Path) -> None:
    path = put(tmp_path / "a.csv", INVOICES + "C1,1,2024-01-31,,1.50\nTotal,,,,1.50\nC2,2,2024-01-31,, \n")
    map_text = "columns: {customer: customer, number: number, issued_on: issued, amount: amount}\n"
    batch = read(path, map_text=map_text + "skip_when: {customer: [Total, Sum], amount: ''}")
    assert (batch.rows, batch.skipped, len(batch), batch.errors) == (3, 2, 1, [])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("customerID", ("customer", "id")),
        ("Inv_Number", ("inv", "number")),
        ("DATA_EMISSAO_DOCUMENTO", ("data", "emissao", "documento")),
        ("Fälligkeitsdatum", ("falligkeitsdatum",)),
        ("Invoice #", ("invoice", "no")),
        ("N° de facture", ("n", "de", "facture")),
        ("VATNumber", ("vat", "number")),
        ("رقم الفاتورة", ("رقم", "فاتوره")),
    ],
)
def test_words(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("kind", "header", "fields"),
    [
        ("invoices", "Invoice No,Customer ID,Date,Due,Total,Currency", "number customer issued_on due_on amount currency"),
        ("invoices", "inv_number,cust_number,invoice_date,due_date,total_amount,clear_date", "number customer issued_on due_on amount settled_on"),
        ("invoices", "Document,Account,Document Date,Net due date,Amount due,Settled", "number customer issued_on due_on amount settled_on"),
        ("invoices", "ID_CLIENTE,NUMERO_FATURA,DATA_EMISSAO,DATA_VENCIMENTO,VALOR,MOEDA", "customer number issued_on due_on amount currency"),
        ("invoices", "Kundennummer,Rechnungsnr.,Rechnungsdatum,Fällig am,Betrag (brutto),Währung,Bezahlt am", "customer number issued_on due_on amount currency settled_on"),
        ("invoices", "Code client,N° facture,Date d'émission,Date d'échéance,Montant TTC,Devise", "customer number issued_on due_on amount currency"),
        ("invoices", "Número de cliente,Nº factura,Fecha de emisión,Fecha de vencimiento,Importe total,Moneda", "customer number issued_on due_on amount currency"),
        ("invoices", "رقم العميل,رقم الفاتورة,تاريخ الإصدار,تاريخ الاستحقاق,المبلغ,العملة", "customer number issued_on due_on amount currency"),
        ("customers", "Customer number,Company name,Country,Credit limit,E-mail,VAT ID,Payment terms", "customer name country limit email vat_number terms"),
        ("customers", "Kundennr,Firma,Land,Kreditlimit,Zahlungsziel", "customer name country limit terms"),
        ("customers", "رقم العميل,اسم العميل,الدولة,حد الائتمان,البريد الإلكتروني", "customer name country limit email"),
        ("receipts", "Payment ID,Customer,Payment date,Amount,Currency,Reference,Invoice", "external_id customer received_on amount currency reference invoice"),
        ("credit-notes", "Credit note no,Customer,Date,Amount,Original invoice,Reason", "number customer issued_on amount invoice description"),
    ],
)  # fmt: skip
def test_guesses(kind: str, header: str, fields: str) -> None:
    names = header.split(",")
    guess = guess_map(names, kind)
    assert {column: field for field, column in guess.columns.items()} == dict(zip(names, fields.split(), strict=True))


def test_guess_says_what_is_missing() -> None:
    with pytest.raises(BadInput, match=r"issued_on of invoices.*columns are customer, amount, x"):
        guess_map(["customer", "amount", "x"], "invoices")


def test_guess_tells_its_doubts() -> None:
    guess = guess_map(["Invoice", "Customer", "Date", "Amount", "Total", "Weather", "Disputed"], "invoices")
    assert guess.columns["amount"] == "Amount"
    assert guess.attributes == {"disputed": "Disputed"}
    assert guess.notes == ("Total could be amount as well as Amount", "left out: Total, Weather")


@pytest.mark.parametrize("kind", KINDS)
def test_description_is_a_map(kind: str) -> None:
    header = ["Customer", "Number", "Name", "Date", "Amount", "Währung", "Disputed"]
    guess = guess_map(header, kind)
    again = read_map(guess.describe(), kind)
    assert (again.columns, again.attributes) == (guess.columns, guess.attributes)


def test_description_of_a_full_map() -> None:
    text = """
kind: invoices
key: k
delimiter: ;
columns: {customer: a, issued_on: b, amount: c}
dates: {default: dmy, due_on: ["%d.%m.%y", iso]}
decimal: ","
constants: {currency: EUR}
attributes: {flag: d}
skip_when: {e: [x, ""]}
"""
    first = read_map(text, "invoices", "m")
    assert read_map(first.describe(), "invoices", "m") == first


@given(st.text(max_size=200), st.sampled_from(KINDS))
def test_any_map_text(text: str, kind: str) -> None:
    with suppress(BadInput):
        read_map(text, kind)


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=8, unique=True), st.sampled_from(KINDS))
def test_any_header(header: list[str], kind: str) -> None:
    try:
        guess = guess_map(header, kind)
    except BadInput:
        return
    assert set(guess.columns.values()) <= set(header)
