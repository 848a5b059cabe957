"""Answer the six checks before a customer is escalated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction

from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Customer
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import Refused
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.collecting.checks import CheckAnswer, checked

from .models import SixChecks
from .reads import against_escalating, latest

ANSWERERS = ("credit_manager", "collector", "analyst")
NOT_FOR_ROLE = Reason("checks_not_for_role", gettext_noop("The role of %(name)s does not answer the six checks."))


def answer_checks(
    seller: Seller, actor: Actor, customer: Customer, answers: Mapping[str, CheckAnswer], on: date, now: datetime
) -> SixChecks:
    """Record the answers to all six checks about a customer. Refused: the role. Errors: a check without an answer."""
    if actor.role is not None and actor.role not in ANSWERERS:
        raise Refused([NOT_FOR_ROLE.given(name=actor.name)])
    return _keep(seller, actor, customer, answers, on, now)


def _keep(
    seller: Seller, actor: Actor, customer: Customer, answers: Mapping[str, CheckAnswer], on: date, now: datetime
) -> SixChecks:
    found = checked(answers)
    plain = {code: {"answer": one.answer, "note": one.note} for code, one in found.items()}
    with transaction.atomic():
        made = SixChecks.objects.create(
            seller=seller, customer=customer, answers=plain, answered_on=on, answered_by_id=actor.user_id
        )
        record(seller.id, actor, "six_checks_answered", "six_checks", made.id, now, customer.id, {"answers": plain})
    return made


def settle_checks(
    seller: Seller, actor: Actor, customer: Customer, answers: Mapping[str, CheckAnswer], on: date, now: datetime
) -> dict[str, object]:
    """What an escalation keeps of the six checks: those answered with it, else the fresh ones on record.

    The row that holds them, and the answers, for the step's data. Who escalates may answer. Refused: none are fresh and
    none are given. Errors: a check without an answer.
    """
    if answers:
        made: SixChecks | None = _keep(seller, actor, customer, answers, on, now)
    else:
        missing = against_escalating(seller, customer.id, on)
        if missing is not None:
            raise Refused([missing])
        made = latest(seller, customer.id, on)
    assert made is not None
    return {"six_checks": str(made.id), "checks": made.answers}
