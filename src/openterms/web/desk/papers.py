"""From the record to papers: the letterhead, the signed agreement, and how a paper is given to a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.utils import timezone, translation
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from openterms.apps.credit.application.models import Application, ApplicationAcceptance
from openterms.apps.credit.policy.reads import parsed, policy_on
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.models import Seller
from openterms.core.credit.application_shape import SECTIONS
from openterms.core.credit.letters import courtesy_of, notices_of
from openterms.core.credit.policy_parts import Told
from openterms.formats.paper import parts
from openterms.formats.paper.typesetting import pdf

from . import display
from .application_words import shown, told

MEDIA_TYPE = "application/pdf"
LETTER_COUNTRIES = ("US", "CA", "MX", "PH")


@contextmanager
def written_for(seller: Seller, language: str) -> Iterator[None]:
    """Write in a language, with its usual digits and calendar, in the seller's time zone: as papers are."""
    before = display.current()
    with translation.override(language), timezone.override(ZoneInfo(seller.timezone)):
        display.activate(display.Display(language=language))
        try:
            yield
        finally:
            display.activate(before)


def letterhead(seller: Seller) -> parts.Letterhead:
    """The seller as its papers show it."""
    numbers = [("", line) for line in seller.registration.splitlines()]
    return parts.Letterhead(name=seller.name, lines=seller.address.splitlines(), numbers=numbers)


def sheet_of(seller: Seller) -> str:
    """The sheet that printers in the seller's country hold."""
    return "us-letter" if seller.country in LETTER_COUNTRIES else "a4"


def words() -> parts.Words:
    """What every paper says, in the language in force."""
    return parts.Words(
        page=_("Page %(page)s of %(pages)s") % {"page": "{page}", "pages": "{pages}"},
        gaps=_("The sign %(sign)s stands for a character that this paper cannot print; we keep it as it was written.")
        % {"sign": "\N{REPLACEMENT CHARACTER}"},
    )


def signed_agreement(seller: Seller, row: Application, signed: ApplicationAcceptance) -> bytes:
    """The signed copy as PDF: the agreement, the answers, and the signature with its hashes, in their language."""
    said = signed.answers
    with written_for(seller, signed.language):
        made: list[parts.Part] = [
            parts.heading(_("The agreement")), parts.text(*re.split(r"\s*\n\s*", signed.document.strip())),
        ]  # fmt: skip
        for section in SECTIONS:
            rows = told(section, said, row.currency)
            if rows:
                made.append(parts.heading(_(section.title)))
            for title, answers in rows:
                made += [*([parts.text(title)] if title else []), parts.pairs(answers)]
        instant = signed.signed_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        facts = [
            (_("Position"), signed.position),
            (_("Signed at"), f"{display.moment(signed.signed_at)} ({parts.apart(instant)})"),
            (_("Network address"), signed.address),
        ]
        proofs = [
            (_("SHA-256 of the agreement"), signed.document_hash), (_("SHA-256 of the answers"), signed.answers_hash),
        ]  # fmt: skip
        known = [one for one in facts if one[1]]
        made.append(parts.signature(_("Signed with a typed name by"), signed.typed_name, known, proofs))
        on = local_date(signed.signed_at, seller.timezone)
        return pdf(
            parts.Paper(
                title=_("Credit agreement"),
                language=signed.language,
                dated=on,
                head=letterhead(seller),
                words=words(),
                addressee=_address(said),
                facts=[(_("Application"), row.number), (_("Date"), display.day(on))],
                parts=made,
                sheet=sheet_of(seller),
            )
        )


def declined_letter(seller: Seller, row: Application, on: date) -> bytes:
    """The letter about an application that was declined before it had a case, dated by that day: the reasons as the
    applicant reads them, and what the law of the policy in force has printed. A person took the decision."""
    found = policy_on(seller, row.currency, on)
    told = parsed(found).told if found else Told()
    with written_for(seller, row.language):
        reasons = [line for line in re.split(r"\s*\n\s*", row.message.strip()) if line]
        courtesy = courtesy_of(told, "decline", on)
        closing = [_("You may ask us to explain this within 60 days, and to look at it again with new information.")]
        made: list[parts.Part] = [
            parts.text(_("We cannot give you the credit that you asked for.")),
            parts.heading(_("Our reasons, the first weighing most:")), parts.items([(one, "") for one in reasons]),
            parts.text(*closing, *([_(courtesy)] if courtesy else [])),
            *(parts.small(_(text)) for text, _places in notices_of(told, "decline", on)),
        ]  # fmt: skip
        return pdf(
            parts.Paper(
                title=_("Your credit with us"), language=row.language, dated=on, head=letterhead(seller), words=words(),
                addressee=_address(row.answers), facts=[(_("Application"), row.number), (_("Date"), display.day(on))],
                parts=made, sheet=sheet_of(seller),
            )
        )  # fmt: skip


def _address(said: Any) -> list[str]:
    """The applicant's name and address, as it was answered."""
    company = said.get("company") or {}
    country = next(one for section in SECTIONS if section.name == "company" for one in section.fields
                   if one.name == "country")  # fmt: skip
    place = " ".join(str(company[name]) for name in ("postcode", "city") if company.get(name))
    lines = [
        company.get("legal_name", ""), company.get("street", ""), place, company.get("region", ""),
        shown(country, company.get("country"), ""),
    ]  # fmt: skip
    return [str(line) for line in lines if line]


def answered(content: bytes, name: str) -> HttpResponse:
    """A paper as an answer: shown in place, never kept on the way, running nothing."""
    response = HttpResponse(content, content_type=MEDIA_TYPE)
    response["Content-Disposition"] = f'inline; filename="{get_valid_filename(name)}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
