"""One-button acts: take back what was just done, and what needs no form."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from openterms.apps.collecting.pause.actions import resume
from openterms.apps.collecting.promise.actions import withdraw
from openterms.apps.collecting.promise.models import Promise
from openterms.apps.collecting.worklist.actions import strike_activity, wake
from openterms.apps.collecting.worklist.models import Activity
from openterms.apps.collecting.worklist.reads import work_item
from openterms.apps.collecting.worklist.undoing import undo_promise
from openterms.apps.credit.hold.actions import lift_hold
from openterms.apps.receivables.dispute.actions import recorded_together, withdraw_disputes
from openterms.apps.receivables.dispute.models import Dispute
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput, Refused

from .access import actor, staff, today
from .customer import customer_of
from .doing import came_from, refused


@require_POST
@staff(right="work")
def withdraw_promise(request: HttpRequest, promise_id: UUID) -> HttpResponse:
    """Take a pending promise off the record's claims; with `together` the call that was logged with it, too."""
    seller = request.seller  # type: ignore[attr-defined]
    made = Promise.objects.filter(seller=seller, id=promise_id).first()
    if made is None:
        raise Http404
    back = came_from(request, reverse("desk:customer", args=[made.customer_id]))
    try:
        act = undo_promise if "together" in request.GET else _withdraw_alone
        _promise, call = act(seller, actor(request), promise_id, today(request), clock.now())
    except (BadInput, Refused) as error:
        return refused(request, error, back)
    text = _("The promise is withdrawn and its call struck out.") if call else _("The promise is withdrawn.")
    messages.success(request, text)
    return HttpResponseRedirect(back)


def _withdraw_alone(*given: Any) -> tuple[Promise, None]:
    """The customer takes the promise back; that somebody was spoken to stays."""
    return withdraw(*given), None


@require_POST
@staff(right="work")
def withdraw_dispute(request: HttpRequest, dispute_id: UUID) -> HttpResponse:
    """Take back a dispute that was recorded by mistake, with `together` all that were recorded with it."""
    seller = request.seller  # type: ignore[attr-defined]
    opened = Dispute.objects.filter(seller=seller, id=dispute_id).first()
    if opened is None:
        raise Http404
    back = came_from(request, reverse("desk:customer", args=[opened.customer_id]))
    ids = recorded_together(seller, dispute_id) if "together" in request.GET else [dispute_id]
    try:
        taken = withdraw_disputes(seller, actor(request), ids or [dispute_id], today(request), clock.now())
    except (BadInput, Refused) as error:
        return refused(request, error, back)
    text = ngettext("The dispute is withdrawn.", "The disputes are withdrawn.", len(taken))
    messages.success(request, text)
    return HttpResponseRedirect(back)


@require_POST
@staff(right="work")
def strike(request: HttpRequest, activity_id: UUID) -> HttpResponse:
    """Strike out a call, letter, mail or visit that was logged by mistake."""
    seller = request.seller  # type: ignore[attr-defined]
    logged = Activity.objects.filter(seller=seller, id=activity_id).first()
    if logged is None:
        raise Http404
    back = came_from(request, reverse("desk:customer", args=[logged.customer_id]))
    try:
        strike_activity(seller, actor(request), activity_id, today(request), clock.now())
    except (BadInput, Refused) as error:
        return refused(request, error, back)
    messages.success(request, _("Struck out. It stays in the timeline and counts for nothing."))
    return HttpResponseRedirect(back)


@require_POST
@staff(right="hold")
def lift(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Lift the hold."""
    customer = customer_of(request, customer_id)
    back = came_from(request, reverse("desk:customer", args=[customer_id]))
    try:
        lift_hold(customer.seller, actor(request), customer, today(request), clock.now())
    except (BadInput, Refused) as error:
        return refused(request, error, back)
    messages.success(request, _("The hold is lifted."))
    return HttpResponseRedirect(back)


@require_POST
@staff(right="work")
def unpause(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """End the pause of dunning."""
    customer = customer_of(request, customer_id)
    resume(customer.seller, actor(request), customer, today(request), clock.now())
    messages.success(request, _("The pause has ended."))
    return HttpResponseRedirect(came_from(request, reverse("desk:customer", args=[customer_id])))


@require_POST
@staff(right="work")
def wake_work(request: HttpRequest, work_item_id: UUID) -> HttpResponse:
    """Put a customer back on the list."""
    back = came_from(request, reverse("desk:worklist"))
    if work_item(request.seller, work_item_id) is None:  # type: ignore[attr-defined]
        raise Http404
    try:
        wake(request.seller, actor(request), work_item_id, clock.now())  # type: ignore[attr-defined]
    except (BadInput, Refused) as error:
        return refused(request, error, back)
    messages.success(request, _("Back on the list."))
    return HttpResponseRedirect(back)
