"""What applicants write, field by field; the workbook of statements; names and numbers that are compared."""

from __future__ import annotations

import io
from datetime import datetime

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.base.company_numbers import check_number
from openterms.core.base.errors import BadInput
from openterms.core.base.names import core_words, fold, likeness, sound
from openterms.core.credit.application import missing, read_field, read_section
from openterms.core.credit.application_shape import BY_NAME, STATEMENTS
from openterms.formats.statements import MARK, read_workbook, workbook


@pytest.mark.parametrize(
    ("section", "field", "text", "value"),
    [
        ("request", "limit", "12,400.50", 1_240_050), ("request", "limit", "١٢٬٤٠٠٫٥٠", 1_240_050),
        ("request", "limit", " 1 000 ", 100_000), ("request", "limit", "1.2345", None),
        ("request", "limit", "-5", None), ("request", "limit", "1e5", None), ("request", "limit", "", "nothing"),
        ("statements", "equity_minor", "-5", -500),
        ("company", "country", "sa", "SA"), ("company", "country", "XX", None), ("company", "employees", "٢٥", 25),
        ("company", "registered_on", "2015-02-30", None), ("company", "registered_on", "2015-02-28", "2015-02-28"),
        ("contact", "email", "a@b.co", "a@b.co"), ("contact", "email", "a@b", None),
        ("contact", "email", "a@b.co\nBcc: x@y.co", None),
        ("contact", "phone", "+966 (11) 234-5678", "+966 (11) 234-5678"), ("contact", "phone", "call me", None),
        ("people", "share", "101", None), ("people", "signs", "on", True), ("people", "signs", "off", "nothing"),
        ("request", "terms_days", "31", None), ("company", "legal_name", "x" * 201, None),
        ("company", "website", "https://www.acme.com/a", "https://www.acme.com/a"),
        ("company", "website", "javascript:alert(1)", None), ("company", "vat", "DE136695976", "DE136695976"),
        ("company", "vat", "DE136695977", None),
    ],
)  # fmt: skip
def test_a_field_is_read_or_refused(section, field, text, value):
    one = BY_NAME[section].field(field)
    if value is None:
        with pytest.raises(BadInput):
            read_field(one, text, "EUR", "DE")
    else:
        assert read_field(one, text, "EUR", "DE") == (None if value == "nothing" else value)


@given(st.dictionaries(st.sampled_from([field.name for field in BY_NAME["company"].fields]), st.text(max_size=60)))
def test_any_text_is_read_or_refused_and_reads_the_same_again(texts):
    said, faults = read_section(BY_NAME["company"], texts, "KWD", "SA")
    again, more = read_section(BY_NAME["company"], {name: str(value) for name, value in said.items()}, "KWD", "SA")
    assert again == said and more == []
    assert {fault.field for fault in faults}.isdisjoint(said)
    assert all(fault.section in (*BY_NAME, "sign") for fault in missing({"company": said}))


@pytest.mark.parametrize(
    ("scheme", "text", "country", "state"),
    [
        ("vat", "de 136 695 976", "", "right"), ("vat", "136695976", "DE", "right"),
        ("vat", "DE136695977", "", "wrong"),
        ("vat", "EL 094259216", "", "right"), ("vat", "310122393500003", "SA", "right"),
        ("vat", "210122393500003", "SA", "wrong"), ("vat", "100123456700003", "AE", "right"),
        ("vat", "12345", "KW", "unknown"), ("lei", "5493001KJTIIGC8Y1R12", "", "right"),
        ("lei", "5493001KJTIIGC8Y1R13", "", "wrong"), ("iban", "SA03 8000 0000 6080 1016 7519", "", "right"),
        ("iban", "SA03 8000 0000 6080 1016 7510", "", "wrong"), ("register", "1010010030", "SA", "right"),
        ("register", "HRB 12345", "DE", "unknown"), ("duns", "15-048-3782", "", "right"),
        ("tax", "12-3456789", "US", "right"),
    ],
)  # fmt: skip
def test_numbers_are_checked_by_themselves(scheme, text, country, state):
    assert check_number(scheme, text, country).state == state


@pytest.mark.parametrize(
    ("left", "right", "least", "most"),
    [
        ("Acme Ltd", "ACME Limited", 100, 100), ("Acme Trading", "Trading, Acme", 100, 100),
        ("Société Générale S.A.", "Societe Generale", 100, 100),
        ("شركة النور للتجارة", "مؤسسة النور للتجاره", 100, 100),
        ("الراجحي", "Al-Rajhi", 86, 90), ("Acme Trading", "Zenith Foods", 0, 60), ("GmbH", "Ltd", 0, 60),
        ("", "Acme", 0, 0), ("Jonson Brothers", "Johnson Brothers", 90, 99),
    ],
)  # fmt: skip
def test_names_are_alike(left, right, least, most):
    assert least <= likeness(left, right) <= most
    assert likeness(left, right) == likeness(right, left)


def test_what_is_left_of_a_name():
    assert core_words("Müller & Söhne G.m.b.H.") == ("muller", "sohne")
    assert core_words("شركة الفا ذ.م.م") == ("فا",) or core_words("شركة الفا ذ.م.م") == ("الفا",)
    assert sound("Khalid") == sound("خالد") == "kld"
    assert fold("أحـمد") == "احمد"


def test_a_template_is_filled_in_and_read_back():
    labels = {field.name: field.label for field in STATEMENTS.fields}
    empty = read_workbook(workbook(labels, {"audited": "Audited"}, "EUR", "Years", True))
    assert set(empty.values()) <= {""}
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, [MARK, "Years"])
    sheet.write_row(1, 0, ["ends_on", "Last day"])
    sheet.write_datetime(1, 2, datetime(2025, 12, 31), book.add_format({"num_format": "yyyy-mm-dd"}))
    sheet.write_row(2, 0, ["sales_minor", "Sales", 900000.5, "1,200"])
    book.close()
    texts = read_workbook(target.getvalue())
    assert texts == texts | {"0-ends_on": "2025-12-31", "0-sales_minor": "900000.50", "1-sales_minor": "1,200"}
    said, faults = read_section(STATEMENTS, texts, "EUR")
    assert faults == [] and said["rows"][0] == {"ends_on": "2025-12-31", "sales_minor": 90_000_050}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04junk", b"a,b\n1,2\n"])
def test_what_is_not_the_template_is_refused(content):
    with pytest.raises(BadInput, match="not the filled-in template"):
        read_workbook(content)
