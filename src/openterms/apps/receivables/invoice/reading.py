"""An invoice to be issued, as programs send it: plain values read strictly, each fault with its field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from openterms.core.base.errors import BadInput
from openterms.core.base.money import exponent, to_minor
from openterms.core.base.reasons import gettext_noop
from openterms.core.receivables.invoice_lines import Adjustment, Charged, Given, Line, VatPart

from .asking import Supplied, ToIssue

FIELDS = (
    "customer", "currency", "issued_on", "terms", "due_on", "series", "purchase_order", "buyer_reference", "contract",
    "supplied_on", "period", "note", "languages", "order_ref", "deposits", "deliver_to_country", "lines", "allowances",
    "charges", "exemptions", "totals", "vat",
)  # fmt: skip
LINE_FIELDS = (
    "number", "name", "description", "quantity", "unit", "price", "price_per", "category", "vat_rate", "net",
    "allowances", "charges", "item_ref", "order_ref",
)  # fmt: skip
TOTALS = {"lines": "lines_minor", "allowances": "allowances_minor", "charges": "charges_minor", "net": "net_minor",
          "vat": "vat_minor", "total": "gross_minor", "payable": "payable_minor"}  # fmt: skip
MOST_LINES = 2_000
MOST_TEXT = {"note": 1000, "name": 200, "description": 1000, "late_charge": 500, "reason": 200}
PIECES = "C62"


def to_issue(body: Mapping[str, Any], today: date) -> ToIssue:
    """What is asked for. Dates are YYYY-MM-DD (`issued_on`: today where it is left out), amounts, quantities and
    rates decimal texts. Errors: BadInput with the field."""
    _known(body, FIELDS, "")
    currency = text(body, "currency").upper()
    try:
        exponent(currency)
    except BadInput as error:
        raise error.at("currency") from error
    period = _list(body, "period", 2)
    if len(period) not in (0, 2):
        raise _bad("period", gettext_noop("This is not a period"), gettext_noop("Give its first and its last day"))
    return ToIssue(
        charged=charged(body, currency), on=day(body, "issued_on") or today, terms=text(body, "terms"),
        due_on=day(body, "due_on"), series=text(body, "series"), purchase_order=text(body, "purchase_order"),
        buyer_reference=text(body, "buyer_reference"), contract=text(body, "contract"),
        supplied_on=day(body, "supplied_on"), note=text(body, "note"), order_ref=text(body, "order_ref"),
        period=(_day("period", period[0]), _day("period", period[1])) if period else None,
        languages=_texts(body, "languages", 2), deposits=_texts(body, "deposits", 20),
        deliver_to_country=text(body, "deliver_to_country"),
    )  # fmt: skip


SUPPLIED_FIELDS = ("customer", "reference", "supplied_on", "currency", "lines", "order_ref", "purchase_order")


def supplied_of(body: Any) -> tuple[str, Supplied]:
    """What was supplied, and the customer it went to, as programs send it. Errors: BadInput with the field."""
    if not isinstance(body, Mapping):
        raise _bad("", gettext_noop("This is not an object"), gettext_noop("Give one object for each delivery"))
    _known(body, SUPPLIED_FIELDS, "")
    on = day(body, "supplied_on")
    if on is None:
        raise _bad("supplied_on", gettext_noop("This field is missing"), gettext_noop("Give it with the request"))
    currency = text(body, "currency").upper()
    try:
        exponent(currency)
    except BadInput as error:
        raise error.at("currency") from error
    return text(body, "customer"), Supplied(
        reference=text(body, "reference"), supplied_on=on, currency=currency, order_ref=text(body, "order_ref"),
        purchase_order=text(body, "purchase_order"), lines=list(_list(body, "lines", 500)),
    )  # fmt: skip


def charged(body: Mapping[str, Any], currency: str) -> Charged:
    """Lines, allowances and charges, and the sums that the caller computed."""
    lines = [_line(one, place, currency) for place, one in enumerate(_list(body, "lines", MOST_LINES), 1)]
    exemptions = body.get("exemptions") or {}
    if not isinstance(exemptions, Mapping) or not all(isinstance(one, str) for one in exemptions.values()):
        raise _bad("exemptions", gettext_noop("This is not an object of texts"),
                   gettext_noop('Give such as {"E": "…"}'))  # fmt: skip
    return Charged(
        currency=currency, lines=lines, adjustments=_adjustments(body, "", currency, is_whole=True),
        exemptions=dict(exemptions), given=_given(body, currency),
    )  # fmt: skip


def _line(one: Any, place: int, currency: str) -> Line:
    at = f"lines {place}"
    if not isinstance(one, Mapping):
        raise _bad(at, gettext_noop("This is not an object"), gettext_noop("Give one object for each line"))
    _known(one, LINE_FIELDS, at)
    percent = _decimal(one, "vat_rate", at, Decimal(0))
    return Line(
        number=text(one, "number", at) or str(place), name=text(one, "name", at), unit=text(one, "unit", at) or PIECES,
        quantity=_decimal(one, "quantity", at, Decimal(1)), price=_decimal(one, "price", at, None),
        price_per=_decimal(one, "price_per", at, Decimal(1)),
        category=text(one, "category", at) or ("S" if percent else ""), percent=percent,
        adjustments=_adjustments(one, at, currency, is_whole=False), net_minor=_minor(one, "net", at, currency),
        description=text(one, "description", at), item_ref=text(one, "item_ref", at),
        order_ref=text(one, "order_ref", at),
    )  # fmt: skip


def _adjustments(body: Mapping[str, Any], at: str, currency: str, is_whole: bool) -> list[Adjustment]:
    found = []
    for name in ("allowances", "charges"):
        for place, one in enumerate(_list(body, name, 100), 1):
            here = f"{at} {name} {place}".strip()
            if not isinstance(one, Mapping):
                raise _bad(here, gettext_noop("This is not an object"), gettext_noop("Give amount and reason"))
            _known(one, ("amount", "reason", *(("category", "vat_rate") if is_whole else ())), here)
            percent = _decimal(one, "vat_rate", here, Decimal(0))
            found.append(
                Adjustment(
                    amount_minor=_minor(one, "amount", here, currency) or 0, reason=text(one, "reason", here),
                    is_charge=name == "charges", percent=percent,
                    category=(text(one, "category", here) or ("S" if percent else "")) if is_whole else "",
                )
            )  # fmt: skip
    return found


def _given(body: Mapping[str, Any], currency: str) -> Given:
    totals = body.get("totals") or {}
    if not isinstance(totals, Mapping):
        raise _bad("totals", gettext_noop("This is not an object"), gettext_noop("Give the sums by their names"))
    _known(totals, tuple(TOTALS), "totals")
    sums = {field: _minor(totals, name, "totals", currency) for name, field in TOTALS.items()}
    parts = None
    if body.get("vat") is not None:
        parts = []
        for place, one in enumerate(_list(body, "vat", 50), 1):
            at = f"vat {place}"
            if not isinstance(one, Mapping):
                raise _bad(at, gettext_noop("This is not an object"), gettext_noop("Give one object for each rate"))
            _known(one, ("category", "vat_rate", "taxable", "amount"), at)
            percent = _decimal(one, "vat_rate", at, Decimal(0))
            parts.append(VatPart(text(one, "category", at) or "S", percent, _minor(one, "taxable", at, currency) or 0,
                                 _minor(one, "amount", at, currency) or 0))  # fmt: skip
    return Given(**sums, vat=parts)


def text(body: Mapping[str, Any], name: str, at: str = "") -> str:
    """A text on one line (a note may have several), trimmed; empty where it is not given."""
    value = body.get(name)
    most = MOST_TEXT.get(name, 100)
    plain = value.replace("\n", " ") if isinstance(value, str) and name in ("note", "description") else value
    if value is None:
        return ""
    if not isinstance(plain, str) or len(plain) > most or not plain.isprintable():
        raise BadInput(
            gettext_noop("This is not a text of at most %(most)s characters"), f"{at} {name}".strip(),
            gettext_noop("Give a text on one line"), {"most": most},
        )  # fmt: skip
    return str(value).strip()


def day(body: Mapping[str, Any], name: str) -> date | None:
    """A date; None where it is not given."""
    value = body.get(name)
    return None if value in (None, "") else _day(name, value)


def _day(name: str, value: Any) -> date:
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else date.fromisoformat("")
    except ValueError:
        raise _bad(name, gettext_noop("This is not a date"), gettext_noop("Give it as YYYY-MM-DD")) from None


def _decimal(body: Mapping[str, Any], name: str, at: str, usual: Decimal | None) -> Decimal:
    value = body.get(name)
    where = f"{at} {name}".strip()
    if value is None and usual is not None:
        return usual
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    try:
        found = Decimal(value) if isinstance(value, str) and len(value) <= 24 else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite() or found.copy_abs() >= 10**12 or -found.as_tuple().exponent > 10:  # type: ignore[operator]
        raise _bad(where, gettext_noop("This is not a decimal number"), gettext_noop('Give a text such as "12.50"'))
    return found


def _minor(body: Mapping[str, Any], name: str, at: str, currency: str) -> int | None:
    value = body.get(name)
    where = f"{at} {name}".strip()
    if value is None:
        return None
    if not isinstance(value, str):
        raise _bad(where, gettext_noop("An amount is a text, so that no digit is lost"),
                   gettext_noop('Give such as "1000.00"'))  # fmt: skip
    try:
        return to_minor(value, currency)
    except BadInput as error:
        raise error.at(where) from error


def _list(body: Mapping[str, Any], name: str, most: int) -> Sequence[Any]:
    value = body.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > most:
        raise BadInput(
            gettext_noop("This is not a list of at most %(most)s entries"), name, gettext_noop("Give a list"),
            {"most": most},
        )  # fmt: skip
    return value


def _texts(body: Mapping[str, Any], name: str, most: int) -> list[str]:
    found = _list(body, name, most)
    if not all(isinstance(one, str) and one.isprintable() for one in found):
        raise _bad(name, gettext_noop("This is not a list of texts"), gettext_noop("Give each as a text"))
    return list(found)


def _known(body: Mapping[str, Any], names: Sequence[str], at: str) -> None:
    for name in body:
        if name not in names:
            raise BadInput(
                gettext_noop("This field is not known"), f"{at} {name}".strip(),
                gettext_noop("Give only: %(fields)s"), {"fields": ", ".join(names)},
            )  # fmt: skip


def _bad(where: str, what: str, remedy: str) -> BadInput:
    return BadInput(what, where, remedy)
