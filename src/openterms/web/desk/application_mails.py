"""Mails of the application: the applicant's link and copy, and the referees' requests. Sent once all is kept.

A mail that cannot be sent goes to the log, without its link; staff can make a new one for a referee.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from openterms.apps.credit.application import files
from openterms.apps.credit.application.models import Application, ApplicationAcceptance, ApplicationReference
from openterms.apps.tenancy.models import Seller

log = logging.getLogger(__name__)


def send_link(request: HttpRequest, row: Application, shop: Seller, secret: str) -> None:
    """To the applicant: the way back to the form."""
    link = request.build_absolute_uri(reverse("pages:application", args=[secret]))
    subject = _("Your credit application to %(seller)s") % {"seller": shop.name}
    _later(_to_applicant(row), subject, "link", {"shop": shop, "application": row, "link": link})


def send_copy(request: HttpRequest, row: Application, shop: Seller, secret: str) -> None:
    """To the applicant: that it was sent, where it stands, and the signed copy as PDF."""
    link = request.build_absolute_uri(reverse("pages:application_status", args=[secret]))
    copy = request.build_absolute_uri(reverse("pages:application_agreement", args=[secret]))
    signed = ApplicationAcceptance.objects.filter(application=row).order_by("-id").first()
    content = files.content_of(signed.paper_hash, "clean") if signed and signed.paper_hash else None
    attached = (f"agreement-{row.number}.pdf", content) if content else None
    subject = _("%(number)s: your application was sent") % {"number": row.number}
    told = {"shop": shop, "application": row, "link": link, "copy": copy}
    _later(_to_applicant(row), subject, "sent", told, attached)


def send_requests(
    request: HttpRequest, asked: Sequence[tuple[ApplicationReference, str]], shop: Seller
) -> None:
    """To each referee: who asks about whom, and the link."""
    for row, secret in asked:
        link = request.build_absolute_uri(reverse("pages:reference", args=[secret]))
        with translation.override(row.language):
            subject = _("A reference for %(name)s") % {"name": row.applicant}
            _later(row.email, subject, "reference", {"shop": shop, "reference": row, "link": link})


def _to_applicant(row: Application) -> str:
    return str((row.answers.get("contact") or {}).get("email", ""))


def _later(
    address: str, subject: str, name: str, context: dict[str, object], attached: tuple[str, bytes] | None = None
) -> None:
    if not address:
        return
    text = render_to_string(f"pages/application/mail_{name}.txt", context)
    message = EmailMessage(" ".join(subject.split()), text, to=[address])
    if attached:
        message.attach(*attached, mimetype="application/pdf")

    def send() -> None:
        try:
            message.send()
        except OSError as error:  # smtplib's errors are OSErrors
            log.warning("A mail of an application was not sent: %s", error)

    transaction.on_commit(send)
