"""What is wrong with a bank file: every fault with its file and line, raised together."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from openterms.core.base.errors import BadInput
from openterms.core.base.money import CURRENCIES, MOST_MINOR, exponent
from openterms.core.base.reasons import gettext_noop

MOST_FAULTS = 100
_CUT = gettext_noop("the file ends in the middle of a statement")
_WHOLE = gettext_noop("fetch the whole file from the bank again")


class BadFile(BadInput):
    """A bank file that cannot be taken. ``faults`` holds each fault in the order of lines; the first is shown."""

    def __init__(self, faults: list[BadInput]) -> None:
        first = faults[0]
        super().__init__(first.what, first.where, first.remedy, first.params)
        self.faults = tuple(faults)


class Faults:
    """The faults of one file as they are found."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.found: list[BadInput] = []

    def add(self, line: int, what: str, remedy: str = "", **params: str | int) -> None:
        """Remember a fault of a line; past a hundred the file is refused at once (``BadFile``)."""
        self.found.append(self.at(line, what, remedy, **params))
        if len(self.found) >= MOST_FAULTS:
            raise BadFile(self.found)

    def at(self, line: int, what: str, remedy: str = "", **params: str | int) -> BadInput:
        """A fault in its place: ``june.sta, line 12``."""
        return BadInput(what, f"{self.name}, line {line}", remedy, params)

    def fatal(self, line: int, what: str, remedy: str = "", **params: str | int) -> BadFile:
        """The refusal to raise where reading on makes no sense."""
        return BadFile([*self.found, self.at(line, what, remedy, **params)])

    def cut(self, line: int) -> BadFile:
        """The refusal of a file that stops too early."""
        return self.fatal(line, _CUT, _WHOLE)

    def settle(self) -> None:
        """Raise what was found, if anything was."""
        if self.found:
            raise BadFile(self.found)

    def amount(self, text: str, sign: str, currency: str, line: int) -> int:
        """An amount without a mark as minor units; a wrong one is a fault and counts as 0."""
        whole, _, rest = text.partition(sign)
        places = _places(currency)
        if places is None:
            self.add(line, gettext_noop("%(value)s is not a currency code"), value=repr(currency))
            return 0
        if len(rest) > places:
            rest = rest.rstrip("0")
        digits = whole + rest.ljust(places, "0")
        if len(rest) > places or not digits.isdecimal() or not digits.isascii() or int(digits) > MOST_MINOR:
            self.add(
                line, gettext_noop("%(value)s is not an amount in %(currency)s"),
                gettext_noop("correct it, or ask the bank for the file again"),
                value=repr(text[:40]), currency=currency,
            )  # fmt: skip
            return 0
        return int(digits)

    def day(self, text: str, line: int) -> date:
        """A day written YYYYMMDD; a wrong one is a fault and counts as the first of all days.

        The 29th and 30th of February, on which some banks value entries, are the last day of that month.
        """
        found = _day(text)
        if found is None:
            self.add(line, gettext_noop("%(value)s is not a date"), value=repr(text[:40]))
            return date.min
        return found


@lru_cache(maxsize=4096)
def _day(text: str) -> date | None:
    if len(text) != 8 or not (text.isdecimal() and text.isascii()):
        return None
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:])
    if month == 2 and day in (29, 30):
        day = 29 if year % 4 == 0 and (year % 100 or year % 400 == 0) else 28
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _places(currency: str) -> int | None:
    return exponent(currency) if currency in CURRENCIES else None


def decoded(content: bytes, faults: Faults) -> str:
    """A text file as text: UTF-8 or UTF-16 by its mark, else UTF-8, else Windows-1252. NUL is refused by line."""
    is_wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    encodings = ["utf-16"] if is_wide else ["utf-8-sig", "cp1252", "latin-1"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if (at := text.find("\0")) >= 0:
            break
        return text
    line = content.count(b"\n", 0, max(at, 0)) + 1 if encodings != ["utf-16"] else 1
    raise faults.fatal(line, gettext_noop("this is not text"), gettext_noop("save the file as UTF-8"))
