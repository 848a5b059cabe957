"""Call mode: one customer after another, one key for each outcome, two for a promise."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from openterms.apps.collecting.guard.reads import verdict
from openterms.apps.collecting.worklist import reads
from openterms.apps.collecting.worklist.actions import snooze
from openterms.apps.collecting.worklist.calling import HELD_FOR, Call, let_go, promisable, record_call, take, take_next
from openterms.apps.collecting.worklist.models import Outcome, WorkItem
from openterms.apps.collecting.worklist.script import script_of
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput, Refused
from openterms.core.collecting.follow_up import next_day, promise_days
from openterms.core.collecting.guard import Act

from . import display
from .access import actor, staff, today
from .doing import explain, is_partial
from .paging import uuid_of
from .words import WORK
from .worklist import whose
from .worklist_worth import why_here

KEYS = {
    "no_answer": "n", "voicemail": "v", "wrong_contact": "w", "not_received": "r", "copy_requested": "c",
    "po_requested": "o", "awaiting_approval": "a", "in_payment_run": "u", "disputes": "d", "already_paid": "y",
    "cannot_pay": "b", "refuses": "f", "message_sent": "m", "other": "t",
}  # fmt: skip
"""A key for each outcome; a promise has `p`, and then its day."""
SKIPPED = "call_skipped"
MOST_SKIPPED = 300
LATER = gettext_lazy("Later")


@staff(right="work")
def call_page(request: HttpRequest) -> HttpResponse:
    """The next customer, or the one that the address names, with all that a call needs."""
    if "start" in request.GET:
        request.session[SKIPPED] = []
    return _show(request, uuid_of(request.GET.get("work", "")))


@require_POST
@staff(right="work")
def call_outcome(request: HttpRequest, work_item_id: UUID) -> HttpResponse:
    """Log how the call ended; the next customer comes at once."""
    seller, given = request.seller, request.POST  # type: ignore[attr-defined]
    get_object_or_404(WorkItem, seller=seller, id=work_item_id)
    promised = _date(given.get("promised_for", ""))
    outcome = "promised" if promised else given.get("outcome", "")
    call = Call(
        outcome, uuid_of(given.get("contact", "")), given.get("note", "")[:4000],
        None if promised else _date(given.get("next_on", "")), promised,
    )  # fmt: skip
    try:
        logged, made = record_call(seller, actor(request), work_item_id, call, today(request), clock.now())
    except (BadInput, Refused) as error:
        return _show(request, work_item_id, explain(error), 422)
    back = f"{reverse('desk:call')}?work={work_item_id}"
    if made is not None:
        said = {"amount": f"{display.amount(made.amount_minor, made.currency)} {made.currency}",
                "day": display.day(made.promised_for)}  # fmt: skip
        text = _("Promise recorded: %(amount)s by %(day)s.") % said
        undo = reverse("desk:withdraw_promise", args=[made.id]) + f"?together&next={quote(back)}"
    else:
        text = _("Recorded: %(outcome)s.") % {"outcome": dict(Outcome.choices)[outcome]}
        undo = reverse("desk:strike", args=[logged.id]) + f"?next={quote(back)}"
    return _show(request, None, undo=undo, said=text)


@require_POST
@staff(right="work")
def call_later(request: HttpRequest, work_item_id: UUID) -> HttpResponse:
    """Leave this customer: until tomorrow with `until`, else for this round alone."""
    get_object_or_404(WorkItem, seller=request.seller, id=work_item_id)  # type: ignore[attr-defined]
    if request.POST.get("until") != "tomorrow":
        skipped = [*request.session.get(SKIPPED, []), str(work_item_id)]
        request.session[SKIPPED] = skipped[-MOST_SKIPPED:]
        return _show(request, None)
    day = today(request)
    try:
        snooze(request.seller, actor(request), work_item_id, day + timedelta(days=1), day, clock.now())  # type: ignore[attr-defined]
    except (BadInput, Refused) as error:
        return _show(request, work_item_id, explain(error), 422)
    undo = reverse("desk:wake", args=[work_item_id]) + f"?next={quote(reverse('desk:call') + f'?work={work_item_id}')}"
    return _show(request, None, undo=undo, said=_("Put off until tomorrow."))


@require_POST
@staff(right="work")
def call_end(request: HttpRequest) -> HttpResponse:
    """Leave call mode; nobody's work stays held."""
    let_go(request.seller, actor(request), clock.now())  # type: ignore[attr-defined]
    response = HttpResponse(status=302)
    response["Location"] = reverse("desk:worklist")
    return response


def _show(
    request: HttpRequest, wanted: UUID | None, error: str = "", status: int = 200, undo: str = "", said: str = ""
) -> HttpResponse:
    """The page, or only its part for the scripts, with the customer wanted or the next one."""
    seller, now = request.seller, clock.now()  # type: ignore[attr-defined]
    work_id = None
    if wanted is not None:
        try:
            work_id = take(seller, actor(request), wanted, now)
        except (BadInput, Refused) as refused:
            error, status = error or explain(refused), 422 if request.method == "POST" else 200
    if work_id is None and (wanted is None or request.method == "GET"):
        skipped = [found for text in request.session.get(SKIPPED, []) if (found := uuid_of(text))]
        work_id = take_next(seller, actor(request), now, _collectors(request), _step(request), skipped)
    context = {
        "place": "worklist", "error": error, "undo": undo, "said": said, "is_done": work_id is None,
        "partial": is_partial(request), "step": _step(request), "everybody": _collectors(request) is None,
        "skipped": len(request.session.get(SKIPPED, [])),
    }  # fmt: skip
    if work_id is not None:
        context |= _call(request, work_id)
    template = "desk/call_body.html" if is_partial(request) else "desk/call.html"
    response = render(request, template, context, status=status)
    if said and is_partial(request):
        response["HX-Trigger-After-Swap"] = json.dumps({"toast": {"text": said, "undo": undo}})
    return response


def _call(request: HttpRequest, work_id: UUID) -> dict[str, Any]:
    """Everything about one customer that a call needs."""
    from openterms.apps.analytics.day.reads import latest_run

    seller, day, now = request.seller, today(request), clock.now()  # type: ignore[attr-defined]
    work = reads.work_item(seller, work_id)
    if work is None:
        return {"is_done": True}
    weekend = frozenset(seller.weekend)
    script = script_of(seller, work["customer_id"], work["currency"], day)
    judged = verdict(work["customer_id"], Act.CALL, now, currency=work["currency"])
    run = latest_run(seller)
    item = WorkItem.objects.get(seller=seller, id=work_id)
    _ids, promise_minor = promisable(seller, item, day)
    outcomes = [
        {"code": code, "said": said, "key": KEYS[code], "next_on": next_day(code, day, weekend)}
        for code, said in Outcome.choices
        if code in KEYS
    ]
    days = promise_days(day, weekend) if promise_minor else ()
    return {
        "work": work, "script": script, "best": next((one for one in script["people"] if one["phone"]), None),
        "refusals": [display.reason_texts(reason) for reason in judged.reasons], "may_call": judged.allowed,
        "not_before": judged.not_before, "outcomes": outcomes, "promise_minor": promise_minor,
        "promise_days": [{"key": str(at), "day": one} for at, one in enumerate(days, 1)],
        "last": reads.activities(seller, work["customer_id"], 3),
        "promises": reads.promises(seller, work["customer_id"], 3), "step_word": WORK.get(work["step"], work["step"]),
        "worth": why_here(work, (run.figures.get("weights") or {}) if run else {}, seller.currency),
        "me": request.user, "shop": seller.name.removesuffix("."), "today": day, "tomorrow": day + timedelta(days=1),
        "held_minutes": int(HELD_FOR.total_seconds() // 60),
    }  # fmt: skip


def _collectors(request: HttpRequest) -> list[UUID] | None:
    """Mine unless everybody's is asked for; the choice stays in the session from the start on."""
    if "whose" in request.GET or "start" in request.GET:
        request.session["call_whose"] = request.GET.get("whose", "")
    wanted = request.session.get("call_whose", "")
    mine = request.membership.role == "collector" if not wanted else wanted == "mine"  # type: ignore[attr-defined]
    return whose(request) if mine else None


def _step(request: HttpRequest) -> str:
    if "start" in request.GET or "step" in request.GET:
        step = request.GET.get("step", "")
        request.session["call_step"] = step if step in WORK else ""
    return str(request.session.get("call_step", ""))


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
