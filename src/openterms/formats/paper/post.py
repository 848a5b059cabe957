"""Many letters as one PDF/A for a printer: each with a page for the envelope's window, then its text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import TimeoutError as TooLate
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import typst

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.messaging.wording import day_text
from openterms.formats.paper import typesetting

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


def set_batch(
    letters: Sequence[Letter], sender: Sequence[str], footer: Sequence[str], dated: date
) -> tuple[bytes, list[int]]:
    """The batch as PDF/A-2b, and how many pages each letter has. The same letters give the same bytes.

    Errors: BadInput where it cannot be set.
    """
    data: dict[str, Any] = {
        "letters": [asdict(one) for one in letters], "sender": list(sender), "footer": list(footer),
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
