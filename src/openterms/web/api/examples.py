"""Examples of the API's description: one order from question to invoice, each as it is sent and answered."""

from __future__ import annotations

from typing import Any

ID = "0192f0c1-7a51-7cc2-9a41-0e6d3a5b7c11"

ORDER: dict[str, Any] = {
    "customer": "C1", "amount": "600.00", "currency": "EUR", "order_ref": "O-1001", "purchase_order": "PO-7",
    "purchaser": "ines@buyer.example", "lines": [{"sku": "PUMP-4", "quantity": 2, "amount": "600.00"}],
}  # fmt: skip
APPROVED = {
    "id": ID, "status": "approved", "customer": "C1", "order_ref": "O-1001", "currency": "EUR", "amount": "600.00",
    "prepaid_amount": "0.00", "approved_amount": "600.00", "captured_amount": "0.00", "released_amount": "0.00",
    "headroom": "400.00", "expires_at": "2026-06-15T09:00:00Z", "reasons": [], "decision": ID,
}  # fmt: skip
OVER_LIMIT = {
    "code": "over_limit",
    "message": "This order needs 600.00 EUR of credit; 400.00 EUR is available.",
    "remedy": "Order less, pay a part in advance, or ask for a higher limit.",
}
REFERRED = APPROVED | {
    "status": "referred", "order_ref": "O-1002", "approved_amount": "0.00", "expires_at": None, "reasons": [OVER_LIMIT],
}  # fmt: skip
PARTLY = APPROVED | {
    "status": "partly_approved", "order_ref": "O-1003", "approved_amount": "400.00", "headroom": "0.00",
    "reasons": [OVER_LIMIT],
}  # fmt: skip
CAPTURED = APPROVED | {"status": "captured", "captured_amount": "600.00"}
RELEASED = APPROVED | {"status": "released", "released_amount": "600.00", "headroom": "1000.00"}
EXTENDED = APPROVED | {"expires_at": "2026-06-30T09:00:00Z"}
UNKNOWN = {
    "type": "urn:openterms:problem:bad_input", "title": "Unprocessable Entity", "status": 422, "code": "bad_input",
    "detail": "There is no customer C9", "field": "customer", "remedy": "Give the customer's number or id",
}  # fmt: skip
TOO_MANY = {
    "type": "urn:openterms:problem:too_many", "title": "Too Many Requests", "status": 429, "code": "too_many",
    "detail": "This key has sent 120000 requests in this minute; it may send no more.",
}
CREDIT = {
    "customer": "C1", "id": "0192f0c1-7a51-7cc2-9a41-0e6d3a5b7c12", "name": "Hill Pumps Ltd.",
    "lines": [
        {
            "currency": "EUR", "limit": "1000.00", "exposure": "600.00",
            "parts": {"open_items": "0.00", "authorised": "600.00", "captured_not_invoiced": "0.00",
                      "unapplied_cash": "0.00"},
            "headroom": "400.00", "overdue": "0.00", "on_hold": False,
        }
    ],
}  # fmt: skip

SENT: dict[str, Any] = {
    "Order": {
        "plain": ORDER,
        "part_prepaid": ORDER | {"order_ref": "O-1004", "prepaid": "250.00"},
        "only_tried": {"customer": "C1", "amount": "600.00", "currency": "EUR", "order_ref": "O-1001", "dry_run": True},
    },
    "Batch": {"two": {"orders": [ORDER | {"idempotency_key": "O-1001/1"}, ORDER | {"customer": "C9"}]}},
    "Capture": {"all_of_it": {"amount": "600.00", "invoice": "INV-55", "final": True}},
    "Invoice": {"named": {"invoice": "INV-55"}},
    "Release": {"all": {}, "a_part": {"amount": "100.00"}},
    "Extension": {"two_weeks": {"expires_at": "2026-06-30T09:00:00Z"}},
}
"""What is sent, by schema."""

ANSWERED: dict[str, Any] = {
    "Ask for an order on credit.": {"approved": APPROVED, "in_part": PARTLY, "referred": REFERRED},
    "Ask for up to 500 orders at once.": {"two": {"answers": [APPROVED, UNKNOWN]}},
    "How an authorisation stands.": {"held": APPROVED, "waits_for_a_person": REFERRED},
    "Goods left: capture what is held.": {"captured": CAPTURED},
    "Name the captures' invoice.": {"captured": CAPTURED},
    "Give back what is held.": {"released": RELEASED},
    "Hold for longer.": {"extended": EXTENDED},
    "A customer's limits, exposure and headroom.": {"one_line": CREDIT},
}
"""What is answered, by the summary of the operation."""

PROBLEMS = {"bad_input": UNKNOWN, "too_many": TOO_MANY}


def named(values: dict[str, Any]) -> dict[str, Any]:
    """Examples as OpenAPI writes them."""
    return {name: {"value": value} for name, value in values.items()}
