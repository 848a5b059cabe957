"""Several papers as one PDF: pages one after another with bookmarks, and files that go along unread.

Only papers made here are taken apart; a file of somebody else's is embedded as it is and never parsed.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import NamedTuple

from pypdf import PdfReader, PdfWriter


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
