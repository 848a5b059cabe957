"""The referee's page: who asks about whom, a few questions, one button."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from openterms.apps.credit.application import actions, entering
from openterms.apps.credit.application.models import ApplicationReference
from openterms.apps.credit.application.rules import Incomplete
from openterms.apps.tenancy import clock
from openterms.core.base.errors import Refused
from openterms.core.credit.application import Fault
from openterms.core.credit.application_shape import BANK_REFERENCE, TRADE_REFERENCE
from openterms.web.desk.application_words import rows_of
from openterms.web.desk.doing import explain

from ..door import Visit, by_link

referee = by_link(entering.enter_reference)


@referee
def reference_page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask, or thank. What the applicant asked for is not shown to the referee."""
    row: ApplicationReference = visit.found
    section = BANK_REFERENCE if row.kind == ApplicationReference.Kind.BANK else TRADE_REFERENCE
    has_expired = row.expires_at <= clock.now()
    faults: list[Fault] = []
    typed = None
    fault = ""
    if request.method == "POST" and row.answered_at is None and not has_expired:
        typed = {field.name: request.POST.get(field.name, "")[:5_000] for field in section.fields}
        try:
            actions.answer_reference(row.id, typed, request.POST.get("answered_by", ""), clock.now())
            return HttpResponseRedirect(reverse("pages:reference", args=[visit.secret]))
        except Incomplete as error:
            faults = list(error.faults)
        except Refused as error:
            fault = explain(error)
    context = {
        "shop": visit.shop,
        "reference": row,
        "title": _(section.title),
        "rows": rows_of(section, typed or {}, row.currency, faults, typed),
        "typed": typed or {},
        "answered_by": request.POST.get("answered_by", ""),
        "answered_by_error": next((explain(one.error) for one in faults if one.field == "answered_by"), ""),
        "fault": fault,
        "has_expired": has_expired,
    }
    return render(request, "pages/application/reference.html", context, status=422 if faults or fault else 200)
