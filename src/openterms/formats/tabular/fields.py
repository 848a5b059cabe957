"""What a row of each kind of import may hold: the target fields, their types and meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop

FieldType = Literal[
    "text",
    "identifier",
    "date",
    "amount",
    "limit",
    "currency",
    "country",
    "flag",
    "terms",
    "email",
    "locale",
    "timezone",
]
KINDS = ("customers", "invoices", "receipts", "credit-notes")


@dataclass(frozen=True, slots=True)
class Field:
    """One target field.

    ``type`` decides how its text is read. ``required`` means that a row without it is bad. ``positive`` amounts refuse
    zero. ``longest`` is the greatest length of a text in characters. ``meaning`` is a message id for people.
    """

    name: str
    type: FieldType
    meaning: str
    required: bool = False
    positive: bool = False
    longest: int = 200


_CUSTOMER = Field("customer", "identifier", gettext_noop("your own number of the customer"), required=True, longest=100)
_CURRENCY = Field("currency", "currency", gettext_noop("ISO 4217 code of the amounts"), required=True)
_EXTERNAL_ID = Field(
    "external_id", "identifier", gettext_noop("what makes the row unique; without it the number serves"), longest=150
)
_AMOUNT = Field("amount", "amount", gettext_noop("total, VAT included"), required=True, positive=True)
_ISSUED = Field("issued_on", "date", gettext_noop("date of the document"), required=True)
_NUMBER = Field("number", "identifier", gettext_noop("number printed on the document"), longest=100)

CUSTOMERS = (
    _CUSTOMER,
    Field("name", "text", gettext_noop("name of the business"), required=True),
    Field("country", "country", gettext_noop("ISO 3166 code of the country")),
    Field("currency", "currency", gettext_noop("currency the customer is billed in")),
    Field("group", "text", gettext_noop("group of companies the customer belongs to")),
    Field("terms", "terms", gettext_noop("payment terms, such as net 30")),
    Field("limit", "limit", gettext_noop("credit limit; empty: none set, 0: no credit, unlimited: no bound")),
    Field("email", "email", gettext_noop("address for invoices and reminders"), longest=254),
    Field("phone", "text", gettext_noop("telephone number"), longest=50),
    Field("contact", "text", gettext_noop("name of the person to talk to")),
    Field("locale", "locale", gettext_noop("language, such as en or pt-BR")),
    Field("timezone", "timezone", gettext_noop("time zone, such as Europe/Berlin")),
    Field("collector", "text", gettext_noop("who collects from the customer (e-mail or name)")),
    Field("vat_number", "text", gettext_noop("VAT identification number"), longest=40),
    Field("registration_number", "text", gettext_noop("number in the trade register"), longest=60),
    Field("lei", "text", gettext_noop("legal entity identifier"), longest=20),
    Field("sole_trader", "flag", gettext_noop("whether the customer is a natural person in business")),
    Field("street", "text", gettext_noop("street and house number")),
    Field("city", "text", gettext_noop("town")),
    Field("postcode", "text", gettext_noop("postal code"), longest=20),
    Field("created_on", "date", gettext_noop("customer since")),
    Field("insolvent_on", "date", gettext_noop("date of a formal insolvency")),
)

INVOICES = (
    _CUSTOMER,
    _NUMBER,
    _EXTERNAL_ID,
    _ISSUED,
    Field("due_on", "date", gettext_noop("due date; without it the payment terms decide")),
    Field("terms", "terms", gettext_noop("payment terms of this invoice")),
    _AMOUNT,
    _CURRENCY,
    Field("vat", "amount", gettext_noop("VAT contained in the amount")),
    Field("purchase_order", "text", gettext_noop("the customer's order number"), longest=100),
    Field("description", "text", gettext_noop("what was delivered"), longest=500),
    Field("settled_on", "date", gettext_noop("date the invoice was paid; empty: still open")),
    Field("settled_amount", "amount", gettext_noop("how much was paid; empty with a date: all of it")),
)

RECEIPTS = (
    _CUSTOMER,
    _EXTERNAL_ID,
    Field("received_on", "date", gettext_noop("date the money arrived"), required=True),
    Field("amount", "amount", gettext_noop("money received"), required=True, positive=True),
    _CURRENCY,
    Field("reference", "text", gettext_noop("text the payer gave")),
    Field("invoice", "identifier", gettext_noop("number of the invoice it pays; empty: unapplied"), longest=100),
)

CREDIT_NOTES = (
    _CUSTOMER,
    _NUMBER,
    _EXTERNAL_ID,
    _ISSUED,
    _AMOUNT,
    _CURRENCY,
    Field("vat", "amount", gettext_noop("VAT contained in the amount")),
    Field("invoice", "identifier", gettext_noop("number of the invoice it corrects; empty: unallocated"), longest=100),
    Field("description", "text", gettext_noop("reason of the credit"), longest=500),
)

_FIELDS: Mapping[str, tuple[Field, ...]] = dict(zip(KINDS, (CUSTOMERS, INVOICES, RECEIPTS, CREDIT_NOTES), strict=True))


def fields_of(kind: str) -> tuple[Field, ...]:
    """The target fields of a kind of import, in their fixed order. ``BadInput`` for an unknown kind."""
    try:
        return _FIELDS[kind]
    except KeyError:
        raise BadInput(
            gettext_noop("%(given)s is not a kind of import"),
            remedy=gettext_noop("use one of %(kinds)s"),
            params={"given": repr(kind), "kinds": ", ".join(KINDS)},
        ) from None


def nearest(word: str, words: list[str]) -> str:
    """The words a person may have meant, nearest first, as one text; all of them when none is near."""
    close = get_close_matches(word, words, n=3, cutoff=0.6)
    return ", ".join(close or words[:40])
