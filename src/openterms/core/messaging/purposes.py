"""What a message is for, and what a template may say: purposes, tones, and the facts behind its places."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LANGUAGES = ("en", "ar")
TONES = ("friendly", "firm", "formal")


class Kind(StrEnum):
    """What a fact is: one line of text, an amount (or one in each currency), a day, a count, rows, or a link."""

    TEXT = "text"
    MONEY = "money"
    DAY = "day"
    COUNT = "count"
    ROWS = "rows"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class TemplateFact:
    """A place that a template may hold. An optional one may be missing: it is empty then, and to be asked with `if`."""

    kind: Kind
    meaning: str
    is_optional: bool = False
    columns: tuple[str, ...] = ()


def _text(meaning: str, is_optional: bool = False) -> TemplateFact:
    return TemplateFact(Kind.TEXT, meaning, is_optional)


def _money(meaning: str, is_optional: bool = False) -> TemplateFact:
    return TemplateFact(Kind.MONEY, meaning, is_optional)


def _day(meaning: str, is_optional: bool = False) -> TemplateFact:
    return TemplateFact(Kind.DAY, meaning, is_optional)


FACTS: dict[str, TemplateFact] = {
    "seller_name": _text("the seller's name"),
    "customer_name": _text("the customer's name"),
    "contact_name": _text("the person who is written to", True),
    "person_name": _text("who signs: a named person"),
    "person_title": _text("what the person who signs does", True),
    "person_phone": _text("the telephone of the person who signs", True),
    "person_email": _text("the e-mail address of the person who signs", True),
    "amount": _money("what is asked for, in each currency"),
    "principal": _money("what the invoices come to, without interest and costs", True),
    "interest": _money("late interest so far", True),
    "costs": _money("the lump sum or costs of recovery", True),
    "interest_rule": _text("how interest is counted: rate, basis, from when, by the day", True),
    "due_on": _day("when the oldest, or only, item was or is due"),
    "days_overdue": TemplateFact(Kind.COUNT, "how many days the oldest item is overdue"),
    "invoice_count": TemplateFact(Kind.COUNT, "how many items the message is about", True),
    "invoices": TemplateFact(
        Kind.ROWS, "the items: number, due_on, amount, days_overdue", False, ("number", "due_on", "amount")
    ),
    "payment_details": _text("the account to pay to", True),
    "reference": _text("the reference to give with a payment", True),
    "link": TemplateFact(Kind.LINK, "the personal page of whom is written to"),
    "reply_by": _day("the day by which an answer or payment is asked for"),
    "promised_amount": _money("what was promised"),
    "promised_on": _day("the day that was promised"),
    "instalments": TemplateFact(Kind.ROWS, "the instalments: due_on, amount", False, ("due_on", "amount")),
    "dispute_number": _text("the number of the dispute"),
    "dispute_amount": _money("what is contested"),
    "dispute_reason": _text("why it is contested, in the customer's words", True),
    "dispute_answer": _text("what was decided, and why"),
    "received_amount": _money("what was received"),
    "received_on": _day("when it was received"),
    "remaining": _money("what is still owed after it", True),
    "offer_amount": _money("what would be taken as the whole"),
    "offer_until": _day("the last day of the offer"),
    "agency_name": _text("who collects from now on"),
    "placed_on": _day("when it was handed over", True),
    "last_said": _text("what was said last time", True),
}  # fmt: skip

_SIGNED = ("person_name", "seller_name")
_DEBT = ("amount", "invoices", "link", *_SIGNED)


@dataclass(frozen=True, slots=True)
class Purpose:
    """A thing to say. `needs` are the facts that a template for it must mention; `tone` the one it starts with.

    `is_call`: the text is a script for whoever telephones, and needs neither link nor signature.
    """

    tone: str
    needs: tuple[str, ...]
    is_call: bool = False


PURPOSES: dict[str, Purpose] = {
    "welcome": Purpose("friendly", ("link", *_SIGNED)),
    "courtesy": Purpose("friendly", ("due_on", *_DEBT)),
    "reminder": Purpose("friendly", _DEBT),
    "call": Purpose("firm", ("amount", "invoices"), True),
    "firm_letter": Purpose("firm", ("reply_by", *_DEBT)),
    "final_notice": Purpose("formal", ("reply_by", *_DEBT)),
    "demand": Purpose("formal", ("reply_by", *_DEBT)),
    "promise_confirmed": Purpose("friendly", ("promised_amount", "promised_on", "link", *_SIGNED)),
    "promise_broken": Purpose("firm", ("promised_amount", "promised_on", "link", *_SIGNED)),
    "payment_reported": Purpose("friendly", ("amount", "link", *_SIGNED)),
    "plan_offered": Purpose("friendly", ("amount", "instalments", "offer_until", "link", *_SIGNED)),
    "plan_accepted": Purpose("friendly", ("amount", "instalments", "link", *_SIGNED)),
    "plan_broken": Purpose("firm", ("amount", "reply_by", "link", *_SIGNED)),
    "instalment_due": Purpose("friendly", ("amount", "due_on", "link", *_SIGNED)),
    "dispute_received": Purpose("friendly", ("dispute_number", "dispute_amount", "link", *_SIGNED)),
    "dispute_decided": Purpose("formal", ("dispute_number", "dispute_answer", "link", *_SIGNED)),
    "receipt_thanks": Purpose("friendly", ("received_amount", "received_on", *_SIGNED)),
    "settlement_offered": Purpose("formal", ("amount", "offer_amount", "offer_until", "link", *_SIGNED)),
    "placement_notice": Purpose("formal", ("amount", "invoices", "agency_name", *_SIGNED)),
    "statement": Purpose("friendly", _DEBT),
}  # fmt: skip
"""Every purpose; steps of a strategy have theirs by the step's own code."""

SERVICE = frozenset(("courtesy", "receipt_thanks", "statement"))
"""Purposes that a reader may do without: their mails say how to get no more of them."""

STEP_PURPOSES = {"propose_demand": "demand", "propose_agency": "placement_notice"}
"""Steps whose words go by another name."""


def purpose_of(step: str) -> str:
    """The purpose of a step's words: its own code, but for steps that propose."""
    return STEP_PURPOSES.get(step, step)
