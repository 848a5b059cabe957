"""The text that an applicant signs: the seller's own, else the standard one. Documents, one file per language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "ar")


@cache
def standard(language: str) -> str:
    """The standard text in a language, English where there is none."""
    known = language if language in LANGUAGES else "en"
    return (Path(__file__).parent / f"agreement_{known}.txt").read_text(encoding="utf-8").strip()


def text_of(agreement: Mapping[str, str], language: str) -> str:
    """The text in a language: the seller's own, else the standard one."""
    return (agreement.get(language) or "").strip() or standard(language)
