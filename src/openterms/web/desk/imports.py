"""Imports: upload a file, look at what it would bring, correct the columns, load it, see what became of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from openterms.apps.analytics.importing import uploads
from openterms.apps.analytics.importing.models import ImportRun
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput
from openterms.formats.tabular.fields import KINDS, fields_of
from openterms.formats.tabular.maps import Map, read_map

from .access import actor, may, staff
from .doing import attempt, explain
from .import_words import detected_words, field_word, row_said
from .paging import uuid_of
from .refused_rows import said_rows
from .tables import Column, Table
from .tags.figures import NOTHING, day, money

KIND_WORDS = {
    "customers": _("Customers"),
    "invoices": _("Invoices"),
    "receipts": _("Receipts"),
    "credit-notes": _("Credit notes"),
}
STATE_WORDS = {
    "previewed": _("Not loaded yet"),
    "loading": _("Loading"),
    "loaded": _("Loaded"),
    "refused": _("Refused"),
}
STATE_LOOKS = {"previewed": "waiting", "loading": "running", "loaded": "done", "refused": "refused"}
PAGE = 50
SHOWN_ERRORS = 100
SILENT_SECONDS = 20
LOST_SECONDS = 600


class UploadForm(forms.Form):
    """A file and what it holds."""

    kind = forms.ChoiceField(label=_("What does the file hold?"), choices=list(KIND_WORDS.items()))
    file = forms.FileField(
        label=_("File"), help_text=_("CSV, XLSX, Parquet or JSON lines; the first row names the columns."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx,.xls,.parquet,.jsonl,.ndjson,.json"}),
    )  # fmt: skip
    map = forms.FileField(
        label=_("Map file"), required=False,
        help_text=_("A YAML file that says which column means what. Without it the columns are guessed."),
        widget=forms.ClearableFileInput(attrs={"accept": ".yaml,.yml"}),
    )  # fmt: skip


@staff
def index(request: HttpRequest) -> HttpResponse:
    """All files that came in, newest first."""
    after = uuid_of(request.GET.get("after", ""))
    found = ImportRun.objects.filter(seller=request.seller).select_related("user")  # type: ignore[attr-defined]
    if after is not None:
        found = found.filter(id__lt=after)
    columns = [
        Column("file_name", _("File"), "link"),
        Column("kind", _("Holds"), weight=2),
        Column("state", _("State"), "template", template="desk/imports/state.html"),
        Column("rows_loaded", _("Loaded"), "number"),
        Column("rows_unchanged", _("On record already"), "number", weight=3),
        Column("rows_refused", _("Refused"), "number"),
        Column("user", _("By"), weight=3),
        Column("started_at", _("When"), "moment", weight=2),
    ]
    table = Table.of(
        request, "imports", columns, panel=False, limit=PAGE, row_href="href", caption=_("Files that came in"),
        empty_title=_("No file has come in yet."),
        empty_text=_("Start with your customers, then invoices, then receipts."),
    )  # fmt: skip
    rows = [
        {
            "id": run.id,
            "href": reverse("desk:import", args=[run.id]),
            "file_name": run.file_name,
            "kind": KIND_WORDS.get(run.kind, run.kind),
            "state": STATE_LOOKS.get(run.state, ""),
            "state_word": STATE_WORDS.get(run.state, run.state),
            "rows_loaded": run.rows_loaded,
            "rows_unchanged": run.rows_unchanged,
            "rows_refused": run.rows_refused,
            "user": run.user.name if run.user else gettext("the product itself"),
            "started_at": run.started_at,
        }
        for run in found.order_by("-id")[: PAGE + 1]
    ]
    table.fill(rows, lambda row: str(row["id"]))
    return render(
        request, "desk/imports/index.html", {"place": "imports", "table": table, "may_import": may(request, "import")}
    )


@staff(right="import")
def new(request: HttpRequest) -> HttpResponse:
    """Take a file in."""
    form = UploadForm(
        request.POST or None, request.FILES or None, initial={"kind": request.GET.get("kind", "customers")}
    )
    if request.method == "POST" and form.is_valid():
        run = attempt(form, lambda: _taken(request, form), {"file": "file"})
        if run is not None:
            return HttpResponseRedirect(reverse("desk:import", args=[run.id]))
        if form.non_field_errors():
            form.add_error("file", form.non_field_errors()[0])
            form.errors.pop("__all__", None)
    context = {"place": "imports", "form": form, "crumbs": _crumbs(gettext("Import a file"))}
    return render(request, "desk/imports/new.html", context, status=422 if request.method == "POST" else 200)


def _taken(request: HttpRequest, form: UploadForm) -> ImportRun:
    kind, file, given = form.cleaned_data["kind"], form.cleaned_data["file"], form.cleaned_data["map"]
    chosen = None
    if given is not None:
        if given.size > 2**17:
            raise BadInput(gettext("The map file is too large."), "map")
        try:
            chosen = read_map(given.read().decode("utf-8-sig"), kind, given.name)
        except UnicodeDecodeError as error:
            raise BadInput(gettext("The map file is not text in UTF-8."), "map") from error
        except BadInput as error:
            raise BadInput(explain(error), "map") from error
    return uploads.take_in(request.seller, actor(request), kind, file.name, file.chunks(), clock.now(), chosen)  # type: ignore[attr-defined]


@staff
def show(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """A file in whatever state it is: to look at, loading, loaded or refused."""
    run = run_of(request, run_id)
    context: dict[str, Any] = {
        "place": "imports", "run": run, "crumbs": _crumbs(run.file_name),
        "kind_word": KIND_WORDS.get(run.kind, run.kind),
        "may_import": may(request, "import"), "map_text": run.mapping.get("text", ""),
    }  # fmt: skip
    if run.state == "loading":
        return render(request, "desk/imports/loading.html", context | _news(run))
    if run.state in ("loaded", "refused"):
        can_retry = run.state == "refused" and (uploads.folder_of(run) / "file").exists()
        good = run.rows_read - run.rows_refused
        context |= {
            "errors": _errors(run.errors), "warnings": _errors(run.warnings), "can_retry": can_retry, "good": good,
            "has_file": uploads.refused_file(run) is not None,
        }  # fmt: skip
        return render(request, "desk/imports/result.html", context)
    if not (uploads.folder_of(run) / "file").exists():
        return render(request, "desk/imports/gone.html", context)
    if request.GET.get("part") != "preview":
        return render(request, "desk/imports/preview.html", context)
    found = uploads.preview(request.seller, actor(request), run, clock.now())  # type: ignore[attr-defined]
    return render(request, "desk/imports/preview_body.html", context | _previewed(run, found))


def _previewed(run: ImportRun, found: uploads.Preview) -> dict[str, Any]:
    columns, currency = _columns(run.kind, found.columns), run.seller.currency
    is_mixed = len({row.get("currency") for row in found.rows}) > 1
    return {
        "found": found,
        "detected": detected_words(found.detected),
        "fault": explain(found.fault) if found.fault else "",
        "choices": _choices(run.kind, found) if found.header else [],
        "dates": found.map.dates.get("", ("",))[0] if found.map else "",
        "decimal": found.map.decimal.get("", "") if found.map else "",
        "columns": columns,
        "lines": [
            {"row": row["row"], "cells": [(column, _cell(row, column, currency, is_mixed)) for column in columns]}
            for row in found.rows
        ],
        "errors": _errors(found.errors),
        "warnings": _errors(found.warnings),
        "adds_customers": bool(found.map and found.map.new_customers),
        "has_customers": run.kind != "customers",
        "has_amounts": run.kind != "customers" or "limit" in found.columns,
    }


def _columns(kind: str, names: list[str]) -> list[Column]:
    types = {field.name: field.type for field in fields_of(kind)}
    kinds: dict[str, Any] = {"amount": "money", "limit": "money", "date": "date", "identifier": "code"}
    return [
        Column(name, field_word(name), kinds.get(types.get(name, ""), "text"), mixed=True)
        for name in names
        if name != "row"
    ]


def _cell(row: dict[str, Any], column: Column, currency: str, is_mixed: bool) -> Any:
    """A value as it would stand in the record: amounts in the format of their currency, the rest as text."""
    value = row.get(column.name)
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if column.kind == "money" and isinstance(value, int):
        return money(value, row.get("currency") or currency, bare="currency" in row, pad=is_mixed)
    if column.kind == "date" and isinstance(value, date):
        return day(value)
    return format_html('<bdi dir="ltr">{}</bdi>' if column.kind == "code" else "<bdi>{}</bdi>", value)


def _choices(kind: str, found: uploads.Preview) -> list[dict[str, Any]]:
    """For each field what gives it, and what could."""
    chosen = dict(found.map.columns) if found.map else {}
    fixed = dict(found.map.constants) if found.map else {}
    return [
        {
            "name": field.name,
            "meaning": gettext(field.meaning),
            "required": field.required,
            "chosen": chosen.get(field.name, ""),
            "options": list(dict.fromkeys([*found.header, *filter(None, [chosen.get(field.name)])])),
            "constant": fixed.get(field.name, ""),
        }
        for field in fields_of(kind)
    ]


def _errors(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row_said(row) | {"word": field_word(row.get("field") or "")} for row in rows[:SHOWN_ERRORS]]


@require_POST
@staff(right="import")
def correct(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Keep which column means what, and look again."""
    run = run_of(request, run_id, "previewed", "refused")
    try:
        now_chosen = uploads.chosen_map(run)
        base = now_chosen or Map(run.kind, {}, origin="corrected by hand")
        columns = {field.name: request.POST.get(f"column-{field.name}", "") for field in fields_of(run.kind)}
        columns = {name: given for name, given in columns.items() if given}
        constants = {name: given for name, given in base.constants.items() if name not in columns}
        currency = request.POST.get("currency", "").strip().upper()
        if currency and "currency" not in columns:
            constants["currency"] = currency
        dates, decimal = request.POST.get("dates", ""), request.POST.get("decimal", "")
        corrected = replace(
            base, columns=columns, constants=constants, dates={"": (dates,)} if dates else {},
            decimal={"": decimal} if decimal else {}, new_customers=request.POST.get("new_customers") == "add",
            origin="corrected by hand", notes=(),
        )  # fmt: skip
        uploads.choose_map(run, read_map(corrected.describe(), run.kind))
        run.state = "previewed"
        run.save(update_fields=["state"])
    except BadInput as error:
        messages.error(request, explain(error))
    return HttpResponseRedirect(reverse("desk:import", args=[run.id]))


@require_POST
@staff(right="import")
def load(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Load all of it, or, with `partial`, its good rows. A large file is the worker's."""
    run = run_of(request, run_id, "previewed", "refused", "loading")
    if run.state == "loading" and not _news(run)["is_lost"]:
        return HttpResponseRedirect(reverse("desk:import", args=[run.id]))
    if not (uploads.folder_of(run) / "file").exists():
        raise Http404
    now = clock.now()
    uploads.begin(run, request.POST.get("partial") == "1", now)
    if uploads.is_large(run):
        _defer(run)
    else:
        uploads.carry_out(request.seller, actor(request), run, now)  # type: ignore[attr-defined]
    return HttpResponseRedirect(reverse("desk:import", args=[run.id]))


def _defer(run: ImportRun) -> None:
    """Hand the loading to the worker, in this transaction."""
    from procrastinate.contrib.django import app

    task = app.configure_task("import_upload", allow_unknown=True, queueing_lock=f"import:{run.id}")
    task.defer(seller_id=str(run.seller_id), run_id=str(run.id))


@staff
def progress(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """How far a loading is; when it is over, the page itself is shown again."""
    run = run_of(request, run_id)
    if run.state != "loading":
        response = HttpResponse(status=200)
        response["HX-Redirect"] = reverse("desk:import", args=[run.id])
        return response
    return render(
        request, "desk/imports/progress.html", {"run": run, "may_import": may(request, "import")} | _news(run)
    )


def _news(run: ImportRun) -> dict[str, Any]:
    news = uploads.news_of(run)
    silent = (clock.now() - run.started_at).total_seconds()
    words = {"reading": _("Reading rows"), "comparing": _("Comparing with the record"), "posting": _("Posting")}
    label: Any = _("Waiting for the worker")
    if news is not None:
        label = words.get(news["phase"], news["phase"])
    elif not uploads.is_large(run):
        label = _("Loading")
    return {
        "label": label,
        "done": news["done"] if news else 0,
        "total": news["total"] if news and news["phase"] == "reading" else None,
        "is_silent": news is None and silent > SILENT_SECONDS,
        "is_lost": silent > LOST_SECONDS and news is None,
    }


@staff
def refused_rows(request: HttpRequest, run_id: UUID) -> StreamingHttpResponse:
    """The refused rows as CSV, each with what is wrong in the reader's language, to correct and bring again."""
    run = run_of(request, run_id)
    file = uploads.refused_file(run)
    if file is None:
        raise Http404
    name = f"refused-{run.file_name.rsplit('.', 1)[0]}.csv"
    response = StreamingHttpResponse(said_rows(file, get_language() or "en"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


@staff
def map_file(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The map as a file, to give with the next file of the same kind."""
    run = run_of(request, run_id)
    text = run.mapping.get("text", "")
    if not text and run.state == "previewed":
        found = uploads.preview(request.seller, actor(request), run, clock.now())  # type: ignore[attr-defined]
        text = found.map.describe() if found.map else ""
    if not text:
        raise Http404
    response = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{run.kind}.yaml"'
    return response


def run_of(request: HttpRequest, run_id: UUID, *states: str) -> ImportRun:
    """The seller's run of an id, in one of the states where any are named."""
    run = ImportRun.objects.filter(seller=request.seller, id=run_id).first()  # type: ignore[attr-defined]
    if run is None or run.kind not in KINDS or (states and run.state not in states):
        raise Http404
    return run


def _crumbs(label: str) -> list[dict[str, Any]]:
    return [{"label": gettext("Imports"), "href": reverse("desk:imports")}, {"label": label}]
