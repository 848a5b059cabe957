"""Why an act on a customer is refused. Texts are message ids; the doors translate them and fill in the places."""

from __future__ import annotations

from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.collecting import step_reasons

INSOLVENT = step_reasons.INSOLVENT
PAUSED = step_reasons.PAUSED
CONTESTED = step_reasons.CONTESTED
IN_FLIGHT = step_reasons.IN_FLIGHT
PLANNED = step_reasons.PLANNED
PROMISED = step_reasons.PROMISED
NOTHING_COLLECTABLE = step_reasons.NOTHING_OPEN

HARDSHIP = Reason(
    "hardship",
    gettext_noop("Hardship is recorded: nothing is demanded of this customer now."),
    gettext_noop("We have noted that paying is hard for you at present; we ask for nothing meanwhile."),
    gettext_noop("Offer instalments, or wait until the pause for hardship ends."),
)
DO_NOT_CONTACT = Reason(
    "do_not_contact",
    gettext_noop("This person has asked not to be contacted."),
    remedy=gettext_noop("Choose another contact of the customer."),
)
NO_CONTACT = Reason(
    "no_contact",
    gettext_noop("Nobody at this customer can be contacted."),
    remedy=gettext_noop("Add a contact with an address or a telephone number."),
)
PLACED = Reason(
    "placed",
    gettext_noop("A collection agency follows this up: no contact of our own."),
    gettext_noop("A collection agency acts for us in this; please speak to it."),
    gettext_noop("Recall the placement first."),
)
IN_COURT = Reason(
    "in_court",
    gettext_noop("A legal case is under way: speak through the lawyer."),
    remedy=gettext_noop("Ask the lawyer, or close the legal case."),
)
CREDIT_COVERS = Reason(
    "credit_covers",
    gettext_noop("Money or credit that has arrived and is not applied covers what is collectable."),
    gettext_noop("We have your payment and are booking it."),
    gettext_noop("Apply the receipt or the credit note first."),
)
MORE_THAN_COLLECTABLE = Reason(
    "more_than_collectable",
    gettext_noop("The amount is more than what is collectable."),
    remedy=gettext_noop("Take at most what is open, not claimed and not covered by credit."),
)
AMOUNT_UNKNOWN = Reason(
    "amount_unknown",
    gettext_noop("It is not known what is collectable."),
    remedy=gettext_noop("Name the items that the act is for."),
)
NO_CONSENT = Reason(
    "no_consent",
    gettext_noop("This channel needs the customer's consent, and none is recorded."),
    remedy=gettext_noop("Record the consent, or choose another channel."),
)
OUTSIDE_HOURS = Reason(
    "outside_hours",
    gettext_noop("It is outside the permitted hours where the contact is."),
    remedy=gettext_noop("Wait for the permitted hours."),
)
REST_DAY = Reason(
    "rest_day",
    gettext_noop("It is a weekly day of rest where the contact is."),
    remedy=gettext_noop("Wait for the next working day there."),
)
HOLIDAY = Reason(
    "holiday",
    gettext_noop("It is a public holiday where the contact is."),
    remedy=gettext_noop("Wait for the next working day there."),
)
TOO_OFTEN = Reason(
    "too_often",
    gettext_noop("This customer and its group were contacted as often as is permitted."),
    remedy=gettext_noop("Wait until earlier contacts are long enough ago."),
)
TOO_SOON = Reason(
    "too_soon",
    gettext_noop("The last contact of this kind was too recent."),
    remedy=gettext_noop("Wait for the least number of days between contacts."),
)
SPOKEN = Reason(
    "spoken_recently",
    gettext_noop("Somebody spoke with this customer a few days ago."),
    remedy=gettext_noop("Wait for the least number of days after a conversation."),
)
NO_NOTICE = Reason(
    "notice_not_given",
    gettext_noop("The final notice is missing, or its time to answer has not passed."),
    remedy=gettext_noop("Send a final notice and wait for its time to answer."),
)
TIME_BARRED = Reason(
    "time_barred",
    gettext_noop("The claim is time-barred."),
    remedy=gettext_noop("Ask a lawyer, or write it off."),
)
AUTHORITY_SHORT = Reason(
    "authority_short",
    gettext_noop("The amount is beyond your authority."),
    remedy=gettext_noop("Ask somebody with the authority for this amount."),
)
OWN_REQUEST = Reason(
    "own_request",
    gettext_noop("Nobody approves a request of their own."),
    remedy=gettext_noop("Ask another person to approve it."),
)

ALL = (
    INSOLVENT, HARDSHIP, PAUSED, DO_NOT_CONTACT, NO_CONTACT, PLACED, IN_COURT, CONTESTED, IN_FLIGHT, PLANNED, PROMISED,
    NOTHING_COLLECTABLE, CREDIT_COVERS, MORE_THAN_COLLECTABLE, AMOUNT_UNKNOWN, NO_CONSENT, OUTSIDE_HOURS, REST_DAY,
    HOLIDAY, TOO_OFTEN, TOO_SOON, SPOKEN, NO_NOTICE, TIME_BARRED, AUTHORITY_SHORT, OWN_REQUEST,
)  # fmt: skip
"""Every reason, for the catalogue and the docs."""
