"""The words people read for codes: statuses, buckets, steps, segments, kinds of item. One code, one word."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from .credit_terms import BINDS, FACTS, ROLES
from .display import digits
from .policy_words import WORDS as POLICY_WORDS
from .strategy_words import CHANNELS

BUCKETS = ("current", "1-30", "31-60", "61-90", "90+")
INVOICE_DATE_BUCKETS = ("0-30", "31-60", "61-90", "90+")

STATUS: dict[str, Promise | str] = {
    "current": _("Current"),
    "due_soon": _("Due soon"),
    "0-30": _("0–30 days"),
    "1-30": _("1–30 days"),
    "31-60": _("31–60 days"),
    "61-90": _("61–90 days"),
    "90+": _("Over 90 days"),
    "contested": _("Contested"),
    "in_flight": _("Payment on its way"),
    "planned": _("On a plan"),
    "promised": _("Promised"),
    "hold": _("On hold"),
    "paused": _("Paused"),
    "settled": _("Settled"),
    "open": pgettext_lazy("status of an item", "Open"),
    "unapplied": _("Unapplied"),
    "insolvent": _("Insolvent"),
    "over_limit": _("Over limit"),
    # states of a promise
    "pending": _("Pending"),
    "kept": pgettext_lazy("promise", "Kept"),
    "part_kept": _("Part kept"),
    "broken": pgettext_lazy("promise", "Broken"),
    "withdrawn": _("Withdrawn"),
    "renegotiated": _("Renegotiated"),
    # a credit case and what the policy answered to it
    "decided": _("Decided"),
    "approved": pgettext_lazy("credit", "Approved"),
    "declined": pgettext_lazy("credit", "Declined"),
    "approve": pgettext_lazy("answer of the policy", "Approve"),
    "counter_offer": pgettext_lazy("answer of the policy", "Counter-offer"),
    "refer": pgettext_lazy("answer of the policy", "Refer"),
    "decline": pgettext_lazy("answer of the policy", "Decline"),
    "late_case": _("Time is up"),
    # lines, offers and cover
    "suspended": _("Suspended"),
    "cancelled": _("Cancelled"),
    "offered": _("Offered"),
    "completed": _("Completed"),
    "defaulted": _("Defaulted"),
    "overdue": _("Past its day"),
    "accepted": pgettext_lazy("offer", "Accepted"),
    "ended": _("Ended"),
    "lapsed": _("Lapsed"),
    # life of a policy version
    "draft": pgettext_lazy("policy", "Draft"),
    "submitted": pgettext_lazy("policy", "Waits for approval"),
    "in_force": pgettext_lazy("policy", "In force"),
    "superseded": pgettext_lazy("policy", "Superseded"),
    "to_come": pgettext_lazy("policy", "To come"),
    # orders on credit; approved and declined as a case
    "partly_approved": _("Approved in part"),
    "referred": _("Waits for a decision"),
    "captured": _("Captured"),
    "released": _("Given back"),
    "released_by_person": _("Released"),
    "expired": _("Expired"),
    # work of a run or an import
    "done": _("Done"),
    "running": _("Running"),
    "waiting": _("Waiting"),
    "failed": _("Failed"),
    "refused": _("Refused"),
    "warning": _("Please check"),
}

# The same colour and mark as another status.
LOOKS_LIKE = {
    "partly_approved": "part_kept",
    "referred": "warning",
    "captured": "done",
    "released": "current",
    "released_by_person": "kept",
    "expired": "hold",
    "0-30": "current",
    "paused": "hold",
    "settled": "done",
    "insolvent": "hold",
    "over_limit": "61-90",
    "open": "current",
    "unapplied": "in_flight",
    "pending": "promised",
    "withdrawn": "current",
    "renegotiated": "planned",
    "completed": "done",
    "defaulted": "refused",
    "overdue": "1-30",
    "running": "in_flight",
    "waiting": "current",
    "failed": "refused",
    "decided": "done",
    "approved": "done",
    "declined": "refused",
    "approve": "done",
    "counter_offer": "due_soon",
    "refer": "warning",
    "decline": "refused",
    "late_case": "1-30",
    "suspended": "hold",
    "cancelled": "refused",
    "offered": "due_soon",
    "accepted": "done",
    "ended": "current",
    "lapsed": "hold",
    "draft": "current",
    "submitted": "due_soon",
    "in_force": "done",
    "superseded": "current",
    "to_come": "planned",
}

STEPS: dict[str, Promise | str] = {
    "courtesy": _("Courtesy notice"),
    "reminder": _("Reminder"),
    "call": _("Call"),
    "firm_letter": _("Firm letter"),
    "final_notice": _("Final notice"),
    "propose_demand": _("Propose a demand letter"),
    "propose_agency": _("Propose an agency"),
}

WORK: dict[str, Promise | str] = STEPS | {"court_instalment": _("Court instalment missed")}
"""What a piece of work is about: a step of the ladder, or what a court's instalment brings."""

SEGMENTS: dict[str, Promise | str] = {
    "insolvent": _("Insolvent"),
    "too_new": _("Too new to say"),
    "disputing": _("Often disputes"),
    "cash_strapped": _("Short of cash"),
    "prompt": _("Pays on time"),
    "admin_slow": _("Slow paperwork"),
    "forgetful": _("Forgets"),
    "strategic": _("Late by habit"),
    "unclassified": _("No clear pattern"),
}

SEGMENT_REASONS = (
    _("An insolvency is recorded."),
    _("a promise was broken since the last call"),
    _("Fewer than five invoices have been paid so far."),
    _("A fifth or more of what was invoiced is disputed."),
    _("Pays in parts, breaks promises, or pays ten days later than before."),
    _("Pays within three days of the due date, with little spread."),
    _("Often asks for copies or purchase order numbers before paying."),
    _("Mostly pays within three days of a reminder."),
    _("Pays late by much the same time every time."),
)
"""The reasons of the standard strategy. A seller's own are shown as they were written."""

KINDS: dict[str, Promise | str] = {
    "invoice": _("Invoice"),
    "credit_note": _("Credit note"),
    "receipt": _("Receipt"),
    "late_fee": _("Late fee"),
    "late_interest": _("Late interest"),
    "charity": _("Charity undertaking"),
}


def word(code: str) -> str:
    """The word for any code; an unknown one is shown with spaces, never bare."""
    for table in (STATUS, WORK, SEGMENTS, KINDS):
        if code in table:
            return digits(str(table[code]))
    return code.replace("_", " ").capitalize()


def codes_said(text: str) -> str:
    """Codes of roles, facts or limit methods with commas between them, in words."""
    return gettext(", ").join(_code(one.strip()) for one in text.split(",") if one.strip())


def _code(code: str) -> str:
    for table in (ROLES, FACTS, BINDS, POLICY_WORDS, CHANNELS):
        if code in table:
            return str(table[code])
    return code.replace("_", " ")


def look(code: str) -> str:
    """The status whose colour and mark a code has."""
    return LOOKS_LIKE.get(code, code)
