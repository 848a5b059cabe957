"""Invoice numbers in what a payer wrote: whole, with a slip of the pen, or their digits alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from openterms.core.cash.values import Item, Reference

_TOKEN = re.compile(r"[A-Z0-9]+")
_DIGITS = re.compile(r"\d+")
# Letters that are read for digits, on paper and by scanners.
_LOOKS = str.maketrans("OQDILSBZG", "000115826")
MOST_TOKENS, MOST_JOINED, SHORTEST, SHORTEST_DIGITS = 400, 5, 4, 4
MOST_FOR_SLIPS = 60_000


def plain(text: str) -> str:
    """A text in capitals with western digits and without marks: what numbers are looked for in."""
    return unicodedata.normalize("NFKC", text).upper().translate(_EASTERN)


_EASTERN = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")


def whole_key(number: str) -> str:
    """A number without what people leave out: ``INV-2026/0047`` is ``INV20260047``."""
    return "".join(_TOKEN.findall(plain(number)))


def digits_key(number: str) -> str:
    """The digits of a number without the zeros before them; empty where they are too few to mean anything."""
    digits = "".join(_DIGITS.findall(number)).lstrip("0")
    return digits if len(digits) >= SHORTEST_DIGITS else ""


class Numbers:
    """The numbers of a book's open items, to be found in texts."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = items
        self.keys = [whole_key(item.number) for item in items]
        self.whole: dict[str, list[int]] = {}
        self.looks: dict[str, list[int]] = {}
        self.digits: dict[str, list[int]] = {}
        for position, key in enumerate(self.keys):
            if len(key) >= SHORTEST:
                self.whole.setdefault(key, []).append(position)
                self.looks.setdefault(key.translate(_LOOKS), []).append(position)
            if digits := digits_key(key):
                self.digits.setdefault(digits, []).append(position)

    def found_in(self, text: str, within: Iterable[int]) -> dict[int, Reference]:
        """Positions of the items that a text names, and how. ``within`` are the payer's own items: slips of one letter
        and numbers without their letters are looked for among them alone, or count where one item in the book has them.
        """
        tokens = _TOKEN.findall(plain(text))[:MOST_TOKENS]
        own = within if isinstance(within, set) else set(within)
        found: dict[int, Reference] = {}
        used: set[int] = set()
        ways = ((self.whole, Reference.EXACT), (self.looks, Reference.DAMAGED), (self.digits, Reference.PARTIAL))
        for index, how in ways:
            for start, end, joined in _windows(tokens, used):
                key = joined if how is Reference.EXACT else joined.translate(_LOOKS)
                key = digits_key(joined) if how is Reference.PARTIAL else key
                hits = index.get(key, ()) if key else ()
                mine = [one for one in hits if one in own] or (list(hits) if len(hits) == 1 else [])
                if len(mine) == 1 and not used & set(range(start, end)):
                    found.setdefault(mine[0], how)
                    used |= set(range(start, end))
        if own and len(own) <= MOST_FOR_SLIPS:
            self._slips(tokens, used, own, found)
        return found

    def _slips(self, tokens: Sequence[str], used: set[int], own: set[int], found: dict[int, Reference]) -> None:
        """Numbers with one letter wrong, missing, too many or two changed about, where only one item is so near."""
        joins = (joined for _, _, joined in _windows(tokens, used))
        words = [joined for joined in joins if len(joined) >= 6 and any(map(str.isdigit, joined))]
        if not words:
            return
        choices = {position: self.keys[position] for position in own if len(self.keys[position]) >= 6}
        for word in words[:12]:
            near = process.extract(word, choices, scorer=OSA.distance, score_cutoff=1, limit=3)
            if len(near) == 1:
                found.setdefault(near[0][2], Reference.DAMAGED)


def _windows(tokens: Sequence[str], used: set[int]) -> Iterator[tuple[int, int, str]]:
    """Runs of up to five neighbouring tokens, the longest first: banks break numbers at the ends of their lines."""
    for width in range(min(MOST_JOINED, len(tokens)), 0, -1):
        for start in range(len(tokens) - width + 1):
            if any(at in used for at in range(start, start + width)):
                continue
            joined = "".join(tokens[start : start + width])
            if SHORTEST <= len(joined) <= 40:
                yield start, start + width, joined
