"""Files of every format, encoding and separator, and files that are none."""

from __future__ import annotations

import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from openterms.core.base.errors import BadInput
from openterms.formats.tabular import Source, open_table
from openterms.formats.tabular.detect import LINE_LIMIT
from tests.formats.tables import put, put_parquet, put_xlsx


def rows_of(source: Source, size: int = 20_000) -> list[tuple[object, ...]]:
    return [row for batch in source.batches(size) for row in zip(*batch.columns.values(), strict=True)]


WESTERN = "customer;name\nC1;Müller & Söhne\nC2;Café «Été»\nC3;plain\n"
ARABIC = "العميل;الاسم\nC1;شركة النور للتجارة\nC2;مؤسسة الخليج\n"


@pytest.mark.parametrize(
    ("text", "encoding", "detected"),
    [
        (WESTERN, "utf-8", "utf-8"),
        (WESTERN, "utf-8-sig", "utf-8-sig"),
        (WESTERN, "utf-16", "utf-16"),
        (WESTERN, "utf-16-le", "utf-16-le"),
        (WESTERN, "utf-16-be", "utf-16-be"),
        (WESTERN, "cp1252", "cp1252"),
        (WESTERN, "latin-1", "cp1252"),
        (ARABIC, "cp1256", "cp1256"),
        (ARABIC, "utf-8", "utf-8"),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_encodings(tmp_path: Path, text: str, encoding: str, detected: str, line_end: str) -> None:
    source = open_table(put(tmp_path / "a.csv", text.replace("\n", line_end), encoding))
    assert source.detected["encoding"] == detected
    lines = text.splitlines()
    assert source.header == tuple(lines[0].split(";"))
    assert rows_of(source) == [tuple(line.split(";")) for line in lines[1:]]
    assert source.rows_about == len(lines) - 1


def test_latin_1_where_cp1252_has_no_sign(tmp_path: Path) -> None:
    assert open_table(put(tmp_path / "a.csv", b"a,b\n\xe9,\x81\n")).detected["encoding"] == "latin-1"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    rows = [["customer", "amount", "note"], ["C1", "1,50", "a;b"], ["C2", "2,75", "x|y"], ["C3", "3,00", 'say "hi"']]
    quoted = "\n".join(delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    assert rows_of(open_table(put(tmp_path / "a.csv", quoted))) == [tuple(row) for row in rows[1:]]


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("a;b\n1;1,5\n2;2,5\n", [("1", "1,5"), ("2", "2,5")]),
        ("sep=|\na|b\n1|2\n", [("1", "2")]),
        ("a,b\n'x, y',1\n'z',2\n", [("x, y", "1"), ("z", "2")]),
        ('a,b\n"x \\" y",1\n', [('x " y', "1")]),
        ("a\n1\n2\n", [("1",), ("2",)]),
        ("\n\na,b\n\n1,2\n\n,\n3,4\n", [("1", "2"), ("3", "4")]),
        ("a,b,\n1,2,\n3,4\n", [("1", "2"), ("3", "4")]),
        ("a,b\n1,2", [("1", "2")]),
    ],
)
def test_shapes(tmp_path: Path, content: str, rows: list[tuple[str, ...]]) -> None:
    assert rows_of(open_table(put(tmp_path / "a.csv", content))) == rows


def test_lines_and_positions(tmp_path: Path) -> None:
    content = 'a,b\n1,2\n\n"x\ny",3\n4,5,6\n7,8\n,\n9\n10,11\n'
    path = put(tmp_path / "a.csv", content)
    for size in (1, 2, 3, 100):
        batches = list(open_table(path).batches(size))
        placed = [pair for one in batches for pair in zip(one.lines, one.positions, strict=True)]
        assert placed == [(2, 0), (4, 1), (7, 3), (10, 5)]
        ragged = [(line, at, fault.params["count"]) for one in batches for line, at, fault in one.ragged]
        assert ragged == [(6, 2, 3), (9, 4, 1)]


def test_header_under_a_title(tmp_path: Path) -> None:
    source = open_table(put(tmp_path / "a.csv", "Report of May\n\na,b\n1,2\n"), header_line=3)
    assert source.header == ("a", "b")
    assert next(iter(source.batches())).lines[0] == 4


def test_xlsx(tmp_path: Path) -> None:
    rows = [
        ["customer", "on", "amount", ""],
        ["007", date(2024, 2, 29), 12.5, None],
        ["C2", date(2024, 3, 1), 391, None],
    ]
    source = open_table(put_xlsx(tmp_path / "a.xlsx", rows))
    assert source.header == ("customer", "on", "amount")
    assert source.detected == {"format": "XLSX", "sheet": "Sheet1"}
    assert rows_of(source) == [("007", date(2024, 2, 29), 12.5), ("C2", date(2024, 3, 1), 391.0)]
    assert next(iter(source.batches())).lines[0] == 2
    with pytest.raises(BadInput, match="no sheet"):
        open_table(tmp_path / "a.xlsx", sheet="Other")


def test_parquet_streams_its_types(tmp_path: Path) -> None:
    rows = [["C1", date(2024, 2, 29), Decimal("12.50"), None], ["C2", date(2024, 3, 1), Decimal("1.00"), 7]]
    source = open_table(put_parquet(tmp_path / "a.parquet", ["c", "d", "e", "f"], rows))
    assert rows_of(source) == [tuple(row) for row in rows]


def test_json_lines(tmp_path: Path) -> None:
    path = put(
        tmp_path / "a.jsonl",
        '{"c": "C1", "amount": 12.10}\n\n{"c": "C2", "tags": ["x"]}\nnot json\n[1]\n{"c": 1, "c": 2}\n{"c": NaN}\n',
    )
    source = open_table(path)
    assert source.header == ("c", "amount", "tags")
    batch = next(iter(source.batches()))
    assert rows_of(source) == [("C1", Decimal("12.10"), None), ("C2", None, '["x"]')]
    assert list(batch.lines) == [1, 3]
    assert [line for line, _, _ in batch.ragged] == [4, 5, 6, 7]


def _encrypted() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"customer,amount\n", "header and no rows"),
        ("a.csv", b"customer,amount\n\n,\n", "header and no rows"),
        ("a.csv", b"\n\n\n", "0 columns"),
        ("a.csv", b"a,a\n1,2\n", "names a column twice: a"),
        ("a.csv", b"a,b\n1,\x002\n", "NUL"),
        ("a.csv", bytes(2000), "NUL"),
        ("a.csv", "é,ü\nà,ö\n".encode() * 50 + b"\xe9,x\n", "not utf-8"),
        ("a.csv", b'a,b\n1,2\n"' + b"x\n" * 200_000, "never closed"),
        ("a.csv", b",".join(b"c%d" % index for index in range(1200)) + b"\n1\n", "1200 columns"),
        ("a.csv", b"\x1f\x8b\x08 gzip", "gzip"),
        ("a.csv", b"%PDF-1.7", "PDF"),
        ("a.csv", b"\xff\xfea\x00,\x00b\x00", "header and no rows"),
        ("a.csv", b"\xff\xfea\x00,", "not utf-16"),
        ("a.xlsx", b"PK\x03\x04 not a zip", "cannot be read as XLSX"),
        ("a.xlsx", b"customer,amount\n1,2\n", "cannot be read as XLSX"),
        ("a.xlsx", _encrypted(), "password"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "cannot be read as XLSX"),
        ("a.parquet", b"PAR1 broken PAR1", "cannot be read as Parquet"),
        ("a.parquet", b"customer,amount\n1,2\n", "cannot be read as PARQUET"),
        ("a.json", b'[{"a": 1}]', "JSON array"),
        ("a.jsonl", b"{]\n{}\n", "no line of the file is a JSON object"),
    ],
)
def test_no_tables(tmp_path: Path, name: str, content: bytes, what: str) -> None:
    path = put(tmp_path / name, content)
    with pytest.raises(BadInput, match=what) as caught:
        list(open_table(path).batches())
    assert caught.value.remedy and name in caught.value.where


def test_missing_and_folders(tmp_path: Path) -> None:
    for path, what in ((tmp_path / "none.csv", "no such file"), (tmp_path, "folder"), (Path("/dev/null"), "regular")):
        with pytest.raises(BadInput, match=what):
            open_table(path)
    with pytest.raises(BadInput):
        open_table("a\0b.csv")


def test_declared_encoding_must_fit(tmp_path: Path) -> None:
    path = put(tmp_path / "a.csv", "a,b\né,1\n", "cp1252")
    with pytest.raises(BadInput, match="not utf-8"):
        open_table(path, encoding="utf-8")
    with pytest.raises(BadInput, match="known encoding"):
        open_table(path, encoding="klingon")


def test_endless_line_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    with path.open("wb") as file:
        file.write(b"a,b\n")
        for _ in range(4):
            file.write(b"x" * LINE_LIMIT)
        file.truncate(2 << 30)
    with pytest.raises(BadInput, match="longer than") as caught:
        open_table(path)
    assert "line 2" in caught.value.where


def test_zip_without_workbook(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("table.csv", "a,b\n1,2\n")
    with pytest.raises(BadInput, match="zip archive"):
        open_table(tmp_path / "a.xlsx")


def test_far_corners_are_not_laid_out(tmp_path: Path) -> None:
    put_xlsx(tmp_path / "a.xlsx", [["a", "b"], [1, 2]])
    sheet = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    with zipfile.ZipFile(tmp_path / "a.xlsx") as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename.startswith("xl/worksheets/"):
                head, _, rest = content.partition(b"<sheetData>")
                content = head + b"<sheetData>" + sheet.encode() + b"</sheetData>" + rest.partition(b"</sheetData>")[2]
            new.writestr(part, content)
    with pytest.raises(BadInput, match="reaches too far"):
        open_table(tmp_path / "b.xlsx")
