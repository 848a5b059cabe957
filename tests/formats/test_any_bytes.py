"""Whatever a file holds, the answer is rows, errors of rows, or one clear refusal; never anything else."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openterms.core.base.errors import BadInput
from openterms.formats.tabular import KINDS, guess_map, open_table, parse, preview, read_map
from tests.formats.tables import put_parquet, put_xlsx

MARKS = [
    b"",
    b"PAR1",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"{",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"sep=;\n",
]
HEADERS = {
    "customers": "customer,name,country,currency,limit,terms,email,locale,timezone,sole trader,created on,phone",
    "invoices": "customer,number,issued on,due on,terms,amount,currency,vat,settled on,settled amount,po,description",
    "receipts": "customer,receipt no,received on,amount,currency,reference,invoice",
    "credit-notes": "customer,credit note no,date,amount,currency,vat,invoice,reason",
}
MAP = "columns: {customer: a, issued_on: b, amount: c, number: '{a}-{row}'}\ndates: [iso, dmy]\ndecimal: ','"


def _load(path: Path, kind: str, map_text: str | None = None) -> None:
    try:
        source = open_table(path)
        map = read_map(map_text, kind) if map_text else guess_map(source.header, kind)
        preview(source, map, kind, defaults={"currency": "EUR"})
        for batch in parse(source, map, kind, {"currency": "EUR"}, size=3):
            bad = {error.position for error in batch.errors}
            assert len(batch) + len(bad) + batch.skipped == batch.rows
            assert all(len(column) == len(batch) for column in batch.columns.values())
            assert all(str(error) for error in [*batch.errors, *batch.warnings])
            str(batch.columns).encode()
    except BadInput as refused:
        assert str(refused) and refused.remedy


def _load_bytes(content: bytes, ending: str, kind: str, map_text: str | None = None) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"a.{ending}"
        path.write_bytes(content)
        _load(path, kind, map_text)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(MARKS),
    st.binary(max_size=300),
    st.sampled_from(["csv", "xlsx", "parquet", "jsonl"]),
    st.sampled_from(KINDS),
)
def test_any_bytes(mark: bytes, content: bytes, ending: str, kind: str) -> None:
    _load_bytes(mark + content, ending, kind)


CELL = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", "0", "-1", "1.5", "1,5", "1.000", "31/02/2024", "2024-01-31", "01/02/2024", "45000", "EUR", "net 30"]
    ),
    st.sampled_from(["1e9", "NaN", "\u202e1", "'", '"', "=1+1", "9" * 30, "x" * 300, "\x7f", "٣", "(5)", "C1"]),
)


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from(KINDS), st.sampled_from(["utf-8", "utf-16", "cp1252", "cp1256"]))
def test_any_cells(data: st.DataObject, kind: str, encoding: str) -> None:
    header = HEADERS[kind]
    width = header.count(",") + 1
    rows = data.draw(st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=6))
    content = "\n".join([header, *(",".join(row) for row in rows)])
    _load_bytes(content.encode(encoding, "replace"), "csv", kind)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_rows_under_a_map(content: bytes) -> None:
    _load_bytes(b"a;b;c\nC;2024-01-31;1,50\n" + content, "csv", "invoices", MAP)


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3),
    ),
    st.text(max_size=40),
)
def test_any_json(value: object, junk: str) -> None:
    import json

    lines = [
        json.dumps({"customer": value, "date": value, "amount": value}),
        '{"customer": "C", "date": "2024-01-31", "amount": "1.5"}',
        junk,
    ]
    _load_bytes("\n".join(lines).encode("utf-8", "replace"), "jsonl", "invoices")


@pytest.mark.parametrize(
    "line",
    [
        '{"customer": "\\u0000"}',
        '{"customer": "\\ud800"}',
        "[" * 100_000,
        '{"a": ' * 50_000,
        '{"amount": 1e999999999}',
        '{"amount": ' + "9" * 5000 + "}",
    ],
)
def test_hostile_json(line: str) -> None:
    good = '{"customer": "C", "date": "2024-01-31", "amount": "1.5", "a": null}'
    _load_bytes(f"{good}\n{line}\n".encode(), "jsonl", "invoices")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 5000), st.integers(0, 255), st.sampled_from(["xlsx", "parquet"]))
def test_one_byte_changed(at: int, value: int, ending: str) -> None:
    with TemporaryDirectory() as name:
        path = Path(name) / f"a.{ending}"
        rows = [["C1", "1", "2024-01-31", "1.50"], ["C2", "2", "2024-02-29", "2.50"]]
        header = ["customer", "number", "date", "amount"]
        if ending == "xlsx":
            put_xlsx(path, [header, *rows])
        else:
            put_parquet(path, header, rows)
        content = bytearray(path.read_bytes())
        content[at % len(content)] = value
        path.write_bytes(content)
        _load(path, "invoices")
