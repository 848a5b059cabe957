"""Questions of a section as a page shows them: label, control, what was answered, what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import pycountry
from babel import Locale
from django.utils.translation import get_language, gettext

from openterms.core.base.money import to_decimal
from openterms.core.base.reasons import fill
from openterms.core.credit.application import Fault
from openterms.core.credit.application_shape import Field, Section

from . import display
from .doing import explain

INPUTS = {
    "email": ("email", "email", "ltr"), "phone": ("tel", "tel", "ltr"), "date": ("date", "", ""),
    "whole": ("text", "numeric", "ltr"), "percent": ("text", "numeric", "ltr"), "money": ("text", "decimal", "ltr"),
    "number": ("text", "", "ltr"), "site": ("text", "url", "ltr"),
}  # fmt: skip
"""Kind -> type, input mode and direction of the control."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question on the page."""

    name: str
    label: str
    help: str
    control: str
    type: str
    mode: str
    direction: str
    needed: bool
    value: str
    shown: str
    error: str
    autocomplete: str
    most: int
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """The questions of a section, or of one row of a section that repeats."""

    title: str
    questions: tuple[Asked, ...]
    is_open: bool
    is_filled: bool


def rows_of(
    section: Section,
    said: Mapping[str, Any],
    currency: str,
    faults: Iterable[Fault],
    typed: Mapping[str, str] | None = None,
) -> list[Row]:
    """The section's rows: what is answered (as typed, where that was wrong) and the faults at their places."""
    errors: dict[str, str] = {}
    for fault in faults:
        errors.setdefault(fault.place, explain(fault.error))
    if section.rows == 1:
        return [_row(section, "", "", said, currency, errors, typed, True)]
    answered = said.get("rows", [])
    shown = max(len(answered), section.least, 1)
    found = []
    for number in range(section.rows):
        title = fill(gettext(section.row_title), {"number": number + 1})
        row = answered[number] if number < len(answered) else {}
        found.append(_row(section, f"{number}-", title, row, currency, errors, typed, number < shown))
    return found


def _row(
    section: Section, before: str, title: str, said: Mapping[str, Any], currency: str, errors: Mapping[str, str],
    typed: Mapping[str, str] | None, is_open: bool,
) -> Row:  # fmt: skip
    questions = tuple(
        _asked(field, before + field.name, said.get(field.name), currency, errors.get(before + field.name, ""), typed)
        for field in section.fields
    )
    is_wrong = any(one.error for one in questions)
    return Row(title, questions, is_open or is_wrong, bool(said))


def _asked(
    field: Field, name: str, value: Any, currency: str, error: str, typed: Mapping[str, str] | None
) -> Asked:
    kind, mode, direction = INPUTS.get(field.kind, ("text", "", ""))
    control = {"note": "note", "choice": "choice", "country": "choice", "flag": "flag"}.get(field.kind, "input")
    label = gettext(field.label)
    written = _written(field, value, currency)
    if typed is not None and (error or "-" in name):  # rows stay where they were typed
        written = typed.get(name, written)
    return Asked(
        name=name,
        label=f"{label} ({currency})" if field.kind == "money" else label,
        help=gettext(field.help) if field.help else "",
        control=control,
        type=kind,
        mode=mode,
        direction=direction,
        needed=field.needed,
        value=written,
        shown=shown(field, value, currency),
        error=error,
        autocomplete=field.autocomplete,
        most=field.most if field.kind in ("text", "note", "number", "site") else 254,
        choices=choices_of(field),
    )


def _written(field: Field, value: Any, currency: str) -> str:
    """An answer as it stands in its control."""
    if value is None:
        return ""
    if field.kind == "money":
        return str(to_decimal(int(value), currency))
    return "on" if value is True else str(value)


def shown(field: Field, value: Any, currency: str) -> str:
    """An answer as people read it; empty where there is none."""
    if value is None:
        return ""
    if field.kind == "money":
        return f"{display.amount(int(value), currency)} {currency}"
    if field.kind in ("choice", "country"):
        return dict(choices_of(field)).get(str(value), str(value))
    if field.kind == "flag":
        return gettext("yes")
    if field.kind == "date":
        return display.day(date.fromisoformat(str(value)))
    if field.kind == "percent":
        return display.percent(int(value), 0)
    return str(value)


def choices_of(field: Field) -> tuple[tuple[str, str], ...]:
    """Code and word of each choice, in the language in force."""
    if field.kind == "country":
        return _countries((get_language() or "en")[:2])
    return tuple((code, fill(gettext(label), {"days": code})) for code, label in field.choices)


@cache
def _countries(language: str) -> tuple[tuple[str, str], ...]:
    names = Locale.parse(language).territories
    codes = [one.alpha_2 for one in pycountry.countries]
    return tuple(sorted(((code, names.get(code, code)) for code in codes), key=lambda pair: pair[1]))


def told(section: Section, answers: Mapping[str, Any], currency: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a section says, for reading: for each row its title and the pairs of label and answer."""
    said = answers.get(section.name) or {}
    rows = said.get("rows", []) if section.rows > 1 else [said]
    found = []
    for number, row in enumerate(rows, 1):
        pairs = [
            (gettext(one.label), shown(one, row[one.name], currency))
            for one in section.fields
            if row.get(one.name) is not None
        ]
        title = fill(gettext(section.row_title), {"number": number}) if section.rows > 1 else ""
        if pairs:
            found.append((title, pairs))
    return found
