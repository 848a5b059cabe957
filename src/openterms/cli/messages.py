"""The message catalogues: collecting texts from code and templates, and compiling them. Needs no gettext programs.

`python -m openterms.cli.messages` brings `web/locale/*/LC_MESSAGES/django.po` up to date with the texts in the code;
the build compiles them. English is written in the code, so its catalogue holds only what differs (plurals).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages import pofile
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo

PACKAGE = Path(__file__).resolve().parent.parent
LOCALE = PACKAGE / "web" / "locale"
LANGUAGES = ("ar", "en")
KEYWORDS = dict(DEFAULT_KEYWORDS) | {
    "gettext_noop": None,
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
_DATED = re.compile(
    rb'^"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Report-Msgid-Bugs-To|Generated-By'
    rb"|Project-Id-Version): .*\n",
    re.MULTILINE,
)


def collect() -> Catalog:
    """Every text marked for translation in the package's Python files and templates, with the files it stands in."""
    found = Catalog(charset="utf-8", fuzzy=False)
    for file in sorted(PACKAGE.rglob("*")):
        if file.suffix not in (".py", ".html", ".txt") or "node_modules" in file.parts or "locale" in file.parts:
            continue
        for text, comments, context in _texts(file):
            where = [(file.relative_to(PACKAGE).as_posix(), None)]
            flags = ["python-format"] if "%(" in (text if isinstance(text, str) else text[0]) else []
            found.add(text, locations=where, auto_comments=comments, context=context, flags=flags)
    return found


def _texts(file: Path) -> Iterator[tuple[str | tuple[str, str], list[str], str | None]]:
    source = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        if "{%" not in source and "{{" not in source:
            return
        from django.utils.translation.template import templatize

        source = _INDENT.sub("", templatize(source, origin=file.name))
    for _line, text, comments, context in extract("python", BytesIO(source.encode()), keywords=KEYWORDS):
        texts = tuple(one for one in text if one) if isinstance(text, tuple) else text
        if texts:
            yield (texts if isinstance(texts, str) or len(texts) > 1 else texts[0]), comments, context


def catalogue_file(language: str) -> Path:
    """Where a language's texts stand."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    """A language's catalogue; an empty one when the file does not exist yet."""
    file = catalogue_file(language)
    if not file.exists():
        return Catalog(locale=language, charset="utf-8", fuzzy=False)
    with file.open("rb") as handle:
        return pofile.read_po(handle, locale=language)


def update() -> dict[str, list[str]]:
    """Bring the catalogues up to date. Texts no longer used go. Returns the texts still missing, by language."""
    found = collect()
    for language in LANGUAGES:
        catalogue = read(language)
        kept = {(message.id, message.context): message.string for message in catalogue if message.id}
        fresh = Catalog(locale=language, header_comment=f"# OpenTerms: {language}", charset="utf-8", fuzzy=False)
        fresh.revision_date = fresh.creation_date = None  # the file changes only when a text does
        for message in found:
            if message.id:
                string = kept.get((message.id, message.context)) or message.string
                flags = [flag for flag in message.flags if flag != "fuzzy"]
                fresh.add(message.id, string, message.locations, flags, message.auto_comments, context=message.context)
        file = catalogue_file(language)
        file.parent.mkdir(parents=True, exist_ok=True)
        written = BytesIO()
        pofile.write_po(written, fresh, width=120, omit_header=False, sort_output=True)
        file.write_bytes(_without_dates(written.getvalue()))
    return {language: missing(language) for language in LANGUAGES if language != "en"}


def _without_dates(written: bytes) -> bytes:
    return _DATED.sub(b"", written)


def missing(language: str, found: Catalog | None = None) -> list[str]:
    """Texts in the code that a language has not got, shortest form of each."""
    have = {(message.id, message.context): message for message in read(language) if message.id}
    lacking = []
    for message in found or collect():
        if message.id and not _is_said(have.get((message.id, message.context))):
            lacking.append(message.id if isinstance(message.id, str) else message.id[0])
    return lacking


def _is_said(message: Message | None) -> bool:
    if message is None:
        return False
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)


def compile_all() -> list[Path]:
    """Write the binary catalogues that are older than their text. Returns those written."""
    written = []
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as handle:
            catalogue = pofile.read_po(handle, locale=source.parent.parent.name)
        compiled = BytesIO()
        write_mo(compiled, catalogue)
        target.write_bytes(compiled.getvalue())
        written.append(target)
    return written


def main() -> int:
    """Update the catalogues and say what is missing."""
    for language, lacking in update().items():
        print(f"{language}: {len(lacking)} missing", file=sys.stderr)
        for text in lacking:
            print(f"  {text}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
