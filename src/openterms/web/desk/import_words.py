"""Short names of an import's fields, for the heads of its preview and the places of its faults."""

from __future__ import annotations

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
