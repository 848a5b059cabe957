"""Bills as papers: invoice, credit note, receipt, statement, in PDF/A-3, with a file inside where one is given.

Values in, PDF out. The look is the template's; a seller gives its name, colour, logo, address and numbers.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.formats.paper import typesetting
from openterms.formats.paper.bill_words import Sayer
from openterms.formats.safe_xml import Element, parse

TEMPLATE = typesetting.FOLDER / "bill.typ"
STANDARD = "a-3b"
COLOUR = "#0f5e5c"
MOST_LOGO = 200_000
_PNG = b"\x89PNG\r\n\x1a\n"
Row = tuple[Sequence[str], str, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """How a seller's papers look: name, lines of its address and of its numbers, a colour, a logo (SVG)."""

    name: str
    lines: Sequence[str] = ()
    numbers: Sequence[str] = ()
    colour: str = COLOUR
    logo: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """A file that goes inside the PDF; its content is text."""

    name: str
    content: str
    media: str = "text/xml"
    relationship: str = "alternative"
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What a paper shows; words come in each of its languages, values once."""

    languages: Sequence[str]
    dated: date
    title: Sequence[str]
    number: str
    brand: Brand
    addressee: Sequence[str]
    sheet: str = "a4"
    facts: Sequence[Row] = ()
    opening: Sequence[str] = ()
    columns: Sequence[tuple[Sequence[str], str]] = ()
    rows: Sequence[Sequence[str]] = ()
    totals: Sequence[Row] = ()
    tax_columns: Sequence[Sequence[str]] = ()
    taxes: Sequence[Sequence[str]] = ()
    payment: Sequence[Row] = ()
    codes: Sequence[tuple[str, Sequence[str]]] = ()
    """Pictures (SVG) with what stands below them."""
    sections: Sequence[tuple[Sequence[str], Sequence[Sequence[str]]]] = field(default_factory=tuple)
    """A title in each language, and paragraphs, each in every language."""


def bill_pdf(bill: Bill, inside: Inside | None = None) -> bytes:
    """The paper as PDF/A-3b. Errors: `PaperError` where it cannot be set."""
    made: bytes = typesetting.set_values(TEMPLATE, _values(bill, inside), bill.dated, _how(inside))
    return made


def bill_pictures(bill: Bill, dots: int = 100) -> list[bytes]:
    """Each page as a PNG picture. Errors: as `bill_pdf`."""
    made = typesetting.set_values(TEMPLATE, _values(bill, None), bill.dated, typesetting.made_to(dots=dots))
    return [made] if isinstance(made, bytes) else list(made)


def _how(inside: Inside | None) -> Any:
    return typesetting.made_to(STANDARD, inputs={"file": inside.content} if inside else {})


def _values(bill: Bill, inside: Inside | None) -> dict[str, Any]:
    say = Sayer(bill.languages)
    file = {"name": inside.name, "relationship": inside.relationship, "media": inside.media,
            "description": inside.description or inside.name} if inside else None  # fmt: skip
    return {
        "languages": list(bill.languages), "dated": bill.dated.isoformat(), "title": list(bill.title),
        "number": bill.number, "sheet": bill.sheet,
        "brand": {"name": bill.brand.name, "lines": list(bill.brand.lines), "numbers": list(bill.brand.numbers),
                  "colour": bill.brand.colour, "logo": bill.brand.logo or None},
        "addressee": {"label": say("to"), "lines": list(bill.addressee)}, "facts": _rows(bill.facts),
        "opening": list(bill.opening), "columns": [[list(words), side] for words, side in bill.columns],
        "rows": [list(one) for one in bill.rows], "totals": _rows(bill.totals),
        "tax-columns": [list(one) for one in bill.tax_columns], "taxes": [list(one) for one in bill.taxes],
        "pay-title": say("how"), "payment": _rows(bill.payment),
        "codes": [{"svg": svg, "caption": list(caption)} for svg, caption in bill.codes],
        "sections": [{"title": list(title), "paragraphs": [list(one) for one in said]}
                     for title, said in bill.sections],
        "file": file, "words": {"page": say("page", page="{page}", pages="{pages}")[0], "gaps": say("gaps")[0]},
    }  # fmt: skip


def _rows(rows: Sequence[Row]) -> list[list[Any]]:
    return [[list(words), value, is_strong] for words, value, is_strong in rows]


def colour_of(text: str) -> str:
    """A colour as six hexadecimal figures, dark enough to be read on white (contrast 4.5). Errors: BadInput."""
    given = text.strip().lower()
    if not re.fullmatch(r"#[0-9a-f]{6}", given):
        raise BadInput(
            gettext_noop("This is no colour"), "colour", gettext_noop("Give such as %(example)s"), {"example": COLOUR}
        )
    parts = [int(given[at : at + 2], 16) for at in (1, 3, 5)]
    if sum(weight * (part / 255) ** 2.2 for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True)) > 0.183:
        raise BadInput(
            gettext_noop("This colour is too light to be read on white paper"), "colour",
            gettext_noop("Give a darker one"),
        )  # fmt: skip
    return given


def logo_of(content: bytes) -> str:
    """A logo as SVG: an SVG that fetches nothing and runs nothing, or a PNG put into one. Errors: BadInput."""
    if len(content) > MOST_LOGO:
        raise _no_logo(gettext_noop("it is larger than 200 kB"))
    if content.startswith(_PNG):
        wide, high = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
        if not 1 <= wide <= 4000 or not 1 <= high <= 4000:
            raise _no_logo(gettext_noop("its sides are not from 1 to 4000 dots"))
        data = base64.b64encode(content).decode()
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}">'
                f'<image width="{wide}" height="{high}" href="data:image/png;base64,{data}"/></svg>')  # fmt: skip
    root = parse(content)
    if root.name != "svg":
        raise _no_logo(gettext_noop("it is neither SVG nor PNG"))
    _harmless(root)
    return content.decode("utf-8", "strict")


def _harmless(one: Element) -> None:
    if one.name in ("script", "foreignObject", "use", "image", "style", "a"):
        raise _no_logo(gettext_noop("it has more than shapes and text"))
    for name, value in one.attributes.items():
        if name.startswith("on") or name == "href" or ("url(" in value.replace(" ", "") and "url(#" not in value):
            raise _no_logo(gettext_noop("it refers to something outside"))
    for child in one.children:
        _harmless(child)


def _no_logo(why: str) -> BadInput:
    return BadInput(
        gettext_noop("This cannot be a logo: %(why)s"), "logo", gettext_noop("Give a plain SVG or a PNG of 200 kB"),
        {"why": why},
    )  # fmt: skip
