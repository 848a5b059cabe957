"""What the API says of promises, disputes, plans and reported payments: schemas, examples, operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .examples import ID

TEXT = {"type": "string"}
AMOUNT = {"type": "string", "pattern": r"^\d+(\.\d+)?$", "examples": ["1200.00"]}
DAY = {"type": "string", "format": "date"}
ITEM = {"type": "string", "description": "The item's number or id."}
CUSTOMER = {"type": "string", "description": "The customer's number or id."}


def _lines(*needed: str) -> dict[str, Any]:
    known = {"item": ITEM, "amount": AMOUNT, "date": DAY}
    line = {"type": "object", "properties": {name: known[name] for name in needed}, "required": list(needed)}
    return {"type": "array", "items": line, "minItems": 1, "maxItems": 200}


def _asked(required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _answered(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": dict.fromkeys(required, TEXT) | properties, "required": list(required)}


ROWS = {"type": "array", "items": {"type": "object"}}
ITEMS = {"type": "array", "items": ITEM, "minItems": 1}
SCHEMAS: dict[str, Any] = {
    "Promise": _asked(
        ("customer", "lines"), customer=CUSTOMER, lines=_lines("item", "amount", "date"), by=TEXT, note=TEXT
    ),
    "Promises": _answered(promises=ROWS),
    "Dispute": _asked(
        ("customer", "reason", "lines"), customer=CUSTOMER, lines=_lines("item", "amount"), by=TEXT, note=TEXT,
        reason={"type": "string", "enum": [
            "price", "quantity", "quality", "not_received", "purchase_order", "duplicate", "tax", "other",
        ]},
    ),
    "DisputeCase": _answered(
        "id", "customer", "state", "reason", "currency", "amount", "department", "due_on", lines=ROWS, message=TEXT,
        upheld=AMOUNT, resolution={"type": ["string", "null"]},
    ),
    "PlanWanted": _asked(
        ("customer", "items", "instalments", "first_on"), customer=CUSTOMER, items=ITEMS,
        instalments={"type": "integer", "minimum": 1}, first_on=DAY,
        every={"type": "string", "enum": ["week", "fortnight", "month"], "default": "month"},
        way={"type": "string", "enum": ["link", "transfer", "debit"], "default": "link"}, note=TEXT,
    ),
    "PlanAcceptance": _asked(
        ("name", "agreement_hash"), name=TEXT, address=TEXT,
        agreement_hash={"type": "string", "description": "Of the agreement that the customer was shown."},
    ),
    "Plan": _answered(
        "id", "customer", "state", "currency", "principal", "interest", "answer_by", "way", "agreement",
        "agreement_hash", instalments=ROWS,
    ),
    "PaymentSaid": _asked(
        ("customer", "items", "amount", "paid_on"), customer=CUSTOMER, items=ITEMS, amount=AMOUNT, paid_on=DAY,
        way={"type": "string", "enum": ["transfer", "card", "cheque", "cash", "other"], "default": "transfer"},
        reference=TEXT, by=TEXT, note=TEXT,
    ),
    "ReportedPayment": _answered("id", "state", "currency", "amount", "waits_until"),
}  # fmt: skip

PROMISED = {"id": ID, "promised_for": "2026-06-20", "currency": "EUR", "amount": "600.00", "state": "pending"}
CASE = {
    "id": ID, "customer": "C1", "state": "received", "reason": "price", "currency": "EUR", "amount": "50.00",
    "department": "sales", "due_on": "2026-06-19", "resolution": None, "message": "", "upheld": "0.00",
    "lines": [{"item": "INV-55", "amount": "50.00", "outcome": None}],
}  # fmt: skip
PLAN = {
    "id": ID, "customer": "C1", "state": "offered", "currency": "EUR", "principal": "600.00", "interest": "0.00",
    "answer_by": "2026-06-26", "way": "link", "agreement": "Payment plan\n…", "agreement_hash": "9f86d081…",
    "instalments": [
        {"number": 1, "due_on": "2026-07-01", "amount": "300.00", "paid": "0.00"},
        {"number": 2, "due_on": "2026-08-01", "amount": "300.00", "paid": "0.00"},
    ],
}  # fmt: skip
SENT: dict[str, Any] = {
    "Promise": {"one": {"customer": "C1", "lines": [{"item": "INV-55", "amount": "600.00", "date": "2026-06-20"}]}},
    "Dispute": {"a_part": {"customer": "C1", "reason": "price", "lines": [{"item": "INV-55", "amount": "50.00"}]}},
    "PlanWanted": {"two": {"customer": "C1", "items": ["INV-55"], "instalments": 2, "first_on": "2026-07-01"}},
    "PlanAcceptance": {"yes": {"name": "Ines Roth", "agreement_hash": "9f86d081…"}},
    "PaymentSaid": {
        "transfer": {"customer": "C1", "items": ["INV-55"], "amount": "600.00", "paid_on": "2026-06-12"},
    },
}
ANSWERED: dict[str, Any] = {
    "Record what a customer promised.": {"one": {"promises": [PROMISED]}},
    "Record what a customer contests.": {"received": CASE},
    "How a dispute stands.": {"received": CASE},
    "Ask for instalments.": {"offered": PLAN},
    "How a plan stands.": {"offered": PLAN},
    "Accept a plan.": {"running": PLAN | {"state": "running"}},
    "Report a payment that is under way.": {
        "open": {"id": ID, "state": "open", "currency": "EUR", "amount": "600.00", "waits_until": "2026-06-17"},
    },
}


def paths(operation: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """The operations by address."""
    return {
        "/api/v1/promises": {"post": operation("Record what a customer promised.", "Promises", 201, "Promise")},
        "/api/v1/disputes": {"post": operation("Record what a customer contests.", "DisputeCase", 201, "Dispute")},
        "/api/v1/disputes/{dispute}": {"get": operation("How a dispute stands.", "DisputeCase", places=("dispute",))},
        "/api/v1/plans": {"post": operation("Ask for instalments.", "Plan", 201, "PlanWanted")},
        "/api/v1/plans/{plan}": {"get": operation("How a plan stands.", "Plan", places=("plan",))},
        "/api/v1/plans/{plan}/accept": {
            "post": operation("Accept a plan.", "Plan", 200, "PlanAcceptance", ("plan",))
        },
        "/api/v1/reported-payments": {
            "post": operation("Report a payment that is under way.", "ReportedPayment", 201, "PaymentSaid")
        },
    }
