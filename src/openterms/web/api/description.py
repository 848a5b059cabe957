"""What the API takes and answers, as OpenAPI 3.1 at `/api/v1/openapi.json`."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from openterms.apps.credit.application.models import ApplicationFile
from openterms.core.credit.application_shape import BY_NAME, TERMS_DAYS

from . import claims_description, examples, invoices_description
from .applications import IDENTIFIERS
from .examples import ANSWERED, PROBLEMS, SENT, named

AMOUNT = {"type": "string", "pattern": r"^\d+(\.\d+)?$", "examples": ["1200.00"]}
TEXT = {"type": "string"}
INSTANT = {"type": "string", "format": "date-time"}
MAYBE = {"type": ["string", "null"], "format": "date-time"}
FLAG = {"type": "boolean", "default": False}
HEADROOM = {
    "type": ["string", "null"],
    "description": "What is left of the limit afterwards; `unlimited` where it has no end, null where none is set.",
    "examples": ["400.00", "unlimited", None],
}
REASON = {
    "type": "object",
    "properties": {"code": TEXT, "message": TEXT, "remedy": TEXT},
    "required": ["code", "message", "remedy"],
}
REASONS = {"type": "array", "items": {"$ref": "#/components/schemas/Reason"}}
ORDER = {
    "type": "object",
    "properties": {
        "customer": {"type": "string", "description": "The customer's number or id."},
        "amount": AMOUNT,
        "currency": {"type": "string", "examples": ["EUR"]},
        "order_ref": {"type": "string", "maxLength": 100},
        "purchaser": {"type": "string", "maxLength": 200},
        "purchase_order": {"type": "string", "maxLength": 100},
        "lines": {"type": "array", "items": {"type": "object"}, "maxItems": 500},
        "expires_at": INSTANT,
        "allow_partial": FLAG | {"description": "Whether a part of the amount would help."},
        "prepaid": {
            "oneOf": [{"type": "boolean"}, AMOUNT],
            "description": "What is paid in advance, `true` for all of it; it uses no limit.",
        },
        "dry_run": FLAG | {"description": "Answer only: nothing is held or kept."},
    },
    "required": ["customer", "amount", "currency", "order_ref"],
    "additionalProperties": False,
    "examples": [examples.ORDER],
}
IN_BATCH = ORDER | {
    "properties": {name: one for name, one in ORDER["properties"].items() if name != "dry_run"}  # type: ignore[attr-defined]
    | {"idempotency_key": {"type": "string", "maxLength": 200}},
}
BATCH = {
    "type": "object",
    "description": "Each order is answered by itself, in order, as if it had come alone; all in one transaction.",
    "properties": {
        "orders": {"type": "array", "minItems": 1, "maxItems": 500, "items": IN_BATCH},
        "dry_run": FLAG,
    },
    "required": ["orders"],
    "additionalProperties": False,
}
ANSWERS = {
    "type": "object",
    "properties": {
        "answers": {
            "type": "array",
            "items": {
                "oneOf": [{"$ref": "#/components/schemas/Authorisation"}, {"$ref": "#/components/schemas/Problem"}]
            },
        }
    },
    "required": ["answers"],
}
STATUSES = ["approved", "partly_approved", "referred", "declined", "captured", "released", "expired"]
AUTHORISATION = {
    "type": "object",
    "properties": {
        "id": {"type": ["string", "null"], "format": "uuid"},
        "status": {"type": "string", "enum": STATUSES},
        "customer": TEXT,
        "order_ref": TEXT,
        "currency": TEXT,
        "amount": AMOUNT,
        "prepaid_amount": AMOUNT,
        "approved_amount": AMOUNT,
        "captured_amount": AMOUNT,
        "released_amount": AMOUNT,
        "headroom": HEADROOM,
        "expires_at": {"type": ["string", "null"], "format": "date-time"},
        "reasons": REASONS,
        "decision": {
            "type": ["string", "null"],
            "description": "Under which the answer, its facts and rules are kept; null for one that was only tried.",
        },
    },
    "required": [
        "id", "status", "customer", "order_ref", "currency", "amount", "prepaid_amount", "approved_amount",
        "captured_amount", "released_amount", "headroom", "expires_at", "reasons", "decision",
    ],
}
DECISION = {
    "type": "object",
    "description": "Nothing of it changes. Facts and rules are in minor units, by the names of the record.",
    "properties": {
        "id": {"type": "string", "format": "uuid"}, "customer": TEXT, "order_ref": TEXT, "decided_at": INSTANT,
        "currency": TEXT, "amount": AMOUNT, "prepaid_amount": AMOUNT, "approved_amount": AMOUNT, "limit": HEADROOM,
        "headroom_before": HEADROOM,
        "policy": {
            "type": ["object", "null"],
            "description": "The published version that answered; null for the product's standard rules.",
            "properties": {"code": TEXT, "number": {"type": "integer"}, "hash": TEXT},
        },
        "facts": {"type": "object"}, "rules": {"type": "object"}, "reasons": REASONS,
        "overridden": REASONS | {"description": "Reasons that a person set aside."},
        "override": {"type": ["object", "null"], "properties": {"by": TEXT, "reason": TEXT}},
    },
    "required": [
        "id", "customer", "order_ref", "decided_at", "currency", "amount", "approved_amount", "limit",
        "headroom_before", "policy", "facts", "rules", "reasons",
    ],
}  # fmt: skip
PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `field` names what is wrong, `remedy` what would be right, `reasons` why it is refused.",
    "properties": {
        "type": TEXT, "title": TEXT, "status": {"type": "integer"}, "code": TEXT, "detail": TEXT, "field": TEXT,
        "remedy": TEXT, "reasons": REASONS,
        "faults": {
            "type": "array",
            "items": {"type": "object", "properties": {"field": TEXT, "detail": TEXT, "remedy": TEXT}},
            "description": "Every fault, where there may be several.",
        },
    },
    "required": ["type", "title", "status", "code", "detail"],
}  # fmt: skip
CREDIT = {
    "type": "object",
    "properties": {
        "customer": TEXT,
        "id": TEXT,
        "name": TEXT,
        "lines": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "currency": TEXT, "limit": HEADROOM, "exposure": TEXT, "headroom": HEADROOM, "overdue": TEXT,
                    "on_hold": FLAG, "parts": {"type": "object", "additionalProperties": TEXT},
                },
                "required": ["currency", "limit", "exposure", "parts", "headroom", "overdue", "on_hold"],
            },
        },
    },
    "required": ["customer", "id", "name", "lines"],
}  # fmt: skip
CAPTURE = {
    "type": "object",
    "properties": {"amount": AMOUNT, "invoice": {"type": "string", "maxLength": 100}, "final": FLAG},
    "required": ["amount"],
    "additionalProperties": False,
}
INVOICE = {
    "type": "object",
    "properties": {"invoice": {"type": "string", "maxLength": 100}},
    "required": ["invoice"],
    "additionalProperties": False,
}
RELEASE = {"type": "object", "properties": {"amount": AMOUNT}, "additionalProperties": False}
EXTENSION = {
    "type": "object",
    "properties": {"expires_at": INSTANT},
    "required": ["expires_at"],
    "additionalProperties": False,
}
_KINDS: dict[str, dict[str, Any]] = {
    "money": AMOUNT, "flag": FLAG, "whole": {"type": "integer"}, "percent": {"type": "integer", "maximum": 100},
    "date": {"type": "string", "format": "date"}, "email": {"type": "string", "format": "email"},
}  # fmt: skip


def _asked(section: str, only: tuple[str, ...] = (), without: tuple[str, ...] = ()) -> dict[str, Any]:
    """A section of the form as an object: its questions by name, each with its label."""
    found = {
        one.name: _KINDS.get(one.kind, {"type": "string"} | ({"maxLength": one.most} if one.kind != "country" else {}))
        | ({"enum": [code for code, _label in one.choices]} if one.choices else {})
        | {"description": one.label}
        for one in BY_NAME[section].fields
        if one.name not in without and (not only or one.name in only)
    }
    return {"type": "object", "properties": found, "additionalProperties": False}


def _list(section: str) -> dict[str, Any]:
    return {"type": "array", "maxItems": BY_NAME[section].rows, "items": _asked(section)}


APPLICATION = {
    "type": "object",
    "description": "What the shop knows of a buyer who asks for terms. The buyer adds the rest on the page of `link`.",
    "properties": {
        "order_ref": {"type": "string", "maxLength": 100, "description": "The order at whose checkout it begins."},
        "return_url": {"type": "string", "maxLength": 500, "description": "The page to which the buyer comes back."},
        "language": {"type": "string", "enum": ["en", "ar"], "default": "en"},
        "currency": {"type": "string", "description": "Of every amount; the seller's own where it is not given."},
        "contact": _asked("contact"),
        "company": _asked("company", without=IDENTIFIERS),
        "identifiers": _asked("company", only=IDENTIFIERS),
        "people": _list("people"),
        "requested_limit": AMOUNT,
        "requested_terms_days": {"type": "integer", "enum": [int(days) for days in TERMS_DAYS]},
        "expected_purchases": AMOUNT | {"description": "In a year."},
        "first_order": AMOUNT,
        "deposit": AMOUNT | {"description": "That the buyer can give."},
        "guarantee": AMOUNT | {"description": "That the buyer can bring."},
        "remark": {"type": "string", "maxLength": 2000},
        "references": _list("references"),
        "bank": _asked("bank"),
        "statements": _list("statements"),
    },
    "additionalProperties": False,
}
BEGUN = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "number": {"type": "string", "description": "The reference that people read out."},
        "status": {"type": "string", "enum": ["started", "submitted", "accepted", "declined", "withdrawn", "expired"]},
        "link": {
            "type": ["string", "null"],
            "description": "The buyer's personal page: to add what is missing and files, to sign, and to see how it "
            "stands. Give it to the buyer alone. Null for an application that the buyer began without a program.",
        },
        "order_ref": TEXT,
        "currency": TEXT,
        "company": TEXT,
        "requested_limit": {"type": ["string", "null"]},
        "requested_terms_days": {"type": ["integer", "null"]},
        "files": {"type": "array", "items": {"$ref": "#/components/schemas/File"}},
        "missing": {"type": "array", "items": TEXT, "description": "What the buyer still has to say, by field."},
        "message": {"type": "string", "description": "What the seller writes to the buyer."},
        "customer": {"type": ["string", "null"], "description": "The customer's number, once it is accepted."},
        "credit": {
            "type": ["object", "null"],
            "description": "The credit case that came of it.",
            "properties": {
                "status": {"type": "string", "enum": ["open", "approved", "declined", "withdrawn"]},
                "limit": {"type": ["string", "null"]},
                "terms": {"type": ["string", "null"]},
            },
        },
        "expires_at": INSTANT, "submitted_at": MAYBE, "decided_at": MAYBE,
    },
    "required": ["id", "number", "status", "link", "currency", "missing"],
}  # fmt: skip
FILE = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "purpose": {"type": "string", "enum": list(ApplicationFile.Purpose.values)},
        "name": TEXT, "size": {"type": "integer", "description": "In bytes."}, "media_type": TEXT,
        "sha256": {"type": "string", "description": "Of the content, in hex."},
        "status": {
            "type": "string", "enum": list(ApplicationFile.State.values),
            "description": "What the virus scanner said; `waiting` lies in quarantine.",
        },
    },
    "required": ["id", "purpose", "name", "size", "media_type", "sha256", "status"],
}  # fmt: skip
NEW_FILE = {
    "type": "object",
    "description": "Taken until the buyer has signed; the same file for the same purpose is kept once.",
    "properties": {
        "purpose": FILE["properties"]["purpose"],  # type: ignore[index]
        "name": {"type": "string", "maxLength": 200},
        "content": {
            "type": "string", "contentEncoding": "base64",
            "description": "A PDF, PNG, JPEG or XLSX without macros; 3 MB at most.",
        },
    },
    "required": ["purpose", "name", "content"],
    "additionalProperties": False,
}  # fmt: skip
SCHEMAS = {
    "File": FILE, "NewFile": NEW_FILE,
    "Order": ORDER, "Batch": BATCH, "Answers": ANSWERS,
    "Authorisation": AUTHORISATION, "Reason": REASON, "Problem": PROBLEM, "Credit": CREDIT,
    "Decision": DECISION, "Application": APPLICATION, "Applied": BEGUN,
    "Capture": CAPTURE, "Invoice": INVOICE, "Release": RELEASE, "Extension": EXTENSION,
    **claims_description.SCHEMAS, **invoices_description.SCHEMAS,
}  # fmt: skip
HEADERS = {
    "RateLimit-Limit": {"description": "Requests a minute of this key.", "schema": {"type": "integer"}},
    "RateLimit-Remaining": {"description": "How many are left of this minute.", "schema": {"type": "integer"}},
    "RateLimit-Reset": {"description": "Seconds until the next minute.", "schema": {"type": "integer"}},
}
REPEATED = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key with the same request gets the first answer again; with another it is refused.",
    "schema": {"type": "string", "maxLength": 200},
}


def _place(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": TEXT}


def _body(schema: str, shown: dict[str, Any]) -> dict[str, Any]:
    return {"schema": {"$ref": f"#/components/schemas/{schema}"}, "examples": named(shown)}


def _operation(
    summary: str, answer: str, status: int = 200, body: str = "", places: tuple[str, ...] = ()
) -> dict[str, Any]:
    parameters = [_place(name) for name in places]
    shown = _body(answer, (ANSWERED | claims_description.ANSWERED | invoices_description.ANSWERED)[summary])
    found: dict[str, Any] = {
        "summary": summary,
        "responses": {
            str(status): {
                "description": summary, "content": {"application/json": shown},
                "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in HEADERS},
            },
            "default": {
                "description": "A problem.", "content": {"application/problem+json": _body("Problem", PROBLEMS)},
            },
        },
    }  # fmt: skip
    if body and body != "NewFile":
        parameters.append({"$ref": "#/components/parameters/Repeated"})
    if body:
        sent = {"application/json": _body(body, (SENT | claims_description.SENT | invoices_description.SENT)[body])}
        found["requestBody"] = {"content": sent, "required": body != "Release"}
    return found | ({"parameters": parameters} if parameters else {})


def description() -> dict[str, Any]:
    """The document, in English: it is for those who write programs."""
    one = ("authorisation",)
    held, stand = "/api/v1/authorisations/{authorisation}", "Authorisation"
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "OpenTerms",
            "version": "1",
            "description": "Orders on credit and applications for it, for the programs of a seller.",
        },
        "security": [{"key": []}],
        "paths": claims_description.paths(_operation) | invoices_description.paths(_operation) | {
            "/api/v1/authorisations": {"post": _operation("Ask for an order on credit.", stand, 201, "Order")},
            "/api/v1/authorisations/batch": {
                "post": _operation("Ask for up to 500 orders at once.", "Answers", 200, "Batch")
            },
            held: {"get": _operation("How an authorisation stands.", stand, places=one)},
            f"{held}/captures": {"post": _operation("Goods left: capture what is held.", stand, 201, "Capture", one)},
            f"{held}/invoice": {"post": _operation("Name the captures' invoice.", stand, 200, "Invoice", one)},
            f"{held}/release": {"post": _operation("Give back what is held.", stand, 200, "Release", one)},
            f"{held}/extend": {"post": _operation("Hold for longer.", stand, 200, "Extension", one)},
            "/api/v1/decisions/{decision}": {
                "get": _operation("What an answer was given on.", "Decision", places=("decision",))
            },
            "/api/v1/applications": {
                "post": _operation("Begin an application for a buyer.", "Applied", 201, "Application")
            },
            "/api/v1/applications/{application}": {
                "get": _operation("How an application stands now.", "Applied", places=("application",))
            },
            "/api/v1/applications/{application}/files": {
                "post": _operation("Add a file to an application.", "File", 201, "NewFile", ("application",))
            },
            "/api/v1/customers/{customer}/credit": {
                "get": _operation("A customer's limits, exposure and headroom.", "Credit", places=("customer",))
            },
        },
        "components": {
            "schemas": SCHEMAS,
            "parameters": {"Repeated": REPEATED},
            "headers": HEADERS,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def openapi(request: HttpRequest) -> HttpResponse:
    """The description, for everybody."""
    return JsonResponse(description())
