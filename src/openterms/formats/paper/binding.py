"""Several papers as one PDF: pages one after another with bookmarks, and files that go along unread.

Only papers made here are taken apart; a file of somebody else's is embedded as it is and never parsed.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject


class Bound(NamedTuple):
    """A paper made here, with the title of its bookmark."""

    title: str
    content: bytes


def page_count(content: bytes) -> int:
    """How many pages a paper made here has."""
    return len(PdfReader(io.BytesIO(content)).pages)


def bind(papers: Sequence[Bound], files: Sequence[tuple[str, bytes]], title: str) -> bytes:
    """One PDF of the papers in order, each under a bookmark, with the files (name, content) embedded.

    The whole is a PDF that any reader opens; it is not PDF/A, which papers one by one are. Names that come twice are
    numbered.
    """
    writer = PdfWriter()
    start = 0
    for one in papers:
        writer.append(io.BytesIO(one.content), import_outline=False)
        writer.add_outline_item(title=one.title, page_number=start)
        start = len(writer.pages)
    seen: dict[str, int] = {}
    for name, content in files:
        seen[name] = seen.get(name, 0) + 1
        writer.add_attachment(name if seen[name] == 1 else f"{seen[name]} {name}", content)
    writer.add_metadata({"/Title": title})
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def put_in(paper: bytes, inside: Mapping[int, Sequence[bytes]]) -> bytes:
    """A paper made here with pages of other such papers behind some of its own (`inside`: after how many of its pages
    which papers). It keeps what makes it PDF/A: metadata, colour profile, identifier; all pages bring their fonts.

    Marks that tie a page to the structure of the paper it came from are left behind. Errors: pypdf's, for bytes that
    are no such paper.
    """
    base = PdfReader(io.BytesIO(paper))
    writer = PdfWriter(clone_from=base)
    for at in sorted(inside, reverse=True):
        pages = [page for one in inside[at] for page in PdfReader(io.BytesIO(one)).pages]
        for page in reversed(pages):
            placed = writer.insert_page(page, at)
            for name in ("/StructParents", "/Annots", "/Tabs"):
                if name in placed:
                    del placed[NameObject(name)]
    writer.metadata = base.metadata
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()
