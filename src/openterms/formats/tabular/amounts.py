"""Amounts as files write them: which sign is the decimal one, and each amount as minor units. No floats, no Decimal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from openterms.core.base.reasons import gettext_noop
from openterms.formats.tabular.cells import western
from openterms.formats.tabular.faults import Fault

SIGNS = (".", ",")
# The greatest amount of a row in minor units: 2^53 - 1, so that spreadsheets and JSON carry it exactly.
MOST_MINOR = 2**53 - 1
_ZEROS = ("", "0", "00", "000", "0000")
_SPACES = re.compile(r"[\s'’_]+")
_CURRENCY = re.compile(r"^(?:[A-Z]{3}|R\$|US\$|[$€£¥₹₪₺₽﷼])|(?:[A-Z]{3}|[$€£¥₹₪₺₽﷼])$")
_GROUPED = {
    ".": re.compile(r"\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})+,\d{3}", re.ASCII),
    ",": re.compile(r"\d{1,3}(?:\.\d{3})+|\d{1,2}(?:\.\d{2})+\.\d{3}", re.ASCII),
}
_EITHER = re.compile(r"[.,]")
_REMEDY = gettext_noop("write a plain number such as %(example)s")


def read_amounts(
    values: Sequence[str], sign: str, digits: Sequence[int] | int
) -> tuple[list[int | None], dict[int, Fault]]:
    """A column of amounts as minor units, None where a cell is empty, and the faults by index.

    ``sign`` is the decimal sign; ``digits`` the currency's digits after it (one number, or one per row). Understood are
    thousands separated by the other sign, spaces or apostrophes, a currency sign or code at either end, and negatives
    by a sign before or behind, or in parentheses. More digits than the currency has are refused unless they are zeros;
    exactly three zeros are refused where two are right, because they may be thousands.
    """
    if isinstance(digits, int) and (quick := _read_plain(values, sign, digits)) is not None:
        return quick, {}
    out: list[int | None] = []
    faults: dict[int, Fault] = {}
    same = digits if isinstance(digits, int) else None
    for index, text in enumerate(values):
        places = same if same is not None else digits[index]  # type: ignore[index]
        whole, _, rest = text.partition(sign)
        spare = places - len(rest)
        plain = whole + rest
        if spare >= 0 and whole and plain.isascii() and plain.isdecimal() and len(plain) + spare < 16:
            out.append(int(plain + _ZEROS[spare]))
            continue
        found = read_amount(text, sign, places)
        if isinstance(found, Fault):
            faults[index] = found
            out.append(None)
        else:
            out.append(found)
    return out, faults


@cache
def _plain_column(sign: str, places: int) -> re.Pattern[str]:
    rest = rf"(?:{re.escape(sign)}[0-9]{{1,{places}}})?" if places else ""
    return re.compile(rf"(?:(?:[0-9]{{1,11}}{rest})?\n)*")


@cache
def _full_column(sign: str, places: int) -> re.Pattern[str]:
    return re.compile(rf"(?:[0-9]{{1,11}}{re.escape(sign)}[0-9]{{{places}}}\n)*")


def _read_plain(values: Sequence[str], sign: str, places: int) -> list[int | None] | None:
    """A column in which every amount is plain digits or empty, several times as fast; None for any other column."""
    joined = "\n".join(values) + "\n"
    if places and values and _full_column(sign, places).fullmatch(joined) and joined.count("\n") == len(values):
        return list(map(int, joined.replace(sign, "").split()))
    if not values or _plain_column(sign, places).fullmatch(joined) is None or joined.count("\n") != len(values):
        return None
    cut = (text.partition(sign) for text in values)
    zeros = _ZEROS[places]
    if places == 0:
        return [int(whole) if whole else None for whole, _, _ in cut]
    return [int(whole + (rest + zeros)[:places]) if whole else None for whole, _, rest in cut]


def read_amount(text: str, sign: str, places: int) -> int | Fault | None:
    """One amount of any writing, as :func:`read_amounts` says."""
    bare, negative = _bare(text)
    if not bare and not text.strip():
        return None
    whole, _, rest = bare.partition(sign)
    if _GROUPED[sign].fullmatch(whole):
        whole = _EITHER.sub("", whole)
    plain = (whole or "0") + rest
    if not (whole or rest) or not (plain.isascii() and plain.isdecimal()) or len(plain) > 60:
        return _fault(gettext_noop("%(value)s is not an amount"), text, sign, places)
    surplus = rest[places:]
    if surplus.strip("0") or (len(rest) == 3 and places == 2):
        return _fault(gettext_noop("%(value)s has more digits than the currency"), text, sign, places)
    minor = int((whole or "0") + rest[:places].ljust(places, "0"))
    if minor > MOST_MINOR:
        return _fault(gettext_noop("%(value)s is too large"), text, sign, places)
    return -minor if negative else minor


def _bare(text: str) -> tuple[str, bool]:
    """Digits and signs alone, and whether the amount is negative."""
    bare = _SPACES.sub("", western(text)).replace("−", "-")
    negative = False
    if bare.startswith("(") and bare.endswith(")"):
        bare, negative = bare[1:-1], True
    for _ in range(2):
        if not negative and bare.startswith("-"):
            bare, negative = bare[1:], True
        elif not negative and bare.endswith("-"):
            bare, negative = bare[:-1], True
        elif bare.startswith("+"):
            bare = bare[1:]
        bare = _CURRENCY.sub("", bare)
    return bare, negative


def _fault(what: str, text: str, sign: str, places: int) -> Fault:
    example = f"1234{sign}{'5678'[:places]}" if places else "1234"
    shown = text if text.isprintable() and len(text) <= 40 else ascii(text)[1:40]
    return Fault(what, _REMEDY, {"value": repr(shown), "example": example})


def sign_evidence(values: Iterable[str]) -> tuple[int, int, int]:
    """How many values show that the point is the decimal sign, how many the comma, and how many could be either.

    ``12.5`` and ``1,234.5`` show the point, ``1.234.567`` the comma, ``1.234`` could be either, ``1234`` shows nothing.
    """
    point = comma = either = 0
    for value in values:
        bare, _ = _bare(value)
        shown = _shown_sign(bare)
        point += shown == "."
        comma += shown == ","
        either += shown == "?"
    return point, comma, either


def _shown_sign(bare: str) -> str:
    marks: list[str] = _EITHER.findall(bare)
    if not marks or not _EITHER.sub("", bare).isdecimal():
        return ""
    last = marks[-1]
    other = "," if last == "." else "."
    if len(set(marks)) == 2:
        return last if marks.count(last) == 1 else ""
    if len(marks) > 1:
        return other
    whole, _, rest = bare.partition(last)
    if len(rest) != 3 or len(whole) > 3 or whole in ("", "0") or whole.startswith("0"):
        return last
    return "?"
