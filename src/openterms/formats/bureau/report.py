"""A bureau's report as a value: who it is about, of which day, and its figures under the names of credit facts.

Each adapter declares a table of ``Field``: where a figure stands in the answer, which fact it is, its unit there and
how it becomes the fact's. What the table does not name is kept by its path and not used. A figure of the wrong type is
an error that names the path; an answer about another company is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NoReturn

from rapidfuzz import fuzz

from openterms.core.base.errors import BadInput
from openterms.core.base.expression_domains import Domain, whole_domain
from openterms.core.base.expressions import Value
from openterms.core.base.money import exponent, round_to_minor
from openterms.core.base.reasons import gettext_noop
from openterms.core.credit.facts import CREDIT_FACTS

MOST_BYTES = 4 * 2**20
"""A longer answer is not read."""

MOST_UNUSED = 300
NAMES_AGREE = 80
"""From this likeness on (0-100, of the words both have) two names may be one company's."""

_STEP = re.compile(r"([A-Za-z0-9_]+)|\[(\d+)\]")
_WORD = re.compile(r"\w+")
_FORMS = frozenset(
    ("ab", "ag", "bv", "co", "company", "corp", "corporation", "est", "fze", "fzco", "gmbh", "inc", "incorporated",
     "kg", "limited", "llc", "lp", "ltd", "nv", "oy", "plc", "sa", "sarl", "sas", "spa", "srl", "the", "wll")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Subject:
    """A company as we know it: ``identifiers`` by scheme (``duns``, ``bin``, ``tax``, ``vat``, ``register``)."""

    name: str
    identifiers: Mapping[str, str]
    country: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: the credit fact it is, its value, and where it stood in the answer, as it stood there, in which unit.

    ``value`` None: the bureau gives none. Amounts are minor units of ``currency``.
    """

    fact: str
    value: Value
    field: str
    original: str
    unit: str
    currency: str = ""


@dataclass(frozen=True, slots=True)
class BureauReport:
    """What a bureau says of a company as of a day. ``unused`` are the paths of what is kept and not used."""

    bureau: str
    product: str
    identifiers: Mapping[str, str]
    name: str
    as_of: date
    figures: tuple[Figure, ...]
    unused: tuple[str, ...] = ()
    other_names: tuple[str, ...] = ()

    def facts(self) -> dict[str, Value]:
        """The figures that the bureau gives, by fact; amounts still in the figures' own currencies."""
        return {figure.fact: figure.value for figure in self.figures if figure.value is not None}


Convert = Callable[[object, "Place"], Value]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a conversion stands: the whole answer, its path, and the day of the report."""

    document: Any
    path: str
    as_of: date
    currency: str = ""

    def wrong(self, value: object, wanted: str) -> NoReturn:
        """BadInput for a value that cannot stand here."""
        raise BadInput(
            gettext_noop("%(value)s cannot stand here in the bureau's answer"),
            self.path,
            gettext_noop("it must be %(wanted)s"),
            {"value": repr(value)[:60], "wanted": wanted},
        )


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a mapping: ``path`` in the answer -> ``fact``; ``unit`` there; ``convert`` makes the fact's value.

    ``currency`` is the path of an amount's currency, or the currency itself in capitals. ``lo`` and ``hi`` bound what
    the product can say of a fact, in the fact's unit, where that is less than the fact allows.
    """

    path: str
    fact: str
    unit: str
    convert: Convert
    currency: str = ""
    lo: int | None = None
    hi: int | None = None


def read_json(raw: bytes, where: str) -> Any:
    """The JSON of an answer; numbers with a point are exact. BadInput: too long, empty, no JSON, NaN."""
    if len(raw) > MOST_BYTES:
        raise BadInput(
            gettext_noop("the answer is longer than %(most)s bytes"), where, gettext_noop("ask for less"),
            {"most": MOST_BYTES},
        )  # fmt: skip
    if not raw.strip():
        raise BadInput(gettext_noop("the answer is empty"), where, gettext_noop("ask again later"))

    def refuse(_text: str) -> NoReturn:
        raise ValueError

    try:
        return json.loads(raw.decode("utf-8"), parse_float=Decimal, parse_constant=refuse)
    except (ValueError, RecursionError):
        raise BadInput(
            gettext_noop("the answer is not JSON"), where, gettext_noop("check the address of the bureau")
        ) from None


def at(document: Any, path: str) -> Any:
    """What stands at a path such as ``a.b[0].c``; None where it or what is above it is absent or null.

    BadInput where something above it is neither an object nor a list as the path says.
    """
    here, gone = document, ""
    for name, index in _STEP.findall(path):
        if here is None:
            return None
        if name and isinstance(here, dict):
            here, gone = here.get(name), f"{gone}.{name}" if gone else name
        elif index and isinstance(here, list):
            here, gone = here[int(index)] if int(index) < len(here) else None, f"{gone}[{index}]"
        else:
            Place(document, gone or path, date.min).wrong(here, "an object" if name else "a list")
    return here


def text_at(document: Any, path: str) -> str:
    """The text at a path, empty where there is none. BadInput for anything else."""
    found = at(document, path)
    if found is None:
        return ""
    if not isinstance(found, str):
        Place(document, path, date.min).wrong(found, "a text")
    return found.strip()


def day_at(document: Any, path: str) -> date | None:
    """The day of a date or an instant in ISO notation, None where absent. BadInput for anything else."""
    text = text_at(document, path)
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        Place(document, path, date.min).wrong(text, "a date such as 2026-03-31")


def figures_of(document: Any, fields: Sequence[Field], as_of: date) -> tuple[Figure, ...]:
    """The figures of an answer by a mapping. BadInput, with the path, for a wrong type or an impossible value.

    Where two lines of the mapping give one fact, the first that has a value counts.
    """
    found: dict[str, Figure] = {}
    for field in fields:
        raw = at(document, field.path)
        currency = field.currency
        if currency and not re.fullmatch("[A-Z]{3}", currency):
            currency = text_at(document, currency)
        place = Place(document, field.path, as_of, currency)
        value = None if raw is None else field.convert(raw, place)
        if value is not None:
            _check(field, value, place)
        if field.fact not in found or (found[field.fact].value is None and value is not None):
            original = "" if raw is None else json.dumps(raw, default=str, ensure_ascii=False)[:200]
            found[field.fact] = Figure(field.fact, value, field.path, original, field.unit, currency)
    return tuple(found.values())


def _check(field: Field, value: Value, place: Place) -> None:
    try:
        CREDIT_FACTS[field.fact].check(value)
    except BadInput:
        fact = CREDIT_FACTS[field.fact]
        place.wrong(value, f"between {fact.lo} and {fact.hi} as {field.fact}")


def unused_paths(document: Any, used: Sequence[str]) -> tuple[str, ...]:
    """The paths of values that no line of a mapping reads, in order, the first 300."""
    known, found = set(used), []
    for path in _leaves(document, ""):
        if path not in known:
            found.append(path)
            if len(found) == MOST_UNUSED:
                break
    return tuple(found)


def _leaves(node: Any, path: str) -> Iterator[str]:
    if isinstance(node, dict):
        for name, inner in node.items():
            yield from _leaves(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(node, list):
        for index, inner in enumerate(node):
            yield from _leaves(inner, f"{path}[{index}]")
    elif node is not None:
        yield path


def brings_of(fields: Sequence[Field]) -> dict[str, Domain]:
    """What a product could tell: each fact of its mapping, with the values it can have there, none among them."""
    found = {}
    for field in fields:
        domain = whole_domain(CREDIT_FACTS[field.fact])
        if field.lo is not None and field.hi is not None:
            domain = replace(domain, lo=field.lo, hi=field.hi)
        found[field.fact] = domain
    return found


def names_agree(one: str, other: str) -> bool:
    """Whether two names may be one company's: legal forms, marks and punctuation aside, their words are alike."""
    left, right = _words(one), _words(other)
    if not left or not right:
        return False
    return fuzz.token_set_ratio(left, right) >= NAMES_AGREE


def _words(name: str) -> str:
    words = [word for word in _WORD.findall(name.casefold()) if word not in _FORMS]
    return " ".join(words) or " ".join(_WORD.findall(name.casefold()))


def check_subject(report: BureauReport, subject: Subject, scheme: str, asked: str) -> BureauReport:
    """The report, if it is about the company that was asked for.

    BadInput: ``asked`` is not its identifier of ``scheme``; an identifier of another scheme that both have differs; no
    name of it is like the customer's.
    """
    given = report.identifiers.get(scheme, "")
    if plain(given) != plain(asked):
        raise _another(report, scheme, asked)
    for name, value in subject.identifiers.items():
        other = report.identifiers.get(name)
        if other and plain(other) != plain(value):
            raise _another(report, name, value)
    if not any(names_agree(subject.name, name) for name in (report.name, *report.other_names)):
        raise _another(report, "name", subject.name)
    return report


def plain(identifier: str) -> str:
    """An identifier without spaces and punctuation, in capitals."""
    return "".join(letter for letter in identifier.upper() if letter.isalnum())


def _another(report: BureauReport, scheme: str, asked: str) -> BadInput:
    found = report.name if scheme == "name" else report.identifiers.get(scheme) or ""
    return BadInput(
        gettext_noop("the answer is about another company: %(found)s, and not %(asked)s"),
        scheme,
        gettext_noop("check the customer's name and identifiers"),
        {"found": found[:80], "asked": asked[:80]},
    )


def number(factor: int = 1, least: int | None = None, most: int | None = None, silent: Sequence[int] = ()) -> Convert:
    """A whole number times ``factor``; ``silent`` are codes that stand for "none given". Bounds are the answer's."""

    def convert(raw: object, place: Place) -> Value:
        if isinstance(raw, str) and re.fullmatch(r"-?\d{1,15}", raw.strip()):
            raw = int(raw)
        if isinstance(raw, Decimal) and raw == raw.to_integral_value():
            raw = int(raw)
        if type(raw) is not int:
            place.wrong(raw, "a whole number")
        if raw in silent:
            return None
        if (least is not None and raw < least) or (most is not None and raw > most):
            place.wrong(raw, f"from {least} to {most}")
        return raw * factor

    return convert


def money(raw: object, place: Place) -> Value:
    """An amount in the currency beside it, in minor units. BadInput without a currency, or for no amount."""
    if isinstance(raw, str) and re.fullmatch(r"-?\d{1,15}(\.\d+)?", raw.strip()):
        raw = Decimal(raw.strip())
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal):
        place.wrong(raw, "an amount")
    if not place.currency:
        place.wrong(raw, "an amount with its currency")
    exponent(place.currency)
    return round_to_minor(Decimal(raw), place.currency)


def ratio(raw: object, place: Place) -> Value:
    """A ratio in hundredths."""
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal):
        place.wrong(raw, "a number")
    return int((Decimal(raw) * 100).to_integral_value(rounding="ROUND_HALF_UP"))


def truth(raw: object, place: Place) -> Value:
    """True or false."""
    if type(raw) is not bool:
        place.wrong(raw, "true or false")
    return raw


def none_if_false(raw: object, place: Place) -> Value:
    """Whether there is any, as a count: false is 0; true says no number, so that the fact stays unknown."""
    return None if truth(raw, place) else 0


def codes(table: Mapping[object, str]) -> Convert:
    """A code by a table; one that the table does not know is passed over."""

    def convert(raw: object, place: Place) -> Value:
        if isinstance(raw, dict | list):
            place.wrong(raw, "a code")
        return table.get(raw)

    return convert


def months_since(raw: object, place: Place) -> Value:
    """Whole months from a date (or a year: its last day) to the day of the report."""
    text = str(raw) if type(raw) is int else raw
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}(-\d{2}){0,2}", text):
        place.wrong(raw, "a date or a year")
    year, month, day = (int(part) for part in (text + "-12-31"[len(text) - 4 :]).split("-")[:3])
    try:
        begun = date(year, month, min(day, 28))
    except ValueError:
        place.wrong(raw, "a date or a year")
    months = (place.as_of.year - begun.year) * 12 + place.as_of.month - begun.month
    return max(months - (place.as_of.day < begun.day), 0)
