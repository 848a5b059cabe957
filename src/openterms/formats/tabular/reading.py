"""A map made certain for one file: expressions bound to its columns, date formats and decimal signs decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from openterms.core.base.errors import BadInput
from openterms.core.base.money import exponent
from openterms.core.base.reasons import gettext_noop
from openterms.formats.tabular.amounts import read_amount, sign_evidence
from openterms.formats.tabular.cells import Cell, date_texts
from openterms.formats.tabular.columns import is_unlimited, read_column
from openterms.formats.tabular.dates import possible_orders
from openterms.formats.tabular.expressions import Column, Expression, Position, bind
from openterms.formats.tabular.faults import Fault
from openterms.formats.tabular.fields import Field, fields_of, nearest
from openterms.formats.tabular.maps import Map
from openterms.formats.tabular.source import Batch, Source

_SAMPLE_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Reading:
    """How one file is read as one kind.

    ``map`` is the map with date formats and decimal signs filled in. ``expressions``: field -> what gives its cells.
    ``fixed``: field -> the text every row has (constants). ``defaults``: field -> the text an empty cell has.
    ``skips``: pairs of a column's expression and the values whose rows are left out.
    """

    map: Map
    kind: str
    key: str
    expressions: Mapping[str, Expression]
    fixed: Mapping[str, str]
    defaults: Mapping[str, str]
    attributes: Mapping[str, Expression]
    skips: Sequence[tuple[Expression, frozenset[str]]]

    def dates_of(self, name: str) -> tuple[str, ...]:
        """The date formats of a field."""
        return self.map.dates.get(name) or self.map.dates.get("") or ("iso",)

    def sign_of(self, name: str) -> str:
        """The decimal sign of a field."""
        return self.map.decimal.get(name) or self.map.decimal.get("") or "."

    def has(self, name: str) -> bool:
        """Whether the file, a constant or a default can give the field a value."""
        return name in self.expressions or name in self.fixed or name in self.defaults

    @property
    def numbered(self) -> bool:
        """Whether the file gives its rows an identity of their own (customers always do)."""
        return (
            any(
                name in self.expressions and not isinstance(self.expressions[name], Position)
                for name in ("external_id", "number")
            )
            or self.kind == "customers"
        )


def settle(source: Source, map: Map, kind: str, defaults: Mapping[str, str] | None = None) -> Reading:
    """Bind a map to a file, and decide from its first 20,000 rows what the map leaves open.

    ``defaults`` are texts for fields that are absent or empty, such as the seller's currency. Errors: ``BadInput`` for
    columns the file does not have, for required fields without a source, for constants that are no valid values, and
    where neither map nor data decide whether 03/04/2024 is in March or April or whether 1.234 is one thousand.
    """
    if map.kind != kind:
        raise BadInput(
            gettext_noop("the map is for %(given)s"),
            map.origin,
            gettext_noop("give one for %(kind)s"),
            {"given": map.kind, "kind": kind},
        )
    where = map.origin or "map"
    header = source.header
    expressions = {
        name: bind(text, header, map.columns, f"{where}, columns, {name}") for name, text in map.columns.items()
    }
    attributes = {
        name: bind(text, header, map.columns, f"{where}, attributes, {name}") for name, text in map.attributes.items()
    }
    skips = [
        (bind(name, header, map.columns, f"{where}, skip_when"), frozenset(values))
        for name, values in map.skip_when.items()
    ]
    names = [field.name for field in fields_of(kind)]
    given = {name: text for name, text in (defaults or {}).items() if text}
    for name in given:
        if name not in names:
            raise BadInput(
                gettext_noop("%(name)s is not a field of %(kind)s"),
                "defaults",
                gettext_noop("expected is one of %(names)s"),
                {"name": repr(name), "kind": kind, "names": nearest(name, names)},
            )
    reading = Reading(map, kind, map.key or source.stem, expressions, map.constants, given, attributes, skips)
    _require(reading)
    sample = next(islice(source.batches(_SAMPLE_ROWS), 1))
    reading = replace(reading, map=_decide(reading, sample, source.typed))
    _check_texts(reading)
    return reading


def _require(reading: Reading) -> None:
    for field in fields_of(reading.kind):
        if field.required and not reading.has(field.name):
            raise BadInput(
                gettext_noop("nothing gives the %(field)s"),
                reading.map.origin or "map",
                gettext_noop("name its column under columns, or give %(field)s under constants"),
                {"field": field.name},
            )


def _decide(reading: Reading, sample: Batch, typed: bool) -> Map:
    """The map with formats and signs for all date and amount columns that it leaves open."""
    map = reading.map
    dates, signs = dict(map.dates), dict(map.decimal)
    open_dates: dict[str, Sequence[str]] = {}
    open_signs: dict[str, Sequence[str]] = {}
    for field in fields_of(reading.kind):
        expression = reading.expressions.get(field.name)
        if expression is None:
            continue
        cells = expression.cells(sample, typed)
        if field.type == "date" and not ("" in dates or field.name in dates):
            open_dates[field.name] = _strings(date_texts(cells, expression.gives_typed(typed)))
        if field.type in ("amount", "limit") and not ("" in signs or field.name in signs):
            open_signs[field.name] = _strings(cells)
    dates.update(_decide_dates(open_dates, reading))
    signs.update(_decide_signs(open_signs, reading))
    return replace(map, dates=dates, decimal=signs)


def _strings(cells: Sequence[Cell]) -> list[str]:
    return [cell for cell in cells if isinstance(cell, str) and cell and not cell.isspace()]


def _decide_dates(columns: Mapping[str, Sequence[str]], reading: Reading) -> dict[str, tuple[str, ...]]:
    decided: dict[str, tuple[str, ...]] = {}
    undecided: list[str] = []
    for name, values in columns.items():
        orders, _ = possible_orders(set(values))
        if not values or orders & {"iso"}:
            decided[name] = ("iso",)
        elif len(orders) == 1:
            decided[name] = (orders.pop(),)
        elif {"dmy", "mdy"} <= orders:
            undecided.append(name)
        else:
            raise _fail(
                reading,
                name,
                values[0],
                gettext_noop("the dates of %(field)s (such as %(value)s) cannot be understood"),
            )
    known = {one[0] for one in decided.values() if one[0] in ("dmy", "mdy")}
    for name in undecided:
        if len(known) != 1:
            raise _fail(
                reading,
                name,
                columns[name][0],
                gettext_noop("%(value)s in %(field)s may be day/month or month/day; no row decides"),
            )
        decided[name] = (next(iter(known)),)
    return decided


def _decide_signs(columns: Mapping[str, Sequence[str]], reading: Reading) -> dict[str, str]:
    """A column's decimal sign by its own values, else by the other columns'. A few against the rest are bad rows."""
    decided: dict[str, str] = {}
    open_names: list[str] = []
    for name, values in columns.items():
        point, comma, either = sign_evidence(values)
        if min(point, comma) * 50 > max(point, comma):
            raise _fail(
                reading,
                name,
                values[0],
                gettext_noop("%(field)s is written with a decimal point in some rows and a comma in others"),
            )
        if point or comma:
            decided[name] = "." if point > comma else ","
        elif either:
            open_names.append(name)
    known = set(decided.values())
    for name in open_names:
        if len(known) != 1:
            shown = next((value for value in columns[name] if "." in value or "," in value), "")
            raise _fail(
                reading,
                name,
                shown,
                gettext_noop("%(value)s in %(field)s may be a thousand or a thousandth; no row decides"),
            )
        decided[name] = next(iter(known))
    rest = known.pop() if len(known) == 1 else "."
    return {name: decided.get(name, rest) for name in columns}


def _fail(reading: Reading, name: str, value: str, what: str) -> BadInput:
    expression = reading.expressions[name]
    column = expression.name if isinstance(expression, Column) else name
    return BadInput(
        what,
        f"column {column}",
        gettext_noop('say how in the map: dates: {%(field)s: dmy}, or decimal: {%(field)s: "."}'),
        {"field": name, "value": repr(value[:40])},
    )


def _check_texts(reading: Reading) -> None:
    """Constants and defaults must be values of their fields."""
    by_name = {field.name: field for field in fields_of(reading.kind)}
    currency = reading.fixed.get("currency") or reading.defaults.get("currency") or "USD"
    for place, texts in (("constants", reading.fixed), ("defaults", reading.defaults)):
        for name, text in texts.items():
            fault = _fault_of(by_name[name], text, reading, currency)
            if fault is not None:
                raise BadInput(fault.what, f"{place}, {name}", fault.remedy, fault.params)


def _fault_of(field: Field, text: str, reading: Reading, currency: str) -> Fault | None:
    if field.type in ("amount", "limit"):
        if field.type == "limit" and is_unlimited(text):
            return None
        places = _guarded(exponent, currency)
        found = read_amount(text, reading.sign_of(field.name), places)
        return found if isinstance(found, Fault) else None
    _, faults = read_column(field, [text], {}, reading.dates_of(field.name))
    return faults.get(0)


def _guarded(function: Callable[[str], int], currency: str) -> int:
    try:
        return function(currency)
    except BadInput:
        return 2
