"""Applications as staff see them, and the facts that a decision takes from one."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.models import Seller
from openterms.core.base.company_numbers import check_number
from openterms.core.credit import application as core

from .models import (
    Application,
    ApplicationAcceptance,
    ApplicationCheck,
    ApplicationFile,
    ApplicationForm,
    ApplicationReference,
)

NUMBERS = ("register", "vat", "tax", "lei", "duns")


def form_of(seller: Seller) -> ApplicationForm:
    """The seller's form; one that was never set is closed and has the standard text."""
    return ApplicationForm.objects.filter(seller=seller).first() or ApplicationForm(seller=seller, code=seller.code)


def find_application(seller: Seller, application_id: UUID) -> Application | None:
    """An application of the seller, or nothing."""
    found = Application.objects.filter(seller=seller, id=application_id)
    return found.select_related("customer", "decided_by").first()


def applications(seller: Seller, state: str, text: str, before: UUID | None, limit: int) -> list[Application]:
    """The newest first; `state` empty is all that were sent, `text` the beginning of a number or name."""
    found = Application.objects.filter(seller=seller)
    found = found.filter(state=state) if state else found.exclude(submitted_at=None)
    if before is not None:
        found = found.filter(id__lt=before)
    if text:
        found = found.filter(number=text.upper()) | found.filter(name__istartswith=text)
    return list(found.order_by("-id")[:limit])


def waiting_count(seller: Seller) -> int:
    """How many wait for a decision."""
    return Application.objects.filter(seller=seller, state=Application.State.SUBMITTED).count()


def around(application: Application) -> dict[str, Any]:
    """All that is kept with an application: files, references, signatures, answers of registers, checked numbers."""
    return {
        "files": list(ApplicationFile.objects.filter(application=application).order_by("id")),
        "references": list(ApplicationReference.objects.filter(application=application).order_by("kind", "id")),
        "signatures": list(ApplicationAcceptance.objects.filter(application=application).order_by("-id")),
        "checks": list(ApplicationCheck.objects.filter(application=application).order_by("-id")[:40]),
        "numbers": numbers_of(application),
    }


def numbers_of(application: Application) -> list[dict[str, str]]:
    """Each number given, and what its own digits say: `right`, `wrong` or `unknown`."""
    said = application.answers.get("company") or {}
    given = {name: str(said[name]) for name in NUMBERS if said.get(name)}
    iban = (application.answers.get("bank") or {}).get("iban")
    if iban:
        given["iban"] = str(iban)
    country = str(said.get("country", ""))
    return [
        {"scheme": scheme, "value": value, "state": check_number(scheme, value, country).state}
        for scheme, value in given.items()
    ]


def facts_of(application: Application) -> dict[str, Any]:
    """The application's facts by the names of `core.credit.facts`, with what referees and registers said so far.

    Ready to be given to a decision, with `application.currency` as the currency of amounts.
    """
    references = ApplicationReference.objects.filter(application=application, answered_at__isnull=False).order_by("id")
    status, registered_on = _registered(application)
    sent = application.submitted_at or application.started_at
    seconds = int((sent - application.started_at).total_seconds())
    return core.facts_of(
        core.Given(
            answers=application.answers,
            currency=application.currency,
            on=local_date(sent, application.seller.timezone),
            form_seconds=min(seconds, 10**6) if application.submitted_at else None,
            references=[core.Answered(one.kind, one.answers) for one in references],
            register_status=status,
            registered_on=registered_on,
        )
    )


def _registered(application: Application) -> tuple[str, date | None]:
    """The status and the day of registration by the newest answers of registers that tell them."""
    status, registered_on = "", None
    checks = ApplicationCheck.objects.filter(application=application).exclude(outcome="unreachable").order_by("id")
    for check in checks:
        status, registered_on = check.status or status, check.registered_on or registered_on
    return status, registered_on
