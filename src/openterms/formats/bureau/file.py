"""Reports that came as a file: CSV, XLSX or JSON lines, a row for each company, figures under the names of facts.

Columns: ``bureau``, ``product``, ``as_of`` (ISO), ``scheme`` and ``identifier`` (or ``customer``, our own number),
``name``, ``currency`` where there are amounts, and any credit fact by its name. Amounts are in whole units of the
currency (``12400.00``), flags ``true`` or ``false``; everything else is in the fact's own unit. An empty cell is not
known. Other columns are kept and not used. Every row is read; each fault names its row, its column and what would be
right.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from openterms.core.base.errors import BadInput
from openterms.core.base.expression_domains import Domain, whole_domain
from openterms.core.base.expressions import Fact, Value
from openterms.core.base.money import to_minor
from openterms.core.base.reasons import gettext_noop
from openterms.core.credit.facts import CREDIT_FACTS
from openterms.formats.bureau.report import BureauReport, Figure
from openterms.formats.tabular.cells import Cell, as_text
from openterms.formats.tabular.faults import Fault, RowError
from openterms.formats.tabular.readers import open_table

NAME = "file"
SOURCES = ("bureau", "register", "insurer", "statements")
FACTS: Mapping[str, Fact] = {
    name: fact
    for name, fact in CREDIT_FACTS.items()
    if (fact.source in SOURCES or name == "insolvent") and name != "bureau_age_days"
}
"""The facts that a report may bring: what comes from outside, and never what our own record says."""

MOST_ROWS = 100_000
_HEAD = ("bureau", "product", "as_of", "scheme", "identifier", "customer", "name", "currency")
_ASK = gettext_noop("name %(wanted)s")
_ABSENT = gettext_noop("the column %(column)s is missing")


@dataclass(frozen=True, slots=True)
class Row:
    """One report of a file: ``line`` as a person counts; ``raw`` the row's cells as JSON, as they were received.

    ``customer`` is our own number of the customer, empty where the row names an identifier instead.
    """

    line: int
    report: BureauReport
    customer: str
    scheme: str
    identifier: str
    raw: str


def brings() -> Mapping[str, Domain]:
    """Everything that a file may tell."""
    return {name: whole_domain(fact) for name, fact in FACTS.items()}


def read_reports(path: Path | str, name: str | None = None) -> tuple[list[Row], list[RowError]]:
    """The reports of a file, and every fault by row. BadInput: not a table, a column that must be there is missing."""
    source = open_table(path, name=name)
    header = set(source.header)
    for column in ("bureau", "as_of"):
        if column not in header:
            raise BadInput(_ABSENT, source.name, _ASK, {"column": column, "wanted": ", ".join(_HEAD)})
    if "customer" not in header and not {"scheme", "identifier"} <= header:
        wanted = "customer, or scheme and identifier"
        raise BadInput(_ABSENT, source.name, _ASK, {"column": "customer", "wanted": wanted})
    rows: list[Row] = []
    errors: list[RowError] = []
    for batch in source.batches():
        for line, position, fault in batch.ragged:
            errors.append(RowError.of(fault, line, position, "", ""))
        for index, (line, position) in enumerate(zip(batch.lines, batch.positions, strict=True)):
            if position >= MOST_ROWS:
                raise BadInput(
                    gettext_noop("the file has more than %(most)s rows"), source.name, gettext_noop("divide it"),
                    {"most": MOST_ROWS},
                )  # fmt: skip
            cells = {column: values[index] for column, values in batch.columns.items()}
            found = _row(cells, line, position, errors)
            if found is not None:
                rows.append(found)
    return rows, errors


def _row(cells: Mapping[str, Cell], line: int, position: int, errors: list[RowError]) -> Row | None:
    texts = {column: as_text(cell).strip() for column, cell in cells.items()}
    before = len(errors)

    def wrong(column: str, fault: Fault) -> None:
        errors.append(RowError.of(fault, line, position, column, texts.get(column, "")))

    as_of = _day(texts.get("as_of", ""))
    if as_of is None:
        wrong("as_of", Fault(gettext_noop("this is not a date"), gettext_noop("write it as 2026-03-31")))
    for column in ("bureau",) if texts.get("customer") else ("bureau", "scheme", "identifier"):
        if not texts.get(column):
            wrong(column, Fault(gettext_noop("it is empty"), gettext_noop("give a value")))
    figures = []
    for column in cells:
        if column in FACTS and texts[column]:
            value = _value(FACTS[column], texts[column], texts.get("currency", ""))
            if isinstance(value, Fault):
                wrong(column, value)
            else:
                fact = FACTS[column]
                currency = texts.get("currency", "") if fact.unit == "minor" else ""
                figures.append(Figure(column, value, column, texts[column], fact.unit, currency))
    if len(errors) > before or as_of is None:
        return None
    scheme, identifier = texts.get("scheme", ""), texts.get("identifier", "")
    known = {scheme: identifier} if scheme and identifier else {}
    unused = tuple(column for column in cells if column not in FACTS and column not in _HEAD)
    report = BureauReport(
        texts["bureau"][:40], texts.get("product", "")[:40] or NAME, known, texts.get("name", "")[:200], as_of,
        tuple(figures), unused,
    )  # fmt: skip
    raw = json.dumps(texts, ensure_ascii=False, sort_keys=True)
    return Row(line, report, texts.get("customer", ""), scheme, identifier, raw)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _value(fact: Fact, text: str, currency: str) -> Value | Fault:
    """A cell as the fact's value, or what is wrong with it."""
    try:
        if fact.type == "bool":
            value: Value = {"true": True, "false": False, "1": True, "0": False}[text.casefold()]
        elif fact.type == "text":
            value = text
        elif fact.unit == "minor":
            value = to_minor(Decimal(text), currency)
        else:
            value = int(text)
        fact.check(value)
    except (KeyError, ValueError, ArithmeticError, BadInput):
        wanted = "true or false" if fact.type == "bool" else ", ".join(fact.members) or f"{fact.lo} to {fact.hi}"
        if fact.unit == "minor":
            wanted = "12400.00, with its currency"
        return Fault(
            gettext_noop("%(value)s cannot be a value here"), gettext_noop("it must be %(wanted)s"),
            {"value": text[:60], "wanted": wanted},
        )  # fmt: skip
    return value
