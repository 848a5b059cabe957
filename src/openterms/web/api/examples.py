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

DECISION = {
    "id": ID, "customer": "C1", "order_ref": "O-1002", "decided_at": "2026-06-01T09:00:00Z", "currency": "EUR",
    "amount": "600.00", "prepaid_amount": "0.00", "approved_amount": "0.00", "limit": "1000.00",
    "headroom_before": "400.00", "policy": {"code": "wholesale", "number": 3, "hash": "9f2c"},
    "facts": {"open_items_minor": 60_000, "authorised_minor": 0, "captured_not_invoiced_minor": 0},
    "rules": {"tolerance_bp": 500}, "reasons": [OVER_LIMIT], "overridden": [], "override": None,
}  # fmt: skip

APPLICATION: dict[str, Any] = {
    "order_ref": "O-1001", "return_url": "https://shop.example/checkout?order=O-1001", "language": "en",
    "contact": {"name": "Ines Hill", "email": "ines@buyer.example", "phone": "+49 40 555 12 34"},
    "company": {"legal_name": "Noor Trading GmbH", "country": "DE", "legal_form": "limited",
                "registered_on": "2015-03-02", "street": "Hafenstr. 1", "postcode": "20457", "city": "Hamburg"},
    "identifiers": {"vat": "DE136695976"},
    "people": [{"name": "Omar Haddad", "role": "owner_director", "share": 100, "signs": True}],
    "requested_limit": "25000.00", "requested_terms_days": 30, "expected_purchases": "240000.00",
    "first_order": "600.00",
    "references": [{"company": "Steel AG", "email": "credit@steel.example"}],
    "bank": {"bank": "Hausbank", "iban": "DE89370400440532013000"},
}  # fmt: skip
BEGUN = {
    "id": ID, "number": "A-7K3F-9QXM", "status": "started", "order_ref": "O-1001", "currency": "EUR",
    "company": "Noor Trading GmbH", "requested_limit": "25000.00", "requested_terms_days": 30, "files": [],
    "missing": [],
    "message": "", "customer": None, "credit": None, "expires_at": "2026-07-01T09:00:00Z", "submitted_at": None,
    "decided_at": None, "link": "https://terms.seller.example/a/nQ3hZ0yJx5c1VtW8kR2sP7mB4dF6gL9aE0uT1iO3qYw/",
}  # fmt: skip
ACCEPTED = BEGUN | {
    "status": "accepted", "customer": "C1", "submitted_at": "2026-06-01T10:00:00Z",
    "decided_at": "2026-06-02T09:00:00Z",
    "credit": {"status": "approved", "limit": "20000.00", "terms": "net 30"},
}  # fmt: skip

FILE = {
    "id": ID, "purpose": "registration", "name": "register.pdf", "size": 15, "media_type": "application/pdf",
    "sha256": "a7c4eec0b4fa2ae80c2b5a4d2f9c2a3e21e0c09f3f7cb3b2a8d7f1a6b6b2f0c1", "status": "clean",
}  # fmt: skip

SENT: dict[str, Any] = {
    "NewFile": {
        "register": {"purpose": "registration", "name": "register.pdf", "content": "JVBERi0xLjcKJSVFT0YK"}
    },
    "Order": {
        "plain": ORDER,
        "part_prepaid": ORDER | {"order_ref": "O-1004", "prepaid": "250.00"},
        "only_tried": {"customer": "C1", "amount": "600.00", "currency": "EUR", "order_ref": "O-1001", "dry_run": True},
    },
    "Application": {
        "all_that_is_known": APPLICATION,
        "hardly_anything": {"order_ref": "O-1001", "contact": {"email": "ines@buyer.example"}, "first_order": "600.00"},
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
    "What an answer was given on.": {"over_the_limit": DECISION},
    "Begin an application for a buyer.": {"begun": BEGUN},
    "Add a file to an application.": {"kept": FILE},
    "How an application stands now.": {"begun": BEGUN, "accepted": ACCEPTED},
    "A customer's limits, exposure and headroom.": {"one_line": CREDIT},
}
"""What is answered, by the summary of the operation."""

PROBLEMS = {"bad_input": UNKNOWN, "too_many": TOO_MANY}


def named(values: dict[str, Any]) -> dict[str, Any]:
    """Examples as OpenAPI writes them."""
    return {name: {"value": value} for name, value in values.items()}
