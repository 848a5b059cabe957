"""Many letters as one PDF/A for a printer: each with a page for the envelope's window, then its text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import typst
from pypdf.errors import PyPdfError

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.messaging.wording import day_text
from openterms.formats.paper import typesetting
from openterms.formats.paper.binding import page_count, put_in

TEMPLATE = typesetting.FOLDER / "post.typ"
SECONDS = 60


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter: its number for the manifest, the lines of its address, its words."""

    number: str
    address: tuple[str, ...]
    language: str
    subject: str
    paragraphs: tuple[str, ...]
    papers: tuple[bytes, ...] = ()
    """Papers made here (PDF/A), posted as they are instead of the words."""


def set_batch(
    letters: Sequence[Letter], sender: Sequence[str], footer: Sequence[str], dated: date
) -> tuple[bytes, list[int]]:
    """The batch as PDF/A-2b, and how many pages each letter has. The same letters give the same bytes.

    A letter with papers of its own has them behind its address page, page by page as they are. Errors: BadInput where
    it cannot be set.
    """
    made, pages = _set(letters, sender, footer, dated)
    if not any(one.papers for one in letters):
        return made, pages
    try:
        inside, at = {}, 0
        for place, (letter, count) in enumerate(zip(letters, pages, strict=True)):
            at += count
            if letter.papers:
                inside[at] = letter.papers
                pages[place] += sum(page_count(one) for one in letter.papers)
        return put_in(made, inside), pages
    except PyPdfError as error:
        raise _unset(str(error)) from error


def _set(
    letters: Sequence[Letter], sender: Sequence[str], footer: Sequence[str], dated: date
) -> tuple[bytes, list[int]]:
    """The batch before papers are put in."""
    data: dict[str, Any] = {
        "letters": [_words(one) for one in letters], "sender": list(sender), "footer": list(footer),
        "dated": dated.isoformat(), "dates": {name: day_text(dated, name) for name in ("en", "ar")},
        "title": f"{sender[0]} {dated.isoformat()}",
    }  # fmt: skip
    cleaned = typesetting._cleaned(data)
    try:
        return _typeset(cleaned, dated)
    except typst.TypstError as error:
        lacking = typesetting._lacking(str(getattr(error, "diagnostic", "")) + str(error))
        if lacking:
            try:
                return _typeset(typesetting._marked(cleaned, lacking), dated)
            except typst.TypstError as again:
                error = again
        raise _unset(str(error)) from error
    except (TooLate, typesetting.PaperError) as error:
        raise _unset(str(error) or "it took too long") from error


def _words(letter: Letter) -> dict[str, Any]:
    """What the template needs of a letter."""
    return {
        "number": letter.number, "address": letter.address, "language": letter.language, "subject": letter.subject,
        "paragraphs": letter.paragraphs, "own": bool(letter.papers),
    }  # fmt: skip


def _typeset(data: dict[str, Any], dated: date) -> tuple[bytes, list[int]]:
    given: dict[str, Any] = {
        "root": str(typesetting.FOLDER), "font_paths": typesetting._fonts(),
        "sys_inputs": {"batch": json.dumps(data)},
    }  # fmt: skip
    compiler: Any = typst.Compiler(str(TEMPLATE), **given)
    stamp = int(datetime.combine(dated, time(), UTC).timestamp())
    work = typesetting._pool().submit(
        lambda: compiler.compile(format="pdf", pdf_standards=typesetting.STANDARD, timestamp=stamp)
    )
    made: bytes = work.result(SECONDS)
    starts = json.loads(compiler.query("<letter>", field="value"))
    (last,) = json.loads(compiler.query("<end>", field="value"))
    ends = [*(start - 1 for start in starts[1:]), last]
    return made, [end - start + 1 for start, end in zip(starts, ends, strict=True)]


def _unset(what: str) -> BadInput:
    return BadInput(
        gettext_noop("The letters cannot be set: %(what)s"), "post", gettext_noop("Correct the letter, or the fonts"),
        {"what": what[:300]},
    )  # fmt: skip
