"""The words of messages: purposes, tones, channels, states."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from openterms.core.base.money import Money

PURPOSES: dict[str, Promise | str] = {
    "welcome": _("Welcome"), "courtesy": _("Note before the due date"), "reminder": _("Reminder"),
    "call": _("Telephone script"), "firm_letter": _("Firm letter"), "final_notice": _("Final notice"),
    "demand": _("Demand letter"), "promise_confirmed": _("Promise confirmed"),
    "promise_broken": _("Promise not kept"), "payment_reported": _("Payment reported"),
    "plan_offered": _("Plan offered"), "plan_accepted": _("Plan accepted"), "plan_broken": _("Instalment missed"),
    "instalment_due": _("Instalment due"), "dispute_received": _("Dispute received"),
    "dispute_decided": _("Dispute decided"), "receipt_thanks": _("Thanks for a payment"),
    "settlement_offered": _("Settlement offered"), "placement_notice": _("Handed to an agency"),
    "statement": _("Statement"), "": _("Written by a person"),
}  # fmt: skip
TONES: dict[str, Promise | str] = {"friendly": _("Friendly"), "firm": _("Firm"), "formal": _("Formal")}
LANGUAGES: dict[str, Promise | str] = {"en": _("English"), "ar": _("Arabic")}
SEGMENTS: dict[str, Promise | str] = {
    "": _("Every segment"), "prompt": _("Prompt"), "admin_slow": _("Slow by administration"),
    "forgetful": _("Forgetful"), "strategic": _("Late on purpose"), "cash_strapped": _("Short of cash"),
    "disputing": _("Disputing"), "too_new": _("Too new"),
}  # fmt: skip
MARKS: Mapping[str, str] = {
    "queued": "waiting", "held": "hold", "sending": "waiting", "sent": "done", "delivered": "done",
    "bounced": "refused", "complained": "refused", "failed": "refused", "cancelled": "withdrawn", "dry": "withdrawn",
}  # fmt: skip
"""State -> the status whose mark and colour it has."""


def sample(seller_name: str, currency: str, today: date) -> dict[str, Any]:
    """Facts to look at a template with, for those that a customer's own record does not give."""
    due = today - timedelta(18)
    amount = Money(1_240_000, currency)
    return {
        "seller_name": seller_name, "person_name": "Sara Khan", "person_phone": "+44 20 7946 0000", "amount": amount,
        "due_on": due, "days_overdue": 18, "invoice_count": 1, "link": "https://pay.example/p/sample",
        "invoices": [{"number": "2026-0417", "due_on": due, "amount": amount}],
        "reply_by": today + timedelta(7), "promised_amount": amount, "promised_on": today + timedelta(5),
        "instalments": [{"due_on": today + timedelta(30 * n), "amount": Money(413_334, currency)} for n in (1, 2, 3)],
        "dispute_number": "D-112", "dispute_amount": Money(90_000, currency), "dispute_answer": "…",
        "received_amount": amount, "received_on": today, "offer_amount": Money(1_000_000, currency),
        "offer_until": today + timedelta(14), "agency_name": "…",
    }  # fmt: skip
