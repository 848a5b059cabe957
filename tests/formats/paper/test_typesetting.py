"""Papers hold the words they are given, in both languages, the same bytes each time; no name is read as a command."""

from __future__ import annotations

import io
import re
from concurrent.futures import TimeoutError as TooLate
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from openterms.formats.paper import parts, typesetting
from openterms.formats.paper.typesetting import PaperError, pdf, pictures

HEAD = parts.Letterhead(
    name="Hill Pumps Ltd.", lines=["Harbour Road 12", "London SE1"], numbers=[("Company number", "01234567")]
)
WORDS = parts.Words(page="Page {page} of {pages}", gaps="\ufffd stands for a character that cannot be printed.")
ARABIC = parts.Paper(
    title="اتفاقية الائتمان",
    language="ar",
    dated=date(2026, 6, 1),
    head=parts.Letterhead(name="شركة المضخات", lines=["جدة 21442"], numbers=[("السجل التجاري", "4030123456")]),
    words=parts.Words(page="صفحة {page} من {pages}", gaps="علامة"),
    addressee=["مؤسسة النور التجارية"],
    facts=[("الطلب", "A-7K3F-9QXM")],
    parts=[
        parts.text(f"حد الائتمان {parts.apart('250,000.00 SAR')}."),
        parts.signature("وقّعه", "عمر حداد", [("الاسم", "Noor Trading GmbH")], [("SHA-256", "ab" * 32)]),
    ],
)


def paper(*made: parts.Part, **more: Any) -> parts.Paper:
    found = parts.Paper(
        title="Agreement", language="en", dated=date(2026, 6, 1), head=HEAD, words=WORDS, addressee=["Noor Trading"],
        facts=[("Application", "A-7K3F-9QXM")], parts=made,
    )  # fmt: skip
    return replace(found, **more)


def read(content: bytes) -> str:
    """The text of all pages, each run of blanks as one."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


def test_a_paper_says_what_it_is_given_and_is_the_same_each_time() -> None:
    one = paper(
        parts.heading("What was answered"),
        parts.pairs([("Registered name", "Noor Trading GmbH"), ("Limit", "12,345,678,901.00 EUR")]),
        parts.items([("The company is young.", "Pay in advance first.")]),
        parts.table([("Item", "start"), ("Amount", "end")], [["Pump", "778.00"]], ["Total", "778.00"]),
        parts.amount("Credit limit", "25,000.00 EUR"),
        parts.signature("Signed by", "Omar Haddad", [("Signed on", "1 June 2026")], [("SHA-256", "0a" * 32)]),
        parts.small("Small print."),
    )
    content = pdf(one)
    assert content == pdf(one)
    said = read(content)
    for words in (
        "Hill Pumps Ltd.", "Harbour Road 12", "01234567", "Noor Trading GmbH", "12,345,678,901.00 EUR", "Page 1 of 1",
        "The company is young.", "Pay in advance first.", "25,000.00 EUR", "Omar Haddad", "0a" * 32, "Small print.",
    ):  # fmt: skip
        assert words in said, words
    found = PdfReader(io.BytesIO(content))
    assert found.metadata is not None
    assert (found.metadata.title, found.metadata.author) == ("Agreement", "Hill Pumps Ltd.")
    assert str(found.metadata["/CreationDate"]).startswith("D:20260601")
    assert found.trailer["/Root"]["/Lang"] == "en"
    assert b"pdfaid:part>2" in content and b"pdfaid:conformance>B" in content


def test_arabic_is_shaped_and_runs_from_right_to_left() -> None:
    content = pdf(ARABIC)
    said = read(content)
    for word in ("النور", "250,000.00 SAR", "4030123456", "A-7K3F-9QXM", "حداد", "Noor Trading GmbH", "ab" * 32):
        assert word in said, word
    assert PdfReader(io.BytesIO(content)).trailer["/Root"]["/Lang"] == "ar"
    (page,) = pictures(ARABIC, 40)
    assert page.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "hostile",
    [
        '#import "/etc/passwd"', "#eval(\"1+1\")", "*bold* _x_ $x^2$ <label> @ref `raw` \\u{41}", "</text>{{7*7}}%00",
        '"); #panic("x', "{page} of {pages}", "\u202egnp.exe", "a\0b\x07c", "#read(\"paper.typ\")",
    ],
)  # fmt: skip
def test_no_name_is_read_as_a_command(hostile: str) -> None:
    one = paper(
        parts.pairs([(hostile, hostile)]), parts.text(hostile), parts.items([(hostile, hostile)]),
        title=hostile, addressee=[hostile], head=replace(HEAD, name=hostile, lines=[hostile]),
    )  # fmt: skip
    seen = "".join(re.sub(r"[\0-\x1f\u202e]", "", hostile).split())
    assert "".join(read(pdf(one)).split()).count(seen) >= 6


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_makes_a_paper(name: str, value: str) -> None:
    assert pdf(paper(parts.pairs([(name, value)]), addressee=[value])).startswith(b"%PDF-1.7")


def test_the_sheet_is_that_of_the_country() -> None:
    sizes = [PdfReader(io.BytesIO(pdf(paper(sheet=sheet)))).pages[0].mediabox for sheet in ("a4", "us-letter")]
    assert [(round(one.width), round(one.height)) for one in sizes] == [(595, 842), (612, 792)]


def test_what_the_fonts_lack_is_marked_and_said() -> None:
    said = read(pdf(paper(parts.text("中文 Ltd"))))
    assert "\ufffd\ufffd Ltd" in said and WORDS.gaps in said
    assert WORDS.gaps not in read(pdf(paper(parts.text("Łódź Αθήνα Київ Hà Nội"))))


def test_long_papers_have_numbered_pages_and_long_words_stay_on_them() -> None:
    content = pdf(paper(parts.text(*["Long text. " * 60] * 20), parts.text("N" * 300)))
    found = PdfReader(io.BytesIO(content)).pages
    assert len(found) > 2
    assert f"Page 2 of {len(found)}" in found[1].extract_text()
    assert read(content).replace(" ", "").count("N") >= 300


def test_what_cannot_be_made_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    with pytest.raises(PaperError, match="MiB of text"):
        pdf(paper(parts.text("x" * 3 * 2**20)))

    class Late:
        def result(self, seconds: int) -> bytes:
            raise TooLate

        def cancel(self) -> None: ...

    class Pool:
        def submit(self, *_given: Any, **_more: Any) -> Late:
            return Late()

    with monkeypatch.context() as late:
        late.setattr(typesetting, "_pool", Pool)
        with pytest.raises(PaperError, match="longer than"):
            pdf(paper())
    typesetting._fonts.cache_clear()
    monkeypatch.setattr(typesetting, "FONTS", tmp_path)
    with pytest.raises(PaperError, match=r"openterms\.cli\.assets"):
        pdf(paper())
    typesetting._fonts.cache_clear()
