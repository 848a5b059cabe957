"""The page of one recipient. Reading it changes nothing; whatever it does is a form that a person sends."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_POST

from openterms.apps.collecting.answering import actions
from openterms.apps.collecting.answering.actions import Reader
from openterms.apps.collecting.plan.models import Plan
from openterms.apps.collecting.promise.models import Promise
from openterms.apps.collecting.reported_payment.models import ReportedPayment
from openterms.apps.messaging.page.entering import enter_page
from openterms.apps.messaging.page.models import PageLink, PageRequest
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.dispute.models import DisputeCase
from openterms.apps.receivables.open_item import reads
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.context import acting
from openterms.core.base.errors import BadInput, Refused

from ..door import Visit, address_of, by_link, in_language, told
from .forms import FORMS, AnswerForm

MOST_ROWS = 100


def _enter(secret: str) -> PageLink | None:
    return enter_page(secret, clock.now())


reader_of = by_link(_enter)


@reader_of
def home(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What is owed and why, what we know already, and what the reader can do with one tap."""
    with translation.override(_language(request, visit)):
        today = clock.local_date(clock.now(), visit.shop.timezone)
        with acting(visit.shop.id, customer=visit.found.customer_id):
            context = _frame(visit) | _owed(visit, today) | _known(visit, today)
        return render(request, "pages/personal/home.html", context)


@reader_of
def answer(request: HttpRequest, visit: Visit, name: str) -> HttpResponse:
    """One form: shown, or sent."""
    kind = FORMS.get(name)
    if kind is None:
        raise Http404
    now = clock.now()
    with translation.override(_language(request, visit)):
        today = clock.local_date(now, visit.shop.timezone)
        with acting(visit.shop.id, customer=visit.found.customer_id):
            frame, rows = _frame(visit), _rows(visit, today)
        is_sent = request.method == "POST"
        form = kind(rows, today, request.POST if is_sent else None, request.FILES if is_sent else None)
        if is_sent and form.is_valid():
            reader = _reader(request, visit, form.cleaned_data["key"])
            if _did(form, reader, frame["customer"], now):
                messages.success(request, str(form.thanks))
                return HttpResponseRedirect(reverse("pages:personal", args=[visit.secret]))
        context = frame | {"form": form, "name": name, "nothing": not rows and name in ("paid", "promise", "dispute")}
        return render(request, "pages/personal/answer.html", context, status=422 if is_sent else 200)


@reader_of
def plan(request: HttpRequest, visit: Visit, plan_id: UUID) -> HttpResponse:
    """A plan that was offered: its instalments and its text, and one acceptance under a typed name."""
    with translation.override(_language(request, visit)):
        with acting(visit.shop.id, customer=visit.found.customer_id):
            found = Plan.objects.filter(id=plan_id).first()
            if found is None:
                raise Http404
            context = _frame(visit) | {"plan": found}
        with acting(visit.shop.id):
            context["instalments"] = list(found.instalments.order_by("number"))
        fault, typed = "", request.POST.get("name", "")[:200]
        if request.method == "POST":
            try:
                reader = _reader(request, visit, UUID(request.POST.get("key", "")), typed)
                actions.accept_plan(reader, plan_id, request.POST.get("agreement", ""), clock.now())
                return HttpResponseRedirect(reverse("pages:personal_plan", args=[visit.secret, plan_id]))
            except ValueError:
                raise Http404 from None
            except (BadInput, Refused) as error:
                fault = told(error)
        context |= {"fault": fault, "typed": typed, "key": clock.new_id(), "today": _today(visit)}
        return render(request, "pages/personal/plan.html", context, status=422 if fault else 200)


@reader_of
@require_POST
def seen(request: HttpRequest, visit: Visit) -> HttpResponse:
    """A person moved on the page."""
    actions.seen(visit.found, address_of(request), clock.now())
    return HttpResponse(status=204)


def _did(form: AnswerForm, reader: Reader, customer: Customer, now: datetime) -> bool:
    """Do what the form says, wholly or not at all; what is wrong goes to its fields."""
    try:
        with acting(reader.link.seller_id):
            form.act(reader, customer, now)
    except BadInput as error:
        field = form.places.get(error.where, error.where)
        form.add_error(field if field in form.fields else None, told(error))
    except Refused as error:
        form.add_error(None, told(error))
    return not form.errors


def _reader(request: HttpRequest, visit: Visit, key: UUID, name: str = "") -> Reader:
    return Reader(visit.found, key, address_of(request), name)


def _language(request: HttpRequest, visit: Visit) -> str:
    if "lang" in request.GET or "lang" in request.POST:
        return in_language(request)
    return str(visit.found.language)


def _today(visit: Visit) -> date:
    return clock.local_date(clock.now(), visit.shop.timezone)


def _frame(visit: Visit) -> dict[str, Any]:
    customer = Customer.objects.get(id=visit.found.customer_id)
    return {"shop": visit.shop, "secret": visit.secret, "customer": customer, "language": translation.get_language()}


def _rows(visit: Visit, today: date) -> list[dict[str, Any]]:
    """What the customer owes, item by item, with what of each is free to be paid, promised or contested."""
    found = reads.open_items(visit.shop, visit.found.customer_id, today, MOST_ROWS + 1)
    rows = [row for row in found if row["is_debit"]]
    for row in rows:
        row["free_minor"] = row["open_minor"] - row["contested_minor"] - row["in_flight_minor"]
    return rows


def _owed(visit: Visit, today: date) -> dict[str, Any]:
    rows = _rows(visit, today)
    return {
        "accounts": reads.account(visit.shop, visit.found.customer_id, today), "rows": rows[:MOST_ROWS],
        "has_more": len(rows) > MOST_ROWS, "today": today,
    }  # fmt: skip


def _known(visit: Visit, today: date) -> dict[str, Any]:
    """What was said and agreed already and is not over."""
    customer = visit.found.customer_id
    open_cases = DisputeCase.objects.filter(customer_id=customer).exclude(state="closed").order_by("-id")
    return {
        "promises": list(Promise.objects.filter(customer_id=customer, state="pending").order_by("promised_for")[:20]),
        "reported": list(ReportedPayment.objects.filter(customer_id=customer, state="open").order_by("-id")[:20]),
        "plans": list(
            Plan.objects.filter(customer_id=customer, state__in=("offered", "running")).order_by("-id")[:10]
        ),
        "cases": list(open_cases[:20]),
        "requests": list(
            PageRequest.objects.filter(customer_id=customer, done_at__isnull=True).order_by("-id")[:10]
        ),
    }
