"""Invoices in the API's description: what is sent and answered, each with an example."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

ID = "0192f0c1-7a51-7cc2-9a41-0e6d3a5b7c31"
TEXT = {"type": "string"}
AMOUNT = {"type": "string", "pattern": r"^\d+(\.\d+)?$", "examples": ["1200.00"]}
NUMBER = {"type": "string", "pattern": r"^-?\d+(\.\d+)?$", "examples": ["12.5"]}
DAY = {"type": "string", "format": "date"}
_RATE = {"category": {"type": "string", "enum": ["S", "Z", "E", "AE", "K", "G", "O", "L", "M"]}, "vat_rate": NUMBER}


def _object(required: tuple[str, ...] = (), **fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(required), "additionalProperties": False}


def _list(of: dict[str, Any], most: int) -> dict[str, Any]:
    return {"type": "array", "items": of, "maxItems": most}


_OFF = _list(_object(("amount", "reason"), amount=AMOUNT, reason=TEXT), 100)
_WHOLE_OFF = _list(_object(("amount", "reason"), amount=AMOUNT, reason=TEXT, **_RATE), 100)
LINE = _object(
    ("name", "price"), number=TEXT, name=TEXT, description=TEXT, quantity=NUMBER, unit=TEXT, price=NUMBER,
    price_per=NUMBER, net=AMOUNT, allowances=_OFF, charges=_OFF, item_ref=TEXT, order_ref=TEXT, **_RATE,
) | {"description": "`unit` is a code of UN/ECE such as C62 (pieces, the usual), KGM or HUR."}  # fmt: skip
_CHARGED: dict[str, Any] = {
    "issued_on": DAY, "series": TEXT, "note": TEXT, "languages": _list({"enum": ["en", "ar"]}, 2),
    "lines": _list(LINE, 2_000), "allowances": _WHOLE_OFF, "charges": _WHOLE_OFF,
    "exemptions": {"type": "object", "additionalProperties": TEXT,
                   "description": "Why no VAT is charged, by category."},
    "totals": _object(lines=AMOUNT, allowances=AMOUNT, charges=AMOUNT, net=AMOUNT, vat=AMOUNT, total=AMOUNT,
                      payable=AMOUNT)
    | {"description": "What you computed; each sum is held to EN 16931, and one that does not hold names its rule."},
    "vat": _list(_object(("vat_rate", "taxable", "amount"), taxable=AMOUNT, amount=AMOUNT, **_RATE), 50),
}  # fmt: skip
SCHEMAS: dict[str, Any] = {
    "InvoiceWanted": _object(
        ("customer", "currency", "lines"), customer=TEXT, currency=TEXT, terms=TEXT, due_on=DAY, purchase_order=TEXT,
        buyer_reference=TEXT, contract=TEXT, supplied_on=DAY, period=_list(DAY, 2), deliver_to_country=TEXT,
        order_ref={"type": "string", "description": "The order, or authorisation, that it bills and captures."},
        dry_run={"type": "boolean", "description": "Check only: nothing is issued or kept."},
        deposits=_list(TEXT, 20) | {"description": "Numbers of receipts that were paid before."}, **_CHARGED,
    ),
    "CreditWanted": _object((), **_CHARGED),
    "Issued": {
        "type": "object",
        "properties": {
            "id": {"type": ["string", "null"], "format": "uuid"}, "kind": {"enum": ["invoice", "credit_note"]},
            "number": {"type": ["string", "null"], "description": "Null for one that was only tried."},
            "customer": TEXT, "issued_on": DAY, "currency": TEXT, "net": AMOUNT, "vat_total": AMOUNT, "total": AMOUNT,
            "payable": AMOUNT, "vat": _list({"type": "object"}, 50), "due": _list({"type": "object"}, 400),
            "terms": TEXT, "purchase_order": TEXT, "payment_reference": TEXT, "corrects": {"type": ["string", "null"]},
            "findings": _list({"type": "object"}, 50) | {"description": "What would make it bounce at this customer."},
            "file": {"type": "object", "properties": {"name": TEXT, "media_type": TEXT, "content": TEXT},
                     "description": "With `?format=pdf`, `ubl` or `facturx`; in base64."},
        },
        "required": ["id", "kind", "number", "customer", "issued_on", "currency", "net", "vat_total", "total",
                     "payable", "vat", "due", "terms", "purchase_order", "payment_reference", "corrects"],
    },
}  # fmt: skip
ISSUED = {
    "id": ID, "kind": "invoice", "number": "INV-2026-000017", "customer": "C1", "issued_on": "2026-07-01",
    "currency": "EUR", "net": "500.00", "vat_total": "100.00", "total": "600.00", "payable": "600.00",
    "vat": [{"category": "S", "vat_rate": "20", "taxable": "500.00", "amount": "100.00"}],
    "due": [{"on": "2026-07-31", "amount": "600.00"}], "terms": "net 30", "purchase_order": "PO-7",
    "payment_reference": "RF71INV2026000017", "corrects": None,
    "findings": [{"gravity": "delays", "code": "billing_no_supply_date",
                  "message": "The invoice does not say when the goods were supplied.",
                  "remedy": "Give the date of supply, or the period."}],
}  # fmt: skip
SENT: dict[str, Any] = {
    "InvoiceWanted": {
        "one_line": {
            "customer": "C1", "currency": "EUR", "purchase_order": "PO-7", "order_ref": "O-1001",
            "lines": [{"name": "Pump", "quantity": "2", "price": "250.00", "vat_rate": "20"}],
            "totals": {"net": "500.00", "vat": "100.00", "total": "600.00"},
        }
    },
    "CreditWanted": {"all_of_it": {}, "a_part": {"lines": [{"name": "Pump", "price": "250.00", "vat_rate": "20"}]}},
}
ANSWERED: dict[str, Any] = {
    "Issue an invoice.": {"issued": ISSUED},
    "An invoice issued here.": {"issued": ISSUED},
    "Credit an invoice.": {
        "credited": ISSUED | {"kind": "credit_note", "number": "CN-2026-000003", "due": [],
                              "corrects": "INV-2026-000017"}
    },
}  # fmt: skip


def paths(operation: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """The operations by address."""
    return {
        "/api/v1/invoices": {"post": operation("Issue an invoice.", "Issued", 201, "InvoiceWanted")},
        "/api/v1/invoices/{invoice}": {"get": operation("An invoice issued here.", "Issued", places=("invoice",))},
        "/api/v1/invoices/{invoice}/credit-notes": {
            "post": operation("Credit an invoice.", "Issued", 201, "CreditWanted", ("invoice",))
        },
    }
