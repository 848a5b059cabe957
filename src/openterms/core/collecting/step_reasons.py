"""Why an item gets its step, or none. Texts are message ids; the doors translate them and fill in the places."""

from __future__ import annotations

from openterms.core.base.reasons import Reason, gettext_noop

STEP_OWED = Reason("step_owed", gettext_noop("Due from day %(day)s; the item is at day %(days_overdue)s."))
STEP_OWED_AGAIN = Reason("step_owed_again", gettext_noop("The step %(step)s is due again: %(because)s."))

INSOLVENT = Reason(
    "insolvent",
    gettext_noop("An insolvency is recorded: no dunning."),
    remedy=gettext_noop("File the claim with the administrator."),
)
PAUSED = Reason(
    "paused", gettext_noop("Dunning is paused for this customer or this item."),
    remedy=gettext_noop("Wait, or end the pause."),
)
CONTESTED = Reason(
    "contested",
    gettext_noop("What is open is contested."),
    gettext_noop("You have contested this item; we are looking into it."),
    gettext_noop("Resolve the dispute."),
)
IN_FLIGHT = Reason(
    "in_flight", gettext_noop("Money for what is open is on its way."), remedy=gettext_noop("Wait until it is booked.")
)
PLANNED = Reason(
    "planned", gettext_noop("What is open is covered by a payment plan."), remedy=gettext_noop("Follow the plan.")
)
PROMISED = Reason(
    "promised", gettext_noop("What is open is promised."), remedy=gettext_noop("Wait for the promised date.")
)
NOTHING_OPEN = Reason("nothing_collectable", gettext_noop("Nothing is collectable on this item."))

ALREADY_TAKEN = Reason("already_taken", gettext_noop("The item stands at the step %(step)s."))
BELOW_MINIMUM = Reason("below_minimum", gettext_noop("The amount is below the minimum for the step %(step)s."))
NOT_MATERIAL = Reason(
    "not_material", gettext_noop("What is collectable from the customer is too little for the strategy to act on.")
)
NOT_ITS_TURN = Reason(
    "not_its_turn", gettext_noop("The step %(step)s waits until the step before it has been taken and left its time.")
)
AWAITS = Reason(
    "awaits_step",
    gettext_noop("The step %(step)s waits until %(days)s days after the step %(awaited)s, not taken yet."),
)
WAITS = Reason(
    "waits_after_step",
    gettext_noop("The step %(step)s waits: %(since)s of %(days)s days have passed since the step %(awaited)s."),
)
CONDITION = Reason("condition", gettext_noop("The condition of the step %(step)s does not hold: %(because)s."))
TOO_EARLY = Reason(
    "too_early", gettext_noop("The step %(step)s comes on day %(day)s; the item is at day %(days_overdue)s.")
)
LINE_CANCELLED = Reason(
    "line_cancelled_overdue", gettext_noop("The credit line was cancelled while something was overdue.")
)
LADDER_DONE = Reason("ladder_done", gettext_noop("Every step of the strategy has been taken."))
COURT_INSTALMENT_MISSED = Reason(
    "court_instalment_missed",
    gettext_noop("%(missed_minor)s of an instalment that a court allowed in %(matter)s was due on %(due_on)s."),
    remedy=gettext_noop("Ask for it, or enforce the judgment."),
)

ALL = (
    STEP_OWED, STEP_OWED_AGAIN, INSOLVENT, PAUSED, CONTESTED, IN_FLIGHT, PLANNED, PROMISED, NOTHING_OPEN, ALREADY_TAKEN,
    BELOW_MINIMUM, NOT_MATERIAL, NOT_ITS_TURN, AWAITS, WAITS, CONDITION, TOO_EARLY, LADDER_DONE,
    LINE_CANCELLED, COURT_INSTALMENT_MISSED,
)  # fmt: skip
"""Every reason, for the catalogue and the docs."""
