"""What the journal's events say to people: a title, a detail and the status whose colour they have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.collecting.escalation.models import MatterKind
from openterms.apps.collecting.proposal.models import ProposalKind
from openterms.apps.collecting.worklist.models import Activity, Outcome
from openterms.apps.messaging.page.models import PageRequest
from openterms.apps.receivables.dispute.models import Dispute, DisputeReason

from . import display, matter_words, words

TITLES: dict[str, Promise | str] = {
    "day_run": gettext_lazy("Day run"),
    "strategy_published": gettext_lazy("Strategy published"),
    "strategy_drafted": gettext_lazy("Strategy drafted"),
    "strategy_edited": gettext_lazy("Draft of the strategy edited"),
    "strategy_submitted": gettext_lazy("Strategy handed in"),
    "strategy_withdrawn": gettext_lazy("Draft of the strategy given up"),
    "outreach_sent": gettext_lazy("Run sent"),
    "outreach_planned": gettext_lazy("Run planned"),
    "outreach_lapsed": gettext_lazy("Run not released"),
    "outreach_timetable_set": gettext_lazy("Timetable of runs set"),
    "outreach_held_out": gettext_lazy("Kept out of a run"),
    "outreach_let_in": gettext_lazy("Let into the run again"),
    "event_task_done": gettext_lazy("Task of an event done"),
    "six_checks_answered": gettext_lazy("Six checks answered"),
    "experiment_drafted": gettext_lazy("Experiment written down"),
    "experiment_started": gettext_lazy("Experiment started"),
    "experiment_ended": gettext_lazy("Experiment ended"),
    "invoice_issued": gettext_lazy("Invoice issued"),
    "credit_note_issued": gettext_lazy("Credit note issued"),
    "billing_identity_changed": gettext_lazy("Billing details changed"),
    "billing_cycle_set": gettext_lazy("Billing cycle set"),
    "supply_gathered": gettext_lazy("Supply waits for its invoice"),
    "customer_added": gettext_lazy("Customer added"),
    "customer_changed": gettext_lazy("Customer changed"),
    "contact_added": gettext_lazy("Contact added"),
    "contact_changed": gettext_lazy("Contact changed"),
    "site_changed": gettext_lazy("Address changed"),
    "identifier_changed": gettext_lazy("Identifier changed"),
    "purchaser_changed": gettext_lazy("Purchaser changed"),
    "billing_changed": gettext_lazy("Billing profile changed"),
    "attachment_added": gettext_lazy("File added"),
    "note_added": gettext_lazy("Note"),
    "messages_queued": gettext_lazy("Messages written"),
    "messages_sent": gettext_lazy("Messages sent"),
    "messages_cancelled": gettext_lazy("Messages cancelled"),
    "messages_held": gettext_lazy("Messages held"),
    "messages_let_go": gettext_lazy("Messages let go"),
    "message_bounced": gettext_lazy("Message came back"),
    "message_failed": gettext_lazy("Message not delivered"),
    "message_complained": gettext_lazy("Message marked as unwanted"),
    "mailbox_changed": gettext_lazy("Mailbox changed"),
    "mailbox_switched_on": gettext_lazy("Mailbox switched on"),
    "mailbox_switched_off": gettext_lazy("Mailbox switched off"),
    "address_cleared": gettext_lazy("Address takes messages again"),
    "post_batch_made": gettext_lazy("Letters made ready for the post"),
    "page_link_made": gettext_lazy("Link to the personal page made"),
    "page_links_revoked": gettext_lazy("Links to the personal page ended"),
    "page_request_made": gettext_lazy("Request on the personal page"),
    "page_request_answered": gettext_lazy("Request answered"),
    "template_drafted": gettext_lazy("Template drafted"),
    "template_published": gettext_lazy("Template published"),
    "template_withdrawn": gettext_lazy("Template withdrawn"),
    "channel_set": gettext_lazy("Channel set up"),
    "channel_switched": gettext_lazy("Channel switched"),
    "channel_tried": gettext_lazy("Channel tested"),
    "invoice_posted": gettext_lazy("Invoice posted"),
    "credit_note_posted": gettext_lazy("Credit note posted"),
    "receipt_posted": gettext_lazy("Receipt posted"),
    "late_fee_posted": gettext_lazy("Late fee posted"),
    "late_interest_posted": gettext_lazy("Late interest posted"),
    "charity_posted": gettext_lazy("Charity undertaking posted"),
    "opening_posted": gettext_lazy("Opening balance brought over"),
    "allocated": gettext_lazy("Allocated"),
    "allocation_reversed": gettext_lazy("Allocation taken back"),
    "small_difference_posted": gettext_lazy("Small difference written off"),
    "refund_posted": gettext_lazy("Refunded"),
    "discount_posted": gettext_lazy("Discount given"),
    "dispute_opened": gettext_lazy("Dispute opened"),
    "dispute_closed": gettext_lazy("Dispute decided"),
    "dispute_withdrawn": gettext_lazy("Dispute withdrawn"),
    "dispute_case_opened": gettext_lazy("Dispute case opened"),
    "dispute_case_investigating": gettext_lazy("Dispute taken up"),
    "dispute_case_waiting": gettext_lazy("Dispute waits for the customer"),
    "dispute_case_assigned": gettext_lazy("Dispute given to a department"),
    "dispute_case_evidence": gettext_lazy("Evidence added"),
    "dispute_case_decided": gettext_lazy("Dispute decided"),
    "dispute_case_reopened": gettext_lazy("Dispute opened again"),
    "dispute_case_closed": gettext_lazy("Dispute closed"),
    "dispute_route_set": gettext_lazy("Route of disputes set"),
    "plan_offered": gettext_lazy("Plan offered"),
    "plan_accepted": gettext_lazy("Plan accepted"),
    "plan_declined": gettext_lazy("Plan declined"),
    "plan_withdrawn": gettext_lazy("Plan withdrawn"),
    "plan_expired": gettext_lazy("Offer of a plan expired"),
    "plan_completed": gettext_lazy("Plan completed"),
    "plan_defaulted": gettext_lazy("Plan defaulted"),
    "plan_cancelled": gettext_lazy("Plan cancelled"),
    "payment_reported": gettext_lazy("Payment reported by the customer"),
    "payment_arrived": gettext_lazy("Reported payment arrived"),
    "payment_not_found": gettext_lazy("Reported payment not found"),
    "payment_lapsed": gettext_lazy("Reported payment did not arrive"),
    "payment_withdrawn": gettext_lazy("Report of a payment taken back"),
    "promise_pending": gettext_lazy("Promise pending again"),
    "promise_made": gettext_lazy("Promise recorded"),
    "promise_kept": gettext_lazy("Promise kept"),
    "promise_part_kept": gettext_lazy("Promise kept in part"),
    "promise_broken": gettext_lazy("Promise broken"),
    "promise_withdrawn": gettext_lazy("Promise withdrawn"),
    "promise_renegotiated": gettext_lazy("Promise replaced"),
    "bureau_account_added": gettext_lazy("Bureau account added"),
    "bureau_account_changed": gettext_lazy("Bureau account changed"),
    "bureau_account_tried": gettext_lazy("Connection to a bureau tested"),
    "report_bought": gettext_lazy("Bureau report bought"),
    "report_not_bought": gettext_lazy("No bureau report bought"),
    "report_failed": gettext_lazy("Bureau gave no report"),
    "report_read": gettext_lazy("Bureau report read"),
    "reports_imported": gettext_lazy("Bureau reports taken in"),
    "dunning_paused": gettext_lazy("Dunning paused"),
    "dunning_resumed": gettext_lazy("Dunning resumed"),
    "consent_given": gettext_lazy("Consent given"),
    "consent_withdrawn": gettext_lazy("Consent taken back"),
    "debt_written_off": gettext_lazy("Debt written off"),
    "debt_recovered": gettext_lazy("Written-off debt recovered"),
    "agency_fee_booked": gettext_lazy("Fee of an agency booked"),
    "agency_paid_booked": gettext_lazy("Agency paid"),
    "court_cost_booked": gettext_lazy("Cost of a court or lawyer booked"),
    "allowance_booked": gettext_lazy("Allowance for losses changed"),
    "cost_reversed": gettext_lazy("Cost taken back"),
    "late_charges_booked": gettext_lazy("Late charges booked"),
    "late_charge_waived": gettext_lazy("Late charge waived"),
    "reference_rate_added": gettext_lazy("Reference rate added"),
    "hold_placed": gettext_lazy("Put on hold"),
    "hold_lifted": gettext_lazy("Hold lifted"),
    "line_set": gettext_lazy("Credit limit set"),
    "line_suspended": gettext_lazy("Line suspended"),
    "line_resumed": gettext_lazy("Line resumed"),
    "line_reduced": gettext_lazy("Limit reduced"),
    "line_extended": gettext_lazy("Last day of the line set"),
    "line_cancelled": gettext_lazy("Line cancelled"),
    "case_letter_mailed": gettext_lazy("Letter mailed"),
    "case_letter_not_mailed": gettext_lazy("Letter could not be mailed"),
    "case_letter_tried_again": gettext_lazy("Letter mailed again"),
    "lines_changed": gettext_lazy("Many lines changed"),
    "lines_change_confirmed": gettext_lazy("Change of many lines confirmed"),
    "lines_change_cancelled": gettext_lazy("Change of many lines cancelled"),
    "group_line_set": gettext_lazy("Limit of the group set"),
    "group_line_suspended": gettext_lazy("Line of the group suspended"),
    "group_line_resumed": gettext_lazy("Line of the group resumed"),
    "group_line_reduced": gettext_lazy("Limit of the group reduced"),
    "group_line_extended": gettext_lazy("Last day of the group's line set"),
    "group_line_cancelled": gettext_lazy("Line of the group cancelled"),
    "cover_added": gettext_lazy("Cover added"),
    "cover_ended": gettext_lazy("Cover ended"),
    "offer_made": gettext_lazy("Limit offered"),
    "offer_link_made": gettext_lazy("Link of an offer made"),
    "offer_accepted": gettext_lazy("Offer accepted"),
    "offer_declined": gettext_lazy("Offer declined"),
    "offer_withdrawn": gettext_lazy("Offer withdrawn"),
    "offer_expired": gettext_lazy("Offer expired"),
    "collector_assigned": gettext_lazy("Collector changed"),
    "assignment_rules_set": gettext_lazy("Rules of assignment set"),
    "absence_entered": gettext_lazy("Absence entered"),
    "absence_ended": gettext_lazy("Absence ended"),
    "passed_to_collecting": gettext_lazy("Passed to collecting"),
    "authority_delegated": gettext_lazy("Authority given to stand in"),
    "delegation_ended": gettext_lazy("Standing in ended"),
    "case_handed_on": gettext_lazy("Credit case handed on"),
    "case_approval_lapsed": gettext_lazy("Approval lapsed"),
    "policy_back_tested": gettext_lazy("Policy back-tested"),
    "override_taken_back": gettext_lazy("Override taken back"),
    "case_opened": gettext_lazy("Credit case opened"),
    "case_decided": gettext_lazy("Policy asked"),
    "case_facts_given": gettext_lazy("Facts given"),
    "case_recommended": gettext_lazy("Limit recommended"),
    "case_overridden": gettext_lazy("Policy overridden"),
    "case_agreed": gettext_lazy("First approval given"),
    "case_approved": gettext_lazy("Credit approved"),
    "case_rejected": gettext_lazy("Credit declined"),
    "case_escalated": gettext_lazy("Credit case escalated"),
    "case_taken": gettext_lazy("Credit case taken on"),
    "case_withdrawn": gettext_lazy("Credit case withdrawn"),
    "case_letter_sent": gettext_lazy("Letter about the decision sent"),
    "review_opened": gettext_lazy("Review opened"),
    "review_reason_added": gettext_lazy("Reason added to the review"),
    "review_begun": gettext_lazy("Case opened for the review"),
    "review_closed": gettext_lazy("Review answered"),
    "review_renewed": gettext_lazy("Limit renewed by the policy"),
    "review_dismissed": gettext_lazy("Review dismissed"),
    "attachment_dated": gettext_lazy("Validity of a file set"),
    "statement_recorded": gettext_lazy("Financial statement recorded"),
    "order_approved": gettext_lazy("Order approved"),
    "order_partly_approved": gettext_lazy("Order approved in part"),
    "order_referred": gettext_lazy("Order referred"),
    "order_declined": gettext_lazy("Order declined"),
    "authorisation_captured": gettext_lazy("Order captured"),
    "authorisation_invoiced": gettext_lazy("Order invoiced"),
    "authorisation_released": gettext_lazy("Order released"),
    "authorisation_extended": gettext_lazy("Order held for longer"),
    "authorisation_expired": gettext_lazy("Order expired"),
    "application_started": gettext_lazy("Application begun"),
    "application_saved": gettext_lazy("Application written on"),
    "application_file_added": gettext_lazy("File added to the application"),
    "application_file_removed": gettext_lazy("File taken out of the application"),
    "application_file_scanned": gettext_lazy("File of an application scanned"),
    "application_submitted": gettext_lazy("Application signed and sent"),
    "application_withdrawn": gettext_lazy("Application withdrawn"),
    "application_accepted": gettext_lazy("Application accepted"),
    "application_declined": gettext_lazy("Application declined"),
    "application_reopened": gettext_lazy("More asked of the applicant"),
    "application_checked": gettext_lazy("Registers asked about the application"),
    "application_form_changed": gettext_lazy("Application form changed"),
    "reference_asked": gettext_lazy("Reference asked again"),
    "reference_answered": gettext_lazy("Reference answered"),
    "policy_drafted": gettext_lazy("Policy drafted"),
    "policy_edited": gettext_lazy("Policy draft changed"),
    "policy_submitted": gettext_lazy("Policy submitted"),
    "policy_returned": gettext_lazy("Policy sent back"),
    "policy_published": gettext_lazy("Policy published"),
    "policy_withdrawn": gettext_lazy("Policy withdrawn"),
    "authorisation_billed": gettext_lazy("Order billed"),
    "order_released": gettext_lazy("Order released by a person"),
    "order_refused": gettext_lazy("Order refused by a person"),
    "order_overridden": gettext_lazy("Rules overridden for an order"),
    "api_key_added": gettext_lazy("API key made"),
    "api_key_revoked": gettext_lazy("API key revoked"),
    "call_logged": gettext_lazy("Call"),
    "email_logged": gettext_lazy("E-mail"),
    "letter_logged": gettext_lazy("Letter"),
    "visit_logged": gettext_lazy("Visit"),
    "note_logged": gettext_lazy("Note"),
    "activity_struck": gettext_lazy("Struck out"),
    "work_snoozed": gettext_lazy("Put off"),
    "work_woken": gettext_lazy("Back on the list"),
    "step_taken": gettext_lazy("Step done"),
    "mailbox_added": gettext_lazy("Mailbox added"),
    "mail_received": gettext_lazy("Reply received"),
    "reply_confirmed": gettext_lazy("Proposal of a reply confirmed"),
    "reply_rejected": gettext_lazy("Proposal of a reply rejected"),
}

STATUS = {
    "promise_made": "promised",
    "promise_kept": "kept",
    "promise_part_kept": "part_kept",
    "promise_broken": "broken",
    "dispute_opened": "contested",
    "hold_placed": "hold",
    "receipt_posted": "done",
}


DISPUTED = ("dispute_opened", "dispute_withdrawn")


def title(kind: str) -> str:
    """The words for a kind of event; an unknown kind is shown with spaces."""
    return str(TITLES.get(kind) or _of_matter(kind) or kind.replace("_", " ").capitalize())


def _of_matter(kind: str) -> str:
    """The title of a step of an escalation: which kind it is and what was done; empty for other events."""
    for matter, label in MatterKind.choices:
        step = kind.removeprefix(f"{matter}_")
        if step != kind and step in matter_words.STEPS:
            return _("%(matter)s: %(step)s") % {"matter": label, "step": matter_words.STEPS[step]}
    return ""


def status(kind: str) -> str:
    """The status whose colour an event has, or nothing."""
    return STATUS.get(kind, "")


def money(data: Mapping[str, Any], name: str = "amount_minor") -> str:
    """An amount of an event with its currency."""
    if data.get(name) is None or not data.get("currency"):
        return ""
    return f"{display.amount(int(data[name]), str(data['currency']))} {data['currency']}"


def detail(kind: str, data: Mapping[str, Any]) -> str:
    """What an event says beyond its title, in a line."""
    parts = [_told(kind, data)]
    parts += [str(data[name]) for name in ("reason", "note", "text") if data.get(name) and name not in _said(kind)]
    return " · ".join(part for part in dict.fromkeys(parts) if part)


def _said(kind: str) -> tuple[str, ...]:
    return ("reason",) if kind in DISPUTED else ("text",) if kind.endswith("_posted") else ()


def _told(kind: str, data: Mapping[str, Any]) -> str:
    if kind == "promise_made" or kind.startswith("promise_"):
        return _("%(amount)s for %(day)s") % {"amount": money(data), "day": _day(data.get("promised_for"))}
    if kind in DISPUTED:
        reason = dict(DisputeReason.choices).get(str(data.get("reason")), data.get("reason"))
        return f"{data.get('number', '')} {money(data)}, {reason}".strip()
    if kind == "day_run":
        return _day(data.get("date"))
    if kind == "dispute_closed":
        return str(dict(Dispute.Outcome.choices).get(str(data.get("outcome")), ""))
    if kind in ("report_bought", "report_read"):
        return f"{data.get('bureau')} {data.get('product')}, {_day(data.get('as_of'))}"
    if kind == "report_failed":
        return f"{data.get('account')}: {data.get('fault')}"
    if kind in ("line_set", "line_reduced", "group_line_set", "group_line_reduced"):
        return _line(data)
    if kind.startswith(("case_", "offer_")):
        answer = words.word(str(data["outcome"])) if data.get("outcome") else ""
        return " ".join(part for part in (answer, money(data, "limit_minor")) if part)
    if kind.endswith("_logged") or kind == "activity_struck":
        outcome = dict(Outcome.choices).get(str(data.get("outcome")), "")
        what = KINDS_OF_ACTIVITY.get(str(data.get("kind")), "")
        back = _("back on %(day)s") % {"day": _day(data.get("next_on"))} if data.get("next_on") else ""
        return ", ".join(str(part) for part in (what, data.get("person_reached"), outcome, back) if part)
    if kind == "mail_received":
        return ": ".join(str(data[name]) for name in ("name", "subject") if data.get(name))
    if kind in ("reply_confirmed", "reply_rejected"):
        return str(dict(ProposalKind.choices).get(str(data.get("proposal")), ""))
    if kind == "collector_assigned":
        return f"{data.get('before') or '–'} → {data.get('after')}"
    if kind.startswith("absence_"):
        return f"{data.get('collector')} → {data.get('cover')}"
    if kind.startswith("page_"):
        return str(data.get("contact") or dict(PageRequest.Kind.choices).get(str(data.get("kind")), ""))
    if kind == "work_snoozed":
        return _("until %(day)s") % {"day": _day(data.get("until"))}
    if kind == "step_taken":
        return words.word(str(data.get("step") or ""))
    if kind == "allocated":
        numbers = ", ".join(str(number) for number in data.get("items", ())[:3])
        return _("%(amount)s to %(numbers)s") % {"amount": money(data), "numbers": numbers}
    if kind == "customer_changed":
        return ", ".join(changed(name) for name in data.get("after", {}))
    if kind.startswith("policy_"):
        return _policy(data)
    if "name" in data:
        return str(data["name"])
    return " ".join(part for part in (str(data.get("number") or ""), money(data)) if part)


def _policy(data: Mapping[str, Any]) -> str:
    """Which version, and from when on it holds where it was published."""
    if not data.get("effective_from"):
        return f"{data.get('policy', '')} {data.get('name', '')}".strip()
    return _("%(policy)s from %(day)s on") % {"policy": data.get("policy"), "day": _day(data["effective_from"])}


CHANGED: dict[str, Promise | str] = {
    "name": gettext_lazy("name"),
    "country": gettext_lazy("country"),
    "currency": gettext_lazy("currency"),
    "locale": gettext_lazy("language"),
    "timezone": gettext_lazy("time zone"),
    "terms": gettext_lazy("payment terms"),
    "collector_id": gettext_lazy("collector"),
    "group_id": gettext_lazy("group"),
    "is_sole_trader": gettext_lazy("sole trader"),
    "insolvent_on": gettext_lazy("insolvency"),
    "paused_until": gettext_lazy("pause of dunning"),
}


def changed(name: str) -> str:
    """The words for a column that was changed."""
    return str(CHANGED.get(name) or name.replace("_", " "))


def _line(data: Mapping[str, Any]) -> str:
    def said(value: Any) -> str:
        if value == "unlimited":
            return _("unlimited")
        if value is None:
            return _("no limit")
        return f"{display.amount(int(value), str(data['currency']))} {data['currency']}"

    return _("from %(before)s to %(after)s") % {"before": said(data.get("before")), "after": said(data.get("after"))}


def _day(text: Any) -> str:
    try:
        return display.day(date.fromisoformat(str(text)))
    except ValueError:
        return ""


KINDS_OF_ACTIVITY = dict(Activity.Kind.choices)
