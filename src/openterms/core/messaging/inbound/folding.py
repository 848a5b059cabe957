# ruff: noqa: E501
"""A text as rules read it: small letters, one form of each Arabic letter, Western digits; every place leads back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_DIGITS = {ord(one): str(place % 10) for place, one in enumerate("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")}
_LETTERS = {ord(one): "ا" for one in "أإآٱ"} | {ord("ى"): "ي", ord("ة"): "ه", ord("ؤ"): "و", ord("ئ"): "ي"}
_MARKS = {ord("٫"): ".", ord("٬"): ",", ord("،"): ",", ord("\u00a0"): " ", ord("\u202f"): " "}
_ALIKE = {ord("’"): "'", ord("‘"): "'", ord("“"): '"', ord("”"): '"', ord("–"): "-", ord("—"): "-", ord("−"): "-"}
_TABLE = _DIGITS | _LETTERS | _MARKS | _ALIKE
_GONE = frozenset("\u0640\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BREAK = re.compile(r"(?:[!?؟]+|(?<!\d)\.|\.(?!\d))(?=\s|$)|[\n؛;]+")
MOST_SENTENCES = 400


@dataclass(frozen=True, slots=True)
class Folded:
    """The folded text; `at[n]` is the place in the original of its n-th letter."""

    text: str
    at: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The places in the original of a piece of the folded text."""
        if start >= end or end > len(self.at):
            return (0, 0)
        return self.at[start], self.at[end - 1] + 1


def fold(text: str) -> Folded:
    """Fold a text. Marks of pronunciation, stretching and direction go; nothing else changes its length."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        if letter in _GONE or (letter > "\u02ff" and unicodedata.category(letter) == "Mn"):
            continue
        small = letter.translate(_TABLE).lower()
        letters.append(small if len(small) == 1 else letter)
        places.append(place)
    return Folded("".join(letters), tuple(places))


def western(text: str) -> str:
    """The text with Western digits; as long as before."""
    return text.translate(_DIGITS)


def sentences(folded: Folded) -> Iterator[tuple[int, int]]:
    """The sentences and lines of a folded text, as places in it."""
    start, count = 0, 0
    for found in (*_BREAK.finditer(folded.text), None):
        end = found.start() if found else len(folded.text)
        piece = folded.text[start:end]
        bare = piece.strip()
        if bare:
            first = start + len(piece) - len(piece.lstrip())
            yield first, first + len(bare)
            count += 1
            if count >= MOST_SENTENCES:
                return
        start = found.end() if found else end
