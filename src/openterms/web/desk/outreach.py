"""Before it goes out: what a run would send, to whom, why not to others; hold out one, send, and what went before."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from openterms.apps.analytics.outreach.actions import planned, send_run
from openterms.apps.collecting.outreach.actions import finish_task, hold_out, let_in
from openterms.apps.collecting.outreach.models import EventStep, OutreachHold, OutreachRun
from openterms.apps.collecting.outreach.plans import HELD_OUT, Declined, Plan, Planned
from openterms.apps.collecting.outreach.rendering import shown
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput, Refused

from . import display
from .access import actor, may, staff, today
from .customer import customer_of
from .doing import attempt, done, refused
from .outreach_timetable import clock_words
from .strategy_words import channel_word, doer_word, event_word
from .words import word

MOST_SHOWN = 200
RUNS_SHOWN = 10
FOLDED_FROM = 5
"""Longer lists of customers with the same reason are folded."""


@staff
def index(request: HttpRequest) -> HttpResponse:
    """What a run of a day would do; nothing is written by looking."""
    seller, on = request.seller, _day(request)  # type: ignore[attr-defined]
    plan = planned(seller, on, clock.now())
    held = set(OutreachHold.objects.filter(seller=seller, date=on, released_at=None)
               .values_list("customer_id", flat=True))  # fmt: skip
    tasks = EventStep.objects.filter(seller=seller, message=None, done_on=None).select_related("customer")
    return render(request, "desk/outreach/index.html", {
        "place": "outreach", "on": on, "plan": plan,
        "going": [_message(one) for one in plan.messages[:MOST_SHOWN]],
        "declined": _by_reason([_declined(one, held) for one in plan.declined[:MOST_SHOWN]]),
        "by_step": [{"step": word(step), "count": count}
                    for step, count in Counter(one.step for one in plan.messages).most_common()],
        "people": [{"step": word(step), "count": count} for step, count in sorted(plan.people.items())],
        "tasks": [{"task": one, "event": event_word(one.code), "by": doer_word(one.by)}
                  for one in tasks.order_by("taken_on", "id")[:MOST_SHOWN]],
        "runs": OutreachRun.objects.filter(seller=seller).select_related("done_by")
                .order_by("-date", "-id")[:RUNS_SHOWN],
        "may_send": may(request, "work") and on <= today(request), "most": MOST_SHOWN, **clock_words(request, seller),
    })  # fmt: skip


@staff
def message_page(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """One planned message as its reader would see it."""
    seller, on = request.seller, _day(request)  # type: ignore[attr-defined]
    customer = customer_of(request, customer_id)
    one = _of(planned(seller, on, clock.now()), customer.id)
    if one is None:
        raise Http404
    words = shown(seller, _only(one, on))[0]
    return render(request, "desk/outreach/message.html", {
        "place": "outreach", "on": on, "customer": customer, "message": one, "words": words.words,
        "fault": display.reason_texts(words.fault) if words.fault else None, "channel": channel_word(one.channel),
        "why": display.reason_texts(one.why_channel)["text"], "can_hold": may(request, "work"),
    })  # fmt: skip


class HoldForm(forms.Form):
    """Why a customer is kept out of a day's run."""

    reason = forms.CharField(label=gettext_lazy("Why"), max_length=500)


@staff(right="work")
def hold_page(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Keep one customer out of the day's run."""
    customer, on = customer_of(request, customer_id), _day(request)
    form, back = HoldForm(request.POST or None), _address(on)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: hold_out(
            customer.seller, actor(request), customer.id, on, form.cleaned_data["reason"], clock.now()
        ))  # fmt: skip
        if made is not None:
            return done(request, _("Kept out of the run of this day."), back)
    context = {
        "form": form, "title": _("Keep out of this day's run"), "customer": customer, "back": back,
        "address": reverse("desk:outreach_hold", args=[customer.id]) + f"?date={on.isoformat()}", "place": "outreach",
    }  # fmt: skip
    return render(request, "desk/form_page.html", context, status=422 if form.errors else 200)


@require_POST
@staff(right="work")
def let_in_page(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Take back that a customer is kept out."""
    customer, on = customer_of(request, customer_id), _day(request)
    try:
        let_in(customer.seller, actor(request), customer.id, on, clock.now())
    except (BadInput, Refused) as error:
        return refused(request, error, _address(on))
    return done(request, _("In the run again."), _address(on))


@require_POST
@staff(right="work")
def send_page(request: HttpRequest) -> HttpResponse:
    """Send the day's run."""
    seller, on = request.seller, _day(request)  # type: ignore[attr-defined]
    try:
        run = send_run(seller, actor(request), on, clock.now())
    except (BadInput, Refused) as error:
        return refused(request, error, _address(on))
    said = _("%(messages)s messages are on their way, %(declined)s were not made.")
    return done(request, said % {name: run.figures[name] for name in ("messages", "declined")}, _address(on))


@require_POST
@staff(right="work")
def task_page(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Say that the task of an event is done."""
    seller = request.seller  # type: ignore[attr-defined]
    get_object_or_404(EventStep, seller=seller, id=task_id)
    try:
        finish_task(seller, actor(request), task_id, today(request), clock.now())
    except (BadInput, Refused) as error:
        return refused(request, error, reverse("desk:outreach"))
    return done(request, _("Done."), reverse("desk:outreach"))


def _day(request: HttpRequest) -> date:
    """The day that the address asks about; today where it says none."""
    given = (request.POST.get("date") or request.GET.get("date") or "").strip()
    try:
        return date.fromisoformat(given)
    except ValueError:
        return today(request)  # type: ignore[no-any-return]


def _address(on: date) -> str:
    return reverse("desk:outreach") + f"?date={on.isoformat()}"


def _of(plan: Plan, customer_id: UUID) -> Planned | None:
    return next((one for one in plan.messages if one.customer.customer_id == customer_id), None)


def _only(one: Planned, on: date) -> Plan:
    return Plan(date=on, strategy_version=0, messages=(one,), declined=(), tasks=(), people={})


def _message(one: Planned) -> dict[str, Any]:
    amount = one.variables.get("amount", ())
    return {
        "customer": one.customer, "contact": one.contact_name, "address": one.address, "what": _what(one.step),
        "channel": channel_word(one.channel), "items": len(one.items), "not_before": one.not_before,
        "amounts": list(amount) if isinstance(amount, tuple) else [amount],
    }  # fmt: skip


def _declined(one: Declined, held: set[UUID]) -> dict[str, Any]:
    return {
        "customer": one.customer, "what": _what(one.step), "items": len(one.items),
        "reasons": [display.reason_texts(reason) for reason in one.reasons],
        "is_held": one.reasons[0].code == HELD_OUT.code and one.customer.customer_id in held,
    }  # fmt: skip


def _by_reason(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that nothing is made for, under what speaks against it: what most have in common first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(" ".join(one["text"] for one in row["reasons"]), []).append(row)
    groups = sorted(found.values(), key=len, reverse=True)
    return [{"reasons": rows[0]["reasons"], "rows": rows, "is_long": len(rows) > FOLDED_FROM} for rows in groups]


def _what(step: str) -> str:
    """A step's word, or that of the event that is answered."""
    said = event_word(step)
    return said if said != step else str(word(step))
