"""Fold names for search: lower case, no marks, Arabic letter variants made one, words apart."""

from __future__ import annotations

import re
import unicodedata

_ARABIC = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي", "ـ": None})
_WORD = re.compile(r"\w+")
MOST_TOKENS = 24


def fold(text: str) -> str:
    """`Müller & Söhne GmbH` -> `muller sohne gmbh`; `شركة النور` loses its marks."""
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_ARABIC)
    kept = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(_WORD.findall(kept))


def tokens(*texts: str) -> list[str]:
    """The words of some texts, folded, each once, at most 24."""
    words = dict.fromkeys(word[:80] for text in texts for word in fold(text).split())
    return list(words)[:MOST_TOKENS]
