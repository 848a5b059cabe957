"""One parser for each type of field: a column of texts in, a column of values and the faults by index out."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import pycountry

from openterms.core.base.errors import BadInput
from openterms.core.base.money import CURRENCIES
from openterms.core.base.reasons import gettext_noop
from openterms.core.receivables.terms import parse_terms
from openterms.formats.tabular.cells import clean, western
from openterms.formats.tabular.dates import read_date
from openterms.formats.tabular.faults import Fault
from openterms.formats.tabular.fields import Field

Faults = dict[int, Fault]
UNLIMITED = "unlimited"
_MEMO = 200_000
_CURRENCY_SIGNS = {
    "€": "EUR",
    "R$": "BRL",
    "US$": "USD",
    "₹": "INR",
    "₪": "ILS",
    "₺": "TRY",
    "ريال": "SAR",
    "ر.س": "SAR",
}
_YES = frozenset(
    [
        "yes",
        "y",
        "true",
        "t",
        "1",
        "x",
        "ja",
        "j",
        "oui",
        "o",
        "si",
        "sí",
        "s",
        "sim",
        "vrai",
        "wahr",
        "verdadero",
        "verdadeiro",
        "نعم",
        "صح",
    ]
)
_NO = frozenset(
    ["no", "n", "false", "f", "0", "-", "nein", "non", "não", "nao", "faux", "falsch", "falso", "لا", "خطأ"]
)
_UNLIMITED = frozenset(["unlimited", "unbegrenzt", "illimité", "illimite", "ilimitado", "∞", "مفتوح"])
_EMAIL = re.compile(r"[^@\s<>,;]{1,64}@[^@\s<>,;]+\.[^@\s<>,;.]{2,}")
_LOCALE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{2}|[A-Za-z]{4}))?")


def read_column(
    field: Field, values: Sequence[str], memo: dict[str, Any], dates: Sequence[str]
) -> tuple[list[Any], Faults]:
    """A column of one field, except amounts, as values: None where a cell is empty, and the faults by index.

    ``memo`` keeps what a text meant from batch to batch; ``dates`` are the date formats of the column.
    """
    if field.type in ("text", "identifier"):
        return _read_texts(values, field.longest)
    reader = _readers(tuple(dates))[field.type]
    if len(memo) > _MEMO:
        memo.clear()
    for text in set(values).difference(memo):
        stripped = text.strip()
        memo[text] = reader(stripped) if stripped else None
    column: list[Any] = [memo[text] for text in values]
    if Fault not in set(map(type, column)):
        return column, {}
    faults = {index: value for index, value in enumerate(column) if type(value) is Fault}
    for index in faults:
        column[index] = None
    return column, faults


def _read_texts(values: Sequence[str], longest: int) -> tuple[list[Any], Faults]:
    if _all_plain(values, longest):
        return ([text or None for text in values] if "" in values else list(values)), {}
    column: list[str | None] = [
        (text if text.isascii() and text.isprintable() and text[0] != " " != text[-1] else clean(text))
        if text
        else None
        for text in values
    ]
    faults: Faults = {}
    for index, kept in enumerate(column):
        if kept is None:
            if values[index]:
                faults[index] = _UNREADABLE
        elif len(kept) > longest:
            faults[index] = Fault(
                gettext_noop("the text has %(length)s characters"),
                gettext_noop("give at most %(longest)s"),
                {"length": len(kept), "longest": longest},
            )
            column[index] = None
        elif not kept:
            column[index] = None
    return column, faults


def _all_plain(values: Sequence[str], longest: int) -> bool:
    """Whether every text can be kept as it is: printable ASCII, not too long, no spaces at its ends."""
    joined = "\n".join(values)
    return (
        joined.isascii()
        and joined.count("\n") == max(len(values) - 1, 0)
        and joined.replace("\n", "").isprintable()
        and not ("\n " in joined or " \n" in joined or joined.startswith(" ") or joined.endswith(" "))
        and max(map(len, values), default=0) <= longest
    )


_UNREADABLE = Fault(
    gettext_noop("the text holds control characters"), gettext_noop("remove them, or check the encoding of the file")
)


@cache
def _readers(dates: tuple[str, ...]) -> Mapping[str, Callable[[str], Any]]:
    return {
        "date": lambda text: read_date(text, dates),
        "currency": _currency,
        "country": _country,
        "flag": _flag,
        "terms": _terms,
        "email": _email,
        "locale": _locale,
        "timezone": _timezone,
    }


def _currency(text: str) -> str | Fault:
    code = _CURRENCY_SIGNS.get(text, text.upper())
    if code in CURRENCIES:
        return code
    return _fault(
        gettext_noop("%(value)s is not a currency code"),
        gettext_noop("use three letters of ISO 4217, such as EUR"),
        text,
    )


def _country(text: str) -> str | Fault:
    found = None
    upper = text.upper()
    if len(upper) == 2:
        found = pycountry.countries.get(alpha_2="GB" if upper == "UK" else "GR" if upper == "EL" else upper)
    elif len(upper) == 3 and upper.isalpha():
        found = pycountry.countries.get(alpha_3=upper)
    elif len(text) > 3:
        try:
            found = pycountry.countries.lookup(text)
        except LookupError:
            found = None
    if found is not None:
        return str(found.alpha_2)
    return _fault(
        gettext_noop("%(value)s is not a country"),
        gettext_noop("use two letters of ISO 3166, such as DE, or the English name"),
        text,
    )


def _flag(text: str) -> bool | Fault:
    word = text.casefold()
    if word in _YES or word in _NO:
        return word in _YES
    return _fault(gettext_noop("%(value)s is neither yes nor no"), gettext_noop("write yes or no"), text)


def _terms(text: str) -> str | Fault:
    try:
        return str(parse_terms(western(clean(text) or "")))
    except BadInput as error:
        return Fault(
            gettext_noop("%(value)s is not a notation of payment terms"),
            gettext_noop("write net 30, 2/10 net 30, eom+15 or 1/3 at 30, 1/3 at 60, 1/3 at 90"),
            {"value": _shown(text), "detail": str(error)},
        )


def _email(text: str) -> str | Fault:
    kept = clean(text)
    if kept and len(kept) <= 254 and _EMAIL.fullmatch(kept):
        return kept
    return _fault(
        gettext_noop("%(value)s is not an e-mail address"),
        gettext_noop("write one address such as ap@example.com"),
        text,
    )


def _locale(text: str) -> str | Fault:
    match = _LOCALE.fullmatch(text)
    if match and (
        pycountry.languages.get(alpha_2=match[1].lower()) or pycountry.languages.get(alpha_3=match[1].lower())
    ):
        second = match[2] or ""
        return match[1].lower() + (f"-{second.upper() if len(second) == 2 else second.title()}" if second else "")
    return _fault(gettext_noop("%(value)s is not a language"), gettext_noop("write en, ar or pt-BR"), text)


@cache
def _timezones() -> Mapping[str, str]:
    return {name.casefold(): name for name in zoneinfo.available_timezones()}


def _timezone(text: str) -> str | Fault:
    found = _timezones().get(text.casefold())
    return found or _fault(
        gettext_noop("%(value)s is not a time zone"), gettext_noop("write a name such as Europe/Berlin"), text
    )


def is_unlimited(text: str) -> bool:
    """Whether a credit limit is written as no bound at all, which is neither zero nor none set."""
    return text.strip().casefold() in _UNLIMITED


def _shown(text: str) -> str:
    return repr(text if text.isprintable() and len(text) <= 60 else ascii(text)[1:60])


def _fault(what: str, remedy: str, text: str) -> Fault:
    return Fault(what, remedy, {"value": _shown(text)})
