"""Contents by their digest: kept once, outside the web root, readable by the service alone."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from django.conf import settings


def path_of(digest: str, base: Path | None = None) -> Path:
    """Where the content of a digest lies."""
    return (base or Path(settings.FILES_FOLDER)) / digest[:2] / digest


def store(content: bytes, base: Path | None = None) -> str:
    """Keep a content; the same content is kept once. Its digest (SHA-256)."""
    digest = hashlib.sha256(content).hexdigest()
    place = path_of(digest, base)
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as kept:
        kept.write(content)
    Path(kept.name).replace(place)
    return digest


def content_of(digest: str, base: Path | None = None) -> bytes | None:
    """The content kept under a digest; None where it is gone."""
    place = path_of(digest, base)
    return place.read_bytes() if place.exists() else None
