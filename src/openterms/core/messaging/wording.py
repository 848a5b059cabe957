"""How a value stands in a message: cleaned of what could break a header or a page, in the reader's language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from markupsafe import Markup, escape

from openterms.core.base.errors import BadInput
from openterms.core.base.money import Money, format_amount
from openterms.core.base.reasons import gettext_noop

MOST_TEXT = 2_000
"""Characters of one text value."""
MOST_ROWS = 500
"""Rows of one list."""
ISOLATE, POP = "\u2068", "\u2069"

_MONTHS = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December"),
    "ar": ("يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر",
           "نوفمبر", "ديسمبر"),
}  # fmt: skip
_HEADINGS = {
    "en": {"number": "Invoice", "due_on": "Due", "amount": "Amount", "issued_on": "Date", "days_overdue": "Days late"},
    "ar": {
        "number": "الفاتورة", "due_on": "تاريخ الاستحقاق", "amount": "المبلغ", "issued_on": "التاريخ",
        "days_overdue": "أيام التأخير",
    },
}  # fmt: skip
_AND = {"en": " and ", "ar": " و"}
_OPEN = {"en": "Open your page", "ar": "افتح صفحتك"}
_SPACE = re.compile(r"\s+")


class Link(str):
    """An address of ours: a button in a page, itself in a text."""

    __slots__ = ()


def clean(text: str) -> str:
    """One line: no control characters, no marks that turn the direction of what follows, at most 2,000 characters."""
    spaced = _SPACE.sub(" ", text.replace("\u2028", " ").replace("\u2029", " "))
    kept = "".join(letter for letter in spaced if unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co"))
    return kept.strip()[:MOST_TEXT]


@lru_cache(maxsize=4096)
def day_text(day: date, language: str) -> str:
    """`5 March 2026`; the year and day in western digits in Arabic too, as business letters have them."""
    return f"{day.day} {_MONTHS[language][day.month - 1]} {day.year}"


def money_text(money: Money) -> str:
    """`12,400.00 USD`, not to be broken across lines."""
    return f"{format_amount(money.minor, money.currency)}\u00a0{money.currency}"


def row_of(cells: Mapping[str, Any]) -> SimpleNamespace:
    """A row whose columns a template may name."""
    return SimpleNamespace(**{name: value for name, value in cells.items() if name.isidentifier()})


class Writer:
    """Writes values into one form of a message: `page` (HTML) or text, in a language."""

    def __init__(self, language: str, is_page: bool, is_one_line: bool = False) -> None:
        self.language, self.is_page, self.is_one_line = language, is_page, is_one_line

    def __call__(self, value: Any) -> Any:
        """The value as it stands in the message. Errors: BadInput for what cannot be written."""
        if isinstance(value, Markup):
            return value
        if isinstance(value, Link):
            return self._link(value)
        if isinstance(value, str):
            return self._apart(clean(value))
        if isinstance(value, Money):
            return self._apart(money_text(value))
        if isinstance(value, date):
            return day_text(value, self.language)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, tuple | list):
            return self._several(value)
        # Jinja's own marker of what is missing speaks for itself when it is written.
        if hasattr(value, "_undefined_name"):
            str(value)
        raise BadInput(
            gettext_noop("A place of the template holds nothing that can be written"),
            remedy=gettext_noop("ask for it with `if` first, or name one of its parts"),
        )

    def _apart(self, text: str) -> Any:
        """Numbers, names and codes keep their own direction inside Arabic text."""
        if self.is_page:
            return Markup("<bdi>%s</bdi>") % text
        return f"{ISOLATE}{text}{POP}" if self.language == "ar" and not self.is_one_line else text

    def _link(self, link: Link) -> Any:
        if not self.is_page:
            return str(link)
        return Markup('<a class="button" href="%s">%s</a>') % (str(link), _OPEN[self.language])

    def _several(self, values: Sequence[Any]) -> Any:
        if values and all(isinstance(one, Money) for one in values):
            written = [self(one) for one in values]
            joined = _AND[self.language].join(written)
            return Markup(joined) if self.is_page else joined  # noqa: S704 - each part is escaped above
        if len(values) > MOST_ROWS:
            raise BadInput(
                gettext_noop("A list has more than %(most)s rows"),
                remedy=gettext_noop("attach them as a statement"),
                params={"most": MOST_ROWS},
            )
        if not all(isinstance(one, SimpleNamespace) for one in values):
            raise BadInput(gettext_noop("A list of the template has rows that cannot be written"))
        rows = [vars(one) for one in values]
        names = [name for name in (rows[0] if rows else {}) if name in _HEADINGS["en"] and name != "days_overdue"]
        if not self.is_page:
            return "\n".join("- " + " · ".join(str(self(row[name])) for name in names) for row in rows)
        head = "".join(f"<th>{escape(_HEADINGS[self.language][name])}</th>" for name in names)
        body = "".join("<tr>" + "".join(f"<td>{self(row[name])}</td>" for name in names) + "</tr>" for row in rows)
        return Markup(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")  # noqa: S704 - escaped
