"""Words of an import: short names of its fields, for the preview and its faults, and what was found out of the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from openterms.core.base.reasons import fill

from . import display

FIELDS: dict[str, Promise | str] = {
    "customer": _("Customer number"),
    "name": _("Name"),
    "country": _("Country"),
    "currency": _("Currency"),
    "group": _("Group"),
    "terms": _("Payment terms"),
    "limit": _("Credit limit"),
    "email": _("E-mail"),
    "phone": _("Telephone"),
    "contact": _("Contact"),
    "locale": _("Language"),
    "timezone": _("Time zone"),
    "collector": _("Collector"),
    "vat_number": _("VAT number"),
    "registration_number": _("Register number"),
    "lei": _("LEI"),
    "sole_trader": _("Sole trader"),
    "street": _("Street"),
    "city": _("City"),
    "postcode": _("Postcode"),
    "created_on": _("Customer since"),
    "insolvent_on": _("Insolvent since"),
    "number": _("Number"),
    "external_id": _("Unique number"),
    "issued_on": _("Issued"),
    "due_on": _("Due"),
    "amount": _("Amount"),
    "vat": _("VAT"),
    "purchase_order": _("Their order number"),
    "description": _("Description"),
    "settled_on": _("Settled on"),
    "settled_amount": _("Paid"),
    "received_on": _("Received"),
    "reference": _("Reference"),
    "invoice": _("Invoice"),
}


def field_word(name: str) -> str:
    """What people call a field; one we do not know keeps its name."""
    return str(FIELDS.get(name, name))


def row_said(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row error in the reader's language; one kept before its messages were stays as it was written then."""
    said = row.get("said")
    if not said:
        return dict(row)
    texts = {}
    for part in ("what", "remedy"):
        text = gettext(said[part]) if said[part] else ""
        texts[part] = fill(text, {name: _param(name, value) for name, value in said["params"].items()})
    return dict(row) | texts


def _param(name: str, value: str | int) -> str | int:
    """What stands in a message: fields by their words, numbers as they are written here, all else as it is."""
    if name in ("field", "other") and isinstance(value, str):
        return field_word(value)
    return display.number(value) if isinstance(value, int) else f"\u2068{value}\u2069"


DETECTED: dict[str, Promise | str] = {
    "format": _("Format"),
    "encoding": _("Encoding"),
    "delimiter": _("Separator"),
    "quote": _("Quotation mark"),
    "line end": _("Line end"),
    "sheet": _("Sheet"),
    "row groups": _("Row groups"),
    "comma": _("comma"),
    "semicolon": _("semicolon"),
    "tab": _("tab"),
    "pipe": _("vertical bar"),
    "JSON lines": _("JSON lines"),
}


def detected_words(found: Mapping[str, str]) -> list[tuple[str, str]]:
    """What was found out about a file, in words."""
    return [(str(DETECTED.get(name, name)), str(DETECTED.get(value, value))) for name, value in found.items()]
