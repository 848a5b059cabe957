"""Open a table in a file, whatever its format."""

from __future__ import annotations

from pathlib import Path

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.formats.tabular.binaryfiles import ParquetSource, XlsxSource, corrupt, protected
from openterms.formats.tabular.source import Source
from openterms.formats.tabular.textfiles import CsvSource, JsonLinesSource

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_NOT_TABLES = {b"\x1f\x8b": "gzip", b"%PDF": "PDF", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"7z\xbc\xaf": "7z"}


def open_table(
    path: Path | str,
    *,
    name: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    header_line: int = 1,
) -> Source:
    """The table in a file: CSV, XLSX (or XLS), Parquet or JSON lines, told apart by content.

    ``name`` is the file's own name where ``path`` is a temporary copy. ``encoding``, ``delimiter``, ``sheet`` and
    ``header_line`` (from 1, for tables under a title) overrule what would be detected. Errors: ``BadInput``, for
    everything that keeps the file from being read as a table.
    """
    path = Path(path)
    shown = name or path.name or str(path)
    head = _head(path, shown)
    ending = Path(shown).suffix.casefold()
    try:
        if head.startswith(b"PAR1"):
            return ParquetSource(path, name)
        if head.startswith(b"PK\x03\x04"):
            return XlsxSource(path, name, sheet, header_line)
        if head.startswith(_OLE):
            if _ENCRYPTED in path.read_bytes()[: 1 << 26]:
                raise protected(shown)
            return XlsxSource(path, name, sheet, header_line)
        _refuse_others(head, ending, shown)
        if head.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith(b"{"):
            return JsonLinesSource(path, name, encoding)
        return CsvSource(path, name, encoding, delimiter, header_line)
    except OSError as error:
        raise _unreadable(shown, error) from None


def _head(path: Path, shown: str) -> bytes:
    try:
        if path.is_dir():
            raise BadInput(gettext_noop("this is a folder"), shown, gettext_noop("name a file in it"))
        if not path.exists():
            raise BadInput(gettext_noop("there is no such file"), shown, gettext_noop("check the name and the folder"))
        if not path.is_file():
            raise BadInput(
                gettext_noop("this is not a regular file"), shown, gettext_noop("save the data to a file first")
            )
        with path.open("rb") as file:
            head = file.read(64)
    except (OSError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        raise _unreadable(shown, error) from None
    if not head:
        raise BadInput(gettext_noop("the file is empty"), shown, gettext_noop("give a file with a header and rows"))
    return head


def _refuse_others(head: bytes, ending: str, shown: str) -> None:
    for mark, kind in _NOT_TABLES.items():
        if head.startswith(mark):
            raise BadInput(
                gettext_noop("the file is %(kind)s"),
                shown,
                gettext_noop("unpack or export it as CSV, XLSX, Parquet or JSON lines"),
                {"kind": kind},
            )
    if ending in (".xlsx", ".xls", ".parquet"):
        raise corrupt(shown, ending[1:].upper(), ValueError("its first bytes are not of that format"))
    if ending in (".json", ".jsonl", ".ndjson") and head.lstrip().startswith(b"["):
        raise BadInput(
            gettext_noop("the file is one JSON array"),
            shown,
            gettext_noop("write JSON lines: one object per line, without brackets and commas around them"),
        )


def _unreadable(shown: str, error: Exception) -> BadInput:
    return BadInput(
        gettext_noop("the file cannot be read: %(error)s"),
        shown,
        gettext_noop("check the file and its permissions"),
        {"error": getattr(error, "strerror", None) or str(error)},
    )
