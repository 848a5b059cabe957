"""Pages of lines: notices, cover that ends, and offers."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django.views.decorators.http import require_POST

from openterms.apps.credit.cover.actions import end_cover
from openterms.apps.credit.cover.models import Cover
from openterms.apps.credit.group_line.models import GroupLineChange
from openterms.apps.credit.line.models import LineStep
from openterms.apps.credit.offer import actions as offers
from openterms.apps.credit.offer.models import Offer, OfferState
from openterms.apps.parties.models import Customer, Group
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput, Refused

from . import display
from .access import actor, staff, today
from .doing import refused
from .form_page import form_page
from .posting_forms import DateInput

_TEXT = forms.Textarea(attrs={"rows": 3})


@staff
def notice_page(request: HttpRequest, step_id: UUID) -> HttpResponse:
    """The letter that tells the customer what was done to its line and why, in its language."""
    step = get_object_or_404(
        LineStep.objects.select_related("customer"), seller=request.seller, id=step_id  # type: ignore[attr-defined]
    )
    if not step.message:
        raise Http404
    customer = step.customer
    context = {"place": "customers", "customer": customer, "paper": line_notice(request, step, customer)}
    return render(request, "desk/lines/notice.html", context)


def line_notice(
    request: HttpRequest, step: LineStep | GroupLineChange, customer: Customer, group: Group | None = None
) -> str:
    """The letter about a step of a customer's line, or of its group's, in the customer's language."""
    if isinstance(step, LineStep):
        minor, on = step.after_minor, step.on_day
    else:
        minor, on = step.limit_minor, step.valid_from
    language = customer.locale.split("-")[0]
    language = language if language in display.LANGUAGES else "en"
    with override(language):
        amount = "" if minor is None else _amount(minor, step.currency)
        context = {
            "step": step, "customer": customer, "group": group, "language": language, "amount": amount,
            "direction": "rtl" if language == "ar" else "ltr", "day": display.day(on),
            "until": display.day(step.valid_until) if step.valid_until else "",
        }  # fmt: skip
        return render_to_string("letters/line_notice.html", context, request)


class EndCoverForm(forms.Form):
    """From which day it holds no more, and why."""

    on = forms.DateField(label=gettext_lazy("First day without it"), widget=DateInput())
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500, widget=_TEXT)


@staff(right="line")
def end_cover_page(request: HttpRequest, cover_id: UUID) -> HttpResponse:
    """End a cover."""
    seller = request.seller  # type: ignore[attr-defined]
    kept = get_object_or_404(Cover.objects.select_related("customer"), seller=seller, id=cover_id)
    form = EndCoverForm(request.POST or None, initial={"on": today(request)})
    back = reverse("desk:customer", args=[kept.customer_id])
    return form_page(
        request, form, _("End the cover"), kept.customer, back,
        lambda given: end_cover(seller, actor(request), kept.id, given["on"], given["reason"], clock.now()),
        _("The cover is ended."),
    )  # fmt: skip


class AnswerForm(forms.Form):
    """What the customer told a person of the seller."""

    accepted = forms.ChoiceField(
        label=gettext_lazy("The customer"), widget=forms.RadioSelect,
        choices=[("yes", gettext_lazy("accepts")), ("no", gettext_lazy("declines"))],
    )  # fmt: skip
    name = forms.CharField(label=gettext_lazy("Who said so"), max_length=200)
    note = forms.CharField(label=gettext_lazy("How the customer told you"), max_length=500, widget=_TEXT)


class WhyForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500, widget=_TEXT)


def _offer(request: HttpRequest, offer_id: UUID) -> Offer:
    found = Offer.objects.select_related("customer", "offered_by")
    return get_object_or_404(found, seller=request.seller, id=offer_id)  # type: ignore[attr-defined]


@staff
def offer_page(request: HttpRequest, offer_id: UUID) -> HttpResponse:
    """An offer: what it says, where it stands, and what can be done about it."""
    kept = _offer(request, offer_id)
    is_over = kept.state == OfferState.OPEN and kept.answer_by < today(request)
    context = {
        "offer": kept, "customer": kept.customer, "place": "customers",
        "state": "expired" if is_over else kept.state, "waits": kept.state == OfferState.OPEN and not is_over,
        "crumbs": [
            {"href": reverse("desk:customer", args=[kept.customer_id]), "label": kept.customer.name},
            {"label": _("Offer")},
        ],
    }  # fmt: skip
    return render(request, "desk/lines/offer.html", context)


@require_POST
@staff(right="line")
def offer_link_page(request: HttpRequest, offer_id: UUID) -> HttpResponse:
    """A fresh link for the customer, shown once."""
    kept = _offer(request, offer_id)
    try:
        _made, secret = offers.renew_link(kept.seller, actor(request), kept.id, clock.now())
    except (BadInput, Refused) as error:
        return refused(request, error, reverse("desk:offer", args=[kept.id]))
    context = {
        "offer": kept, "customer": kept.customer, "place": "customers",
        "link": request.build_absolute_uri(reverse("pages:offer", args=[secret])),
    }  # fmt: skip
    response = render(request, "desk/lines/link.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


@staff(right="line")
def offer_answer_page(request: HttpRequest, offer_id: UUID) -> HttpResponse:
    """Keep what the customer said."""
    kept, form = _offer(request, offer_id), AnswerForm(request.POST or None)
    return form_page(
        request, form, _("Keep the customer's answer"), kept.customer, reverse("desk:offer", args=[kept.id]),
        lambda given: offers.answer_offer(
            kept.seller, actor(request), kept.id, given["accepted"] == "yes", given["name"], given["note"], clock.now()
        ),
        _("The answer is kept."),
    )  # fmt: skip


@staff(right="line")
def offer_withdraw_page(request: HttpRequest, offer_id: UUID) -> HttpResponse:
    """Take it back."""
    kept, form = _offer(request, offer_id), WhyForm(request.POST or None)
    return form_page(
        request, form, _("Withdraw the offer"), kept.customer, reverse("desk:offer", args=[kept.id]),
        lambda given: offers.withdraw_offer(kept.seller, actor(request), kept.id, given["reason"], clock.now()),
        _("The offer is withdrawn."),
    )  # fmt: skip


def _amount(minor: int, currency: str) -> str:
    return f"{display.amount(minor, currency)} {currency}"
