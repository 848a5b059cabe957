"""Sending a letter about a decision: its bytes are kept with the case, and the journal says to whom it went."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from openterms.apps.credit.application import files
from openterms.apps.credit.decision.models import CreditCase
from openterms.apps.journal.actions import record
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop

from .models import CreditLetter
from .reads import Due, letter_due

SENDERS = ("credit_manager", "analyst", "sales_director", "cfo", "board")
LANGUAGES = ("en", "ar")
MOST_REASON = 500

NOT_A_SENDER = Reason(
    "letter_not_yours",
    gettext_noop("Your role does not write to customers about credit."),
    remedy=gettext_noop("Ask a credit manager or a credit analyst."),
)
NOT_DECIDED = Reason(
    "letter_before_decision",
    gettext_noop("The case is not decided, so there is nothing to write."),
    remedy=gettext_noop("Decide the case first."),
)


def send_letter(
    seller: Seller, actor: Actor, case_id: UUID, language: str, sent_to: str, reasons: Sequence[str],
    paper: Callable[[CreditCase, Due, Sequence[str]], bytes], now: datetime,
) -> CreditLetter:  # fmt: skip
    """Keep a letter that goes to the customer now; `paper` sets it as PDF. The caller sends the mail after commit.

    Refused: another role, a case that is not decided. Errors: no such case, an address or language that cannot be, a
    refusal without reasons, more reasons than the policy tells.
    """
    if actor.role is not None and actor.role not in SENDERS:
        raise Refused([NOT_A_SENDER])
    told = _reasons(reasons)
    try:
        validate_email(sent_to)
    except ValidationError as error:
        raise BadInput(
            gettext_noop("This is not an e-mail address"), "sent_to", gettext_noop("Write it like name@company.com")
        ) from error
    if language not in LANGUAGES:
        raise BadInput(gettext_noop("This is none of the choices"), "language", gettext_noop("Choose one of the list"))
    with transaction.atomic():
        case = CreditCase.objects.filter(seller=seller, id=case_id).select_related("customer").first()
        if case is None:
            raise BadInput(gettext_noop("There is no such case"), "case")
        due = letter_due(case)
        if due is None:
            raise Refused([NOT_DECIDED])
        _require_reasons(due, told)
        content = paper(case, due, told)
        made = CreditLetter.objects.create(
            seller=seller, case=case, customer_id=case.customer_id, kind=due.kind, language=language, sent_to=sent_to,
            reasons=told, digest=files.store(content, "clean"), size=len(content), person_id=actor.user_id,
            person_name=actor.name, sent_at=now,
        )  # fmt: skip
        record(
            seller.id, actor, "case_letter_sent", "case", case.id, now, case.customer_id,
            {"kind": made.kind, "sent_to": sent_to, "digest": made.digest, "reasons": told, "language": language},
        )  # fmt: skip
    return made


def _reasons(given: Sequence[str]) -> list[str]:
    found = [text for one in given if (text := " ".join(one.replace("\0", "").split()))]
    if any(len(one) > MOST_REASON for one in found):
        raise BadInput(
            gettext_noop("This has more than %(most)s characters"), "reasons", gettext_noop("Make it shorter"),
            {"most": MOST_REASON},
        )  # fmt: skip
    return found


def _require_reasons(due: Due, told: Sequence[str]) -> None:
    """A refusal has reasons, and no more of them than the policy tells (FACTBOOK 8.1: specific and principal)."""
    most = due.policy.told.most_reasons
    if due.is_adverse and not told:
        raise BadInput(
            gettext_noop("A refusal needs its reasons"), "reasons",
            gettext_noop("Write the main reasons, one on a line"),
        )  # fmt: skip
    if len(told) > most:
        raise BadInput(
            gettext_noop("These are more than %(most)s reasons"), "reasons",
            gettext_noop("Keep those that weighed most"), {"most": most},
        )  # fmt: skip
