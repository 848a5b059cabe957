"""What staff do with applications: settings of the form, accept, decline, ask for more, keep what registers said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from openterms.apps.journal.actions import record
from openterms.apps.parties.actions import add_attachment, add_contact, add_customer, keep_part
from openterms.apps.parties.models import Customer, Identifier
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.formats.registers.answers import Answer

from . import files
from .casework import begin_case
from .entering import new_link
from .models import (
    Application,
    ApplicationAcceptance,
    ApplicationCheck,
    ApplicationFile,
    ApplicationForm,
    ApplicationReference,
)
from .registers import Inquiry
from .rules import ANSWERED, NOT_SUBMITTED, require_decider

FORM_KEEPERS = ("admin", "credit_manager")
NOT_A_KEEPER = Reason(
    "application_form_not_yours",
    gettext_noop("Your role does not change the application form."),
    remedy=gettext_noop("Ask an administrator or a credit manager."),
)
DECIDED_AS: dict[str, str] = {
    Application.State.ACCEPTED.value: gettext_noop("%(name)s has accepted this application."),
    Application.State.DECLINED.value: gettext_noop("%(name)s has declined this application."),
}
MOST_AGREEMENT = 40_000
NUMBERS = ("vat", "lei", "duns", "register", "tax")


def set_form(
    seller: Seller, actor: Actor, is_open: bool, agreement: Mapping[str, str], valid_days: int, now: datetime
) -> ApplicationForm:
    """Open or close a seller's public form; its agreement by language (empty is the standard text).

    Refused: another role. Errors: a link of less than a day or more than a year, a text that is too long.
    """
    if actor.role is not None and actor.role not in FORM_KEEPERS:
        raise Refused([NOT_A_KEEPER])
    if not 1 <= valid_days <= 365:
        raise BadInput(gettext_noop("A link lives 1 to 365 days"), "valid_days", gettext_noop("Give such a number"))
    texts = {language: text.replace("\r\n", "\n").strip() for language, text in agreement.items() if text.strip()}
    if any(len(text) > MOST_AGREEMENT for text in texts.values()):
        raise BadInput(gettext_noop("The agreement is too long"), "agreement", gettext_noop("Make it shorter"))
    with transaction.atomic():
        form, _made = ApplicationForm.objects.select_for_update().get_or_create(
            seller=seller, defaults={"code": seller.code}
        )
        form.is_open, form.agreement, form.valid_days = is_open, texts, valid_days
        form.save(update_fields=["is_open", "agreement", "valid_days"])
        record(
            seller.id, actor, "application_form_changed", "application_form", form.id, now, None,
            {"is_open": is_open, "valid_days": valid_days, "languages": sorted(texts)},
        )  # fmt: skip
    return form


def accept(
    seller: Seller, actor: Actor, application_id: UUID, now: datetime, customer: Customer | None = None,
    number: str = "", note: str = "",
) -> Application:  # fmt: skip
    """Accept an application for an existing customer, or for a new one under `number`, in one transaction.

    Grants no credit by itself: the credit case that it opens (`casework.begin_case`) is decided by the policy. Refused:
    another role, not waiting; busy. Errors: a taken number.
    """
    require_decider(actor)
    with transaction.atomic():
        row = _waiting(seller, application_id)
        if customer is None:
            customer = _new_customer(seller, actor, row, number, now)
        _keep_numbers(actor, row, customer, now)
        for one in ApplicationFile.objects.filter(application=row, state__in=("clean", "unscanned")):
            add_attachment(customer, actor, one.name, one.media_type, one.size, one.digest, now)
        for signed in ApplicationAcceptance.objects.filter(application=row).exclude(paper_hash="").order_by("id"):
            name = f"agreement-{row.number}.pdf"
            add_attachment(customer, actor, name, "application/pdf", signed.paper_size, signed.paper_hash, now)
        row.customer = customer
        _decide(row, actor, Application.State.ACCEPTED, "", note, now)
        record(
            seller.id, actor, "application_accepted", "application", row.id, now, customer.id,
            {"number": row.number, "name": row.name, "customer": customer.number},
        )  # fmt: skip
        begin_case(row, customer, actor, now)
    return row


def _new_customer(seller: Seller, actor: Actor, row: Application, number: str, now: datetime) -> Customer:
    said, contact = row.answers.get("company") or {}, row.answers.get("contact") or {}
    made = add_customer(
        seller, actor, number.strip(), str(said.get("legal_name", "")), str(said.get("country", "")), now,
        currency=row.currency, created_on=local_date(now, seller.timezone), locale=row.language,
        is_sole_trader=said.get("legal_form") == "sole_trader",
    )  # fmt: skip
    add_contact(
        made, actor, now, name=str(contact.get("name", "")), email=str(contact.get("email", "")),
        phone=str(contact.get("phone", "")), role="buyer", locale=row.language,
    )  # fmt: skip
    if contact.get("invoices_email"):
        add_contact(
            made, actor, now, name=str(said.get("legal_name", "")), email=str(contact["invoices_email"]),
            role="accounts_payable", locale=row.language,
        )  # fmt: skip
    place = {name: str(said.get(name, "")) for name in ("street", "postcode", "city", "region", "country")}
    keep_part(made, actor, "site", None, {"purpose": "registered", **place}, now)
    return made


def _keep_numbers(actor: Actor, row: Application, customer: Customer, now: datetime) -> None:
    """The numbers of an application that the customer does not have yet; those on record stay."""
    said = {name: value for name in NUMBERS if (value := (row.answers.get("company") or {}).get(name))}
    iban = (row.answers.get("bank") or {}).get("iban")
    if iban:
        said["iban"] = iban
    kept = set(Identifier.objects.filter(customer=customer).values_list("scheme", "value"))
    for scheme, value in said.items():
        if (scheme, value) not in kept:
            keep_part(customer, actor, "identifier", None, {"scheme": scheme, "value": str(value)[:80]}, now)


def decline(seller: Seller, actor: Actor, application_id: UUID, message: str, note: str, now: datetime) -> Application:
    """Decline an application; `message` is what the applicant reads (FACTBOOK 8.1: specific reasons), `note` is not.

    Refused: another role, not waiting; busy. Errors: no reason.
    """
    require_decider(actor)
    if not message.strip():
        raise BadInput(
            gettext_noop("The reason is empty"), "message", gettext_noop("Say why, as the applicant reads it")
        )
    with transaction.atomic():
        row = _waiting(seller, application_id)
        _decide(row, actor, Application.State.DECLINED, message, note, now)
        record(
            seller.id, actor, "application_declined", "application", row.id, now, None,
            {"number": row.number, "name": row.name, "reason": row.message},
        )  # fmt: skip
    return row


def ask_more(seller: Seller, actor: Actor, application_id: UUID, message: str, days: int, now: datetime) -> Application:
    """Open an application again for the applicant, who reads `message`; the link lives `days` more.

    What was signed stays; it is signed anew. Refused: another role, not waiting; busy. Errors: nothing asked.
    """
    require_decider(actor)
    if not message.strip():
        raise BadInput(gettext_noop("Nothing is asked for"), "message", gettext_noop("Say what is needed"))
    if not 1 <= days <= 365:
        raise BadInput(gettext_noop("A link lives 1 to 365 days"), "days", gettext_noop("Give such a number"))
    with transaction.atomic():
        row = _waiting(seller, application_id)
        row.state, row.message = Application.State.STARTED, message.strip()
        row.expires_at = max(row.expires_at, now + timedelta(days=days))
        row.save(update_fields=["state", "message", "expires_at"])
        record(
            seller.id, actor, "application_reopened", "application", row.id, now, None,
            {"number": row.number, "name": row.name, "text": row.message},
        )  # fmt: skip
    return row


def ask_again(
    seller: Seller, actor: Actor, reference_id: UUID, days: int, now: datetime
) -> tuple[ApplicationReference, str]:
    """A fresh link for a referee who has not answered; the one before ends. The second of the answer is its secret.

    Refused: another role, answered already; busy. Errors: no such reference.
    """
    require_decider(actor)
    with transaction.atomic():
        with locking():
            row = ApplicationReference.objects.select_for_update().filter(seller=seller, id=reference_id).first()
        if row is None:
            raise BadInput(gettext_noop("There is no such reference"), "reference")
        if row.answered_at is not None:
            raise Refused([ANSWERED])
        secret, row.digest = new_link()
        row.asked_at, row.expires_at = now, now + timedelta(days=days)
        row.save(update_fields=["digest", "asked_at", "expires_at"])
        record(
            seller.id, actor, "reference_asked", "application_reference", row.id, now, None,
            {"name": row.company, "kind": row.kind},
        )  # fmt: skip
    return row, secret


def keep_checks(
    seller: Seller, actor: Actor, application_id: UUID, answers: Sequence[tuple[Inquiry, Answer]], now: datetime
) -> list[ApplicationCheck]:
    """Keep what registers answered about an application, each with the instant. Errors: no such application."""
    with transaction.atomic():
        row = Application.objects.filter(seller=seller, id=application_id).first()
        if row is None:
            raise BadInput(gettext_noop("There is no such application"), "application")
        made = [
            ApplicationCheck(
                seller=seller, application=row, register=inquiry.register, value=inquiry.value[:80],
                outcome=answer.outcome, name=answer.name[:300], status=answer.status[:16],
                registered_on=answer.registered_on, said=dict(answer.said), checked_at=now,
            )
            for inquiry, answer in answers
        ]  # fmt: skip
        ApplicationCheck.objects.bulk_create(made)
        record(
            seller.id, actor, "application_checked", "application", row.id, now, row.customer_id,
            {"number": row.number, "answers": {one.register: one.outcome for one in made}},
        )  # fmt: skip
    return made


def scan_again(seller: Seller, actor: Actor, file_id: UUID, now: datetime) -> ApplicationFile:
    """Have a file in quarantine looked at: it is released, destroyed, or stays where it is. Errors: no such file."""
    with transaction.atomic():
        row = ApplicationFile.objects.select_for_update().filter(seller=seller, id=file_id).first()
        if row is None:
            raise BadInput(gettext_noop("There is no such file"), "file")
        content = files.content_of(row.digest, row.state) if row.state == "waiting" else None
        if content is None:
            return row
        found = files.scan(content)
        if found.state == "waiting":
            return row
        files.destroy(row.digest) if found.state == "infected" else files.release(row.digest)
        row.state, row.scan_said = found.state, found.said
        row.save(update_fields=["state", "scan_said"])
        record(
            seller.id, actor, "application_file_scanned", "application", row.application_id, now, None,
            {"name": row.name, "digest": row.digest, "found": row.state},
        )  # fmt: skip
    return row


def _waiting(seller: Seller, application_id: UUID) -> Application:
    with locking():
        row = Application.objects.select_for_update().filter(seller=seller, id=application_id).first()
    if row is None:
        raise BadInput(gettext_noop("There is no such application"), "application")
    if row.state != Application.State.SUBMITTED:
        who = row.decided_by.name if row.decided_by else ""
        how = DECIDED_AS.get(row.state)
        raise Refused([replace(NOT_SUBMITTED, staff=how).given(name=who) if how and who else NOT_SUBMITTED])
    return row


def _decide(row: Application, actor: Actor, state: str, message: str, note: str, now: datetime) -> None:
    row.state, row.message, row.note = state, message.strip(), note.strip()
    row.decided_at, row.decided_by_id = now, actor.user_id
    row.save(update_fields=["state", "message", "note", "decided_at", "decided_by", "customer"])


