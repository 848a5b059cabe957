"""What applicants and referees do. Each action is one transaction under the context of their link, with one event."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.db import transaction

from openterms.apps.journal.actions import record
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import gettext_noop
from openterms.core.credit.application import Fault, missing, missing_in, read_section
from openterms.core.credit.application_shape import BANK_REFERENCE, BY_NAME, TRADE_REFERENCE

from . import files
from .entering import new_link, new_number
from .models import (
    Application,
    ApplicationAcceptance,
    ApplicationFile,
    ApplicationForm,
    ApplicationKey,
    ApplicationReference,
    ApplicationStart,
)
from .recognition import keys_of
from .rules import ANSWERED, MOST_STARTS_AN_HOUR, REFERENCE_EXPIRED, TOO_MANY, Incomplete, require_open

APPLICANT = Actor("Applicant")
REFERENCE_DAYS = 30
LANGUAGES = ("en", "ar")


def start(
    form: ApplicationForm, application_id: UUID, language: str, address: str, now: datetime, order_ref: str = ""
) -> tuple[Application, str]:
    """Begin an application; the second of the answer is its link's secret, which is not kept.

    Under the context of `enter_form`. Refused: too many from this address in an hour.
    """
    told = hashlib.sha256(f"{form.seller_id}:{address}".encode()).hexdigest()
    with transaction.atomic():
        since = now - timedelta(hours=1)
        begun = ApplicationStart.objects.filter(
            seller_id=form.seller_id, address_digest=told, started_at__gt=since
        ).count()
        if begun >= MOST_STARTS_AN_HOUR:
            raise Refused([TOO_MANY])
        ApplicationStart.objects.create(seller_id=form.seller_id, address_digest=told, started_at=now)
        secret, digest = new_link()
        made = Application.objects.create(
            id=application_id,
            seller_id=form.seller_id,
            number=new_number(),
            digest=digest,
            language=language if language in LANGUAGES else "en",
            currency=Seller.objects.get(id=form.seller_id).currency,
            order_ref=order_ref.replace("\0", "").strip()[:100],
            started_at=now,
            expires_at=now + timedelta(days=form.valid_days),
        )
        _tell(made, "application_started", now, {"number": made.number})
    return made, secret


def save_section(
    application_id: UUID, name: str, given: Mapping[str, str], now: datetime
) -> tuple[Application, list[Fault]]:
    """Keep the valid answers of a section; faults are those of the others, which keep what they were before.

    Saving the same again changes nothing. Refused: sent already, or expired; busy. Errors: no such section.
    """
    section = BY_NAME.get(name)
    if section is None:
        raise BadInput(gettext_noop("There is no such section"), "section")
    with transaction.atomic():
        row = _open(application_id, now)
        country = (row.answers.get("company") or {}).get("country", "")
        said, faults = read_section(section, given, row.currency, country)
        if row.answers.get(name, {}) != said:
            row.answers = {**row.answers, name: said}
            row.name = str((row.answers.get("company") or {}).get("legal_name", ""))[:200]
            row.save(update_fields=["answers", "name"])
            _tell(row, "application_saved", now, {"number": row.number, "section": name})
    return row, faults


def say_language(application_id: UUID, language: str, now: datetime) -> Application:
    """In which language the form is read and answered. Refused: sent already, or expired."""
    with transaction.atomic():
        row = _open(application_id, now)
        if language in LANGUAGES and row.language != language:
            row.language = language
            row.save(update_fields=["language"])
            _tell(row, "application_saved", now, {"number": row.number, "section": "language"})
    return row


def add_file(application_id: UUID, purpose: str, name: str, content: bytes, now: datetime) -> ApplicationFile:
    """Keep a file with an application once it was looked at. The same file for the same purpose is kept once.

    Refused: sent already, or expired. Errors: not a PDF, picture or workbook, too large, too many, found infected.
    """
    if purpose not in ApplicationFile.Purpose.values:
        raise BadInput(gettext_noop("Say what the file is"), "purpose", gettext_noop("Choose one of the list"))
    media_type = files.media_type_of(content)
    scan = files.scan(content)
    if scan.state == "infected":
        raise BadInput(
            gettext_noop("The virus scanner refused this file"), "file", gettext_noop("Send a clean copy of it")
        )
    with transaction.atomic():
        row = _open(application_id, now)
        kept = list(ApplicationFile.objects.filter(application=row))
        digest = hashlib.sha256(content).hexdigest()
        for one in kept:
            if (one.digest, one.purpose) == (digest, purpose):
                return one
        if len(kept) >= files.MOST_FILES:
            raise BadInput(
                gettext_noop("There are %(most)s files already"), "file", gettext_noop("Remove one first"),
                {"most": files.MOST_FILES},
            )  # fmt: skip
        files.store(content, scan.state)
        made = ApplicationFile.objects.create(
            seller_id=row.seller_id,
            application=row,
            purpose=purpose,
            name=PurePath(name.replace("\\", "/").replace("\0", "")).name[:200] or "file",
            media_type=media_type,
            size=len(content),
            digest=digest,
            state=scan.state,
            scan_said=scan.said,
        )
        _tell(row, "application_file_added", now, {"number": row.number, "name": made.name, "digest": digest})
    return made


def remove_file(application_id: UUID, file_id: UUID, now: datetime) -> None:
    """Take a file back before sending; its content stays while another names it. Refused: sent already, or expired."""
    with transaction.atomic():
        row = _open(application_id, now)
        found = ApplicationFile.objects.filter(application=row, id=file_id).first()
        if found is None:
            return
        found.delete()
        _tell(row, "application_file_removed", now, {"number": row.number, "name": found.name, "digest": found.digest})


def submit(
    application_id: UUID, document: str, typed_name: str, has_agreed: bool, address: str, now: datetime,
    paper: Callable[[Application, ApplicationAcceptance], bytes],
) -> tuple[Application, list[tuple[ApplicationReference, str]]]:  # fmt: skip
    """Send an application with a typed signature under `document`; the referees' links, which are not kept, come back.

    `paper` sets the signed copy as PDF; its bytes are kept by their digest, which the signature names. Refused: sent
    already, or expired; busy. Errors: `Incomplete` with everything that is missing.
    """
    with transaction.atomic():
        row = _open(application_id, now)
        faults = missing(row.answers) + _unsigned(row, typed_name, has_agreed)
        if faults:
            raise Incomplete(faults)
        canonical = json.dumps(row.answers, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        signed = ApplicationAcceptance(
            seller_id=row.seller_id,
            application=row,
            language=row.language,
            document=document,
            document_hash=hashlib.sha256(document.encode()).hexdigest(),
            answers=row.answers,
            answers_hash=hashlib.sha256(canonical.encode()).hexdigest(),
            typed_name=" ".join(typed_name.split())[:200],
            position=str((row.answers.get("contact") or {}).get("position", ""))[:200],
            signed_at=now,
            address=address[:64],
        )
        made = paper(row, signed)
        signed.paper_hash, signed.paper_size = files.store(made, "clean"), len(made)
        signed.save(force_insert=True)
        row.state, row.submitted_at = Application.State.SUBMITTED, now
        row.save(update_fields=["state", "submitted_at"])
        ApplicationKey.objects.filter(application=row).delete()
        ApplicationKey.objects.bulk_create(
            ApplicationKey(seller_id=row.seller_id, application=row, kind=kind, value=value[:100])
            for kind, value in sorted(keys_of(row.answers))
        )
        asked = [_ask(row, *named, now) for named in _referees(row)]
        _tell(
            row, "application_submitted", now,
            {"number": row.number, "document_hash": signed.document_hash, "answers_hash": signed.answers_hash,
             "paper_hash": signed.paper_hash, "references": len(asked)},
        )  # fmt: skip
    return row, [one for one in asked if one is not None]


def _unsigned(row: Application, typed_name: str, has_agreed: bool) -> list[Fault]:
    """The signature's own holes: agreement, and the name of somebody who may sign."""
    faults = []
    signing = {
        " ".join(str(one.get("name", "")).casefold().split())
        for one in (row.answers.get("people") or {}).get("rows", [])
        if one.get("signs")
    }
    if not has_agreed:
        error = BadInput(gettext_noop("The agreement is not accepted"), "", gettext_noop("Read it and mark the box"))
        faults.append(Fault("sign", "agreed", error))
    if " ".join(typed_name.casefold().split()) not in signing - {""}:
        error = BadInput(
            gettext_noop("This is not the name of somebody who may sign"), "",
            gettext_noop("Write the full name as it stands among the signatories"),
        )  # fmt: skip
        faults.append(Fault("sign", "typed_name", error))
    return faults


def _referees(row: Application) -> Iterable[tuple[str, Mapping[str, Any]]]:
    for one in (row.answers.get("references") or {}).get("rows", []):
        yield "trade", one
    bank = row.answers.get("bank") or {}
    if bank.get("email"):
        yield "bank", {**bank, "company": bank.get("bank", "")}


def _ask(
    row: Application, kind: str, named: Mapping[str, Any], now: datetime
) -> tuple[ApplicationReference, str] | None:
    """A reference and its link; None where that address was asked before."""
    if ApplicationReference.objects.filter(application=row, kind=kind, email=named["email"]).exists():
        return None
    secret, digest = new_link()
    made = ApplicationReference.objects.create(
        seller_id=row.seller_id,
        application=row,
        kind=kind,
        company=str(named["company"])[:200],
        person=str(named.get("person", ""))[:200],
        email=named["email"],
        phone=str(named.get("phone", ""))[:40],
        applicant=row.name,
        language=row.language,
        currency=row.currency,
        digest=digest,
        asked_at=now,
        expires_at=now + timedelta(days=REFERENCE_DAYS),
    )
    return made, secret


def withdraw(application_id: UUID, now: datetime) -> Application:
    """Take an application back before it is decided. Again is the same. Refused: decided already; busy."""
    with transaction.atomic():
        row = _locked(application_id)
        if row.state == Application.State.WITHDRAWN:
            return row
        if row.state == Application.State.SUBMITTED:
            row.expires_at = max(row.expires_at, now)
        else:
            require_open(row, now)
        row.state = Application.State.WITHDRAWN
        row.save(update_fields=["state", "expires_at"])
        _tell(row, "application_withdrawn", now, {"number": row.number})
    return row


def answer_reference(
    reference_id: UUID, given: Mapping[str, str], answered_by: str, now: datetime
) -> ApplicationReference:
    """Keep what a referee says; once. Refused: answered already, or expired. Errors: `Incomplete`, every fault."""
    with transaction.atomic():
        with locking():
            row = ApplicationReference.objects.select_for_update().get(id=reference_id)
        if row.answered_at is not None:
            raise Refused([ANSWERED])
        if row.expires_at <= now:
            raise Refused([REFERENCE_EXPIRED])
        section = BANK_REFERENCE if row.kind == ApplicationReference.Kind.BANK else TRADE_REFERENCE
        said, faults = read_section(section, given, row.currency)
        wrong = {fault.field for fault in faults}
        faults += [fault for fault in missing_in_form(section, said) if fault.field not in wrong]
        if not answered_by.strip():
            faults.append(Fault(section.name, "answered_by", BadInput(gettext_noop("This is needed"), "")))
        if faults:
            raise Incomplete(faults)
        row.answers, row.answered_at = said, now
        row.answered_by = " ".join(answered_by.replace("\0", "").split())[:200]
        row.save(update_fields=["answers", "answered_at", "answered_by"])
        record(
            row.seller_id, Actor(row.company or "Referee"), "reference_answered", "application_reference", row.id, now,
            None, {"name": row.company, "kind": row.kind},
        )  # fmt: skip
    return row


def missing_in_form(section: Any, said: Mapping[str, Any]) -> list[Fault]:
    """What a form of one section lacks."""
    return missing_in(section, {section.name: said})


def _locked(application_id: UUID) -> Application:
    with locking():
        return Application.objects.select_for_update().get(id=application_id)


def _open(application_id: UUID, now: datetime) -> Application:
    row = _locked(application_id)
    require_open(row, now)
    return row


def _tell(row: Application, kind: str, now: datetime, data: Mapping[str, Any]) -> None:
    record(row.seller_id, APPLICANT, kind, "application", row.id, now, row.customer_id, data)
