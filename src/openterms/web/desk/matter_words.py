"""Escalations in words: the inputs of a comparison, its sources, steps, and what may be done in which state."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

INPUTS = {
    "claim_minor": _("What may be collected"), "settlement_minor": _("What the customer offers"),
    "settle_bp": _("Chance that the settlement is paid"), "settle_months": _("Months until it is paid"),
    "precedent_minor": _("Cost of the precedent"), "agency_bp": _("Share that an agency collects"),
    "agency_fee_bp": _("Fee of the agency"), "agency_months": _("Months the agency takes"),
    "agency_cost_minor": _("Cost of placing"), "win_bp": _("Chance to win in court"),
    "collect_bp": _("Chance that a judgment is paid"), "awarded_minor": _("Costs the customer would bear"),
    "own_costs_minor": _("Own costs from now on"), "adverse_minor": _("Costs if we lose"),
    "sue_months": _("Months until the court's money comes"), "relief_minor": _("VAT that comes back"),
    "relief_months": _("Months until the VAT comes back"), "rate_bp": _("Yearly rate for later money"),
}  # fmt: skip
CHOICES = {"settle": _("Settle"), "place": _("Place with an agency"), "sue": _("Sue"), "write_off": _("Write off")}
SOURCES = {
    "history": _("own history"), "late_payments": _("own late payments"), "survey": _("published survey"),
    "record": _("on record"), "assumed": _("assumed, nobody has said"), "entered": _("entered by a person"),
}  # fmt: skip
STEPS = {
    "compare": _("Compared"), "propose": _("Proposed"), "decide": _("Decided"), "withdraw": _("Withdrawn"),
    "issue": _("Issued"), "print": _("Letter kept"), "deliver": _("Delivered"), "offer": _("Offered"),
    "accept": _("Accepted"), "decline": _("Declined"), "expire": _("Expired"), "pay": _("Paid"), "break": _("Broken"),
    "place": _("Placed"), "acknowledge": _("Acknowledged"), "recall": _("Recalled"), "close": _("Closed"),
    "payment": _("Payment through the agency"), "direct_payment": _("Payment past the agency"),
    "fee_paid": _("Fee paid"), "sue": _("Case opened"), "file": _("Filed"), "serve": _("Served"),
    "defence": _("Defence received"), "hearing": _("Hearing"), "judgment": _("Judgment"), "enforce": _("Enforcement"),
    "stay": _("Stayed"), "resume": _("Resumed"), "acknowledgement": _("Debt acknowledged"), "cost": _("Cost paid"),
    "record": _("Insolvency recorded"), "prove": _("Debt proved"), "dividend": _("Dividend"),
    "dismiss": _("Proceedings dismissed"), "trace": _("Search begun"), "look": _("Source asked"),
    "found": _("Found"), "give_up": _("Given up"), "book": _("Written off"), "take_back": _("Taken back"),
    "recover": _("Recovered"), "send": _("Queued to be sent"), "bounce": _("Came back"),
    "miss": _("Instalment missed"), "returned": _("Money taken back"), "unrecover": _("Recovery taken back"),
}  # fmt: skip
PROOFS = {
    "registered": _("Registered letter"), "courier": _("Courier"), "bailiff": _("Bailiff or process server"),
    "email_receipt": _("E-mail with receipt"), "by_hand": _("By hand, signed for"),
}  # fmt: skip
WAYS = {"email": _("E-mail, the letter attached"), "post": _("Next batch of post")}
CONSEQUENCES = {
    "agency": _("Collection agency"), "court": _("Court"), "insurer": _("Credit insurer"),
    "retention": _("Retention of title"), "bureau": _("Credit bureau"),
}  # fmt: skip
KEPT = {
    "kept": _("Kept"), "part_kept": _("Kept in part"), "missed": _("Missed"), "to_come": _("To come"),
}  # fmt: skip
ANSWERS = (("yes", _("Yes")), ("no", _("No")), ("not_needed", _("Not needed")))
AGAINST = (("loss_allowance", _("The allowance")), ("bad_debts", _("This year's result")))
VERBS = {
    "review": {"decide": ("open",), "approve": ("proposed",), "inputs": ("open", "proposed"),
               "withdraw": ("open", "proposed")},
    "demand": {"send": ("issued", "delivered"), "deliver": ("issued",), "withdraw": ("issued", "delivered")},
    "settlement": {"approve": ("proposed",), "accept": ("offered",), "decline": ("offered",),
                   "withdraw": ("proposed", "offered")},
    "placement": {"approve": ("proposed",), "acknowledge": ("placed",), "decline": ("placed",),
                  "payment": ("placed", "acknowledged", "recalled", "closed"),
                  "fee": ("placed", "acknowledged", "recalled", "closed"),
                  "recall": ("proposed", "placed", "acknowledged"), "close": ("placed", "acknowledged")},
    "legal": {"approve": ("proposed",), "milestone": ("open", "filed", "judgment", "enforcing", "stayed"),
              "cost": ("open", "filed", "judgment", "enforcing", "stayed"), "judgment": ("open", "filed", "stayed"),
              "close": ("proposed", "open", "filed", "judgment", "enforcing", "stayed")},
    "insolvency": {"prove": ("open", "filed"), "dividend": ("open", "filed"), "close": ("open", "filed"),
                   "dismiss": ("open", "filed")},
    "tracing": {"look": ("open",), "found": ("open",), "give_up": ("open",)},
    "write_off": {"approve": ("proposed",), "decline": ("proposed",), "recover": ("booked",),
                  "unrecover": ("booked",), "take_back": ("booked",)},
}  # fmt: skip
"""What may be done with a matter, by kind: the verb and the states in which it makes sense."""
LABELS = {
    "inputs": _("Change the inputs"), "decide": _("Decide"), "approve": _("Approve"), "withdraw": _("Withdraw"),
    "send": _("Send"), "deliver": _("Record delivery"), "accept": _("Record acceptance"), "decline": _("Decline"),
    "acknowledge": _("Record acknowledgement"), "payment": _("Record a payment"), "fee": _("Pay the agency"),
    "recall": _("Recall"), "close": _("Close"), "milestone": _("Record a milestone"), "cost": _("Record a cost"),
    "judgment": _("Record the judgment"), "prove": _("Record the proof of debt"), "dividend": _("Record a dividend"),
    "dismiss": _("Record the dismissal"), "look": _("Record what a source said"), "found": _("Record where they are"),
    "give_up": _("Give up the search"), "recover": _("Record a recovery"), "take_back": _("Take the write-off back"),
    "unrecover": _("Take a recovery back"),
}  # fmt: skip
