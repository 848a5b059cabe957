"""The page of one recipient. Reading it changes nothing; whatever it does is a form that a person sends."""

from __future__ import annotations

import logging
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_POST

from openterms.apps.collecting.answering import actions
from openterms.apps.collecting.answering.actions import Reader
from openterms.apps.collecting.answering.reads import owed_items
from openterms.apps.collecting.plan.agreement import agreement_in
from openterms.apps.collecting.plan.models import Plan
from openterms.apps.collecting.plan.reads import plan_rows
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.invoice.papers import invoice_of_item, rendered
from openterms.apps.receivables.models import Item
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.context import acting
from openterms.core.base.errors import BadInput, Refused
from openterms.formats.paper.typesetting import PaperError
from openterms.web.desk.invoice_papers import paper_or_fault
from openterms.web.desk.papers import answered

from ..door import Visit, address_of, in_language, told
from . import shown
from .entrance import reader_of, thank
from .forms import FORMS, AnswerForm
from .paper import statement

log = logging.getLogger(__name__)


@reader_of
def home(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What is owed and why, what we know already, and what the reader can do with one tap."""
    with translation.override(_language(request, visit)):
        now, customer_id = clock.now(), visit.found.customer_id
        today = clock.local_date(now, visit.shop.timezone)
        with acting(visit.shop.id, customer=customer_id):
            context = _frame(visit)
        context |= shown.owed(visit.shop, customer_id, today) | shown.known(visit.shop, customer_id, today)
        context["ahead"] = shown.ahead(visit.shop, context["customer"], today, now)
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
            frame, rows = _frame(visit), owed_items(visit.shop, visit.found.customer_id, today)
        is_sent = request.method == "POST"
        form = kind(rows, today, request.POST if is_sent else None, request.FILES if is_sent else None)
        if is_sent and _is_done(request, visit, form, frame["customer"], now):
            thank(request, str(form.thanks))
            return HttpResponseRedirect(_home(request, visit))
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
            context["instalments"] = plan_rows(found, _today(visit))
        fault, typed = "", request.POST.get("name", "")[:200]
        if request.method == "POST":
            try:
                reader = _reader(request, visit, UUID(request.POST.get("key", "")), typed)
                actions.accept_plan(reader, plan_id, request.POST.get("agreement", ""), clock.now())
                address = reverse("pages:personal_plan", args=[visit.secret, plan_id])
                return HttpResponseRedirect(f"{address}?lang={_language(request, visit)}")
            except ValueError:
                raise Http404 from None
            except (BadInput, Refused) as error:
                fault = told(error)
        agreement, its_language = agreement_in(found.agreement, _language(request, visit))
        context |= {
            "fault": fault, "typed": typed, "key": clock.new_id(), "today": _today(visit), "agreement": agreement,
            "its_language": its_language,
        }  # fmt: skip
        return render(request, "pages/personal/plan.html", context, status=422 if fault else 200)


@reader_of
@require_POST
def seen(request: HttpRequest, visit: Visit) -> HttpResponse:
    """A person moved on the page."""
    actions.seen(visit.found, address_of(request), clock.now(), request.GET.get("what") == "document")
    return HttpResponse(status=204)


@reader_of
def statement_file(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The statement of account as PDF."""
    with acting(visit.shop.id, customer=visit.found.customer_id):
        customer = Customer.objects.get(id=visit.found.customer_id)
    try:
        content = statement(visit.shop, customer, _language(request, visit), _today(visit))
    except PaperError as error:
        log.error("A statement of account cannot be set: %s", error)
        context = {"shop": visit.shop, "secret": visit.secret}
        with translation.override(_language(request, visit)):
            return render(request, "pages/personal/no_paper.html", context, status=503)
    return answered(content, f"statement-{customer.number}.pdf")


@reader_of
def invoice_file(request: HttpRequest, visit: Visit, item_id: UUID) -> HttpResponse:
    """An invoice of the reader's company that was issued here, as PDF with the e-invoice inside where there is one."""
    with acting(visit.shop.id, customer=visit.found.customer_id):
        item = Item.objects.filter(id=item_id, customer_id=visit.found.customer_id).first()
        made = invoice_of_item(item) if item else None
    if made is None:
        raise Http404
    with translation.override(_language(request, visit)):
        return paper_or_fault(lambda: rendered(visit.shop, made, "pdf"), f"{made.number}.pdf")


def _is_done(request: HttpRequest, visit: Visit, form: AnswerForm, customer: Customer, now: datetime) -> bool:
    """Whether what the form says is done: now, or when this very form was sent before, whatever is owed since then."""
    is_valid, key = form.is_valid(), form.cleaned_data.get("key")
    if key is None:
        return False
    return actions.was_sent(visit.found, key) or (is_valid and _did(form, _reader(request, visit, key), customer, now))


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


def _home(request: HttpRequest, visit: Visit) -> str:
    """The page itself, in the language that is read."""
    return f"{reverse('pages:personal', args=[visit.secret])}?lang={_language(request, visit)}"


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
