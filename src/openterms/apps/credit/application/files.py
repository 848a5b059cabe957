"""Files of applicants: told by their content, limited, scanned for viruses, kept outside the web root by digest.

Where a scanner is set up (`OPENTERMS_CLAMD`, `host:port` of clamd), a file that it did not look at lies in quarantine,
from which nothing is served.
"""

from __future__ import annotations

import os
import socket
import struct
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from django.conf import settings

from openterms.apps.tenancy import contents
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop

MOST_BYTES = 10 * 2**20
MOST_FILES = 12
SCAN_SECONDS = 10
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BLOCK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Scan:
    """What became of a scan: a state of `ApplicationFile`, and the scanner's own words."""

    state: str
    said: str = ""


def media_type_of(content: bytes) -> str:
    """PDF, PNG, JPEG or XLSX, by the content alone. Errors: anything else, an empty file, more than 10 MB."""
    if not content:
        raise BadInput(gettext_noop("The file is empty"), "file", gettext_noop("Choose the file again"))
    if len(content) > MOST_BYTES:
        raise BadInput(
            gettext_noop("The file is larger than 10 MB"), "file", gettext_noop("Make it smaller, or send a part of it")
        )
    if content.startswith(b"%PDF-") and b"%%EOF" in content[-2048:]:
        return "application/pdf"
    if content.startswith(b"\x89PNG\r\n\x1a\n") and b"IEND" in content[-64:]:
        return "image/png"
    if content.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in content[-1024:]:
        return "image/jpeg"
    if content.startswith(b"PK\x03\x04") and _is_workbook(content):
        return _XLSX
    raise BadInput(
        gettext_noop("This file is not taken"), "file",
        gettext_noop("Give a PDF, a PNG or JPEG picture, or an XLSX table"),
    )  # fmt: skip


def _is_workbook(content: bytes) -> bool:
    """A workbook without macros: the parts of one, and no program in it."""
    try:
        names = set(zipfile.ZipFile(BytesIO(content)).namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False
    return {"[Content_Types].xml", "xl/workbook.xml"} <= names and not any("vbaProject" in name for name in names)


def scan(content: bytes) -> Scan:
    """Have the scanner look at a content (clamd's INSTREAM). No answer is `waiting`, no scanner `unscanned`."""
    address = os.environ.get("OPENTERMS_CLAMD", "").strip()
    if not address:
        return Scan("unscanned")
    host, _colon, port = address.rpartition(":")
    try:
        with socket.create_connection((host or "127.0.0.1", int(port)), SCAN_SECONDS) as wire:
            wire.settimeout(SCAN_SECONDS)
            wire.sendall(b"zINSTREAM\0")
            for start in range(0, len(content), _BLOCK):
                block = content[start : start + _BLOCK]
                wire.sendall(struct.pack("!L", len(block)) + block)
            wire.sendall(struct.pack("!L", 0))
            said = b""
            while not said.endswith(b"\0") and len(said) < 4096 and (more := wire.recv(4096)):
                said += more
    except (OSError, ValueError) as error:
        return Scan("waiting", str(error)[:200])
    answer = said.rstrip(b"\0").decode("utf-8", "replace").strip()[:200]
    if answer.endswith("OK"):
        return Scan("clean", answer)
    return Scan("infected" if answer.endswith("FOUND") else "waiting", answer)


def folder(state: str) -> Path:
    """Where contents of a state lie: quarantine for those not yet looked at."""
    base = Path(settings.FILES_FOLDER)
    return base / "quarantine" if state == "waiting" else base


def path_of(digest: str, state: str) -> Path:
    """Where the content of a digest lies."""
    return contents.path_of(digest, folder(state))


def store(content: bytes, state: str) -> str:
    """Keep a content by its digest, readable by the service alone; the same content is kept once. The digest."""
    return contents.store(content, folder(state))


def content_of(digest: str, state: str) -> bytes | None:
    """The content kept under a digest; None where it is gone."""
    place = path_of(digest, state)
    return place.read_bytes() if place.exists() else None


def release(digest: str) -> None:
    """Take a content that was found clean out of quarantine."""
    waiting, place = path_of(digest, "waiting"), path_of(digest, "clean")
    if waiting.exists():
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        waiting.replace(place)


def destroy(digest: str) -> None:
    """Remove a content in quarantine that the scanner refused."""
    path_of(digest, "waiting").unlink(missing_ok=True)
