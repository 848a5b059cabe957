"""Fold names for search: lower case, no marks, Arabic letter variants made one, words apart."""

from __future__ import annotations

from openterms.core.base.names import fold

__all__ = ["MOST_TOKENS", "fold", "tokens"]

MOST_TOKENS = 24


def tokens(*texts: str) -> list[str]:
    """The words of some texts, folded, each once, at most 24."""
    words = dict.fromkeys(word[:80] for text in texts for word in fold(text).split())
    return list(words)[:MOST_TOKENS]
