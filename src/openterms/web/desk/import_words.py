"""Words of an import: short names of its fields, for the preview and its faults, and what was found out of the file."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

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
