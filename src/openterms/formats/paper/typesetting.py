"""From a paper to PDF (PDF/A-2b), by Typst in this process: the same paper gives the same bytes everywhere.

The template takes a paper as JSON and never as markup, so no name is ever read as a command. Only the fonts beside it
are used; they are put there when the assets are built. For a character that they lack stands a mark, and the paper says
so.
"""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import typst

from openterms.formats.paper.parts import Paper

FOLDER = Path(__file__).resolve().parent
TEMPLATE = FOLDER / "paper.typ"
FONTS = FOLDER / "build"
STANDARD = "a-2b"
SECONDS = 20
MOST_INPUT = 2 * 2**20
MOST_OUTPUT = 8 * 2**20
MARK = "\N{REPLACEMENT CHARACTER}"
_WORKERS = 2
_UNSEEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066\u2067\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""Controls, and marks that would turn the direction of what follows. A line's end, a tab and what `apart` puts stay."""
_LACKING = re.compile(r'the text `"(.+?)"` could not be displayed')


class PaperError(Exception):
    """A paper cannot be made; the message says why and what would help."""


def pdf(paper: Paper) -> bytes:
    """The paper as PDF/A-2b. Errors: `PaperError` where fonts are not built, it is too large, or it took too long."""
    made: bytes = _made(paper, "pdf")
    if len(made) > MOST_OUTPUT:
        raise PaperError(f"The paper is larger than {MOST_OUTPUT >> 20} MiB.")
    return made


def pictures(paper: Paper, dots: int = 100) -> list[bytes]:
    """Each page as a PNG picture of so many dots an inch. Errors: as `pdf`."""
    made = _made(paper, "png", dots)
    return [made] if isinstance(made, bytes) else list(made)


def _made(paper: Paper, kind: str, dots: int = 0) -> Any:
    return set_values(TEMPLATE, asdict(paper) | {"dated": paper.dated.isoformat()}, paper.dated, _How(kind, dots))


class _How(NamedTuple):
    """What is made: `pdf` by a standard, or `png` of so many dots; other inputs of the template, as they are."""

    kind: str = "pdf"
    dots: int = 0
    standard: str = STANDARD
    inputs: dict[str, str] = {}


def set_values(template: Path, values: dict[str, Any], dated: date, how: _How) -> Any:
    """What a template makes of values (its input `paper`, JSON). Errors: `PaperError`."""
    data = _cleaned(values)
    if len(json.dumps(data)) > MOST_INPUT:
        raise PaperError(f"The paper has more than {MOST_INPUT >> 20} MiB of text.")
    stamp = int(datetime.combine(dated, time(), UTC).timestamp())
    try:
        return _typeset(template, data, how, stamp)
    except typst.TypstError as error:
        lacking = _lacking(str(getattr(error, "diagnostic", "")) + str(error))
        if not lacking:
            raise PaperError(f"The paper cannot be set: {error}") from error
    try:
        return _typeset(template, _marked(data, lacking) | {"gaps": True}, how, stamp)
    except typst.TypstError as error:
        raise PaperError(f"The paper cannot be set: {error}") from error


def made_to(standard: str = STANDARD, dots: int = 0, inputs: dict[str, str] | None = None) -> _How:
    """How to make it: PDF by a standard, or where `dots` are given pictures of so many an inch."""
    return _How("png" if dots else "pdf", dots, standard, inputs or {})


def _typeset(template: Path, data: dict[str, Any], how: _How, dated: int) -> Any:
    """Have Typst set it within the time there is; it works without holding up other threads."""
    given: dict[str, Any] = {
        "root": str(FOLDER), "font_paths": _fonts(), "format": how.kind, "timestamp": dated,
        "sys_inputs": {"paper": json.dumps({"gaps": False} | data)} | how.inputs,
    } | ({"pdf_standards": how.standard} if how.kind == "pdf" else {"ppi": how.dots})  # fmt: skip
    work = _pool().submit(lambda: typst.compile(str(template), **given))
    try:
        return work.result(SECONDS)
    except TooLate as error:
        work.cancel()
        raise PaperError(f"Setting the paper took longer than {SECONDS} seconds.") from error


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_WORKERS, thread_name_prefix="paper")


@cache
def _fonts() -> Any:
    if not any(FONTS.glob("*.ttf")):
        raise PaperError("The fonts of papers are not built: run `python -m openterms.cli.assets`.")
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])


def _cleaned(value: Any) -> Any:
    """Every text without what cannot be seen."""
    return _each(value, lambda text: _UNSEEN.sub("", text.replace("\r\n", "\n")))


def _marked(value: dict[str, Any], lacking: frozenset[str]) -> dict[str, Any]:
    marks = str.maketrans(dict.fromkeys(lacking, MARK))
    found: dict[str, Any] = _each(value, lambda text: text.translate(marks))
    return found


def _each(value: Any, change: Any) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: _each(one, change) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_each(one, change) for one in value]
    return value


def _lacking(said: str) -> frozenset[str]:
    """The characters that Typst names as ones it has no glyph for."""
    found = set()
    for named in _LACKING.findall(said):
        plain = re.sub(r"\\u\{([0-9a-fA-F]+)\}", lambda match: chr(int(match[1], 16)), named)
        found |= {one for one in plain if not (one.isascii() and one.isprintable())}
    return frozenset(found)
