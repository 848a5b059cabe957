"""What a paper is made of: its head, and parts one below the other. Values only; how they look is the template's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Part = Mapping[str, Any]
_MARKS = dict.fromkeys(range(0x2066, 0x206A))
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """Who writes: the name, the lines of its address, and numbers with their labels (register, VAT)."""

    name: str
    lines: Sequence[str] = ()
    numbers: Pairs = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the template itself says, in the paper's language; ``page`` has the places ``{page}`` and ``{pages}``."""

    page: str
    gaps: str
    """Said where the fonts lack a character that the mark stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A paper: ``dated`` is its own day, from which alone its dates come; ``parts`` stand in order.

    ``sheet`` is ``a4`` or ``us-letter``.
    """

    title: str
    language: str
    dated: date
    head: Letterhead
    words: Words
    addressee: Sequence[str] = ()
    facts: Pairs = ()
    parts: Sequence[Part] = field(default_factory=tuple)
    sheet: str = "a4"


def apart(value: str) -> str:
    """A value to stand within a sentence, of its own direction: a name or an amount inside Arabic, and the reverse."""
    return f"\u2068{value.translate(_MARKS)}\u2069"


def heading(text: str) -> Part:
    """A heading within the paper."""
    return {"part": "heading", "text": text}


def text(*paragraphs: str) -> Part:
    """Paragraphs; within one, lines end where they end in the text."""
    return {"part": "text", "paragraphs": list(paragraphs)}


def small(*paragraphs: str) -> Part:
    """Paragraphs in small print."""
    return {"part": "small", "paragraphs": list(paragraphs)}


def pairs(rows: Pairs) -> Part:
    """Labels with their values."""
    return {"part": "pairs", "rows": [list(one) for one in rows]}


def items(entries: Sequence[tuple[str, str]]) -> Part:
    """A list; each entry has a text and, where it is not empty, a second line."""
    return {"part": "items", "entries": [list(one) for one in entries]}


def table(columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]], total: Sequence[str] = ()) -> Part:
    """A table: columns of a label and an alignment (``start`` or ``end``), rows of texts, and a last row of sums."""
    return {
        "part": "table", "columns": [list(one) for one in columns], "rows": [list(one) for one in rows],
        "total": list(total),
    }  # fmt: skip


def amount(label: str, value: str) -> Part:
    """The one amount that the paper is about, written large."""
    return {"part": "amount", "label": label, "value": value}


def signature(label: str, name: str, rows: Pairs, proofs: Pairs = ()) -> Part:
    """A signature: the name as it was typed, what is known of it, and the hashes that prove what was signed."""
    return {
        "part": "signature", "label": label, "name": name, "rows": [list(one) for one in rows],
        "proofs": [list(one) for one in proofs],
    }  # fmt: skip


def plain(made: Sequence[Part]) -> list[str]:
    """Parts as paragraphs of plain text, for a letter that carries no table: a row is a line, its cells apart by dots.

    What a part of another kind says is left out: headings, paragraphs, pairs, lists, tables and amounts are kept.
    """
    found: list[str] = []
    for part in made:
        kind = part["part"]
        if kind == "heading":
            found.append(part["text"])
        elif kind in ("text", "small"):
            found += part["paragraphs"]
        elif kind == "amount":
            found.append(f"{part['label']}: {part['value']}")
        elif kind == "pairs":
            found.append("\n".join(f"{name}: {value}" for name, value in part["rows"]))
        elif kind == "items":
            found.append("\n".join("– " + " ".join(one for one in entry if one) for entry in part["entries"]))
        elif kind == "table":
            rows = [[name for name, _side in part["columns"]], *part["rows"], [one for one in part["total"] if one]]
            found.append("\n".join(" · ".join(row) for row in rows if row))
    return [one for one in found if one.strip()]
