"""Guess a map from the names of the columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.formats.tabular.fields import fields_of
from openterms.formats.tabular.maps import Map
from openterms.formats.tabular.synonyms import ATTRIBUTES, SYNONYMS

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W_]+")
_ARABIC = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ة": "ه", "ى": "ي", "ـ": None, "ؤ": "و", "ئ": "ي"})


def words_of(name: str) -> tuple[str, ...]:
    """A column's name as plain words: ``CustomerID`` and ``customer_id`` are (customer, id), ``Fälligkeit`` falligkeit.

    Case, accents, signs and Arabic spelling variants do not count, nor does the Arabic article.
    """
    name = unicodedata.normalize("NFKD", _CAMEL.sub(" ", name).replace("º", "")).replace("ß", "ss")
    name = "".join(sign for sign in name if not unicodedata.combining(sign)).translate(_ARABIC).casefold()
    words = _WORD.findall(name.replace("#", " no "))
    return tuple(word[2:] if word.startswith("ال") and len(word) > 4 else word for word in words)


@cache
def _names(kind: str) -> Mapping[str, tuple[tuple[str, ...], ...]]:
    entries = {**SYNONYMS[kind], **{f"attribute {name}": text for name, text in ATTRIBUTES.items()}}
    return {field: tuple(words_of(one) for one in text.split("|") if one.strip()) for field, text in entries.items()}


def _score(words: tuple[str, ...], names: tuple[tuple[str, ...], ...]) -> float:
    """How well a column's words fit a field's names: above 2 for the same name, below 1 for one within it."""
    best = 0.0
    joined = "".join(words)
    for place, name in enumerate(names):
        weight = 1 - place / (4 * len(names))
        if words == name or joined == "".join(name):
            best = max(best, 2 + weight)
        elif len(name) > 1 and _within(name, words):
            best = max(best, weight * len(name) / len(words))
    return best


def _within(name: tuple[str, ...], words: tuple[str, ...]) -> bool:
    return any(words[start : start + len(name)] == name for start in range(len(words) - len(name) + 1))


def guess_map(header: Sequence[str], kind: str) -> Map:
    """The map that the column names suggest (English, Portuguese, German, French, Spanish, Arabic).

    The best fit goes first; no column serves two fields. What was left over, and fields that a second column could mean
    as well, are told in ``notes``. Errors: ``BadInput`` when a field that every row needs finds no column (the currency
    may come from the seller, so it may be missing).
    """
    names = _names(kind)
    words = {column: words_of(column) for column in header}
    scored = sorted(
        (-score, index, field, column)
        for index, column in enumerate(header)
        for field, known in names.items()
        if (score := _score(words[column], known)) > 0.3
    )
    columns: dict[str, str] = {}
    attributes: dict[str, str] = {}
    notes: list[str] = []
    taken: dict[str, str] = {}
    for score, _, field, column in scored:
        if column in taken:
            continue
        target = attributes if field.startswith("attribute ") else columns
        name = field.removeprefix("attribute ")
        if name not in target:
            target[name] = column
            taken[column] = name
        elif -score > 2:
            notes.append(f"{column} could be {name} as well as {target[name]}")
    for one in fields_of(kind):
        if one.required and one.name not in columns and one.name != "currency":
            raise _missing(one.name, header, kind)
    left = [column for column in header if column not in taken]
    if left:
        notes.append("left out: " + ", ".join(left))
    ordered = {one.name: columns[one.name] for one in fields_of(kind) if one.name in columns}
    return Map(kind, ordered, attributes=attributes, origin="guessed from the column names", notes=tuple(notes))


def _missing(field: str, header: Sequence[str], kind: str) -> BadInput:
    return BadInput(
        gettext_noop("no column looks like the %(field)s of %(kind)s"),
        "header",
        gettext_noop("rename it, or give a map with `columns: {%(field)s: …}`; the columns are %(names)s"),
        {"field": field, "kind": kind, "names": ", ".join(header)[:500]},
    )
