"""The mails of letters: sent once they are kept, and again by the worker where the mail server did not take them.

A try is noted before it is made, so that two who send at once send once; a process that ends between the server's yes
and our note sends once more, under the same Message-ID.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet

from openterms.apps.credit.application import files
from openterms.apps.journal.actions import record
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.context import acting
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop

from .actions import NOT_A_SENDER, SENDERS
from .models import CreditLetter, LetterMail

WAITS_MINUTES = (5, 15, 60, 240, 720)
"""After each try that failed; after one more the mail has failed."""
MOST_AT_ONCE = 100

State = LetterMail.State

NOT_FAILED = Reason(
    "mail_not_failed",
    gettext_noop("The mail of this letter has been sent, or is being tried."),
    remedy=gettext_noop("Send a new letter where this one did not arrive."),
)


def keep_mail(letter: CreditLetter, subject: str, text: str, file_name: str, now: datetime) -> LetterMail:
    """Keep the mail of a letter, to be sent after this transaction. A letter has one."""
    return LetterMail.objects.create(
        seller_id=letter.seller_id, letter=letter, subject=" ".join(subject.split())[:200], text=text[:4000],
        file_name=file_name[:120], next_at=now,
    )  # fmt: skip


def claim(seller: Seller, mail_id: UUID, now: datetime) -> LetterMail | None:
    """Note that a mail is tried now; None where it is not due, or somebody else is at it."""
    with transaction.atomic():
        due = LetterMail.objects.select_for_update(skip_locked=True).filter(seller=seller, state=State.WAITING)
        mail = due.filter(id=mail_id, next_at__lte=now).first()
        if mail is not None:
            wait = WAITS_MINUTES[min(mail.tries, len(WAITS_MINUTES) - 1)]
            mail.tries, mail.next_at = mail.tries + 1, now + timedelta(minutes=wait)
            mail.save(update_fields=["tries", "next_at"])
    return mail


def note(seller: Seller, mail_id: UUID, fault: str, now: datetime) -> LetterMail:
    """Keep how a try went: taken by the mail server (no `fault`), or not. The last try that fails is in the journal."""
    with transaction.atomic():
        mail = _locked(seller, mail_id).get()
        if mail.state != State.WAITING:
            return mail
        mail.fault = fault[:200]
        if not fault:
            mail.state, mail.sent_at = State.SENT, now
        elif mail.tries > len(WAITS_MINUTES):
            mail.state = State.FAILED
        mail.save(update_fields=["fault", "state", "sent_at"])
        if mail.state != State.WAITING:
            letter = mail.letter
            kind = "case_letter_mailed" if mail.state == State.SENT else "case_letter_not_mailed"
            record(
                seller.id, SYSTEM, kind, "case", letter.case_id, now, letter.customer_id,
                {"sent_to": letter.sent_to, "digest": letter.digest, "tries": mail.tries, "fault": mail.fault},
            )  # fmt: skip
    return mail


def try_again(seller: Seller, actor: Actor, mail_id: UUID, now: datetime) -> LetterMail:
    """Let a mail that failed be tried as if for the first time. Refused: another role, one that has not failed.
    Errors: none such."""
    if actor.role is not None and actor.role not in SENDERS:
        raise Refused([NOT_A_SENDER])
    with transaction.atomic():
        mail = _locked(seller, mail_id).first()
        if mail is None:
            raise BadInput(gettext_noop("There is no such mail"), "mail")
        if mail.state != State.FAILED:
            raise Refused([NOT_FAILED])
        mail.state, mail.tries, mail.next_at, mail.fault = State.WAITING, 0, now, ""
        mail.save(update_fields=["state", "tries", "next_at", "fault"])
        record(
            seller.id, actor, "case_letter_tried_again", "case", mail.letter.case_id, now, mail.letter.customer_id,
            {"sent_to": mail.letter.sent_to, "digest": mail.letter.digest},
        )  # fmt: skip
    return mail


def _locked(seller: Seller, mail_id: UUID) -> QuerySet[LetterMail]:
    """A mail with its letter, under the mail's lock alone: a letter never changes."""
    found = LetterMail.objects.select_for_update(of=("self",)).select_related("letter")
    return found.filter(seller=seller, id=mail_id)


def send_due(seller: Seller, now: datetime, only: UUID | None = None) -> int:
    """Send the mails that are due, or `only` one; returns how many the mail server took. No transaction is open while
    it is asked. Outside any transaction."""
    with acting(seller.id):
        due = LetterMail.objects.filter(seller=seller, state=State.WAITING, next_at__lte=now)
        wanted = [only] if only else list(due.order_by("next_at").values_list("id", flat=True)[:MOST_AT_ONCE])
    return sum(_sent(seller, one, now) for one in wanted)


def _sent(seller: Seller, mail_id: UUID, now: datetime) -> bool:
    with acting(seller.id):
        mail = claim(seller, mail_id, now)
        letter = CreditLetter.objects.get(id=mail.letter_id) if mail else None
    if mail is None or letter is None:
        return False
    fault = _fault_of(mail, letter)
    with acting(seller.id):
        return note(seller, mail_id, fault, now).state == State.SENT


def _fault_of(mail: LetterMail, letter: CreditLetter) -> str:
    """Give it to the mail server; what went wrong, or nothing."""
    content = files.content_of(letter.digest, "clean")
    if content is None:
        return "the letter's file is missing"
    message = EmailMessage(
        mail.subject, mail.text, to=[letter.sent_to], headers={"Message-ID": f"<{mail.id}@letters.openterms>"}
    )
    message.attach(mail.file_name, content, "application/pdf")
    try:
        message.send()
    except OSError as error:  # smtplib's errors are OSErrors
        return f"{type(error).__name__}: {error}"
    return ""
