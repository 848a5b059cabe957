"""The applicant's form: one section a step, kept as it is written, with and without scripts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from openterms.apps.credit.application import actions, entering
from openterms.apps.credit.application.models import Application, ApplicationFile
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.credit.application import is_begun, missing_in
from openterms.core.credit.application_shape import BY_NAME, SECTIONS, Section
from openterms.formats.statements import read_workbook, workbook
from openterms.web.desk.application_mails import send_link
from openterms.web.desk.application_words import rows_of
from openterms.web.desk.doing import explain

from ..door import Visit, address_of, by_link, in_language, private

applicant = by_link(entering.enter_application)
LAST = ("files", "sign")
ORDER = (*(one.name for one in SECTIONS), *LAST)


def start_page(request: HttpRequest, code: str) -> HttpResponse:
    """What is asked, how long it takes, and the button that begins. Closed and unknown forms look the same."""
    entered = entering.enter_form(code)
    if entered is None:
        return private(render(request, "pages/gone.html", status=404))
    form, application_id = entered
    language = in_language(request)
    order_ref = (request.POST.get("order") or request.GET.get("order") or "")[:100]
    shop = Seller.objects.get(id=form.seller_id)
    with translation.override(language):
        fault = ""
        if request.method == "POST":
            try:
                _made, secret = actions.start(
                    form, application_id, language, address_of(request), clock.now(), order_ref
                )
                return private(HttpResponseRedirect(reverse("pages:application", args=[secret])))
            except Refused as error:
                fault = explain(error)
        context = {"shop": shop, "language": language, "order": order_ref, "fault": fault, "steps": len(ORDER)}
        response = private(render(request, "pages/application/start.html", context, status=429 if fault else 200))
        response.headers["Content-Language"] = language
        return response


start_page.enters_by_key = True  # type: ignore[attr-defined]


@applicant
def index(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Where one left off, or the status of what was sent."""
    row: Application = visit.found
    if row.state != Application.State.STARTED or row.expires_at <= clock.now():
        return _to("application_status", visit)
    waiting = next((one.name for one in SECTIONS if _has_holes(one, row) or not _seen(one, row)), "files")
    return _to("application_section", visit, waiting) if waiting in BY_NAME else _to("application_files", visit)


def _has_holes(section: Section, row: Application) -> bool:
    return bool(missing_in(section, row.answers))


def _seen(section: Section, row: Application) -> bool:
    """Whether a section was passed: one that may stay empty is kept as empty once it was."""
    return section.name in row.answers


@applicant
@require_POST
def language(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Read on in the other language."""
    try:
        actions.say_language(visit.found.id, request.POST.get("lang", ""), clock.now())
    except Refused:
        return _to("application_status", visit)
    back = request.POST.get("step", "")
    if back in BY_NAME:
        return _to("application_section", visit, back)
    return _to(f"application_{back}" if back in LAST else "application", visit)


@applicant
def section_page(request: HttpRequest, visit: Visit, name: str) -> HttpResponse:
    """One step. A partial request keeps what is written and answers with faults; a whole one goes on to the next."""
    section, row = BY_NAME.get(name), visit.found
    if section is None or not _is_open(row):
        return _to("application", visit)
    faults, typed = [], None
    if request.method == "POST":
        typed = _typed(request, section)
        try:
            row, faults = actions.save_section(row.id, name, typed, clock.now())
            if name == "statements" and isinstance(request.FILES.get("workbook"), UploadedFile):
                row = _from_workbook(request, row)
        except Refused:
            return _to("application", visit)
        except BadInput as error:
            return _step(request, visit, row, section, faults, typed, explain(error))
        if request.headers.get("HX-Request") == "true":
            rows = rows_of(section, row.answers.get(name) or {}, row.currency, faults, typed)
            return render(request, "pages/application/saved.html", {"rows": rows, "now": clock.now()})
        wrong = {fault.place for fault in faults}
        faults += [fault for fault in missing_in(section, row.answers) if fault.place not in wrong]
        if not faults:
            if name == "contact" and "company" not in row.answers:  # the first time
                send_link(request, row, visit.shop, visit.secret)
            return _to_step(visit, name, 1)
    elif request.GET.get("check"):
        faults = missing_in(section, row.answers)
    return _step(request, visit, row, section, faults, typed)


def _step(
    request: HttpRequest, visit: Visit, row: Application, section: Section, faults: Any, typed: Any, fault: str = ""
) -> HttpResponse:
    rows = rows_of(section, row.answers.get(section.name) or {}, row.currency, faults, typed)
    context = frame(visit, row, section.name) | {
        "section": section, "title": _(section.title), "intro": _(section.intro) if section.intro else "",
        "rows": rows, "faults": len(list(faults)), "fault": fault,
    }  # fmt: skip
    status = 422 if request.method == "POST" and (faults or fault) else 200
    return render(request, "pages/application/step.html", context, status=status)


def _typed(request: HttpRequest, section: Section) -> dict[str, str]:
    names = [field.name for field in section.fields]
    if section.rows > 1:
        names = [f"{number}-{name}" for number in range(section.rows) for name in names]
    return {name: request.POST.get(name, "")[:5_000] for name in names}


def _from_workbook(request: HttpRequest, row: Application) -> Application:
    """Figures from the filled-in template take the place of those typed. Errors: what in the workbook is wrong."""
    content = request.FILES["workbook"].read()  # type: ignore[union-attr]
    given = read_workbook(content)
    row, faults = actions.save_section(row.id, "statements", given, clock.now())
    if faults:
        first = faults[0]
        raise BadInput(first.error.what, first.place, first.error.remedy, first.error.params)
    return row


@applicant
def statements_template(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The workbook to fill in, in the applicant's language."""
    section = BY_NAME["statements"]
    labels = {one.name: _(one.label) for one in section.fields}
    choices = {code: _(label) for code, label in section.field("kind").choices}
    content = workbook(labels, choices, visit.found.currency, _(section.title), visit.found.language == "ar")
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return HttpResponse(
        content, content_type=kind, headers={"Content-Disposition": 'attachment; filename="statements.xlsx"'}
    )


@applicant
def files_page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Files that help: looked at before they are kept."""
    row, fault = visit.found, ""
    if not _is_open(row):
        return _to("application", visit)
    if request.method == "POST":
        given = request.FILES.get("file")
        if not isinstance(given, UploadedFile):
            fault = _("Choose a file first.")
        else:
            try:
                content = given.read() if (given.size or 0) <= 11 * 2**20 else b"\0" * (11 * 2**20)
                actions.add_file(row.id, request.POST.get("purpose", ""), given.name or "", content, clock.now())
                return _to("application_files", visit)
            except (BadInput, Refused) as error:
                fault = explain(error)
    kept = list(ApplicationFile.objects.filter(application=row).order_by("id"))
    context = frame(visit, row, "files") | {
        "files": kept, "purposes": ApplicationFile.Purpose.choices, "fault": fault, "title": _("Files"),
    }  # fmt: skip
    return render(request, "pages/application/files.html", context, status=422 if fault else 200)


@applicant
@require_POST
def remove(request: HttpRequest, visit: Visit, file_id: UUID) -> HttpResponse:
    """Take a file back."""
    try:
        actions.remove_file(visit.found.id, file_id, clock.now())
    except Refused:
        return _to("application", visit)
    return _to("application_files", visit)


def frame(visit: Visit, row: Application, here: str) -> dict[str, Any]:
    """What every step shows: whose form, which step of how many, what is done, and what comes before."""
    steps = []
    for one in SECTIONS:
        done = is_begun(one, row.answers) and not missing_in(one, row.answers)
        address = reverse("pages:application_section", args=[visit.secret, one.name])
        steps.append({"title": _(one.title), "href": address, "done": done, "here": one.name == here})
    for name, title in (("files", _("Files")), ("sign", _("Check and sign"))):
        address = reverse(f"pages:application_{name}", args=[visit.secret])
        steps.append({"title": title, "href": address, "done": False, "here": name == here})
    place = ORDER.index(here)
    return {
        "shop": visit.shop,
        "application": row,
        "secret": visit.secret,
        "step_name": here,
        "steps": steps,
        "number": place + 1,
        "count": len(ORDER),
        "before": steps[place - 1]["href"] if place else "",
        "after": steps[place + 1]["href"] if place + 1 < len(steps) else "",
    }


def _is_open(row: Application) -> bool:
    return row.state == Application.State.STARTED and row.expires_at > clock.now()


def _to(name: str, visit: Visit, *more: str) -> HttpResponse:
    return HttpResponseRedirect(reverse(f"pages:{name}", args=[visit.secret, *more]))


def _to_step(visit: Visit, name: str, by: int) -> HttpResponse:
    target = ORDER[ORDER.index(name) + by]
    if target in BY_NAME:
        return _to("application_section", visit, target)
    return _to(f"application_{target}", visit)
