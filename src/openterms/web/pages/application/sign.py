"""Read everything once more and sign; the status of what was sent; the signed copy."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from openterms.apps.credit.application import actions, files
from openterms.apps.credit.application.agreement import text_of
from openterms.apps.credit.application.models import (
    Application,
    ApplicationAcceptance,
    ApplicationFile,
    ApplicationForm,
    ApplicationReference,
)
from openterms.apps.credit.application.rules import Incomplete
from openterms.apps.credit.letter.models import CreditLetter
from openterms.apps.credit.letter.reads import letter_for
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.context import acting
from openterms.core.base.errors import Refused
from openterms.core.credit.application import Fault, missing
from openterms.core.credit.application_shape import BY_NAME, SECTIONS
from openterms.formats.paper.typesetting import PaperError
from openterms.web.desk.application_mails import send_copy, send_requests
from openterms.web.desk.application_words import told
from openterms.web.desk.doing import explain
from openterms.web.desk.papers import answered, declined_letter, signed_agreement

from ..door import Visit, address_of
from .form import _is_open, _to, applicant, frame

log = logging.getLogger(__name__)


@applicant
def sign_page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Everything answered, what is missing with a way to it, the agreement, and the signature."""
    row = visit.found
    if not _is_open(row):
        return _to("application_status", visit)
    form = ApplicationForm.objects.filter(seller_id=row.seller_id).first()
    document = text_of(form.agreement if form else {}, row.language)
    errors: dict[str, str] = {}
    faults = missing(row.answers)
    if request.method == "POST":
        name, agreed = request.POST.get("typed_name", ""), request.POST.get("agreed") == "on"
        try:
            sent, asked = actions.submit(
                row.id, document, name, agreed, address_of(request), clock.now(), partial(signed_agreement, visit.shop)
            )
            send_copy(request, sent, visit.shop, visit.secret)
            send_requests(request, asked, visit.shop)
            _check_later(sent)
            return _to("application_status", visit)
        except Incomplete as error:
            errors = {one.field: explain(one.error) for one in error.faults if one.section == "sign"}
            faults = [one for one in error.faults if one.section != "sign"]
        except Refused:
            return _to("application", visit)
        except PaperError:
            log.exception("The signed copy of an application could not be made; nothing was signed.")
            errors = {"paper": _("The signed copy could not be made, and nothing was sent. Please try again later.")}
    given = ApplicationFile.objects.filter(application=row).order_by("id")
    context = frame(visit, row, "sign") | {
        "title": _("Check and sign"), "parts": parts(row, visit.secret), "files": list(given), "document": document,
        "holes": holes(faults, visit.secret), "errors": errors, "typed_name": request.POST.get("typed_name", ""),
        "agreed": request.POST.get("agreed") == "on",
        "signatories": _signatories(row),
    }  # fmt: skip
    status = 503 if "paper" in errors else 422 if errors else 200
    return render(request, "pages/application/sign.html", context, status=status)


def _signatories(row: Application) -> list[str]:
    people = (row.answers.get("people") or {}).get("rows", [])
    return [one["name"] for one in people if one.get("signs") and one.get("name")]


def _check_later(row: Application) -> None:
    """Hand the questions to registers to the worker: they may take seconds, and nobody waits for them."""
    from procrastinate.contrib.django import app

    task = app.configure_task("check_application", allow_unknown=True)
    task.defer(seller_id=str(row.seller_id), application_id=str(row.id))


def parts(row: Application, secret: str) -> list[dict[str, Any]]:
    """The sections with what is answered in each, and where to change it."""
    return [
        {
            "title": _(section.title),
            "rows": told(section, row.answers, row.currency),
            "href": reverse("pages:application_section", args=[secret, section.name]),
        }
        for section in SECTIONS
    ]


def holes(faults: list[Fault], secret: str) -> list[dict[str, str]]:
    """Each missing thing in words, with the way to it."""
    found = []
    for fault in faults:
        section = BY_NAME[fault.section]
        address = reverse("pages:application_section", args=[secret, section.name])
        said = f"{_(section.title)}: {_(section.field(fault.field).label)}"
        found.append({"text": said, "why": explain(fault.error), "href": f"{address}?check=1#id_{fault.place}"})
    return found


@applicant
def status_page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """How far it is, in words; nothing of what the seller thinks of it but what a letter has said."""
    row = visit.found
    if _is_open(row) and row.submitted_at is None:
        return HttpResponseRedirect(reverse("pages:application", args=[visit.secret]))
    asked = list(ApplicationReference.objects.filter(application=row).order_by("kind", "id"))
    given = list(ApplicationFile.objects.filter(application=row).order_by("id"))
    letter = _letter(visit)
    context = {
        "shop": visit.shop,
        "application": row,
        "letter": letter,
        "secret": visit.secret,
        "references": asked,
        "files": given,
        "has_letter": row.state == Application.State.DECLINED or letter is not None,
        "is_signed": ApplicationAcceptance.objects.filter(application=row).exists(),
        "is_open": _is_open(row),
        "has_expired": row.state == Application.State.STARTED and not _is_open(row),
        "may_withdraw": row.state == Application.State.SUBMITTED,
    }
    return render(request, "pages/application/status.html", context)


@applicant
def letter_file(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Our letter about the credit as PDF: as it was sent, or of an application that was declined, as it would be."""
    row = visit.found
    if row.state == Application.State.DECLINED and row.decided_at is not None:
        with acting(row.seller_id):
            content = declined_letter(visit.shop, row, clock.local_date(row.decided_at, visit.shop.timezone))
        return answered(content, f"letter-{row.number}.pdf")
    sent = _letter(visit)
    kept = files.content_of(sent.digest, "clean") if sent is not None else None
    if kept is None:
        return _to("application_status", visit)
    return answered(kept, f"letter-{row.number}.pdf")


def _letter(visit: Visit) -> CreditLetter | None:
    """The letter that was sent about the credit that was applied for; the link shows it, and nothing else of it."""
    if visit.found.state != Application.State.ACCEPTED:
        return None
    with acting(visit.found.seller_id):
        return letter_for(visit.found)


@applicant
@require_POST
def withdraw_page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Take the application back."""
    try:
        actions.withdraw(visit.found.id, clock.now())
    except Refused:
        return _to("application", visit)
    return _to("application_status", visit)


@applicant
def copy_page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What was signed: agreement, answers, name, instant, address and hashes; made to be printed."""
    row = visit.found
    signed = ApplicationAcceptance.objects.filter(application=row).order_by("-id").first()
    if signed is None:
        return _to("application", visit)
    row.answers = signed.answers
    context = {"shop": visit.shop, "application": row, "secret": visit.secret, "signed": signed}
    return render(request, "pages/application/copy.html", context | {"parts": parts(row, visit.secret)})


@applicant
def agreement_file(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The signed copy as PDF, as it was made when it was signed; the page where there is none."""
    row = visit.found
    signed = ApplicationAcceptance.objects.filter(application=row).order_by("-id").first()
    content = files.content_of(signed.paper_hash, "clean") if signed and signed.paper_hash else None
    if content is None:
        return _to("application_copy", visit)
    return answered(content, f"agreement-{row.number}.pdf")
