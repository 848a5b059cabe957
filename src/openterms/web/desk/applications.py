"""Credit applications: the list, and one with all that speaks for and against it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from openterms.apps.credit.application import files, reads
from openterms.apps.credit.application.models import (
    Application,
    ApplicationAcceptance,
    ApplicationFile,
    ApplicationReference,
)
from openterms.apps.credit.application.recognition import Match, matches
from openterms.apps.tenancy import clock
from openterms.core.credit.application_shape import BANK_REFERENCE, SECTIONS, TRADE_REFERENCE

from .access import may, staff
from .application_words import told
from .paging import uuid_of
from .papers import answered, declined_letter
from .tables import Column, Filter, Table
from .templatetags.words_of import SCHEMES

PAGE = 50
COLUMNS = (
    Column("name", gettext_lazy("Company"), "link"),
    Column("number", gettext_lazy("Number"), "code", weight=2),
    Column("state_word", gettext_lazy("State")),
    Column("limit", gettext_lazy("Asks for"), "money", mixed=True),
    Column("country", gettext_lazy("Country"), "code", weight=3),
    Column("submitted_at", gettext_lazy("Sent"), "moment", weight=2),
)
STATES = dict(Application.State.choices)
REGISTERS = {
    "vies": gettext_lazy("VIES (VAT numbers of the EU)"),
    "gleif": gettext_lazy("GLEIF (LEI)"),
    "company": gettext_lazy("Company register"),
}
CHECKED = {
    "right": gettext_lazy("the digits are right"),
    "wrong": gettext_lazy("the digits are wrong"),
    "unknown": gettext_lazy("no rule is known for its digits"),
}
WHY = {
    "number": gettext_lazy("same number %(shared)s"),
    "account": gettext_lazy("same bank account %(shared)s"),
    "phone": gettext_lazy("same telephone %(shared)s"),
    "domain": gettext_lazy("same e-mail domain %(shared)s"),
    "name": gettext_lazy("name alike by %(shared)s of 100"),
}
STATUS_WORDS = {
    "active": gettext_lazy("active"),
    "dormant": gettext_lazy("dormant"),
    "closing": gettext_lazy("closing"),
    "closed": gettext_lazy("closed"),
}
INLINE = ("application/pdf", "image/png", "image/jpeg")


@staff
def index(request: HttpRequest) -> HttpResponse:
    """Those that were sent, newest first; those still being filled in where asked for."""
    seller = request.seller  # type: ignore[attr-defined]
    filters = [Filter("state", gettext_lazy("State"), choices=Application.State.choices, blank=_("All that were sent"))]
    table = Table.of(
        request, "applications", COLUMNS, filters=filters, search="", search_label=_("Name or number"), panel=False,
        limit=PAGE, row_href="href", caption=_("Applications"), empty_title=_("No application has come in."),
        empty_text=_("Open the form in the settings and give its address to buyers."),
    )  # fmt: skip
    state = table.filters[0].value if table.filters[0].value in STATES else ""
    text = (table.search or "").replace("\0", "").strip()
    found = reads.applications(seller, state, text, uuid_of(table.after), PAGE + 1)
    table.fill([_row(one) for one in found], lambda row: str(row["id"]))
    context = {"place": "applications", "table": table, "form": reads.form_of(seller), "address": public(request)}
    return render(request, "desk/applications/index.html", context)


def public(request: HttpRequest) -> str:
    """The address of the seller's form."""
    return request.build_absolute_uri(reverse("pages:apply", args=[request.seller.code]))  # type: ignore[attr-defined]


def _row(one: Application) -> dict[str, Any]:
    return {
        "id": one.id,
        "href": reverse("desk:application", args=[one.id]),
        "name": one.name or _("(not named yet)"),
        "number": one.number,
        "state_word": STATES[one.state],
        "limit": (one.answers.get("request") or {}).get("limit"),
        "currency": one.currency,
        "country": (one.answers.get("company") or {}).get("country", ""),
        "submitted_at": one.submitted_at,
    }


def application_of(request: HttpRequest, application_id: UUID) -> Application:
    """The application of this seller, or nothing here."""
    found = reads.find_application(request.seller, application_id)  # type: ignore[attr-defined]
    if found is None:
        raise Http404
    return found


@staff
def show(request: HttpRequest, application_id: UUID) -> HttpResponse:
    """Answers, numbers, what registers said, files, references, signature, and who it may be already."""
    row = application_of(request, application_id)
    kept = reads.around(row)
    for one in kept["checks"]:
        one.register_word, one.status_word = REGISTERS.get(one.register, one.register), STATUS_WORDS.get(one.status, "")
    for one in kept["numbers"]:
        one["scheme_word"], one["state_word"] = SCHEMES.get(one["scheme"], one["scheme"]), CHECKED[one["state"]]
    for one in kept["references"]:
        section = BANK_REFERENCE if one.kind == ApplicationReference.Kind.BANK else TRADE_REFERENCE
        one.told = told(section, {section.name: one.answers}, one.currency)
    parts = [{"title": _(one.title), "rows": told(one, row.answers, row.currency)} for one in SECTIONS]
    request_said = row.answers.get("request") or {}
    context = {
        "place": "applications",
        "application": row,
        "state_word": STATES[row.state],
        "limit": request_said.get("limit"),
        "terms_days": request_said.get("terms_days"),
        "parts": parts,
        "matches": [_match(one) for one in matches(request.seller, row)] if row.submitted_at else [],  # type: ignore[attr-defined]
        "is_waiting": row.state == Application.State.SUBMITTED,
        "may_decide": may(request, "application"),
        "may_read_parties": True,
        "crumbs": [{"href": reverse("desk:applications"), "label": _("Applications")}, {"label": row.number}],
        **kept,
    }
    return render(request, "desk/applications/show.html", context)


def _match(one: Match) -> dict[str, Any]:
    address = reverse("desk:customer" if one.is_customer else "desk:application", args=[one.id])
    return {
        "name": one.name,
        "number": one.number,
        "href": address,
        "what": _("Customer") if one.is_customer else STATES.get(one.state, ""),
        "why": [WHY[code] % {"shared": shared} for code, shared in dict.fromkeys(one.why)],
    }


@staff
def letter_page(request: HttpRequest, application_id: UUID) -> HttpResponse:
    """The letter to an applicant who was declined, as PDF in the application's language."""
    row = application_of(request, application_id)
    if row.state != Application.State.DECLINED or row.decided_at is None:
        raise Http404
    seller = request.seller  # type: ignore[attr-defined]
    content = declined_letter(seller, row, clock.local_date(row.decided_at, seller.timezone))
    return answered(content, f"letter-{row.number}.pdf")


@staff
def agreement_page(request: HttpRequest, signature_id: UUID) -> HttpResponse:
    """The signed copy as PDF, as it was made when it was signed."""
    signed = (
        ApplicationAcceptance.objects.filter(seller=request.seller, id=signature_id)  # type: ignore[attr-defined,misc]
        .exclude(paper_hash="")
        .select_related("application")
        .first()
    )
    content = files.content_of(signed.paper_hash, "clean") if signed else None
    if signed is None or content is None:
        raise Http404
    return answered(content, f"agreement-{signed.application.number}.pdf")


@staff
def file_page(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """The file; never one that lies in quarantine or was refused."""
    kept = ApplicationFile.objects.filter(seller=request.seller, id=file_id).first()  # type: ignore[attr-defined,misc]
    content = files.content_of(kept.digest, kept.state) if kept and kept.state in ("clean", "unscanned") else None
    if kept is None or content is None:
        raise Http404
    response = HttpResponse(content, content_type=kept.media_type)
    shown = "inline" if kept.media_type in INLINE else "attachment"
    response["Content-Disposition"] = f'{shown}; filename="{get_valid_filename(kept.name) or "file"}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
