"""The files of a mail: which are kept, as what, and under which name. What a mail says of them counts little."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

MOST_FILES, MOST_FILE = 20, 15 * 2**20
KINDS: dict[str, tuple[str, tuple[bytes, ...]]] = {
    ".pdf": ("application/pdf", (b"%PDF-",)),
    ".png": ("image/png", (b"\x89PNG\r\n",)),
    ".jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".gif": ("image/gif", (b"GIF8",)),
    ".txt": ("text/plain", ()),
    ".csv": ("text/csv", ()),
    ".xml": ("application/xml", ()),
    ".eml": ("message/rfc822", ()),
    ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (b"PK\x03\x04",)),
    ".docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", (b"PK\x03\x04",)),
}
"""Ending -> the type it is kept and handed out as, and how such a file begins (nothing: a text)."""
_OF_TYPE = {media: ending for ending, (media, _begin) in reversed(KINDS.items())}


@dataclass(frozen=True, slots=True)
class File:
    """A file with its bytes. `is_kept` is false for one that is only told of, since its kind is not taken or it is too
    large; then `content` is empty."""

    name: str
    media_type: str
    size: int
    content: bytes = b""
    is_kept: bool = True


def taken(name: str, media_type: str, content: bytes) -> tuple[File | None, str]:
    """The file as it is kept, and what is wrong with it (a code, empty for nothing). Empty parts are no files."""
    if not content:
        return None, ""
    bare = PurePosixPath(name.replace("\\", "/")).name.strip(" .") or "file"
    ending = PurePosixPath(bare).suffix.lower()
    if ending not in KINDS and "." not in bare and media_type in _OF_TYPE:
        ending = _OF_TYPE[media_type]
        bare += ending
    if ending not in KINDS:
        return File(bare[:200], "application/octet-stream", len(content), is_kept=False), "file_kind"
    if len(content) > MOST_FILE:
        return File(bare[:200], KINDS[ending][0], len(content), is_kept=False), "file_large"
    media, begins = KINDS[ending]
    head = content[:4096]
    if (begins and not head.startswith(begins)) or (not begins and b"\0" in head and ending != ".csv"):
        return File(bare[:200], "application/octet-stream", len(content), is_kept=False), "file_mismatch"
    return File(bare[:200], media, len(content), content), ""
