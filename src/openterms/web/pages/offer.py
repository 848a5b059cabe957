"""The customer's page of an offer: what is offered and why, and one yes or no under a typed name."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation

from openterms.apps.credit.offer.actions import accept_by_link, decline_by_link
from openterms.apps.credit.offer.entering import enter_offer
from openterms.apps.credit.offer.models import Offer, OfferState
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput, Refused

from .door import Visit, address_of, by_link, in_language, told


@by_link(enter_offer)
def offer_page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show it, or keep the answer. Nothing of what the seller thinks is shown beside the reasons it wrote."""
    row: Offer = visit.found
    if "lang" in request.GET or "lang" in request.POST:
        row.language = in_language(request)  # for this answer alone
    with translation.override(row.language):
        return _answered(request, visit, row)


def _answered(request: HttpRequest, visit: Visit, row: Offer) -> HttpResponse:
    now = clock.now()
    name, note = request.POST.get("name", "")[:200], request.POST.get("note", "")[:500]
    fault = name_error = ""
    if request.method == "POST" and row.state == OfferState.OPEN:
        try:
            if request.POST.get("answer") == "accept":
                accept_by_link(visit.secret, name, address_of(request), now)
            else:
                decline_by_link(visit.secret, name, address_of(request), note, now)
            return HttpResponseRedirect(f"{reverse('pages:offer', args=[visit.secret])}?lang={row.language}")
        except BadInput as error:
            name_error = told(error)
        except Refused as error:
            fault = told(error)
    is_over = row.state == OfferState.OPEN and row.answer_by < clock.local_date(now, visit.shop.timezone)
    context = {
        "shop": visit.shop, "offer": row, "state": "expired" if is_over else row.state, "name": name, "note": note,
        "fault": fault, "name_error": name_error,
    }  # fmt: skip
    return render(request, "pages/offer/offer.html", context, status=422 if fault or name_error else 200)
