"""Who may do what with an application, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from openterms.apps.tenancy.actor import Actor
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.credit.application import Fault

from .models import Application

DECIDERS = ("credit_manager", "analyst")
MOST_STARTS_AN_HOUR = 20

NOT_A_DECIDER = Reason(
    "application_not_yours",
    gettext_noop("Your role does not decide applications."),
    remedy=gettext_noop("Ask a credit manager or a credit analyst."),
)
NOT_STARTED = Reason(
    "application_sent",
    gettext_noop("This application has been sent and cannot be changed."),
    gettext_noop("This application has been sent and cannot be changed."),
    gettext_noop("Write to us if something in it is wrong."),
)
EXPIRED = Reason(
    "application_expired",
    gettext_noop("The link of this application has expired."),
    gettext_noop("The link of this application has expired."),
    gettext_noop("Begin a new application."),
)
NOT_SUBMITTED = Reason(
    "application_not_waiting",
    gettext_noop("This application does not wait for a decision."),
    remedy=gettext_noop("Look at its state."),
)
TOO_MANY = Reason(
    "application_too_many",
    gettext_noop("Too many applications were begun from this address."),
    gettext_noop("Too many applications were begun from this address."),
    gettext_noop("Try again in an hour, or write to us."),
)
FORM_CLOSED = Reason(
    "application_form_closed",
    gettext_noop("No applications are taken at present."),
    gettext_noop("No applications are taken at present."),
    gettext_noop("Pay in advance, or ask us by mail."),
)
ANSWERED = Reason(
    "reference_answered",
    gettext_noop("This reference has been answered already."),
    gettext_noop("This reference has been answered already."),
    gettext_noop("Nothing more is needed."),
)
REFERENCE_EXPIRED = Reason(
    "reference_expired",
    gettext_noop("The link of this reference has expired."),
    gettext_noop("The link of this reference has expired."),
    gettext_noop("Ask who sent it for a new one."),
)


class Incomplete(BadInput):
    """What was sent has holes or faults: every one of them, each with its place."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(
            gettext_noop("Something is missing or not right"), "", gettext_noop("Look at the places that are marked")
        )


def require_decider(actor: Actor) -> None:
    """Only a credit manager or analyst decides; the product itself may, where a rule told it to."""
    if actor.role is not None and actor.role not in DECIDERS:
        raise Refused([NOT_A_DECIDER])


def require_open(application: Application, now: datetime) -> None:
    """Only what was not sent yet, and whose link lives, is filled in."""
    if application.state != Application.State.STARTED:
        raise Refused([NOT_STARTED])
    if application.expires_at <= now:
        raise Refused([EXPIRED])
