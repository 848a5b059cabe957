# ruff: noqa: E501
"""Invoice numbers in a mail, as they are or damaged: other separators, spaces, lost zeros, Arabic digits."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

MOST_SHAPES, MOST_FOUND = 12, 200
_CHUNK = re.compile(r"[^\W\d_]+|\d+|[^\w]+|_+")
_CUE = re.compile(
    r"(?:invoices?|inv|bills?|no|nr|number|ref(?:erence)?|فاتوره|فواتير|الفاتوره|الفواتير|رقم|مرجع)\W{0,4}$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class FoundReference:
    """A number of ours as it may be written in the record, and where it stands in the folded text. `is_exact`: letter
    for letter."""

    start: int
    end: int
    number: str
    is_exact: bool


Shape = tuple[str, ...]
"""The chunks of a number: letters and separators as they are, figures as `9` for each."""


def shape_of(number: str) -> Shape:
    """What a number looks like: `INV-2026-0012` is INV, -, 9999, -, 9999."""
    return tuple("9" * len(one) if one.isdigit() else one for one in _CHUNK.findall(number))


def shapes_of(numbers: Iterable[str]) -> list[Shape]:
    """The shapes of a seller's numbers, the most frequent first. Too short ones say nothing."""
    counted: dict[Shape, int] = {}
    for number in numbers:
        shape = shape_of(number)
        if sum(len(one) for one in shape if one[0] == "9") >= 3 and len(number) <= 60:
            counted[shape] = counted.get(shape, 0) + 1
    return sorted(counted, key=lambda one: (-counted[one], one))[:MOST_SHAPES]


def find_references(text: str, shapes: Sequence[Shape]) -> list[FoundReference]:
    """What in a folded text may be a number of one of these shapes, the surest first for each place."""
    found: dict[tuple[int, int, str], FoundReference] = {}
    for shape in shapes:
        strict = sum(len(one) for one in shape if one.startswith("9"))
        for pattern, needs_cue in _patterns(shape):
            for match in pattern.finditer(text):
                if needs_cue and not _CUE.search(text[max(0, match.start() - 24) : match.start()]) and strict < 7:
                    continue
                number = _rebuilt(shape, match)
                is_exact = match[0] == number.lower()
                one = FoundReference(match.start(), match.end(), number, is_exact)
                found.setdefault((one.start, one.end, number), one)
                if len(found) >= MOST_FOUND:
                    return sorted(found.values(), key=lambda one: one.start)
    return sorted(found.values(), key=lambda one: (one.start, -one.end))


def _patterns(shape: Shape) -> list[tuple[re.Pattern[str], bool]]:
    """Patterns with a group for each run of figures: with its letters, and without them (then a word must say what it
    is, or the figures be many)."""
    letters = [place for place, one in enumerate(shape) if one.isalpha()]
    made = [(_pattern(shape, 0), not letters)]
    if letters == [0] and len(shape) > 1:
        made.append((_pattern(shape, 1), True))
    return made


def _pattern(shape: Shape, start: int) -> re.Pattern[str]:
    parts: list[str] = []
    is_first = True
    for chunk in shape[start:]:
        if chunk.startswith("9"):
            runs = len(chunk)
            least = runs if is_first and runs > 2 and start == 0 and not parts else max(1, min(runs, 2))
            parts.append(rf"(\d{{{least},{runs}}})")
            is_first = False
        elif chunk.isalpha():
            parts.append(re.escape(chunk.lower()))
        else:
            continue
        parts.append(r"[\s\-_/.#:\\]{0,3}")
    body = "".join(parts[:-1])
    return re.compile(rf"(?<![\w]){body}(?![\w]|[.,]\d)")


def _rebuilt(shape: Shape, match: re.Match[str]) -> str:
    """The number with its own separators and its zeros."""
    runs = iter(match.groups())
    return "".join(next(runs).zfill(len(one)) if one.startswith("9") else one for one in shape)


def known_only(found: Sequence[FoundReference], known: Collection[str]) -> list[FoundReference]:
    """Of what may be numbers, those that are; where two share a place, the exact or the longer one."""
    real = [one for one in found if one.number in known]
    real.sort(key=lambda one: (not one.is_exact, one.start - one.end, one.start))
    kept: list[FoundReference] = []
    for one in real:
        if all(one.end <= other.start or one.start >= other.end for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)
