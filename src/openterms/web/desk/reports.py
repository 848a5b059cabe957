"""Reports: the index, and each report as a page, a part that loads in place, or a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from openterms.apps.analytics.report import reads
from openterms.apps.analytics.report.output import MEDIA_TYPES, as_bytes, file_name
from openterms.apps.analytics.report.table import Report, with_finality
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput

from . import report_parts as parts
from .access import staff
from .asked import Asked, asked
from .doing import explain
from .report_tables import notes_of


@dataclass(frozen=True, slots=True)
class Page:
    """One report: its address, the question it answers, whether it is about a day or a period, and how it is made."""

    slug: str
    title: Promise | str
    question: Promise | str
    make: Callable[[HttpRequest, Asked], Report]
    part: Callable[[HttpRequest, Asked, Report], dict[str, Any]]
    body: str = "desk/reports/listed.html"
    is_period: bool = False
    by: str = ""
    ways: tuple[tuple[str, Promise | str], ...] = ()
    searchable: bool = False


DUE_OR_INVOICE = (("due", _("By due date")), ("invoice", _("By invoice date")))
CONCENTRATION = (
    ("customer", _("Customers")),
    ("group", _("Groups")),
    ("country", _("Countries")),
    ("currency", _("Currencies")),
)

PAGES = {
    page.slug: page
    for page in (
        Page(
            "ageing", _("Ageing"), _("Who owes how much for how long?"), parts.make_ageing, parts.ageing,
            "desk/reports/ageing.html", by="due", ways=DUE_OR_INVOICE,
        ),
        Page(
            "open-items", _("Open items"), _("Which invoices and credits are open?"), parts.make_open_items,
            parts.open_items, by="due",
        ),
        Page(
            "one-currency", _("One currency"), _("What is all of it worth in our own currency?"),
            lambda request, a: reads.one_currency(request.seller, a.as_of, a.known_at), parts.one_currency,
        ),
        Page(
            "by-collector", _("By collector"), _("Who looks after what, and how old is it?"),
            lambda request, a: reads.by_collector(request.seller, a.as_of, a.known_at), parts.grouped,
        ),
        Page(
            "by-group", _("By group"), _("Which groups of companies owe what?"),
            lambda request, a: reads.by_group(request.seller, a.as_of, a.known_at), parts.grouped,
        ),
        Page(
            "over-limit", _("Over the limit"), _("Who owes more than we allowed?"),
            lambda request, a: reads.over_limit(request.seller, a.as_of, a.known_at), parts.over_limit,
        ),
        Page(
            "behaviour", _("How customers pay"), _("Who pays when, and is it getting slower?"), parts.make_behaviour,
            parts.behaviour, "desk/reports/behaviour.html",
        ),
        Page(
            "concentration", _("Concentration"), _("On how few does our money hang?"),
            lambda request, a: reads.concentration(request.seller, a.as_of, a.known_at, a.by or "customer"),
            parts.concentration, "desk/reports/concentration.html", by="customer", ways=CONCENTRATION,
        ),
        Page(
            "key-figures", _("Key figures"), _("How long do we wait for our money?"),
            lambda request, a: reads.kpi(request.seller, a.start, a.as_of, a.known_at), parts.key_figures,
            "desk/reports/key_figures.html", is_period=True,
        ),
        Page(
            "roll-forward", _("Roll-forward"), _("How did one balance become the other?"),
            lambda request, a: reads.roll_forward(request.seller, a.start, a.as_of, a.known_at), parts.roll_forward,
            "desk/reports/roll_forward.html", is_period=True,
        ),
    )
}  # fmt: skip

SECTIONS = (
    (_("Who owes what"), ("ageing", "open-items", "one-currency", "by-collector", "by-group")),
    (_("Who is a risk"), ("over-limit", "behaviour", "concentration")),
    (_("How do we do"), ("key-figures", "roll-forward")),
)


@staff
def index(request: HttpRequest) -> HttpResponse:
    """All reports by the question they answer."""
    sections = [
        {
            "title": title,
            "pages": [{"page": PAGES[slug], "href": reverse("desk:report", args=[slug])} for slug in slugs],
        }
        for title, slugs in SECTIONS
    ]
    return render(request, "desk/reports/index.html", {"sections": sections, "place": "reports"})


@staff
def report(request: HttpRequest, slug: str) -> HttpResponse:
    """One report: the shell first, its part by `part=body`, a file by `format=csv|xlsx|json`."""
    page = PAGES.get(slug)
    if page is None:
        raise Http404
    question = asked(request, page.by)
    if page.ways and question.by not in dict(page.ways):
        raise Http404
    form = request.GET.get("format", "")
    if form in MEDIA_TYPES:
        return _file(request, page, question, form)
    shell = _shell(request, page, question)
    if request.GET.get("part") == "body" or "HX-Rows" in request.headers or "HX-Request" in request.headers:
        try:
            found = with_finality(page.make(request, question), clock.now())
            content = page.part(request, question, found)
        except BadInput as error:
            return render(request, "desk/reports/refused.html", {"text": explain(error)}, status=422)
        return render(request, page.body, shell | {"report": found, "notes": notes_of(found)} | content)
    return render(request, "desk/reports/page.html", shell)


@staff
def series(request: HttpRequest) -> HttpResponse:
    """The charts of the key figures, which take longer than the figures."""
    question = asked(request)
    found = reads.kpi_series(request.seller, question.start, question.as_of, 12, question.known_at)  # type: ignore[attr-defined]
    return render(request, "desk/reports/series.html", parts.series(found) | {"asked": question})


def _shell(request: HttpRequest, page: Page, question: Asked) -> dict[str, Any]:
    path = reverse("desk:report", args=[page.slug])
    return {
        "place": "reports",
        "page": page,
        "path": path,
        "asked": question,
        "crumbs": [{"label": gettext("Reports"), "href": reverse("desk:reports")}, {"label": page.title}],
        "tabs": [
            {"label": label, "href": question.address(path, by=code, bucket=None), "current": code == question.by}
            for code, label in page.ways
        ],
        "part_address": question.address(path, part="body", after=str(question.place) if question.place else None),
        "csv_address": question.address(path, format="csv"),
        "xlsx_address": question.address(path, format="xlsx"),
        "kept": [(name, question.query[name]) for name in ("by", "customer", "bucket") if question.query.get(name)],
    }


def _file(request: HttpRequest, page: Page, question: Asked, form: str) -> HttpResponse:
    """The whole report, not only the rows of a page."""
    whole = parts.everything(question)
    try:
        found = with_finality(page.make(request, whole), clock.now())
    except BadInput as error:
        raise Http404 from error
    body = as_bytes(found, form, gettext, (get_language() or "").startswith("ar"))
    response = HttpResponse(body, content_type=MEDIA_TYPES[form])
    name = file_name(found, request.seller.code, form)  # type: ignore[attr-defined]
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
